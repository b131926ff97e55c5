"""The alert book, event by event."""

from collections.abc import Callable, Sequence
from decimal import Decimal

import pytest

from risk.alerts import (
    AlertBook,
    AlertEvent,
    AlertKey,
    AlertRules,
    AlertState,
    Cause,
    EventKind,
    NodeFacts,
    Standing,
    as_json,
    facts_by_name,
    grouped,
)
from risk.alerts.book import MANY
from risk.alerts.wording import duration, neutral
from trader.domain.errors import ConfigError, DomainError

D = Decimal
S = 1_000_000_000
NODE = "VOLUME_DAY trader=anna"
DESK = "VOLUME_DAY desk=fx"
FIRM = "VOLUME_DAY firm"
PARENTS = {NODE: DESK, DESK: FIRM}


def in_a_tree(node: str) -> NodeFacts:
    parent = PARENTS.get(node, DESK if "child" in node else "")
    return facts_by_name(node)._replace(parent=parent)


def book(**rules: int) -> AlertBook:
    return AlertBook(AlertRules(**rules), in_a_tree)  # type: ignore[arg-type]  # the settings of these tests are whole numbers


def use(alerts: AlertBook, used: str, node: str = NODE, ts_ns: int = 0, limit: str = "1000") -> list[tuple[str, str]]:
    """The levels of one update, each with what happened; what is not told is in brackets."""
    return said(alerts.update(node, D(limit), D(used), ts_ns, Cause("ORDER1", "BATCH1")))


def said(events: Sequence[AlertEvent]) -> list[tuple[str, str]]:
    return [
        (event.alert.key.level or event.alert.key.control, str(event.kind) if event.is_told else f"({event.kind})")
        for event in events
    ]


def test_an_alert_fires_at_its_level_and_not_below() -> None:
    alerts = book()
    assert use(alerts, "799.99") == []
    assert use(alerts, "800") == [("80", "raised")]


def test_a_level_fires_once_and_again_only_after_it_has_re_armed_five_points_below() -> None:
    alerts = book()
    use(alerts, "800")
    assert use(alerts, "850") == []
    assert use(alerts, "750.01") == []
    assert use(alerts, "800") == []
    assert use(alerts, "750") == [("80", "resolved")]
    assert use(alerts, "799") == []
    assert use(alerts, "801") == [("80", "raised")]
    (alert,) = alerts.alerts()
    assert alert.count == 2


def test_a_jump_over_several_levels_tells_the_worst_first() -> None:
    assert use(book(), "1000") == [("100", "raised"), ("90", "raised"), ("80", "raised")]


def test_the_last_lot_that_fits_is_in_order_and_one_that_does_not_is_an_alert() -> None:
    alerts = AlertBook(AlertRules(), lambda node: facts_by_name(node)._replace(lot=D(150)))
    assert use(alerts, "850") == [("80", "raised")]
    (event,) = alerts.update(NODE, D(1000), D("850.01"), 0)
    assert event.alert.key.level == "lot"
    assert not event.alert.is_hard
    assert "the next lot of 150 no longer fits" in event.alert.text
    assert use(alerts, "800") == [("lot", "resolved")]


def test_a_lot_larger_than_its_limit_re_arms_when_nothing_is_used() -> None:
    alerts = AlertBook(AlertRules(), lambda node: facts_by_name(node)._replace(lot=D(5000)))
    assert use(alerts, "1") == [("lot", "raised")]
    assert use(alerts, "0") == [("lot", "resolved")]


def test_a_node_that_has_no_lot_any_longer_has_no_alert_of_it() -> None:
    alerts = AlertBook(AlertRules(), lambda node: facts_by_name(node)._replace(lot=D(300)))
    use(alerts, "750")
    assert alerts.reconfigure(AlertRules(), facts_by_name, 1) == []
    assert use(alerts, "751") == [("lot", "resolved")]


