"""What is stopped, by a person or by a latch, and what brings it about."""
