"""The last look at what leaves, and how fast it may."""
