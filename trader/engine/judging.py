"""Whether a quote can be dealt on, what a deal comes to at it, and how the quotes of a round rank.

1. The side that counts is the near leg's: the offers when it buys the base, the bids when it sells it.
2. A quote is all legs or nothing, and it is for the deal that was asked for: pair, dates, sides and amounts, where it
   says them. An id that two makers use at once names neither of their quotes.
3. The best is the one with the most contra currency received, or the least paid, over all legs; the first of equals.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from risk.rates.reference import RATE_MAX, is_rate
from risk.reasons import Violation
from trader.domain.deal import Deal
from trader.domain.events import QuoteReceived
from trader.domain.moments import NS_PER_MS
from trader.domain.money import ZERO, contra_amount
from trader.engine.rounds import MakerAnswer, QuoteRound

Guard = Callable[[tuple[Decimal, ...]], Sequence[Violation]]


@dataclass(frozen=True, slots=True)
class Terms:
    """What a quote has to meet.

    Attributes:
        deal: What was asked for.
        limit_rate: The worst rate of the near leg that the row allows; None for any.
        tick: The venue's price step of the pair.
        margin_ns: How long a quote has to live on, so that an order still finds it.
        now_ns: The moment of the judgment, UTC nanoseconds.
        guard: What the gate finds wrong with all-in rates, one a leg.
    """

    deal: Deal
    limit_rate: Decimal | None
    tick: Decimal
    margin_ns: int
    now_ns: int
    guard: Guard


def wanted_rates(quote: QuoteReceived, deal: Deal) -> tuple[Decimal, ...]:
    """The quoted rates of the side that a deal needs, one a leg, terms per base; empty when it is not quoted."""
    return quote.offers if deal.base_is_bought else quote.bids


def contra_of(deal: Deal, rates: Sequence[Decimal]) -> Decimal:
    """What all legs come to in the contra currency: above zero when it is received, below when it is paid."""
    amounts = (
        -leg.side.sign * contra_amount(leg.amount, deal.dealt_currency, deal.pair, rate)
        for leg, rate in zip(deal.legs, rates, strict=True)
    )
    return sum(amounts, ZERO)


def in_another_pair(quote: QuoteReceived, deal: Deal) -> str:
    """That a quote cannot be an answer to what was asked, in words; "" when it can."""
    return "" if quote.symbol == str(deal.pair) else f"for another pair: {quote.symbol} and not {deal.pair}"


def problem_of(quote: QuoteReceived, terms: Terms) -> str:
    """Why a quote of the right pair cannot be dealt on, in words; "" when it can."""
    return _unlike_request(quote, terms.deal) or _expired(quote, terms) or _bad_price(quote, terms)


def _unlike_request(quote: QuoteReceived, deal: Deal) -> str:
    rates, near = wanted_rates(quote, deal), deal.near_leg
    if quote.settl_date is not None and quote.settl_date != near.value_date:
        return f"for another date: {quote.settl_date} and not {near.value_date}"
    if not rates:
        side = "offer" if deal.base_is_bought else "bid"
        return f"one-way: no {side}, which is the side that is needed"
    if len(rates) != len(deal.legs):
        return f"incomplete: {len(rates)} rates for {len(deal.legs)} legs"
    if not all(map(is_rate, rates)):
        return f"no possible rate: {_text(rates)}"
    return _other_legs(quote, deal)


def _other_legs(quote: QuoteReceived, deal: Deal) -> str:
    """Where a leg of the quote is not the deal's, in what the quote says of it."""
    if quote.legs and len(quote.legs) != len(deal.legs):
        return f"for another deal: {len(quote.legs)} legs and not {len(deal.legs)}"
    for number, (said, leg) in enumerate(zip(quote.legs, deal.legs, strict=False), start=1):
        pairs = (
            (said.symbol, "", str(deal.pair)),
            (said.side, None, leg.side),
            (said.qty, None, leg.amount),
            (said.settl_date, None, leg.value_date),
        )
        for theirs, silent, ours in pairs:
            if theirs not in (silent, ours):
                return f"for another deal: leg {number} is {theirs} and not {ours}"
    return ""


