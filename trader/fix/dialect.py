"""A venue's dialect of FIX, as data: the keys that a ``dialect.toml`` can have, with their types and ranges."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from trader.domain.currency import Currency, CurrencyPair, parse_pair
from trader.domain.deal import Deal, OrderType, Product, Side, TimeInForce
from trader.domain.ids import CL_ORD_ID_WIDTH
from trader.domain.moments import NS_PER_MS
from trader.fix.window import Window

_JITTER_MS = 20


class _Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    pass


class ProductForm(_Section, frozen=True):
    """A product's form on the wire.

    Attributes:
        security_type: SecurityType(167); "" sends none.
        settl_type: SettlType(63); "tenor" sends the tenor's own code (``M1``), or ``B`` for a broken date; "" sends
            none.
        settl_date_word: A word that stands in SettlDate(64) in place of the date, such as ``Spot``; "" for the date.
        ord_type: OrdType(40) that says the product, such as ``G`` for a swap; "" for the order's own.
        legs: How a deal of several legs is written: in one order with the second fields (193, 192), in one
            NewOrderMultileg(AB), or as one order a leg with the same ClOrdLinkID(583).
    """

    security_type: str = ""
    settl_type: str = ""
    settl_date_word: str = ""
    ord_type: str = ""
    legs: Literal["single", "multileg", "linked"] = "single"


class Requests(_Section, frozen=True):
    """What the venue answers beyond orders and cancels.

    Attributes:
        replace: OrderCancelReplaceRequest(G).
        order_status: OrderStatusRequest(H).
        mass_status: OrderMassStatusRequest(AF).
        mass_cancel: OrderMassCancelRequest(q).
        trade_capture: TradeCaptureReportRequest(AD); without it a batch cannot be held against the venue's own books.
        market_data: MarketDataRequest(V).
        dont_know_trade: DontKnowTrade(Q), with which we say at once that a trade is not ours.
        unknown_order: What "unknown order" means of an order that the venue has never spoken of: that it never came, so
            that its line gets another order, which only a certification can promise; or nothing, as the venue may say
            it of one that is live or still in a queue of its own.
        replace_rule: What a replace may do: change any term; price and quantity only, the rest being ignored; or no
            order that is part-filled, where the venue refuses and cancels the original.
    """

    replace: bool
    order_status: bool
    mass_status: bool
    mass_cancel: bool
    trade_capture: bool
    market_data: bool
    dont_know_trade: bool = False
    unknown_order: Literal["never_received", "may_be_live"] = "may_be_live"
    replace_rule: Literal["any", "price_and_quantity", "cancels_part_filled"] = "any"


class Quotes(_Section, frozen=True):
    """Where the price of an order of OrdType(40)=D comes from.

    Attributes:
        source: Asked for with a QuoteRequest(R), or taken from the stream of prices by its id.
        is_two_way: True when a request leaves out Side(54), so that makers show both sides.
        reference_tags: Tags of an order that name the quote: 117 the quote, 131 the request, 278 the streamed price.
        maker_role: PartyRole(452) of whoever quotes.
        can_pass: True when the venue takes a QuoteResponse(AJ) for quotes that are not taken.
        valid_ms: How long a quote of the simulated venue lives.
    """

    source: Literal["request", "stream"]
    is_two_way: bool = False
    reference_tags: tuple[int, ...] = (117, 131)
    maker_role: int = 35
    can_pass: bool = True
    valid_ms: Annotated[int, Meta(ge=1)] = 5_000


class Amounts(_Section, frozen=True):
    """Which amounts the venue deals in.

    Attributes:
        dealt: Either currency of the pair, or its base only.
        smallest: The least amount, in units of the dealt currency.
        largest: The greatest amount, in units of the dealt currency; 0 for any.
        step: What every amount is a multiple of, in units of the dealt currency; 0 for the currency's minor unit.
        contract: Units of the dealt currency that one of OrderQty(38) stands for; ``smallest``, ``largest`` and
            ``step`` are whole contracts.
    """

    dealt: Literal["either", "base"] = "either"
    smallest: Decimal = Decimal(0)
    largest: Decimal = Decimal(0)
    step: Decimal = Decimal(0)
    contract: Annotated[int, Meta(ge=1)] = 1

    def __post_init__(self) -> None:
        for key, amount in (("smallest", self.smallest), ("largest", self.largest), ("step", self.step)):
            if not amount.is_finite() or amount < 0:
                raise ValueError(f"{key} = {amount}; expected an amount, 0 or more")
            if self.contract > 1 and amount % self.contract:
                raise ValueError(f"{key} = {amount:f} is not whole contracts of {self.contract}; expected a multiple")
        if self.largest and self.largest < self.smallest:
            raise ValueError(f"largest = {self.largest:f} is below smallest = {self.smallest:f}; expected no less")

    def unit(self, currency: Currency) -> Decimal:
        """What every amount of a currency is a multiple of: the venue's step or contract, else its minor unit."""
        if self.contract > 1:
            return self.step or Decimal(self.contract)
        return self.step or currency.minor_unit


