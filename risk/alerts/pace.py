"""How fast a limit fills up, and how long it has left at that pace.

The pace is the median of the slopes between every two samples of a window, which one odd jump does not move.
Source: H. Theil, "A rank-invariant method of linear and polynomial regression analysis", 1950; P. K. Sen, "Estimates of
the regression coefficient based on Kendall's tau", 1968.
"""

from decimal import ROUND_CEILING, Decimal
from itertools import combinations

from risk.ledger.ledger import EXACT
from trader.domain.moments import NS_PER_DAY
from trader.domain.money import ZERO

_SAMPLES_MAX = 16
_SAMPLES_MIN = 3
_IN_SIGHT_NS = 30 * NS_PER_DAY


class Pace:
    """The use of one limit at some moments of a window.

    Args:
        window_ns: How far back it looks, in nanoseconds.

    Attributes:
        due_ns: From when on the next sample is wanted, UTC nanoseconds.
    """

    __slots__ = ("_samples", "_window_ns", "due_ns")

    def __init__(self, window_ns: int) -> None:
        self._window_ns = window_ns
        self._samples: list[tuple[int, Decimal]] = []
        self.due_ns = 0

    def sample(self, ts_ns: int, used: Decimal) -> None:
        """Keep the use of now when it is due. What is infinite has no pace and is not kept."""
        if ts_ns < self.due_ns or not used.is_finite():
            return
        self._samples = [*self._recent(ts_ns), (ts_ns, used)][-_SAMPLES_MAX:]
        self.due_ns = ts_ns + self._window_ns // _SAMPLES_MAX + 1

    def breach_in_ns(self, ts_ns: int, used: Decimal, limit: Decimal) -> int | None:
        """How long until the limit is full, in nanoseconds, rounded up: 0 only when it is full.

        Returns:
            None when use is falling or stands still, when fewer than three moments are known, or when it is more than
            30 days away.
        """
        if used >= limit:
            return 0
        points = [(then_ns, was) for then_ns, was in self._recent(ts_ns) if then_ns < ts_ns]
        points.append((ts_ns, used))
        if len(points) < _SAMPLES_MIN:
            return None
        slopes = sorted(
            EXACT.divide(EXACT.subtract(later, earlier), Decimal(later_ns - earlier_ns))
            for (earlier_ns, earlier), (later_ns, later) in combinations(points, 2)
        )
        slope = slopes[(len(slopes) - 1) // 2]
        if slope <= ZERO:
            return None
        left = EXACT.divide(EXACT.subtract(limit, used), slope)
        return int(left.to_integral_value(ROUND_CEILING)) if left <= _IN_SIGHT_NS else None

    def snapshot(self) -> list[list[object]]:
        """The samples as plain values."""
        return [[ts_ns, f"{used.normalize(EXACT):f}"] for ts_ns, used in self._samples]

    def _recent(self, ts_ns: int) -> list[tuple[int, Decimal]]:
        return [sample for sample in self._samples if sample[0] >= ts_ns - self._window_ns]