def _expired(quote: QuoteReceived, terms: Terms) -> str:
    left_ns = quote.valid_until_ts_ns - terms.now_ns
    if not quote.valid_until_ts_ns or left_ns > terms.margin_ns:
        return ""
    if left_ns <= 0:
        return f"expired {-left_ns // NS_PER_MS} ms before it could be taken"
    return f"about to expire: {left_ns // NS_PER_MS} ms are left, and an order needs {terms.margin_ns // NS_PER_MS}"


def _bad_price(quote: QuoteReceived, terms: Terms) -> str:
    deal, limit_rate = terms.deal, terms.limit_rate
    rates = wanted_rates(quote, deal)
    near = rates[0]
    making = _unlike_its_making(quote, deal, terms.tick)
    if making:
        return making
    broken = [violation for violation in terms.guard(rates) if violation.blocks]
    if broken:
        return "off the reference: " + " ".join(violation.sentence for violation in broken)
    if limit_rate is not None and (near > limit_rate if deal.base_is_bought else near < limit_rate):
        return f"worse than the row's limit: {near} and not {limit_rate}"
    return ""


def _unlike_its_making(quote: QuoteReceived, deal: Deal, tick: Decimal) -> str:
    """Where the near leg's rate is not its own spot rate and points, to the tick."""
    if deal.base_is_bought:
        spot, points = quote.offer_spot_rate, quote.offer_forward_points
    else:
        spot, points = quote.bid_spot_rate, quote.bid_forward_points
    if spot is None or points is None:
        return ""
    near = wanted_rates(quote, deal)[0]
    if is_rate(spot) and points.is_finite() and abs(points) < RATE_MAX and abs(spot + points - near) < tick:
        return ""
    return f"does not add up: spot {spot} and points {points} do not make {near}"


@dataclass(frozen=True, slots=True)
class Judgment:
    """The standing quotes of a round, judged.

    Attributes:
        good: Those that can be dealt on, the best first, each with what the deal comes to in the contra currency.
        bad: The others, each with the reason.
    """

    good: tuple[tuple[MakerAnswer, Decimal], ...]
    bad: tuple[tuple[MakerAnswer, str], ...]

    def write_down(self, deal: Deal) -> None:
        """Say of every quote what became of it: why it could not be dealt on, by how much it won or lost."""
        for answer, problem in self.bad:
            answer.verdict = problem
        for answer, contra in self.good:
            answer.contra = contra
            answer.verdict = f"lost by {self.good[0][1] - contra:f} {deal.contra_currency}"
        if len(self.good) == 1:
            self.good[0][0].verdict = "won: the only quote that could be dealt on"
        elif self.good:
            (best, most), (_, next_most) = self.good[:2]
            best.verdict = f"won by {most - next_most:f} {deal.contra_currency}"


def judge(answers: Iterable[MakerAnswer], terms: Terms) -> Judgment:
    """Find the quotes that can be dealt on, and work out what the deal would come to at each. Changes nothing."""
    good: list[tuple[MakerAnswer, Decimal]] = []
    bad: list[tuple[MakerAnswer, str]] = []
    answers = list(answers)
    uses = Counter(answer.quote.quote_id for answer in answers if answer.quote is not None)
    for answer in answers:
        assert answer.quote is not None, "a decline is no quote"
        problem = problem_of(answer.quote, terms)
        if uses[answer.quote.quote_id] > 1:  # an order names the quote and not the maker: it could hit either
            problem = f"ambiguous: QuoteID(117)={answer.quote.quote_id} stands for another maker's quote as well"
        if problem:
            bad.append((answer, problem))
        else:
            good.append((answer, contra_of(terms.deal, wanted_rates(answer.quote, terms.deal))))
    good.sort(key=lambda each: each[1], reverse=True)  # the first of equals stays first
    return Judgment(tuple(good), tuple(bad))


def described(quote_round: QuoteRound, deal: Deal) -> str:
    """Everything that was answered and why it was not taken, for a person."""
    if not quote_round.answers:
        return "nobody answered"
    parts = []
    for answer in quote_round.answers:
        rates = () if answer.quote is None else wanted_rates(answer.quote, deal)
        quoted = f" quoted {_text(rates)}" if rates else ""
        parts.append(f"{answer.maker}{quoted}: {(answer.verdict or 'could be dealt on').rstrip('.')}")
    return "; ".join(parts)


def _text(rates: Sequence[Decimal]) -> str:
    return " and ".join(f"{rate:f}" if rate.is_finite() else str(rate) for rate in rates)
