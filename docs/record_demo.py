"""Make ``docs/demo.svg``: a real run of the demo, drawn as a terminal shows it.

python docs/record_demo.py
"""  # noqa: INP001 -- a script that is run, not a package that is imported

import os
import pty
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.text import Text

_COLUMNS = "108"
_TARGET = Path(__file__).parent / "demo.svg"


def record() -> tuple[str, str]:
    """Run the demo in a folder of its own.

    Returns:
        What it said on standard error, and what it wrote to the terminal.
    """
    ours, theirs = pty.openpty()
    environment = os.environ | {"COLUMNS": _COLUMNS, "TERM": "xterm-256color"}
    with TemporaryDirectory() as folder:
        process = subprocess.Popen(
            [sys.executable, "-m", "trader", "demo"], stdout=theirs, stderr=subprocess.PIPE, env=environment, cwd=folder
        )
        os.close(theirs)
        said = process.communicate()[1].decode()
    shown = b""
    while chunk := _read(ours):
        shown += chunk
    if process.returncode:
        raise SystemExit(f"the demo ended with {process.returncode}: {said}")
    return said, shown.decode().replace("\r\n", "\n")


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 65_536)
    except OSError:  # the other end is closed, which Linux reports as an error
        return b""


def main() -> None:
    """Write the picture."""
    said, shown = record()
    console = Console(record=True, width=int(_COLUMNS), file=open(os.devnull, "w"), force_terminal=True)  # noqa: SIM115, PTH123 -- lives as long as the script
    console.print(Text("$ trader demo", style="bold"))
    console.print(Text.from_ansi(said.rstrip()))
    console.print(Text.from_ansi(shown.rstrip()))
    console.save_svg(str(_TARGET), title="trader demo")


if __name__ == "__main__":
    main()
