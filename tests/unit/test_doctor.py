"""What trader doctor finds, and whether a robot that it lets pass could trade."""

import shutil
from collections.abc import Callable
from pathlib import Path

from trader.adapters.resources import examples_dir
from trader.app.doctor import Finding, examine


def found(what: str, folder: Path, connect: str) -> Finding:
    (finding,) = [each for each in examine(None, folder / "data", None, connect) if each.what == what]
    return finding


def test_a_venue_at_which_nobody_listens_is_fatal(tmp_path: Path, free_port: Callable[[], int]) -> None:
    venue = found("venue", tmp_path, f"127.0.0.1:{free_port()}")
    assert (venue.state, "Connection refused" in venue.text) == ("fatal", True)


def test_limits_that_everybody_may_write_are_fatal(tmp_path: Path) -> None:
    for name in ("trader.toml", "limits.csv", "rules.txt"):
        shutil.copyfile(examples_dir() / name, tmp_path / name)
    (tmp_path / "limits.csv").chmod(0o666)
    (files,) = [each for each in examine(tmp_path / "trader.toml", tmp_path, None, None) if each.what == "files"]
    assert files.state == "fatal"
    assert f"everybody may write to {tmp_path / 'limits.csv'}; expected chmod o-w" in files.text
