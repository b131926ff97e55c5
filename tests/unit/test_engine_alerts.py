"""What people are told: limits that a step fills up, conditions and their ends, what people answer, and triggers."""

from decimal import Decimal
from typing import Any

import pytest

from risk.alerts import AlertEvent, AlertRules, AlertState, Standing
from risk.alerts.places import facts_of
from risk.people.people import Role
from risk.stops.triggers import Sent, Triggers
from tests.unit.engine_cases import SECOND, VENUE, Wire, of
from tests.unit.risk_cases import BATCH, NOW, Terms, limits
from trader.engine import inputs
from trader.engine.outputs import ActionAnswered, Alert, AlertOver

TRADER = "VOLUME_DAY trader=* max"
DESK = "VOLUME_DAY desk=* max"
MILLION = Terms(amount="1000000")


def wire(changes: dict[str, str] | None = None, **settings: Any) -> Wire:
    return Wire(book=limits(changes), settings=settings)


def told(outputs: list[Any]) -> list[tuple[str, str, str]]:
    return [(event.alert.key.control, event.alert.key.level, str(event.kind)) for event in of(AlertEvent, outputs)]


def numbers(of_wire: Wire) -> list[int]:
    return [event.seq for event in of(AlertEvent, of_wire.outputs)]


# --- limits -----------------------------------------------------------------------------------------------------------


def test_a_limit_that_a_batch_fills_up_is_told_with_the_order_that_took_it_there() -> None:
    robot = wire({TRADER: "1300000"})
    robot.submit(MILLION)
    assert told(robot.last) == [("VOLUME_DAY", "80", "raised")]
    (event,) = of(AlertEvent, robot.last)
    assert event.alert.cause == (robot.order(1).cl_ord_id, robot.batch.submitted.batch_id)
    assert event.alert.key.node.endswith("trader=anna")
    assert event.alert.limit == 1_300_000


def test_what_is_released_re_arms_its_levels() -> None:
    robot = wire({TRADER: "1200000"})
    robot.submit(MILLION)
    assert told(robot.last) == [("VOLUME_DAY", "90", "raised"), ("VOLUME_DAY", "80", "raised")]
    robot.rejects(1)
    assert told(robot.last) == [("VOLUME_DAY", "90", "resolved"), ("VOLUME_DAY", "80", "resolved")]
    assert robot.engine.context.alerts.alerts() == ()


def test_a_full_desk_holds_back_what_its_traders_would_say() -> None:
    roomy = wire()
    roomy.submit(MILLION)
    used = {each.node: each.used for each in roomy.engine.context.gate.utilisation() if "VOLUME_DAY" in each.node}
    (full,) = [amount for node, amount in used.items() if node.endswith("desk=treasury")]
    robot = wire({TRADER: "1300000", DESK: f"{full}"})
    robot.submit(MILLION)
    alerts = {(alert.key.node.split()[-1], alert.key.level): alert for alert in robot.engine.context.alerts.alerts()}
    held, above = alerts["trader=anna", "80"], alerts["desk=treasury", "100"]
    assert (held.parent, held.standing, above.standing) == (above.key.node, Standing.HELD, Standing.TOLD)


def test_a_limit_that_only_a_rate_has_filled_up_is_told() -> None:
    robot = wire({"NOP_AGGREGATE desk=* max": "1500000"})
    robot.submit(MILLION)
    robot.fills(1)
    robot.wait(2)
    assert told(robot.quotes(bid="1.1899", offer="1.1901")) == []
    assert told(robot.wait(1)) == []
    robot.wait(1)
    assert told(robot.quotes(bid="1.1999", offer="1.2003")) == [("NOP_AGGREGATE", "80", "raised")]
    assert told(robot.quotes(bid="1.3599", offer="1.3601")) == [], "a rate is looked at once a second"
    assert told(robot.wait(1)) == [("NOP_AGGREGATE", "90", "raised")]
    assert told([*robot.quotes(bid="1.0999", offer="1.1001"), *robot.wait(1)]) == [
        ("NOP_AGGREGATE", "90", "resolved"),
        ("NOP_AGGREGATE", "80", "resolved"),
    ]


def test_the_lot_that_no_longer_fits_is_told() -> None:
    robot = wire({TRADER: "1500000"}, alerts=AlertRules(lot=Decimal(500_000)))
    robot.submit(MILLION)
    assert told(robot.last) == [("VOLUME_DAY", "lot", "raised")]


