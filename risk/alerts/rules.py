"""When an alert is due: the levels of a limit, how far below them it re-arms, and how many are told at once.

A level is crossed upward when use comes to it, and re-arms when use has come down to some points below, so that a use
which trembles around a level is one alert and not a hundred. That the next lot no longer fits is a level of its own.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from risk.ledger.ledger import EXACT
from trader.domain.errors import ConfigError
from trader.domain.moments import NS_PER_DAY, NS_PER_S
from trader.domain.money import ZERO

BREACH = 100
LOT = "lot"
_LEVEL_MAX = 1_000


class NodeFacts(NamedTuple):
    """What the book has to know of a node besides its use.

    Attributes:
        control: The limit's control.
        place: The key, for people, as ``"trader=anna"``.
        parent: The name of the node above; empty for a root.
        lot: The least that an order takes of the limit, in the limit's unit; None where there is no such amount.
    """

    control: str
    place: str
    parent: str = ""
    lot: Decimal | None = None


Facts = Callable[[str], NodeFacts]


def facts_by_name(node: str) -> NodeFacts:
    """What the name alone says: a root, without a lot."""
    control, _, place = node.partition(" ")
    return NodeFacts(control, place)


class Mark(NamedTuple):
    """One level of one limit, in the limit's unit.

    Attributes:
        level: Its name.
        at: Use of so much crosses it.
        rearm_at: Use of so much or less re-arms it.
        is_beyond: True when it is crossed beyond ``at`` only, and not at it.
    """

    level: str
    at: Decimal
    rearm_at: Decimal
    is_beyond: bool

    def is_crossed_by(self, used: Decimal) -> bool:
        """Whether use stands at or above the level. A limit of zero with nothing used of it is in order."""
        return used > ZERO and (used > self.at if self.is_beyond else used >= self.at)


@dataclass(frozen=True, slots=True)
class AlertRules:
    """The desk's own settings.

    Attributes:
        levels: Percent of a limit, rising; 100 has to be among them, for it is the breach.
        rearm_points: How many points below a level it re-arms.
        pace_window_ns: How far back the present pace looks, in nanoseconds.
        told_max: How many soft alerts of one group are told one by one in a window; the others are told as a digest.
        told_window_ns: The length of that window, in nanoseconds.
        conditions_max: How many conditions are kept apart; the others are counted together, one alert for each code.
        mutes_max: How many alerts may be muted at a time.
        kept_ns: How long a soft condition that has happened and is over stays open when nobody acknowledges it, in
            nanoseconds since it happened last.
        lot: The least that an order takes of a limit counted in money, in the reporting currency: it alerts when no
            such order fits any longer. None for no such alert.

    Raises:
        ConfigError: A setting cannot be.
    """

    levels: tuple[int, ...] = (80, 90, BREACH)
    rearm_points: int = 5
    pace_window_ns: int = 300 * NS_PER_S
    told_max: int = 5
    told_window_ns: int = 10 * NS_PER_S
    conditions_max: int = 1_000
    mutes_max: int = 1_000
    kept_ns: int = NS_PER_DAY
    lot: Decimal | None = None

    def __post_init__(self) -> None:
        levels = self.levels
        if BREACH not in levels or list(levels) != sorted(set(levels)) or not 0 < levels[0] <= levels[-1] <= _LEVEL_MAX:
            raise ConfigError(
                f"alerts.levels: {list(levels)} cannot be; expected whole percents that rise, each once, up to "
                f"{_LEVEL_MAX} and with {BREACH} among them, like [80, 90, 100]"
            )
        if not 0 < self.rearm_points < levels[0]:
            raise ConfigError(
                f"alerts.rearm_points: {self.rearm_points} cannot be; expected more than 0 and less than the lowest "
                f"level, which is {levels[0]}"
            )
        if self.lot is not None and not (self.lot.is_finite() and self.lot > ZERO):
            raise ConfigError(f"alerts.lot: {self.lot} cannot be; expected an amount above zero")
        for name in ("pace_window_ns", "told_max", "told_window_ns", "conditions_max", "mutes_max", "kept_ns"):
            if getattr(self, name) < 1:
                raise ConfigError(f"alerts: {name} is {getattr(self, name)}; expected 1 or more")

    def marks(self, limit: Decimal, lot: Decimal | None) -> tuple[Mark, ...]:
        """The levels of a limit, the highest first.

        Args:
            limit: In its unit, zero or more.
            lot: The least that an order takes of it; None for no such level.
        """
        return _marks(self.levels, self.rearm_points, limit, lot)


# Many nodes have the same limit, such as those of a desk's days.
@lru_cache(maxsize=1_024)
def _marks(levels: tuple[int, ...], rearm_points: int, limit: Decimal, lot: Decimal | None) -> tuple[Mark, ...]:
    gap = _share(limit, rearm_points)
    marks = [Mark(str(level), at := _share(limit, level), _rearm(at, gap), False) for level in levels]
    if lot is not None:
        at = EXACT.subtract(limit, lot)
        marks.append(Mark(LOT, at, _rearm(at, gap), True))
    return tuple(sorted(marks, key=lambda mark: mark.at, reverse=True))


def _share(limit: Decimal, percent: int) -> Decimal:
    return EXACT.multiply(limit, Decimal(percent).scaleb(-2))


def _rearm(at: Decimal, gap: Decimal) -> Decimal:
    # Where nothing is used any more every level is re-armed, also that of a lot larger than its limit.
    return max(ZERO, EXACT.subtract(at, gap))
