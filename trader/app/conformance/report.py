"""What a run found, for programs and for people. Pure."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from trader import __version__
from trader.app.conformance.plan import Plan
from trader.app.conformance.steps import Result, StepOutcome
from trader.app.conformance.wire import Crossing
from trader.domain.moments import second_at
from trader.domain.printable import printable


@dataclass(frozen=True, slots=True)
class Report:
    """A run that is over.

    Attributes:
        counterparty: Who was tried, in words.
        started_ns: When, UTC nanoseconds.
        crossings: Every message, without credentials.
    """

    plan: Plan
    counterparty: str
    started_ns: int
    results: tuple[Result, ...]
    crossings: tuple[Crossing, ...]

    @property
    def counts(self) -> Counter[StepOutcome]:
        """How many steps came out how."""
        return Counter(result.outcome for result in self.results)

    @property
    def has_failed(self) -> bool:
        """True when a step failed."""
        return bool(self.counts[StepOutcome.FAIL])

    @property
    def summary(self) -> str:
        """One sentence."""
        counts = self.counts
        return (
            f"{counts[StepOutcome.PASS]} passed, {counts[StepOutcome.FAIL]} failed, "
            f"{counts[StepOutcome.NOT_APPLICABLE]} not applicable"
        )

    @property
    def facts(self) -> dict[str, Any]:
        """The JSON object of ``trader conformance --json``."""
        dialect, counts = self.plan.dialect, self.counts
        return {
            "venue": dialect.name,
            "title": dialect.title,
            "begin_string": dialect.begin_string,
            "counterparty": self.counterparty,
            "trade_date": self.plan.trade_date.isoformat(),
            "pair": str(self.plan.pair),
            "amount": f"{self.plan.amount:f}",
            "passed": counts[StepOutcome.PASS],
            "failed": counts[StepOutcome.FAIL],
            "not_applicable": counts[StepOutcome.NOT_APPLICABLE],
            "steps": [_facts_of(result) for result in self.results],
        }

    def log(self) -> str:
        """Every message of the run, one a line."""
        return "".join(f"{crossing}\n" for crossing in self.crossings)

    def markdown(self, log_name: str) -> str:
        """The report as a document.

        Args:
            log_name: The file with the messages, beside it.
        """
        return "\n".join([*self._head(log_name), *self._sections()]) + "\n"

    def _head(self, log_name: str) -> Iterator[str]:
        plan, dialect = self.plan, self.plan.dialect
        yield f"# Conformance of {dialect.title}"
        yield ""
        yield f"**{self.summary}.**"
        yield ""
        yield "| | |"
        yield "|---|---|"
        yield f"| Dialect | `{dialect.name}`, {dialect.begin_string} |"
        yield f"| Against | {self.counterparty} |"
        yield f"| When | {second_at(self.started_ns):%Y-%m-%d %H:%M:%S} UTC, trade date {plan.trade_date} |"
        yield f"| Dealt | {plan.pair}, {plan.pair.base} {plan.amount:,f} an order |"
        yield f"| Messages | [{log_name}]({log_name}), `>` ours and `<` theirs |"
        yield f"| Robot | {__version__} |"
        yield ""
        yield "This is what the robot found, and no certificate: that, only the venue gives."

    def _sections(self) -> Iterator[str]:
        for section, results in groupby(self.results, lambda result: result.step.section):
            yield ""
            yield f"## {section.capitalize()}"
            yield ""
            yield "| Step | Sent | Expected | Came | Result | ms |"
            yield "|---|---|---|---|---|---|"
            yield from map(_row, results)


def _facts_of(result: Result) -> dict[str, Any]:
    return {
        "section": result.step.section,
        "step": result.step.title,
        "sent": list(result.sent),
        "expected": result.step.expected,
        "came": list(result.came),
        "outcome": str(result.outcome),
        "why": result.verdict.why,
        "elapsed_ms": result.elapsed_ms,
    }


def _row(result: Result) -> str:
    outcome = str(result.outcome) + (f": {result.verdict.why}" if result.verdict.why else "")
    cells = (result.step.title, _lines(result.sent), result.step.expected, _lines(result.came), outcome)
    return f"| {' | '.join(map(_cell, cells))} | {result.elapsed_ms:.1f} |"


def _lines(texts: Sequence[str]) -> str:
    return "; ".join(texts)


def _cell(text: str) -> str:
    """A text that stays in its cell, whatever a venue put into it."""
    return printable(text).replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;")
