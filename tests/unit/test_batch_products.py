"""Rows of more than one day, rows that are fixed, and rows that are dealt on a quote: what each becomes."""

from datetime import date
from decimal import Decimal

import pytest
from batch_rows import GOOD, batch_of, errors_of, line_of

from trader.domain.currency import parse_pair
from trader.domain.deal import BatchLine, Deal, Leg, OrderType, Product, Side

SPOT, ONE_MONTH = date(2026, 11, 24), date(2026, 12, 24)
SWAP = {"product": "SWAP", "tenor": "SPOT", "far_tenor": "1M"}
NDF = {"product": "NDF", "pair": "USD/CNY", "dealt_currency": "USD", "tenor": "1M"}
BLOCK = {"product": "BLOCK", "tenor": "SPOT 1M IMM2", "amount": "2000000 1000000 -500000"}


def days_of(line: BatchLine) -> list[tuple[str, str]]:
    return [(leg.value_date.isoformat(), leg.tenor) for leg in line.deal.legs]


def amounts_of(line: BatchLine) -> list[tuple[str, str]]:
    return [(leg.side, str(leg.amount)) for leg in line.deal.legs]


def problems_of(**cells: str) -> list[tuple[str, str]]:
    return [(error.column, error.problem) for error in errors_of(GOOD | cells)]


def test_a_swap_deals_the_same_amount_back_on_its_far_date() -> None:
    line = line_of(**SWAP)
    assert line.deal == Deal(
        product=Product.SWAP,
        pair=parse_pair("EUR/USD"),
        dealt_currency=parse_pair("EUR/USD").base,
        near_leg=Leg(Side.BUY, Decimal(1000000), SPOT, "SPOT"),
        far_legs=(Leg(Side.SELL, Decimal(1000000), ONE_MONTH, "1M"),),
    )
    assert (line.order_type, line.limit_rate) == (OrderType.MARKET, None)


def test_an_uneven_swap_deals_its_far_amount_back() -> None:
    assert amounts_of(line_of(**SWAP, side="SELL", far_amount="1010000.5")) == [
        ("SELL", "1000000"),
        ("BUY", "1010000.5"),
    ]


@pytest.mark.parametrize(
    ("cells", "days"),
    [
        ({"tenor": "1M", "far_tenor": "3M"}, [("2026-12-24", "1M"), ("2027-02-24", "3M")]),
        ({"value_date": "2026-12-15", "far_value_date": "2027-01-15"}, [("2026-12-15",) * 2, ("2027-01-15",) * 2]),
        ({"tenor": "IMM1", "far_tenor": "IMM2"}, [("2026-12-16", "IMM1"), ("2027-03-17", "IMM2")]),
        ({"tenor": "TOD", "far_tenor": "ON"}, [("2026-11-20", "TOD"), ("2026-11-23", "TOM")]),
        ({"tenor": "TOM", "far_tenor": "TN"}, [("2026-11-23", "TOM"), ("2026-11-24", "SPOT")]),
        ({"tenor": "SPOT", "far_tenor": "SN"}, [("2026-11-24", "SPOT"), ("2026-11-25", "SN")]),
        ({"value_date": "2026-11-24", "far_tenor": "1W"}, [("2026-11-24", "SPOT"), ("2026-12-01", "1W")]),
        (
            {"tenor": "SPOT", "far_value_date": "2026-12-01", "far_tenor": "1w"},
            [("2026-11-24", "SPOT"), ("2026-12-01", "1W")],
        ),
    ],
)
def test_two_days_make_a_swap_whether_the_row_says_so_or_not(
    cells: dict[str, str], days: list[tuple[str, str]]
) -> None:
    line = line_of(product="", **cells)
    assert (line.deal.product, days_of(line)) == (Product.SWAP, days)
    assert line_of(product="SWAP", **cells) == line