def test_an_alert_carries_what_a_person_has_to_know() -> None:
    (event,) = book().update(NODE, D(50_000_000), D(45_600_000), 7, Cause("ORDER1", "BATCH1"))[-1:]
    alert = event.alert
    assert (event.seq, event.ts_ns, alert.number) == (2, 7, 2)
    assert alert.key == AlertKey("VOLUME_DAY", NODE, "80")
    assert (alert.first_ns, alert.last_ns, alert.count) == (7, 7, 1)
    assert (alert.value, alert.limit, alert.cause) == (D(45_600_000), D(50_000_000), Cause("ORDER1", "BATCH1"))
    assert (alert.state, alert.acknowledged_by, alert.breach_in_ns) == (AlertState.OPEN, "", None)
    assert alert.text == (
        "VOLUME_DAY at trader=anna: it has come to 80 % of its limit. 45,600,000 of 50,000,000 (91.2 %) is used, "
        "4,400,000 still fits. Order ORDER1 of batch BATCH1 took it there."
    )


def test_the_share_is_rounded_down_so_that_what_is_not_full_is_not_called_full() -> None:
    (event, *_) = book().update(NODE, D(1000), D("999.99"), 0)
    assert "(99.9 %)" in event.alert.text


def test_use_above_the_limit_says_so_and_that_nothing_fits() -> None:
    (event, *_) = book().update(NODE, D(1000), D(1200), 0)
    assert "it is above its limit. 1,200 of 1,000 (120.0 %) is used, nothing fits." in event.alert.text
    assert event.alert.breach_in_ns == 0


def test_a_limit_of_zero_is_in_order_until_something_is_used() -> None:
    alerts = book()
    assert use(alerts, "0", limit="0") == []
    assert len(use(alerts, "0.01", limit="0")) == 3
    assert len(use(alerts, "0", limit="0")) == 3


@pytest.mark.parametrize("used", ["NaN", "Infinity"])
def test_use_that_is_no_number_is_a_breach(used: str) -> None:
    alerts = book()
    use(alerts, "10")
    assert use(alerts, used) == [("100", "raised"), ("90", "raised"), ("80", "raised")]
    assert "is not a number, which counts as a breach" in alerts.alerts()[0].text


@pytest.mark.parametrize("limit", ["NaN", "-1", "-Infinity", "Infinity"])
def test_a_limit_that_is_no_number_counts_as_zero(limit: str) -> None:
    alerts = book()
    assert ("100", "raised") in use(alerts, "1", limit=limit)
    assert use(alerts, "1", limit=limit) == []


def test_a_cut_limit_crosses_levels_and_a_raised_one_re_arms_them() -> None:
    alerts = book()
    assert use(alerts, "500") == []
    assert use(alerts, "500", limit="550") == [("90", "raised"), ("80", "raised")]
    assert use(alerts, "500", limit="1000") == [("90", "resolved"), ("80", "resolved")]


def test_the_time_to_breach_follows_the_pace_and_one_jump_does_not_move_it() -> None:
    alerts = book()
    for second, used in ((0, 100), (60, 200), (120, 300), (180, 790), (240, 500), (300, 600)):
        use(alerts, str(used), ts_ns=second * S)
    (event,) = alerts.update(NODE, D(1000), D(800), 420 * S)
    assert event.alert.breach_in_ns is not None
    assert 115 * S <= event.alert.breach_in_ns <= 125 * S
    assert "At the present pace it is full in" in event.alert.text


@pytest.mark.parametrize("path", [(), (500,), (990, 950, 900), (850, 850, 850)], ids=str)
def test_the_time_to_breach_of_what_falls_stands_still_or_is_new_is_not_known(path: tuple[int, ...]) -> None:
    alerts = AlertBook(AlertRules(levels=(100, 200)), facts_by_name)
    for second, used in enumerate(path):
        alerts.update(NODE, D(100_000), D(used), second * 30 * S)
    alerts.reconfigure(AlertRules(), lambda node: facts_by_name(node)._replace(lot=D(99_999)), 0)
    (event,) = alerts.update(NODE, D(100_000), D(path[-1] if path else 10), 200 * S)
    assert event.alert.breach_in_ns is None


