"""``trader conformance``: every shipped profile passes against the simulator, and a venue that misbehaves does not."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.integration.command_line import ROOT
from tests.integration.simulated_venues import venue_folder
from trader.adapters.resources import fix_config_dir, venue_names
from trader.app.sessions.venue_process import simulator_process

PASSED, FAILED, WRONG_INPUT = 0, 1, 2
AT_ONCE = 4  # runs beside each other: they mostly wait
WAIT_S = 90.0

Outcome = subprocess.CompletedProcess[str]


def conformance(folder: Path, *arguments: str | Path, environment: dict[str, str] | None = None) -> Outcome:
    return subprocess.run(
        [sys.executable, "-m", "trader", "conformance", *map(str, arguments)],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT)} | (environment or {}),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=WAIT_S,
        check=False,
    )


def steps(outcome: Outcome) -> dict[str, Any]:
    return {f"{step['section']}: {step['step']}": step for step in json.loads(outcome.stdout)["steps"]}


def failures(outcome: Outcome) -> dict[str, str]:
    """Why each failed step did."""
    return {name: step["why"] for name, step in steps(outcome).items() if step["outcome"] == "FAIL"}


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Future[Outcome]]]:
    """One run of every shipped profile, some at a time."""
    folder = tmp_path_factory.mktemp("profiles")
    with ThreadPoolExecutor(AT_ONCE) as pool:
        yield {name: pool.submit(conformance, folder, name, "--json") for name in venue_names()}


@pytest.mark.timeout(300)  # whichever comes first may wait for all the others
@pytest.mark.parametrize("name", venue_names())
def test_a_shipped_profile_passes(runs: dict[str, Future[Outcome]], name: str) -> None:
    outcome = runs[name].result()
    assert not failures(outcome), outcome.stdout
    assert outcome.returncode == PASSED
    facts = json.loads(outcome.stdout)
    counts = (facts["passed"], facts["failed"], facts["not_applicable"])
    assert counts[0] >= 10
    assert sum(counts) == len(facts["steps"])


def test_what_a_profile_leaves_out_is_not_applicable(runs: dict[str, Future[Outcome]]) -> None:
    told = steps(runs["cboe_fx"].result())
    mass_status = told["orders: it is among the session's open orders"]
    assert (mass_status["outcome"], mass_status["why"]) == ("NOT APPLICABLE", "requests.mass_status = false")
    assert (mass_status["sent"], mass_status["came"]) == ([], [])


def test_a_profile_of_every_form_of_a_swap_is_dealt_in_it(runs: dict[str, Future[Outcome]]) -> None:
    sent = {name: steps(runs[name].result()) for name in ("simulator", "bank_linked_42", "bank_rfs_50sp2")}
    swap = "products: a swap from spot: market order"
    assert re.fullmatch(r"NewOrderSingle\(D\) \S+ \S+", *sent["simulator"][swap]["sent"])
    assert len(sent["bank_linked_42"][swap]["sent"]) == 2
    assert sent["bank_rfs_50sp2"][swap]["sent"][0].startswith("NewOrderMultileg(AB)")


def test_a_replace_of_an_order_filled_in_part_has_the_end_that_the_profile_says(
    runs: dict[str, Future[Outcome]],
) -> None:
    ended = steps(runs["currenex"].result())["orders: a replace of what is left is refused, and cancels it"]
    went_on = steps(runs["simulator"].result())["orders: what is left of it is replaced"]
    assert ended["outcome"] == went_on["outcome"] == "PASS"


# --- venues that misbehave -------------------------------------------------------------------------------------------


def against(scenario: str, folder: Path, *arguments: str | Path) -> Outcome:
    """A run with the simulator's own dialect against a scenario."""
    text = f'title = "A venue that misbehaves"\nmakers = [{{ name = "ALPHA", valid_ms = 1000 }}]\n{scenario}'
    (folder / "scenario.toml").write_text(text, "utf-8")
    with simulator_process("--scenario", str(folder / "scenario.toml")) as ready:
        address = f"127.0.0.1:{ready.port}"
        return conformance(
            folder, "simulator", "--connect", address, "--yes", "--wait", "2", "--data", folder / "data", *arguments
        )


def test_a_cancel_that_is_never_answered_fails(tmp_path: Path) -> None:
    rule = 'rules = [{ when = { message = "OrderCancelRequest" }, then = { action = "ignore" } }]'
    outcome = against(rule, tmp_path, "--json")
    assert outcome.returncode == FAILED
    found = failures(outcome)
    assert found["orders: it is canceled"] == "nothing came in 2 s"
    assert "orders: a market order is filled" not in found
    assert "products: a block: market order" not in found


def test_quotes_far_from_the_market_fail_and_are_not_taken(tmp_path: Path) -> None:
    rule = 'rules = [{ when = { message = "QuoteRequest" }, then = { action = "misquote", factor = "100" } }]'
    outcome = against(rule, tmp_path, "--json")
    assert outcome.returncode == FAILED
    found = failures(outcome)
    assert "far from the market" in found["quotes: in time: quotes are asked for"]
    assert found["quotes: in time: the best quote is taken"].startswith("not tried")
    assert not [name for name in found if not name.startswith("quotes: ")]