class Pace(_Section, frozen=True):
    """How many messages the venue takes.

    Attributes:
        messages_max: In any window, whatever they say.
        window_ms: The window's length.
        on_excess: What the venue does with more: reject the message, or log the client out.
        block_s: For how long a client that was logged out is not let in again.
    """

    messages_max: Annotated[int, Meta(ge=1)]
    window_ms: Annotated[int, Meta(ge=1)] = 1_000
    on_excess: Literal["reject", "logout"] = "reject"
    block_s: Annotated[int, Meta(ge=0)] = 0

    @property
    def kept_ns(self) -> int:
        """The window that we keep, in nanoseconds: what leaves a window apart may arrive a little closer together."""
        return (self.window_ms + _JITTER_MS) * NS_PER_MS

    def __post_init__(self) -> None:
        if self.block_s and self.on_excess != "logout":
            raise ValueError(
                f'block_s = {self.block_s} is for who was logged out; expected on_excess = "logout" with it'
            )


class Party(_Section, frozen=True):
    """An entry of the group NoPartyIDs(453).

    Attributes:
        id: PartyID(448).
        role: PartyRole(452).
        source: PartyIDSource(447).
    """

    id: str
    role: int
    source: str = "D"


class Dictionary(_Section, frozen=True):
    """The FIX dictionary of the venue's sessions.

    The robot's session takes a lenient one, see :func:`trader.fix.dictionary.lenient_dictionary`: what a venue says is
    judged by :mod:`trader.fix.decode`. The bundled simulator is strict about what it is told, as real venues are:
    ``open_fields`` and ``add_fields`` shape its dictionary, and no other.

    Attributes:
        file: The stock QuickFIX dictionary's file name, such as ``FIX44.xml``. It may be a later version's than
            BeginString(8) for a venue that uses messages of that version; FIXT.1.1 and IMIX.2.0 take FIX50SP2.xml.
        open_fields: Tags whose list of allowed values the simulator lifts.
        add_fields: Message name to the tags that the simulator takes in it besides the stock ones.
        group_fields: Name of a repeating group, such as ``NoLegs``, to the tags that stand in its entries besides the
            stock ones, private tags included. A group ends for QuickFIX at the first tag that is not in it.
    """

    file: Literal["FIX42.xml", "FIX43.xml", "FIX44.xml", "FIX50SP2.xml"]
    open_fields: tuple[int, ...] = ()
    add_fields: Mapping[str, tuple[int, ...]] = {}
    group_fields: Mapping[str, tuple[int, ...]] = {}


