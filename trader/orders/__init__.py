"""The life of an order, as tables, and the blotter that holds all orders of a session."""
