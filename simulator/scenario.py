"""A scenario: how the simulated venue behaves, as rules ``when`` -> ``then`` in a TOML file.

Every rule that matches applies, in the order of the file. A new fault is one action class here and one branch where
it takes effect; the file format, the matching and the counting stay as they are.
"""

import tomllib
from decimal import Decimal
from enum import StrEnum
from importlib.resources import files
from pathlib import Path
from typing import Annotated

import msgspec

from trader.domain.currency import Currency, parse_pair
from trader.domain.deal import OrderType, Product, Side, TimeInForce
from trader.domain.errors import ConfigError, DomainError
from trader.domain.events import ExecType

LOGON = "Logon"
REQUESTS = frozenset({
    "NewOrderSingle",
    "OrderCancelRequest",
    "OrderCancelReplaceRequest",
    "OrderStatusRequest",
    "OrderMassStatusRequest",
    "OrderMassCancelRequest",
    "TradeCaptureReportRequest",
    "MarketDataRequest",
})  # fmt: skip
ANSWERS = frozenset({
    "ExecutionReport",
    "OrderCancelReject",
    "OrderMassCancelReport",
    "TradeCaptureReport",
    "TradeCaptureReportRequestAck",
    "MarketDataSnapshotFullRefresh",
    "MarketDataIncrementalRefresh",
    "MarketDataRequestReject",
})  # fmt: skip

_Probability = Annotated[float, msgspec.Meta(ge=0, le=1)]
_Count = Annotated[int, msgspec.Meta(ge=0)]
_AtLeastOne = Annotated[int, msgspec.Meta(ge=1)]
_Milliseconds = Annotated[float, msgspec.Meta(ge=0, le=3_600_000)]


class _Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    pass


class When(_Section, frozen=True):
    """Which messages a rule is about. What is not said matches everything.

    Attributes:
        message: The message's FIX name, of a request such as NewOrderSingle or an answer such as ExecutionReport.
        exec_type: ExecType(150) of an execution report, by name.
        client: SenderCompID(49) of the client.
        pair: As ``EUR/USD``, the way round the client wrote it.
        side: What the client does with the dealt currency.
        dealt_currency: Currency(15).
        product: The product of an order.
        order_type: OrdType(40), by name.
        time_in_force: TimeInForce(59), by name.
        min_amount: Orders of at least this much of the dealt currency.
        max_amount: Orders of at most this much of the dealt currency.
        probability: How likely a matching message is taken; drawn from the rule's own seeded numbers.
        after: So many matching messages pass first.
        every: Then each so-manieth is taken.
        count: At most so many are taken; without it, all.
    """

    message: str = ""
    exec_type: ExecType | None = None
    client: str = ""
    pair: str = ""
    side: Side | None = None
    dealt_currency: str = ""
    product: Product | None = None
    order_type: OrderType | None = None
    time_in_force: TimeInForce | None = None
    min_amount: Decimal | None = None
    max_amount: Decimal | None = None
    probability: _Probability = 1.0
    after: _Count = 0
    every: _AtLeastOne = 1
    count: _Count | None = None


class Complaint(StrEnum):
    """Why a venue says no to an order; the common reasons of bank-to-customer FX platforms."""

    NOT_PERMISSIONED = "NOT_PERMISSIONED"
    ACCOUNT_NOT_MAPPED = "ACCOUNT_NOT_MAPPED"
    INVERTED_PAIR = "INVERTED_PAIR"
    UNKNOWN_PAIR = "UNKNOWN_PAIR"
    CREDIT = "CREDIT"
    TENOR = "TENOR"
    INVALID_BUSINESS_DAY = "INVALID_BUSINESS_DAY"
    PRODUCT = "PRODUCT"
    RATE_MOVED = "RATE_MOVED"
    THROTTLED = "THROTTLED"


COMPLAINT_TEXT = {
    Complaint.NOT_PERMISSIONED: "You are not permissioned for this product with this maker",
    Complaint.ACCOUNT_NOT_MAPPED: "The account is not mapped at the maker",
    Complaint.INVERTED_PAIR: "The currency pair is inverted",
    Complaint.UNKNOWN_PAIR: "The currency pair is not traded here",
    Complaint.CREDIT: "Insufficient credit",
    Complaint.TENOR: "The tenor is not traded",
    Complaint.INVALID_BUSINESS_DAY: "The value date is not a business day",
    Complaint.PRODUCT: "The product is not traded",
    Complaint.RATE_MOVED: "The rate has moved",
    Complaint.THROTTLED: "Too many messages",
}


class Reject(_Section, frozen=True, tag_field="action", tag="reject"):
    """Say no to a request.

    Attributes:
        reason: One of the usual reasons.
        text: Text(58); empty means the reason's own sentence.
    """

    reason: Complaint
    text: str = ""


class Ignore(_Section, frozen=True, tag_field="action", tag="ignore"):
    """A request is not acted upon and not answered; an answer is never sent."""


class Rest(_Section, frozen=True, tag_field="action", tag="rest"):
    """An order is accepted and never filled."""


class Fill(_Section, frozen=True, tag_field="action", tag="fill"):
    """How a marketable order is filled.

    Attributes:
        slices: In so many trades.
        interval_ms: Time between two of them.
        fraction: The part of the order's quantity that is ever filled, above 0 and up to 1.
    """

    slices: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 1
    interval_ms: _Milliseconds = 0.0
    fraction: Decimal = Decimal(1)


