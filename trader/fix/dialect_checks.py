"""What the keys of a dialect may not say together. The types, and what one section says by itself, are its own affair.

Each finding is a sentence: the key, what is wrong with it, and what would be right.
"""

import string
from collections.abc import Iterator, Mapping

from trader.domain.currency import parse_pair
from trader.domain.deal import OrderType, Product
from trader.domain.errors import DomainError
from trader.fix.dialect import Dialect

_WITH_TRANSPORT = ("FIXT.1.1", "IMIX.2.0")
_WITHOUT_MULTILEG = "FIX.4.2"
_WITHOUT_PARTIES = "FIX42.xml"
_CURRENCY, _SETTL_DATE = 15, 64
_TAG_DIGITS_MAX = 9  # QuickFIX keeps a tag in 32 bits
# ClOrdID, OrderQty, OrdType, OrigClOrdID, Price, Side, Symbol, SettlDate2 and OrderQty2, NoLegs, fixing date
_WHAT_IS_TRADED = frozenset({11, 38, 40, 41, 44, 54, 55, 192, 193, 541, 555})
_QUOTE_TAGS = frozenset({117, 131, 278})
# The same of a leg's entry, as LegSide; and Price2
_WHAT_IS_TRADED_ON_LEGS = frozenset({556, 566, 588, 600, 624, 640, 687})
_THE_ROWS_OWN = frozenset(map(str, _WHAT_IS_TRADED | _QUOTE_TAGS | _WHAT_IS_TRADED_ON_LEGS | {_CURRENCY, _SETTL_DATE}))
# What the session layer fills in: the frame, MsgSeqNum, MsgType, PossDupFlag, the two CompIDs, SendingTime.
_SESSION_LAYER_TAGS = frozenset({"8", "9", "10", "34", "35", "43", "49", "52", "56"})


def contradictions(dialect: Dialect) -> Iterator[str]:
    """Everything that cannot be meant, in the order in which a reader of the file meets it."""
    yield from _versions(dialect)
    yield from _orders(dialect)
    yield from _quotes(dialect)
    yield from _session(dialect)
    for key, names in (("symbols", dialect.symbols), ("security_ids", dialect.security_ids)):
        yield from _pairs(key, names)
        yield from _twice(key, names)
    yield from _names_of_others(dialect)
    yield from _pairs("rate_decimals", dialect.rate_decimals)
    yield from _texts(dialect)
    yield from _extra(dialect)
    yield from _renamed(dialect)
    yield from _left_out(dialect)


def _versions(dialect: Dialect) -> Iterator[str]:
    begin, version = dialect.begin_string, dialect.application_version
    if begin in _WITH_TRANSPORT and not version:
        yield f'application_version is missing: {begin} says only how a session goes; expected "FIX.5.0SP2"'
    if begin not in _WITH_TRANSPORT and version:
        yield f"application_version = {version!r} is for FIXT.1.1 and IMIX.2.0; {begin} is its own, so leave it out"
    if (begin in _WITH_TRANSPORT) != (dialect.dictionary.file == "FIX50SP2.xml"):
        yield f"dictionary.file = {dialect.dictionary.file!r} with {begin}; FIX50SP2.xml is for FIXT and IMIX only"
    if dialect.exec_types == "4.2" and begin != "FIX.4.2":
        yield f'exec_types = "4.2" needs ExecTransType(20), which {begin} has not; expected "4.4"'
    if dialect.busts == "exec_trans_type" and begin != "FIX.4.2":
        yield f'busts = "exec_trans_type" needs ExecTransType(20), which {begin} has not; expected "exec_type"'
    if dialect.parties and dialect.dictionary.file == _WITHOUT_PARTIES:
        yield f"parties need the group NoPartyIDs(453), which {_WITHOUT_PARTIES} has not; expected FIX44.xml"


