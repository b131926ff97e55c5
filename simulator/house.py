"""What the parts of the venue share."""

from dataclasses import dataclass, field
from datetime import date

from simulator.book import Book
from simulator.effects import Trade
from simulator.market import Market
from simulator.outbox import Agenda, Outbox
from trader.fix.dialect import Dialect


@dataclass(frozen=True, slots=True)
class House:
    """The venue's books and its way out.

    Attributes:
        seed: Part of every id.
        dialect: Which products, order types and requests the venue takes, and its price decimals.
        trade_date: TradeDate(75) of every trade.
        trades: Every trade, oldest first, by session.
    """

    seed: int
    dialect: Dialect
    market: Market
    trade_date: date
    outbox: Outbox
    agenda: Agenda
    book: Book = field(default_factory=Book)
    trades: dict[str, list[Trade]] = field(default_factory=dict)
