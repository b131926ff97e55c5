"""``trader run`` against a venue that misbehaves: one sentence, the right exit code, nothing sent, no secret left."""

import json
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.integration.raw_venue import RawVenue
from trader.adapters.resources import examples_dir, fix_config_dir
from trader.app.folder import DataFolder

PASSWORD = "s3cret-Pa55"  # noqa: S105 -- what the tests look for everywhere
SESSION = """[DEFAULT]
ReconnectInterval=1
NonStopSession=Y
[SESSION]
BeginString=FIX.4.4
SenderCompID=ROBOT
TargetCompID=SIMULATOR
SocketConnectHost=127.0.0.1
SocketConnectPort={port}
HeartBtInt=30
Username=robot
Password=$(VENUE_PASSWORD)
"""
BATCH = "row_id,product,pair,side,dealt_currency,amount,order_type\nR-1,SPOT,EUR/USD,BUY,EUR,100000,MARKET\n"
WRONG_INPUT, INCOMPLETE, UNKNOWN, INTERRUPTED = 2, 1, 3, 130
PRINTS_AT_EXIT = "import atexit; atexit.register(print, 'the interpreter ended')"


@dataclass(frozen=True, slots=True)
class Outcome:
    code: int
    out: str
    err: str


class Desk:
    """A folder with a batch, a configuration and a venue with a password."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder = folder
        self.data = folder / "data"
        example = (examples_dir() / "trader.toml").read_text("utf-8")
        limits = json.dumps(str(examples_dir() / "limits.csv"))
        rules = json.dumps(str(examples_dir() / "rules.txt"))
        config = example.replace('"limits.csv"', limits).replace('"rules.txt"', rules)
        config = config.replace("[batch]", "[batch]\nlogon_s_max = 1")
        (folder / "trader.toml").write_text(config, "utf-8")
        (folder / "batch.csv").write_text(BATCH, "utf-8")
        (folder / "venue").mkdir()
        (folder / "venue" / "session.cfg").write_text(SESSION.format(port=port), "utf-8")
        dialect = (fix_config_dir("simulator") / "dialect.toml").read_text("utf-8")
        assert "when_refused" in dialect
        # A venue that forgets nothing, unlike the simulator.
        (folder / "venue" / "dialect.toml").write_text(dialect.replace("when_refused", "new_store"), "utf-8")

    @contextmanager
    def running(self) -> Iterator[subprocess.Popen[bytes]]:
        """A running ``trader run``; should the interpreter ever end by itself, it prints so."""
        code = f"{PRINTS_AT_EXIT}; from trader.cli import main; main()"
        options = ["run", "batch.csv", "--venue", "./venue", "--trade-date", "2026-11-20"]
        process = subprocess.Popen(
            [sys.executable, "-c", code, *options, "--data", str(self.data), "--json"],
            cwd=self.folder,
            env=os.environ | {"VENUE_PASSWORD": PASSWORD},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        try:
            yield process
        finally:
            process.kill()
            process.communicate()

    def run(self, say: Callable[[], object] = lambda: None) -> Outcome:
        """``trader run`` to its end, while the venue says what it says; no process may leave a secret."""
        with self.running() as process:
            say()
            return self.end(process)

    def end(self, process: subprocess.Popen[bytes]) -> Outcome:
        """What it left behind, once it has ended by itself."""
        out, err = process.communicate(timeout=30)
        self.find_no_secret(out, err)
        assert b"the interpreter ended" not in out
        return Outcome(process.returncode, out.decode(), err.decode())

    def find_no_secret(self, *outputs: bytes) -> None:
        """Every byte of the data folder and of what was said."""
        contents = [path.read_bytes() for path in self.data.rglob("*") if path.is_file()]
        assert contents, "there is a data folder, with a lock at least"
        for content in (*contents, *outputs):
            assert PASSWORD.encode() not in content


@pytest.fixture
def venue() -> Iterator[RawVenue]:
    with RawVenue() as raw:
        yield raw


@pytest.fixture
def desk(tmp_path: Path, venue: RawVenue) -> Desk:
    return Desk(tmp_path, venue.port)


def sentence(outcome: Outcome) -> str:
    """The only error, which is also said to a person."""
    assert outcome.code == WRONG_INPUT, outcome
    (error,) = json.loads(outcome.out)["errors"]
    assert error["problem"] in outcome.err
    assert "Traceback" not in outcome.err
    return str(error["problem"])


def answer_logon(venue: RawVenue, text: str) -> None:
    """Refuse the logon; it has to carry the credentials."""
    venue.accept()
    logon = venue.receive("A")
    assert (logon[553], logon[554]) == ("robot", PASSWORD)
    venue.log_out(text)


def take_order(venue: RawVenue) -> int:
    """Log on, say that nothing was dealt, quote, and take the order; its MsgSeqNum(34)."""
    venue.log_on()
    venue.has_dealt_nothing()
    subscription = venue.receive("V")
    venue.send("W", f"262={subscription[262]}|55=EUR/USD|268=2|269=0|270=1.15|271=5|269=1|270=1.16|271=7")
    return venue.receive("D").seq


def play(venue: RawVenue, on_order: Callable[[RawVenue, int], None]) -> None:
    """Log on, quote, let ``on_order`` answer the order, report no trades, log out."""
    on_order(venue, take_order(venue))
    venue.has_nothing(venue.receive_until(lambda message: message.type == "AD")[-1])
    venue.answer_logout()


def test_a_refused_logon_is_one_sentence_and_nothing_is_sent(desk: Desk, venue: RawVenue) -> None:
    said = sentence(desk.run(lambda: answer_logon(venue, "invalid user or password")))
    assert said == "the venue simulator refused the logon: invalid user or password"


def test_sequence_numbers_that_have_parted_are_explained(desk: Desk, venue: RawVenue) -> None:
    said = sentence(desk.run(lambda: answer_logon(venue, "MsgSeqNum too low, expecting 5 but received 1")))
    assert "MsgSeqNum too low, expecting 5 but received 1" in said
    assert "trader session status --venue simulator" in said


def test_a_number_that_was_used_before_suspends_the_batch_at_once_and_nothing_connects_again(
    desk: Desk, venue: RawVenue
) -> None:
    def say_it_again() -> None:
        take_order(venue)
        venue.send("8", "37=O1|58=again", seq=1)
        venue.receive_until(lambda message: message.type == "5")

    outcome = desk.run(say_it_again)
    assert outcome.code == UNKNOWN, outcome
    assert json.loads(outcome.out)["lines"]["unknown"] == 1
    assert "we expected 5 as simulator's next sequence number, and it was 1" in outcome.err
    assert "trader session status" in outcome.err


def test_a_refusal_with_line_feeds_forges_no_line(desk: Desk, venue: RawVenue) -> None:
    outcome = desk.run(lambda: answer_logon(venue, "no\ntrader: 100 lines: 100 filled\x1b[2K"))
    assert r"no\ntrader: 100 lines: 100 filled\x1b[2K" in sentence(outcome)
    assert not [line for line in outcome.err.splitlines() if line.startswith("trader: 100 lines")]


def test_a_venue_that_is_not_there_is_named(desk: Desk, venue: RawVenue) -> None:
    venue.close()
    said = sentence(desk.run())
    assert said.startswith(f"the venue simulator cannot be reached at 127.0.0.1:{venue.port}: Connection refused")
    assert "session.cfg" in said


def test_a_venue_that_never_answers_the_logon_is_given_up(desk: Desk, venue: RawVenue) -> None:
    said = sentence(desk.run(venue.accept))
    assert "no logon came back in 1 s" in said
    assert "SenderCompID" in said


def test_a_venue_that_hangs_up_on_the_logon_is_named(desk: Desk, venue: RawVenue) -> None:
    def hang_up() -> None:
        venue.accept()
        venue.hang_up()

    assert sentence(desk.run(hang_up)).endswith("refused the logon: it ended the connection without a word")


def test_a_second_process_on_the_same_folder_is_refused(desk: Desk) -> None:
    holder = DataFolder(desk.data)
    try:
        said = sentence(desk.run())
    finally:
        holder.close()
    assert f"is in use by process {os.getpid()}; two robots on one journal would trade twice" in said


def test_an_order_that_the_session_layer_rejects_is_closed_at_once(desk: Desk, venue: RawVenue) -> None:
    """The venue's Reject(3) names nothing but a sequence number; its text tries to forge a line."""
    outcome = desk.run(lambda: play(venue, lambda raw, number: raw.send("3", f"45={number}|58=no such\ntrader: field")))
    assert outcome.code == INCOMPLETE, outcome
    facts = json.loads(outcome.out)
    assert facts["lines"]["rejected"] == 1
    assert facts["reconciled"]
    assert facts["stages_ms"]["first_ack"] < 1_000
    assert r"no such\ntrader: field" in outcome.err
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in desk.data.rglob("*")}
    assert {path.name for path, mode in modes.items() if mode not in (0o600, 0o700)} == set()


