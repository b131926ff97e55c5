"""What the simulated venue deals in: every product priced off one spot rate, as the dialect allows."""

from datetime import date
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.simulator_cases import (
    DESK,
    DIALECT,
    MS,
    SPOT_DATE,
    T0,
    deal,
    events,
    market,
    place,
    report,
    status,
    story,
    trades,
)
from tests.unit.simulator_cases import replace as change
from tests.unit.simulator_desks import EVERY_PRODUCT, ONE_MONTH, THREE_MONTHS, many, rule, swap, venue
from trader.domain.commands import RequestMassStatus, RequestTrades
from trader.domain.currency import parse_pair
from trader.domain.deal import Deal, Product, Side
from trader.domain.events import CancelRefused, ExecType, ExecutionReported, OrdStatus, TradeReported
from trader.fix.dialect import Amounts, ProductForm

D = Decimal
EUR_USD = parse_pair("EUR/USD")
HALF = rule('message = "NewOrderSingle"', 'action = "fill", fraction = "0.5"')
THIRDS = rule('message = "NewOrderSingle"', 'action = "fill", slices = 3, interval_ms = 1')
BUY, SELL = Side.BUY, Side.SELL


def test_a_swap_trades_both_legs_off_one_spot_rate() -> None:
    fill = report(venue().handle(DESK, place(order=swap()), T0))
    spot, points = market().quote(EUR_USD), market().points(EUR_USD, ONE_MONTH)
    (far,) = fill.far_legs
    assert (fill.last_px, fill.last_spot_rate, fill.last_forward_points) == (spot.offer, spot.offer, D(0))
    assert (far.side, far.last_qty, far.settl_date) == (SELL, D(1_000_000), ONE_MONTH)
    assert far.last_px == spot.offer + points.bid, "the client sells the far leg: the house's bid of the points"
    assert far.contra_qty == far.last_px * 1_000_000
    assert fill.ord_status is OrdStatus.FILLED


@pytest.mark.parametrize(
    ("near", "amount", "far_amount", "side_of_the_spot_rate"),
    [
        (BUY, "1000000", "1000000", "offer"),
        (SELL, "1000000", "1000000", "bid"),
        (BUY, "1000000", "3000000", "bid"),
        (SELL, "1000000", "3000000", "offer"),
        (BUY, "3000000", "1000000", "offer"),
    ],
)
def test_an_uneven_swap_gets_the_spot_rate_of_what_it_is_on_the_whole(
    near: Side, amount: str, far_amount: str, side_of_the_spot_rate: str
) -> None:
    fill = report(venue().handle(DESK, place(order=swap(near, amount, far_amount)), T0))
    assert fill.last_px == getattr(market().quote(EUR_USD), side_of_the_spot_rate)
    assert (fill.last_qty, fill.far_legs[0].last_qty) == (D(amount), D(far_amount))


def test_a_forward_forward_swap_has_points_on_both_legs() -> None:
    ahead = many(Product.SWAP, (SELL, "5000000", ONE_MONTH), (BUY, "5000000", THREE_MONTHS))
    fill = report(venue().handle(DESK, place(order=ahead), T0))
    spot = market().quote(EUR_USD).bid
    assert fill.last_forward_points == market().points(EUR_USD, ONE_MONTH).bid
    assert (fill.last_px, fill.far_legs[0].last_px) == (
        spot + market().points(EUR_USD, ONE_MONTH).bid,
        spot + market().points(EUR_USD, THREE_MONTHS).offer,
    )


def test_a_swap_costs_the_points_spread_and_no_spot_spread() -> None:
    there = report(venue().handle(DESK, place(order=swap(BUY)), T0))
    back = report(venue().handle(DESK, place(order=swap(SELL)), T0))
    points = market().points(EUR_USD, ONE_MONTH)
    paid, got = (fill.far_legs[0].last_px - fill.last_px for fill in (back, there))
    assert paid - got == points.offer - points.bid > 0


def test_a_block_trades_every_leg_on_its_own_side() -> None:
    legs = ((BUY, "1000000", SPOT_DATE), (SELL, "250000", ONE_MONTH), (BUY, "500000", THREE_MONTHS))
    fill = report(venue().handle(DESK, place(order=many(Product.BLOCK, *legs)), T0))
    assert [(leg.side, leg.last_qty, leg.settl_date) for leg in fill.far_legs] == [
        (side, D(amount), day) for side, amount, day in legs[1:]
    ]
    spot = market().quote(EUR_USD).offer
    assert [leg.last_px - spot for leg in fill.far_legs] == [
        market().points(EUR_USD, ONE_MONTH).bid,
        market().points(EUR_USD, THREE_MONTHS).offer,
    ]


