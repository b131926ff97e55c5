"""The ``trader`` command. Thin: it reads options, calls the application, and prints."""

from trader.cli.main import main

__all__ = ["main"]
