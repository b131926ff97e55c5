"""Faults of the simulator on a real FIX wire: what the virtual tests see as values, a client reads as messages."""

import json
from pathlib import Path

from tests.integration.test_simulator_wire import TERMS, Connect, Fields, Start, connect, rules, start, started

__all__ = ["connect", "start", "started"]  # fixtures


def rule(when: str, then: str) -> str:
    return f"[[rules]]\nwhen = {{ {when} }}\nthen = {{ {then} }}\n"


TRADE = 'message = "ExecutionReport", exec_type = "TRADE"'


def is_trade(fields: Fields) -> bool:
    return fields.get("150") == "F"


def test_a_drop_copy_is_heard_by_another_client_and_a_resend_by_its_own(
    start: Start, connect: Connect, tmp_path: Path
) -> None:
    copy = rule(TRADE, 'action = "copy", to = "COPIES"') + rule(TRADE, 'action = "repeat", is_poss_resend = true')
    simulator = start("--scenario", rules(tmp_path, copy))
    desk, copies = connect(simulator), connect(simulator, "COPIES")
    fill = desk.trade("A")
    again = desk.wait_for(is_trade)
    assert (fill.get("97"), again["97"], again["17"]) == (None, "Y", fill["17"])
    assert again["34"] != fill["34"], "under a sequence number of its own"
    copied = copies.wait_for(is_trade)
    assert (copied["17"], copied["56"]) == (fill["17"], "COPIES")


def test_a_copy_for_a_client_that_is_away_waits_for_its_logon(start: Start, connect: Connect, tmp_path: Path) -> None:
    simulator = start("--scenario", rules(tmp_path, rule(TRADE, 'action = "copy", to = "COPIES"')))
    fill = connect(simulator).trade("A")
    assert connect(simulator, "COPIES").wait_for(is_trade)["17"] == fill["17"]


def test_trades_are_taken_back_and_amended(start: Start, connect: Connect, tmp_path: Path) -> None:
    one = 'message = "NewOrderSingle", count = 1'
    bust = rule(one, 'action = "bust", after_ms = 50')
    amend = rule('message = "NewOrderSingle", after = 1', 'action = "correct", after_ms = 50, told_by = "trade_report"')
    desk = connect(start("--scenario", rules(tmp_path, bust + amend), "--trade-log", "trades.jsonl"))
    fill = desk.trade("A")
    busted = desk.wait_for(lambda fields: fields.get("150") == "H")
    assert (busted["19"], busted["14"], busted["39"]) == (fill["17"], "0", "4")
    fill = desk.trade("B")
    amended = desk.wait_for(lambda fields: fields["35"] == "AE")
    assert (amended["487"], amended["17"]) == ("2", fill["17"])
    assert "568" not in amended
    kinds = [json.loads(line).get("kind") for line in (tmp_path / "trades.jsonl").read_text("utf-8").splitlines()]
    assert kinds == [None, "bust", None, "correct"]


def test_a_disputed_trade_is_read_and_busted(start: Start, connect: Connect, tmp_path: Path) -> None:
    desk = connect(start("--scenario", rules(tmp_path, rule('message = "DontKnowTrade"', 'action = "bust"'))))
    fill = desk.trade("A")
    desk.send("Q", f"37={fill['37']}|17={fill['17']}|127=D|55=EUR/USD|54=1")
    assert desk.wait_for(lambda fields: fields.get("150") == "H")["19"] == fill["17"]


def test_a_bounced_order_is_named_and_the_session_lives(start: Start, connect: Connect, tmp_path: Path) -> None:
    desk = connect(
        start("--scenario", rules(tmp_path, rule('message = "NewOrderSingle", count = 1', 'action = "bounce"')))
    )
    desk.send("D", f"11=A|{TERMS}")
    bounced = desk.wait_for(lambda fields: fields["35"] == "j")
    assert (bounced["372"], bounced["379"], bounced["380"]) == ("D", "A", "4")
    assert desk.trade("B")["39"] == "2"


def test_every_unasked_change_is_a_message_that_a_client_can_read(
    start: Start, connect: Connect, tmp_path: Path
) -> None:
    turns = ["PENDING", "EXPIRED", "DONE_FOR_DAY", "SUSPENDED", "STOPPED", "RESTATED"]
    text = rule('message = "NewOrderSingle"', 'action = "fill", fraction = "0.5"')
    text += rule('message = "NewOrderSingle", count = 1', 'action = "pend", after_ms = 20')
    for number, into in enumerate(turns[1:], start=1):
        text += rule(
            f'message = "NewOrderSingle", after = {number}, count = 1',
            f'action = "turn", into = "{into}", after_ms = 20',
        )
    desk = connect(start("--scenario", rules(tmp_path, text)))
    for number, exec_type in enumerate("AC397D"):
        desk.send("D", f"11=A{number}|{TERMS}")
        told = desk.wait_for(lambda fields, wanted=exec_type: fields.get("150") == wanted)
        assert told["11"] == f"A{number}"


def test_a_pace_of_the_scenario_stands_in_place_of_the_dialects(start: Start, connect: Connect, tmp_path: Path) -> None:
    desk = connect(start("--scenario", rules(tmp_path, "[pace]\nmessages_max = 2\nwindow_ms = 60000\n")))
    for name in "ABC":
        desk.send("D", f"11={name}|{TERMS}")
    refused = desk.wait_for(lambda fields: fields["35"] == "j")
    assert (refused["379"], "at most 2 in 60000 ms" in refused["58"]) == ("C", True)
