"""Which days a row means, and with them which product.

1. ``tenor`` and ``value_date`` say the same day when both are given. Neither: SPOT, TOD and TOM are days themselves.
2. ``product`` agrees with the day: SPOT is the pair's spot date, TOD the trade date, TOM the first good day after it,
   FORWARD any other day. An empty product is the one that agrees, SPOT before TOD before TOM.
3. A SWAP has a second day after the first, in the far columns. An empty product with something in them is a SWAP.
4. A BLOCK has several days in one cell, each once and in their order. An empty product with several days is a BLOCK.
5. An NDF has a day like a FORWARD's, spot included, and a fixing date before it: see ``trader.domain.fixing``.
6. Whether the day is a holiday is not asked here: the VALUE_DATE control denies such a line, the others trade.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache, partial
from itertools import pairwise, zip_longest
from typing import NamedTuple, TypeVar

from trader.batch import fields
from trader.batch.fields import CellError
from trader.batch.notes import Notes, Problem
from trader.domain.calendars import Calendars
from trader.domain.currency import Currency, CurrencyPair
from trader.domain.deal import Product
from trader.domain.errors import DomainError
from trader.domain.fixing import FIXING_LAG_DAYS, fixing_date, fixing_date_problem, non_deliverable
from trader.domain.tenor import Tenor, parse_tenor
from trader.domain.value_date import far_tenor_date, tenor_date

Value = TypeVar("Value")

SCHEDULE_COLUMNS = ("product", "value_date", "tenor", "far_value_date", "far_tenor", "fixing_date")
BLOCK_LEGS = range(2, 11)

_PRODUCT_COLUMN: tuple[str, ...] = ("product",)
_NEAR_COLUMNS: tuple[str, ...] = ("value_date", "tenor", *_PRODUCT_COLUMN)
_FAR_COLUMNS: tuple[str, ...] = ("far_value_date", "far_tenor")
_FIXING_COLUMNS = ("fixing_date", *_NEAR_COLUMNS)
_NAMED_DAYS = {product: parse_tenor(product) for product in (Product.SPOT, Product.TOD, Product.TOM)}
_DAY_PRODUCTS = (*_NAMED_DAYS, Product.FORWARD)
_DAY_EXPECTED = "a value_date or a tenor"


class Day(NamedTuple):
    """When a leg is paid.

    Attributes:
        tenor: How the day was asked for: ``SPOT``, ``TOD`` or ``TOM`` where it is one, else a tenor or the ISO date.
    """

    value_date: date
    tenor: str


@dataclass(frozen=True, slots=True)
class Schedule:
    """The product of a row and its days.

    Attributes:
        days: One for each leg, in ascending order.
        fixing_date: An NDF's; None for every other product.
    """

    product: Product
    days: tuple[Day, ...]
    fixing_date: date | None = None


class ReadSchedule(NamedTuple):
    """What was made of a row's days.

    Attributes:
        product: As far as it is known, for reading the rest of the row.
        schedule: None when something is wrong or the pair is unknown.
        problems: What is wrong.
    """

    product: Product | None
    schedule: Schedule | None
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class _Cells:
    """What the cells say, each by itself; one that could not be read is as if it were empty.

    Attributes:
        texts: The cells without the blanks around them, by column.
        problems: What is wrong with them.
    """

    texts: Mapping[str, str]
    problems: tuple[Problem, ...]
    product: Product | None
    value_dates: tuple[date, ...]
    tenors: tuple[Tenor, ...]
    far_value_date: date | None
    far_tenor: Tenor | None
    fixing_date: date | None


class ScheduleReader:
    """Reads the days of rows for one trade date.

    Args:
        trade_date: A weekday.
        calendars: Of the currencies that may be traded.
        far_from_near_leg: True where a swap's far tenor counts from its near leg, False where it counts from spot.
    """

    def __init__(self, trade_date: date, calendars: Calendars, *, far_from_near_leg: bool) -> None:
        self._trade_date = trade_date
        self._calendars = calendars
        self._tenor_date = cache(partial(tenor_date, trade_date=trade_date, calendars=calendars))
        self._named_dates = cache(self._read_named_dates)
        self._cells = cache(self._read_cells)  # few ways to say a day are said of many pairs
        self._far_tenor_date = partial(
            far_tenor_date, trade_date=trade_date, calendars=calendars, counts_from_near_leg=far_from_near_leg
        )

    def read(self, cells: tuple[str, ...], pair: CurrencyPair | None) -> ReadSchedule:
        """The days in the cells of :data:`SCHEDULE_COLUMNS`, or all that is wrong with them.

        Args:
            cells: As in the file.
            pair: In market order; None when it could not be read.
        """
        said = self._cells(cells)
        if pair is None or said.problems:
            return ReadSchedule(said.product, None, said.problems)
        columns = _NEAR_COLUMNS  # the first with a text in it has to answer for what is wrong
        try:
            schedule = self._near_schedule(pair, said)
            near = schedule.days[0]
            if schedule.product is Product.SWAP:
                columns = _FAR_COLUMNS
                schedule = Schedule(Product.SWAP, (near, self._far_day(pair, said, near)))
            elif schedule.product is Product.NDF:
                columns = _PRODUCT_COLUMN
                fixed = _fixed_currency(pair)
                columns = _FIXING_COLUMNS
                fixing = self._fixing_date(fixed, said, near.value_date)
                schedule = Schedule(Product.NDF, schedule.days, fixing)
        except CellError as wrong:
            column = next((name for name in columns if said.texts[name]), columns[0])
            problem = Problem(column, said.texts[column], wrong.problem, wrong.expected)
            return ReadSchedule(said.product, None, (problem,))
        return ReadSchedule(schedule.product, schedule, ())

    def _read_cells(self, cells: tuple[str, ...]) -> _Cells:
        texts = {column: cell.strip(fields.BLANKS) for column, cell in zip(SCHEDULE_COLUMNS, cells, strict=True)}
        notes = Notes()
        product = notes.read("product", texts["product"], fields.read_optional, Product)
        is_known = not notes.problems
        if is_known:
            product = product or _implied(texts)

        def read(column: str, owner: Product, reader: Callable[[str], Value | None]) -> Value | None:
            """The cell of a column that only one product uses."""
            if product is owner or not is_known:
                return notes.read(column, texts[column], reader)
            return notes.read(column, texts[column], fields.read_nothing, owner)

        value_dates = notes.read("value_date", texts["value_date"], fields.read_each, self._read_day)
        tenors = notes.read("tenor", texts["tenor"], fields.read_each, fields.read_tenor)
        far_value_date = read("far_value_date", Product.SWAP, self._read_date)
        far_tenor = read("far_tenor", Product.SWAP, fields.read_far_tenor)
        fixing_date = read("fixing_date", Product.NDF, fields.read_date)
        return _Cells(
            texts=texts,
            problems=tuple(notes.problems),
            product=product,
            value_dates=value_dates or (),
            tenors=tenors or (),
            far_value_date=far_value_date,
            far_tenor=far_tenor,
            fixing_date=fixing_date,
        )

    def _read_date(self, text: str) -> date | None:
        return self._read_day(text) if text else None

    def _read_day(self, text: str) -> date:
        day = fields.read_day(text)
        if day < self._trade_date:
            raise CellError("is before the trade date", f"{self._trade_date} or a later day")
        return day

    def _near_schedule(self, pair: CurrencyPair, cells: _Cells) -> Schedule:
        """Product and days without those of the far columns.

        Raises:
            CellError: The cells contradict each other or say no day, or the calendars do not know it.
        """
        named_dates = self._named_dates(pair)
        asked = self._asked_days(pair, cells)
        if cells.product is None or cells.product in _DAY_PRODUCTS:
            return _schedule_of_a_day(pair, cells.product, asked[0] if asked else None, named_dates)
        if not asked:
            raise CellError("has no value date beside it", _DAY_EXPECTED)
        return Schedule(cells.product, tuple(_named(day, named_dates) for day in asked))

    def _read_named_dates(self, pair: CurrencyPair) -> Mapping[Product, date]:
        return {product: self._dated(pair, tenor) for product, tenor in _NAMED_DAYS.items()}

    def _asked_days(self, pair: CurrencyPair, cells: _Cells) -> tuple[Day, ...]:
        """The days of ``value_date`` and ``tenor``, as many as the product has; none when both are empty."""
        dates, tenors = cells.value_dates, cells.tenors
        if dates and tenors and len(dates) != len(tenors):
            raise CellError(
                f"holds {len(dates)} days beside {len(tenors)} tenors", "as many, or one of the two cells empty"
            )
        count = max(len(dates), len(tenors))
        if cells.product is Product.BLOCK:
            if count and count not in BLOCK_LEGS:
                few, many = BLOCK_LEGS[0], BLOCK_LEGS[-1]
                raise CellError(f"holds {count} days of a block", f"{few} to {many} days with blanks between them")
        elif count > 1:
            raise CellError("holds more than one day", f"one day for product {cells.product}, or product BLOCK")
        days = tuple(self._asked_day(pair, tenor, day) for day, tenor in zip_longest(dates, tenors))
        if any(later.value_date <= day.value_date for day, later in pairwise(days)):
            raise CellError(
                "holds a day that is not after the one before it", "each day once, the first to be paid first"
            )
        return days

    def _asked_day(self, pair: CurrencyPair, tenor: Tenor | None, day: date | None) -> Day:
        tenor_day = self._dated(pair, tenor) if tenor else None
        return Day(_agreed(day, tenor_day), tenor.text if tenor else str(day))

    def _dated(self, pair: CurrencyPair, tenor: Tenor) -> date:
        return _by_calendar(lambda: self._tenor_date(pair, tenor))

    def _far_day(self, pair: CurrencyPair, cells: _Cells, near: Day) -> Day:
        """A swap's second day.

        Raises:
            CellError: There is none, or it is not after the first, or the calendars do not know it.
        """
        tenor = cells.far_tenor
        if not tenor and not cells.far_value_date:
            raise CellError("is empty, and no far_tenor says the day", "a far_value_date or a far_tenor")
        tenor_day = _by_calendar(lambda: self._far_tenor_date(pair, tenor, near.value_date)) if tenor else None
        far_date = _agreed(cells.far_value_date, tenor_day)
        if far_date <= near.value_date:
            same = "is the day of the near leg, so that the two net each other out"
            earlier = "is before the day of the near leg"
            raise CellError(same if far_date == near.value_date else earlier, f"a day after {near.value_date}")
        return _named(Day(far_date, tenor.text if tenor else str(far_date)), self._named_dates(pair))

    def _fixing_date(self, fixed: Currency, cells: _Cells, value_date: date) -> date:
        """The fixing date that the row says, or the market's.

        Raises:
            CellError: It cannot be one, or there is none that could.
        """
        calendars, said = self._calendars, cells.fixing_date
        if said:
            problem = _by_calendar(lambda: fixing_date_problem(fixed, said, value_date, self._trade_date, calendars))
            if problem:
                raise CellError(*fields.problem_and_expected(problem))
            return said
        fixing = _by_calendar(lambda: fixing_date(fixed, value_date, calendars))
        if fixing < self._trade_date:
            raise CellError(f"leaves no day for the fixing, which was on {fixing}", "a later day")
        return fixing


def _implied(texts: Mapping[str, str]) -> Product | None:
    """The product of many legs that a row without one means by the cells it fills."""
    if any(texts[column] for column in _FAR_COLUMNS):
        return Product.SWAP
    return Product.BLOCK if any(len(texts[column].split()) > 1 for column in ("value_date", "tenor")) else None


def _by_calendar(find: Callable[[], Value]) -> Value:
    """What the calendars say.

    Raises:
        CellError: They do not know.
    """
    try:
        return find()
    except DomainError as wrong:
        problem, expected = fields.problem_and_expected(str(wrong))
        raise CellError(f"cannot be dated: {problem}", expected) from None


def _agreed(day: date | None, tenor_day: date | None) -> date:
    if day and tenor_day and day != tenor_day:
        raise CellError("is not the day of the tenor beside it", f"{tenor_day}, or one of the two cells empty")
    agreed = day or tenor_day
    assert agreed is not None, "at least one cell says the day"
    return agreed


def _schedule_of_a_day(
    pair: CurrencyPair, product: Product | None, asked: Day | None, named_dates: Mapping[Product, date]
) -> Schedule:
    """The product that fits the day, and the day that fits the product: rules 1 and 2."""
    value_date = asked.value_date if asked else named_dates.get(product) if product else None
    if value_date is None:
        problem = "has no value date beside it" if product else "is empty, and no tenor says the day"
        raise CellError(problem, _DAY_EXPECTED)
    agreeing = [named for named, day in named_dates.items() if day == value_date] or [Product.FORWARD]
    if product not in {None, *agreeing}:
        own_date = named_dates.get(product) if product else None
        own_day = f", or {product} on {own_date}" if own_date else ""
        expected = f"{' or '.join(agreeing)} on {value_date} for {pair}{own_day}"
        raise CellError(f"is not a day of product {product}", expected)
    product = product or agreeing[0]
    tenor = asked.tenor if asked and product is Product.FORWARD else product.value
    return Schedule(product, (Day(value_date, tenor),))


def _named(day: Day, named_dates: Mapping[Product, date]) -> Day:
    """The day under its name where it is spot, TOD or TOM, so that the leg by itself is that product."""
    names = [product.value for product, named_date in named_dates.items() if named_date == day.value_date]
    return day if not names or day.tenor in names else Day(day.value_date, names[0])


def _fixed_currency(pair: CurrencyPair) -> Currency:
    fixed = non_deliverable(pair)
    if fixed is None:
        expected = f"FORWARD, or a pair of a deliverable currency and one of {', '.join(FIXING_LAG_DAYS)}"
        raise CellError(f"is not how {pair} is dealt", expected)
    return fixed
