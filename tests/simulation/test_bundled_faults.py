"""The robot against every bundled fault of a venue, in virtual time: nothing lost, nothing twice, and who is told.

The invariants are checked after every event. A venue that says what its books do not is odd: then a line may end in a
person's hands, and what must not happen is that anything differs in silence.
"""

from dataclasses import dataclass, field
from typing import Any

import pytest
from msgspec import structs

from simulator.faults.catalog import catalog
from simulator.faults.scenario import Scenario, scenario_names
from simulator.market.market import Market
from tests.drawn_part import DrawnPart
from tests.simulated_desk import head_of_batch, on_quotes, quoting_desk, scenario
from trader.engine.inputs import BatchSubmitted, EngineStarted
from trader.engine.state import BatchPhase
from trader.simulation.desk import T0, TRADE_DATE, opening_rates, started
from trader.simulation.invariants import Invariants
from trader.simulation.world import World

PART = DrawnPart("scripts.md", "faults")
LINES = 30
SEED = 3
LINGERS_S = 4  # longer than anything that the scenarios do to trades later, once an hour is two seconds
FAMILIES = ("answers", "bad", "orders", "quotes", "reports", "trades", "venue")

ASKED = ("RECOVERY_STARTED", "RECOVERY_COMPLETE")
FOUND = (*ASKED, "STATUS_CONTRADICTS_PHASE")  # a cancel was too late for an order whose fill we had not heard of
DROPPED = (*ASKED, "SESSION_LOST")
STUCK = ("RECOVERY_INCOMPLETE", "BATCH_SUSPENDED")
TAKEN_BACK = ("TRADE_TAKEN_BACK", "CHANGED_AFTER_END")
BREAK = "RECONCILIATION_BREAK"


@dataclass(frozen=True)
class Ends:
    """How a batch of thirty lines ends.

    Attributes:
        alerts: What people are told of.
        others: How many lines are not filled, by status.
        is_reconciled: Whether all books agree when all is over; None where that depends on who looks when.
        has_breaks: Whether reconciliation named what differs.
    """

    alerts: tuple[str, ...] = ()
    others: dict[str, int] = field(default_factory=dict)
    is_reconciled: bool | None = True
    has_breaks: bool = False


EXPECTED = {
    "answers_denied": Ends((*DROPPED, *STUCK, "ORDER_FORGOTTEN", "LAST_LOOK"), {"UNFILLED": 30}),
    "answers_half": Ends((*FOUND, *STUCK, "STATUS_CONTRADICTS_COUNT", "LAST_LOOK")),
    "orders_bounced": Ends(("MESSAGE_REJECTED",), {"REJECTED": 3}),
    "orders_cancel_race": Ends(others={"PARTIALLY_FILLED": 5, "UNFILLED": 20}),
    "orders_changed_unasked": Ends(others={"PARTIALLY_FILLED": 10}),
    "orders_overfill": Ends(
        ("OVERFILL", "RECOVERY_STARTED", "RECOVERY_INCOMPLETE", BREAK),
        {"UNKNOWN": 4},
        is_reconciled=False,
        has_breaks=True,
    ),
    "orders_pending": Ends(),
    "orders_slip": Ends(),
    "orders_unanswered": Ends((*FOUND, "ORDER_UNANSWERED"), {"REJECTED": 2}),
    "quotes_expire": Ends(("ORDER_UNANSWERED", "LAST_LOOK"), {"REJECTED": 1}),
    "quotes_one_way": Ends(),
    "reports_copied": Ends(),
    "reports_lost": Ends(FOUND),
    "reports_orphaned": Ends(
        ("UNKNOWN_ORDER", "ORPHAN_FILL", "DATA_FOLDER_OLD", BREAK), is_reconciled=False, has_breaks=True
    ),
    "reports_out_of_order": Ends(("QUANTITY_DIFFERS",)),
    "reports_repeated": Ends(),
    "reports_reused_ids": Ends((*ASKED, "EXEC_ID_REUSED", "ORPHAN_FILL")),
    "reports_wrong_trade_list": Ends((BREAK,), is_reconciled=False, has_breaks=True),
    "trades_amended": Ends((*TAKEN_BACK, "TRADE_VOIDED"), {"UNKNOWN": 3}, is_reconciled=False),
    "trades_busted": Ends(TAKEN_BACK, {"UNFILLED": 3}, is_reconciled=None),
    "trades_busted_late": Ends(TAKEN_BACK, {"UNFILLED": 3}, is_reconciled=None),
    "trades_corrected": Ends(TAKEN_BACK, {"PARTIALLY_FILLED": 3}, is_reconciled=None),
    "trades_day_roll": Ends(("VALUE_DATE_DIFFERS", BREAK), is_reconciled=False, has_breaks=True),
    "trades_disputed": Ends((*ASKED, "CONTRADICTS_ORDER", "ORPHAN_FILL", *TAKEN_BACK), {"UNFILLED": 3}),
    "trades_missing": Ends(("TRADES_NOT_REPORTED",), is_reconciled=False),
    "trades_offset": Ends(
        (*ASKED, "CONTRADICTS_ORDER", "ORPHAN_FILL", "CHANGED_AFTER_END", BREAK), is_reconciled=False, has_breaks=True
    ),
    "venue_crashes": Ends(DROPPED),
    "venue_drops": Ends(DROPPED),
    "venue_pauses": Ends((*ASKED, *STUCK, "ORDER_UNANSWERED", "LAST_LOOK")),
    "venue_throttles": Ends(),
}
NO_SINGLE_END = {"bad_day", "reports_wrong"}  # tried below
ON_THE_WIRE = {"venue_message_rate"}  # the door is no part of the pure venue


