"""fx-trader: a treasury desk's FX batch, checked, sent over FIX, reconciled, proven."""

__version__ = "0.1.0"