def test_the_breach_of_a_parent_holds_back_what_is_below_it_until_it_re_arms() -> None:
    alerts = book()
    use(alerts, "1000", FIRM)
    assert use(alerts, "850") == [("80", "(raised)")]
    assert use(alerts, "950", FIRM) == [("100", "resolved"), ("80", "released")]


def test_a_held_alert_that_re_arms_first_is_not_told_at_all() -> None:
    alerts = book()
    use(alerts, "1000", DESK)
    use(alerts, "850")
    assert use(alerts, "10") == [("80", "(resolved)")]
    assert use(alerts, "10", DESK) == [("100", "resolved"), ("90", "resolved"), ("80", "resolved")]


def test_an_alert_stays_held_while_another_node_above_is_in_breach() -> None:
    alerts = book()
    use(alerts, "1000", DESK)
    use(alerts, "1000", FIRM)
    use(alerts, "850")
    assert use(alerts, "950", DESK) == [("100", "resolved")]
    assert ("80", "released") in use(alerts, "950", FIRM)


def test_a_parent_that_is_dropped_holds_nothing_back() -> None:
    alerts = book()
    use(alerts, "1000", DESK)
    use(alerts, "850")
    assert said(alerts.drop(DESK, 1))[-1] == ("80", "released")
    assert alerts.drop(DESK, 2) == []


def test_an_alert_that_has_another_parent_now_is_released() -> None:
    alerts = book()
    use(alerts, "1000", DESK)
    use(alerts, "850")
    assert said(alerts.reconfigure(AlertRules(), facts_by_name, 1)) == [("80", "released")]


def test_a_tree_that_is_a_circle_ends() -> None:
    alerts = AlertBook(AlertRules(), lambda node: NodeFacts("C", node, {"a": "b", "b": "a"}[node]))
    assert len(use(alerts, "1000", "a")) == 3
    assert use(alerts, "850", "b") == [("80", "(raised)")]


