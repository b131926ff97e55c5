"""The journal: every input in order, chained by hash. State is its fold."""
