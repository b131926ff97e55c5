"""Virtual time: what happens next, and nothing else moves the clock."""

from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count

from trader.domain.moments import NS_PER_MS, NS_PER_S

MS, SECOND = NS_PER_MS, NS_PER_S

Act = Callable[..., None]


class Timeline:
    """A heap of what happens when; what is due at the same moment happens in the order in which it was planned.

    Args:
        start_ns: The moment at which the world begins, UTC nanoseconds.

    Attributes:
        now_ns: The moment it is.
    """

    def __init__(self, start_ns: int) -> None:
        self.now_ns = start_ns
        self._heap: list[tuple[int, int, Act, tuple[object, ...]]] = []
        self._number = count()

    def later(self, delay_ns: int, act: Act, *arguments: object) -> None:
        """Do something so much later; a delay below zero means now."""
        heappush(self._heap, (self.now_ns + max(0, delay_ns), next(self._number), act, arguments))

    @property
    def next_ns(self) -> int | None:
        """When the next thing happens; None when nothing is planned."""
        return self._heap[0][0] if self._heap else None

    def pass_until(self, moment_ns: int) -> None:
        """Let time go on to a moment before the next thing; never back."""
        self.now_ns = max(self.now_ns, moment_ns)

    def run_next(self) -> None:
        """Let the next thing happen."""
        due_ns, _, act, arguments = heappop(self._heap)
        self.pass_until(due_ns)
        act(*arguments)