def test_other_levels_hold_from_the_next_process_on() -> None:
    robot = wire({TRADER: "1300000"})
    robot.started = inputs.EngineStarted(
        "test",
        robot.started.dialects,
        robot.started.limits,
        robot.started.calendars,
        Wire(settings={"alerts": AlertRules(levels=(50, 95, 100))}).started.settings,
    )
    robot.restart()
    robot.take(inputs.SessionOpened(VENUE))
    robot.quotes()
    robot.submit(MILLION)
    assert told(robot.last) == [("VOLUME_DAY", "50", "raised")]


@pytest.mark.parametrize(
    ("node", "parent"),
    [
        ("VOLUME_DAY 2026-03-02 trader=anna", "VOLUME_DAY 2026-03-02 desk=treasury"),
        ("VOLUME_DAY 2026-03-02 desk=treasury", ""),
        ("VOLUME_DAY 2026-03-02 pair=EUR/USD", ""),
        ("COUNTERPARTY_LINE counterparty=ACME-LDN", "COUNTERPARTY_LINE group=ACME"),
        ("COUNTERPARTY_LINE group=ACME", "COUNTRY country=GB"),
        ("COUNTRY country=GB", ""),
        ("VOLUME_DAY 2026-03-02 trader=nobody", ""),
    ],
)
def test_the_trees_say_which_node_is_above(node: str, parent: str) -> None:
    assert facts_of(limits())(node).parent == parent


# --- conditions -------------------------------------------------------------------------------------------------------


def test_a_lost_session_is_one_alert_until_it_is_back() -> None:
    robot = wire()
    robot.drop()
    assert told(robot.last) == [("SESSION_LOST", "", "raised")]
    robot.reopen()
    assert told(robot.last) == [("SESSION_LOST", "", "resolved")]
    assert of(AlertOver, robot.outputs) == [], "the end of an alert is for the book alone"


def test_a_session_that_is_lost_is_hard_only_while_something_is_under_way() -> None:
    busy, idle = wire(), wire()
    busy.submit(MILLION)
    busy.drop()
    idle.drop()
    assert [[each.is_hard for each in of(Alert, robot.outputs)][-1] for robot in (busy, idle)] == [True, False]


def test_the_same_words_about_another_row_are_another_alert() -> None:
    robot = wire()
    for order in ("A", "B", "A"):
        robot.take(inputs.MessageDropped(VENUE, "8", f"order {order}"))
    assert [kind for _, _, kind in told(robot.outputs)] == ["raised", "raised", "repeated"]


def test_seven_hundred_soft_ones_at_once_are_five_and_a_digest() -> None:
    robot = wire()
    for number in range(700):
        robot.says("S", f"131=Q{number}|117=none|55=EUR/USD|132=1.1|133=1.2")
    told_now = [event for event in of(AlertEvent, robot.outputs) if event.is_told]
    assert [event.kind for event in told_now] == ["raised"] * 5
    robot.wait(11)
    (digest,) = [event for event in of(AlertEvent, robot.outputs) if event.kind == "digest"]
    assert digest.alert.count == 695
    assert numbers(robot) == list(range(1, 702))


def test_soft_news_that_is_over_is_forgotten_after_a_day() -> None:
    robot = wire()
    robot.says("S", "131=Q1|117=none|55=EUR/USD|132=1.1|133=1.2")
    robot.wait(86_399)
    assert len(robot.engine.context.alerts.alerts()) == 1
    robot.wait(2)
    assert robot.engine.context.alerts.alerts() == ()


def test_a_replay_tells_the_same_with_the_same_numbers() -> None:
    robot = wire({TRADER: "1300000"})
    robot.submit(MILLION)
    robot.drop()
    lost, number = robot.engine.context.alerts.alerts()[0], numbers(robot)[-1]
    robot.restart()  # compares the state hashes too
    assert robot.engine.context.alerts.alerts()[0] == lost
    assert numbers(robot)[number:] == list(range(number + 1, robot.engine.context.alerts.last_seq + 1))


# --- what people say --------------------------------------------------------------------------------------------------


