"""The ``trader`` command. Thin: it reads options, calls the application, and prints."""

import sys

try:
    from trader.cli.main import main
except KeyboardInterrupt:  # no command has begun
    sys.stderr.write("trader: stopped; nothing was done\n")
    raise SystemExit(130) from None

__all__ = ["main"]
