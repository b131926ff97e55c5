"""A robot that trades for a long time at a venue where everything goes wrong now and then."""
