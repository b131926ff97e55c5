"""Triggers: what nobody can deny, because it has happened already, and somebody should look at.

==================  ===================================================================================================
UNKNOWN_AGE         an order is in doubt for longer than its venue's times: first a warning, then a page
CONFIRMATION_AGE    trades that the venue's own book has not confirmed, too old or of a day that is over
LAST_LOOK           a provider that holds orders long, rejects many, or rejects those that the market has moved our way
==================  ===================================================================================================

A trigger without a row says nothing. Each holds until it holds no more, which is looked at from time to time.
"""

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_CEILING, Decimal
from typing import NamedTuple

from risk.check import Check
from risk.control import Control, Kind, Mode, Parameter
from risk.limits.book import LimitBook, LimitTable
from risk.reasons import ReasonCode, Severity, Violation
from trader.domain.moments import NS_PER_MS, NS_PER_S
from trader.domain.money import ZERO
from trader.domain.value_date import trade_date_at

_WARN = LimitTable("UNKNOWN_AGE", "warn_s", ("venue",))
_PAGE = LimitTable("UNKNOWN_AGE", "page_s", ("venue",))
_UNCONFIRMED = LimitTable("CONFIRMATION_AGE", "age_s_max", ("venue",))
_ORDERS_MIN = LimitTable("LAST_LOOK", "orders_min", ("provider",))
_HOLD = LimitTable("LAST_LOOK", "hold_ms_max", ("provider",))
_REJECTS = LimitTable("LAST_LOOK", "reject_share_max", ("provider",))
_ASYMMETRY = LimitTable("LAST_LOOK", "asymmetry_bp_max", ("provider",))
_LOOKED_AT = frozenset({"UNKNOWN_AGE", "CONFIRMATION_AGE", "LAST_LOOK"})
_ANSWERS_KEPT = 200
_BASIS_POINTS = 10_000
_SHOWN = Decimal("0.01")


class Holding(NamedTuple):
    """A trigger that is met.

    Attributes:
        violation: What is met, and where.
        is_hard: Whether somebody is to be called, and not only told.
    """

    violation: Violation
    is_hard: bool

    @property
    def about(self) -> tuple[ReasonCode, str]:
        """By which it is known again."""
        return self.violation.code, self.violation.node


class Sent(NamedTuple):
    """An order on its way to a provider; the middle of the market then, and whether we buy the base."""

    provider: str
    mid: Decimal
    buys_base: bool
    ts_ns: int


class Answer(NamedTuple):
    """What a provider made of an order.

    Attributes:
        held_ns: How long it took.
        move_bp: How far the market moved meanwhile, in hundredths of a percent; our way above zero.
        is_rejected: Whether it said no.
    """

    held_ns: int
    move_bp: Decimal
    is_rejected: bool


@dataclass(slots=True)
class Answers:
    """A provider's last 200 answers, added up as they come and go."""

    last: deque[Answer] = field(default_factory=deque)
    held_ns: int = 0
    rejects: int = 0
    moves_bp: dict[bool, Decimal] = field(default_factory=lambda: {True: ZERO, False: ZERO})

    def add(self, answer: Answer) -> None:
        """Count one more, and the oldest no longer."""
        self.last.append(answer)
        self._count(answer, 1)
        if len(self.last) > _ANSWERS_KEPT:
            self._count(self.last.popleft(), -1)

    def _count(self, answer: Answer, sign: int) -> None:
        self.held_ns += sign * answer.held_ns
        self.rejects += sign * answer.is_rejected
        self.moves_bp[answer.is_rejected] += sign * answer.move_bp

    @property
    def hold_ms(self) -> Decimal:
        """How long the provider takes on average."""
        return Decimal(self.held_ns) / NS_PER_MS / len(self.last)

    @property
    def reject_share(self) -> Decimal:
        """Which part of the orders it rejects."""
        return Decimal(self.rejects) / len(self.last)

    @property
    def asymmetry_bp(self) -> Decimal | None:
        """How much further the market moves our way before a reject than before a fill; None without both."""
        fills = len(self.last) - self.rejects
        if not fills or not self.rejects:
            return None
        return self.moves_bp[True] / self.rejects - self.moves_bp[False] / fills


