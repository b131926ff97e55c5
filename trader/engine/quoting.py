"""Deals on quotes: makers are asked, their answers collected and judged, and the best is taken.

A line that is dealt on a quote has its limits reserved first, at the worst price, as for a market order. Then a round
begins. Where the venue answers requests, a QuoteRequest(R) leaves; where it streams prices, the stream is looked at.
The round is ready when enough makers have answered or the wait is over, and enough quotes can be dealt on. Which one
is taken is decided at the moment the order may leave, so that a better or a withdrawn quote still counts.

While a round is open its line is queued: nothing of it is at the venue. What was quoted stays with the line for good.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from risk.reasons import Violation
from trader.domain.commands import PassQuotes, QuoteReference, RequestQuote
from trader.domain.deal import Deal, Product
from trader.domain.events import QuoteReceived, QuoteRequestRefused, QuoteWithdrawn
from trader.domain.ids import line_of_request, quote_req_id
from trader.domain.moments import NS_PER_MS
from trader.engine.context import Context
from trader.engine.ending import Endings
from trader.engine.judging import Judgment, Terms, described, in_another_pair, judge, wanted_rates
from trader.engine.lines import Lines
from trader.engine.outputs import Alert, StartTimer
from trader.engine.rounds import STREAM, MakerAnswer, QuoteRound, RoundPhase
from trader.engine.state import BatchState, LineState, LineStatus, Sides
from trader.fix.dialect import Quotes

NO_QUOTE = "NO_QUOTE"

_ROUNDS_MAX = 3


_Found = tuple[BatchState, LineState, QuoteRound]


@dataclass(frozen=True, slots=True)
class Taken:
    """The quote that won: the near leg's all-in rate, what the order says about it, and its maker, if one is named."""

    rate: Decimal
    quote: QuoteReference
    maker: str