def test_an_outright_and_an_ndf_say_their_spot_rate_and_points_and_a_spot_trade_does_not() -> None:
    forward = deal(value_date=ONE_MONTH, product=Product.FORWARD)
    ndf = many(Product.NDF, (BUY, "1000000", ONE_MONTH), pair="USD/CNY", fixing=date(2026, 12, 22))
    for asked in (forward, ndf):
        fill = report(venue().handle(DESK, place(order=asked), T0))
        assert fill.last_spot_rate is not None
        assert fill.last_forward_points is not None
        assert fill.last_spot_rate + fill.last_forward_points == fill.last_px
        assert fill.fixing_date == asked.fixing_date
    spot = report(venue().handle(DESK, place(), T0))
    assert (spot.last_spot_rate, spot.last_forward_points, spot.far_legs) == (None, None, ())


def test_a_day_before_spot_costs_the_interest_the_other_way() -> None:
    tom = deal(value_date=date(2026, 11, 23), product=Product.TOM)
    fill = report(venue().handle(DESK, place(order=tom), T0))
    assert fill.last_forward_points is not None
    assert fill.last_forward_points < 0 < market().points(EUR_USD, ONE_MONTH).bid


@given(st.dates(date(2026, 11, 20), date(2036, 11, 20)), st.sampled_from(["EUR/USD", "USD/JPY", "USD/TRY", "JPY/EUR"]))
def test_points_are_whole_price_steps_and_outrights_rates(day: date, pair: str) -> None:
    at, on = market(), parse_pair(pair)
    spot, points = at.quote(on), at.points(on, day)
    assert points.bid <= points.offer
    assert 0 < spot.bid + points.bid < spot.offer + points.offer
    assert points.bid.as_tuple().exponent == points.offer.as_tuple().exponent == spot.bid.as_tuple().exponent


def test_slices_trade_all_legs_in_proportion_and_the_last_brings_the_rest() -> None:
    at = venue(THIRDS)
    effects = at.handle(DESK, place(order=swap(amount="1000000", far_amount="1000001")), T0)
    effects += at.advance(T0 + 10 * MS)
    done = trades(effects)
    assert [trade.last_qty for trade in done] == [D("333333.33"), D("333333.33"), D("333333.34")]
    assert [trade.far_legs[0].last_qty for trade in done] == [D("333333.66"), D("333333.66"), D("333333.68")]
    assert sum(trade.far_legs[0].last_qty for trade in done) == 1_000_001


def test_far_legs_stand_in_the_log_the_report_and_the_trade_report() -> None:
    at = venue()
    effects = at.handle(DESK, place(order=swap()), T0)
    (trade,) = trades(effects)
    told = [event for event in events(at.handle(DESK, RequestTrades("Q"), T0)) if isinstance(event, TradeReported)]
    assert trade.far_legs == report(effects).far_legs == told[0].far_legs
    assert trade.last_spot_rate == trade.last_px


def test_a_resting_swap_is_in_the_mass_status_and_cannot_be_replaced() -> None:
    at = venue("resting")
    at.handle(DESK, place("A", order=swap()), T0)
    (refused,) = events(at.handle(DESK, change("B", "A", order=swap(amount="2000000")), T0))
    assert isinstance(refused, CancelRefused)
    open_order = report(at.handle(DESK, RequestMassStatus("M"), T0))
    assert (open_order.cl_ord_id, open_order.leaves_qty) == ("A", D(1_000_000))


@pytest.mark.parametrize(
    ("wrong", "word"),
    [
        (many(Product.SWAP, (BUY, "1", ONE_MONTH), (SELL, "1", SPOT_DATE)), "ahead"),
        (many(Product.SWAP, (BUY, "1", ONE_MONTH), (SELL, "1", ONE_MONTH)), "both legs"),
        (many(Product.SWAP, (BUY, "1", SPOT_DATE), (BUY, "1", ONE_MONTH)), "both legs"),
        (many(Product.SWAP, (BUY, "1", SPOT_DATE)), "1 legs"),
        (many(Product.SWAP, *[(BUY, "1", SPOT_DATE), (SELL, "1", ONE_MONTH), (BUY, "1", THREE_MONTHS)]), "3 legs"),
        (many(Product.BLOCK, *[(BUY, "1", ONE_MONTH)] * 11), "11 legs"),
        (many(Product.SPOT, (BUY, "1", SPOT_DATE), (SELL, "1", ONE_MONTH)), "one leg"),
        (many(Product.SWAP, (BUY, "1", SPOT_DATE), (SELL, "0.001", ONE_MONTH)), "0.001"),
        (many(Product.SWAP, (BUY, "1", SPOT_DATE), (SELL, "1", date(2026, 12, 26))), "weekend"),
        (many(Product.NDF, (BUY, "1", ONE_MONTH)), "fixing"),
        (many(Product.NDF, (BUY, "1", ONE_MONTH), fixing=date(2026, 12, 25)), "fixing"),
        (many(Product.FORWARD, (BUY, "1", ONE_MONTH), fixing=ONE_MONTH), "fixing"),
    ],
)
def test_an_impossible_deal_is_rejected_with_the_reason(wrong: Deal, word: str) -> None:
    effects = venue().handle(DESK, place(order=wrong), T0)
    assert story(effects) == [(ExecType.REJECTED, OrdStatus.REJECTED)]
    assert word in report(effects).text
    assert trades(effects) == []


