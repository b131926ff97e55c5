"""What the market would say: opening rates, mid rates that walk, and what a deal costs. Pure."""