def test_a_person_acknowledges_and_is_answered() -> None:
    robot = wire()
    robot.drop()
    robot.take(inputs.AlertAcknowledged("r1", 1, "ria", "called them"))
    assert of(ActionAnswered, robot.last) == [ActionAnswered("r1", "")]
    (alert,) = robot.engine.context.alerts.alerts()
    assert (alert.state, alert.acknowledged_by) == (AlertState.ACKNOWLEDGED, "ria (called them)")
    robot.take(inputs.AlertAcknowledged("r2", 1, "tom", ""))
    (answer,) = of(ActionAnswered, robot.last)
    assert answer.problem == "alert 1 was acknowledged by ria (called them) already; nothing to do"


def test_a_hard_alert_cannot_be_silenced() -> None:
    robot = wire()
    robot.submit(MILLION)
    robot.drop()
    before = robot.engine.state_hash_source()
    robot.take(inputs.AlertMuted("r1", 1, "ria", robot.now_ns + SECOND))
    (answer,) = of(ActionAnswered, robot.last)
    assert answer.problem == "alert 1 is hard and cannot be muted; acknowledge it instead"
    assert robot.engine.state_hash_source() == before


def test_where_there_are_users_it_takes_one_with_the_role_risk() -> None:
    robot = wire()
    robot.drop()
    robot.engine.context.people.users |= {"ria": (Role.RISK,), "tom": (Role.TRADER,)}
    for who in ("tom", "nobody"):
        robot.take(inputs.AlertAcknowledged("r", 1, who, ""))
        (answer,) = of(ActionAnswered, robot.last)
        assert answer.problem == f"{who} has not the role risk, which alerts are answered with"
    robot.take(inputs.AlertAcknowledged("r", 1, "ria", ""))
    assert of(ActionAnswered, robot.last) == [ActionAnswered("r", "")]


def test_quiet_ends_by_its_timer() -> None:
    robot = wire({TRADER: "1300000"})
    robot.submit(MILLION)
    robot.take(inputs.AlertMuted("r1", 1, "ria", robot.now_ns + 3 * SECOND))
    assert robot.timers["alerts"] == robot.now_ns + 3 * SECOND
    assert ("VOLUME_DAY", "80", "released") in told(robot.wait(4))


def test_what_did_not_reach_a_sink_is_an_alert_of_its_own() -> None:
    robot = wire()
    for seq in (3, 4):
        robot.take(inputs.AlertUndelivered("pager", seq, "no answer within 5 s"))
    assert told(robot.outputs) == [("ALERT_UNDELIVERED", "", "raised"), ("ALERT_UNDELIVERED", "", "repeated")]
    (alert,) = robot.engine.context.alerts.alerts()
    assert (alert.key.node, alert.is_hard, alert.count) == ("pager", True, 2)


# --- triggers ---------------------------------------------------------------------------------------------------------

AGES = {"UNKNOWN_AGE venue=* warn_s": "30", "UNKNOWN_AGE venue=* page_s": "60"}


def test_an_order_in_doubt_warns_then_pages_and_is_over_when_the_venue_answers() -> None:
    robot = wire(AGES)
    robot.submit(MILLION)
    robot.drop()
    assert "UNKNOWN_AGE" not in [control for control, _, _ in told(robot.wait(30))]
    warned = [each for each in of(AlertEvent, robot.wait(3)) if each.alert.key.control == "UNKNOWN_AGE"]
    assert [(each.kind, each.alert.is_hard) for each in warned] == [("raised", False)]
    paged = [each for each in of(AlertEvent, robot.wait(30)) if each.alert.key.control == "UNKNOWN_AGE"]
    assert [(each.kind, each.alert.is_hard) for each in paged] == [("raised", True)]
    assert paged[0].alert.key.node == f"order={robot.order(1).cl_ord_id} venue={VENUE}"
    robot.reopen()
    robot.submit(MILLION)
    robot.announces("R1", 0)
    robot.reports_status(1, "0")
    assert ("UNKNOWN_AGE", "", "resolved") in told(robot.wait(2))


def test_an_order_that_nobody_answers_for_is_told_until_the_venue_does() -> None:
    robot = wire()
    robot.submit(MILLION)
    assert ("ORDER_UNANSWERED", "", "raised") in told(robot.wait(7))
    assert ("ORDER_UNANSWERED", "", "resolved") in told(robot.acknowledges(1))


