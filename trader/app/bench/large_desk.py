"""A desk with as many limits and rules as one likes, of which each order touches the same few.

Every name is a book, a counterparty and a group of its own, with limits of its own. So the nodes of the ledger grow
with the names, and an order touches those of its own name, of its trader, desk, pair, venue and day, however many there
are.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from risk.gate.gate import Gate, OrderRequest
from risk.limits.book import LimitBook
from risk.limits.file import COLUMNS, parse_limits
from risk.rules.language import AllOf, Bound, Comparison, Condition, Effect, Figure, KeyIs, Rule
from trader.adapters.calendars import load_calendars
from trader.adapters.clock import elapsed_ns
from trader.adapters.resources import examples_dir
from trader.domain.calendars import Calendars
from trader.domain.currency import Currency, parse_pair
from trader.domain.deal import BatchLine, Deal, Leg, OrderType, Product, Side, TimeInForce
from trader.domain.errors import ConfigError
from trader.domain.ids import batch_id, cl_ord_id, content_hash
from trader.domain.moments import NS_PER_MINUTE, NS_PER_US
from trader.domain.tenor import parse_tenor
from trader.domain.value_date import tenor_date

TRADER, DESK, VENUE, REPORTING = "anna", "treasury", "simulator", "USD"
TRADE_DATE = date(2026, 11, 20)
NOW_NS = 1_795_168_800_000_000_000  # 10:00 UTC on that day
ROWS_PER_NAME = 10
# Each pair, and its middle.
RATES = {"EUR/USD": "1.16", "GBP/USD": "1.31", "USD/JPY": "154.5"}
_HEARD_MINUTES = 60


def limits_text(names: int) -> str:
    """The example limits of a large batch, and :data:`ROWS_PER_NAME` rows for each name."""
    shared = (examples_dir() / "limits-10000.csv").read_text(encoding="utf-8")
    return shared + "".join(row for number in range(names) for row in _rows(number))


def _rows(number: int) -> Iterator[str]:
    counterparty, group, book = f"counterparty=C{number}", f"group=G{number}", f"book=B{number}"
    yield f"TREE,{counterparty},group,G{number},\n"
    yield f"TREE,{group},country,US,\n"
    yield f"TREE,{book},firm,BANK,\n"
    yield f"VOLUME_DAY,{counterparty},max,100000000000,\n"
    yield f"COUNTERPARTY_LINE,{counterparty},max,5000000000,\n"
    yield f"COUNTERPARTY_LINE,{group},max,8000000000,\n"
    yield f"SETTLEMENT_DAY,{group},max,200000000000,\n"
    for currency, most in (("EUR", 40_000_000_000), ("USD", 64_000_000_000), ("JPY", 4_800_000_000_000)):
        yield f"NOP_CURRENCY,{book} currency={currency},max,{most},\n"


def limits_of(names: int) -> LimitBook:
    """The limits of a desk with so many names."""
    return parse_limits(limits_text(names), f"the limits of {names} names ({', '.join(COLUMNS)})")


def market() -> Calendars:
    """The calendars of the pairs that are dealt."""
    return load_calendars({code for pair in RATES for code in pair.split("/")}, TRADE_DATE.year, TRADE_DATE.year + 1)


def gate_of(limits: LimitBook, calendars: Calendars, rules: tuple[Rule, ...]) -> Gate:
    """A gate that has heard an hour of calm prices."""
    gate = Gate(limits, calendars, Currency(REPORTING))
    gate.use_rules(rules)
    hear(gate)
    return gate


def hear(gate: Gate) -> None:
    """Let a gate hear an hour of calm prices, up to now."""
    for minute in range(_HEARD_MINUTES, -1, -1):
        for pair, rate in RATES.items():
            mid = Decimal(rate) * (1 + Decimal(minute % 3) / 100_000)
            gate.rates.update(parse_pair(pair), mid, mid, NOW_NS - minute * NS_PER_MINUTE, VENUE)


def orders(name_numbers: range, count: int, batch: str, calendars: Calendars) -> list[OrderRequest]:
    """Spot orders, one name after the other; both sides, several pairs, no two of one size."""
    name = batch_id(content_hash(batch.encode()))
    return [
        OrderRequest(
            reservation_id=cl_ord_id(name, place + 1),
            line=_line(place, name_numbers[place % len(name_numbers)], calendars),
            trader=TRADER,
            desk=DESK,
            venue=VENUE,
            trade_date=TRADE_DATE,
            decided_ts_ns=NOW_NS,
        )
        for place in range(count)
    ]


def _line(place: int, number: int, calendars: Calendars) -> BatchLine:
    symbol = tuple(RATES)[number % len(RATES)]
    pair = parse_pair(symbol)
    spot = tenor_date(pair, parse_tenor("SPOT"), TRADE_DATE, calendars)
    side = Side.BUY if (place // 2) % 2 else Side.SELL
    leg = Leg(side, Decimal(100_000 + place), spot, "SPOT")
    return BatchLine(
        line_no=place + 1,
        row_id=f"R{place + 1}",
        deal=Deal(Product.SPOT, pair, pair.base, leg),
        order_type=OrderType.MARKET,
        limit_rate=None,
        time_in_force=TimeInForce.FOK,
        book=f"B{number}",
        account="ACC-1",
        counterparty=f"C{number}",
    )


def timed_us(act: Callable[[Any], object], requests: Sequence[object]) -> dict[str, float]:
    """The middle and the 99th percentile of an act on each of some orders, microseconds."""
    took = []
    for request in requests:
        begun = elapsed_ns()
        act(request)
        took.append(elapsed_ns() - begun)
    took.sort()
    return {
        "median_us": round(took[len(took) // 2] / NS_PER_US, 1),
        "p99_us": round(took[len(took) * 99 // 100] / NS_PER_US, 1),
    }


# --- rules ------------------------------------------------------------------------------------------------------------


def rules_of(count: int, elsewhere: range) -> tuple[Rule, ...]:
    """So many rules: a few that every order of the benchmark meets, and the others each for a name of its own.

    Args:
        count: How many.
        elsewhere: The numbers of names that no measured order is dealt with.

    Raises:
        ConfigError: There are fewer than the orders meet.
    """
    met = list(_met())
    if count < len(met):
        raise ConfigError(f"{count} rules; expected {len(met)} or more")
    others = [
        Rule(f"name-{place}", _of_name(elsewhere[place % len(elsewhere)], place), Effect.APPROVAL, "ask credit risk")
        for place in range(count - len(met))
    ]
    return (*met, *others)


def _met() -> Iterator[Rule]:
    """What every order is asked: sizes, use of limits, the market, the venue. None of them fires."""
    own_pair, venue = (("pair", ""),), (("venue", ""),)
    for symbol in RATES:
        is_pair = KeyIs("pair", (symbol,))
        size = Comparison(Figure("notional"), Bound.OVER, Decimal(20_000_000), REPORTING)
        yield Rule(f"size-{symbol}", _both(is_pair, size), Effect.APPROVAL, "large")
        for window_s in (300, 900):
            move = Comparison(Figure("change", "", own_pair, window_s), Bound.OVER, Decimal(2), "%")
            yield Rule(f"move-{symbol}-{window_s}", _both(is_pair, move), Effect.DENY, "the pair moves")
    wild = Comparison(Figure("volatility", "", own_pair, 3600), Bound.OVER, Decimal(40), "%")
    yield Rule("volatile", _both(KeyIs("venue", (VENUE,)), wild), Effect.APPROVAL, "volatile")
    for number, code in enumerate(("trader", "desk", "pair", "venue", "counterparty")):
        use = Comparison(Figure("use", "VOLUME_DAY", ((code, ""),)), Bound.OVER, Decimal(80 + number), "%")
        yield Rule(f"volume-{code}", _both(KeyIs("trader", (TRADER,)), use), Effect.WARN, "nearly full")
    rejects = Comparison(Figure("reject ratio", "", venue, 900), Bound.OVER, Decimal(20), "%")
    yield Rule("rejects", _both(KeyIs("venue", (VENUE,)), rejects), Effect.DENY, "the venue rejects")
    slow = Comparison(Figure("latency", "", venue, 300), Bound.OVER, Decimal(500), "ms")
    yield Rule("slow", _both(KeyIs("venue", (VENUE,)), slow), Effect.WARN, "the venue is slow")


def _of_name(number: int, place: int) -> Condition:
    size = Comparison(Figure("notional"), Bound.OVER, Decimal(1_000_000 + place), REPORTING)
    return _both(KeyIs("counterparty", (f"C{number}",)), size)


def _both(one: Condition, other: Condition) -> Condition:
    return AllOf((one, other))