def test_a_far_tenor_counts_from_where_the_venue_counts() -> None:
    row = GOOD | {"product": "SWAP", "tenor": "1M", "far_tenor": "2M"}
    from_spot, from_near_leg = (batch_of(row, far_from_near_leg=flag).lines[0] for flag in (False, True))
    assert days_of(from_spot)[1] == ("2027-01-25", "2M")
    assert days_of(from_near_leg)[1] == ("2027-02-24", "2M")


def test_an_ndf_is_fixed_on_the_markets_day_for_its_currency() -> None:
    """China's 21st is a holiday here, and the fixing counts on China's calendar alone."""
    fixed = {
        currency: line_of(**NDF | {"pair": f"USD/{currency}"}).deal.fixing_date for currency in ("CNY", "KRW", "PHP")
    }
    assert line_of(**NDF).deal.near_leg == Leg(Side.BUY, Decimal(1000000), ONE_MONTH, "1M")
    assert line_of(**NDF | {"tenor": "", "value_date": "2026-12-23"}).deal.fixing_date == date(2026, 12, 18)
    assert fixed == {"CNY": date(2026, 12, 22), "KRW": date(2026, 12, 22), "PHP": date(2026, 12, 22)}


@pytest.mark.parametrize("fixing", ["2026-12-23", "2026-12-22", "2026-12-16"])
def test_a_fixing_date_of_the_desks_own_is_taken_as_said(fixing: str) -> None:
    assert line_of(**NDF, fixing_date=fixing).deal.fixing_date == date.fromisoformat(fixing)


def test_a_currency_without_a_usual_fixing_is_dealt_when_the_row_says_one() -> None:
    assert line_of(**NDF | {"pair": "USD/ARS"}, fixing_date="2026-12-23").deal.fixing_date == date(2026, 12, 23)


def test_an_ndf_may_be_fixed_on_the_trade_date_and_not_before() -> None:
    cells = NDF | {"tenor": "SPOT"}
    assert line_of(**cells).deal.fixing_date == date(2026, 11, 20)
    assert errors_of(GOOD | cells | {"tenor": "TOM"})[0].problem == (
        "leaves no day for the fixing, which was on 2026-11-19"
    )


@pytest.mark.parametrize("pair", ["USD/JPY", "CNY/KRW"])
def test_an_ndf_fixes_exactly_one_currency_of_its_pair(pair: str) -> None:
    assert problems_of(**NDF | {"pair": pair, "dealt_currency": pair[:3]}) == [
        ("product", f"is not how {pair} is dealt")
    ]


def test_a_block_has_a_side_and_an_amount_for_each_of_its_days() -> None:
    line = line_of(**BLOCK, side="SELL")
    assert line.deal.product is Product.BLOCK
    assert days_of(line) == [("2026-11-24", "SPOT"), ("2026-12-24", "1M"), ("2027-03-17", "IMM2")]
    assert amounts_of(line) == [("SELL", "2000000"), ("SELL", "1000000"), ("BUY", "500000")]


def test_several_days_make_a_block_whether_the_row_says_so_or_not() -> None:
    dates = {"value_date": "2026-11-24 2026-12-24 2027-03-17", "tenor": ""}
    assert days_of(line_of(**BLOCK | {"product": ""})) == days_of(line_of(**BLOCK))
    assert days_of(line_of(**BLOCK | dates)) == [("2026-11-24", "SPOT"), ("2026-12-24",) * 2, ("2027-03-17",) * 2]
    assert line_of(**BLOCK | dates | {"tenor": BLOCK["tenor"]}) == line_of(**BLOCK)


def test_a_block_may_begin_on_the_other_side_and_add_up_to_nothing() -> None:
    assert amounts_of(line_of(**BLOCK | {"amount": "-2000000 500000.5 1499999.5"})) == [
        ("SELL", "2000000"),
        ("BUY", "500000.5"),
        ("BUY", "1499999.5"),
    ]


