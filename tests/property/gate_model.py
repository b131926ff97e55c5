"""The plain side of the gate's machine: a list of orders and what became of them, and the formulas of the limits.

No balance is kept: how full a limit is is added up from the list each time. It knows outrights against the dollar, of
one trader, at limits of eight kinds; of a risk day and of a value date it knows what is let go of when it is over.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal

from trader.domain.deal import Side

D = Decimal
CENT, STEP, ADD_ON = D("0.01"), D("0.001"), D("0.01")
CURRENCIES = ("EUR", "GBP")
REMEMBERED = timedelta(days=30)
DESK, COMPOSITES = "NOP_AGGREGATE desk=treasury", ("NOP_AGGREGATE", "SETTLEMENT_DAY", "COUNTERPARTY_LINE")

# The base, the dollars and the turnover.
Sums = tuple[Decimal, Decimal, Decimal]


@dataclass
class Fill:
    """What was dealt, the day that its order was carried into then, and of which days' ends it was taken out."""

    qty: Decimal
    px: Decimal
    carried: date | None
    is_busted: bool = False
    gone: set[date] = field(default_factory=set)


@dataclass
class Order:
    """An order that the gate has let through, and what its currency was worth then.

    It waits for the end of its own risk day and of its value date. ``carried`` is the present risk day, when it began
    while the order was not over.
    """

    pair: str
    side: Side
    qty: Decimal
    worst: Decimal
    value: Decimal
    day: date
    value_date: date
    waits: set[date] = field(default_factory=set)
    carried: date | None = None
    fills: dict[str, Fill] = field(default_factory=dict)
    is_released: bool = False
    is_forgotten: bool = False

    def __post_init__(self) -> None:
        self.waits = {self.day, self.value_date}

    @property
    def base(self) -> str:
        return self.pair[:3]

    @property
    def left(self) -> Decimal:
        filled = sum((each.qty for each in self.fills.values() if not each.is_busted), D(0))
        return D(0) if self.is_released else max(D(0), min(self.qty, self.qty - filled))

    # --- what happens ------------------------------------------------------------------------------------------------

    def fill(self, exec_id: str, qty: Decimal, px: Decimal, today: date) -> None:
        """What comes late waits for the next end of a day, as the days that it belongs to are over."""
        if not self.is_forgotten and exec_id not in self.fills:
            self.fills[exec_id] = Fill(qty, px, self.carried)
            self.waits |= {each for each in (self.day, self.value_date) if each < today}

    def roll(self, today: date, *, is_confirmed: bool) -> None:
        if is_confirmed and not self.left:
            over = {each for each in self.waits if each < today}
            self.waits -= over
            for fill in self.fills.values():
                fill.gone |= over
        self.carried = None if self.is_released else today
        self.is_forgotten |= not (self.left or self.waits) and self.value_date < today - REMEMBERED

    def reopen(self, today: date) -> None:
        if not self.is_forgotten:
            self.is_released = False
            if self.day < today:
                self.carried = today

    # --- what it comes to --------------------------------------------------------------------------------------------

    def worth(self, qty: Decimal, contra: Decimal) -> Decimal:
        return ((qty * self.value + contra) / 2).quantize(CENT, ROUND_CEILING)

    def asked(self) -> Sums:
        """The most that the whole of it may come to."""
        contra = (self.qty * self.worst).quantize(CENT, ROUND_CEILING)
        return self.qty, contra, self.worth(self.qty, contra)

    def share(self, asked: Decimal) -> Decimal:
        """What pends of an amount for what is left."""
        if self.left == self.qty:
            return asked
        return min(asked, (asked * self.left / self.qty).quantize(STEP, ROUND_CEILING))

    def pending(self) -> Sums:
        base, contra, worth = self.asked()
        return self.share(base), self.share(contra), self.share(worth)

    def posted(self, until: date | None = None, on: date | None = None) -> Sums:
        """What was dealt: all, what the end of a day has left, or what counts on a day that it was carried into."""
        sums = [D(0)] * 3
        for fill in self.fills.values():
            if not fill.is_busted and until not in fill.gone and on in (None, fill.carried):
                contra = (fill.qty * fill.px).quantize(CENT, ROUND_HALF_UP)
                for place, amount in enumerate((fill.qty, contra, self.worth(fill.qty, contra))):
                    sums[place] += amount
        return sums[0], sums[1], sums[2]

    def place(self, currency: str) -> int | None:
        """Where a currency stands in its sums; None when it is none of its two."""
        return 0 if currency == self.base else 1 if currency == "USD" else None

    def way(self, currency: str) -> int:
        """1 when it receives a currency of its own, and -1 when it pays it."""
        return self.side.sign if currency == self.base else -self.side.sign


# --- the limits -------------------------------------------------------------------------------------------------------


def touched(order: Order) -> list[str]:
    """The limits that an order takes from, of those that are known here."""
    way = "long" if order.side is Side.BUY else "short"
    paid = "USD" if order.side is Side.BUY else order.base
    return [
        f"NOP_CURRENCY book=SALES currency={order.base} {way}",
        *volumes(order.day, order.pair),
        "OPEN_COUNT trader=anna",
        "OPEN_VALUE venue=simulator",
        f"FUNDING currency={paid} date={order.value_date}",
        DESK,
        f"SETTLEMENT_DAY group=STREET date={order.value_date}",
        "COUNTERPARTY_LINE counterparty=simulator",
    ]