class Quoting:
    """The rounds of all lines. One instance per engine."""

    def __init__(self, context: Context, lines: Lines, endings: Endings) -> None:
        self._ctx = context
        self._lines = lines
        self._endings = endings

    # --- asking ------------------------------------------------------------------------------------------------------

    def ask(self, batch: BatchState, state: LineState, session: str) -> int:
        """Begin a round for a line whose limits are reserved.

        Returns:
            How many messages left.
        """
        ctx, deal = self._ctx, state.line.deal
        dialect = ctx.dialects[session]
        quotes = dialect.quotes
        if quotes is None:
            self._end_unfilled(batch, state, f"{session} deals on no quotes")
            return 0
        if len(dialect.orders_of(deal)) > 1:
            self._end_unfilled(batch, state, f"{session} takes one order a leg, so no quote for all legs can be taken")
            return 0
        number = len(state.quote_rounds) + 1
        name = quote_req_id(batch.submitted.batch_id, state.line.line_no, number)
        wait_s = ctx.settings.quotes.wait_s_max if quotes.source == "request" else ctx.settings.answer_s_max
        state.quote_rounds.append(QuoteRound(name, ctx.now_ns, ctx.after(wait_s)))
        batch.rounds[name] = state.line.line_no - 1
        ctx.touch(batch.submitted.batch_id, state.line.line_no)
        if not batch.is_timed:
            self._start_timer(batch, ctx.after(wait_s))
        if quotes.source == "stream":
            self._look_at_stream(batch, state, session)
            return 0
        ctx.send(session, RequestQuote(name, deal, state.line.account, ctx.now_ns))
        return 1

    def wait_over(self, batch_id: str) -> None:
        """The oldest rounds of a batch may have waited long enough."""
        ctx, batch = self._ctx, self._ctx.batches[batch_id]
        batch.is_timed = False
        ctx.touch(batch_id)
        for position in list(batch.rounds.values()):
            state = batch.lines[position]
            last = state.quote_rounds[-1]
            if last.phase is not RoundPhase.ASKED:
                continue
            if last.deadline_ns > ctx.now_ns:
                self._start_timer(batch, last.deadline_ns)
                return
            self._conclude(batch, state, last)

    def _start_timer(self, batch: BatchState, due_ns: int) -> None:
        batch.is_timed = True
        self._ctx.emit(StartTimer(f"quotes:{batch.submitted.batch_id}", due_ns))

    # --- what makers say ---------------------------------------------------------------------------------------------

    def received(self, session: str, quote: QuoteReceived) -> None:
        """A maker quotes."""
        if quote.quote_req_id:
            found = self._find(session, quote.quote_req_id)
        else:
            found = self._only(session, lambda deal, _asked: _could_answer(quote, deal))
        if found is None:
            text = f"{session} quotes QuoteID(117)={quote.quote_id} for a request that was never made"
            self._ctx.emit(_unknown(f"{text}: QuoteReqID(131)={quote.quote_req_id or 'none'}"))
            return
        batch, state, asked = found
        answer = MakerAnswer(quote.maker or quote.quote_id, self._ctx.now_ns, quote)
        astray = in_another_pair(quote, state.line.deal)
        if not astray:
            self._answered(batch, state, asked, answer)
            return
        answer.verdict = astray
        asked.answers.append(answer)  # not the maker's answer: it neither takes the place of one nor is waited for
        self._ctx.touch(batch.submitted.batch_id, state.line.line_no)
        text = f"{session} answers QuoteReqID(131)={quote.quote_req_id} with QuoteID(117)={quote.quote_id}"
        self._ctx.emit(_unknown(f"{text} {astray}"))

    def refused(self, session: str, refused: QuoteRequestRefused) -> None:
        """A maker declines, or with no maker named all of them do."""
        verdict = f"declined: {refused.text}" if refused.text else "declined"
        self._declined(session, refused.quote_req_id, refused.maker, verdict)

    def withdrawn(self, session: str, withdrawn: QuoteWithdrawn) -> None:
        """A maker takes its quote back, or all quotes of a request are gone."""
        if withdrawn.quote_req_id:
            found = self._find(session, withdrawn.quote_req_id)
        else:
            found = self._only(
                session, lambda _deal, asked: any(_is_meant(withdrawn, each) for each in asked.standing())
            )
        if found is None:
            text = f"{session} withdraws QuoteID(117)={withdrawn.quote_id or 'any'} of a request that was never made"
            self._ctx.emit(_unknown(f"{text}: QuoteReqID(131)={withdrawn.quote_req_id or 'none'}"))
            return
        batch, state, asked = found
        for answer in asked.standing():
            if _is_meant(withdrawn, answer):
                answer.verdict = f"withdrawn: {withdrawn.text}" if withdrawn.text else "withdrawn"
        self._ctx.touch(batch.submitted.batch_id, state.line.line_no)
        if not withdrawn.quote_id and not withdrawn.maker and asked.phase is RoundPhase.ASKED:
            self._conclude(batch, state, asked)

    def price_changed(self, session: str, symbol: str) -> None:
        """A streamed price changed: lines that wait for one may go on."""
        for batch in self._ctx.under_way:
            for position in list(batch.rounds.values()):
                state = batch.lines[position]
                is_awaited = state.quote_rounds[-1].phase is RoundPhase.ASKED and str(state.line.deal.pair) == symbol
                if is_awaited and batch.session_of(state.line) == session:
                    self._look_at_stream(batch, state, session)

    def _declined(self, session: str, request_id: str, maker: str, verdict: str) -> None:
        found = self._find(session, request_id)
        if found is None:
            text = f"{session} refuses QuoteReqID(131)={request_id or 'none'}, a request that was never made: {verdict}"
            self._ctx.emit(_unknown(text))
            return
        batch, state, asked = found
        self._answered(batch, state, asked, MakerAnswer(maker or "the venue", self._ctx.now_ns, None, verdict))
        if not maker and asked.phase is RoundPhase.ASKED:
            self._conclude(batch, state, asked)

    def _answered(self, batch: BatchState, state: LineState, asked: QuoteRound, answer: MakerAnswer) -> None:
        self._ctx.touch(batch.submitted.batch_id, state.line.line_no)
        if not asked.phase.is_open:
            late_ms = (self._ctx.now_ns - asked.decided_ts_ns) // NS_PER_MS
            answer.verdict = answer.verdict or f"late: it came {late_ms} ms after the round was over"
            asked.answers.append(answer)
            return
        asked.add(answer)
        if asked.phase is RoundPhase.ASKED and len(asked.makers()) >= self._ctx.settings.quotes.wanted:
            self._conclude(batch, state, asked)

    # --- the stream --------------------------------------------------------------------------------------------------

    def _look_at_stream(self, batch: BatchState, state: LineState, session: str) -> None:
        """Take the price of the stream as the round's only answer; the round is ready when it can be dealt on."""
        deal, asked = state.line.deal, state.quote_rounds[-1]
        if deal.product is not Product.SPOT:
            text = f"{session} streams prices of spot deals only, and quotes nothing else"
            asked.end(RoundPhase.FAILED, self._ctx.now_ns, text)
            del batch.rounds[asked.quote_req_id]
            self._end_unfilled(batch, state, text)
            return
        sides = self._ctx.sessions[session].prices.get(str(deal.pair))
        answer = None if sides is None else self._streamed(asked.quote_req_id, deal, sides)
        asked.show(answer)
        if answer is not None and asked.phase is RoundPhase.ASKED and self._judge(state, asked, session).good:
            self._make_ready(batch, state, asked, session)

    def _streamed(self, name: str, deal: Deal, sides: Sides) -> MakerAnswer | None:
        """The side of a streamed price that a deal needs, as a quote; None when it has no id to take it by."""
        if deal.base_is_bought:
            rate, quote_id, ts_ns = sides.offer, sides.offer_id, sides.offer_ts_ns
        else:
            rate, quote_id, ts_ns = sides.bid, sides.bid_id, sides.bid_ts_ns
        if rate is None or not quote_id:
            return None
        rates = (rate,)
        bids, offers = ((), rates) if deal.base_is_bought else (rates, ())
        return MakerAnswer(STREAM, ts_ns, QuoteReceived(name, quote_id, "", str(deal.pair), bids, offers))

    # --- deciding ----------------------------------------------------------------------------------------------------

    def take(self, batch: BatchState, state: LineState, session: str) -> Taken | None:
        """Choose at the moment the order may leave; the round is over by that.

        Returns:
            The best quote; None when none can be dealt on any longer, so that the line is asked for anew or has ended.
        """
        asked, deal, quotes = state.quote_rounds[-1], state.line.deal, self._quotes(session)
        if quotes.source == "stream":
            self._look_at_stream(batch, state, session)
        judgment = self._judge(state, asked, session)
        judgment.write_down(deal)
        del batch.rounds[asked.quote_req_id]
        if not self._is_enough(judgment, quotes):
            asked.end(RoundPhase.LAPSED, self._ctx.now_ns, "no quote could be dealt on when the order could leave")
            if self.may_ask_again(state):
                batch.queues[session].appendleft(state.line.line_no - 1)
            else:
                self._end_unfilled(batch, state, f"no quote lived long enough: {described(asked, deal)}")
            return None
        winner = judgment.good[0][0]
        best = winner.quote
        assert best is not None, "what can be dealt on was quoted"
        rates = wanted_rates(best, deal)
        for warning in self._check(state, rates):  # what blocks was judged before
            text = f"row {state.line.row_id}: {warning.sentence}"
            self._ctx.emit(Alert(warning.code, text, is_hard=False))
        asked.quote_id = best.quote_id
        asked.end(RoundPhase.TAKEN, self._ctx.now_ns, f"taken: QuoteID(117)={best.quote_id} of {winner.maker}")
        request_id = asked.quote_req_id if quotes.source == "request" else ""
        return Taken(rates[0], QuoteReference(best.quote_id, request_id, rates[1:]), best.maker)

    def abandon(self, batch: BatchState, state: LineState, why: str) -> None:
        """End a line's round, if one is open, without anything being taken."""
        last = state.quote_rounds[-1] if state.quote_rounds else None
        if last is not None and last.phase.is_open:
            position, ready = batch.rounds.pop(last.quote_req_id), batch.quoted[batch.session_of(state.line)]
            if position in ready:
                ready.remove(position)
            last.end(RoundPhase.VOIDED, self._ctx.now_ns, why)

    def may_ask_again(self, state: LineState) -> bool:
        """Whether a line may have another round, after those in which no quote lived long enough."""
        counted = (RoundPhase.TAKEN, RoundPhase.LAPSED)
        rounds = sum(1 for each in state.quote_rounds if each.phase in counted)
        return rounds < _ROUNDS_MAX

    def _conclude(self, batch: BatchState, state: LineState, asked: QuoteRound) -> None:
        """Enough makers have answered, or the wait is over."""
        session = batch.session_of(state.line)
        quotes, deal = self._quotes(session), state.line.deal
        judgment = self._judge(state, asked, session)
        if self._is_enough(judgment, quotes):
            self._make_ready(batch, state, asked, session)
            return
        for answer, problem in judgment.bad:
            answer.verdict = problem
        fewest = f"{len(judgment.good)} of the {self._ctx.settings.quotes.least} quotes that have to be usable at least"
        text = f"{fewest}: {described(asked, deal)}"
        asked.end(RoundPhase.FAILED, self._ctx.now_ns, "not taken: too few quotes could be dealt on")
        del batch.rounds[asked.quote_req_id]
        last = next((each.quote.quote_id for each in reversed(asked.answers) if each.quote is not None), "")
        if last and quotes.can_pass and quotes.source == "request" and self._ctx.sessions[session].is_open:
            pass_id = self._ctx.request_id("P")
            self._ctx.send(session, PassQuotes(pass_id, asked.quote_req_id, last, deal, self._ctx.now_ns))
        self._end_unfilled(batch, state, text)

    def _make_ready(self, batch: BatchState, state: LineState, asked: QuoteRound, session: str) -> None:
        asked.phase = RoundPhase.READY
        batch.quoted[session].append(state.line.line_no - 1)

    def _judge(self, state: LineState, asked: QuoteRound, session: str) -> Judgment:
        ctx, deal = self._ctx, state.line.deal
        terms = Terms(
            deal=deal,
            limit_rate=state.line.limit_rate,
            tick=ctx.dialects[session].tick(deal.pair),
            margin_ns=ctx.settings.quotes.margin_ms * NS_PER_MS,
            now_ns=ctx.now_ns,
            guard=lambda rates: self._check(state, rates),
        )
        return judge(asked.standing(), terms)

    def _check(self, state: LineState, rates: tuple[Decimal, ...]) -> tuple[Violation, ...]:
        """What the gate finds about all-in rates, one a leg, for the one order that a quoted line still has to send."""
        (unsent,) = state.unsent
        return self._ctx.gate.check_quote(unsent.reservation_id, rates, self._ctx.now_ns)

    def _is_enough(self, judgment: Judgment, quotes: Quotes) -> bool:
        """A stream has one price at a time; of makers who were asked, so many at least have to have quoted."""
        return len(judgment.good) >= (1 if quotes.source == "stream" else self._ctx.settings.quotes.least)

    def _end_unfilled(self, batch: BatchState, state: LineState, reason: str) -> None:
        self._lines.void(state)
        state.unsent.clear()
        self._lines.move(batch, state, LineStatus.UNFILLED, NO_QUOTE, reason)
        self._endings.collect_when_final(batch)

    # --- finding -----------------------------------------------------------------------------------------------------

    def _quotes(self, session: str) -> Quotes:
        quotes = self._ctx.dialects[session].quotes
        assert quotes is not None, "only a venue that quotes has rounds"
        return quotes

    def _find(self, session: str, request_id: str) -> _Found | None:
        """The round of one of our requests on a session, open or over."""
        line = line_of_request(request_id)
        batch = None if line is None else self._ctx.batches.get(line.batch_id)
        if line is None or batch is None or not 0 < line.line_no <= len(batch.lines):
            return None
        state = batch.lines[line.line_no - 1]
        if batch.session_of(state.line) != session:
            return None
        return next(((batch, state, each) for each in state.quote_rounds if each.quote_req_id == request_id), None)

    def _only(self, session: str, fits: Callable[[Deal, QuoteRound], bool]) -> _Found | None:
        """The open round that a word without a request's id must be about: the only one that it fits."""
        found = []
        for batch in self._ctx.under_way:
            for position in batch.rounds.values():
                state = batch.lines[position]
                if batch.session_of(state.line) == session and fits(state.line.deal, state.quote_rounds[-1]):
                    found.append((batch, state, state.quote_rounds[-1]))
        return found[0] if len(found) == 1 else None


def _unknown(text: str) -> Alert:
    return Alert("QUOTE_UNKNOWN", text, is_hard=False)


def _could_answer(quote: QuoteReceived, deal: Deal) -> bool:
    return quote.symbol == str(deal.pair) and quote.settl_date in (None, deal.near_leg.value_date)


def _is_meant(withdrawn: QuoteWithdrawn, answer: MakerAnswer) -> bool:
    """Whether a withdrawal is about an answer: it may name the quote, the maker, both, or nothing and mean all."""
    assert answer.quote is not None, "a decline cannot be withdrawn"
    is_quote = withdrawn.quote_id in ("", answer.quote.quote_id)
    return is_quote and withdrawn.maker in ("", answer.quote.maker)