def test_a_swap_at_a_limit_is_rejected() -> None:
    assert "limit" in report(venue().handle(DESK, place(price="1.2", order=swap()), T0)).text


@pytest.mark.parametrize(
    ("form", "asked", "word"),
    [
        (ProductForm(legs="linked"), swap(), "one order a leg"),
        (ProductForm(legs="single"), many(Product.BLOCK, *[(BUY, "1", ONE_MONTH)] * 3), "3 legs; expected 2 to 2"),
    ],
)
def test_a_form_that_cannot_hold_the_legs_is_rejected(form: ProductForm, asked: Deal, word: str) -> None:
    at = venue(products={**EVERY_PRODUCT, asked.product: form})
    assert word in report(at.handle(DESK, place(order=asked), T0)).text


@pytest.mark.parametrize(
    ("amounts", "asked", "word"),
    [
        (Amounts(dealt="base"), deal(dealt="USD"), "USD is not dealt"),
        (Amounts(smallest=D(100_000)), deal(amount="99999.99"), "below the smallest"),
        (Amounts(largest=D(100_000)), deal(amount="100000.01"), "above the largest"),
        (Amounts(step=D(1_000)), deal(amount="1500"), "multiple of 1000"),
        (Amounts(contract=10_000), deal(amount="15000"), "multiple of 10000"),
        (Amounts(smallest=D(100_000)), swap(far_amount="50000"), "50000 is below"),
    ],
)
def test_an_amount_that_the_venue_does_not_deal_is_rejected(amounts: Amounts, asked: Deal, word: str) -> None:
    assert word in report(venue(amounts=amounts).handle(DESK, place(order=asked), T0)).text


def test_slices_are_whole_contracts() -> None:
    at = venue(THIRDS, amounts=Amounts(contract=10_000))
    effects = at.handle(DESK, place(), T0)
    effects += at.advance(T0 + 10 * MS)
    assert [trade.last_qty for trade in trades(effects)] == [D(330_000), D(330_000), D(340_000)]


def replaced_on(rule: str, rules: str, **new: Any) -> list[ExecutionReported | CancelRefused]:
    """What a venue says to a replace of an order of a million at 1.2, and of which ``rules`` may fill a part."""
    at = venue(rules, requests=msgspec.structs.replace(DIALECT.requests, replace_rule=rule))
    at.handle(DESK, place("A", new.pop("at", "1.2")), T0)
    told = events(at.handle(DESK, change("B", "A", new["price"], new.get("order")), T0))
    return [event for event in told if isinstance(event, ExecutionReported | CancelRefused)]


def test_a_venue_that_takes_price_and_quantity_ignores_the_rest_in_silence() -> None:
    (told,) = replaced_on("price_and_quantity", "resting", price="1.1", order=deal(side=SELL, amount="2000000"))
    assert isinstance(told, ExecutionReported)
    assert (told.exec_type, told.side, told.order_qty, told.price) == (ExecType.REPLACED, BUY, D(2_000_000), D("1.1"))


def test_a_venue_that_replaces_no_part_filled_order_refuses_and_cancels_it() -> None:
    refused, ended = replaced_on("cancels_part_filled", HALF, price="1.1")
    assert isinstance(refused, CancelRefused)
    assert isinstance(ended, ExecutionReported)
    assert (ended.exec_type, ended.cl_ord_id, ended.cum_qty) == (ExecType.CANCELED, "A", D(500_000))
    (replaced,) = replaced_on("cancels_part_filled", "plain", price="1.01", at="1.0")
    assert isinstance(replaced, ExecutionReported)
    assert replaced.exec_type is ExecType.REPLACED


@pytest.mark.parametrize(
    ("rule", "told", "left"),
    [
        ("none", [], OrdStatus.NEW),
        ("silent", [], OrdStatus.CANCELED),
        ("reported", [(ExecType.CANCELED, OrdStatus.CANCELED)], OrdStatus.CANCELED),
    ],
)
def test_what_becomes_of_open_orders_when_the_session_drops(rule: str, told: list[object], left: OrdStatus) -> None:
    at = venue(cancel_on_disconnect=rule)
    at.handle(DESK, place("A", "1.0"), T0)
    at.handle("OTHER", place("A", "1.0"), T0)
    assert story(at.logged_out(DESK, T0 + MS)) == told
    assert report(at.handle(DESK, status("A"), T0 + MS)).ord_status is left
    assert report(at.handle("OTHER", status("A"), T0 + MS)).ord_status is OrdStatus.NEW
