"""What trader doctor finds, and whether a robot that it lets pass could trade."""

from collections.abc import Callable
from pathlib import Path

from trader.app.doctor import Finding, examine


def found(what: str, folder: Path, connect: str) -> Finding:
    (finding,) = [each for each in examine(None, folder / "data", None, connect) if each.what == what]
    return finding


def test_a_venue_at_which_nobody_listens_is_fatal(tmp_path: Path, free_port: Callable[[], int]) -> None:
    venue = found("venue", tmp_path, f"127.0.0.1:{free_port()}")
    assert (venue.state, "Connection refused" in venue.text) == ("fatal", True)
