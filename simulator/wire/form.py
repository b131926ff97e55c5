"""What all answers of a venue share: how its dialect writes an instrument, a side, a quantity and a whole message."""

from trader.domain.currency import Currency, parse_pair
from trader.domain.deal import Side
from trader.fix import tags
from trader.fix.codes import SIDE_CODE
from trader.fix.contracts import quantity_writer
from trader.fix.dialect import Dialect
from trader.fix.writer import MessageWriter

Fields = list[tuple[str, object]]

NO_SYMBOL = "[N/A]"  # Symbol(55) where the standard asks for one and there is none. Source: FIX 4.4 volume 6.
_EXCHANGE_SYMBOL = "8"  # SecurityIDSource(22): the venue's own


class WireForm:
    """The dialect's form, worked out once for what every message repeats.

    Attributes:
        message: Writes a whole message of a MsgType(35), under the venue's tags.
        quantity: An amount of the dealt currency in the venue's quantities.
    """

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect
        self.message = MessageWriter(dialect).write
        self.quantity = quantity_writer(dialect.amounts.contract)
        self._instruments: dict[str, Fields] = {}
        self._is_side_of_symbol = dialect.side_of == "symbol"

    def instrument(self, symbol: str) -> Fields:
        """Symbol(55) of a pair, with its SecurityID(48) where the venue has one."""
        known = self._instruments.get(symbol)
        if known is None:
            known = self._instruments[symbol] = [(tags.SYMBOL, self.dialect.symbol(parse_pair(symbol)))]
            security_id = self.dialect.security_ids.get(symbol)
            if security_id is not None:
                known += [(tags.SECURITY_ID, security_id), (tags.SECURITY_ID_SOURCE, _EXCHANGE_SYMBOL)]
        return known

    def side(self, side: Side, currency: str, symbol: str) -> str:
        """Side(54) of what is done with a currency of the pair."""
        if self._is_side_of_symbol:
            side = self.dialect.wire_side(side, Currency(currency), parse_pair(symbol))
        return SIDE_CODE[side]

    def business_reject(
        self, ref_msg_type: str, ref_id: str, text: str, reason_code: str, ref_seq_num: str = "0"
    ) -> str:
        """The text of a BusinessMessageReject(j)."""
        fields: Fields = [
            (tags.REF_SEQ_NUM, ref_seq_num),
            (tags.REF_MSG_TYPE, ref_msg_type),
            (tags.BUSINESS_REJECT_REASON, reason_code),
        ]
        if ref_id:
            fields.append((tags.BUSINESS_REJECT_REF_ID, ref_id))
        return self.message("j", fields + text_field(text))


def text_field(text: str) -> Fields:
    """Text(58), when there is something to say."""
    return [(tags.TEXT, text)] if text else []
