"""A scenario: how the simulated venue behaves, as rules ``when`` -> ``then`` in a TOML file.

Every rule that matches applies, in the order of the file. A new fault is one action class in
:mod:`simulator.faults.actions` and one branch where it takes effect; the file format, the matching and the counting
stay as they are.
"""

from collections.abc import Sequence
from decimal import Decimal
from importlib.resources import files
from pathlib import Path
from typing import Annotated

import msgspec

from simulator.effects import ANSWER_NAMES, REQUEST_NAMES
from simulator.faults.actions import Action, Copy, QuoteAction, RefuseLogon
from simulator.faults.actions.base import AtLeastOne, Count, Milliseconds, Probability, Section
from simulator.faults.actions.requests import latency_problem
from simulator.faults.session.actions import SessionRule, session_problem
from simulator.messages import INCREMENTAL, LOGON, SNAPSHOT
from trader.domain.currency import Currency, parse_pair
from trader.domain.deal import OrderType, Product, Side, TimeInForce
from trader.domain.errors import ConfigError, DomainError
from trader.domain.events import ExecType
from trader.domain.toml import read_toml
from trader.fix.dialect import Pace

REQUESTS = frozenset(REQUEST_NAMES.values())
ANSWERS = frozenset({*ANSWER_NAMES.values(), SNAPSHOT, INCREMENTAL})
QUOTE_ANSWERS = frozenset({"Quote", "QuoteCancel", "QuoteRequestReject"})


