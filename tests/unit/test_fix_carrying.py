"""What a venue has against a line, and in how many orders it takes one."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import msgspec
import pytest

from tests.unit.fix_words import DIALECT
from trader.domain.currency import Currency, parse_pair
from trader.domain.deal import BatchLine, Deal, Leg, OrderType, Product, Side, TimeInForce
from trader.domain.errors import DomainError
from trader.fix.carrying import objections
from trader.fix.dialect import Amounts, Dialect, ProductForm, Quotes


def line(
    product: Product = Product.SPOT,
    legs: Sequence[tuple[Side, str]] = ((Side.BUY, "1000000"),),
    dealt: str = "EUR",
) -> BatchLine:
    """A market order for EUR/USD: a leg for each side and amount, a week apart."""
    near, *far = (
        Leg(
            side, Decimal(amount), date(2026, 11, 24) + number * timedelta(weeks=1), "SPOT" if number == 0 else "BROKEN"
        )
        for number, (side, amount) in enumerate(legs)
    )
    deal = Deal(product, parse_pair("EUR/USD"), Currency(dealt), near, tuple(far))
    return BatchLine(1, "T-1", deal, OrderType.MARKET, None, TimeInForce.DAY)


def against(dialect: Dialect, wanted: BatchLine) -> list[tuple[str, str, str]]:
    return list(objections(dialect, wanted))


@pytest.mark.parametrize("product", [Product.SWAP, Product.BLOCK])
def test_a_deal_that_is_sent_leg_by_leg_is_not_dealt_on_a_quote(product: Product) -> None:
    linked = msgspec.structs.replace(
        DIALECT,
        products={product: ProductForm(legs="linked")},
        order_types={OrderType.MARKET: "1", OrderType.PREVIOUSLY_QUOTED: "D"},
        quotes=Quotes(source="request"),
    )
    wanted = line(product, ((Side.BUY, "1000000"), (Side.SELL, "1000000")))
    assert against(linked, wanted) == []
    assert against(linked, replace(wanted, order_type=OrderType.PREVIOUSLY_QUOTED)) == [
        (
            "order_type",
            "PREVIOUSLY_QUOTED",
            f"another type for a {product}: it is sent as one order a leg, and a quote is for the whole deal",
        )
    ]


def test_a_line_that_the_venue_takes_has_nothing_against_it() -> None:
    assert against(DIALECT, line()) == []


def test_a_venue_may_have_names_of_its_own_for_the_pairs() -> None:
    dialect = msgspec.structs.replace(DIALECT, symbols={"EUR/USD": "1", "USD/JPY": "4"})
    assert (dialect.symbol(parse_pair("USD/JPY")), dialect.pair("4")) == ("4", parse_pair("USD/JPY"))
    assert dialect.symbol(parse_pair("GBP/USD")) == "GBP/USD"
    with pytest.raises(DomainError):
        dialect.pair("9")
    assert against(dialect, line()) == []
    assert against(msgspec.structs.replace(dialect, symbols={"USD/JPY": "4"}), line()) == [
        ("pair", "EUR/USD", "USD/JPY")
    ]


def test_everything_that_the_venue_does_not_take_is_listed() -> None:
    narrow = msgspec.structs.replace(
        DIALECT,
        products={Product.SPOT: DIALECT.products[Product.SPOT]},
        order_types={OrderType.LIMIT: "2"},
        times_in_force=(TimeInForce.IOC, TimeInForce.FOK),
        account_required=True,
        security_ids={"GBP/USD": "4002", "USD/JPY": "4004"},
        amounts=Amounts(dealt="base"),
    )
    wanted = replace(line(Product.FORWARD, dealt="USD"), venue="elsewhere", counterparty="BANK")
    assert against(narrow, wanted) == [
        ("product", "FORWARD", "SPOT"),
        ("order_type", "MARKET", "LIMIT"),
        ("time_in_force", "DAY", "IOC or FOK"),
        ("venue", "elsewhere", "simulator, or nothing: a batch is launched on one session"),
        ("counterparty", "BANK", "an empty cell: no order says with whom"),
        ("account", "", "the account at the venue, which it requires"),
        ("pair", "EUR/USD", "GBP/USD or USD/JPY"),
        ("dealt_currency", "USD", "EUR: the venue deals the base only"),
    ]


def test_an_order_type_may_live_less_long_than_the_others() -> None:
    narrow = msgspec.structs.replace(DIALECT, times_in_force_of={OrderType.MARKET: (TimeInForce.IOC, TimeInForce.FOK)})
    assert against(narrow, line()) == [("time_in_force", "DAY", "IOC or FOK")]
    assert against(narrow, replace(line(), time_in_force=TimeInForce.FOK)) == []
    assert against(narrow, replace(line(), order_type=OrderType.LIMIT)) == []


@pytest.mark.parametrize(("source", "taken"), [("request", True), ("stream", False)])
def test_a_forward_is_dealt_on_a_quote_only_where_quotes_are_asked_for(source: str, taken: bool) -> None:
    quoting = msgspec.structs.replace(
        DIALECT, order_types={OrderType.PREVIOUSLY_QUOTED: "D"}, quotes=msgspec.convert({"source": source}, Quotes)
    )
    wanted = replace(line(Product.FORWARD), order_type=OrderType.PREVIOUSLY_QUOTED)
    expected = ("order_type", "PREVIOUSLY_QUOTED", "another type for a FORWARD: only spot prices are streamed")
    assert against(quoting, wanted) == ([] if taken else [expected])
    assert against(quoting, replace(wanted, deal=line().deal)) == []


@pytest.mark.parametrize(
    ("amounts", "amount", "taken"),
    [
        (Amounts(), "0.01", ""),
        (Amounts(smallest=Decimal(40_000)), "39999.99", "40000 or more"),
        (Amounts(smallest=Decimal(40_000)), "40000.01", ""),
        (Amounts(largest=Decimal(99_900_000)), "99900000.01", "99900000 or less"),
        (Amounts(largest=Decimal(99_900_000)), "99900000", ""),
        (Amounts(step=Decimal(1_000)), "1500", "a multiple of 1000"),
        (Amounts(step=Decimal(1_000)), "2000", ""),
        (Amounts(step=Decimal("0.05")), "1000.05", ""),
        (Amounts(step=Decimal("0.05")), "1000.06", "a multiple of 0.05"),
        (Amounts(contract=10_000), "15000", "a multiple of 10000"),
        (Amounts(contract=10_000), "20000", ""),
        (Amounts(contract=10_000, step=Decimal(100_000)), "20000", "a multiple of 100000"),
    ],
)
def test_an_odd_lot_is_refused_with_what_the_venue_takes(amounts: Amounts, amount: str, taken: str) -> None:
    dialect = msgspec.structs.replace(DIALECT, amounts=amounts)
    expected = [("amount", amount, taken)] if taken else []
    assert against(dialect, line(legs=[(Side.BUY, amount)])) == expected


SWAP_LEGS = ((Side.BUY, "1000000"), (Side.SELL, "1000000"))


def of_form(product: Product, legs: str) -> Dialect:
    form = msgspec.convert({"legs": legs}, ProductForm)
    return msgspec.structs.replace(DIALECT, products={product: form})


def test_each_leg_has_to_be_an_amount_that_the_venue_takes() -> None:
    dialect = msgspec.structs.replace(of_form(Product.SWAP, "single"), amounts=Amounts(step=Decimal(1_000)))
    uneven = line(Product.SWAP, [(Side.BUY, "1000000"), (Side.SELL, "1000500")])
    assert against(dialect, uneven) == [("far_amount", "1000500", "a multiple of 1000")]


TWO_LEGS = "two legs on opposite sides: the venue takes a deal as one order of two legs"


@pytest.mark.parametrize(
    ("product", "legs", "taken_by"),
    [
        (Product.SWAP, SWAP_LEGS, {"single", "multileg", "linked"}),
        (Product.BLOCK, SWAP_LEGS, {"single", "multileg", "linked"}),
        (Product.BLOCK, ((Side.BUY, "1"), (Side.BUY, "1")), {"multileg", "linked"}),
        (Product.BLOCK, (*SWAP_LEGS, (Side.BUY, "5")), {"multileg", "linked"}),
    ],
)
def test_one_order_of_two_legs_carries_neither_more_legs_nor_two_on_one_side(
    product: Product, legs: tuple[tuple[Side, str], ...], taken_by: set[str]
) -> None:
    for form in ("single", "multileg", "linked"):
        expected = [] if form in taken_by else [("product", str(product), TWO_LEGS)]
        assert against(of_form(product, form), line(product, legs)) == expected


def test_a_deal_is_sent_as_one_order_a_leg_where_the_venue_has_no_other_form() -> None:
    deal = line(Product.SWAP, SWAP_LEGS).deal
    assert of_form(Product.SWAP, "single").orders_of(deal) == (deal,)
    near, far = of_form(Product.SWAP, "linked").orders_of(deal)
    assert (near.legs, far.legs) == ((deal.near_leg,), deal.far_legs)
