"""What was made and lost, and what may be."""
