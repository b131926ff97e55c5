"""Limits for people: how full they are, what a new set would change, what a batch would do to them."""