class Triggers:
    """What is watched.

    Args:
        limits: Has the figures.
    """

    def __init__(self, limits: LimitBook) -> None:
        self._doubts: dict[str, int] = {}
        self._unconfirmed: dict[tuple[str, str], int] = {}
        self._sent: dict[str, Sent] = {}
        self._answers: dict[str, Answers] = {}
        self._holding: dict[tuple[ReasonCode, str], bool] = {}
        self.use_limits(limits)

    def use_limits(self, limits: LimitBook) -> None:
        """Other limits are in force; what was seen stays."""
        self._limits = limits
        self.has_rows = any(row.control in _LOOKED_AT for row in limits.rows)

    # --- what happens ------------------------------------------------------------------------------------------------

    def traded(self, batch_id: str, venue: str, now_ns: int) -> None:
        """A batch has a fill: its venue's book is to confirm it."""
        self._unconfirmed.setdefault((batch_id, venue), now_ns)

    def is_watching(self, provider: str) -> bool:
        """Whether there is a figure to hold a provider against."""
        return self._limits.number(_ORDERS_MIN, (provider,)) is not None

    def is_waiting(self, order: str) -> bool:
        """Whether an order is watched, and not answered yet."""
        return order in self._sent

    def sent(self, order: str, sent: Sent) -> None:
        """An order that does not rest has left for a provider."""
        self._sent[order] = sent

    def answered(self, order: str, mid: Decimal | None, now_ns: int, *, is_rejected: bool) -> None:
        """Its provider has filled or rejected it.

        Args:
            order: Its ClOrdID(11); of one that is not watched, or was answered before, nothing is kept.
            mid: The middle of the market now; None when there is none, and then only the time is known.
            now_ns: Now, UTC nanoseconds.
            is_rejected: Whether it was a no.
        """
        sent = self._sent.pop(order, None)
        if sent is not None:
            move_bp = ZERO if mid is None else (mid - sent.mid) * _BASIS_POINTS / sent.mid
            ours_bp = move_bp if sent.buys_base else -move_bp
            self._answers.setdefault(sent.provider, Answers()).add(Answer(now_ns - sent.ts_ns, ours_bp, is_rejected))

    # --- what holds --------------------------------------------------------------------------------------------------

    @property
    def is_idle(self) -> bool:
        """Whether a look could find nothing new, as long as no order is in doubt."""
        return not (self._unconfirmed or self._holding or self._sent)

    def look(
        self, doubts: Mapping[str, str], is_confirmed: Callable[[str], bool], now_ns: int
    ) -> tuple[list[Holding], list[tuple[ReasonCode, str]]]:
        """What holds now and did not, or was softer, at the last look; and what holds no more.

        Args:
            doubts: Every order in doubt, and its venue.
            is_confirmed: Whether all trades of a batch are confirmed.
            now_ns: Now, UTC nanoseconds.
        """
        self._doubts = {order: self._doubts.get(order, now_ns) for order in doubts}
        self._unconfirmed = {key: ns for key, ns in self._unconfirmed.items() if not is_confirmed(key[0])}
        found = {each.about: each for each in self._all(doubts, now_ns)}
        new = [each for about, each in found.items() if self._holding.get(about) not in (each.is_hard, True)]
        over = [about for about in self._holding if about not in found]
        self._holding = {about: each.is_hard or self._holding.get(about, False) for about, each in found.items()}
        return new, over

    def _all(self, doubts: Mapping[str, str], now_ns: int) -> Iterator[Holding]:
        for order, since_ns in self._doubts.items():
            yield from self._in_doubt(order, doubts[order], now_ns - since_ns)
        for (batch_id, venue), since_ns in self._unconfirmed.items():
            yield from self._not_confirmed(batch_id, venue, since_ns, now_ns)
        for provider, answers in self._answers.items():
            yield from self._of_provider(provider, answers)

    def _in_doubt(self, order: str, venue: str, age_ns: int) -> Iterator[Holding]:
        for table, is_hard in ((_PAGE, True), (_WARN, False)):
            limit_s = self._limits.number(table, (venue,))
            if limit_s is not None and age_ns > limit_s * NS_PER_S:
                detail = f"nobody knows what became of the order; ask {venue}"
                node = f"order={order} venue={venue}"
                yield Holding(_met(ReasonCode.UNKNOWN_AGE, node, limit_s, Decimal(age_ns) / NS_PER_S, detail), is_hard)
                return

    def _not_confirmed(self, batch_id: str, venue: str, since_ns: int, now_ns: int) -> Iterator[Holding]:
        limit_s = self._limits.number(_UNCONFIRMED, (venue,))
        if limit_s is None:
            return
        is_of_today = trade_date_at(since_ns) == trade_date_at(now_ns)
        if now_ns - since_ns > limit_s * NS_PER_S or not is_of_today:
            of_when = "" if is_of_today else " of a day that is over"
            detail = f"the venue's own book has not confirmed its trades{of_when}"
            age_s = Decimal(now_ns - since_ns) / NS_PER_S
            node = f"batch={batch_id} venue={venue}"
            yield Holding(_met(ReasonCode.CONFIRMATION_AGE, node, limit_s, age_s, detail), is_hard=not is_of_today)

    def _of_provider(self, provider: str, answers: Answers) -> Iterator[Holding]:
        orders_min = self._limits.number(_ORDERS_MIN, (provider,))
        if orders_min is None or len(answers.last) < orders_min:
            return
        for table, value, what in (
            (_HOLD, answers.hold_ms, "it holds orders for long, in milliseconds on average"),
            (_REJECTS, answers.reject_share, "it rejects a large share of the orders"),
            (_ASYMMETRY, answers.asymmetry_bp, "it rejects where the market has moved our way, in basis points"),
        ):
            limit = self._limits.number(table, (provider,))
            if limit is not None and value is not None and value > limit:
                node = f"provider={provider} {table.parameter}"
                yield Holding(_met(ReasonCode.LAST_LOOK, node, limit, value, what), is_hard=False)

    def snapshot(self) -> dict[str, object]:
        """Everything, as plain values in a canonical order."""
        return {
            "doubts": dict(sorted(self._doubts.items())),
            "unconfirmed": [[*key, ns] for key, ns in sorted(self._unconfirmed.items())],
            "sent": {
                order: [s.provider, f"{s.mid:f}", s.buys_base, s.ts_ns] for order, s in sorted(self._sent.items())
            },
            "answers": {
                provider: [[each.held_ns, f"{each.move_bp:f}", each.is_rejected] for each in answers.last]
                for provider, answers in sorted(self._answers.items())
            },
            "holding": [[*about, is_hard] for about, is_hard in sorted(self._holding.items())],
        }


