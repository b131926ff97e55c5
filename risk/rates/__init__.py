"""What the market says: reference rates, forward points, and how fast they move."""