class Dialect(_Section, frozen=True):
    """Everything the codec and the engine need to know about one venue.

    Attributes:
        name: The venue's name: the folder's.
        title: What people call it.
        simulated: True when the counterparty is a simulator: the only kind that example limits may trade with.
        begin_string: BeginString(8).
        application_version: ApplVerID(1128) of a FIXT.1.1 session, by name; "" for the others.
        exec_types: What ExecType(150) means: "4.2", where 1 and 2 with ExecTransType(20)=0 are the trades, or "4.4",
            where F is.
        busts: How a trade is taken back or corrected: by ExecType(150)=H and G, or by ExecTransType(20)=1 and 2.
        symbol_separator: What stands between the two codes of Symbol(55), such as "/"; "" for nothing.
        symbols: Pair to Symbol(55), where the venue has names of its own in place of the two codes.
        security_ids: Pair to SecurityID(48), where the venue wants one beside the symbol.
        side_of: Whether Side(54) belongs to Currency(15), as the standard has it, or to Symbol(55).
        order_types: OrdType(40)s the venue takes, each with its code there.
        times_in_force: TimeInForce(59)s the venue takes.
        times_in_force_of: The same for one OrdType(40), where it may have only some of them.
        products: Products the venue trades, each with its form.
        amounts: Which amounts.
        far_tenor_from: Where the venue counts a swap's far tenor from.
        quotes: Where quoted prices come from; None where nothing is dealt on a quote.
        requests: What it answers.
        ready: From which message on orders may be sent: the Logon(A), a News(B), or a TradingSessionStatus(h) that
            says open.
        cancel_on_disconnect: What becomes of live orders when the session drops: they stay, are canceled and reported
            at the next logon, or are canceled without a word.
        drop_copy: True when a second session, ``drop_copy.cfg`` beside ``session.cfg``, copies every execution.
        pace: How many messages it takes; None for any number.
        maintenance: When it is not there.
        id_length_max: Characters that a ClOrdID(11) may have.
        id_signs_banned: Signs that no id may have. The robot's ids are digits and capitals, so none of these.
        account_required: True when Account(1) must be filled.
        parties: What NoPartyIDs(453) holds in the messages of ``party_messages``.
        party_messages: MsgType(35)s that carry the parties.
        extra_fields: MsgType(35) to tag to value: what the venue wants besides, always the same; of session messages as
            well, such as DefaultCstmApplVerID(1408) in the Logon ``A``.
        renamed_tags: MsgType(35) to standard tag to the tag that the venue uses in its place, both ways. Where the tag
            stands in a repeating group, ``dictionary.group_fields`` has to name the new one too.
        left_out_fields: MsgType(35) to the tags that are not sent in it, for a venue that refuses what it does not
            know. Without Currency(15) the base is dealt, so ``amounts.dealt`` is "base" with it; without SettlDate(64)
            it is for spot.
        reason_texts: What a Text(58) stands for, where the venue gives its reasons by number.
        credentials: Where a Logon(A) has what session.cfg says in Username and Password: in 553 and 554, or in 553 and
            RawData(96) with its length.
        dictionary: The dictionary its session uses.
        reset: When sequence numbers start again at 1: "never"; when our own store is new; then and whenever
            the venue says that our number is too low, as a simulator that forgets does; or at every logon.
        rate_decimals: Price decimals per pair where they differ from the market's.
    """

    name: Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")]
    title: Annotated[str, Meta(min_length=1)]
    begin_string: Literal["FIX.4.2", "FIX.4.3", "FIX.4.4", "FIXT.1.1", "IMIX.2.0"]
    symbol_separator: Annotated[str, Meta(pattern="^[-./_:]?$")]
    side_of: Literal["dealt_currency", "symbol"]
    order_types: Annotated[Mapping[OrderType, str], Meta(min_length=1)]
    times_in_force: Annotated[tuple[TimeInForce, ...], Meta(min_length=1)]
    products: Annotated[Mapping[Product, ProductForm], Meta(min_length=1)]
    requests: Requests
    dictionary: Dictionary
    reset: Literal["never", "new_store", "when_refused", "every_logon"]
    simulated: bool = False
    application_version: Literal["", "FIX.5.0SP2"] = ""
    exec_types: Literal["4.2", "4.4"] = "4.4"
    busts: Literal["exec_type", "exec_trans_type"] = "exec_type"
    times_in_force_of: Mapping[OrderType, Annotated[tuple[TimeInForce, ...], Meta(min_length=1)]] = {}
    symbols: Mapping[str, str] = {}
    security_ids: Mapping[str, str] = {}
    amounts: Amounts = Amounts()
    far_tenor_from: Literal["spot", "near_leg"] = "spot"
    quotes: Quotes | None = None
    ready: Literal["logon", "news", "trading_session_status"] = "logon"
    cancel_on_disconnect: Literal["none", "reported", "silent"] = "none"
    drop_copy: bool = False
    pace: Pace | None = None
    maintenance: tuple[Window, ...] = ()
    id_length_max: Annotated[int, Meta(ge=CL_ORD_ID_WIDTH)] = 255
    id_signs_banned: str = ""
    account_required: bool = False
    parties: tuple[Party, ...] = ()
    party_messages: tuple[str, ...] = ("D", "AB", "G", "R")
    extra_fields: Mapping[str, Mapping[str, str]] = {}
    renamed_tags: Mapping[str, Mapping[str, str]] = {}
    left_out_fields: Mapping[str, tuple[int, ...]] = {}
    reason_texts: Mapping[str, str] = {}
    credentials: Literal["username_password", "raw_data"] = "username_password"
    rate_decimals: Mapping[str, Annotated[int, Meta(ge=0, le=10)]] = {}

    @property
    def has_transport(self) -> bool:
        """True where the session and the messages have a version each: FIXT.1.1, and IMIX that is made like it."""
        return bool(self.application_version)

    @property
    def session_begin_string(self) -> str:
        """BeginString(8) as QuickFIX says it, which knows no IMIX: a relay puts the venue's own in its place."""
        return "FIXT.1.1" if self.is_relayed else self.begin_string

    @property
    def is_relayed(self) -> bool:
        """True where a relay between QuickFIX and the venue has to rewrite BeginString(8)."""
        return self.begin_string == "IMIX.2.0"

    @property
    def drop_copy_session(self) -> str:
        """The name of the session that copies the executions; "" where none does."""
        return f"{self.name}.copy" if self.drop_copy else ""

    @property
    def settl_date_words(self) -> frozenset[str]:
        """What may stand in SettlDate(64) in place of a date."""
        return frozenset(form.settl_date_word for form in self.products.values()) - {""}

    def maintenance_at(self, ts_ns: int) -> str:
        """In which maintenance window a moment is, as people say it; "" when the venue is there.

        Args:
            ts_ns: UTC nanoseconds.
        """
        for window in self.maintenance:
            end = window.end_at(ts_ns)
            if end is not None:
                return (
                    f"{self.title} is in its maintenance window, {window}, until {end:%A %Y-%m-%d %H:%M} {window.place}"
                )
        return ""

    def times_in_force_for(self, order_type: OrderType) -> tuple[TimeInForce, ...]:
        """How long an order of a type may live."""
        return self.times_in_force_of.get(order_type, self.times_in_force)

    def names_quotes(self, order_type: OrderType) -> bool:
        """True for an order that a quote must be asked for first."""
        asked_for = self.quotes is not None and self.quotes.source == "request"
        return order_type is OrderType.PREVIOUSLY_QUOTED and asked_for

    def orders_of(self, deal: Deal) -> tuple[Deal, ...]:
        """What a deal is sent as: itself, or one outright for each leg where the venue has no orders of many legs."""
        return deal.outrights() if self.products[deal.product].legs == "linked" else (deal,)

    def symbol(self, pair: CurrencyPair) -> str:
        """Symbol(55) of a pair."""
        return self.symbols.get(str(pair)) or f"{pair.base}{self.symbol_separator}{pair.terms}"

    def pair(self, symbol: str) -> CurrencyPair:
        """The pair of a Symbol(55).

        Raises:
            DomainError: Not a pair of known currencies in the venue's form.
        """
        for pair, own_name in self.symbols.items():
            if own_name == symbol:
                return parse_pair(pair)
        return self.pair_by_codes(symbol)

    def pair_by_codes(self, symbol: str) -> CurrencyPair:
        """The pair of a Symbol(55) that is made of the two codes.

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
