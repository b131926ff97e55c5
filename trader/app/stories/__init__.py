"""What ``trader explain`` tells: the whole story of one line, with its evidence."""
