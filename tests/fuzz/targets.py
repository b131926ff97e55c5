"""What is fuzzed: each door through which bytes of others come in, and what may come of any bytes at all.

A target takes bytes and returns when what came of them is allowed: a value, or the refusal that the door is documented
to give. Everything else, any other exception first of all, is a defect. Its seeds are real inputs to begin from: the
golden logs, the examples, the shipped profiles.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path

import msgspec

from risk.limits.book import Limit
from risk.limits.file import parse_limits
from risk.limits.versions import notices, structure_problems
from risk.people.actions import Action, GrantOverride, ImportLimits, LaunchBatch, RaiseLimit, Role, SetRoles
from risk.people.people import request_id_of
from risk.reasons import ReasonCode
from risk.rules.book import RuleBook
from risk.rules.parse import parse_rules
from risk.stops.stops import EVERYTHING, State
from simulator.faults.scenario import parse_scenario
from simulator.wire.messages_in import BusinessReject, RequestReader
from tests.unit.engine_cases import ROOT, SECOND, Wire, shipped
from tests.unit.risk_cases import NOW
from trader.adapters.calendars import load_calendars
from trader.adapters.resources import stock_dictionary
from trader.adapters.session_config import load_session_config
from trader.app.channel import Line, answer_line
from trader.batch.batch import LineDefaults, validate
from trader.batch.errors import BatchError
from trader.batch.table import read_table
from trader.batch.totals import read_totals
from trader.domain.calendars import Calendars
from trader.domain.errors import ConfigError
from trader.engine import inputs
from trader.engine.inputs import COMMAND_TYPES, INPUT_TYPES, FixReceived, Input
from trader.fix.begin_string import with_begin_string
from trader.fix.decode import Decoder
from trader.fix.dialect import Dialect
from trader.fix.dialect_file import parse_dialect
from trader.fix.dictionary import session_dictionary
from trader.fix.encode import Encoder
from trader.fix.text import SOH, readable
from trader.journal.codec import Codec, CodecError
from trader.journal.state_hash import state_hash

TRADE_DATE = date(2026, 11, 20)
LINES_MAX = 10_000
VENUES = ("simulator", "bank_rfs_44", "bank_rfs_50sp2", "bank_linked_42", "lmax", "cboe_fx", "360t_rfs", "cfets")
_VENUE_LINE = re.compile(r"^# dialect: (\S+)$", re.MULTILINE)
_CODEC = Codec(INPUT_TYPES)
_EXAMPLES = ROOT / "examples"
_HASH = "f" * 64
_ACTIONS: tuple[Action, ...] = (
    SetRoles("rita", (Role.RISK,)),
    SetRoles("rolf", (Role.RISK,)),
    LaunchBatch("HC6TX7N45Z", _HASH, _HASH, ()),
    GrantOverride(_HASH, 1, ReasonCode.ORDER_SIZE, "book=SALES", Decimal(200_000), NOW + SECOND),
    RaiseLimit(ReasonCode.VOLUME_DAY, (("book", "SALES"),), "max", Decimal(1), NOW, NOW + SECOND),
    ImportLimits("limits.csv", _HASH, _HASH, _HASH, (Limit("VOLUME_DAY", (("book", "*"),), "max", "1"),)),
)


@dataclass(frozen=True, slots=True)
class Target:
    """One door.

    Attributes:
        about: What comes in there.
        take: Lets the bytes in; raises only where something is wrong with us.
        seeds: Real inputs.
    """

    about: str
    take: Callable[[bytes], None]
    seeds: Callable[[], Iterator[bytes]]


@cache
def _dialects() -> tuple[Dialect, ...]:
    return tuple(map(shipped, VENUES))


@cache
def _decoders() -> tuple[Decoder, ...]:
    return tuple(map(Decoder, _dialects()))


@cache
def _request_readers() -> tuple[RequestReader, ...]:
    return tuple(map(RequestReader, _dialects()))


@cache
def _calendars() -> Calendars:
    return load_calendars({"EUR", "USD", "JPY", "GBP", "CHF", "CNY", "INR", "XAU"}, 2026, 2028)


def _from_the_wire(content: bytes) -> str:
    """Bytes as QuickFIX hands them to Python."""
    return content.decode("utf-8", "surrogateescape")


def _decode(content: bytes) -> None:
    """The first byte chooses the venue, the others are a message."""
    if not content:
        return
    text = readable(_from_the_wire(content[1:]))
    assert text.replace(SOH, "").isprintable(), "a person could not read it, or it could forge a line"
    _CODEC.encode(FixReceived("venue", text))
    events = _decoders()[content[0] % len(VENUES)].decode(text)
    assert isinstance(events, tuple)


def _request(content: bytes) -> None:
    """The same at the simulator's end, where nothing is made readable first."""
    if not content:
        return
    reader = _request_readers()[content[0] % len(VENUES)]
    text = _from_the_wire(content[1:])
    session, request = reader.read(text)
    assert isinstance(session, str)
    assert isinstance(reader.refuse(text, "0", "no"), BusinessReject)
    assert request is not None


