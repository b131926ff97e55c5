"""``python -m trader``."""

from trader.cli import main

main()