def _orders(dialect: Dialect) -> Iterator[str]:
    codes = list(dialect.order_types.values())
    if len(set(codes)) < len(codes):
        yield f"order_types: the same OrdType(40) twice in {', '.join(codes)}; expected one code each"
    for order_type, lives in dialect.times_in_force_of.items():
        where = f"times_in_force_of.{order_type}"
        if order_type not in dialect.order_types:
            yield f"{where}: order_types has no {order_type}; expected one of {', '.join(dialect.order_types)}"
        elif not set(lives) <= set(dialect.times_in_force):
            yield f"{where} = {', '.join(lives)}; expected some of times_in_force, {', '.join(dialect.times_in_force)}"
    for product, form in dialect.products.items():
        if form.legs == "multileg" and dialect.begin_string == _WITHOUT_MULTILEG:
            yield f'products.{product}: legs = "multileg" needs NewOrderMultileg(AB), which {_WITHOUT_MULTILEG} has not'
        if form.legs != "single" and not product.has_many_legs:
            yield f'products.{product}: legs = "{form.legs}" is for {Product.SWAP} and {Product.BLOCK}; leave it out'
        if product.has_many_legs and set(dialect.order_types) == {OrderType.LIMIT}:
            yield f"products.{product} is dealt at the market or on a quote; order_types has neither"
    if dialect.requests.replace_rule != "any" and not dialect.requests.replace:
        yield f'requests.replace_rule = "{dialect.requests.replace_rule}", but replace = false; leave it out'


def _quotes(dialect: Dialect) -> Iterator[str]:
    quoted = OrderType.PREVIOUSLY_QUOTED in dialect.order_types
    if quoted and dialect.quotes is None:
        yield "order_types.PREVIOUSLY_QUOTED needs a section [quotes] that says where the quotes come from"
    if dialect.quotes is None:
        return
    if not quoted:
        yield "[quotes] is for order_types.PREVIOUSLY_QUOTED, which is not there; add it, or leave [quotes] out"
    if not dialect.quotes.reference_tags or not _QUOTE_TAGS.issuperset(dialect.quotes.reference_tags):
        known = ", ".join(map(str, sorted(_QUOTE_TAGS)))
        yield f"quotes.reference_tags = {list(dialect.quotes.reference_tags)}; expected one or more of {known}"
    if dialect.quotes.source == "stream" and not dialect.requests.market_data:
        yield 'quotes.source = "stream", but requests.market_data = false: there is no stream; expected true'


def _session(dialect: Dialect) -> Iterator[str]:
    if dialect.cancel_on_disconnect == "reported" and dialect.reset == "every_logon":
        yield (
            'cancel_on_disconnect = "reported", but reset = "every_logon" loses what is reported at the next logon; '
            'expected "silent", or another reset'
        )
    if dialect.reset == "when_refused" and not dialect.simulated:
        yield (
            'reset = "when_refused" begins at 1 whenever the venue says that our number is too low, and loses what it '
            'had still to send; it is for simulators, expected "new_store", "never" or "every_logon"'
        )
    banned = sorted(set(dialect.id_signs_banned) & set(string.digits + string.ascii_uppercase))
    if banned:
        yield f"id_signs_banned has {''.join(banned)}; the robot's ids are digits and capitals, expected other signs"


def _pairs(key: str, table: Mapping[str, object]) -> Iterator[str]:
    for symbol in table:
        try:
            pair = parse_pair(symbol)
        except DomainError as error:
            yield f"{key}: {error}"
            continue
        if not pair.is_market_order:
            yield f"{key}: {pair} is inverted; expected {pair.inverse}"


def _twice(key: str, names: Mapping[str, str]) -> Iterator[str]:
    """A name that two pairs have in common says neither."""
    of_name: dict[str, list[str]] = {}
    for pair, name in names.items():
        of_name.setdefault(name, []).append(pair)
    for name, pairs in of_name.items():
        if len(pairs) > 1:
            yield f"{key}: {name!r} is {' and '.join(pairs)}; expected a name for each pair"


