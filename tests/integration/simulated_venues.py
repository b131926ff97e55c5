"""Folders of made-up venues, and ``python -m simulator`` that plays them."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

ROOT = Path(__file__).resolve().parents[2]
WAIT_S = 20.0
TRADE_DATE = "2026-11-20"

SESSION = """[SESSION]
BeginString={begin_string}
SenderCompID=ROBOT
TargetCompID=VENUE
SocketConnectHost=127.0.0.1
SocketConnectPort=9876
HeartBtInt=30
{more}
"""
DIALECT = """
name = "made-up"
simulated = true
title = "Made-up venue"
begin_string = "{begin_string}"
symbol_separator = "/"
side_of = "dealt_currency"
times_in_force = ["DAY", "GTC", "IOC", "FOK"]
reset = "{reset}"
order_types = {{ MARKET = "1", LIMIT = "2"{quoted} }}
{keys}
[products]
SPOT = {{ security_type = "{spot}", settl_type = "0" }}
FORWARD = {{ security_type = "{forward}", settl_type = "tenor" }}
{products}
[requests]
replace = true
order_status = true
mass_status = {later}
mass_cancel = {later}
trade_capture = {later}
market_data = true

[dictionary]
file = "{file}"
open_fields = [40, 63, 167]
{dictionary}
{sections}
"""
FILES = {
    "FIX.4.2": "FIX42.xml",
    "FIX.4.3": "FIX43.xml",
    "FIX.4.4": "FIX44.xml",
    "FIXT.1.1": "FIX50SP2.xml",
    "IMIX.2.0": "FIX50SP2.xml",
}


def venue_folder(
    folder: Path,
    begin_string: str = "FIX.4.4",
    *,
    reset: str = "when_refused",
    keys: str = "",
    products: str = "",
    sections: str = "",
    dictionary: str = "",
    session: str = "",
) -> Path:
    """A venue's folder: FIX of that version, with what is said besides in TOML."""
    with_transport = begin_string in ("FIXT.1.1", "IMIX.2.0")
    version = 'application_version = "FIX.5.0SP2"\n' if with_transport else ""
    text = DIALECT.format(
        begin_string=begin_string,
        reset=reset,
        keys=version + keys,
        spot="FXSPOT" if with_transport else "FOR",
        forward="FXFWD" if with_transport else "FOR",
        products=products,
        later="false" if begin_string == "FIX.4.2" else "true",
        file=FILES[begin_string],
        quoted=', PREVIOUSLY_QUOTED = "D"' if "[quotes]" in sections else "",
        dictionary=dictionary,
        sections=sections,
    )
    venue = folder / "made-up"
    venue.mkdir()
    (venue / "dialect.toml").write_text(text, "utf-8")
    (venue / "session.cfg").write_text(SESSION.format(begin_string=begin_string, more=session), "utf-8")
    return venue


class Simulator:
    """The process, from its ready line to the end of the block."""

    def __init__(self, venue: Path, *options: str) -> None:
        command = [sys.executable, "-m", "simulator", "--port", "0", "--trade-date", TRADE_DATE, "--dialect"]
        self._child = subprocess.Popen(
            [*command, str(venue), *options],
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Self:
        assert self._child.stdout is not None
        line = self._child.stdout.readline()
        if not line:
            complaint = self._complaint()
            self._close()
            raise AssertionError(complaint)
        self.port: int = json.loads(line)["port"]
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._child.poll() is None:
            self._child.send_signal(signal.SIGKILL)
        if error is not None:
            error.add_note(f"the simulator said: {self._complaint()}")
        self._close()

    def _close(self) -> None:
        self._child.wait(WAIT_S)
        for stream in (self._child.stdout, self._child.stderr):
            assert stream is not None
            stream.close()

    def _complaint(self) -> str:
        assert self._child.stderr is not None
        return self._child.stderr.read()
