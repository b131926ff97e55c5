"""What a row asks for apart from its size and price: product, pair, side and date.

A batch has many rows and few different terms, so the terms are read and dated once for each kind (see ``validate``).

Which date a row means:

1. ``tenor`` and ``value_date`` say the same day when both are given. Neither: SPOT, TOD and TOM are days themselves.
2. ``product`` agrees with the day: SPOT is the pair's spot date, TOD the trade date, TOM the first good day after it,
   FORWARD any other day. An empty product is the one that agrees, SPOT before TOD before TOM.
3. Whether the day is a holiday is not asked here: the VALUE_DATE control denies such a line, the others trade.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cache, partial
from typing import ClassVar, NamedTuple, TypeVar

from trader.batch import fields
from trader.batch.fields import CellError
from trader.domain.calendars import Calendars
from trader.domain.currency import Currency, CurrencyPair
from trader.domain.deal import OrderType, Product, Side, TimeInForce
from trader.domain.errors import DomainError
from trader.domain.tenor import Tenor, parse_tenor
from trader.domain.value_date import tenor_date

Value = TypeVar("Value")

TERMS_COLUMNS = (
    "product",
    "pair",
    "side",
    "dealt_currency",
    "value_date",
    "tenor",
    "far_value_date",
    "far_tenor",
    "far_amount",
    "order_type",
    "time_in_force",
)
_NAMED_DAYS = (Product.SPOT, Product.TOD, Product.TOM)
_NOT_YET = frozenset({"SWAP", "NDF"})


class Problem(NamedTuple):
    """A row error before it is known which rows have it; the column is the canonical one."""

    column: str
    value: str
    problem: str
    expected: str


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of one or many rows, read and dated.

    Attributes:
        pair: In market order.
        original_pair: The pair as the file has it when that is the other way round; else empty.
        tenor: How the day was asked for: the product's name, a tenor, or the date in ISO form.
        order_type: None when the row does not say; a limit rate then makes it LIMIT.
    """

    product: Product
    pair: CurrencyPair
    original_pair: str
    side: Side
    dealt_currency: Currency
    value_date: date
    tenor: str
    order_type: OrderType | None
    time_in_force: TimeInForce
    tells_order_type: ClassVar[bool] = True

    @property
    def base_is_bought(self) -> bool:
        """True when the row receives the base of the pair in market order."""
        return (self.side is Side.BUY) == (self.dealt_currency == self.pair.base)


@dataclass(frozen=True, slots=True)
class BrokenTerms:
    """Terms with something wrong, and what is known all the same, so that the rest of the row can be checked too."""

    pair: CurrencyPair | None
    original_pair: str
    dealt_currency: Currency | None
    order_type: OrderType | None
    problems: tuple[Problem, ...]

    @property
    def tells_order_type(self) -> bool:
        """False when the cell holds something else, which is one error and not one of the limit rate too."""
        return all(problem.column != "order_type" for problem in self.problems)


class Notes:
    """Reads cells and keeps every problem instead of stopping at the first."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def read(self, column: str, text: str, reader: Callable[[str], Value]) -> Value | None:
        """The cell's value, or None after noting what is wrong with it."""
        text = text.strip(fields.BLANKS)
        try:
            return reader(text)
        except CellError as wrong:
            self.problems.append(Problem(column, text, wrong.problem, wrong.expected))
            return None