def soon(rules: Scenario) -> Scenario:
    """The same scenario, with what it does an hour later done after two seconds."""
    return structs.replace(
        rules,
        rules=tuple(
            structs.replace(rule, then=structs.replace(rule.then, after_ms=min(rule.then.after_ms, 2_000)))  # type: ignore[union-attr]  # some actions have it
            if hasattr(rule.then, "after_ms")
            else rule
            for rule in rules.rules
        ),
    )


def desk_for(name: str, **requests: Any) -> tuple[EngineStarted, BatchSubmitted]:
    """A desk that deals on quotes where the scenario is about these, at a venue that takes disputes."""
    desk, batch = started(), head_of_batch(LINES)
    if name.startswith("quotes"):
        desk, batch = quoting_desk(), on_quotes(batch)
    (venue,) = desk.dialects
    answers = structs.replace(venue.requests, dont_know_trade=True, **requests)
    return structs.replace(desk, dialects=(structs.replace(venue, requests=answers),)), batch


def played(name: str, rules: Scenario, until_s: float = 100, **requests: Any) -> World:
    """A world that has run to its end, every invariant checked after every event and at the end."""
    watch = Invariants(has_odd_venue=True)
    desk, batch = desk_for(name, **requests)
    market = Market(SEED, opening_rates(), TRADE_DATE, T0, desk.dialects[0].rate_decimals)
    ran = World(SEED, desk, batch, soon(rules), market, T0, None, watch, lingers_s=LINGERS_S).run(until_s)
    watch.at_end(ran)
    return ran


def others(ran: World) -> dict[str, int]:
    """How many lines are not filled, by status."""
    assert ran.state is not None
    return {status.name: count for status, count in ran.state.counts().items() if count and status.name != "FILLED"}


def test_every_bundled_fault_is_tried() -> None:
    faults = {name for name in scenario_names() if name.split("_")[0] in FAMILIES}
    assert faults == EXPECTED.keys() | NO_SINGLE_END | ON_THE_WIRE


@pytest.mark.parametrize("name", EXPECTED)
def test_a_bundled_fault_ends_as_it_should_and_who_has_to_is_told(name: str) -> None:
    expected, ran = EXPECTED[name], played(name, scenario(name))
    assert ran.state is not None
    assert ran.state.phase is BatchPhase.DONE
    assert others(ran) == expected.others
    assert {str(alert.code) for alert in ran.alerts} == set(expected.alerts)
    assert expected.is_reconciled in (None, ran.state.is_reconciled)
    assert bool(ran.state.breaks) == expected.has_breaks


