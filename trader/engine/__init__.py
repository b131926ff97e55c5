"""The engine: ``step(input) -> outputs``, pure. Batch life cycle, orders, recovery."""
