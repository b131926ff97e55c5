"""What a venue says while the robot logs out: the result file and the exit code know of it."""

import csv
from pathlib import Path

from tests.integration.command_line import TRADE_DATE, Robot, batch_text, spot_rows
from tests.integration.raw_venue import Message, RawVenue
from tests.raw_fix import moment

UNKNOWN = 3
DEALT = "32=100000|31=1.16|64=20261124|75=20261120"


def report(order: Message, exec_id: str, exec_type: str, status: str, filled: int, more: str = "") -> str:
    """The body of an ExecutionReport(8) about an order of 100,000."""
    about = f"55={order[55]}|54={order[54]}|15={order[15]}|38=100000"
    leaves = 0 if exec_type == "H" else 100_000 - filled
    told = f"37=V1|11={order[11]}|17={exec_id}|150={exec_type}|39={status}|14={filled}|151={leaves}|60={moment()}"
    return f"{told}|{about}" + (f"|{more}" if more else "")


def deal_one_order(venue: RawVenue) -> Message:
    """Fill the robot's only order, list the trade when it asks, and stop where it begins to log out."""
    order: Message | None = None
    while (asked := venue.receive()).type != "1":
        if asked.type == "V":
            venue.send("W", f"262={asked[262]}|55=EUR/USD|268=2|269=0|270=1.15|271=5|269=1|270=1.16|271=7")
        elif asked.type == "D":
            order = asked
            venue.send("8", report(order, "N1", "0", "0", 0))
            venue.send("8", report(order, "E1", "F", "2", 100_000, DEALT))
        elif asked.type == "AD":
            assert order is not None
            venue.send("AQ", f"568={asked[568]}|569=1|748=1|749=0|750=0")
            trade = f"17=E1|37=V1|11={order[11]}|55=EUR/USD|54=1|15=EUR|{DEALT}|60={moment()}"
            venue.send("AE", f"571=T1|568={asked[568]}|{trade}|912=Y")
    assert order is not None
    venue.send("0", f"112={asked[112]}")
    return order


def test_a_trade_that_is_taken_back_at_the_last_moment_is_in_the_result_file(tmp_path: Path) -> None:
    (tmp_path / "batch.csv").write_text(batch_text(*spot_rows(1)), "utf-8")
    with RawVenue() as venue:
        command = ["run", "batch.csv", "--connect", f"127.0.0.1:{venue.port}", "--trade-date", TRADE_DATE]
        robot = Robot(tmp_path, *command, "--data", "data", "--json")
        venue.log_on()
        venue.has_dealt_nothing()
        order = deal_one_order(venue)
        venue.send("8", report(order, "E9", "H", "4", 0, f"{DEALT}|19=E1"))
        assert venue.receive().type == "5"
        venue.send("5")
        outcome = robot.end()
    assert outcome.code == UNKNOWN, outcome.said
    assert (outcome.json["reconciled"], outcome.json["lines"]["filled"]) == (False, 0)
    with (tmp_path / outcome.json["result_file"]).open(encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["status"], row["filled_amount"]) != ("filled", "100000")
    assert Path(outcome.json["result_file_before"]).name.endswith(".result.1.csv")
