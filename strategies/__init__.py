"""How a line is worked: one file per strategy, one line in the registry."""
