"""Where a batch goes on that was half done: which rows are done, which are unknown, which are resumed. In words."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from trader.engine.state import BatchPhase, BatchState, LineStatus


@dataclass(frozen=True, slots=True)
class Resumption:
    """The rows of a batch by their places in the file, from 1.

    Attributes:
        done: Nothing is left to do for them, whatever became of them.
        unknown: The venue owes an answer about them.
        resumed: They have not left yet, and leave now if the gate lets them.
    """

    done: tuple[int, ...]
    unknown: tuple[int, ...]
    resumed: tuple[int, ...]

    @property
    def sentence(self) -> str:
        """Such as ``rows 1-60 and 62 are done, 61 is unknown, resuming 63-100``."""
        known = ((self.done, "done"), (self.unknown, "unknown"))
        parts = [f"{ranges(rows)} {_is(rows)} {what}" for rows, what in known if rows]
        if not parts:
            return f"none of the rows has left: resuming {ranges(self.resumed)}"
        parts.append(f"resuming {ranges(self.resumed)}" if self.resumed else "nothing is left to send")
        return f"{'row' if len(self.done or self.unknown) == 1 else 'rows'} {', '.join(parts)}"

    def to_json(self) -> dict[str, str]:
        """The same for a machine: each kind as ranges, such as ``1-60, 62``."""
        kinds = {"done": self.done, "unknown": self.unknown, "resumed": self.resumed}
        return {kind: ", ".join(_runs(rows)) for kind, rows in kinds.items()} | {"sentence": self.sentence}


def resumption_of(batch: BatchState | None) -> Resumption | None:
    """Where a batch would go on if its file were submitted now; None when that would not be in its midst."""
    if batch is None or batch.phase is not BatchPhase.SUSPENDED:
        return None
    rows = [(state.line.line_no, state.status) for state in batch.lines]
    return Resumption(
        done=tuple(row for row, status in rows if not status.is_open and status is not LineStatus.UNKNOWN),
        unknown=tuple(row for row, status in rows if status is LineStatus.UNKNOWN),
        resumed=tuple(row for row, status in rows if status.is_open),
    )


def ranges(rows: Iterable[int]) -> str:
    """Ascending numbers for a person: ``1-60, 62 and 64``."""
    *first, last = _runs(rows)
    return f"{', '.join(first)} and {last}" if first else last


def _runs(rows: Iterable[int]) -> Iterator[str]:
    """Each run of successive numbers, as ``1-60`` or ``62``."""
    begin = end = 0
    for row in rows:
        if row == end + 1 and end:
            end = row
            continue
        if end:
            yield _run(begin, end)
        begin = end = row
    if end:
        yield _run(begin, end)


def _run(begin: int, end: int) -> str:
    return str(begin) if begin == end else f"{begin}-{end}"


def _is(rows: tuple[int, ...]) -> str:
    return "is" if len(rows) == 1 else "are"
