"""FIX messages as people write them, and the dialects they are read in."""

from pathlib import Path

import msgspec

from trader.fix.dialect import Dialect, parse_dialect
from trader.fix.text import SOH

WHERE = Path(__file__).parents[2] / "fix_configs" / "simulator" / "dialect.toml"
DIALECT_TEXT = WHERE.read_text("utf-8")
DIALECT = parse_dialect(DIALECT_TEXT, "dialect.toml")
# Side(54) belongs to Symbol(55), which has no separator.
BY_SYMBOL: Dialect = msgspec.structs.replace(DIALECT, side_of="symbol", symbol_separator="")


def said(msg_type: str, fields: str) -> str:
    """A whole message from ``55=EUR/USD|54=1``."""
    return f"8=FIX.4.4|9=0|35={msg_type}|34=2|49=VENUE|56=ROBOT|{fields}|10=000|".replace("|", SOH)


def fields_of(text: str) -> str:
    """What a message says between its MsgType(35) and its CheckSum(10), with pipes."""
    return text.replace(SOH, "|").split("|", 2)[2].removesuffix("|10=000|")
