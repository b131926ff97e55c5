"""``python -m simulator.proxy``: faults of a FIX session, by the ``[[session]]`` rules of a scenario."""

import argparse
import os
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

import msgspec

from simulator.fault_log import FaultLog
from simulator.faults.scenario import load_scenario, scenario_names
from simulator.wire.proxy import Proxy
from trader.domain.errors import ConfigError

_PORTS = 2**16
_WRONG_INPUT = 2

_EXAMPLES = """\
examples:
  python -m simulator.proxy --listen 9877 --to 127.0.0.1:9876 --scenario session_drop
  python -m simulator.proxy --listen 0 --to venue.example:5001 --scenario my_faults.toml --fault-log faults.jsonl

Connect your FIX client to the port of --listen. One JSON line on standard output says when it accepts; Ctrl-C ends it.
With a bundled venue behind it, python -m simulator --scenario NAME starts both.
"""


def _arguments(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m simulator.proxy",
        description="Puts the session faults of a scenario on the wire between any FIX client and any venue.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add(
        "--listen",
        type=int,
        default=9877,
        metavar="PORT",
        help="on the loopback interface; 0 is any free (%(default)s)",
    )
    add("--to", required=True, metavar="HOST:PORT", help="where the venue listens")
    add("--scenario", required=True, metavar="NAME|FILE", help=f"a file, or one of {', '.join(scenario_names())}")
    add("--seed", type=int, default=1, help="seed of the rules' chances (%(default)s)")
    add("--fault-log", type=Path, metavar="FILE", help="append one JSON line for each message that a rule hits")
    return parser.parse_args(argv)


def _start(options: argparse.Namespace) -> Proxy:
    """Start the proxy that the options ask for.

    Raises:
        ConfigError: An option or a file is wrong.
    """
    host, _, port = options.to.rpartition(":")
    is_port = port.isascii() and port.isdigit() and 0 < int(port) < _PORTS
    if options.seed < 0 or not 0 <= options.listen < _PORTS or not host or not is_port:
        raise ConfigError("expected --seed 0 or more, --listen 0 to 65535 and --to HOST:PORT, like 127.0.0.1:9876")
    scenario = load_scenario(options.scenario)
    if not scenario.session:
        raise ConfigError(f"scenario {options.scenario!r} has no [[session]] rules: there is nothing to do on the wire")
    return Proxy(scenario, options.seed, host, int(port), options.listen, FaultLog(options.fault_log))


def main(argv: Sequence[str]) -> int:
    """Run until a signal; the exit code, which is 2 for wrong options or files."""
    options = _arguments(argv)
    try:
        proxy = _start(options)
    except ConfigError as error:
        sys.stderr.write(f"proxy: {error}\n")
        return _WRONG_INPUT
    ending = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _number, _frame: ending.set())
    ready = {"ready": True, "port": proxy.port, "pid": os.getpid(), "seed": options.seed}
    sys.stdout.write(msgspec.json.encode(ready).decode() + "\n")
    sys.stdout.flush()
    ending.wait()
    proxy.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
