"""Made-up venues, each with another form on the wire: what tests of both its ends read and write."""

from collections.abc import Mapping
from typing import Any

import msgspec

from tests.unit.fix_words import BY_SYMBOL, DIALECT
from trader.domain.deal import OrderType, Product
from trader.fix.dialect import Amounts, Dialect, Party, ProductForm, Quotes
from trader.fix.dialect_checks import contradictions

ORDER_TYPES = {OrderType.MARKET: "1", OrderType.LIMIT: "2", OrderType.PREVIOUSLY_QUOTED: "D"}
OUTRIGHTS = {
    Product.SPOT: ProductForm(security_type="FOR", settl_type="0"),
    Product.TOD: ProductForm(security_type="FOR", settl_type="1"),
    Product.TOM: ProductForm(security_type="FOR", settl_type="2"),
    Product.FORWARD: ProductForm(security_type="FOR", settl_type="tenor"),
}
NDF = {Product.NDF: ProductForm(security_type="FOR", settl_type="tenor")}
SWAP_IN_ONE = {Product.SWAP: ProductForm(security_type="FOR", settl_type="0", ord_type="G")}
FX50 = {
    Product.SPOT: ProductForm(security_type="FXSPOT"),
    Product.FORWARD: ProductForm(security_type="FXFWD"),
    Product.NDF: ProductForm(security_type="FXNDF"),
    Product.SWAP: ProductForm(security_type="FXSWAP", legs="multileg"),
    Product.BLOCK: ProductForm(legs="multileg"),
}


def _venue(begin_string: str, file: str, products: Mapping[Product, ProductForm], **keys: Any) -> Dialect:
    dialect = msgspec.structs.replace(
        DIALECT,
        begin_string=begin_string,
        products=products,
        order_types=ORDER_TYPES,
        quotes=keys.pop("quotes", Quotes(source="request")),
        dictionary=msgspec.structs.replace(DIALECT.dictionary, file=file, **keys.pop("dictionary", {})),
        requests=msgspec.structs.replace(DIALECT.requests, **keys.pop("requests", {})),
        **keys,
    )
    assert not list(contradictions(dialect))
    return dialect


IN_SECOND_FIELDS = _venue("FIX.4.4", "FIX44.xml", OUTRIGHTS | NDF | SWAP_IN_ONE)
IN_GROUPS = _venue(
    "FIX.4.4",
    "FIX44.xml",
    OUTRIGHTS
    | NDF
    | {product: ProductForm(security_type="FOR", legs="multileg") for product in (Product.SWAP, Product.BLOCK)},
    side_of="symbol",
    symbol_separator="",
    quotes=Quotes(source="request", reference_tags=(117,), maker_role=1),
    parties=(Party("BANK", 1), Party("DESK", 13)),
    party_messages=("D", "AB", "R"),
    extra_fields={"D": {"100": "FX"}, "AB": {"100": "FX"}},
    renamed_tags={"D": {"44": "140"}, "8": {"381": "5381"}},
)
IN_CONTRACTS = _venue(
    "FIX.4.4",
    "FIX44.xml",
    OUTRIGHTS,
    quotes=Quotes(source="stream", reference_tags=(278,)),
    amounts=Amounts(contract=100),
    ready="news",
    security_ids={"EUR/USD": "4001", "USD/JPY": "4004", "EUR/GBP": "4003", "GBP/JPY": "4005", "USD/CNY": "4006"},
)
OF_LINKED_ORDERS = _venue(
    "FIX.4.4",
    "FIX44.xml",
    OUTRIGHTS | {product: ProductForm(legs="linked") for product in (Product.SWAP, Product.BLOCK)},
)
FIX42 = _venue(
    "FIX.4.2",
    "FIX42.xml",
    OUTRIGHTS | SWAP_IN_ONE,
    exec_types="4.2",
    busts="exec_trans_type",
    requests={"mass_status": False, "mass_cancel": False, "trade_capture": False},
    dictionary={"add_fields": {}},
)
FIX42_WITH_LATER_EXEC_TYPES = msgspec.structs.replace(FIX42, exec_types="4.4")
FIX43 = _venue("FIX.4.3", "FIX43.xml", OUTRIGHTS | NDF | SWAP_IN_ONE)
FIX50SP2 = _venue("FIXT.1.1", "FIX50SP2.xml", FX50, application_version="FIX.5.0SP2", ready="trading_session_status")

QUOTING = {
    "second fields": IN_SECOND_FIELDS,
    "groups": IN_GROUPS,
    "contracts": IN_CONTRACTS,
    "linked": OF_LINKED_ORDERS,
    "FIX 4.2": FIX42,
    "FIX 4.2 with later ExecTypes": FIX42_WITH_LATER_EXEC_TYPES,
    "FIX 4.3": FIX43,
    "FIX 5.0SP2": FIX50SP2,
}
EVERY = {"plain": DIALECT, "side of the symbol": BY_SYMBOL, **QUOTING}
