"""What the fields of every message hold, in one dialect: pair, side, quantity, date, rate, and who is meant."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

from trader.domain.deal import Side
from trader.fix import tags
from trader.fix.codes import SIDE
from trader.fix.contracts import quantity_reader
from trader.fix.dialect import Dialect
from trader.fix.fields import Fields
from trader.fix.text import FieldError, is_rate, read_decimal, read_local_mkt_date, read_rate

_NO_SYMBOL = "[N/A]"  # Symbol(55) where the standard asks for one and there is none. Source: FIX 4.4 volume 6.


class ValueReader:
    """Reads values in one dialect. What cannot be read is a FieldError that names the field.

    Attributes:
        quantity: Reads an amount of the dealt currency, in its units.
        settl_date: Reads a date; None for a word that the venue writes in its place.
        is_side_of_symbol: True where a side says nothing without the currency it is for.
    """

    def __init__(self, dialect: Dialect) -> None:
        self.quantity = quantity_reader(dialect.amounts.contract)
        self._dialect = dialect
        self.is_side_of_symbol = dialect.side_of == "symbol"
        self._symbols: dict[str | None, str] = {}
        self._symbol_of_id = {security_id: symbol for symbol, security_id in dialect.security_ids.items()}
        self._date_words = {form.settl_date_word for form in dialect.products.values()} - {""}
        self.settl_date: Callable[[str], date | None] = self._date_or_word if self._date_words else read_local_mkt_date
        self._maker_role = str(dialect.quotes.maker_role) if dialect.quotes else ""

    def symbol(self, fields: Fields) -> str:
        """The pair as ``EUR/USD``, by Symbol(55); by SecurityID(48) where there is none."""
        value = fields.get(tags.SYMBOL)
        symbol = self._symbols.get(value)
        if symbol is not None:
            return symbol
        if value in (None, _NO_SYMBOL) and tags.SECURITY_ID in fields and self._symbol_of_id:
            return fields.need(tags.SECURITY_ID, self._symbol_of_id.__getitem__)
        symbol = self._symbols[value] = fields.need(tags.SYMBOL, self.pair)
        return symbol

    def pair(self, value: str) -> str:
        """The pair of a symbol as the venue writes it.

        Raises:
            DomainError: Not a pair of known currencies in the venue's form.
        """
        return str(self._dialect.pair(value))

    def side(self, fields: Fields, symbol: str, currency: str, tag: str = tags.SIDE) -> Side:
        """What is done with ``currency``, by Side(54) or the ``tag`` of a leg's."""
        side = fields.need(tag, SIDE.__getitem__)
        # Only a venue that ties the side to the symbol needs turning; for the others the pair is never built.
        if self.is_side_of_symbol and currency != symbol[:3]:
            return side.opposite
        return side

    def _date_or_word(self, value: str) -> date | None:
        return None if value in self._date_words else read_local_mkt_date(value)

    def maker(self, fields: Fields) -> str:
        """Who quotes: the PartyID(448) in the maker's role, or "". One party may stand outside a group."""
        for party in (*fields.entries(tags.NO_PARTY_IDS), fields):
            if party.get(tags.PARTY_ROLE) == self._maker_role:
                return party.get(tags.PARTY_ID, "")
        return ""


def rate_of(fields: Fields, tag: str) -> Decimal | None:
    """A rate, terms per base; None where there is none, which some venues write as 0."""
    return fields.may(tag, read_rate, None) or None


def all_in(fields: Fields, spot_tag: str, *points_tags: str) -> Decimal | None:
    """An outright rate: the spot rate plus its points, in rate units; None where either is missing.

    Raises:
        FieldError: One cannot be read, or their sum is no rate.
    """
    spot_rate = rate_of(fields, spot_tag)
    if spot_rate is None or not all(tag in fields for tag in points_tags):
        return None
    return plus_points(spot_rate, fields, *points_tags)


def plus_points(rate: Decimal, fields: Fields, *points_tags: str) -> Decimal:
    """A rate with points added, in rate units.

    Raises:
        FieldError: The points are missing or cannot be read, or the sum is no rate.
    """
    total = sum([fields.need(tag, read_decimal) for tag in points_tags], rate)
    if not is_rate(total):
        raise FieldError(f"tag {points_tags[0]}: {rate:f} with its points is {total:f}, which is not a rate")
    return total