def test_what_the_venue_contradicts_is_told_in_words_until_it_agrees() -> None:
    robot = wire()
    robot.submit(MILLION)
    robot.acknowledges(1)
    said = robot.reports_status(1, "1", 400)
    (alert,) = [each for each in of(Alert, said) if each.code == "QUANTITY_DIFFERS"]
    assert f"ClOrdID(11)={robot.order(1).cl_ord_id} (working)" in alert.text
    assert ("QUANTITY_DIFFERS", "", "raised") in told(said)
    again = robot.fills(1, 400, 400)
    assert ("QUANTITY_DIFFERS", "", "resolved") in told(again)


def test_without_a_row_nobody_looks() -> None:
    robot = wire()
    robot.submit(MILLION)
    robot.drop()
    assert "look" not in robot.timers
    assert "UNKNOWN_AGE" not in [control for control, _, _ in told(robot.wait(600))]


def test_trades_that_the_venue_does_not_confirm_are_told_until_it_does() -> None:
    robot = wire({"CONFIRMATION_AGE venue=* age_s_max": "20"})
    robot.submit(MILLION)
    robot.fills(1)
    assert "CONFIRMATION_AGE" not in [control for control, _, _ in told(robot.wait(19))]
    found = [each for each in of(Alert, robot.wait(4)) if each.code == "CONFIRMATION_AGE"]
    assert [(each.about, each.is_hard) for each in found] == [
        (f"batch={robot.batch.submitted.batch_id} venue={VENUE}", False)
    ]


def test_confirmed_trades_are_not_looked_at_any_longer() -> None:
    triggers = Triggers(limits({"CONFIRMATION_AGE venue=* age_s_max": "20"}))
    triggers.traded(BATCH, VENUE, NOW)
    met, _ = triggers.look({}, lambda _: False, NOW + 21 * SECOND)
    assert [each.violation.code for each in met] == ["CONFIRMATION_AGE"]
    assert triggers.look({}, lambda _: True, NOW + 22 * SECOND) == ([], [met[0].about])
    assert triggers.is_idle


def test_a_fill_far_from_its_arrival_is_told_and_softly() -> None:
    robot = wire({"SLIPPAGE pair=* max_bp": "0.5"})
    robot.submit(MILLION)
    robot.fills(1)  # at 1.1001, where the market was at 1.1000
    (alert,) = [each for each in of(Alert, robot.outputs) if each.code == "SLIPPAGE"]
    assert alert.text.startswith("row T-1: SLIPPAGE at pair=EUR/USD: filled at 1.1001, 0.91 bp from 1.1, the reference")
    assert not alert.is_hard


def test_a_position_that_is_too_large_for_the_night_is_told_until_a_cut_off_finds_it_in_order() -> None:
    cut_off = {"NOP_OVERNIGHT desk=* cutoff": "10:05 UTC", "NOP_OVERNIGHT desk=* max": "1100050"}
    robot = wire(cut_off)
    robot.submit(MILLION)
    robot.fills(1)
    robot.wait(290)
    robot.quotes(bid="1.1001", offer="1.1003")
    found = [each for each in of(Alert, robot.wait(11)) if each.code == "NOP_OVERNIGHT"]
    assert [(each.about, each.is_hard, each.is_lasting) for each in found] == [("desk=treasury", True, True)]
    robot.wait(86_390)
    robot.quotes(bid="1.0999", offer="1.1001")
    assert ("NOP_OVERNIGHT", "", "resolved") in told(robot.wait(20))


def test_a_cut_off_that_came_while_no_robot_ran_is_made_up_once_there_are_rates() -> None:
    robot = wire({"NOP_OVERNIGHT desk=* cutoff": "10:05 UTC", "NOP_OVERNIGHT desk=* max": "1000000"})
    robot.submit(MILLION)
    robot.fills(1)
    robot.now_ns += 3_600 * SECOND
    assert "NOP_OVERNIGHT" not in [each.code for each in of(Alert, robot.restart())], "no rate says what is held"
    robot.reopen()
    assert [each.about for each in of(Alert, robot.quotes()) if each.code == "NOP_OVERNIGHT"] == ["desk=treasury"]
    robot.now_ns += SECOND
    assert "NOP_OVERNIGHT" not in [each.code for each in of(Alert, robot.quotes())]
    assert "NOP_OVERNIGHT" not in [each.code for each in of(Alert, robot.restart())]


