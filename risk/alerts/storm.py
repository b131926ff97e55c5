"""Many alerts at once must not bury the important one: the first of a group are told, the others as one digest.

A group's window begins with the first alert that is told. What comes after the first few is counted until the window
ends; then one digest says how many, and which are the worst. Hard alerts never come here.
"""

from dataclasses import dataclass, field, replace

from risk.alerts.alert import Alert, AlertKey, Standing, worst_first
from risk.alerts.wording import digest_text

_DIGEST = "digest"
_WORST_KEPT = 3


@dataclass(slots=True)
class Burst:
    """One group's window.

    Attributes:
        ends_ns: When it ends, UTC nanoseconds.
        told: How many alerts were told one by one.
        digested: How many were not.
        worst: The worst of those, worst first.
    """

    ends_ns: int
    told: int = 0
    digested: int = 0
    worst: tuple[Alert, ...] = field(default=())

    def digest(self, control: str, parent: str, number: int, ts_ns: int) -> Alert:
        """What there is to say of those that were not told one by one, at least one."""
        return replace(
            self.worst[0],
            key=AlertKey(control, parent, _DIGEST),
            number=number,
            last_ns=ts_ns,
            count=self.digested,
            text=digest_text(control, parent, self.digested, self.worst),
            standing=Standing.TOLD,
        )


class Storm:
    """Every group's window, the oldest first.

    Args:
        told_max: How many alerts of a group are told one by one in a window.
        window_ns: Its length, in nanoseconds.
    """

    def __init__(self, told_max: int, window_ns: int) -> None:
        self.use(told_max, window_ns)
        self._bursts: dict[tuple[str, str], Burst] = {}

    def use(self, told_max: int, window_ns: int) -> None:
        """Other bounds hold for the windows that begin from now on."""
        self._told_max = told_max
        self._window_ns = window_ns

    def __bool__(self) -> bool:
        """Whether a window is open."""
        return bool(self._bursts)

    def admits(self, alert: Alert, ts_ns: int) -> bool:
        """Whether an alert is told by itself; if not, it is counted for the digest."""
        burst = self._bursts.setdefault(alert.group, Burst(ts_ns + self._window_ns))
        if burst.told < self._told_max:
            burst.told += 1
            return True
        burst.digested += 1
        burst.worst = worst_first((*burst.worst, alert))[:_WORST_KEPT]
        return False

    def ended(self, ts_ns: int) -> list[tuple[tuple[str, str], Burst]]:
        """Forget the windows that have ended, and give those that have a digest to tell."""
        over = [group for group, burst in self._bursts.items() if burst.ends_ns <= ts_ns]
        return [(group, burst) for group in over if (burst := self._bursts.pop(group)).digested]

    def due_ns(self) -> int | None:
        """When the next digest is to be told, UTC nanoseconds; None when none is."""
        return min((burst.ends_ns for burst in self._bursts.values() if burst.digested), default=None)

    def snapshot(self) -> list[list[object]]:
        """The windows as plain values."""
        return [
            [*group, burst.ends_ns, burst.told, burst.digested, [alert.number for alert in burst.worst]]
            for group, burst in sorted(self._bursts.items())
        ]
