"""Best-execution evidence: every quote of a round beside the one that was taken and beside the market's own rate.

All differences have one sign: above zero is better for the desk. They are in the contra currency over all legs, and in
basis points of what the near leg comes to, because the legs of an even swap come to almost nothing together.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal

from risk.rates.reference import Quote, is_rate
from risk.reasons import Violation
from trader.domain.deal import Deal
from trader.domain.money import contra_amount
from trader.engine.judging import contra_of, wanted_rates
from trader.engine.rounds import MakerAnswer, QuoteRound, RoundPhase

_BASIS_POINTS = 10_000
_BPS_STEP = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Reference:
    """What the market was at one moment, as the gate saw it.

    Attributes:
        spot: The pair's two-way spot rate, or why there is none.
        outrights: The middle for each leg of a deal, forward points included, terms per base; or why there is none.
    """

    spot: Quote | Violation
    outrights: tuple[Decimal, ...] | Violation


@dataclass(frozen=True, slots=True)
class Difference:
    """How much better one set of rates is than another.

    Attributes:
        amount: In the contra currency over all legs; above zero is better for the desk.
        bps: The same in basis points of the near leg, to a hundredth.
    """

    amount: Decimal
    bps: Decimal


@dataclass(frozen=True, slots=True)
class ComparedQuote:
    """One answer with what it would have meant.

    Attributes:
        answer: The answer.
        rates: All-in on the side that was needed, one a leg, terms per base; empty when that side was not quoted.
        contra: What the deal would have come to at them, above zero when received; None where no deal could be made.
        against_taken: Beside the quote that was taken; zero for itself, above zero for a better one, whose verdict says
            why it was not taken. None when there is nothing to compare.
        against_reference: Beside the reference at the moment of the decision.
    """

    answer: MakerAnswer
    rates: tuple[Decimal, ...]
    contra: Decimal | None
    against_taken: Difference | None
    against_reference: Difference | None

    @property
    def swap_points(self) -> Decimal | None:
        """The last leg's rate less the first's, in rate units; None for one leg."""
        return self.rates[-1] - self.rates[0] if len(self.rates) > 1 else None


def difference(deal: Deal, rates: Sequence[Decimal], other: Sequence[Decimal]) -> Difference:
    """How much better a deal is at some all-in rates, one a leg, than at others."""
    amount = contra_of(deal, rates) - contra_of(deal, other)
    near = contra_amount(deal.near_leg.amount, deal.dealt_currency, deal.pair, other[0])
    bps = amount / near * _BASIS_POINTS if near else Decimal(0)
    return Difference(amount, bps.quantize(_BPS_STEP, rounding=ROUND_HALF_EVEN))


def compare(asked: QuoteRound, deal: Deal, reference: Reference | None) -> list[ComparedQuote]:
    """Hold every answer of a round against the one that was taken and against the reference.

    Args:
        asked: The round.
        deal: What was asked for.
        reference: The market when the round was decided; None when it was never decided.
    """
    taken = taken_of(asked)
    taken_rates = () if taken is None else _dealable_rates(taken, deal)
    market = () if reference is None or isinstance(reference.outrights, Violation) else reference.outrights
    compared = []
    for answer in asked.answers:
        rates = _dealable_rates(answer, deal)
        compared.append(
            ComparedQuote(
                answer=answer,
                rates=() if answer.quote is None else wanted_rates(answer.quote, deal),
                contra=contra_of(deal, rates) if rates else None,
                against_taken=difference(deal, rates, taken_rates) if rates and taken_rates else None,
                against_reference=difference(deal, rates, market) if rates and market else None,
            )
        )
    return compared


def margin(compared: Sequence[ComparedQuote]) -> tuple[Difference, Difference, int] | None:
    """By how much the quote that was taken was better than the others that could be dealt on.

    Returns:
        Than the next best, than the worst, and how many others there were; None without any, or when none was taken.
    """
    behind = [
        Difference(-each.against_taken.amount, -each.against_taken.bps)
        for each in compared
        if each.against_taken is not None and each.answer.contra is not None and each.answer.verdict.startswith("lost")
    ]
    if not behind:
        return None
    behind.sort(key=lambda each: each.amount)
    return behind[0], behind[-1], len(behind)


def taken_of(asked: QuoteRound) -> MakerAnswer | None:
    """The answer that won; None when none did. QuoteID(117) may repeat, so the last that was not passed over counts."""
    if asked.phase is not RoundPhase.TAKEN:
        return None
    return next((answer for answer in asked.answers if answer.verdict.startswith("won")), None)


def _dealable_rates(answer: MakerAnswer, deal: Deal) -> tuple[Decimal, ...]:
    """The rates of an answer when they are for this deal: its pair, and a possible rate for each leg; else nothing."""
    quote = answer.quote
    if quote is None or quote.symbol != str(deal.pair):
        return ()
    rates = wanted_rates(quote, deal)
    return rates if len(rates) == len(deal.legs) and all(map(is_rate, rates)) else ()
