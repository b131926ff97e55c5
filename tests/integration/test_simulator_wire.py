"""``python -m simulator`` as a process, and a real QuickFIX client on its loopback port."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import SimpleQueue
from threading import Thread

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}
WAIT_S = 20.0

TERMS = "55=EUR/USD|54=1|15=EUR|38=1000000|40=1|59=0|63=0|64=20261124|60=20261120-10:00:00.000"
Fields = dict[str, str]


class Process:
    """A child whose lines of output can be waited for."""

    def __init__(self, *arguments: str, cwd: Path) -> None:
        self.child = subprocess.Popen(
            [sys.executable, *arguments],
            cwd=cwd,
            env=ENVIRONMENT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.lines: SimpleQueue[str] = SimpleQueue()
        Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.child.stdout is not None
        for line in self.child.stdout:
            self.lines.put(line.rstrip("\n"))
        self.lines.put("+end")

    def next_line(self) -> str:
        return self.lines.get(timeout=WAIT_S)

    def end(self, number: int | None = None) -> tuple[int, str]:
        """Send a signal, if any, and wait for the end: exit code and standard error."""
        if number is not None:
            self.child.send_signal(number)
        assert self.child.stderr is not None
        code = self.child.wait(WAIT_S)
        return code, self.child.stderr.read()

    def close(self) -> None:
        if self.child.poll() is None:
            self.child.kill()
        self.child.wait(WAIT_S)
        for stream in (self.child.stdin, self.child.stdout, self.child.stderr):
            if stream is not None and not stream.closed:
                stream.close()


class Simulator(Process):
    def __init__(self, folder: Path, *options: str) -> None:
        super().__init__("-m", "simulator", "--port", "0", "--trade-date", "2026-11-20", *options, cwd=folder)
        self.ready = json.loads(self.next_line())


class Client(Process):
    def __init__(self, simulator: Simulator, folder: Path, sender: str = "ROBOT") -> None:
        store = folder / f"store-{sender}"
        script = str(Path(__file__).parent / "wire_client.py")
        super().__init__(script, str(simulator.ready["port"]), sender, str(store), cwd=folder)

    def send(self, msg_type: str, body: str) -> None:
        assert self.child.stdin is not None
        self.child.stdin.write(f"{msg_type} {body}\n")
        self.child.stdin.flush()

    def wait_for(self, wanted: Callable[[Fields], bool] | str) -> Fields:
        """The next message that is wanted, or the next line when it is a text; others are let by."""
        while True:
            line = self.next_line()
            if line == wanted:
                return {}
            assert line != "+end", f"the client has ended: {self.end()}"
            fields = dict(piece.split("=", 1) for piece in line.split("|") if "=" in piece)
            if callable(wanted) and wanted(fields):
                return fields

    def trade(self, cl_ord_id: str) -> Fields:
        self.send("D", f"11={cl_ord_id}|{TERMS}")
        return self.wait_for(lambda fields: fields.get("11") == cl_ord_id and fields.get("150") == "F")


Start = Callable[..., Simulator]
Connect = Callable[..., Client]


@pytest.fixture
def started() -> Iterator[list[Process]]:
    processes: list[Process] = []
    yield processes
    for process in reversed(processes):
        process.close()


@pytest.fixture
def start(started: list[Process], tmp_path: Path) -> Start:
    def run(*options: str) -> Simulator:
        simulator = Simulator(tmp_path, *options)
        started.append(simulator)
        return simulator

    return run


@pytest.fixture
def connect(started: list[Process], tmp_path: Path) -> Connect:
    def run(simulator: Simulator, sender: str = "ROBOT") -> Client:
        client = Client(simulator, tmp_path, sender)
        started.append(client)
        client.wait_for("+logon")
        return client

    return run


def rules(folder: Path, text: str) -> str:
    path = folder / "scenario.toml"
    path.write_text(f'title = "test"\n{text}', "utf-8")
    return str(path)


def test_order_is_acknowledged_filled_logged_and_reported(start: Start, connect: Connect, tmp_path: Path) -> None:
    simulator = start("--trade-log", "trades.jsonl")
    client = connect(simulator)
    client.send("D", f"11=A|{TERMS}")
    new = client.wait_for(lambda fields: fields["35"] == "8")
    assert (new["150"], new["39"], new["151"]) == ("0", "0", "1000000")
    fill = client.wait_for(lambda fields: fields["35"] == "8")
    assert (fill["150"], fill["39"], fill["32"], fill["151"]) == ("F", "2", "1000000", "0")
    (logged,) = [json.loads(line) for line in (tmp_path / "trades.jsonl").read_text("utf-8").splitlines()]
    assert logged == {
        "exec_id": fill["17"],
        "order_id": new["37"],
        "cl_ord_id": "A",
        "symbol": "EUR/USD",
        "side": "BUY",
        "currency": "EUR",
        "last_qty": "1000000",
        "last_px": fill["31"],
        "settl_date": "2026-11-24",
        "ts_ns": logged["ts_ns"],
    }


def test_questions_are_answered(start: Start, connect: Connect) -> None:
    client = connect(start())
    fills = [client.trade(f"A{number}") for number in range(3)]
    client.send("H", "11=A0|55=EUR/USD|54=1")
    assert client.wait_for(lambda fields: fields.get("150") == "I")["39"] == "2"
    client.send("AF", "584=M|585=7")
    none = client.wait_for(lambda fields: fields.get("584") == "M")
    assert (none["911"], none["912"]) == ("0", "Y")
    client.send("AD", "568=Q|569=1|263=0|580=1|75=20261120")
    assert client.wait_for(lambda fields: fields["35"] == "AQ")["748"] == "3"
    reports = [client.wait_for(lambda fields: fields["35"] == "AE") for _ in range(3)]
    assert [report["17"] for report in reports] == [fill["17"] for fill in fills]
    assert [report["381"] for report in reports] == [fill["381"] for fill in fills]
    assert [report.get("912") for report in reports] == [None, None, "Y"]


def test_resting_orders_can_be_replaced_and_canceled(start: Start, connect: Connect) -> None:
    client = connect(start("--scenario", "resting"))
    client.send("D", f"11=A|{TERMS}")
    client.wait_for(lambda fields: fields.get("150") == "0")
    client.send("G", f"11=B|41=A|{TERMS.replace('38=1000000', '38=2000000')}")
    replaced = client.wait_for(lambda fields: fields.get("150") == "5")
    assert (replaced["11"], replaced["41"], replaced["38"]) == ("B", "A", "2000000")
    client.send("F", "11=C|41=B|55=EUR/USD|54=1|38=2000000|60=20261120-10:00:00.000")
    assert client.wait_for(lambda fields: fields.get("150") == "4")["41"] == "B"
    client.send("F", "11=D|41=Z|55=EUR/USD|54=1|38=1|60=20261120-10:00:00.000")
    refused = client.wait_for(lambda fields: fields["35"] == "9")
    assert (refused["102"], refused["37"]) == ("1", "NONE")
    client.send("q", "11=E|530=7|60=20261120-10:00:00.000")
    assert client.wait_for(lambda fields: fields["35"] == "r")["533"] == "0"


def test_prices_come_as_snapshots_and_updates(start: Start, connect: Connect, tmp_path: Path) -> None:
    client = connect(start("--scenario", rules(tmp_path, "quote_interval_ms = 20\n")))
    client.send("V", "262=M|263=1|264=1|265=1|267=2|269=0|269=1|146=2|55=EUR/USD|55=USD/JPY")
    assert [client.wait_for(lambda fields: fields["35"] == "W")["55"] for _ in range(2)] == ["EUR/USD", "USD/JPY"]
    assert client.wait_for(lambda fields: fields["35"] == "X")["262"] == "M"


def test_repeated_id_never_trades_twice(start: Start, connect: Connect, tmp_path: Path) -> None:
    client = connect(start("--trade-log", "trades.jsonl"))
    client.trade("A")
    client.send("D", f"11=A|{TERMS}")
    again = client.wait_for(lambda fields: fields.get("150") == "8")
    assert (again["39"], again["103"]) == ("8", "6")
    assert len((tmp_path / "trades.jsonl").read_text("utf-8").splitlines()) == 1


def test_unreadable_order_is_answered_and_the_session_lives(start: Start, connect: Connect) -> None:
    client = connect(start())
    client.send("D", f"11=A|{TERMS.replace('EUR/USD', 'EURUSD')}")
    rejected = client.wait_for(lambda fields: fields["35"] == "j")
    assert (rejected["372"], rejected["379"], rejected["380"]) == ("D", "A", "0")
    assert client.trade("B")["39"] == "2"


def test_fill_of_an_absent_client_waits_for_its_next_logon(start: Start, connect: Connect, tmp_path: Path) -> None:
    cut = "[[rules]]\nwhen = { message = 'ExecutionReport', exec_type = 'TRADE', count = 1 }\n"
    client = connect(start("--scenario", rules(tmp_path, cut + "then = { action = 'disconnect' }\n")))
    fill = client.trade("A")
    assert fill["43"] == "Y", "it comes as a resend: the connection was cut before it could be sent"
    assert client.trade("B").get("43") is None


def test_logged_out_client_may_come_back(start: Start, connect: Connect, tmp_path: Path) -> None:
    cut = "[[rules]]\nwhen = { message = 'NewOrderSingle', count = 1 }\n"
    client = connect(start("--scenario", rules(tmp_path, cut + "then = { action = 'logout', text = 'Good night' }\n")))
    client.send("D", f"11=A|{TERMS}")
    assert client.wait_for(lambda fields: fields["35"] == "5")["58"] == "Good night"
    client.wait_for("+logon")
    assert client.trade("B")["39"] == "2"


def test_refused_logon_says_why_and_may_be_tried_again(start: Start, started: list[Process], tmp_path: Path) -> None:
    refuse = "[[rules]]\nwhen = { message = 'Logon', count = 1 }\nthen = { action = 'refuse_logon', text = 'Closed' }\n"
    client = Client(start("--scenario", rules(tmp_path, refuse)), tmp_path)
    started.append(client)
    assert "Closed" in client.wait_for(lambda fields: fields["35"] == "5")["58"]
    client.wait_for("+logon")


def test_venue_that_dies_has_logged_the_trade_it_did_not_report(start: Start, connect: Connect, tmp_path: Path) -> None:
    die = "[[rules]]\nwhen = { message = 'ExecutionReport', exec_type = 'TRADE', after = 1 }\n"
    simulator = start(
        "--scenario", rules(tmp_path, die + "then = { action = 'exit' }\n"), "--trade-log", "trades.jsonl"
    )
    client = connect(simulator)
    client.trade("A")
    client.send("D", f"11=B|{TERMS}")
    client.wait_for("+logout")
    assert simulator.end()[0] == 70
    logged = [json.loads(line) for line in (tmp_path / "trades.jsonl").read_text("utf-8").splitlines()]
    assert [trade["cl_ord_id"] for trade in logged] == ["A", "B"]


def test_two_clients_trade_side_by_side(start: Start, connect: Connect) -> None:
    simulator = start("--clients", "DESK1,DESK2")
    one, two = connect(simulator, "DESK1"), connect(simulator, "DESK2")
    assert one.trade("A")["37"] != two.trade("A")["37"]


def test_kept_store_survives_a_restart(start: Start, connect: Connect, started: list[Process], tmp_path: Path) -> None:
    first = start("--store", "store")
    client = connect(first)
    client.trade("A")
    client.close()
    assert first.end(signal.SIGTERM)[0] == 0
    second = start("--store", "store")
    again = Client(second, tmp_path)
    started.append(again)
    logon = again.wait_for(lambda fields: fields["35"] == "A")
    assert int(logon["34"]) > 3, "the venue's sequence numbers go on"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signal_ends_it_cleanly_with_a_client_on_line(start: Start, connect: Connect, number: signal.Signals) -> None:
    simulator = start()
    client = connect(simulator)
    client.trade("A")
    code, complaints = simulator.end(number)
    assert code == 0
    assert "Traceback" not in complaints
    client.wait_for("+logout")


def test_it_ends_with_whoever_holds_its_standard_input(start: Start) -> None:
    simulator = start("--until-stdin-closes")
    assert simulator.child.stdin is not None
    simulator.child.stdin.close()
    assert simulator.end()[0] == 0


def test_ready_line_is_the_only_line_on_standard_output(start: Start) -> None:
    simulator = start("--seed", "7")
    assert simulator.ready["ready"] is True
    assert simulator.ready["seed"] == 7
    with socket.create_connection(("127.0.0.1", simulator.ready["port"]), timeout=WAIT_S):
        pass
    assert simulator.end(signal.SIGTERM)[0] == 0
    assert simulator.next_line() == "+end"


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (["--scenario", "nonsense"], "partial_fills"),
        (["--dialect", "nonsense"], "nonsense"),
        (["--rates", "missing.csv"], "missing.csv"),
        (["--trade-log", "no/such/folder/t.jsonl"], "trade log"),
        (["--clients", "A,A"], "--clients"),
        (["--seed", "-1"], "--seed"),
        (["--port", "70000"], "--port"),
        (["--port", "many"], "--port"),
        (["--trade-date", "tomorrow"], "--trade-date"),
        (["--store", "taken"], "taken"),
    ],
)
def test_wrong_option_is_a_sentence_and_exit_2(
    started: list[Process], tmp_path: Path, options: list[str], problem: str
) -> None:
    (tmp_path / "taken").write_text("a file, no folder", "utf-8")
    process = Process("-m", "simulator", *options, cwd=tmp_path)
    started.append(process)
    code, complaint = process.end()
    assert code == 2
    assert problem in complaint
    assert "Traceback" not in complaint


def test_taken_port_is_a_sentence_and_exit_2(started: list[Process], tmp_path: Path) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        process = Process("-m", "simulator", "--port", str(holder.getsockname()[1]), cwd=tmp_path)
        started.append(process)
        code, complaint = process.end()
    assert code == 2
    assert "cannot listen on port" in complaint
