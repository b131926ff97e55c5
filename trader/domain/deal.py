"""What the desk wants: a deal with its legs, and the batch line that asks for it.

Every side belongs to a currency: ``side`` is what the desk does with ``dealt_currency``. "Sell JPY 50,000,000 against
USD" is ``SELL`` of ``JPY`` on USD/JPY, and therefore a purchase of the base.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from trader.domain.currency import Currency, CurrencyPair


class Side(StrEnum):
    """What is done with the dealt currency."""

    BUY = "BUY"
    SELL = "SELL"

    @property
    def opposite(self) -> "Side":
        """The other side."""
        return Side.SELL if self is Side.BUY else Side.BUY

    @property
    def sign(self) -> int:
        """+1 when the dealt currency is received, -1 when it is paid."""
        return 1 if self is Side.BUY else -1


class Product(StrEnum):
    """The products a line can ask for."""

    SPOT = "SPOT"
    TOD = "TOD"
    TOM = "TOM"
    FORWARD = "FORWARD"
    SWAP = "SWAP"
    NDF = "NDF"
    BLOCK = "BLOCK"

    @property
    def has_many_legs(self) -> bool:
        """True for what exchanges the two currencies more than once."""
        return self in (Product.SWAP, Product.BLOCK)


class OrderType(StrEnum):
    """OrdType(40), by name."""

    MARKET = "MARKET"
    LIMIT = "LIMIT"
    PREVIOUSLY_QUOTED = "PREVIOUSLY_QUOTED"


class TimeInForce(StrEnum):
    """TimeInForce(59), by name."""

    DAY = "DAY"
    GTC = "GTC"
    IOC = "IOC"
    FOK = "FOK"


@dataclass(frozen=True, slots=True)
class Leg:
    """One exchange of two currencies on one date.

    Attributes:
        side: What is done with the deal's dealt currency on this leg.
        amount: Units of the dealt currency, greater than zero.
        value_date: The day both currencies are paid.
        tenor: How the desk asked for the date: ``SPOT``, ``1M``, or the date itself in ISO form.
    """

    side: Side
    amount: Decimal
    value_date: date
    tenor: str


@dataclass(frozen=True, slots=True)
class Deal:
    """A pair, a dealt currency and one leg or more. One class for all products: spot, forward, swap, NDF and block.

    Attributes:
        product: What the market calls it.
        pair: In market order.
        dealt_currency: The currency the amounts and the sides belong to; one of the pair's.
        near_leg: The only leg, or the first to be paid.
        far_legs: The legs after it, in the order of their value dates: one for a swap, on the other side of the near
            leg; any number for a block, each on its own side.
        fixing_date: The day an NDF's settlement rate is fixed; None for what is delivered.
    """

    product: Product
    pair: CurrencyPair
    dealt_currency: Currency
    near_leg: Leg
    far_legs: tuple[Leg, ...] = ()
    fixing_date: date | None = None

    @property
    def legs(self) -> tuple[Leg, ...]:
        """All legs, the first to be paid first."""
        return (self.near_leg, *self.far_legs)

    @property
    def far_leg(self) -> Leg | None:
        """The last leg of a deal that has more than one: a swap's second."""
        return self.far_legs[-1] if self.far_legs else None

    @property
    def contra_currency(self) -> Currency:
        """The pair's other currency."""
        return self.pair.other(self.dealt_currency)

    @property
    def base_is_bought(self) -> bool:
        """True when the near leg receives the pair's base: the side a price is compared on."""
        return (self.near_leg.side is Side.BUY) == (self.dealt_currency == self.pair.base)

    def outrights(self) -> tuple["Deal", ...]:
        """The same exchanges as one deal for each leg: what a venue without multi-leg orders is asked for."""
        if not self.far_legs:
            return (self,)
        return tuple(
            Deal(_OUTRIGHT_OF.get(leg.tenor, Product.FORWARD), self.pair, self.dealt_currency, leg) for leg in self.legs
        )


_OUTRIGHT_OF = {product.value: product for product in (Product.SPOT, Product.TOD, Product.TOM)}


@dataclass(frozen=True, slots=True)
class BatchLine:
    """One row of the desk's file, read, checked and dated.

    Attributes:
        line_no: 1 for the first row below the header; the line's part of every order id.
        row_id: The desk's own name for the row, unique in the file.
        deal: What to trade.
        order_type: How.
        limit_rate: Terms per base, on the pair in market order: a limit order's, or the worst that a quote may say;
            None for a market order, and for a quote that may say any.
        time_in_force: How long the order may live.
        strategy: How the line is worked; empty means as one order.
        venue: Where; empty means the session the batch is launched on.
        counterparty: With whom; empty means whoever the venue brings.
        book: Whose position it is.
        account: Account(1).
        netting_group: Rows that may be netted with each other.
        comment: The desk's, carried through.
        original_pair: The pair as the file had it, when it was the other way round; else empty.
    """

    line_no: int
    row_id: str
    deal: Deal
    order_type: OrderType
    limit_rate: Decimal | None
    time_in_force: TimeInForce
    strategy: str = ""
    venue: str = ""
    counterparty: str = ""
    book: str = ""
    account: str = ""
    netting_group: str = ""
    comment: str = ""
    original_pair: str = ""
