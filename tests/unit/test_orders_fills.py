"""Fills of an order: told twice or late, busted, corrected, or of something else."""

import copy
from datetime import date
from decimal import Decimal

import msgspec
import pytest

from tests.unit.order_words import (
    DAY,
    PRICE,
    QUANTITY,
    a_working_order,
    an_order,
    busts,
    corrects,
    fills,
    lists,
    rule_of,
    says,
)
from trader.domain.deal import Side
from trader.orders.applied import REPEATED, Applied
from trader.orders.fills import FillChange
from trader.orders.machine import Phase, Sync, SyncInput
from trader.orders.reports import on_execution, on_trade_report

NEXT_DAY = date(2024, 5, 2)
AT_NS = 1_714_567_800 * 10**9


def test_the_average_rate_is_by_quantity() -> None:
    order = a_working_order()
    assert order.avg_px == 0
    on_execution(order, fills("E1", 100, 100, px="1.10"), 3)
    on_execution(order, fills("E2", 300, 400, px="1.06"), 4)
    assert order.avg_px == Decimal("1.07")


def test_the_last_fill_closes_the_order() -> None:
    order = a_working_order()
    applied = on_execution(order, fills("E1", 1000, 1000, contra_qty=Decimal(1_100_000)), 7)
    change = FillChange("E1", QUANTITY, PRICE, None, Decimal(1_100_000), "E1")
    assert applied == Applied((change,), closed=True)
    assert (order.done_ts_ns, order.leaves_qty, order.is_live) == (7, 0, False)


def test_a_repeated_exec_id_changes_nothing() -> None:
    order = a_working_order()
    on_execution(order, fills("E1", 100, 100), 3)
    before = copy.deepcopy(order)
    assert on_execution(order, fills("E1", 100, 100, poss_dup=True), 4) == Applied(duplicate=True)
    assert on_trade_report(order, lists("E1", 100, trade_date=DAY), 5) == Applied(duplicate=True)
    assert order == before


def test_an_exec_id_with_other_numbers_is_not_a_repetition() -> None:
    order = a_working_order()
    on_execution(order, fills("E1", 100, 100), 3)
    assert rule_of(on_execution(order, fills("E1", 200, 300), 4)) == "EXEC_ID_REUSED"
    assert rule_of(on_trade_report(order, lists("E1", 100, px="1.2"), 5)) == "EXEC_ID_REUSED"
    assert order.cum_qty == 100_000


def test_the_same_exec_id_on_another_trade_date_is_another_fill() -> None:
    order = a_working_order()
    on_execution(order, fills("1", 100, 100, trade_date=DAY), 3)
    (change,) = on_execution(order, fills("1", 100, 200, trade_date=date(2024, 5, 2)), 4).fills
    assert order.cum_qty == 200_000
    assert (change.exec_id, change.key) == ("1", "1@2024-05-02")
    applied = on_execution(order, busts("9", "1", "PARTIALLY_FILLED", 100, trade_date=date(2024, 5, 2)), 5)
    assert (applied.fills[0].qty, applied.fills[0].key) == (-100_000, change.key)
    assert next(iter(order.fills.values())).trade_date == DAY


@pytest.mark.parametrize("seconds", [0, 60, -60])
def test_a_trade_that_is_listed_with_another_trade_date_is_the_same_trade(seconds: int) -> None:
    order = a_working_order()
    on_execution(order, fills("E1", 100, 100, trade_date=DAY, transact_ts_ns=AT_NS), 3)
    before = copy.deepcopy(order)
    listed = lists("E1", 100, trade_date=NEXT_DAY, transact_ts_ns=AT_NS + seconds * 10**9)
    assert on_trade_report(order, listed, 4) is REPEATED
    again = fills("E1", 100, 100, trade_date=NEXT_DAY, transact_ts_ns=AT_NS + seconds * 10**9)
    assert on_execution(order, again, 5) is REPEATED
    assert order == before


