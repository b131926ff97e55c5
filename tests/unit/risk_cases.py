"""What the tests of the gate start from: one sane set of limits, one sane market, one sane order."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal

from risk.gate.gate import BatchRequest, Decision, Gate, OrderRequest
from risk.limits.file import Limit, LimitBook
from risk.reasons import ReasonCode, Violation
from trader.domain.calendars import Calendars
from trader.domain.currency import Currency, parse_pair
from trader.domain.deal import BatchLine, Deal, Leg, OrderType, Product, Side, TimeInForce
from trader.domain.ids import batch_id, cl_ord_id, content_hash

MONDAY = date(2026, 3, 2)
SPOT_DAY = date(2026, 3, 4)
ONE_MONTH = date(2026, 4, 7)
SIX_MONTHS = date(2026, 9, 4)
USD = Currency("USD")
BATCH = batch_id(content_hash(b"a batch"))


def at(hour: int, minute: int = 0, day: date = MONDAY) -> int:
    """A moment of a day, UTC nanoseconds."""
    moment = datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC)
    return int(moment.timestamp()) * 1_000_000_000


NOW = at(10)

# What a plain order is in, besides its batch.
SCOPES = (
    "firm",
    "firm=BANK",
    "desk=treasury",
    "trader=anna",
    "venue=simulator",
    "session=simulator",
    "counterparty=simulator",
    "currency=EUR",
    "currency=USD",
    "pair=EUR/USD",
)

FIGURES = {
    "TREE counterparty=simulator group": "STREET",
    "TREE counterparty=ACME-LDN group": "ACME",
    "TREE counterparty=ACME-NYC group": "ACME",
    "TREE group=STREET country": "US",
    "TREE group=ACME country": "GB",
    "TREE trader=anna desk": "treasury",
    "TREE desk=treasury firm": "BANK",
    "TREE book=* firm": "BANK",
    "REFERENCE_STALE source=* pair=* age_s_max": "60",
    "REFERENCE_BAD pair=* sources_apart_fraction_max": "0.01",
    "ORDER_NOTIONAL pair=* tenor=* trader=* venue=* max": "25000000",
    "ORDER_SIZE venue=* pair=* currency=* min": "1000",
    "ORDER_SIZE venue=* pair=* currency=* max": "5000000000",
    "ORDER_SIZE venue=* pair=* currency=* lot": "0.01",
    "PRICE_COLLAR pair=* hour=* tenor=* inner_fraction_max": "0.005",
    "PRICE_COLLAR pair=* hour=* tenor=* collar_fraction_max": "0.02",
    "PRICE_COLLAR pair=* hour=* tenor=* band_fraction_max": "0.05",
    "BATCH_GROSS desk=* max": "100000000",
    "BATCH_GROSS desk=* median_factor_max": "3",
    "NOP_CURRENCY book=* currency=* max": "10000000000",
    "VOLUME_DAY trader=* max": "400000000",
    "VOLUME_DAY desk=* max": "300000000",
    "VOLUME_DAY pair=* max": "200000000",
    "VOLUME_DAY venue=* max": "500000000",
    "VOLUME_DAY counterparty=* max": "500000000",
    "SETTLEMENT_DAY group=* max": "1000000000",
    "NOP_AGGREGATE desk=* max": "20000000000",
    "NOP_AGGREGATE firm=* max": "20000000000",
    "NOP_OVERNIGHT desk=* max": "1000000000",
    "NOP_OVERNIGHT desk=* cutoff": "17:00 America/New_York",
    "COUNTERPARTY_LINE counterparty=* max": "1000000000",
    "COUNTERPARTY_LINE group=* max": "1000000000",
    "COUNTERPARTY_LINE pair=* years=1 add_on_fraction": "0.01",
    "COUNTERPARTY_LINE pair=* years=2 add_on_fraction": "0.05",
    "COUNTERPARTY_LINE pair=* years=3 add_on_fraction": "0.05",
    "COUNTERPARTY_LINE pair=* years=4 add_on_fraction": "0.05",
    "COUNTERPARTY_LINE pair=* years=5 add_on_fraction": "0.05",
    "COUNTERPARTY_LINE pair=* years=* add_on_fraction": "0.075",
    "COUNTRY country=* max": "2000000000",
    "SETTLEMENT_DAY pair=* ndf_move_fraction_max": "0.1",
    "PAIR_VELOCITY pair=* window_s": "60",
    "PAIR_VELOCITY pair=* move_fraction_max": "1000",
    "ORDER_DUPLICATE account=* alike_max": "1000000",
    "ORDER_DUPLICATE account=* price_fraction": "0.001",
    "ORDER_DUPLICATE account=* row_days": "0",
    "SELF_MATCH venue=* orders_meet": "no",
    "OPEN_VALUE venue=* max": "100000000000",
    "OPEN_COUNT session=* orders_max": "1000000",
    "OPEN_COUNT trader=* orders_max": "1000000",
    "FUNDING currency=* max": "10000000000000",
    "FUNDING currency=* mode": "hard",
    "GAP_BUCKET book=* currency=* max": "10000000000000",
    "GAP_BUCKET book=* currency=* mode": "hard",
    "GAP_BUCKET book=* currency=* bucket": "month",
    "TENOR_MAX pair=* days_max": "10000",
    "TENOR_MAX counterparty=* days_max": "10000",
    "TENOR_MAX trader=* days_max": "10000",
    "SETTLEMENT_INSTRUCTION counterparty=* currency=* instruction": "STANDING",
    "SETTLEMENT_INSTRUCTION counterparty=* currency=* netting": "none",
    "FORWARD_POINTS pair=* tenor=* outright_fraction_max": "0.02",
    "FORWARD_POINTS pair=* tenor=* swap_fraction_max": "0.001",
    "MANDATE trader=* desk=* product=* pair=* side=* tenor=* venue=* allow": "00:00-24:00",
    "VALUE_DATE currency=EUR tod_cutoff": "15:00 Europe/Paris",
    "VALUE_DATE currency=USD tod_cutoff": "17:00 America/New_York",
    "MESSAGE_RATE session=* window_ms": "1000",
    "MESSAGE_RATE session=* risk_messages_max": "10",
    "MESSAGE_RATE session=* all_messages_max": "15",
    "MESSAGE_RATE session=* cancel_room_messages": "3",
    "STALE_SEND venue=* age_ms_max": "2000",
    **{
        f"{control} {owner}=* max": "50000000"
        for control in ("LOSS_DAY", "LOSS_MONTH", "DRAWDOWN")
        for owner in ("trader", "desk", "firm")
    },
    **{f"LOSS_DAY {owner}=* unmarked_s_max": "60" for owner in ("trader", "desk", "firm")},
    "REPEATED_EXECUTION desk=* max": "100",
    "REJECT_STORM session=* rejects_max": "50",
    "REJECT_STORM session=* window_s": "60",
    "REJECT_STORM pair=* rejects_max": "50",
    "REJECT_STORM pair=* window_s": "60",
    "CLOCK firm=* jump_ms_max": "500",
    "DEADMAN firm=* silent_s_max": "30",
    "FOUR_EYES desk=* order_max": "10000000000",
    "FOUR_EYES desk=* batch_max": "10000000000",
    "FOUR_EYES desk=* tenor_days_max": "750",
    "FOUR_EYES desk=* off_market_fraction_max": "10",
    "FOUR_EYES desk=* first_trade": "no",
    "FOUR_EYES action=* valid_s_max": "3600",
}
# How far a book may be long or short of euro.
NOP = "NOP_CURRENCY book=* currency=EUR max"


def row(name: str, value: str) -> Limit:
    """A row from ``CONTROL dimension=value ... parameter``."""
    control, *key, parameter = name.split()
    parts = [part.partition("=") for part in key]
    return Limit(control, tuple((dimension, text) for dimension, _, text in parts), parameter, value)


def limits(changes: dict[str, str] | None = None, without: str = "") -> LimitBook:
    """The sane limits, with some set otherwise, and those that start with ``without`` left out."""
    figures = {**FIGURES, **(changes or {})}
    return LimitBook(row(name, value) for name, value in figures.items() if not without or not name.startswith(without))


CALENDARS = Calendars(
    {"EUR": (), "USD": (date(2026, 3, 17),), "JPY": (date(2026, 3, 20),), "GBP": (), "CNY": ()}, 2025, 2027
)

RATES = {"EUR/USD": ("1.0999", "1.1001"), "USD/JPY": ("149.99", "150.01"), "GBP/USD": ("1.2999", "1.3001")}


def make_gate(book: LimitBook | None = None, rates: dict[str, tuple[str, str]] | None = None) -> Gate:
    """A gate with a market: EUR/USD 1.10, USD/JPY 150, GBP/USD 1.30 at the middle."""
    gate = Gate(book or limits(), CALENDARS, USD)
    for pair, (bid, offer) in (RATES if rates is None else rates).items():
        gate.rates.update(parse_pair(pair), Decimal(bid), Decimal(offer), NOW, "market")
    return gate


@dataclass(frozen=True)
class Pillar:
    """Points of EUR/USD, both sides the same."""

    tenor: str
    points: str
    symbol: str = "EUR/USD"
    ts_ns: int = NOW

    @property
    def bid(self) -> str:
        return self.points

    @property
    def offer(self) -> str:
        return self.points


CURVE = (Pillar("1W", "0.000240"), Pillar("1M", "0.001020"), Pillar("6M", "0.006120"))


@dataclass(frozen=True)
class Terms:
    """One order's terms, all sane."""

    pair: str = "EUR/USD"
    dealt: str = "EUR"
    side: Side = Side.BUY
    amount: str = "1000000"
    product: Product = Product.SPOT
    value_date: date = SPOT_DAY
    limit_rate: str | None = None
    line_no: int = 1
    row_id: str = ""
    book: str = "SALES"
    batch: str = BATCH
    far: tuple[tuple[Side, str, date], ...] = ()
    fixing_date: date | None = None
    order_type: OrderType = OrderType.MARKET
    time_in_force: TimeInForce = TimeInForce.DAY