def table() -> str:
    """What belongs between the marks of the page: each scenario, and how a batch of thirty lines ends."""
    titles = {entry.name: entry.title for entry in catalog()}
    agree = {True: "yes", False: "no", None: "until the day is open again"}
    rows = ["| Scenario | Plays | Not filled of 30 | People hear | The books agree |", "|---|---|---|---|---|"]
    for name, ends in EXPECTED.items():
        left = ", ".join(f"{count} {status.lower().replace('_', ' ')}" for status, count in ends.others.items())
        books = agree[ends.is_reconciled] + (", and each difference is named" if ends.has_breaks else "")
        rows.append(
            f"| `{name}` | {titles[name]} | {left or 'none'} | {', '.join(ends.alerts) or 'nothing'} | {books} |"
        )
    return "\n".join(rows) + "\n"


def test_the_page_says_how_each_fault_ends() -> None:
    assert PART.read() == table(), "python -m tests.simulation.test_bundled_faults draws it anew"


HELD_ORDERS = """
[[rules]]
when = { message = "NewOrderSingle", every = 5 }
then = { action = "delay", ms = 2600 }

[[rules]]
when = { message = "ExecutionReport", exec_type = "TRADE", after = 9, count = 1 }
then = { action = "disconnect" }
"""
DENIED_ORDERS = """
[[rules]]
when = { message = "ExecutionReport", exec_type = "NEW", every = 5 }
then = { action = "ignore" }

[[rules]]
when = { message = "ExecutionReport", exec_type = "TRADE", every = 5 }
then = { action = "ignore" }

[[rules]]
when = { message = "OrderStatusRequest" }
then = { action = "deny" }

[[rules]]
when = { message = "ExecutionReport", exec_type = "TRADE", after = 9, count = 1 }
then = { action = "disconnect" }
"""


@pytest.mark.parametrize("rules", [HELD_ORDERS, DENIED_ORDERS], ids=["held", "denied"])
def test_no_line_has_two_orders_where_a_live_one_may_be_called_unknown(rules: str) -> None:
    """The venue answers questions while it holds orders, or does not know what it has. The invariants see a second."""
    ran = played("unknown", scenario(rules), unknown_order="may_be_live")
    assert "ORDER_FORGOTTEN" in {alert.code for alert in ran.alerts}
    placed = {name for state in ran.state.lines for name in state.orders} if ran.state else set()
    assert len(placed) == LINES


def wrong(field_name: str) -> Scenario:
    """One report in ten says something else than the books."""
    rules = f"""
[[rules]]
when = {{ message = "ExecutionReport", exec_type = "TRADE", after = 4, every = 10 }}
then = {{ action = "misreport", field = "{field_name}", factor = "1.001" }}
"""
    return scenario(rules)


@pytest.mark.parametrize(
    ("field_name", "alert"),
    [("side", "CONTRADICTS_ORDER"), ("currency", "CONTRADICTS_ORDER"), ("cum_qty", "QUANTITY_DIFFERS")],
)
def test_a_report_that_cannot_be_is_not_booked_and_the_venues_own_list_settles_it(field_name: str, alert: str) -> None:
    ran = played("reports", wrong(field_name))
    assert ran.state is not None
    assert (others(ran), ran.state.is_reconciled) == ({}, True)
    assert alert in {alert.code for alert in ran.alerts}


@pytest.mark.parametrize("field_name", ["last_qty", "last_px"])
def test_a_report_with_a_wrong_number_leaves_its_line_to_a_person(field_name: str) -> None:
    ran = played("reports", wrong(field_name))
    assert ran.state is not None
    assert not ran.state.is_reconciled
    assert ran.alerts


def test_a_report_with_another_value_date_is_a_break_with_its_name() -> None:
    ran = played("reports", wrong("settl_date"))
    assert ran.state is not None
    assert {found.kind.name for found in ran.state.breaks} == {"VALUE_DATE", "TOTAL"}


@pytest.mark.parametrize("after", [0, 1, 2])
def test_a_bad_day_ends_with_every_line_done_or_listed(after: int) -> None:
    rules = scenario("bad_day")
    ran = played("bad", structs.replace(rules, rules=rules.rules[after:]))
    assert ran.state is not None
    assert ran.state.phase in (BatchPhase.DONE, BatchPhase.SUSPENDED)
    assert ran.state.open_lines == 0 or others(ran)["UNKNOWN"]


if __name__ == "__main__":
    PART.write(table())