def test_limits_at_a_rate_that_is_not_the_markets_fail_in_words(tmp_path: Path) -> None:
    with simulator_process("--dialect", "lmax") as ready:
        address = f"127.0.0.1:{ready.port}"
        wishes = ("--connect", address, "--rate", "1.9", "--yes", "--wait", "2", "--data", tmp_path / "data")
        outcome = conformance(tmp_path, "lmax", *wishes, "--json")
    assert outcome.returncode == FAILED, outcome.stderr
    found = failures(outcome)
    assert found["orders: a limit order that cannot trade ends at once, IOC"] == "it was dealt on"
    assert "not tried: " in found["orders: its price and quantity are replaced"]


def test_a_last_look_that_says_no_fails_the_order(tmp_path: Path) -> None:
    rule = (
        'rules = [{ when = { message = "NewOrderSingle", product = "FORWARD" }, '
        'then = { action = "last_look", hold_ms = 5 } }]'
    )
    found = failures(against(rule, tmp_path, "--json"))
    assert found == {
        "products: a forward of a month: market order": "the order was REJECTED: The rate has moved",
        "products: a forward to a broken date: market order": "the order was REJECTED: The rate has moved",
    }


def test_a_lost_connection_fails_its_step_and_the_run_goes_on_at_the_next_logon(tmp_path: Path) -> None:
    rule = 'rules = [{ when = { message = "OrderStatusRequest", count = 1 }, then = { action = "disconnect" } }]'
    found = failures(against(rule, tmp_path, "--json", "--wait", "15"))
    assert found == {"orders: its status is told": "the session ended: the connection was lost"}


def test_an_order_that_is_filled_whole_shows_nothing_about_one_filled_in_part(tmp_path: Path) -> None:
    outcome = against("", tmp_path, "--json")
    assert outcome.returncode == PASSED
    told = steps(outcome)
    assert told["orders: a limit order is filled in part"]["outcome"] == "NOT APPLICABLE"
    assert told["orders: what is left of it is replaced"]["why"] == "the venue had filled the order whole"


def test_a_second_run_on_the_same_session_goes_on_with_its_numbers(tmp_path: Path) -> None:
    with simulator_process("--scenario", "conformance") as ready:
        arguments = ("simulator", "--connect", f"127.0.0.1:{ready.port}", "--yes", "--data", "data", "--json")
        first, second = conformance(tmp_path, *arguments), conformance(tmp_path, *arguments)
    assert (failures(first), failures(second)) == ({}, {})
    assert "MsgSeqNum(34)=1" in steps(first)["session: log on"]["sent"][0].split()
    assert "MsgSeqNum(34)=1" not in steps(second)["session: log on"]["sent"][0].split()


# --- reports ---------------------------------------------------------------------------------------------------------


def test_the_report_and_the_messages_are_written_without_credentials(tmp_path: Path) -> None:
    venue = tmp_path / "venue"
    venue.mkdir()
    source = fix_config_dir("currenex")
    (venue / "dialect.toml").write_bytes((source / "dialect.toml").read_bytes())
    session = (source / "session.cfg").read_text("utf-8")
    (venue / "session.cfg").write_text(f"{session}\nUsername=u5er-Na\nPassword=$(VENUE_PASSWORD)\n", "utf-8")
    secret = "s3cret-Pa55"  # noqa: S105 -- what the test looks for
    outcome = conformance(tmp_path, "venue", "--out", "report.md", environment={"VENUE_PASSWORD": secret})
    assert outcome.returncode == PASSED, outcome.stdout + outcome.stderr
    report, log = ((tmp_path / name).read_text("utf-8") for name in ("report.md", "report.fixlog"))
    assert "| a limit order waits |" in report
    assert "## Orders" in report
    assert re.search(r"> 8=FIX\.4\.4\|.*\|35=A\|.*\|553=\*\*\*\|554=\*\*\*\|", log)
    assert re.search(r"< 8=FIX\.4\.4\|.*\|35=8\|", log)
    for text in (report, log, outcome.stdout, outcome.stderr):
        assert secret not in text
        assert "u5er-Na" not in text


def test_a_made_up_venue_of_imix_passes_through_the_relay(tmp_path: Path) -> None:
    outcome = conformance(tmp_path, venue_folder(tmp_path, "IMIX.2.0"), "--json")
    assert (outcome.returncode, failures(outcome)) == (PASSED, {})


# --- wrong input -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere"], "no venue 'nowhere'"),
        (["simulator", "--pair", "USD/EUR"], "expected EUR/USD"),
        (["simulator", "--pair", "EURUSD"], "--pair 'EURUSD' is not a currency pair"),
        (["simulator", "--rate", "much"], "--rate 'much' is not a number"),
        (["simulator", "--rate", "0"], "--rate 0 is not a rate"),
        (["simulator", "--out", "no/such/folder/report.md"], "nothing was sent"),
        (["simulator", "--out", "report.fixlog"], "expected another"),
        (["simulator", "--connect", "127.0.0.1:1"], "say --yes"),
        (["simulator", "--connect", "127.0.0.1:1", "--yes"], "cannot be reached at 127.0.0.1:1"),
        (["currenex", "--connect", "127.0.0.1:1", "--yes"], "--rate"),
    ],
)
def test_wrong_input_is_said_and_nothing_is_sent(tmp_path: Path, arguments: list[str], said: str) -> None:
    outcome = conformance(tmp_path, *arguments)
    assert outcome.returncode == WRONG_INPUT
    assert said in outcome.stderr
    assert not list(tmp_path.rglob("*.seqnums"))