class Delay(_Section, frozen=True, tag_field="action", tag="delay"):
    """Hold a request before it is acted upon, or an answer before it is sent. An order's answers stay in sequence.

    Attributes:
        ms: The delay; with ``p99_ms``, its median.
        p99_ms: The 99th percentile of a log-normal distribution; without it the delay is constant.
    """

    ms: _Milliseconds
    p99_ms: _Milliseconds | None = None


class Disconnect(_Section, frozen=True, tag_field="action", tag="disconnect"):
    """Drop the connection without a Logout. The message itself still counts; answers wait for the next logon."""


class Logout(_Section, frozen=True, tag_field="action", tag="logout"):
    """Log the client out.

    Attributes:
        text: Text(58) of the Logout(5).
    """

    text: str = "The venue logs you out"


class Exit(_Section, frozen=True, tag_field="action", tag="exit"):
    """End the simulator's process at once, as a crash: before a request is acted upon or an answer is sent."""


class RefuseLogon(_Section, frozen=True, tag_field="action", tag="refuse_logon"):
    """Answer a Logon(A) with a Logout(5).

    Attributes:
        text: Text(58) of the Logout(5).
    """

    text: str = "Logon refused"


Action = Reject | Ignore | Rest | Fill | Delay | Disconnect | Logout | Exit | RefuseLogon


class Rule(_Section, frozen=True):
    """One rule.

    Attributes:
        then: What happens.
        when: To which messages.
        name: For people.
    """

    then: Action
    when: When = When()
    name: str = ""


class Scenario(_Section, frozen=True):
    """A whole scenario file.

    Attributes:
        title: What it plays, in a few words.
        quote_interval_ms: How often subscribers hear of changed prices.
        rules: In the order they apply.
    """

    title: str
    quote_interval_ms: Annotated[int, msgspec.Meta(ge=1, le=3_600_000)] = 250
    rules: tuple[Rule, ...] = ()


def parse_scenario(text: str, where: str) -> Scenario:
    """Read a scenario file.

    Args:
        text: The file's content.
        where: The file's name, for errors.

    Raises:
        ConfigError: Not TOML, an unknown or missing key, a wrong value, or an action that the message cannot take.
    """
    try:
        scenario = msgspec.convert(tomllib.loads(text), Scenario)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise ConfigError(f"{where}: {error}") from error
    for number, rule in enumerate(scenario.rules, start=1):
        problem = _problem(rule)
        if problem:
            raise ConfigError(f"{where}: rule {number} {rule.name!r}: {problem}")
    return scenario


def load_scenario(name_or_path: str) -> Scenario:
    """A bundled scenario by its name, or a file by its path.

    Raises:
        ConfigError: Neither exists, or the file is wrong.
    """
    bundled = files("simulator").joinpath("scenarios", f"{name_or_path}.toml")
    if bundled.is_file():
        return parse_scenario(bundled.read_text("utf-8"), f"{name_or_path}.toml")
    try:
        text = Path(name_or_path).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        expected = f"a file, or one of {', '.join(scenario_names())}"
        raise ConfigError(f"scenario {name_or_path!r} cannot be read ({error}); expected {expected}") from error
    return parse_scenario(text, name_or_path)


def scenario_names() -> list[str]:
    """The bundled scenarios, in alphabetical order."""
    folder = files("simulator").joinpath("scenarios")
    return sorted(entry.name.removesuffix(".toml") for entry in folder.iterdir() if entry.name.endswith(".toml"))


_TAKES = {
    Reject: ("NewOrderSingle", "OrderCancelRequest", "OrderCancelReplaceRequest", "MarketDataRequest",
             "TradeCaptureReportRequest", "OrderMassCancelRequest"),
    Rest: ("NewOrderSingle",),
    Fill: ("NewOrderSingle",),
    RefuseLogon: (LOGON,),
}  # fmt: skip


def _problem(rule: Rule) -> str:
    """What is wrong with a rule that is well-formed, or ""."""
    return _message_problem(rule.when.message, rule.then) or _value_problem(rule.when, rule.then)


def _message_problem(message: str, action: Action) -> str:
    known = REQUESTS | ANSWERS | {LOGON}
    if message and message not in known:
        return f"message {message!r} is not known; expected one of {', '.join(sorted(known))}"
    takes = _TAKES.get(type(action))
    if takes and message not in takes:
        return f"this action needs message to be one of {', '.join(takes)}; it is {message!r}"
    if message == LOGON and not isinstance(action, RefuseLogon):
        return "a Logon can only be refused; expected the action refuse_logon"
    return ""


def _value_problem(when: When, action: Action) -> str:
    if isinstance(action, Delay) and action.p99_ms is not None and not 0 < action.ms <= action.p99_ms:
        return f"ms = {action.ms}, p99_ms = {action.p99_ms}; expected a median above 0, at most the percentile"
    if isinstance(action, Fill) and not 0 < action.fraction <= 1:
        return f"fraction = {action.fraction}; expected above 0 and up to 1"
    try:
        if when.pair:
            parse_pair(when.pair)
        if when.dealt_currency:
            Currency(when.dealt_currency)
    except DomainError as error:
        return str(error)
    return ""
