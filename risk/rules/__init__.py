"""Rules of the desk's own: when something holds of an order, it is denied, waits for approval, or is warned about."""
