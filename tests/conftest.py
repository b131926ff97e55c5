"""What every test run has: Hypothesis profiles, the watch for leftover processes, and a free port.

The order of the tests is random: pytest-randomly prints its seed, and ``--randomly-seed=N`` repeats that order.
"""

import os
import socket
from collections.abc import Callable, Iterator

import psutil
import pytest
from hypothesis import HealthCheck, settings

# No deadline: a shared machine is noisy, and slowness is for the benchmarks to find. The failing example is printed as
# a decorator to paste, and CI is not derandomized: every run there looks somewhere new.
_SLOW = [HealthCheck.too_slow]
settings.register_profile("default", deadline=None, print_blob=True, suppress_health_check=_SLOW)
settings.register_profile("thorough", deadline=None, print_blob=True, suppress_health_check=_SLOW, max_examples=5_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))

LEFTOVER_GRACE_S = 3.0
_RUN_MARK = "FX_TRADER_TEST_RUN"


@pytest.fixture(scope="session", autouse=True)
def no_leftovers() -> Iterator[None]:
    """Fail the run when a process that it started is still there at its end, and end that process."""
    mark = f"{os.getpid()}"
    earlier = os.environ.get(_RUN_MARK)
    os.environ[_RUN_MARK] = mark
    yield
    if earlier is None:
        del os.environ[_RUN_MARK]
    else:
        os.environ[_RUN_MARK] = earlier
    _, alive = psutil.wait_procs(_started_by_this_run(mark), timeout=LEFTOVER_GRACE_S)
    if alive:
        described = [_description(process) for process in alive]
        for process in alive:
            process.kill()
        psutil.wait_procs(alive, timeout=LEFTOVER_GRACE_S)
        pytest.fail("the tests left processes running (now ended):\n" + "\n".join(described), pytrace=False)


def _started_by_this_run(mark: str) -> list[psutil.Process]:
    """Children, and orphans known by the mark in their environment: a child's child may have lost its parent."""
    me = psutil.Process()
    found = {process.pid: process for process in me.children(recursive=True)}
    for process in psutil.process_iter():
        try:
            if process.pid != me.pid and process.environ().get(_RUN_MARK) == mark:
                found[process.pid] = process
        except psutil.Error:
            continue  # gone, a zombie, or another user's: none is a leftover of ours
    return list(found.values())


def _description(process: psutil.Process) -> str:
    try:
        return f"  {process.pid}: {' '.join(process.cmdline())}"
    except psutil.Error:
        return f"  {process.pid}: gone while being described"


@pytest.fixture
def free_port() -> Callable[[], int]:
    """A function that gives a loopback TCP port nobody listens on, another one at each call.

    Prefer ``--port 0`` where a program can choose and say its port: only that is free of races.
    """
    given: set[int] = set()

    def choose() -> int:
        while True:
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", 0))
                port: int = probe.getsockname()[1]
            if port not in given:
                given.add(port)
                return port

    return choose
