"""``python -m simulator``: the venue, alone, as a process of its own."""

import argparse
import os
import signal
import socket
import sys
import traceback
from collections.abc import Callable, Sequence
from datetime import date
from functools import cache, partial
from pathlib import Path
from threading import Thread
from typing import NoReturn

import msgspec
from msgspec import structs

from simulator.fault_log import FaultLog
from simulator.faults.catalog import catalog_json, catalog_text
from simulator.faults.scenario import Scenario, load_scenario
from simulator.market.market import Market
from simulator.market.rates import ecb_opening, read_rates
from simulator.memory import Memory, Opening
from simulator.trade_log import TradeLog
from simulator.venue.venue import Venue
from simulator.wire.acceptor import CRASHED, Listening, WireSimulator
from simulator.wire.admission import Admission
from simulator.wire.deal_in import leaves_spot_date
from simulator.wire.messages_in import RequestReader
from simulator.wire.session_settings import LOOPBACK, Names, names_in
from trader.adapters.calendars import load_calendars
from trader.adapters.clock import now_ns
from trader.adapters.ecb import ecb_rates
from trader.adapters.resources import fix_config_dir
from trader.domain.calendars import Calendars
from trader.domain.currency import MARKET_ORDER, CurrencyPair
from trader.domain.errors import ConfigError, DomainError
from trader.domain.moments import NS_PER_MS
from trader.domain.value_date import spot_date, trade_date_at
from trader.fix.dialect_file import parse_dialect

WRONG_INPUT = 2
_PORTS = 2**16

_CLIENTS = "ROBOT,BARE," + ",".join(f"ROBOT{number}" for number in range(1, 10))

_EXAMPLES = """\
examples:
  python -m simulator                              the plain venue on port 9876
  python -m simulator --port 0 --seed 7            any free port; the ready line says which
  python -m simulator --scenario partial_fills     a bundled scenario
  python -m simulator --scenario trades_busted     trades that are taken back half a second later
  python -m simulator --scenario my_faults.toml    your own
  python -m simulator --list-scenarios             what is bundled; --json adds what a good client does about each
  python -m simulator --scenario session_drop      with faults on the wire between the client and the venue
  python -m simulator --dialect my_venue/          another venue, by the folder of its profile
  python -m simulator --clients DESK1,DESK2 --trade-log trades.jsonl

Log on as the profile's session.cfg does; --clients lets in more SenderCompIDs. For the bundled simulator that is
BeginString FIX.4.4 and TargetCompID SIMULATOR. One JSON line on standard output says when it accepts; everything else
goes to standard error. Ctrl-C ends it.
"""


def _arguments(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m simulator",
        description="A simulated FX venue that speaks FIX: quotes, orders, fills, trade reports, and faults on demand.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--port", type=int, default=9876, help="TCP port on the loopback interface; 0 takes any free one (%(default)s)")
    add("--seed", type=int, default=1, help="seed of prices, ids and chances (%(default)s)")
    add("--scenario", default="plain", metavar="NAME|FILE", help="a file, or one of --list-scenarios (%(default)s)")
    add("--dialect", default="simulator", metavar="NAME|FOLDER", help="the venue to play (%(default)s)")
    add("--rates", type=Path, metavar="FILE", help="opening rates: CSV with currency,rate or pair,bid,offer")
    add("--trade-log", type=Path, metavar="FILE", help="append one JSON line per trade, durable before its report")
    add("--fault-log", type=Path, metavar="FILE", help="append one JSON line for each message hit on the wire")
    add("--trade-date", type=date.fromisoformat, metavar="DATE", help="TradeDate(75); today's by the New York roll")
    add("--clients", default=_CLIENTS, metavar="A,B", help="more SenderCompIDs that may log on (%(default)s)")
    add("--store", type=Path, metavar="DIR", help="keep what happens here: a venue that is killed comes back the same")
    add("--keep-hours", action="store_true", help="let nobody in during the venue's maintenance; else it never closes")
    add("--list-scenarios", action="store_true", help="say what is bundled, and end")
    add("--json", action="store_true", help="the list of scenarios as JSON, with what a good client does about each")
    add("--until-stdin-closes", action="store_true", help="end when standard input closes: with whoever started it")
    options = parser.parse_args(argv)
    if options.json and not options.list_scenarios:
        parser.error("--json goes with --list-scenarios; a venue that runs says one JSON line anyway")
    return options


