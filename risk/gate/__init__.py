"""The gate: an order or a batch put to every check, and what it may use held."""
