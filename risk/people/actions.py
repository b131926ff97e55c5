"""What needs two persons, and which roles they have. Whatever no line of the table allows is not allowed."""

import re
from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Any, NamedTuple

import msgspec
from msgspec import Struct

from risk.limits.book import Limit
from risk.people.signatures import AcceptBreaks, ApproveConfiguration, DismissOrphan, ResetSession, SettleOrder
from risk.reasons import Finding, ReasonCode
from trader.domain.ids import batch_id, content_hash
from trader.domain.moments import moment

__all__ = [
    "RULES",
    "AcceptBreaks",
    "Action",
    "ApproveConfiguration",
    "DismissOrphan",
    "GrantOverride",
    "ImportLimits",
    "LaunchBatch",
    "RaiseLimit",
    "ResetSession",
    "Role",
    "Rule",
    "SetRoles",
    "SettleOrder",
    "describe",
    "digest_of",
    "request_id_of",
]


_SHA256 = re.compile(r"[0-9a-f]{64}")
_SHA256_SHOWN = 12  # as many as tell one from another for people; what is decided on is shown in full where it matters


class Role(StrEnum):
    """What a person is there for."""

    TRADER = "trader"
    APPROVER = "approver"
    RISK = "risk"
    OPERATIONS = "operations"
    AUDITOR = "auditor"
    CI = "ci"


class LaunchBatch(Struct, frozen=True, gc=False, tag=True):
    """Let a batch go in which something waits for a second person, as it was shown to them.

    Attributes:
        batch_id: Which batch.
        content_hash: The file's: one byte more or less is another batch.
        terms: What the file was read as, as a digest: at another venue, date, book or account it is another launch.
        findings: What waits. What waits besides when the file comes again has to be approved by itself.
    """

    batch_id: str
    content_hash: str
    terms: str
    findings: tuple[Finding, ...]


class SetRoles(Struct, frozen=True, gc=False, tag=True):
    """Give a user exactly these roles; a new user is added, and one without roles is removed."""

    user: str
    roles: tuple[Role, ...]


class GrantOverride(Struct, frozen=True, gc=False, tag=True):
    """Let one order go above one limit, once.

    Attributes:
        content_hash: The batch file's.
        line_no: The order's row, from 1.
        code: The control that would say no.
        node: Whose limit it is, as the denial names it.
        amount: How far above the limit the order may take it, in the limit's own unit.
        until_ns: The last moment at which it may be used, UTC nanoseconds.
    """

    content_hash: str
    line_no: int
    code: ReasonCode
    node: str
    amount: Decimal
    until_ns: int


class RaiseLimit(Struct, frozen=True, gc=False, tag=True):
    """Raise a limit for some time.

    Attributes:
        control: The control's code.
        key: The limit's key as the limits file has it; ``*`` where the raise shall hold for all values.
        parameter: Which figure.
        amount: What is added to it.
        from_ns: The first moment, UTC nanoseconds.
        until_ns: The first moment after it.
    """

    control: ReasonCode
    key: tuple[tuple[str, str], ...]
    parameter: str
    amount: Decimal
    from_ns: int
    until_ns: int


class ImportLimits(Struct, frozen=True, gc=False, tag=True):
    """Put a set of limits in force, in place of the one there is.

    Attributes:
        name: The file it comes from.
        file_sha256: Of the file's bytes.
        sha256: Of its rows, see :func:`risk.limits.versions.sha256_of`.
        replaces: That of the rows it was compared with, which have to be in force still.
        rows: The rows; none any more once they are in force.
    """

    name: str
    file_sha256: str
    sha256: str
    replaces: str
    rows: tuple[Limit, ...]


Action = (
    LaunchBatch
    | SetRoles
    | GrantOverride
    | RaiseLimit
    | ImportLimits
    | ApproveConfiguration
    | AcceptBreaks
    | SettleOrder
    | DismissOrphan
    | ResetSession
)


class Rule(NamedTuple):
    """Who an action needs.

    Attributes:
        name: The action's name in the limits file and for people.
        asks: Who has one of these roles may ask for it.
        decides: Who has one of these may decide it.
    """

    name: str
    asks: frozenset[Role]
    decides: frozenset[Role]


_BOTH = frozenset({Role.TRADER, Role.RISK})
_RISK = frozenset({Role.RISK})
_NAMES = {"cl_ord_id": "ClOrdID(11)", "exec_id": "ExecID(17)", "line_no": "line"}  # others are as they are read

_SETTLES = frozenset({Role.RISK, Role.OPERATIONS})

RULES: Mapping[type[Struct], Rule] = MappingProxyType(
    {
        LaunchBatch: Rule("launch", frozenset({Role.TRADER}), frozenset({Role.APPROVER})),
        SetRoles: Rule("users", _RISK, _RISK),
        GrantOverride: Rule("override", _BOTH, _RISK),
        RaiseLimit: Rule("increase", _BOTH, _RISK),
        ImportLimits: Rule("limits", _RISK, _RISK),
        ApproveConfiguration: Rule("configuration", frozenset({Role.OPERATIONS, Role.RISK}), _RISK),
        AcceptBreaks: Rule("breaks", frozenset({Role.OPERATIONS}), _RISK),
        SettleOrder: Rule("settle", _SETTLES | {Role.TRADER}, _SETTLES),
        DismissOrphan: Rule("orphans", _SETTLES | {Role.TRADER}, _SETTLES),
        ResetSession: Rule("reset", _SETTLES, _RISK),
    }
)


def request_id_of(action: Struct) -> str:
    """The name of a request for an action: its digest, ten digits; a batch's is the batch id."""
    if isinstance(action, LaunchBatch):
        return action.batch_id
    return batch_id(digest_of(action))


def digest_of(action: Struct) -> str:
    """The SHA-256 of all that is asked for, hexadecimal: what was shown is what is decided on."""
    return content_hash(msgspec.json.encode(action))


def describe(action: Any) -> str:  # noqa: ANN401 -- any action there is
    """An action for people: its name, and its fields but for those that say nothing out of the ordinary."""
    usual = {each.name: each.default for each in msgspec.structs.fields(action)}
    asked = {name: getattr(action, name) for name in usual if getattr(action, name) not in (usual[name], False)}
    return f"{RULES[type(action)].name}: {', '.join(_field(name, value) for name, value in asked.items())}"


def _field(name: str, value: object) -> str:
    told = _NAMES.get(name, name.removesuffix("_ns").replace("_", " "))
    if value is True:
        return told
    return f"{told} {moment(value) if name.endswith('_ns') and isinstance(value, int) else _shown(value)}"


def _shown(value: object) -> str:
    if isinstance(value, str) and _SHA256.fullmatch(value):
        return value[:_SHA256_SHOWN]
    if isinstance(value, tuple) and value and isinstance(value[0], Limit | Finding):
        return f"{len(value):,}"
    if isinstance(value, tuple):
        return " ".join("=".join(each) if isinstance(each, tuple) else str(each) for each in value) or "none"
    return f"{value:,f}" if isinstance(value, Decimal) else str(value)