def test_a_missed_cut_off_is_told_a_minute_later_where_no_rate_comes() -> None:
    robot = wire({"NOP_OVERNIGHT desk=* cutoff": "10:05 UTC", "NOP_OVERNIGHT desk=* max": "1000000"})
    robot.submit(MILLION)
    robot.fills(1)
    robot.now_ns += 3_600 * SECOND
    robot.restart()
    (alert,) = [each for each in of(Alert, robot.wait(60)) if each.code == "NOP_OVERNIGHT"]
    assert "the position cannot be known: no rate for EUR" in alert.text


def answered(triggers: Triggers, order: str, moved: str, held_ms: int, *, is_rejected: bool, buys: bool = True) -> None:
    triggers.sent(order, Sent("maker", Decimal("1.1"), buys, NOW))
    triggers.answered(order, Decimal(moved), NOW + held_ms * 1_000_000, is_rejected=is_rejected)


def test_a_provider_that_rejects_what_has_moved_our_way_is_told() -> None:
    figures = {"orders_min": "4", "hold_ms_max": "150", "reject_share_max": "0.5", "asymmetry_bp_max": "5"}
    triggers = Triggers(limits({f"LAST_LOOK provider=* {name}": value for name, value in figures.items()}))
    for number in range(2):
        answered(triggers, f"F{number}", "1.1", 100, is_rejected=False)
        # Up by 11 of 11,000 points, which is 10 bp: for who buys the base it is our way, for who sells it is not.
        answered(triggers, f"R{number}", "1.1011", 200, is_rejected=True)
    met, _ = triggers.look({}, lambda _: False, NOW)
    assert [(each.violation.node, each.violation.used) for each in met] == [
        ("provider=maker asymmetry_bp_max", Decimal("10.00"))
    ], "150 ms and a half are not above their figures"
    for number in range(2):
        answered(triggers, f"S{number}", "1.1011", 100, is_rejected=True, buys=False)
    met, over = triggers.look({}, lambda _: False, NOW)
    assert [each.violation.node for each in met] == ["provider=maker reject_share_max"]
    assert over == [("LAST_LOOK", "provider=maker asymmetry_bp_max")]


@pytest.mark.parametrize(("held_ms", "moved", "told"), [(150, "1.1011", []), (151, "1.1", ["hold_ms_max"])])
def test_a_provider_is_told_above_its_figures_and_not_at_them(held_ms: int, moved: str, told: list[str]) -> None:
    figures = {"orders_min": "2", "hold_ms_max": "150", "reject_share_max": "0.5", "asymmetry_bp_max": "10"}
    triggers = Triggers(limits({f"LAST_LOOK provider=* {name}": value for name, value in figures.items()}))
    answered(triggers, "F", "1.1", held_ms, is_rejected=False)
    answered(triggers, "R", moved, held_ms, is_rejected=True)
    met, _ = triggers.look({}, lambda _: False, NOW)
    assert [each.violation.node for each in met] == [f"provider=maker {name}" for name in told]


def test_an_order_in_doubt_pages_after_its_time_and_not_at_its_end() -> None:
    triggers = Triggers(limits({"UNKNOWN_AGE venue=* warn_s": "30", "UNKNOWN_AGE venue=* page_s": "60"}))
    doubts = {"an order": VENUE}
    ages = [0, 30 * SECOND, 30 * SECOND + 1, 60 * SECOND, 60 * SECOND + 1]
    told = [triggers.look(doubts, lambda _: False, NOW + age_ns)[0] for age_ns in ages]
    assert [[each.is_hard for each in met] for met in told] == [[], [], [False], [], [True]]


def test_only_the_last_answers_of_a_provider_count() -> None:
    triggers = Triggers(limits({"LAST_LOOK provider=* orders_min": "1", "LAST_LOOK provider=* reject_share_max": "0"}))
    answered(triggers, "first", "1.1", 1, is_rejected=True)
    assert len(triggers.look({}, lambda _: False, NOW)[0]) == 1
    for number in range(200):
        answered(triggers, f"O{number}", "1.1", 1, is_rejected=False)
    assert triggers.look({}, lambda _: False, NOW) == ([], [("LAST_LOOK", "provider=maker reject_share_max")])
