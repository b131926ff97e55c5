"""What a run deals in: the pair, the smallest amounts, and a deal of every product. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_CEILING, Decimal

from trader.domain.calendars import Calendars
from trader.domain.currency import Currency, CurrencyPair, parse_pair
from trader.domain.deal import BatchLine, Deal, Leg, OrderType, Product, Side, TimeInForce
from trader.domain.errors import ConfigError
from trader.domain.fixing import fixing_date, non_deliverable
from trader.domain.tenor import parse_tenor
from trader.domain.value_date import far_tenor_date, tenor_date
from trader.fix.carrying import objections
from trader.fix.dialect import Amounts, Dialect

# Where a dialect names no smallest amount: little money, and no amount that a venue would take for a typing error.
_USUAL_AMOUNT = Decimal(1_000)
_PAIRS = tuple(map(parse_pair, ("EUR/USD", "USD/JPY", "GBP/USD", "USD/CNY")))
_NDF_PAIRS = tuple(map(parse_pair, ("USD/INR", "USD/KRW", "USD/BRL", "USD/CNY")))
_AT_ONCE_FIRST = (TimeInForce.FOK, TimeInForce.IOC, TimeInForce.DAY, TimeInForce.GTC)
_STAYING = (TimeInForce.DAY, TimeInForce.GTC)


def smallest_amount(amounts: Amounts, currency: Currency) -> Decimal:
    """The least of a currency that the dialect deals in; 1,000 units where it names nothing."""
    unit = amounts.unit(currency)
    if not amounts.smallest and unit <= 1:
        return _USUAL_AMOUNT
    return max((amounts.smallest / unit).to_integral_value(ROUND_CEILING), Decimal(1)) * unit


@dataclass(frozen=True, slots=True)
class Plan:
    """One run's choices.

    Attributes:
        pair: What is dealt, but for NDFs.
        account: Account(1), or "".
        rates: Units of each currency for one euro: where the market is as long as nothing newer is known.
        rate: Where the market of ``pair`` is, terms per base, as a person said; None to go by ``rates``.
    """

    dialect: Dialect
    pair: CurrencyPair
    account: str
    trade_date: date
    calendars: Calendars
    rates: Mapping[Currency, Decimal]
    rate: Decimal | None = None

    @property
    def amount(self) -> Decimal:
        """The amount of an order, in units of the pair's base."""
        return smallest_amount(self.dialect.amounts, self.pair.base)

    def usual_rate(self, pair: CurrencyPair) -> Decimal:
        """Where the market of a pair is by what was known before the run, terms per base.

        Raises:
            ConfigError: Nothing says it.
        """
        if self.rate is not None and pair == self.pair:
            return self.rate
        if pair.base not in self.rates or pair.terms not in self.rates:
            raise ConfigError(f"where the market of {pair} is, nothing here says; say it with --rate, or take EUR/USD")
        return self.rates[pair.terms] / self.rates[pair.base]

    # --- deals -------------------------------------------------------------------------------------------------------

    def plain(self, side: Side = Side.BUY, times: int = 1) -> Deal:
        """The simplest deal of the dialect: spot, or whatever it has in its place."""
        product = next((product for product in _SIMPLEST if product in self.dialect.products), Product.SPOT)
        return self.one_leg(product, _TENORS[product], side, self.amount * times)

    def one_leg(self, product: Product, tenor: str, side: Side = Side.BUY, amount: Decimal | None = None) -> Deal:
        """A deal of one leg in the base of the run's pair."""
        return Deal(product, self.pair, self.pair.base, self._leg(self.pair, side, tenor, amount or self.amount))

    def deals(self) -> Iterator[tuple[str, Deal]]:
        """One deal of each product, and each kind of swap, with its name."""
        yield "spot", self.one_leg(Product.SPOT, "SPOT")
        yield "TOD", self.one_leg(Product.TOD, "TOD")
        yield "TOM", self.one_leg(Product.TOM, "TOM")
        yield "a forward of a month", self.one_leg(Product.FORWARD, "1M")
        yield "a forward to a broken date", self.one_leg(Product.FORWARD, self._broken_date().isoformat())
        yield "an NDF of a month", self._ndf()
        yield "a swap from spot", self._swap("SPOT", "1M", self.amount)
        yield "a swap with another far amount", self._swap("SPOT", "1M", self.amount * 2)
        yield "a swap from forward to forward", self._swap("1M", "2M", self.amount)
        yield "a block", self._block()

    def _leg(self, pair: CurrencyPair, side: Side, tenor: str, amount: Decimal) -> Leg:
        return Leg(side, amount, tenor_date(pair, parse_tenor(tenor), self.trade_date, self.calendars), tenor)

    def _broken_date(self) -> date:
        """A good day that is no tenor's."""
        month = tenor_date(self.pair, parse_tenor("1M"), self.trade_date, self.calendars)
        return self.calendars.good_days(self.pair).after(month, 3)

    def _ndf(self) -> Deal:
        pair = next((pair for pair in _NDF_PAIRS if _lists(self.dialect, pair)), _NDF_PAIRS[0])
        leg = self._leg(pair, Side.BUY, "1M", self.amount)
        fixed = non_deliverable(pair)
        assert fixed is not None, "each pair of the list has one currency that is not delivered"
        fixing = fixing_date(fixed, leg.value_date, self.calendars)
        return Deal(Product.NDF, pair, pair.base, leg, fixing_date=fixing)

    def _swap(self, near: str, far: str, far_amount: Decimal) -> Deal:
        near_leg = self._leg(self.pair, Side.BUY, near, self.amount)
        far_date = far_tenor_date(
            self.pair,
            parse_tenor(far),
            near_leg.value_date,
            self.trade_date,
            self.calendars,
            counts_from_near_leg=self.dialect.far_tenor_from == "near_leg",
        )
        return Deal(Product.SWAP, self.pair, self.pair.base, near_leg, (Leg(Side.SELL, far_amount, far_date, far),))

    def _block(self) -> Deal:
        """Three legs, or two where one order holds no more."""
        form = self.dialect.products.get(Product.BLOCK)
        legs = [self._leg(self.pair, Side.BUY, "SPOT", self.amount), self._leg(self.pair, Side.SELL, "1M", self.amount)]
        if form is None or form.legs != "single":
            legs.append(self._leg(self.pair, Side.BUY, "2M", self.amount))
        return Deal(Product.BLOCK, self.pair, self.pair.base, legs[0], tuple(legs[1:]))

    # --- what the dialect has ----------------------------------------------------------------------------------------

    def lacking(self, deal: Deal, order_type: OrderType, time_in_force: TimeInForce) -> str:
        """Why the dialect cannot carry an order, in words; "" when it can."""
        line = BatchLine(1, "1", deal, order_type, None, time_in_force, account=self.account)
        found = next(objections(self.dialect, line), None)
        return "" if found is None else f"{found[0]} {found[1] or 'empty'}: the dialect has {found[2]}"

    def life(self, order_type: OrderType) -> TimeInForce:
        """The shortest time in force of an order type."""
        return self._first(order_type, _AT_ONCE_FIRST)

    def staying_life(self, order_type: OrderType) -> TimeInForce:
        """The time in force of an order that waits for its price."""
        return self._first(order_type, _STAYING)

    def _first(self, order_type: OrderType, wanted: tuple[TimeInForce, ...]) -> TimeInForce:
        has = self.dialect.times_in_force_for(order_type)
        return next((life for life in wanted if life in has), wanted[0])


_SIMPLEST = (Product.SPOT, Product.FORWARD, Product.TOM, Product.TOD)
_TENORS = {Product.SPOT: "SPOT", Product.FORWARD: "1M", Product.TOM: "TOM", Product.TOD: "TOD"}


def usual_pair(dialect: Dialect) -> CurrencyPair:
    """The pair that a run deals in when nobody says: the first of the great ones that the dialect lists."""
    return next((pair for pair in _PAIRS if _lists(dialect, pair)), _PAIRS[0])


def _lists(dialect: Dialect, pair: CurrencyPair) -> bool:
    return all(not listed or str(pair) in listed for listed in (dialect.symbols, dialect.security_ids))