def _met(code: ReasonCode, node: str, limit: Decimal, value: Decimal, detail: str) -> Violation:
    used = value.quantize(_SHOWN, ROUND_CEILING)
    return Violation(code, node, limit, used, None, None, None, detail, Severity.NOTIFIES)


UNKNOWN_AGE: Check[None] = Check(
    Control(
        code=ReasonCode.UNKNOWN_AGE,
        mode=Mode.TRIGGER,
        mitigates="an order that may live and that nobody asks about",
        formula="time in doubt ≤ T1, else a warning; ≤ T2, else a page",
        keys=(_WARN.dimensions,),
        parameters=(
            Parameter("warn_s", Kind.POSITIVE, "T1, in seconds"),
            Parameter("page_s", Kind.POSITIVE, "T2, in seconds"),
        ),
        blocks=False,
        alerts="trader, risk",
    )
)
CONFIRMATION_AGE: Check[None] = Check(
    Control(
        code=ReasonCode.CONFIRMATION_AGE,
        mode=Mode.TRIGGER,
        mitigates="a trade that only one side knows",
        formula="time since the first fill that the venue's book has not confirmed ≤ T, and of the same trade date",
        keys=(_UNCONFIRMED.dimensions,),
        parameters=(Parameter("age_s_max", Kind.POSITIVE, "T, in seconds"),),
        blocks=False,
        alerts="operations",
    )
)
LAST_LOOK: Check[None] = Check(
    Control(
        code=ReasonCode.LAST_LOOK,
        mode=Mode.TRIGGER,
        mitigates="a provider that waits to see where the market goes, and deals when it suits it",
        formula=(
            f"of its last {_ANSWERS_KEPT} answers to orders that do not rest, where there are N or more: mean hold ≤ "
            "H, share of rejects ≤ R, mean move our way before a reject, less that before a fill ≤ A"
        ),
        keys=(_HOLD.dimensions,),
        parameters=(
            Parameter("orders_min", Kind.COUNT, "N; without it nothing is counted"),
            Parameter("hold_ms_max", Kind.POSITIVE, "H, in milliseconds"),
            Parameter("reject_share_max", Kind.NUMBER, "R, from 0 to 1"),
            Parameter("asymmetry_bp_max", Kind.NUMBER, "A, in hundredths of a percent"),
        ),
        blocks=False,
        alerts="trader, risk",
    )
)
