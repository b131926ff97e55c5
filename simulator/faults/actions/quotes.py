"""What a rule can make of a request for quotes: the makers' faults."""

from decimal import Decimal
from typing import ClassVar, Literal

from simulator.faults.actions.base import Base, Milliseconds
from simulator.messages import QUOTES

_FACTOR_MAX = 1_000_000


def factor_problem(factor: Decimal) -> str:
    """Why something cannot be so many times as high, or ""."""
    if factor.is_finite() and 0 < factor <= _FACTOR_MAX:
        return ""
    return f"factor = {factor}; expected above 0 and up to {_FACTOR_MAX:,}"


class QuoteBase(Base, frozen=True):
    """What a maker does wrong.

    Attributes:
        maker: Its name; empty for all of them.
    """

    takes: ClassVar[tuple[str, ...]] = (QUOTES,)

    maker: str = ""


class Decline(QuoteBase, frozen=True, tag_field="action", tag="decline"):
    """A maker does not quote."""


class Misquote(QuoteBase, frozen=True, tag_field="action", tag="misquote"):
    """A maker quotes wrongly, and stands by it.

    Attributes:
        factor: Every rate is so many times what it should be.
        sides: What is quoted: what was asked for, or only the bid or the offer, whatever was asked for.
        flips_points: The points that are told have the wrong sign: spot rate and points do not give the all-in rate.
    """

    factor: Decimal = Decimal(1)
    sides: Literal["asked", "bid", "offer"] = "asked"
    flips_points: bool = False

    def problem(self) -> str:
        """A factor that is none."""
        return factor_problem(self.factor)


class Stray(QuoteBase, frozen=True, tag_field="action", tag="stray"):
    """Ahead of each of a maker's quotes comes one with the same QuoteID(117) for another request.

    Attributes:
        factor: How many times the right rates the stray quote has.
    """

    factor: Decimal = Decimal("0.5")

    def problem(self) -> str:
        """A factor that is none."""
        return factor_problem(self.factor)


class Withdraw(QuoteBase, frozen=True, tag_field="action", tag="withdraw"):
    """A maker takes each of its quotes back.

    Attributes:
        after_ms: So long after it has quoted.
    """

    after_ms: Milliseconds = 0.0


QuoteAction = Decline | Misquote | Stray | Withdraw