def test_a_block_says_which_of_its_tenors_is_not_the_day_beside_it() -> None:
    errors = errors_of(GOOD | BLOCK | {"value_date": "2026-11-24 2026-12-23 2027-03-17"})
    assert [(error.column, error.problem, error.expected) for error in errors] == [
        ("value_date", "is not the day of the tenor beside it", "2026-12-24, or one of the two cells empty")
    ]


@pytest.mark.parametrize("cells", [SWAP, NDF, BLOCK, {"product": "SPOT"}])
@pytest.mark.parametrize("word", ["PREVIOUSLY_QUOTED", "rfq", "Quoted"])
def test_every_product_is_dealt_on_a_quote(cells: dict[str, str], word: str) -> None:
    line = line_of(**cells, order_type=word)
    assert (line.order_type, line.limit_rate) == (OrderType.PREVIOUSLY_QUOTED, None)


def test_the_worst_rate_of_a_quote_may_be_said_for_one_day() -> None:
    line = line_of(**NDF, order_type="RFQ", limit_rate="6.70000")
    assert (line.order_type, line.limit_rate) == (OrderType.PREVIOUSLY_QUOTED, Decimal("6.70000"))


def test_an_ndf_and_its_limit_are_turned_the_markets_way_round() -> None:
    line = line_of(**NDF | {"pair": "CNY/USD"}, limit_rate="0.15", order_type="LIMIT")
    assert (str(line.deal.pair), line.original_pair, line.limit_rate) == ("USD/CNY", "CNY/USD", Decimal("6.66666"))


@pytest.mark.parametrize("cells", [SWAP, BLOCK])
def test_a_deal_of_many_days_keeps_its_sides_when_its_pair_is_turned(cells: dict[str, str]) -> None:
    turned, straight = line_of(**cells | {"pair": "USD/EUR"}), line_of(**cells)
    assert (turned.deal, turned.original_pair, straight.original_pair) == (straight.deal, "USD/EUR", "")


@pytest.mark.parametrize("cells", [SWAP, BLOCK])
def test_a_limit_of_many_days_is_an_error_of_each_cell_that_asks_for_it(cells: dict[str, str]) -> None:
    assert problems_of(**cells, order_type="LIMIT", limit_rate="1.1") == [
        ("order_type", f"is for one leg, and a {cells['product']} has more"),
        ("limit_rate", f"is for one leg, and a {cells['product']} has more"),
    ]
    assert problems_of(**cells, order_type="") == [("order_type", "is empty")]


def test_the_cells_of_a_swap_and_an_ndf_are_errors_of_any_other_row() -> None:
    cells = {"far_value_date": "2026-12-24", "far_tenor": "x", "far_amount": "-1", "fixing_date": "2026-12-22"}
    swap = "belongs to product SWAP, which the row is not"
    assert problems_of(**cells) == [
        ("far_value_date", swap),
        ("far_tenor", swap),
        ("far_amount", swap),
        ("fixing_date", "belongs to product NDF, which the row is not"),
    ]
    assert problems_of(product="SWOP", far_tenor="1M", fixing_date="2026-12-22") == [
        ("product", "is none of the known words")
    ]


def test_an_error_of_the_days_hides_none_of_the_amounts() -> None:
    assert problems_of(**BLOCK | {"tenor": "SPOT 1Q", "amount": "1000000 1e6"}) == [
        ("amount", "holds '1e6', which has an exponent"),
        ("tenor", "holds '1Q', which is not a tenor"),
    ]
    assert problems_of(**SWAP | {"far_tenor": "TOD", "far_amount": "0"}) == [
        ("far_tenor", "is before the day of the near leg"),
        ("far_amount", "is zero"),
    ]


def test_the_totals_count_every_day_without_its_sign() -> None:
    rows = [SWAP | {"far_amount": "1010000"}, BLOCK, {"product": "SPOT"}, NDF]
    batch = batch_of(*(GOOD | row | {"row_id": f"A-{number}"} for number, row in enumerate(rows)))
    assert batch.totals == (("EUR", Decimal(6510000)), ("USD", Decimal(1000000)))
