"""FIX messages as people write them, and the dialects they are read in."""

import msgspec

from trader.fix.dialect import Dialect
from trader.fix.dialect_file import parse_dialect
from trader.fix.text import SOH

# A venue of plain orders, written as most venues write theirs; the tests put in what they are about.
DIALECT_TEXT = """
name = "simulator"
title = "Bundled simulator"
simulated = true
begin_string = "FIX.4.4"
symbol_separator = "/"
side_of = "dealt_currency"
times_in_force = ["DAY", "GTC", "IOC", "FOK"]
reset = "when_refused"

[order_types]
MARKET = "1"
LIMIT = "2"

[products]
SPOT = { security_type = "FOR", settl_type = "0" }
TOD = { security_type = "FOR", settl_type = "1" }
TOM = { security_type = "FOR", settl_type = "2" }
FORWARD = { security_type = "FOR", settl_type = "tenor" }

[requests]
replace = true
order_status = true
mass_status = true
mass_cancel = true
trade_capture = true
market_data = true

[dictionary]
file = "FIX44.xml"
open_fields = [63]
"""
DIALECT = parse_dialect(DIALECT_TEXT, "dialect.toml")
# Side(54) belongs to Symbol(55), which has no separator.
BY_SYMBOL: Dialect = msgspec.structs.replace(DIALECT, side_of="symbol", symbol_separator="")


def said(msg_type: str, fields: str) -> str:
    """A whole message from ``55=EUR/USD|54=1``."""
    return f"8=FIX.4.4|9=0|35={msg_type}|34=2|49=VENUE|56=ROBOT|{fields}|10=000|".replace("|", SOH)


def fields_of(text: str) -> str:
    """What a message says between its MsgType(35) and its CheckSum(10), with pipes."""
    return text.replace(SOH, "|").split("|", 2)[2].removesuffix("|10=000|")
