"""How far a batch is, while it is traded: a bar on a terminal, a line now and then elsewhere."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from trader.adapters.clock import elapsed_ns, now_ns
from trader.cli.output import Output, err
from trader.domain.counting import counted
from trader.domain.moments import NS_PER_S

_QUIET_NS = 3_000_000_000


@contextmanager
def progress(total: int) -> Iterator[Any]:
    """A bar on a terminal, a line now and then elsewhere, nothing with --json."""
    if Output.json:
        yield lambda _state: None
        return
    if not err.is_terminal:
        yield _PlainProgress(total)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=err, transient=True) as bar:
        task = bar.add_task("trading", total=total)

        def show(state: Any) -> None:  # noqa: ANN401 -- loaded late
            waiting = state.open_lines and elapsed_ns() - begin_ns > _QUIET_NS
            text = _until(state) if waiting else str(state.phase).lower().replace("_", " ")
            bar.update(task, completed=total - state.open_lines, description=text)

        begin_ns = elapsed_ns()
        yield show


class _PlainProgress:
    """Without a terminal: a line when nothing has moved for a while, and then ever more rarely."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._open, self._since_ns, self._quiet_ns = total, elapsed_ns(), _QUIET_NS

    def __call__(self, state: Any) -> None:  # noqa: ANN401 -- loaded late
        """Look at the batch's state."""
        if state.open_lines != self._open:
            self._open, self._since_ns, self._quiet_ns = state.open_lines, elapsed_ns(), _QUIET_NS
        elif elapsed_ns() - self._since_ns > self._quiet_ns:
            self._since_ns = elapsed_ns()
            self._quiet_ns *= 2
            done = f"{self._total - self._open} of {counted(self._total, 'line')} done"
            err.print(f"{done}, {self._open} still open; {_until(state)}")


def _until(state: Any) -> str:  # noqa: ANN401 -- loaded late
    """When the waiting ends."""
    left_s = max(0, round((state.deadline_ns - now_ns()) / NS_PER_S))
    if state.phase == "AWAITING_RATES":
        return f"no rates yet to judge it with; {left_s} s more"
    if state.phase in ("STOPPING", "COLLECTING"):
        return f"waiting for the venue's answers, {left_s} s more"
    return f"what still works is canceled in {left_s} s (work_s_max); Ctrl-C cancels it now"