@pytest.mark.parametrize(
    ("quantity", "px", "seconds"),
    [(100, "1.10", 61), (100, "1.10", 86_400), (100, "1.09", 0), (200, "1.10", 0), (100, "1.10", -AT_NS // 10**9)],
    ids=["later", "a day later", "another rate", "another quantity", "no time"],
)
def test_an_exec_id_used_again_on_another_day_for_another_trade_is_booked(quantity: int, px: str, seconds: int) -> None:
    order = a_working_order()
    on_execution(order, fills("E1", 100, 100, trade_date=DAY, transact_ts_ns=AT_NS), 3)
    listed = lists("E1", quantity, px=px, trade_date=NEXT_DAY, transact_ts_ns=AT_NS + seconds * 10**9)
    (change,) = on_trade_report(order, listed, 4).fills
    assert (change.key, order.cum_qty) == ("E1@2024-05-02", (100 + quantity) * 1000)


def test_an_amended_trade_that_is_listed_with_another_trade_date_is_the_same_trade() -> None:
    order = a_working_order()
    on_execution(order, fills("E1", 100, 100, trade_date=DAY, transact_ts_ns=AT_NS), 3)
    amended = lists("E1", 100, px="1.09", trade_date=DAY, transact_ts_ns=AT_NS, is_amendment=True)
    on_trade_report(order, amended, 4)
    assert on_trade_report(order, msgspec.structs.replace(amended, trade_date=NEXT_DAY), 5) is REPEATED
    assert order.cum_qty == 100_000


def test_a_correct_is_a_reversal_and_a_new_fill() -> None:
    order = a_working_order()
    on_execution(order, fills("E1", 100, 100, contra_qty=Decimal(110_000)), 3)
    applied = on_execution(order, corrects("E2", "E1", 150, 150, px="1.05"), 4)
    assert applied.fills == (
        FillChange("E1", Decimal(-100_000), PRICE, None, Decimal(-110_000), "E1"),
        FillChange("E2", Decimal(150_000), Decimal("1.05"), None, None, "E2"),
    )
    assert applied.violation is None


def test_a_bust_a_day_later_reopens_only_what_the_venue_reopens() -> None:
    order = a_working_order()
    on_execution(order, fills("E1", 1000, 1000, trade_date=DAY), 3)
    again = copy.deepcopy(order)
    applied = on_execution(order, busts("E2", "E1", "NEW", 0, trade_date=date(2024, 5, 2)), 4)
    assert (applied.reopened, order.phase, order.leaves_qty, order.done_ts_ns) == (True, Phase.WORKING, QUANTITY, 0)
    applied = on_execution(again, busts("E2", "E1", "CANCELED", 0, trade_date=date(2024, 5, 2)), 4)
    assert (applied.reopened, again.phase, again.leaves_qty) == (False, Phase.CANCELED, 0)


def test_a_repeated_bust_changes_nothing() -> None:
    order = a_working_order()
    on_execution(order, fills("E1", 100, 100), 3)
    on_execution(order, busts("E2", "E1", "NEW", 0), 4)
    before = copy.deepcopy(order)
    assert on_execution(order, busts("E2", "E1", "NEW", 0), 5).duplicate
    assert on_execution(order, busts("E3", "E1", "NEW", 0), 6).duplicate
    assert on_execution(order, fills("E1", 100, 100), 7).duplicate
    assert order == before


def test_a_bust_may_have_the_id_of_the_fill_that_it_takes_back() -> None:
    order = a_working_order()
    on_execution(order, fills("E1", 100, 100), 3)
    on_execution(order, busts("E1", "E1", "NEW", 0), 4)
    assert on_execution(order, fills("E1", 100, 100), 5) is REPEATED
    assert rule_of(on_execution(order, fills("E1", 200, 200), 6)) == "EXEC_ID_REUSED"
    assert order.cum_qty == 0


def test_an_old_status_that_the_session_says_again_does_not_revive_what_has_ended_since() -> None:
    order = a_working_order()
    status = says("ORDER_STATUS", "NEW", 0, exec_id="S1")
    on_execution(order, status, 3)
    on_execution(order, says("CANCELED", "CANCELED", 0, exec_id="C1"), 4)
    assert on_execution(order, msgspec.structs.replace(status, poss_dup=True), 5) is REPEATED
    assert order.is_final


def test_a_second_status_under_the_same_exec_id_counts() -> None:
    order = a_working_order()
    on_execution(order, says("ORDER_STATUS", "NEW", 0, exec_id="0"), 3)
    on_execution(order, says("ORDER_STATUS", "CANCELED", 0, exec_id="0"), 4)
    assert order.is_final


def test_a_fill_that_was_busted_before_it_came_does_not_count() -> None:
    order = a_working_order()
    assert rule_of(on_execution(order, busts("E2", "E1", "NEW", 0), 3)) == "NO_FILL_TO_UNDO"
    assert on_execution(order, fills("E1", 100, 100), 4).fills == ()
    assert (order.cum_qty, order.sync) == (0, Sync.IN_DOUBT)
    on_execution(order, says("ORDER_STATUS", "NEW", 0), 5)
    assert order.sync is Sync.IN_SYNC


def test_a_correct_of_a_fill_that_never_came_books_nothing_until_the_list_brings_it() -> None:
    order = a_working_order()
    assert rule_of(on_execution(order, corrects("E2", "E1", 1000, 1000), 3)) == "NO_FILL_TO_UNDO"
    assert order.cum_qty == 0
    applied = on_trade_report(order, lists("E2", 1000), 4)
    assert (applied.closed, order.cum_qty, order.sync) == (True, QUANTITY, Sync.IN_SYNC)


@pytest.mark.parametrize("status", ["CANCELED", "EXPIRED", "REJECTED"])
def test_a_fill_after_the_end_is_booked_and_put_in_doubt(status: str) -> None:
    order = a_working_order()
    on_execution(order, says(status, status), 3)
    applied = on_execution(order, fills("E1", 100, 100), 4)
    assert (rule_of(applied), applied.reopened, order.cum_qty) == ("FILL_AFTER_END", True, 100_000)
    assert order.leaves_qty == 900_000
    applied = on_execution(order, says("ORDER_STATUS", status, 100), 5)
    assert (applied.closed, order.phase, order.leaves_qty) == (True, Phase(status), 0)


def test_a_fill_that_the_end_had_counted_is_only_late() -> None:
    order = a_working_order()
    assert rule_of(on_execution(order, says("CANCELED", "CANCELED", 100), 3)) == "QUANTITY_DIFFERS"
    assert not order.is_final
    applied = on_execution(order, fills("E1", 100, 100), 4)
    assert (applied.violation, applied.closed, order.phase) == (None, True, Phase.CANCELED)


def test_fills_in_the_wrong_order_end_in_sync() -> None:
    order = a_working_order()
    assert rule_of(on_execution(order, fills("E2", 200, 300), 3)) == "QUANTITY_DIFFERS"
    assert on_execution(order, fills("E1", 100, 100), 4).violation is None
    assert (order.cum_qty, order.sync) == (300_000, Sync.IN_SYNC)


def test_an_acknowledgement_after_the_last_fill_is_only_late() -> None:
    order = an_order()
    on_execution(order, fills("E1", 1000, 1000), 2)
    assert on_execution(order, says("NEW", "NEW", 0), 3) == Applied()
    assert order.is_final


@pytest.mark.parametrize("late", ["PENDING_NEW", "PENDING_CANCEL"])
def test_a_receipt_that_counts_less_than_the_fills_is_only_late(late: str) -> None:
    order = a_working_order()
    on_execution(order, fills("E1", 100, 100), 3)
    assert on_execution(order, says(late, late, 0), 4) == Applied()
    assert order.sync is Sync.IN_SYNC


def test_a_fill_through_the_limit_counts_and_cannot_be() -> None:
    order = a_working_order()
    assert on_execution(order, fills("E1", 100, 100, px="1.10"), 3).violation is None
    applied = on_execution(order, fills("E2", 100, 200, px="1.1001"), 4)
    assert (rule_of(applied), order.cum_qty, order.sync) == ("FILL_THROUGH_LIMIT", 200_000, Sync.IN_DOUBT)
    assert "1.1001 is worse than the limit of 1.1" in str(applied.violation)


def test_a_correct_through_the_limit_counts_and_cannot_be() -> None:
    order = a_working_order()
    on_execution(order, fills("E1", 100, 100), 3)
    applied = on_execution(order, corrects("E2", "E1", 100, 100, px="1.11"), 4)
    assert (rule_of(applied), order.avg_px) == ("FILL_THROUGH_LIMIT", Decimal("1.11"))


def test_an_overfill_is_posted_and_only_a_person_settles_it() -> None:
    order = a_working_order()
    applied = on_execution(order, fills("E1", 1200, 1200), 3)
    assert (rule_of(applied), order.cum_qty, order.overfill_qty) == ("OVERFILL", 1_200_000, 200_000)
    on_execution(order, says("ORDER_STATUS", "FILLED", 1200), 4)
    assert (order.sync, order.leaves_qty) == (Sync.IN_DOUBT, 0)
    assert order.settled_by("ann", Phase.FILLED, "venue will not bust", 5).closed


def test_a_fill_of_more_than_twice_the_order_is_not_booked() -> None:
    order = a_working_order()
    applied = on_execution(order, fills("E1", 2001, 2001), 3)
    assert (rule_of(applied), applied.fills, order.cum_qty) == ("FILL_TOO_LARGE", (), 0)
    assert (order.sync, order.leaves_qty) == (Sync.IN_DOUBT, QUANTITY)
    assert rule_of(on_trade_report(order, lists("E2", 2001), 4)) == "FILL_TOO_LARGE"
    assert rule_of(on_execution(order, fills("E3", 2000, 2000), 5)) == "OVERFILL"
    assert rule_of(on_execution(order, corrects("E4", "E3", 2001, 2001), 6)) == "FILL_TOO_LARGE"
    assert order.cum_qty == 2 * QUANTITY


@pytest.mark.parametrize(
    "wrong", [{"side": Side.SELL}, {"currency": "USD"}, {"symbol": "GBP/USD"}], ids=["side", "currency", "symbol"]
)
def test_a_fill_of_something_else_is_not_booked(wrong: dict[str, object]) -> None:
    order = a_working_order()
    assert rule_of(on_execution(order, fills("E1", 100, 100, **wrong), 3)) == "CONTRADICTS_ORDER"
    assert (order.cum_qty, order.sync) == (0, Sync.IN_DOUBT)
    assert rule_of(on_trade_report(order, lists("E2", 100, **wrong), 4)) == "CONTRADICTS_ORDER"


def test_a_fill_for_another_account_is_not_booked() -> None:
    order = a_working_order()
    assert rule_of(on_execution(order, fills("E1", 100, 100, account="ANOTHER"), 3)) == "ACCOUNT_DIFFERS"
    assert (order.cum_qty, order.sync) == (0, Sync.IN_DOUBT)
    assert rule_of(on_trade_report(order, lists("E2", 100, account="ANOTHER"), 4)) == "ACCOUNT_DIFFERS"
    assert order.cum_qty == 0


@pytest.mark.parametrize(("ours", "theirs"), [("ACC", "ACC"), ("ACC", ""), ("", "ANY")])
def test_an_account_that_one_side_does_not_name_is_no_other_account(ours: str, theirs: str) -> None:
    order = a_working_order()
    order.account = ours
    assert on_execution(order, fills("E1", 100, 100, account=theirs), 3).violation is None
    assert on_trade_report(order, lists("E2", 100, account=theirs), 4).violation is None
    assert order.cum_qty == 200_000


def test_a_rejection_may_leave_out_what_a_trade_must_say() -> None:
    order = an_order()
    silent = {"symbol": "", "currency": ""}
    assert rule_of(on_execution(order, fills("E1", 100, 100, **silent), 2)) == "UNBOOKABLE_TRADE"
    order = an_order()
    assert on_execution(order, says("REJECTED", "REJECTED", **silent, text="no credit"), 2).closed
    assert order.text == "no credit"


@pytest.mark.parametrize("number", ["NaN", "sNaN", "Infinity", "-1", "0", "1E+999999", "1E-9"])
def test_a_trade_in_a_number_that_cannot_be_is_not_booked(number: str) -> None:
    order = a_working_order()
    applied = on_execution(order, fills("E1", 100, 100, last_qty=Decimal(number)), 3)
    assert rule_of(applied) in {"IMPOSSIBLE_NUMBER", "UNBOOKABLE_TRADE"}
    assert rule_of(on_trade_report(order, lists("E1", 100, last_px=Decimal(number)), 4)) == "UNBOOKABLE_TRADE"
    assert order.cum_qty == 0


@pytest.mark.parametrize("number", ["NaN", "sNaN", "-Infinity", "1E+15", "-1E+15", "1E+999999"])
@pytest.mark.parametrize("name", ["order_qty", "price", "cum_qty", "leaves_qty", "last_qty", "last_px"])
def test_a_report_with_a_number_beyond_any_amount_is_believed_in_nothing(name: str, number: str) -> None:
    order = a_working_order()
    doubted = copy.deepcopy(order)
    doubted.move(SyncInput.CONTRADICTED)
    report = msgspec.structs.replace(says("ORDER_STATUS", "NEW"), **{name: Decimal(number)})
    assert rule_of(on_execution(order, report, 3)) == "IMPOSSIBLE_NUMBER"
    assert order == doubted


@pytest.mark.parametrize("name", ["cum_qty", "leaves_qty", "last_qty", "last_px"])
def test_the_largest_number_that_can_be_is_one(name: str) -> None:
    largest = Decimal("999999999999999.99999999")
    report = msgspec.structs.replace(says("ORDER_STATUS", "NEW"), **{name: largest})
    assert rule_of(on_execution(a_working_order(), report, 3)) != "IMPOSSIBLE_NUMBER"
