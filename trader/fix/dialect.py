"""A venue's dialect of FIX, as data. One ``dialect.toml`` a venue; unknown keys are errors.

msgspec reads and checks it: types, ranges and unknown keys come with the path of the offending value.
"""

import tomllib
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Literal

import msgspec

from trader.domain.currency import CurrencyPair, parse_pair
from trader.domain.deal import BatchLine, OrderType, Product, Side, TimeInForce
from trader.domain.errors import ConfigError, DomainError


class _Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    pass


class ProductForm(_Section, frozen=True):
    """A product's form on the wire.

    Attributes:
        security_type: SecurityType(167).
        settl_type: SettlType(63); "tenor" sends the tenor's own code (``M1``), or ``B`` for a broken date.
    """

    security_type: str
    settl_type: str


class Requests(_Section, frozen=True):
    """What the venue answers beyond orders and cancels."""

    replace: bool
    order_status: bool
    mass_status: bool
    mass_cancel: bool
    trade_capture: bool
    market_data: bool


class Dictionary(_Section, frozen=True):
    """The FIX dictionary of the venue's sessions.

    The robot's session takes a lenient one, see :func:`trader.fix.dictionary.lenient_dictionary`: what a venue says is
    judged by :mod:`trader.fix.decode`. The bundled simulator is strict about what it is told, as real venues are:
    ``open_fields`` and ``add_fields`` shape its dictionary, and no other.

    Attributes:
        file: The stock QuickFIX dictionary's file name, such as ``FIX44.xml``.
        open_fields: Tags whose list of allowed values the simulator lifts.
        add_fields: Message name to the tags that the simulator takes in it besides the stock ones.
    """

    file: str
    open_fields: tuple[int, ...] = ()
    add_fields: Mapping[str, tuple[int, ...]] = {}


class Dialect(_Section, frozen=True):
    """Everything the codec and the engine need to know about one venue.

    Attributes:
        name: The venue's name: the folder's.
        title: What people call it.
        simulated: True when the counterparty is a simulator: the only kind that example limits may trade with.
        begin_string: BeginString(8).
        symbol_separator: What stands between the two codes of Symbol(55): "/", "." or "".
        side_of: Whether Side(54) belongs to Currency(15), as the standard has it, or to Symbol(55).
        order_types: OrdType(40)s the venue takes.
        times_in_force: TimeInForce(59)s the venue takes.
        products: Products the venue trades, each with its form.
        requests: What it answers.
        dictionary: The dictionary its session uses.
        reset: When sequence numbers start again at 1: "never"; when our own store is new; or then and whenever
            the venue says that our number is too low, as a simulator that forgets does.
        rate_decimals: Price decimals per pair where they differ from the market's; see :meth:`tick`.
    """

    name: str
    title: str
    simulated: bool
    begin_string: Literal["FIX.4.4"]
    symbol_separator: Literal["/", ".", ""]
    side_of: Literal["dealt_currency", "symbol"]
    order_types: tuple[OrderType, ...]
    times_in_force: tuple[TimeInForce, ...]
    products: Mapping[Product, ProductForm]
    requests: Requests
    dictionary: Dictionary
    reset: Literal["never", "new_store", "when_refused"]
    rate_decimals: Mapping[str, int] = {}

    def cannot_carry(self, line: BatchLine) -> Iterator[tuple[str, str, str]]:
        """What of a line the venue does not take: column, value, and what it takes."""
        if line.deal.product not in self.products:
            yield "product", line.deal.product, " or ".join(sorted(self.products))
        if line.order_type not in self.order_types:
            yield "order_type", line.order_type, " or ".join(self.order_types)
        if line.time_in_force not in self.times_in_force:
            yield "time_in_force", line.time_in_force, " or ".join(self.times_in_force)
        if line.venue not in ("", self.name):
            yield "venue", line.venue, f"{self.name}, or nothing: a batch is launched on one session"
        if line.counterparty:
            yield "counterparty", line.counterparty, "an empty cell: no order says with whom"

    def symbol(self, pair: CurrencyPair) -> str:
        """Symbol(55) of a pair."""
        return f"{pair.base}{self.symbol_separator}{pair.terms}"

    def pair(self, symbol: str) -> CurrencyPair:
        """The pair of a Symbol(55).

        Raises:
            DomainError: Not a pair of known currencies in the venue's form.
        """
        if self.symbol_separator:
            return parse_pair(symbol.replace(self.symbol_separator, "/"))
        return parse_pair(f"{symbol[:3]}/{symbol[3:]}")

    def tick(self, pair: CurrencyPair) -> Decimal:
        """The venue's smallest price step of a pair in market order, as a rate."""
        decimals = self.rate_decimals.get(str(pair))
        return pair.tick if decimals is None else Decimal(1).scaleb(-decimals)

    def wire_side(self, side: Side, currency: str, pair: CurrencyPair) -> Side:
        """Side(54) for doing ``side`` with ``currency``; its own inverse. Source: FIX 4.2 appendix O; Cboe FX."""
        if self.side_of == "dealt_currency" or currency == pair.base:
            return side
        return side.opposite


def parse_dialect(text: str, where: str) -> Dialect:
    """Read a ``dialect.toml``.

    Args:
        text: The file's content.
        where: The file's name, for the error.

    Raises:
        ConfigError: Not TOML, an unknown key, a missing key or a wrong value.
    """
    try:
        dialect = msgspec.convert(tomllib.loads(text), Dialect)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise ConfigError(f"{where}: {error}") from error
    for symbol in dialect.rate_decimals:
        try:
            pair = parse_pair(symbol)
        except DomainError as error:
            raise ConfigError(f"{where}: rate_decimals: {error}") from error
        if not pair.is_market_order:
            raise ConfigError(f"{where}: rate_decimals: {pair} is inverted; expected {pair.inverse}")
    return dialect