def test_seven_hundred_alerts_are_told_as_a_few_and_a_digest_and_the_breach_is_not_among_them() -> None:
    alerts = book()
    told, events = 0, 0
    for number in range(700):
        found = alerts.update(f"VOLUME_DAY child={number}", D(1000), D(800 + number // 10), number)
        events += len(found)
        told += sum(event.is_told for event in found)
    assert (told, events) == (5, 700)
    assert use(alerts, "1000", "VOLUME_DAY child=last", 701)[0] == ("100", "raised")
    assert alerts.due_ns() == 10 * S
    (digest,) = alerts.tick(10 * S)
    assert (digest.kind, digest.is_told, digest.alert.count) == (EventKind.DIGEST, True, 697)
    assert "VOLUME_DAY below VOLUME_DAY desk=fx: 697 more alerts, all in the record" in digest.alert.text
    assert "child=last" in digest.alert.text
    assert len(alerts.alerts()) == 703
    assert alerts.due_ns() is None
    assert alerts.tick(20 * S) == []


def test_a_storm_of_one_group_does_not_quiet_another() -> None:
    alerts = book(told_max=1)
    assert use(alerts, "850", "VOLUME_DAY child=1") == [("80", "raised")]
    assert use(alerts, "850", "VOLUME_DAY child=2") == [("80", "(raised)")]
    assert use(alerts, "850", "NOP_CURRENCY child=1") == [("80", "raised")]


def test_a_window_that_ended_is_told_before_what_comes_after_it() -> None:
    alerts = book(told_max=1)
    use(alerts, "850", "VOLUME_DAY child=1")
    use(alerts, "850", "VOLUME_DAY child=2")
    assert use(alerts, "850", "VOLUME_DAY child=3", 10 * S) == [("digest", "digest"), ("80", "raised")]


def test_a_condition_is_told_once_counted_and_resolved_when_it_no_longer_holds() -> None:
    alerts = book()
    say = ("SESSION_LOST", "IMIX", "The session IMIX is gone.")
    assert said(alerts.condition(*say, 1, is_hard=True, is_lasting=True)) == [("SESSION_LOST", "raised")]
    assert said(alerts.condition(*say, 2, is_hard=True, is_lasting=True)) == [("SESSION_LOST", "(repeated)")]
    (alert,) = alerts.alerts()
    assert (alert.first_ns, alert.last_ns, alert.count) == (1, 2, 2)
    assert said(alerts.clear("SESSION_LOST", "IMIX", 3)) == [("SESSION_LOST", "resolved")]
    assert alerts.clear("SESSION_LOST", "IMIX", 4) == []


def test_a_condition_that_becomes_hard_is_told_again() -> None:
    alerts = book()
    alerts.condition("UNKNOWN_AGE", "A", "Old.", 1, is_hard=False)
    alerts.mute(1, "ria", 100, 2)
    assert said(alerts.condition("UNKNOWN_AGE", "A", "Too old.", 3, is_hard=True)) == [("UNKNOWN_AGE", "raised")]
    assert alerts.alerts()[0].is_hard


def test_conditions_beyond_the_bound_are_counted_together_and_each_is_in_the_record() -> None:
    alerts = book(conditions_max=2)
    seqs = []
    for number in range(5):
        (event,) = alerts.condition("MESSAGE_REJECTED", f"ORDER{number}", "No.", number, is_hard=True)
        seqs.append((event.seq, event.alert.key.node, event.alert.count))
    assert seqs == [(1, "ORDER0", 1), (2, "ORDER1", 1), (3, MANY, 1), (4, MANY, 2), (5, MANY, 3)]
    assert alerts.alerts()[-1].text == "ORDER4: No."


def test_an_acknowledged_alert_says_by_whom_and_when_and_stays_until_it_re_arms() -> None:
    alerts = book()
    use(alerts, "1000", FIRM)
    (event,) = alerts.acknowledge(1, "ria", 5)
    assert (event.kind, event.is_told) == (EventKind.ACKNOWLEDGED, True)
    assert (event.alert.state, event.alert.acknowledged_by, event.alert.acknowledged_ns) == ("acknowledged", "ria", 5)
    assert use(alerts, "10", FIRM)[0] == ("100", "resolved")


def test_to_acknowledge_what_is_over_closes_it() -> None:
    alerts = book()
    alerts.condition("MESSAGE_REJECTED", "A", "No.", 1, is_hard=False)
    assert [kind for _, kind in said(alerts.acknowledge(1, "ria", 2))] == ["acknowledged", "resolved"]
    assert alerts.alerts() == ()


def test_a_muted_alert_is_kept_and_told_when_the_time_is_over_and_it_still_holds() -> None:
    alerts = book()
    use(alerts, "850")
    assert said(alerts.mute(1, "ria", 100, 1)) == [("80", "(muted)")]
    assert use(alerts, "10", ts_ns=2) == [("80", "(resolved)")]
    assert use(alerts, "850", ts_ns=3) == [("80", "(raised)")]
    assert alerts.due_ns() == 100
    assert said(alerts.tick(99)) == []
    assert said(alerts.tick(100)) == [("80", "released")]


def no_such_number(alerts: AlertBook) -> None:
    alerts.acknowledge(99, "ria", 2)


def twice(alerts: AlertBook) -> None:
    alerts.acknowledge(2, "ria", 2)


def hard(alerts: AlertBook) -> None:
    alerts.mute(1, "ria", 10, 2)


def past(alerts: AlertBook) -> None:
    alerts.mute(3, "ria", 2, 2)


def too_many(alerts: AlertBook) -> None:
    alerts.mute(3, "ria", 10, 2)


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (no_such_number, "no open alert has the number 99; trader alerts lists"),
        (twice, "alert 2 was acknowledged by tom already"),
        (hard, "alert 1 is hard and cannot be muted; acknowledge it instead"),
        (past, "cannot be muted until a moment that is past"),
        (too_many, "1 alerts are muted, which is the most"),
    ],
)
def test_what_a_person_cannot_do_is_said_and_changes_nothing(act: Callable[[AlertBook], None], message: str) -> None:
    alerts = book(mutes_max=1)
    use(alerts, "1000", FIRM)
    alerts.acknowledge(2, "tom", 1)
    alerts.mute(2, "tom", 50, 1)
    before = alerts.snapshot()
    with pytest.raises(DomainError, match=message):
        act(alerts)
    assert alerts.snapshot() == before


