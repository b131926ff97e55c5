"""The pure parts of a conformance run: what is dealt, which steps there are, who judges, and how it is told."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from trader.adapters.calendars import market_calendars
from trader.adapters.resources import fix_config_dir, venue_names
from trader.app.conformance import judges, words
from trader.app.conformance.books import Books
from trader.app.conformance.plan import Plan, smallest_amount, usual_pair
from trader.app.conformance.report import Report
from trader.app.conformance.script import script
from trader.app.conformance.steps import Result, StepOutcome, Verdict, failed
from trader.app.conformance.wire import Crossing, without_secrets
from trader.domain.commands import QuoteReference
from trader.domain.currency import Currency, parse_pair
from trader.domain.deal import Deal, OrderType, Product, Side, TimeInForce
from trader.domain.errors import ConfigError
from trader.domain.events import (
    CancelRefused,
    ExecType,
    ExecutionReported,
    OrdStatus,
    PriceQuoted,
    QuoteReceived,
    RejectReason,
    TradeReported,
    TradeRequestAcknowledged,
)
from trader.fix.dialect import Amounts, Dialect
from trader.fix.dialect_file import parse_dialect
from trader.fix.text import SOH

TODAY = date(2026, 11, 20)
NOW = 1_795_168_800_000_000_000  # on that day
EURUSD = parse_pair("EUR/USD")
RATES = {Currency(code): Decimal(rate) for code, rate in (("EUR", "1"), ("USD", "1.10"), ("INR", "99"))}


def dialect(name: str = "simulator") -> Dialect:
    path = fix_config_dir(name) / "dialect.toml"
    return parse_dialect(path.read_text("utf-8"), str(path))


def plan(name: str = "simulator", rate: str | None = None) -> Plan:
    of = dialect(name)
    said = None if rate is None else Decimal(rate)
    account = "ACC" if of.account_required else ""
    return Plan(of, usual_pair(of), account, TODAY, market_calendars(TODAY), RATES, said)


def books(name: str = "simulator") -> Books:
    return Books(plan(name), NOW)


def report(memory: Books, label: str, exec_type: ExecType, status: OrdStatus, **changes: Any) -> ExecutionReported:
    order = memory.order(label)
    facts: dict[str, Any] = {
        "cl_ord_id": order.cl_ord_id,
        "orig_cl_ord_id": "",
        "order_id": f"V-{label}",
        "exec_id": f"E-{label}-{exec_type}",
        "exec_ref_id": "",
        "exec_type": exec_type,
        "ord_status": status,
        "symbol": "EUR/USD",
        "side": order.deal.near_leg.side,
        "currency": "EUR",
        "order_qty": order.order_qty,
        "last_qty": Decimal(0),
        "last_px": Decimal(0),
        "cum_qty": Decimal(0),
        "leaves_qty": order.order_qty,
    }
    return ExecutionReported(**facts | changes)


def fill(memory: Books, label: str, rate: str, **changes: Any) -> ExecutionReported:
    quantity = memory.order(label).order_qty
    traded = {"last_qty": quantity, "last_px": Decimal(rate), "cum_qty": quantity, "leaves_qty": Decimal(0)}
    return report(memory, label, ExecType.TRADE, OrdStatus.FILLED, **traded | changes)


def limit_order(memory: Books, label: str, price: str = "1.10") -> None:
    memory.place(label, memory.plan.plain(), OrderType.LIMIT, Decimal(price), TimeInForce.DAY, NOW)


# --- what is dealt ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("amounts", "least"),
    [
        (Amounts(), "1000"),
        (Amounts(smallest=Decimal(40_000)), "40000"),
        (Amounts(contract=10_000), "10000"),
        (Amounts(smallest=Decimal(150_000), step=Decimal(100_000)), "200000"),
        (Amounts(smallest=Decimal(100_000), step=Decimal(100_000)), "100000"),
    ],
)
def test_the_amount_is_the_smallest_that_is_dealt(amounts: Amounts, least: str) -> None:
    assert smallest_amount(amounts, EURUSD.base) == Decimal(least)


def test_every_product_is_dealt_and_swaps_in_three_ways() -> None:
    deals = [deal for _, deal in plan().deals()]
    assert {deal.product for deal in deals} == set(Product)
    swaps = [deal for deal in deals if deal.product is Product.SWAP]
    even, uneven, forward = swaps
    assert even.far_legs[0].amount == even.near_leg.amount
    assert uneven.far_legs[0].amount == 2 * uneven.near_leg.amount
    assert forward.near_leg.value_date > even.near_leg.value_date


def test_the_legs_of_every_deal_are_in_the_order_of_their_dates() -> None:
    for _, deal in plan().deals():
        dates = [leg.value_date for leg in deal.legs]
        assert dates == sorted(set(dates))


def test_a_far_tenor_counts_from_where_the_dialect_counts_it() -> None:
    far_dates = {
        name: next(deal.far_legs[0].value_date for title, deal in plan(name).deals() if title.endswith("to forward"))
        for name in ("simulator", "360t_rfs")
    }
    assert far_dates["360t_rfs"] > far_dates["simulator"]


def test_the_pair_is_one_that_the_dialect_lists() -> None:
    assert {str(usual_pair(dialect(name))) for name in venue_names()} >= {"EUR/USD"}
    for name in venue_names():
        listed = dialect(name).security_ids
        assert not listed or str(usual_pair(dialect(name))) in listed


def test_a_market_that_nothing_says_is_asked_for() -> None:
    with pytest.raises(ConfigError, match="--rate"):
        plan().usual_rate(parse_pair("GBP/USD"))
    assert plan(rate="1.25").usual_rate(EURUSD) == Decimal("1.25")
    assert plan().usual_rate(parse_pair("USD/INR")) == 90


@pytest.mark.parametrize(("side", "is_marketable", "above"), [
    (Side.BUY, True, True), (Side.BUY, False, False), (Side.SELL, True, False), (Side.SELL, False, True),
])  # fmt: skip
def test_a_limit_is_a_percent_from_the_market_on_the_side_that_trades_or_waits(
    side: Side, is_marketable: bool, above: bool
) -> None:
    memory = books()
    memory.hear(PriceQuoted("V", "EUR/USD", Decimal("1.1999"), Decimal("1.2001")), NOW, off_the_books=False)
    limit = memory.limit(memory.plan.plain(side), is_marketable=is_marketable)
    assert limit == Decimal("1.212" if above else "1.188")


# --- the script ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", venue_names())
def test_every_step_has_a_name_of_its_own_and_says_what_it_expects(name: str) -> None:
    steps = script(plan(name))
    names = [(step.section, step.title, step.lacking) for step in steps]
    assert len(set(names)) == len(names)
    assert all(step.expected for step in steps)
    assert (steps[0].title, steps[-1].title) == ("log on", "log out")


def test_what_a_dialect_lacks_is_named_by_its_key() -> None:
    lacking = {step.title: step.lacking for step in script(plan("lmax")) if step.lacking}
    assert lacking["prices of EUR/USD are streamed"] == "requests.market_data = false"
    assert lacking["a swap from spot: market order"] == "product SWAP: the dialect has SPOT"
    assert "a limit order waits" not in lacking


def test_a_venue_without_orders_that_wait_is_asked_about_one_that_was_filled() -> None:
    asked = [step.section for step in script(plan("fxall")) if step.title == "its status is told" and not step.lacking]
    assert asked == ["products"]


# --- judging ---------------------------------------------------------------------------------------------------------


def test_a_fill_is_believed_only_when_it_fits_the_order() -> None:
    memory = books()
    limit_order(memory, "A", "1.10")
    assert memory.hear(fill(memory, "A", "1.0999"), NOW, off_the_books=False) == ""
    assert judges.filled("A")(memory, ()) == Verdict(StepOutcome.PASS)
    limit_order(memory, "B", "1.10")
    assert "FILL_THROUGH_LIMIT" in memory.hear(fill(memory, "B", "1.1001"), NOW, off_the_books=False)
    limit_order(memory, "C")
    wrong_side = memory.hear(fill(memory, "C", "1.09", side=Side.SELL), NOW, off_the_books=False)
    assert wrong_side.startswith("CONTRADICTS_ORDER")


def test_a_fill_worse_than_the_quote_is_found() -> None:
    memory = books()
    quote = QuoteReference("Q1", "R1")
    deal = memory.plan.plain()
    memory.place("Q", deal, OrderType.PREVIOUSLY_QUOTED, Decimal("1.1012"), TimeInForce.FOK, NOW, quote)
    assert "FILL_THROUGH_QUOTE" in memory.hear(fill(memory, "Q", "1.1013"), NOW, off_the_books=False)


def test_what_breaks_a_rule_on_purpose_is_not_held_against_the_order() -> None:
    memory = books()
    limit_order(memory, "A")
    again = report(
        memory, "A", ExecType.REJECTED, OrdStatus.REJECTED, reject_reason=RejectReason.DUPLICATE_ORDER, order_id="V2"
    )
    assert memory.hear(again, NOW, off_the_books=True) == ""
    assert judges.order_refused(memory, (again,)) == Verdict(StepOutcome.PASS)
    assert memory.hear(fill(memory, "A", "1.09"), NOW, off_the_books=False) == ""


def test_an_order_taken_twice_fails() -> None:
    memory = books()
    limit_order(memory, "A")
    verdict = judges.order_refused(memory, (report(memory, "A", ExecType.NEW, OrdStatus.NEW),))
    assert verdict is not None
    assert (verdict.outcome, "still live" in verdict.why) == (StepOutcome.FAIL, True)


def test_an_order_filled_whole_shows_nothing_about_one_filled_in_part() -> None:
    memory = books()
    limit_order(memory, "A")
    assert judges.part_filled("A")(memory, ()) is None
    memory.hear(fill(memory, "A", "1.09"), NOW, off_the_books=False)
    verdict = judges.part_filled("A")(memory, ())
    assert verdict is not None
    assert verdict.outcome is StepOutcome.NOT_APPLICABLE


def test_a_cancel_that_is_refused_fails_with_the_venue_s_words() -> None:
    memory = books()
    limit_order(memory, "A")
    refused = CancelRefused("X", "A", "V", OrdStatus.NEW, is_replace=False, reason=RejectReason.OTHER, text="Not now")
    assert judges.canceled("A")(memory, (refused,)) == failed("the cancel was refused: Not now")


def quote(**changes: Any) -> QuoteReceived:
    facts = {
        "quote_req_id": "",
        "quote_id": "Q1",
        "maker": "ALPHA",
        "symbol": "EUR/USD",
        "bids": (),
        "offers": (Decimal("1.1012"),),
        "valid_until_ts_ns": NOW + 10**9,
    }
    return QuoteReceived(**facts | changes)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({}, ""),
        ({"symbol": "GBP/USD"}, "for another pair"),
        ({"offers": (), "bids": (Decimal("1.1"),)}, "one-way"),
        ({"offers": (Decimal("110.12"),)}, "far from the market"),
        ({"valid_until_ts_ns": NOW - 1}, "expired"),
        ({"settl_date": date(2026, 12, 1)}, "for another date"),
        ({"offer_spot_rate": Decimal("1.1010"), "offer_forward_points": Decimal("-0.0002")}, "does not add up"),
    ],
)
def test_a_quote_is_judged_as_in_a_batch(changes: dict[str, Any], problem: str) -> None:
    memory = books()
    found = judges.quote_problem(memory, quote(**changes), memory.plan.plain(), NOW)
    assert found.startswith(problem) if problem else found == ""


def test_the_best_quote_is_the_cheapest_for_who_buys() -> None:
    memory = books()
    request = memory.ask("A", memory.plan.plain(), NOW)
    for name, offer in (("Q1", "1.1013"), ("Q2", "1.1011"), ("Q3", "1.1012")):
        heard = quote(quote_req_id=request.quote_req_id, quote_id=name, offers=(Decimal(offer),))
        memory.hear(heard, NOW, off_the_books=False)
    memory.hear(quote(quote_req_id="another", quote_id="Q4", offers=(Decimal("1.0"),)), NOW, off_the_books=False)
    assert judges.best_quote(memory, "A").quote_id == "Q2"


def trade_report(exec_id: str, *, is_last: bool = False) -> TradeReported:
    return TradeReported(
        request_id="T",
        trade_report_id=f"R-{exec_id}",
        trade_id="",
        exec_id=exec_id,
        order_id="V-A",
        cl_ord_id="",
        symbol="EUR/USD",
        side=Side.BUY,
        currency="EUR",
        last_qty=Decimal(1000),
        last_px=Decimal("1.09"),
        settl_date=None,
        trade_date=None,
        transact_ts_ns=0,
        is_last_report=is_last,
    )


def test_a_trade_that_the_venue_s_list_lacks_is_named() -> None:
    memory = books()
    limit_order(memory, "A")
    memory.hear(fill(memory, "A", "1.09"), NOW, off_the_books=False)
    acknowledged = TradeRequestAcknowledged("T", accepted=True, trades_total=1)
    assert judges.trades_told(memory, (acknowledged,)) is None
    assert judges.trades_told(memory, (acknowledged, trade_report("E-A-TRADE"))) == Verdict(StepOutcome.PASS)
    verdict = judges.trades_told(memory, (acknowledged, trade_report("another", is_last=True)))
    assert verdict == failed("not in the list: ExecID(17) E-A-TRADE")


def test_a_trade_of_another_run_is_let_by() -> None:
    memory = books()
    assert memory.hear(trade_report("of another run"), NOW, off_the_books=False) == ""
    assert not memory.blotter.orphans


def test_a_streamed_price_counts_as_superseded_when_its_side_changes() -> None:
    memory = books()
    for offset, (bid_id, offer_id) in enumerate((("B1", "O1"), ("B1", "O2"), ("", "O3"))):
        price = PriceQuoted("V", "EUR/USD", Decimal("1.1"), Decimal("1.2"), bid_id, offer_id)
        memory.hear(price, NOW + offset, off_the_books=False)
    assert memory.superseded_ns == {"O1": NOW + 1, "O2": NOW + 2}
    assert (memory.prices["EUR/USD"].bid_id, memory.prices["EUR/USD"].offer_id) == ("B1", "O3")


# --- telling ---------------------------------------------------------------------------------------------------------


def test_a_message_is_named_by_its_ids() -> None:
    fields = {"35": "F", "34": "7", "11": "A2", "41": "A1"}
    assert words.sent(fields) == "OrderCancelRequest(F) ClOrdID(11)=A2 OrigClOrdID(41)=A1 MsgSeqNum(34)=7"


def test_of_a_flood_the_last_is_told() -> None:
    told = words.came(quote(quote_id=f"Q{number}") for number in range(9))
    assert told[0] == "3 more"
    assert "Q8" in told[-1]


@pytest.mark.parametrize("tag", ["553", "554", "925", "96"])
def test_credentials_are_masked_wherever_they_stand(tag: str) -> None:
    text = f"8=FIX.4.4|35=A|{tag}=s3cret|10=000|".replace("|", SOH)
    assert without_secrets(text).replace(SOH, "|") == f"8=FIX.4.4|35=A|{tag}=***|10=000|"


def test_other_fields_are_left_as_they_are() -> None:
    text = "8=FIX.4.4|35=8|1553=x|58=554=y|".replace("|", SOH)
    assert without_secrets(text) == text


def test_a_venue_s_words_cannot_break_out_of_the_report_s_table() -> None:
    step = script(plan())[0]
    result = Result(step, failed("a | b <script>"), ("Logon(A)",), ("x | y",), 1.5)
    crossing = Crossing(NOW, ">", f"8=FIX.4.4{SOH}35=A{SOH}")
    whole = Report(plan(), "somebody", NOW, (result,), (crossing,))
    (row,) = [line for line in whole.markdown("log").splitlines() if line.startswith("| log on")]
    assert row.replace("\\|", "").count("|") == 7
    assert "<script" not in row
    assert whole.log() == "20261120-10:00:00.000 > 8=FIX.4.4|35=A|\n"
    assert (whole.has_failed, whole.summary) == (True, "0 passed, 1 failed, 0 not applicable")
    assert whole.facts["steps"][0]["outcome"] == "FAIL"


def test_the_ids_of_two_runs_differ() -> None:
    first, second = Books(plan(), NOW), Books(plan(), NOW + 1)
    assert first.name() != second.name()
    assert len({first.name() for _ in range(100)}) == 100


def test_a_deal_that_the_dialect_links_is_placed_as_one_order_a_leg() -> None:
    memory = books("bank_linked_42")
    swap: Deal = next(deal for _, deal in memory.plan.deals() if deal.product is Product.SWAP)
    placed = memory.place("S", swap, OrderType.MARKET, None, TimeInForce.FOK, NOW)
    assert [order.deal.near_leg for order in placed] == list(swap.legs)
    assert len({order.cl_ord_id for order in placed}) == 2
    assert len({order.link_id for order in placed} - {""}) == 1
