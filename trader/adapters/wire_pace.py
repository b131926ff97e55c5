"""A venue's pace, kept where messages leave.

The engine counts a message at the moment of its decision. It leaves when that moment is on the disk, which takes now
longer, now shorter: what was decided a window apart would leave closer together, and a venue counts what it hears.
"""

from collections import deque

from trader.domain.moments import NS_PER_S
from trader.fix.dialect import Pace


class WirePace:
    """Remembers when messages left.

    Args:
        pace: How many messages the venue takes, and in what window.
    """

    def __init__(self, pace: Pace) -> None:
        self._window_ns = pace.kept_ns
        self._left_ns: deque[int] = deque(maxlen=pace.messages_max)

    def rest_s(self, now_ns: int) -> float:
        """How long the next message has to wait from now on, in seconds; 0 when it may leave."""
        if len(self._left_ns) < (self._left_ns.maxlen or 0):
            return 0.0
        return max(0, self._left_ns[0] + self._window_ns - now_ns) / NS_PER_S

    def left(self, now_ns: int) -> None:
        """A message leaves now."""
        self._left_ns.append(now_ns)