def test_the_worst_comes_first_and_groups_stay_together() -> None:
    alerts = book()
    use(alerts, "850", "NOP_CURRENCY child=1")
    use(alerts, "890", "VOLUME_DAY child=1")
    alerts.condition("KILLED", "firm", "Everything is stopped.", 1, is_hard=True)
    use(alerts, "870", "NOP_CURRENCY child=2")
    codes = [[alert.key.node for alert in group] for group in grouped(alerts.alerts())]
    assert codes == [["firm"], ["VOLUME_DAY child=1"], ["NOP_CURRENCY child=2", "NOP_CURRENCY child=1"]]


def test_the_heartbeat_has_the_last_number_and_changes_nothing() -> None:
    alerts = book()
    use(alerts, "1000")
    before = alerts.snapshot()
    beat = alerts.heartbeat(9)
    assert (beat.ts_ns, beat.last_seq, beat.open_count, beat.hard_count) == (9, 3, 3, 1)
    assert alerts.snapshot() == before


def test_a_text_from_outside_cannot_steer_a_terminal() -> None:
    (event,) = book().condition("X", "a\x1b[2J", "Bad\r\n\x1b]0;title\x07 \u202egnp", 1, is_hard=False)
    assert event.alert.text == r"Bad\r\n\x1b]0;title\x07 \u202egnp"
    assert event.alert.key.node == r"a\x1b[2J"
    assert len(neutral("\x00" * 5_000)) == 2_000


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "less than a second"), (59, "59 s"), (125, "2 min"), (7_300, "2 h"), (200_000, "2 d")]
)
def test_a_duration_is_said_in_its_largest_unit(seconds: int, text: str) -> None:
    assert duration(seconds * S) == text


def test_an_event_is_plain_values_for_whoever_reads_json() -> None:
    (event,) = book().update(NODE, D("1E+3"), D("850.50"), 4, Cause("ORDER1", "BATCH1"))
    plain = as_json(event)
    assert (plain["seq"], plain["kind"], plain["control"], plain["level"]) == (1, "raised", "VOLUME_DAY", "80")
    assert (plain["value"], plain["limit"], plain["order"], plain["batch"]) == ("850.5", "1000", "ORDER1", "BATCH1")
    assert {type(value) for value in plain.values()} <= {int, str, bool, type(None)}


@pytest.mark.parametrize(
    "settings",
    [
        {"levels": (80, 90)},
        {"levels": (90, 80, 100)},
        {"levels": (80, 80, 100)},
        {"levels": (0, 100)},
        {"levels": ()},
        {"levels": (100, 1001)},
        {"rearm_points": 0},
        {"rearm_points": 80},
        {"told_max": 0},
        {"conditions_max": -1},
    ],
    ids=str,
)
def test_settings_that_cannot_be_are_refused_with_what_would_be_right(settings: dict[str, object]) -> None:
    with pytest.raises(ConfigError, match=r"alerts.*expected"):
        AlertRules(**settings)  # type: ignore[arg-type]  # wrong settings are the point


def test_an_alert_that_is_held_says_so() -> None:
    alerts = book()
    use(alerts, "1000", DESK)
    use(alerts, "850")
    assert [a.standing for a in alerts.alerts() if a.key.node == NODE] == [Standing.HELD]
