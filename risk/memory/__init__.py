"""What the gate remembers of orders, to see that no two meet or look alike."""