class TermsReader:
    """Reads terms for one trade date.

    Args:
        trade_date: A weekday.
        calendars: Of the currencies that may be traded.
        time_in_force: Of a row that does not say.
    """

    def __init__(self, trade_date: date, calendars: Calendars, time_in_force: TimeInForce) -> None:
        self._trade_date = trade_date
        self._time_in_force = time_in_force
        self._day = cache(partial(tenor_date, trade_date=trade_date, calendars=calendars))

    def read(self, cells: tuple[str, ...]) -> Terms | BrokenTerms:
        """The terms in the cells of :data:`TERMS_COLUMNS`, or all that is wrong with them."""
        texts = dict(zip(TERMS_COLUMNS, cells, strict=True))
        notes = Notes()

        def read(column: str, reader: Callable[[str], Value]) -> Value | None:
            return notes.read(column, texts[column], reader)

        pair = read("pair", fields.read_pair)
        side = read("side", partial(fields.read_choice, kind=Side))
        dealt_currency = read("dealt_currency", partial(fields.read_dealt_currency, pair=pair))
        order_type = read("order_type", partial(fields.read_optional, kind=OrderType))
        time_in_force = read("time_in_force", partial(fields.read_optional, kind=TimeInForce))
        if texts["product"].strip().upper() != "SWAP":  # a swap is refused as a whole
            for column in ("far_value_date", "far_tenor", "far_amount"):
                read(column, fields.read_nothing)
        market_pair = pair if pair is None or pair.is_market_order else pair.inverse
        dated = self._read_day(texts, market_pair, notes)
        original_pair = "" if pair is market_pair else str(pair)
        if notes.problems or not (market_pair and side and dealt_currency and dated):
            return BrokenTerms(market_pair, original_pair, dealt_currency, order_type, tuple(notes.problems))
        product, value_date, tenor = dated
        return Terms(
            product=product,
            pair=market_pair,
            original_pair=original_pair,
            side=side,
            dealt_currency=dealt_currency,
            value_date=value_date,
            tenor=tenor,
            order_type=order_type,
            time_in_force=time_in_force or self._time_in_force,
        )

    def _read_day(
        self, texts: dict[str, str], pair: CurrencyPair | None, notes: Notes
    ) -> tuple[Product, date, str] | None:
        """Product, value date, and how the day was asked for; None when something was noted or the pair is unknown."""
        problems_before = len(notes.problems)
        product = notes.read("product", texts["product"], _read_product)
        value_date = notes.read("value_date", texts["value_date"], self._read_value_date)
        tenor = notes.read("tenor", texts["tenor"], fields.read_tenor)
        if pair is None or len(notes.problems) > problems_before:
            return None
        column = next((name for name in ("value_date", "tenor", "product") if texts[name].strip()), "value_date")
        dated = notes.read(column, texts[column], lambda _: self._dated(pair, product, tenor, value_date))
        if dated is None:
            return None
        product, day = dated
        if product in _NAMED_DAYS:
            return product, day, product.value
        return product, day, tenor.text if tenor else day.isoformat()

    def _read_value_date(self, text: str) -> date | None:
        value_date = fields.read_date(text)
        if value_date and value_date < self._trade_date:
            raise CellError("is before the trade date", f"{self._trade_date} or a later day")
        return value_date

    def _dated(
        self, pair: CurrencyPair, product: Product | None, tenor: Tenor | None, value_date: date | None
    ) -> tuple[Product, date]:
        """Product and day, by the rules at the top.

        Raises:
            CellError: The cells contradict each other or say no day, or the calendars do not know it.
        """
        try:
            named_days = {named: self._day(pair, parse_tenor(named)) for named in _NAMED_DAYS}
            tenor_day = self._day(pair, tenor) if tenor else None
        except DomainError as wrong:
            problem, expected = fields.problem_and_expected(wrong)
            raise CellError(f"cannot be dated: {problem}", expected) from None
        day = value_date or tenor_day or (named_days.get(product) if product else None)
        if day is None:
            problem = "has no value date beside it" if product else "is empty, and no tenor says the day"
            raise CellError(problem, "a value_date or a tenor")
        if tenor_day not in {None, day}:
            raise CellError("is not the day of the tenor beside it", f"{tenor_day}, or one of the two cells empty")
        agreeing = [named for named, named_day in named_days.items() if named_day == day] or [Product.FORWARD]
        if product not in {None, *agreeing}:
            own_day = f", or {product} on {named_days[product]}" if product in named_days else ""
            expected = f"{' or '.join(agreeing)} on {day} for {pair}{own_day}"
            raise CellError(f"is not a day of product {product}", expected)
        return product or agreeing[0], day


def _read_product(text: str) -> Product | None:
    if text.upper() in _NOT_YET:
        raise CellError("is not traded yet", " or ".join(Product))
    return fields.read_optional(text, Product)