def test_an_interrupt_before_the_logon_ends_the_run_with_its_own_code(desk: Desk, venue: RawVenue) -> None:
    """Importing quickfix takes the handler away from the operating system, and the process would just vanish."""
    with desk.running() as process:
        venue.accept()
        process.send_signal(signal.SIGINT)
        assert desk.end(process).code == INTERRUPTED


def test_an_interrupt_during_the_run_stops_the_batch(desk: Desk, venue: RawVenue) -> None:
    def interrupt(raw: RawVenue, number: int) -> None:
        process.send_signal(signal.SIGINT)
        raw.receive("F")
        raw.send("3", f"45={number}|58=no such field")

    with desk.running() as process:
        play(venue, interrupt)
        outcome = desk.end(process)
    assert outcome.code == INCOMPLETE, outcome
    assert "stopping: nothing new is sent, live orders are canceled" in outcome.err


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_thirty_runs_end_with_their_own_code(desk: Desk, venue: RawVenue) -> None:
    """The interpreter's own end crashes QuickFIX about every tenth time; each test above shows one run without it."""
    codes = []
    for number in range(30):
        desk.data = desk.folder / f"data-{number}"
        outcome = desk.run(lambda: play(venue, lambda raw, seq: raw.send("3", f"45={seq}|58=no")))
        codes.append(outcome.code)
        venue.hang_up()
    assert codes == [INCOMPLETE] * 30