def make_deal(terms: Terms) -> Deal:
    near, *far = (
        Leg(side, Decimal(amount), day, day.isoformat())
        for side, amount, day in ((terms.side, terms.amount, terms.value_date), *terms.far)
    )
    return Deal(terms.product, parse_pair(terms.pair), Currency(terms.dealt), near, tuple(far), terms.fixing_date)


def swap(far_amount: str = "1000000", far_date: date = ONE_MONTH, **changes: object) -> Terms:
    """EUR 1,000,000 bought spot and sold back in a month, with some terms set otherwise."""
    terms = replace(Terms(product=Product.SWAP), **changes)  # type: ignore[arg-type] # as in make_order
    return replace(terms, far=((terms.side.opposite, far_amount, far_date),))


def make_line(terms: Terms) -> BatchLine:
    return BatchLine(
        line_no=terms.line_no,
        row_id=terms.row_id or f"T-{terms.line_no}",
        deal=make_deal(terms),
        order_type=OrderType.LIMIT if terms.limit_rate else terms.order_type,
        limit_rate=None if terms.limit_rate is None else Decimal(terms.limit_rate),
        time_in_force=terms.time_in_force,
        book=terms.book,
        account="ACC-1",
    )


def make_order(terms: Terms | None = None, **changes: object) -> OrderRequest:
    """A sane order, with some of its terms set otherwise."""
    terms = replace(terms or Terms(), **changes)  # type: ignore[arg-type] # the names are checked by replace itself
    return OrderRequest(
        reservation_id=cl_ord_id(terms.batch, terms.line_no),
        line=make_line(terms),
        trader="anna",
        desk="treasury",
        venue="simulator",
        trade_date=MONDAY,
        decided_ts_ns=NOW,
    )