def volumes(day: date, *pairs: str) -> Iterator[str]:
    """The limits on turnover of a risk day."""
    yield f"VOLUME_DAY {day} trader=anna"
    yield from (f"VOLUME_DAY {day} pair={pair}" for pair in pairs)


def limit_of(node: str, figures: Mapping[str, str]) -> Decimal:
    """The figure whose row fits a limit: its currency's, or that of all."""
    code, *rest = node.split()
    parts = {*rest, *(f"{part.partition('=')[0]}=*" for part in rest)}
    return D(
        next(value for name, value in figures.items() if name.split()[0] == code and parts >= set(name.split()[1:-1]))
    )


def used(node: str, orders: Sequence[Order], values: Mapping[str, Decimal]) -> Decimal:
    """How full a limit is, by its formula, from nothing but the orders.

    Args:
        node: The limit.
        orders: All there are.
        values: What a unit of each currency is worth now.
    """
    code, *rest = node.split()
    day, key = _key(rest)
    match code:
        case "NOP_CURRENCY":
            amount = position(orders, key, 1 if rest[-1] == "long" else -1)
        case "VOLUME_DAY":
            amount = sum((_turnover(each, day) for each in orders if key in ("anna", each.pair)), D(0))
        case "OPEN_COUNT":
            amount = D(sum(each.left > 0 for each in orders))
        case "OPEN_VALUE":
            amount = sum((each.pending()[2] for each in orders), D(0))
        case "FUNDING":
            amount = _moved(orders, key, day, -1)
        case "SETTLEMENT_DAY":
            amount = sum((_moved(orders, each, day, 1) * value for each, value in values.items()), D(0))
        case "COUNTERPARTY_LINE":
            amount = _line(orders, values)
        case _:
            amount = max(_side(orders, values, way) for way in (1, -1))
    return amount


def _key(parts: Iterable[str]) -> tuple[date, str]:
    """The day of a limit's name, and whose or of what it is."""
    day, key = date.min, ""
    for name, is_pair, value in (part.partition("=") for part in parts):
        if name == "date" or (not is_pair and name[0].isdigit()):
            day = date.fromisoformat(value or name)
        elif name != "book":
            key = value or key
    return day, key


def _side(orders: Sequence[Order], values: Mapping[str, Decimal], way: int) -> Decimal:
    """What the long positions are worth together, or with a way of -1 the short ones."""
    held = {each: position(orders, each, way) for each in CURRENCIES if each in values}
    return sum((max(D(0), amount) * values[each] for each, amount in held.items()), D(0))


def position(orders: Iterable[Order], currency: str, sign: int) -> Decimal:
    """One side of a position, with what orders may add to it: what pends on that side only, what is dealt on both."""
    held = D(0)
    for order in orders:
        place = order.place(currency)
        if place is not None:
            way = order.way(currency) * sign
            held += way * order.posted()[place] + (order.pending()[place] if way > 0 else D(0))
    return held


def _turnover(order: Order, day: date) -> Decimal:
    """Its own risk day has all of it; another that began while it lived, what was left then."""
    if order.day == day:
        return order.pending()[2] + order.posted(until=day)[2]
    return order.pending()[2] + order.posted(on=day)[2] if order.carried == day else D(0)


def _moved(orders: Iterable[Order], currency: str, day: date, way: int) -> Decimal:
    """What is received, or with a way of -1 paid, of a currency on a value date."""
    moved = D(0)
    for order in orders:
        place = order.place(currency)
        if place is not None and order.value_date == day and order.way(currency) == way:
            moved += order.pending()[place] + order.posted(until=day)[place]
    return moved


def _line(orders: Sequence[Order], values: Mapping[str, Decimal]) -> Decimal:
    """What the flows that are to come are worth, and a part of each turnover."""
    part = D(0)
    for order in orders:
        part += order.share((order.asked()[2] * ADD_ON).quantize(CENT, ROUND_CEILING))
        part += order.posted(until=order.value_date)[2] * ADD_ON
    days = {order.value_date for order in orders}
    return part + max(
        D(0), sum((_flows(orders, each, day) * value for day in days for each, value in values.items()), D(0))
    )


def _flows(orders: Iterable[Order], currency: str, day: date) -> Decimal:
    """What was dealt of a currency for a value date and is not paid yet, what is received above zero."""
    held = D(0)
    for order in orders:
        place = order.place(currency)
        if place is not None and order.value_date == day:
            held += order.way(currency) * order.posted(until=day)[place]
    return held


def is_unvalued(node: str, orders: Sequence[Order], stale: Iterable[str]) -> bool:
    """Whether a limit counts something in a currency that nobody knows the worth of now."""
    code, *rest = node.split()
    day, days = _key(rest)[0], {order.value_date for order in orders}
    counted = {
        "NOP_AGGREGATE": lambda currency: any(position(orders, currency, way) > 0 for way in (1, -1)),
        "SETTLEMENT_DAY": lambda currency: _moved(orders, currency, day, 1) > 0,
        "COUNTERPARTY_LINE": lambda currency: any(_flows(orders, currency, each) for each in days),
    }
    return code in counted and any(counted[code](currency) for currency in stale)


def may_rise(node: str, orders: Sequence[Order], order: Order) -> bool:
    """Whether an order asks for anything of a limit that counts positions; of those but one every order does."""
    if node != DESK:
        return True
    sides = (
        max(D(0), position([*orders, order], order.base, way)) - max(D(0), position(orders, order.base, way))
        for way in (1, -1)
    )
    return max(sides) > 0