def _start(options: argparse.Namespace) -> tuple[WireSimulator, int]:
    """Build everything from the options; the venue, and the port that clients connect to.

    Raises:
        ConfigError: An option or a file is wrong.
    """
    more_clients = [client.strip() for client in options.clients.split(",") if client.strip()]
    if options.seed < 0 or not 0 <= options.port < _PORTS or len(set(more_clients)) != len(more_clients):
        raise ConfigError("expected --seed 0 or more, --port 0 to 65535 and --clients with different names")
    folder = fix_config_dir(options.dialect)
    dialect = parse_dialect(_text(folder / "dialect.toml"), str(folder / "dialect.toml"))
    names = names_in(_text(folder / "session.cfg"), os.environ, str(folder / "session.cfg"))
    scenario = load_scenario(options.scenario)
    rates = read_rates(_text(options.rates), str(options.rates)) if options.rates else ecb_opening(*ecb_rates())
    if options.fault_log and not scenario.session:
        raise ConfigError(
            f"--fault-log: scenario {options.scenario!r} has no [[session]] rules that could hit a message"
        )
    trade_date = options.trade_date or trade_date_at(now_ns())
    memory = Memory(options.store, Opening(now_ns(), options.seed, trade_date, scenario))
    start_ns = memory.opening.start_ns
    market = Market(options.seed, rates, trade_date, start_ns, dialect.rate_decimals)
    venue = Venue(options.seed, dialect, market, scenario, trade_date, start_ns)
    if leaves_spot_date(dialect):
        _calendars(trade_date)  # else the first orders would wait for them
    reader = RequestReader(dialect, names.venue_desk, partial(_spot_date, trade_date))
    if scenario.pace is not None:
        dialect = structs.replace(dialect, pace=scenario.pace)
    ready_delay_ns = round(scenario.ready_delay_ms * NS_PER_MS)
    admission = Admission(dialect, keeps_hours=options.keep_hours, ready_delay_ns=ready_delay_ns)
    # With faults on the wire the clients connect to a proxy, and only that to the venue.
    own_port = 0 if scenario.session else options.port
    clients = _clients(names, [*more_clients, *sorted(scenario.copied_to)])
    listening = Listening(own_port, names.venue, clients, options.store)
    trade_log = TradeLog(options.trade_log)
    wire = WireSimulator(venue, dialect, reader, admission, scenario, options.seed, trade_log, memory, listening)
    port = _behind_proxy(scenario, wire.port, options) if scenario.session else wire.port
    sys.stderr.write(
        f"{dialect.title}: {scenario.title}; {rates.source}; trade date {trade_date}\n"
        f"{names.venue} listens on {LOOPBACK}:{port} for {', '.join(listening.clients)}\n"
    )
    return wire, port


def _behind_proxy(scenario: Scenario, venue_port: int, options: argparse.Namespace) -> int:
    """Put the scenario's session faults in front of the venue: the port that clients connect to."""
    from simulator.wire.proxy import Proxy  # noqa: PLC0415 -- no other venue needs asyncio to be loaded

    fault_log = FaultLog(options.fault_log)
    return Proxy(scenario, options.seed, LOOPBACK, venue_port, options.port, fault_log).port


def _clients(names: Names, more: Sequence[str]) -> tuple[str, ...]:
    """Who may log on: the profile's own client, and who else was named.

    Raises:
        ConfigError: Nobody.
    """
    clients = tuple(dict.fromkeys(client for client in (names.client, *more) if client))
    if not clients:
        raise ConfigError("nobody may log on: session.cfg names no SenderCompID; expected one, or --clients")
    return clients


@cache
def _calendars(trade_date: date) -> Calendars:
    """The banks' calendars, loaded when a spot date is first left to the venue: they are no small part of the start."""
    return load_calendars(MARKET_ORDER, trade_date.year, trade_date.year + 1)


@cache
def _spot_date(trade_date: date, pair: CurrencyPair) -> date:
    return spot_date(pair, trade_date, _calendars(trade_date))


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read: {error}") from error


def main(argv: Sequence[str]) -> NoReturn:
    """Run until a signal, and leave the process.

    The exit code is 0 after SIGINT or SIGTERM, 2 for wrong options or files, 70 for anything unforeseen.
    """
    options = _arguments(argv)
    if options.list_scenarios:
        sys.stdout.write(catalog_json() if options.json else catalog_text())
        sys.exit(0)
    code = CRASHED
    try:
        wire, port = _start(options)
        _serve(wire, port, options)
        code = 0
    except (ConfigError, DomainError) as error:
        sys.stderr.write(f"simulator: {error}\n")
        code = WRONG_INPUT
    except Exception:  # noqa: BLE001 -- a bug or a full disk: said here, because the way out below says nothing
        traceback.print_exc()
    sys.stderr.flush()
    # Here and now: `wire` is still alive, and destroying it, or an interpreter, under quickfix's threads can crash.
    os._exit(code)


def _serve(wire: WireSimulator, port: int, options: argparse.Namespace) -> None:
    ending = _ending_signals()
    _when_done(lambda: ending.recv(1), wire)
    if options.until_stdin_closes:
        _when_done(sys.stdin.buffer.read, wire)
    ready = {"ready": True, "port": port, "pid": os.getpid(), "seed": options.seed}
    sys.stdout.write(msgspec.json.encode(ready).decode() + "\n")
    sys.stdout.flush()
    wire.run()


def _ending_signals() -> socket.socket:
    """A socket that becomes readable with SIGINT or SIGTERM, whatever the main thread is doing.

    A handler alone would not do: Python runs it on the main thread, and a signal that comes just before that thread
    begins to wait would be seen only when the wait is over. Call it after importing quickfix, which resets handlers.
    """
    readable, writable = socket.socketpair()
    writable.setblocking(False)
    signal.set_wakeup_fd(writable.detach())
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _number, _frame: None)
    return readable


def _when_done(wait: Callable[[], object], wire: WireSimulator) -> None:
    """Stop the simulator as soon as ``wait`` returns."""

    def watch() -> None:
        wait()
        wire.stop()

    Thread(target=watch, daemon=True).start()


if __name__ == "__main__":
    main(sys.argv[1:])
