"""Pre-trade risk: limits, checks, the reservation ledger, and the last look at the wire. Pure."""
