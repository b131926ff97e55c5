"""One file for each control; :mod:`risk.registry` lists them."""
