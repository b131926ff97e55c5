"""The simulated venue's door, and the names on it: every moment is an argument."""

from typing import Any

import msgspec
import pytest

from simulator.wire.admission import Admission
from simulator.wire.session_settings import Names, names_in
from tests.unit.fix_words import DIALECT
from trader.domain.errors import ConfigError
from trader.fix.dialect import Pace
from trader.fix.window import Window

T0 = 1_795_168_800_000_000_000  # 2026-11-20 10:00 UTC, a Friday
MS = 1_000_000
SECOND = 1_000 * MS
RESETS = {"141": "Y"}


def admission(*, keeps_hours: bool = False, ready_delay_ms: int = 0, **keys: Any) -> Admission:
    dialect = msgspec.structs.replace(DIALECT, **keys)
    return Admission(dialect, keeps_hours=keeps_hours, ready_delay_ns=ready_delay_ms * MS)


def test_a_venue_without_rules_lets_everybody_in_and_hears_everything() -> None:
    door = admission()
    assert door.logon_refusal("A", {}, T0) == ""
    door.logged_on("A", T0)
    assert not door.watches
    assert not door.is_closed_for("A")
    assert not any(door.is_too_many("A", T0) for _ in range(1_000))
    assert door.opened(T0) == []


def test_a_window_holds_so_many_messages_and_no_more() -> None:
    door = admission(pace=Pace(messages_max=3, window_ms=100))
    moments = [0, 10, 20, 99, 120, 200]
    assert [door.is_too_many("A", T0 + ms * MS) for ms in moments] == [False, False, False, True, False, False]


def test_every_client_has_a_pace_of_its_own() -> None:
    door = admission(pace=Pace(messages_max=1))
    assert [door.is_too_many(client, T0) for client in "ABAB"] == [False, False, True, True]
    assert not door.logs_out_who_sends_too_much
    assert door.logon_refusal("A", {}, T0) == ""


def test_who_sent_too_much_stays_outside_for_the_blocks_time() -> None:
    door = admission(pace=Pace(messages_max=1, on_excess="logout", block_s=15))
    assert door.logs_out_who_sends_too_much
    assert not door.is_too_many("A", T0)
    assert door.is_too_many("A", T0)
    assert "10:00:16 UTC" in door.logon_refusal("A", {}, T0 + 14 * SECOND)
    assert door.logon_refusal("B", {}, T0) == ""
    assert door.logon_refusal("A", {}, T0 + 15 * SECOND) == ""


def test_maintenance_is_kept_only_where_it_shall_be() -> None:
    window = Window(start="09:00", end="11:00", zone="UTC")
    assert admission(maintenance=(window,)).logon_refusal("A", {}, T0) == ""
    door = admission(keeps_hours=True, maintenance=(window,))
    assert door.keeps_hours
    assert "11:00" in door.logon_refusal("A", {}, T0)
    assert door.logon_refusal("A", {}, T0 + 3_600 * SECOND) == ""
    assert not admission(keeps_hours=True).keeps_hours, "a venue without windows has no hours to keep"


@pytest.mark.parametrize(
    ("keys", "lacks", "has", "said"),
    [
        ({"reset": "every_logon"}, {"141": "N"}, RESETS, "ResetSeqNumFlag(141)=Y"),
        ({"extra_fields": {"A": {"1408": "1.0"}}}, {"1408": "2.0"}, {"1408": "1.0"}, "tag 1408"),
    ],
)
def test_a_logon_without_what_the_venue_wants_is_refused(
    keys: dict[str, Any], lacks: dict[str, str], has: dict[str, str], said: str
) -> None:
    door = admission(**keys)
    assert said in door.logon_refusal("A", {}, T0)
    assert said in door.logon_refusal("A", lacks, T0)
    assert door.logon_refusal("A", has, T0) == ""


def test_the_venue_opens_for_a_client_once_and_after_the_delay() -> None:
    door = admission(ready="news", ready_delay_ms=50)
    assert door.watches
    assert door.next_opening_ns() is None
    door.logged_on("A", T0)
    door.logged_on("B", T0 + 10 * MS)
    assert door.next_opening_ns() == T0 + 50 * MS
    assert door.is_closed_for("A")
    assert door.opened(T0 + 49 * MS) == []
    assert door.opened(T0 + 50 * MS) == ["A"]
    assert not door.is_closed_for("A")
    assert door.is_closed_for("B")
    door.logged_out("B")
    assert door.next_opening_ns() is None
    assert door.opened(T0 + 60 * MS) == []


SESSION = "[DEFAULT]\nSenderCompID=$(DESK)\n[SESSION]\nTargetCompID=VENUE\n"


def test_the_names_of_a_session_file_are_its_own_and_the_environments() -> None:
    assert names_in(SESSION, {"DESK": "ME"}, "session.cfg") == Names("VENUE", "", "ME")
    assert names_in(f"{SESSION}TargetSubID=SPOT\n", {}, "session.cfg") == Names("VENUE", "SPOT", "")


@pytest.mark.parametrize("text", ["[SESSION]\nSenderCompID=A\n", "[SESSION]\nTargetCompID=$(UNSET)\n", "TargetCompID"])
def test_a_session_file_that_does_not_say_who_the_venue_is_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match=r"session\.cfg"):
        names_in(text, {}, "session.cfg")