class When(Section, frozen=True):
    """Which messages a rule is about. What is not said matches everything.

    Attributes:
        message: The message's FIX name, of a request such as NewOrderSingle or an answer such as ExecutionReport.
            A NewOrderMultileg counts as a NewOrderSingle.
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
        maker: Who quotes, in an answer to a request for quotes.
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
    maker: str = ""
    probability: Probability = 1.0
    after: Count = 0
    every: AtLeastOne = 1
    count: Count | None = None


class Rule(Section, frozen=True):
    """One rule.

    Attributes:
        then: What happens.
        when: To which messages.
        name: For people.
    """

    then: Action
    when: When = When()
    name: str = ""


class Maker(Section, frozen=True):
    """Who answers requests for quotes.

    Attributes:
        name: As quotes carry it.
        spread: How many times the house's own spread it quotes, on the spot rate and on the points.
        skew_bp: How far it moves both sides up, in basis points of the rate; below zero, down.
        noise_bp: How well it knows the market: the standard deviation of its error, in basis points of the rate.
        latency_ms: How long it takes to answer; with ``p99_ms``, the median.
        p99_ms: The 99th percentile of a log-normal latency; without it the latency is constant.
        declines: How likely it does not quote.
        valid_ms: How long its quotes live; without it, as long as the dialect says.
        quotes: How often it quotes on one request; each quote replaces its last.
        every_ms: How long it waits between two of them.
    """

    name: Annotated[str, msgspec.Meta(pattern="^[A-Z0-9]{1,16}$")]
    spread: Annotated[float, msgspec.Meta(ge=0, le=1_000)] = 1.0
    skew_bp: Annotated[float, msgspec.Meta(ge=-1_000, le=1_000)] = 0.0
    noise_bp: Annotated[float, msgspec.Meta(ge=0, le=1_000)] = 0.0
    latency_ms: Milliseconds = 0.0
    p99_ms: Milliseconds | None = None
    declines: Probability = 0.0
    valid_ms: AtLeastOne | None = None
    quotes: Annotated[int, msgspec.Meta(ge=1, le=1_000)] = 1
    every_ms: Annotated[float, msgspec.Meta(gt=0, le=3_600_000)] = 1_000.0


_MAKERS = (Maker("ALPHA"), Maker("BRAVO", spread=1.5), Maker("CHARLIE", spread=2.0))


class Scenario(Section, frozen=True):
    """A whole scenario file.

    Attributes:
        title: What it plays, in a few words.
        quote_interval_ms: How often subscribers hear of changed prices.
        ready_delay_ms: How long after a logon the venue says that it takes orders, where it says so.
        rules: What the venue does, in the order they apply.
        session: What happens on the way between client and venue, in the order they apply.
        makers: Who answers requests for quotes, where the venue takes them.
        pace: How many messages the venue takes; without it, what the dialect says.
    """

    title: str
    quote_interval_ms: Annotated[int, msgspec.Meta(ge=1, le=3_600_000)] = 250
    ready_delay_ms: Milliseconds = 0.0
    rules: tuple[Rule, ...] = ()
    session: tuple[SessionRule, ...] = ()
    makers: tuple[Maker, ...] = _MAKERS
    pace: Pace | None = None

    @property
    def copied_to(self) -> frozenset[str]:
        """The clients that hear drop copies beside their own reports."""
        return frozenset(rule.then.to for rule in self.rules if isinstance(rule.then, Copy)) - {""}


def parse_scenario(text: str, where: str) -> Scenario:
    """Read a scenario file.

    Args:
        text: The file's content.
        where: The file's name, for errors.

    Raises:
        ConfigError: Not TOML, an unknown or missing key, a wrong value, or an action that the message cannot take.
    """
    try:
        scenario = msgspec.convert(read_toml(text), Scenario)
    except (ValueError, msgspec.ValidationError) as error:
        raise ConfigError(f"{where}: {error}") from error
    names = [maker.name for maker in scenario.makers]
    for maker in scenario.makers:
        if names.count(maker.name) > 1:
            raise ConfigError(f"{where}: maker {maker.name!r} stands there twice; expected a name of its own for each")
        if problem := latency_problem(maker.latency_ms, maker.p99_ms):
            raise ConfigError(f"{where}: maker {maker.name!r}: {problem}")
    for number, rule in enumerate(scenario.rules, start=1):
        problem = _message_problem(rule.when.message, rule.then) or _maker_problem(rule, names) or _value_problem(rule)
        if problem:
            raise ConfigError(f"{where}: rule {number} {rule.name!r}: {problem}")
    for number, on_the_way in enumerate(scenario.session, start=1):
        if problem := session_problem(on_the_way):
            raise ConfigError(f"{where}: session rule {number} {on_the_way.name!r}: {problem}")
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


def _message_problem(message: str, action: Action) -> str:
    """Why the action cannot be about such a message, or ""."""
    known = REQUESTS | ANSWERS | {LOGON}
    if message and message not in known:
        return f"message {message!r} is not known; expected one of {', '.join(sorted(known))}"
    if action.takes and message not in action.takes:
        return f"this action needs message to be one of {', '.join(action.takes)}; it is {message!r}"
    if message == LOGON and not isinstance(action, RefuseLogon):
        return "a Logon can only be refused; expected the action refuse_logon"
    return ""


def _maker_problem(rule: Rule, names: Sequence[str]) -> str:
    """What is wrong with the makers that a rule names, or ""."""
    when, then = rule.when, rule.then
    if when.maker and when.message not in QUOTE_ANSWERS:
        return f"maker needs message to be one of {', '.join(sorted(QUOTE_ANSWERS))}; it is {when.message!r}"
    for name in (when.maker, then.maker if isinstance(then, QuoteAction) else ""):
        if name and name not in names:
            return f"maker {name!r} is not known; expected one of {', '.join(names)}"
    return ""


def _value_problem(rule: Rule) -> str:
    """What is wrong with a value of a rule that is well-formed, or ""."""
    when = rule.when
    for name, amount in (("min_amount", when.min_amount), ("max_amount", when.max_amount)):
        if amount is not None and not amount.is_finite():
            return f"{name} = {amount}; expected an amount"
    try:
        if when.pair:
            parse_pair(when.pair)
        if when.dealt_currency:
            Currency(when.dealt_currency)
    except DomainError as error:
        return str(error)
    return rule.then.problem()
