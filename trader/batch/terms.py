"""The terms of a row: what is dealt and when it is paid, which is everything that rows have in common.

A batch has many rows and few different terms, so the terms are read and dated once for each kind (see ``validate``).
Which days a row means is for ``trader.batch.schedule``.
"""

from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import ClassVar

from trader.batch import fields
from trader.batch.notes import Notes, Problem
from trader.batch.schedule import SCHEDULE_COLUMNS, Day, ScheduleReader
from trader.domain.calendars import Calendars
from trader.domain.currency import Currency, CurrencyPair
from trader.domain.deal import OrderType, Product, Side, TimeInForce

TERMS_COLUMNS = (*SCHEDULE_COLUMNS, "pair", "side", "dealt_currency", "order_type", "time_in_force")


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of one or many rows, read and dated.

    Attributes:
        product: What the row is.
        days: One for each leg, in ascending order.
        fixing_date: An NDF's; None for every other product.
        pair: In market order.
        original_pair: The pair as the file has it when that is the other way round; else empty.
        side: Of the first leg, and the one that a block's amounts are signed against.
        dealt_currency: The currency of the amounts.
        order_type: None when the row does not say; a limit rate then makes it LIMIT.
        time_in_force: How long the order may live.
    """

    product: Product
    days: tuple[Day, ...]
    fixing_date: date | None
    pair: CurrencyPair
    original_pair: str
    side: Side
    dealt_currency: Currency
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

    product: Product | None
    days: tuple[Day, ...]
    pair: CurrencyPair | None
    original_pair: str
    dealt_currency: Currency | None
    order_type: OrderType | None
    problems: tuple[Problem, ...]

    @property
    def tells_order_type(self) -> bool:
        """False when the cell holds something else, which is one error and not one of the limit rate too."""
        return all(problem.column != "order_type" for problem in self.problems)


class TermsReader:
    """Reads terms for one trade date.

    Args:
        trade_date: A weekday.
        calendars: Of the currencies that may be traded.
        time_in_force: Of a row that does not say.
        far_from_near_leg: As in :class:`ScheduleReader`.
    """

    def __init__(
        self, trade_date: date, calendars: Calendars, time_in_force: TimeInForce, *, far_from_near_leg: bool
    ) -> None:
        # Terms differ far more than their days do.
        self._read_schedule = cache(ScheduleReader(trade_date, calendars, far_from_near_leg=far_from_near_leg).read)
        self._time_in_force = time_in_force

    def read(self, cells: tuple[str, ...]) -> Terms | BrokenTerms:
        """The terms in the cells of :data:`TERMS_COLUMNS`, or all that is wrong with them."""
        *schedule_cells, pair_cell, side_cell, currency_cell, order_type_cell, time_in_force_cell = cells
        notes = Notes()
        pair = notes.read("pair", pair_cell, fields.read_pair)
        side = notes.read("side", side_cell, fields.read_choice, Side)
        dealt_currency = notes.read("dealt_currency", currency_cell, fields.read_dealt_currency, pair)
        time_in_force = notes.read("time_in_force", time_in_force_cell, fields.read_optional, TimeInForce)
        market_pair = pair if pair is None or pair.is_market_order else pair.inverse
        product, schedule, problems_of_days = self._read_schedule(tuple(schedule_cells), market_pair)
        order_type = notes.read("order_type", order_type_cell, fields.read_order_type, product)
        original_pair = "" if pair is market_pair else str(pair)
        problems = (*problems_of_days, *notes.problems)
        if problems or not (market_pair and side and dealt_currency and schedule):
            days = schedule.days if schedule else ()
            return BrokenTerms(product, days, market_pair, original_pair, dealt_currency, order_type, problems)
        return Terms(
            product=schedule.product,
            days=schedule.days,
            fixing_date=schedule.fixing_date,
            pair=market_pair,
            original_pair=original_pair,
            side=side,
            dealt_currency=dealt_currency,
            order_type=order_type,
            time_in_force=time_in_force or self._time_in_force,
        )