def _session(content: bytes) -> None:
    """Lines are messages of the simulator to a robot that has a batch with it: the engine never raises."""
    wire = Wire()
    wire.submit()
    for line in content.split(b"\n")[:40]:
        text = readable(_from_the_wire(line))
        wire.take(FixReceived(wire.name, text))
    state_hash(wire.engine)


def _relay(content: bytes) -> None:
    """Whatever pieces come, nothing is lost but what is rewritten, and what waits is a part of what came."""
    ready, waits = with_begin_string(content, "IMIX.2.0", "FIXT.1.1")
    assert content.endswith(waits)
    assert len(ready) + len(waits) == len(content)


def _batch(content: bytes) -> None:
    with suppress(BatchError):
        table = read_table(content, "batch", LINES_MAX)
        validate(table, TRADE_DATE, _calendars(), LineDefaults("HOUSE", "ACC-0"))


def _totals(content: bytes) -> None:
    with suppress(UnicodeDecodeError, BatchError):
        read_totals(content.decode("utf-8"))


def _limits(content: bytes) -> None:
    try:
        book = parse_limits(content, "limits.csv")
    except ConfigError:
        return
    structure_problems(book, NOW)
    notices(book, NOW)


def _rules(content: bytes) -> None:
    with suppress(UnicodeDecodeError, ConfigError):
        RuleBook(parse_rules(content.decode("utf-8"), "rules.txt", "USD"))


def _scenario(content: bytes) -> None:
    with suppress(UnicodeDecodeError, ConfigError):
        parse_scenario(content.decode("utf-8"), "scenario.toml")


def _dialect(content: bytes) -> None:
    try:
        dialect = parse_dialect(content.decode("utf-8"), "dialect.toml")
        session_dictionary(stock_dictionary(dialect), dialect)
    except (UnicodeDecodeError, ConfigError):
        return
    Decoder(dialect)
    Encoder(dialect)
    RequestReader(dialect)


def _session_file(content: bytes) -> None:
    with suppress(ConfigError):
        load_session_config(Path("session.cfg"), content=content)


def _control(content: bytes) -> None:
    """What lines on the control socket can do to an engine: it is journaled first, so it must never raise."""
    wire = Wire()

    def take(value: Input) -> None:
        _CODEC.decode(*_CODEC.encode(value))
        wire.take(value)

    for line in content.split(b"\n")[:20]:
        assert msgspec.json.decode(answer_line(line, "anna", take))
    state_hash(wire.engine)


def _journal(content: bytes) -> None:
    """The kind up to the first line feed, then the payload: read, or refused; and what was read is written the same."""
    kind, _, payload = content.partition(b"\n")
    try:
        value = _CODEC.decode(kind.decode("ascii", "replace"), payload)
    except CodecError:
        return
    written = _CODEC.encode(value)
    assert _CODEC.encode(_CODEC.decode(*written)) == written


def _golden(sign: str) -> Iterator[tuple[str, str]]:
    """The messages of the golden logs, of the venue or of ours, with the venue's name."""
    for path in sorted([*ROOT.glob("tests/golden/*.fixlog"), *ROOT.glob("fix_configs/*/golden/*.fixlog")]):
        text = path.read_text("utf-8")
        named = _VENUE_LINE.search(text)
        venue = named[1] if named else VENUES[0]
        for line in text.splitlines():
            if line.startswith(sign + " "):
                yield venue, line[2:].replace("|", SOH) + SOH


