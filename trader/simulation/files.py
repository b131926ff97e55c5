"""The desk's file of a seed: real rows as CSV, read by the real reader; at times one that is broken comes first."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from trader.batch.batch import Batch, LineDefaults, validate
from trader.batch.errors import BatchError
from trader.batch.table import read_table
from trader.domain.currency import Currency, CurrencyPair, parse_pair
from trader.domain.deal import OrderType, Product
from trader.fix.carrying import objections
from trader.fix.dialect import Dialect
from trader.simulation import desk
from trader.simulation.numbers import Numbers

_LINES = 2, 6
_PAIRS = ("EUR/USD", "GBP/USD", "USD/JPY", "AUD/USD", "USD/CHF", "EUR/GBP", "USD/SGD", "USD/CAD")
_COLUMNS = (
    "row_id,product,pair,side,dealt_currency,amount,value_date,tenor,far_value_date,far_tenor,far_amount,"
    "order_type,limit_rate,time_in_force,book,account"
)
_PRODUCTS = (*[Product.SPOT] * 6, Product.TOM, *[Product.FORWARD] * 2, *[Product.SWAP] * 2, Product.BLOCK)
_BROKEN = ("-5", "1,000", "NaN", "1e6", "")
_THROUGH = Decimal("0.004")  # of the rate: a limit that far through the market is dealt, and that far behind it rests
_LOT, _TOO_MUCH = 50_000, 40_000_000  # the larger is above ORDER_NOTIONAL of the example


@dataclass(frozen=True, slots=True)
class SimulatedFile:
    """A file that is in order, and how the desk came by it.

    Attributes:
        content: Its bytes.
        batch: What it says.
        refused: What a broken file that came before it was refused for; "" when there was none.
    """

    content: bytes
    batch: Batch
    refused: str = ""

    @property
    def currencies(self) -> frozenset[Currency]:
        """Every currency in it, and the dollar, in which the desk counts."""
        pairs = [line.deal.pair for line in self.batch.lines]
        return frozenset({Currency("USD"), *(pair.base for pair in pairs), *(pair.terms for pair in pairs)})


def draw_file(numbers: Numbers, dialect: Dialect, seed: int) -> SimulatedFile:
    """A file of a few rows that the venue takes."""
    pairs = [parse_pair(name) for name in numbers.some_of(_PAIRS, 2)]
    wanted = numbers.between(*_LINES)
    rows: list[list[str]] = []
    while len(rows) < wanted:
        row = _row(numbers, pairs, dialect, f"S{seed}-{len(rows) + 1}")
        (line,) = _read([row]).lines
        if not list(objections(dialect, line)):
            rows.append(row)
    refused = ""
    if numbers.happens(0.1):
        refused = _refusal([*rows[:-1], _broken(numbers, rows[-1])])
    return SimulatedFile(_csv(rows), _read(rows), refused)


def _csv(rows: list[list[str]]) -> bytes:
    return "\n".join([_COLUMNS, *(",".join(row) for row in rows)]).encode()


def _read(rows: list[list[str]]) -> Batch:
    table = read_table(_csv(rows), "seed.csv", 1_000)
    defaults = LineDefaults(book="CORP", account="ACC-1")
    return validate(table, desk.TRADE_DATE, desk.started().calendars, defaults)


def _broken(numbers: Numbers, row: list[str]) -> list[str]:
    place = _COLUMNS.split(",").index("amount")
    return [*row[:place], numbers.one_of(*_BROKEN), *row[place + 1 :]]


def _refusal(rows: list[list[str]]) -> str:
    """Why a broken file is refused as a whole."""
    try:
        _read(rows)
    except BatchError as error:
        return str(error)
    raise AssertionError("a broken file was taken")


def _row(numbers: Numbers, pairs: list[CurrencyPair], dialect: Dialect, row_id: str) -> list[str]:
    """One row; not every venue takes it."""
    pair = numbers.one_of(*pairs)
    product = numbers.one_of(*_PRODUCTS)
    dealt = str(pair.base if numbers.happens(0.7) else pair.terms)
    side = numbers.one_of("BUY", "SELL")
    size = _TOO_MUCH if numbers.happens(0.05) else numbers.between(1, 39) * _LOT
    amount = str(size * (100 if dealt == "JPY" else 1))
    is_quoted = OrderType.PREVIOUSLY_QUOTED in dialect.order_types and numbers.happens(0.5)
    order_type = "RFQ" if is_quoted else "MARKET"
    time_in_force = "FOK" if is_quoted else numbers.one_of("DAY", "DAY", "GTC", "IOC", "FOK")
    limit = tenor = far_tenor = ""
    if product == Product.SPOT and not is_quoted and numbers.happens(0.4):
        order_type = "LIMIT"
        limit = _limit(pair, is_base_bought=(side == "BUY") == (dealt == pair.base), rests=numbers.happens(0.3))
    elif product == Product.FORWARD:
        tenor = numbers.one_of("1W", "1M", "3M")
    elif product == Product.SWAP:
        tenor, far_tenor = "SPOT", numbers.one_of("1W", "1M")
    elif product == Product.BLOCK:
        tenor, amount, time_in_force = "SPOT 1M", f"{amount} {amount}", "FOK"
    return [
        row_id, product, str(pair), side, dealt, amount, "", tenor, "", far_tenor, "",
        order_type, limit, time_in_force, "CORP", "ACC-1",
    ]  # fmt: skip


def _limit(pair: CurrencyPair, *, is_base_bought: bool, rests: bool) -> str:
    """A limit through the market, or behind it."""
    rates = desk.opening_rates().per_euro
    mid = Decimal(repr(rates[pair.terms] / rates[pair.base]))
    away = _THROUGH if is_base_bought != rests else -_THROUGH
    return f"{(mid * (1 + away)).quantize(pair.tick, ROUND_HALF_UP):f}"