def make_batch(*terms: Terms, content: bytes = b"a batch", totals: object = None) -> BatchRequest:
    """A batch of orders; one sane order when none is given."""
    return BatchRequest(
        batch_id=batch_id(content_hash(content)),
        content_hash=content_hash(content),
        trade_date=MONDAY,
        lines=[make_line(each) for each in terms or (Terms(),)],
        trader="anna",
        desk="treasury",
        totals=totals,  # type: ignore[arg-type] # each test gives its own
    )


def codes(violations: Iterable[Violation]) -> list[ReasonCode]:
    """The codes, in the order given."""
    return [violation.code for violation in violations]


def only(violations: Iterable[Violation]) -> Violation:
    """The one violation there is."""
    (violation,) = violations
    return violation


def check(
    changes: dict[str, str] | None = None, without: str = "", now_ns: int = NOW, **terms: object
) -> list[Violation]:
    """What a gate that has held nothing yet says to a sane order with some of its terms, and of the limits, changed."""
    gate = make_gate(limits(changes, without))
    for pair, (bid, offer) in RATES.items():
        gate.rates.update(parse_pair(pair), Decimal(bid), Decimal(offer), now_ns, "market")
    return list(gate.check_order(make_order(**terms), now_ns).violations)


def reserved(gate: Gate, line_no: int, now_ns: int = NOW, **terms: object) -> Decision:
    """A sane order of some row, with its terms changed, once the gate has decided on it and holds it if it may."""
    return gate.reserve(make_order(line_no=line_no, **terms), now_ns)


# The controls whose nodes most tests follow.
FILLING = ("NOP_CURRENCY", "SETTLEMENT_DAY", "VOLUME_DAY")


def used(gate: Gate, controls: tuple[str, ...] = FILLING) -> dict[str, tuple[str, str]]:
    """What pends on each node of some controls, and what is posted to it, where there is either."""
    return {
        node.node: (f"{node.pending.normalize():f}", f"{node.posted.normalize():f}")
        for node in gate.utilisation()
        if (node.pending or node.posted) and node.node.split()[0] in controls
    }


def used_of(gate: Gate, control: str) -> dict[str, tuple[str, str]]:
    """As :func:`used`, of one control alone, whose name the nodes are then without."""
    return {node.removeprefix(f"{control} "): amounts for node, amounts in used(gate, (control,)).items()}
