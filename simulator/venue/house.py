"""What the parts of the venue share."""

from dataclasses import dataclass, field
from datetime import date, timedelta

from simulator.market.market import Market
from simulator.venue.book import Book
from simulator.venue.outbox import Agenda, Outbox
from simulator.venue.trade_list import TradeList
from trader.domain.deal import Deal, Product
from trader.domain.moments import is_weekend
from trader.fix.dialect import Dialect


@dataclass(slots=True)
class House:
    """The venue's books and its way out.

    Attributes:
        seed: Part of every id.
        dialect: Which products, order types and requests the venue takes, and its price decimals.
        trade_date: TradeDate(75) of every trade; it moves on when the day rolls.
        rolls: How often it has.
        trades: The list of its trades.
    """

    seed: int
    dialect: Dialect
    market: Market
    trade_date: date
    outbox: Outbox
    agenda: Agenda
    book: Book = field(default_factory=Book)
    trades: TradeList = field(default_factory=TradeList)
    rolls: int = 0

    def roll(self) -> None:
        """The trade date is over: the next weekday begins."""
        self.trade_date = next_weekday(self.trade_date)
        self.rolls += 1

    def value_date(self, deal: Deal) -> date:
        """When the near leg of a trade is paid now: spot moves with the day, and the client asks for the old one."""
        value_date = deal.near_leg.value_date
        if deal.product is Product.SPOT:
            for _ in range(self.rolls):
                value_date = next_weekday(value_date)
        return value_date


def next_weekday(day: date) -> date:
    """The day after, or Monday. The venue keeps no holiday calendar."""
    following = day + timedelta(days=1)
    while is_weekend(following):
        following += timedelta(days=1)
    return following
