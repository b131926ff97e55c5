"""Ctrl-C before anything was sent: the command ends at once, and says what was stopped and what is kept."""

import errno
import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.integration.command_line import BATCH_100, Robot

INTERRUPTED = 130


def is_read(pipe: Path) -> Callable[[], bool]:
    """Whether somebody reads a pipe, in which nothing will ever come."""

    def look() -> bool:
        try:
            os.close(os.open(pipe, os.O_WRONLY | os.O_NONBLOCK))
        except OSError as error:
            if error.errno == errno.ENXIO:
                return False
            raise
        return True

    return look


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (("run", BATCH_100), "stopped: nothing was sent now; the same file can be run again, and goes on where it was"),
        (("validate", BATCH_100), "stopped before the batch was judged; nothing was sent, and nothing has changed"),
        (
            ("verify",),
            "stopped before the end of the journal: nothing is proven of it, and it is as it was",
        ),
        (("demo",), "stopped: nothing was sent; trader demo begins anew"),
        (("doctor", "--json"), "stopped"),
    ],
)
def test_a_command_says_what_ctrl_c_has_stopped(tmp_path: Path, command: tuple[str | Path, ...], said: str) -> None:
    """Each is stopped where it reads its configuration, which is a pipe here, so that it stays there."""
    pipe = tmp_path / "trader.toml"
    os.mkfifo(pipe)
    robot = Robot(tmp_path, *map(str, command), "--config", "trader.toml")
    robot.run_until(is_read(pipe))
    robot.send_signal(signal.SIGINT)
    done = robot.end()
    assert (done.code, done.err.splitlines()[-1:]) == (INTERRUPTED, [f"trader: {said}"]), done.said
    assert "Traceback" not in done.err
    if "--json" in command:
        assert [error["problem"] for error in done.json["errors"]] == [said]


def test_a_conformance_run_that_is_stopped_leaves_no_report(tmp_path: Path) -> None:
    report = tmp_path / "report.md"
    robot = Robot(tmp_path, "conformance", "lmax", "--out", str(report))
    robot.run_until(report.exists)
    robot.send_signal(signal.SIGINT)
    done = robot.end()
    said = "trader: stopped: what was live is canceled, as far as the venue has answered; no report was written"
    assert (done.code, said in done.err) == (INTERRUPTED, True), done.said
    assert list(tmp_path.glob("report*")) == []


def test_a_command_that_has_hardly_begun_says_so_too(tmp_path: Path) -> None:
    """Until its options are read there is no command yet; the interpreter's own start is another's word."""
    robot = Robot(tmp_path, "run", str(BATCH_100))
    robot.run_until(lambda: "msgspec" in Path(f"/proc/{robot.pid}/maps").read_text("utf-8"))
    robot.send_signal(signal.SIGINT)
    done = robot.end()
    assert (done.code, "trader: stopped" in done.err) == (INTERRUPTED, True), done.said
