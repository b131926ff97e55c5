"""The ledger: what each limit has left, through everything that can happen to an order."""
