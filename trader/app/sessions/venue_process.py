"""The bundled simulator as a process of its own, for as long as it is needed."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec

from trader.domain.errors import ConfigError

_STOP_TIMEOUT_S = 5


class Ready(msgspec.Struct, frozen=True):
    """The simulator's ready line, as far as it matters here."""

    port: int


@contextmanager
def simulator_process(*arguments: str) -> Iterator[Ready]:
    """Start ``python -m simulator`` on a free port, and end it afterwards.

    It runs in a session of its own, so that a Ctrl-C meant for the robot does not take the venue away while cancels
    are being answered; it ends by itself when our end of its standard input closes, whatever becomes of us.

    Raises:
        ConfigError: It did not start.
    """
    command = [sys.executable, "-m", "simulator", "--port", "0", "--until-stdin-closes", *arguments]
    process = subprocess.Popen(  # noqa: S603 -- our own module with our own arguments
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
    )
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        line = process.stdout.readline()
        if not line:
            process.wait()
            raise ConfigError(f"the simulator did not start: {process.stderr.read().decode(errors='replace').strip()}")
        yield msgspec.json.decode(line, type=Ready)
    finally:
        process.stdin.close()
        try:
            process.wait(_STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()
        process.stderr.close()
