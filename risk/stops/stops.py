"""The stops in force: what may not trade, or only shrink its position, until a person re-arms it.

A kill switch and every control that latches put a stop here, each under its own code. A stop holds for all orders in
its scope, and only ever grows worse until it is lifted: of two on one scope the worse one counts.
"""

from collections.abc import Iterable
from enum import IntEnum, StrEnum
from functools import lru_cache
from typing import NamedTuple

from msgspec import Struct

from risk.reasons import ReasonCode
from trader.domain.currency import Currency, parse_pair
from trader.domain.errors import DomainError


class State(IntEnum):
    """What may still leave; the worse, the larger. Source: the project's control vocabulary, after RTS 6 article 12."""

    ACTIVE = 0
    REDUCING = 1
    HALTED = 2


class Dimension(StrEnum):
    """What a stop can be put on."""

    FIRM = "firm"
    DESK = "desk"
    TRADER = "trader"
    BATCH = "batch"
    STRATEGY = "strategy"
    VENUE = "venue"
    SESSION = "session"
    COUNTERPARTY = "counterparty"
    CURRENCY = "currency"
    PAIR = "pair"


class Scope(NamedTuple):
    """What a stop holds for, as ``desk=treasury``; the firm without a name is everything."""

    dimension: Dimension
    name: str

    def __str__(self) -> str:
        return f"{self.dimension}={self.name}" if self.name else str(self.dimension)


EVERYTHING = Scope(Dimension.FIRM, "")


def parse_scope(text: str) -> Scope:
    """Read ``firm``, ``desk=treasury`` or ``pair=EUR/USD``.

    Raises:
        DomainError: It is none; the message says what would be right.
    """
    dimension, _, name = text.strip().partition("=")
    is_firm = text.strip() == Dimension.FIRM
    if dimension not in set(Dimension) or not (name or is_firm) or not name.isprintable():
        known = ", ".join(f"{each}=NAME" for each in Dimension if each is not Dimension.FIRM)
        raise DomainError(f"{text!r} is no scope; expected firm, or one of {known}")
    if dimension == Dimension.PAIR:
        pair = parse_pair(name)
        name = str(pair if pair.is_market_order else pair.inverse)
    elif dimension == Dimension.CURRENCY:
        name = str.__str__(Currency(name))
    return Scope(Dimension(dimension), name)


class Stop(Struct, frozen=True):
    """One stop.

    Attributes:
        scope: What it holds for.
        state: REDUCING or HALTED.
        code: The control that stopped it.
        since_ns: When, UTC nanoseconds.
        who: The person, or the control itself.
        reason: Why, in words.
        account: The system's account behind the person, who has claimed a name and signed in nowhere; "" for none.
    """

    scope: Scope
    state: State
    code: ReasonCode
    since_ns: int
    who: str
    reason: str
    account: str = ""

    def __str__(self) -> str:
        return f"{self.scope} is {self.state.name} by {self.by}: {self.reason}"

    @property
    def by(self) -> str:
        """Who has stopped it, with the account behind a name that is another."""
        return f"{self.who} (account {self.account})" if self.account not in ("", self.who) else self.who

    def is_of(self, user: str) -> bool:
        """Whether a user may be who has stopped it: by the name that was claimed, or by the account behind it."""
        return user.casefold() in (self.who.casefold(), self.account.casefold())


class StopBook:
    """Every stop in force.

    Attributes:
        version: Another number after every change, so that an answer can be kept for as long as it holds.
    """

    __slots__ = ("_stops", "_worst", "version")

    def __init__(self) -> None:
        self.version = 0
        # By scope, code and person: who has stopped something may not re-arm it because another has done so too.
        self._stops: dict[tuple[Scope, ReasonCode, str, str], Stop] = {}
        self._worst: dict[Scope, Stop] = {}

    def put(self, stop: Stop) -> bool:
        """Take a stop in; False when the same was there already, as bad or worse, and nothing changed."""
        key = stop.scope, stop.code, stop.who, stop.account
        known = self._stops.get(key)
        if known is not None and known.state >= stop.state:
            return False
        self._stops[key] = stop
        self._changed()
        return True

    def lift(self, scope: Scope, code: ReasonCode | None = None) -> tuple[Stop, ...]:
        """Take the stops of a scope off.

        Args:
            scope: Exactly this one; what is above and below it stays.
            code: Only those of this control; None for all.

        Returns:
            What was lifted.
        """
        lifted = self.on(scope, code)
        for stop in lifted:
            del self._stops[stop.scope, stop.code, stop.who, stop.account]
        if lifted:
            self._changed()
        return lifted

    def on(self, scope: Scope, code: ReasonCode | None = None) -> tuple[Stop, ...]:
        """The stops of exactly this scope, of one control or of all."""
        return tuple(stop for stop in self._stops.values() if stop.scope == scope and code in (None, stop.code))

    def stops(self) -> tuple[Stop, ...]:
        """Every stop in force, in the order of their scopes."""
        return tuple(stop for _, stop in sorted(self._stops.items()))

    def worst_of(self, scopes: Iterable[Scope]) -> Stop | None:
        """The worst stop of any of these scopes; None when all of them are active."""
        found = [stop for scope in scopes if (stop := self._worst.get(scope)) is not None]
        return max(found, key=_state_of, default=None)

    def state_of(self, scopes: Iterable[Scope]) -> State:
        """The worst state of any of these scopes."""
        stop = self.worst_of(scopes)
        return State.ACTIVE if stop is None else stop.state

    @property
    def is_quiet(self) -> bool:
        """True when nothing is stopped."""
        return not self._stops

    def _changed(self) -> None:
        self.version += 1
        self._worst = {}
        for stop in self.stops():
            worst = self._worst.setdefault(stop.scope, stop)
            if stop.state > worst.state:
                self._worst[stop.scope] = stop


def _state_of(stop: Stop) -> State:
    return stop.state


@lru_cache(maxsize=4096)
def scopes_of(
    *,
    firms: tuple[str, ...],
    desks: tuple[str, ...],
    trader: str,
    venue: str,
    counterparty: str,
    currencies: tuple[str, ...],
    pair: str,
    batch: str = "",
    strategy: str = "",
) -> tuple[Scope, ...]:
    """Every scope that an order is in: its own names, and what stands above them.

    Args:
        firms: The desk's and the book's.
        desks: The one it is for and the trader's own.
        trader: Who launched it.
        venue: Where it goes, which is the name of its session too.
        counterparty: With whom.
        currencies: The pair's.
        pair: In market order.
        batch: Its batch; "" to leave it out.
        strategy: How it is worked; "" for none.
    """
    named = (
        *((Dimension.FIRM, firm) for firm in firms),
        *((Dimension.DESK, desk) for desk in desks),
        (Dimension.TRADER, trader),
        (Dimension.BATCH, batch),
        (Dimension.STRATEGY, strategy),
        (Dimension.VENUE, venue),
        (Dimension.SESSION, venue),
        (Dimension.COUNTERPARTY, counterparty),
        *((Dimension.CURRENCY, str.__str__(currency)) for currency in currencies),
        (Dimension.PAIR, pair),
    )
    return EVERYTHING, *dict.fromkeys(Scope(*each) for each in named if each[1])