def _messages(sign: str) -> Iterator[bytes]:
    for venue, message in _golden(sign):
        index = VENUES.index(venue) if venue in VENUES else 0
        yield bytes([index]) + message.encode("utf-8", "surrogateescape")


def _said() -> Iterator[bytes]:
    return _messages("<")


def _asked() -> Iterator[bytes]:
    return _messages(">")


def _sessions() -> Iterator[bytes]:
    for path in sorted(ROOT.glob("tests/golden/*.fixlog")):
        lines = [line[2:].replace("|", SOH) for line in path.read_text("utf-8").splitlines() if line.startswith("< ")]
        yield "\n".join(lines).encode()


def _streams() -> Iterator[bytes]:
    yield b"8=IMIX.2.0\x019=5\x0135=0\x0110=005\x01" * 2
    yield b"8=IMIX.2.0\x019=500\x0135=0\x01"
    yield b"noise8=IMIX.2.0\x019=5\x0135=0\x0110=5\x01"


def _files(*patterns: str, size_max: int = 50_000) -> Callable[[], Iterator[bytes]]:
    def seeds() -> Iterator[bytes]:
        for pattern in patterns:
            for path in sorted(ROOT.glob(pattern)):
                content = path.read_bytes()
                if len(content) <= size_max:
                    yield content

    return seeds


def _batches() -> Iterator[bytes]:
    """Small files, so that a run gets through many: the head of the long ones, and each bad one whole."""
    for name in ("batch-100.csv", "batch-products.csv"):
        yield b"".join((_EXAMPLES / name).read_bytes().splitlines(keepends=True)[:12])
    yield from _files("examples/batch-100.xlsx", "examples/bad/*.csv", "examples/bad/*.xlsx")()


def _limit_files() -> Iterator[bytes]:
    """By pieces under the header, for the same reason."""
    header, *rows = (_EXAMPLES / "limits" / "limits.csv").read_bytes().splitlines(keepends=True)
    for begin in range(0, len(rows), 12):
        yield header + b"".join(rows[begin : begin + 12])


def _commands() -> Iterator[bytes]:
    codec = Codec(COMMAND_TYPES)
    encoded = map(codec.encode, _command_values())
    lines = [msgspec.json.encode(Line(kind, msgspec.Raw(payload))) for kind, payload in encoded]
    yield from lines
    yield b"\n".join(lines)


def _command_values() -> Iterator[Input]:
    yield inputs.KillRequested(EVERYTHING, State.HALTED, "anna", "a rehearsal")
    yield inputs.ResumeRequested(EVERYTHING, "anna", "over")
    yield inputs.StopRequested("HC6TX7N45Z", "anna", "wrong file")
    yield inputs.AlertAcknowledged("1-1", 1, "anna", "seen")
    yield inputs.AlertMuted("1-2", 1, "anna", NOW + 60 * SECOND)
    for action in _ACTIONS:
        yield inputs.ActionRequested(request_id_of(action), action, "rita", "because")
        yield inputs.ActionDecided(request_id_of(action), approved=True, who="rolf", reason="agreed")


def _records() -> Iterator[bytes]:
    wire = Wire()
    wire.submit()
    for value in (*[value for _, value in wire.journal], *_command_values()):
        kind, payload = _CODEC.encode(value)
        yield kind.encode() + b"\n" + payload


TARGETS = {
    "decode": Target("messages of a venue", _decode, _said),
    "request": Target("messages of a robot, at the simulator", _request, _asked),
    "session": Target("a whole session of a venue, through the engine", _session, _sessions),
    "relay": Target("the stream through the relay for IMIX", _relay, _streams),
    "batch": Target("batch files, CSV and XLSX", _batch, _batches),
    "totals": Target("totals files", _totals, _files("examples/*.totals.toml")),
    "limits": Target("files of limits", _limits, _limit_files),
    "rules": Target("files of rules", _rules, _files("examples/rules.txt")),
    "scenario": Target("scenarios of the simulator", _scenario, _files("simulator/scenarios/**/*.toml")),
    "dialect": Target("dialects of venues", _dialect, _files("fix_configs/*/dialect.toml")),
    "settings": Target("session.cfg", _session_file, _files("fix_configs/*/session.cfg")),
    "control": Target("lines on the control socket, through the engine", _control, _commands),
    "journal": Target("records of the journal", _journal, _records),
}