def _names_of_others(dialect: Dialect) -> Iterator[str]:
    """A pair's own name must not be what the venue calls another pair, which has no name of its own."""
    for pair, name in dialect.symbols.items():
        try:
            other = str(dialect.pair_by_codes(name))
        except DomainError:
            continue
        if other != pair and other not in dialect.symbols:
            yield f"symbols: {pair} is called {name!r}, which is {other} at this venue; expected another name"


def _texts(dialect: Dialect) -> Iterator[str]:
    """What goes into a message must not end a field in its midst."""
    for where, text in _sent_texts(dialect):
        may_be_empty = where.startswith("products.")
        if not (text.isascii() and text.isprintable() and (text or may_be_empty)):
            yield f"{where}: {text!r} cannot be sent; expected one line of plain letters, digits and signs"


def _sent_texts(dialect: Dialect) -> Iterator[tuple[str, str]]:
    for key in ("order_types", "symbols", "security_ids"):
        yield from ((f"{key}.{name}", text) for name, text in getattr(dialect, key).items())
    for product, form in dialect.products.items():
        for key in ("security_type", "settl_type", "settl_date_word", "ord_type"):
            yield f"products.{product}.{key}", getattr(form, key)
    for party in dialect.parties:
        yield from (("parties.id", party.id), ("parties.source", party.source))


def _extra(dialect: Dialect) -> Iterator[str]:
    """What a venue wants besides must not stand in for what the row says: the limits were checked for the row."""
    for msg_type, fields in dialect.extra_fields.items():
        where = f"extra_fields.{msg_type}"
        for tag, value in fields.items():
            if not _may_be_set(tag):
                yield f"{where}: {tag!r} is not for here; expected a tag that the session layer does not fill in"
            elif tag in _THE_ROWS_OWN:
                yield f"{where}: {tag} says which order it is or what is traded; expected other tags"
            elif not (value and value.isprintable()):
                yield f"{where}.{tag}: {value!r} cannot be sent; expected one line of text"


def _renamed(dialect: Dialect) -> Iterator[str]:
    """Each of the venue's tags has to stand for one of the standard's."""
    for msg_type, names in dialect.renamed_tags.items():
        where = f"renamed_tags.{msg_type}"
        theirs = list(names.values())
        for tag, value in names.items():
            if not _may_be_set(tag):
                yield f"{where}: {tag!r} is not for here; expected a tag that the session layer does not fill in"
            elif not _is_tag(value):
                yield f"{where}.{tag}: {value!r} is not a tag; expected a number"
            elif value in _SESSION_LAYER_TAGS:
                yield f"{where}.{tag}: {value} is the session layer's; expected another tag"
            elif theirs.count(value) > 1:
                yield f"{where}.{tag}: {value} stands for two tags; expected one of its own for each"
            elif value in _THE_ROWS_OWN and value not in names:
                yield f"{where}.{tag}: {value} says what is traded, and has no other tag; expected one of the venue's"


def _left_out(dialect: Dialect) -> Iterator[str]:
    """What is not said has to be the only thing that could be meant."""
    for msg_type, left_out in dialect.left_out_fields.items():
        where = f"left_out_fields.{msg_type}"
        if _CURRENCY in left_out and dialect.amounts.dealt != "base":
            yield f'{where}: without Currency(15) nothing says what is dealt; expected amounts.dealt = "base" with it'
        if _SETTL_DATE in left_out and set(dialect.products) != {Product.SPOT}:
            yield f"{where}: without SettlDate(64) every order is for spot; expected no product but {Product.SPOT}"
        if never := sorted(_WHAT_IS_TRADED.intersection(left_out)):
            yield f"{where}: {never[0]} says which order it is or what is traded; expected other tags"


def _may_be_set(tag: str) -> bool:
    return _is_tag(tag) and tag not in _SESSION_LAYER_TAGS


def _is_tag(text: str) -> bool:
    return text.isascii() and text.isdigit() and not text.startswith("0") and len(text) <= _TAG_DIGITS_MAX
