"""The questions after a reconnect or a restart, asked before a single new order leaves.

First the venue's trades since the oldest batch with an open order began, so that no fill is missing; then the status of
every order that is not final: of all at once where the venue answers that, else of each. What stays unanswered stays
unknown: it keeps its limits, is never sent again, and keeps the gate shut, until the venue says it or a person signs.
Where the venue cancels what is live when the session drops, and can be asked about nothing, an order it had
acknowledged is over by that rule.

A new process asks even where nothing is open, at its first logon: its journal may be older than what the venue has, put
back or cut, and it cannot see that by itself. What the venue names then and the journal does not know holds its batch
back, see :meth:`~trader.engine.lines.Lines.dealt_before`.

The same questions are put on a healthy session every so often. There they hold nothing up and nobody hears of them,
unless the books differ. See ``docs/recovery.md``.
"""

from collections.abc import Iterable

from risk.people.signatures import OrderOutcome
from trader.domain.commands import RequestMassStatus, RequestOrderStatus
from trader.domain.counting import counted
from trader.domain.moments import in_ns
from trader.engine.batches import Batches
from trader.engine.context import Context
from trader.engine.dealing import Dealing
from trader.engine.lines import Lines
from trader.engine.outputs import Alert, AlertOver, StartTimer
from trader.engine.questions import NO_MOMENT, MassStatus, Recovery, TradeCollection, VenueMoment
from trader.engine.silent_ends import SilentEnds
from trader.engine.state import SessionState
from trader.orders.machine import Sync
from trader.orders.order import Order

_NAMED_MAX = 3  # orders that an alert names
# More was dealt than can be, or a trade of an order of ours could not be booked for it.
_ABOUT_WHAT_WAS_DEALT = frozenset(
    {
        "ACCOUNT_DIFFERS",
        "CONTRADICTS_ORDER",
        "EXEC_ID_REUSED",
        "FILL_AFTER_END",
        "FILL_TOO_LARGE",
        "ORDER_ID_CROSSED",
        "OTHER_LEGS",
        "OVERFILL",
        "UNBOOKABLE_TRADE",
    }
)


class Recoveries:
    """Asks and follows the questions, per session."""

    def __init__(self, context: Context, lines: Lines, dealing: Dealing, batches: Batches) -> None:
        self._ctx = context
        self._lines = lines
        self._batches = batches
        self._silent = SilentEnds(context, dealing)

    def ask_again(self, session_name: str) -> None:
        """Ask about what is open on a session that is up, if the venue owes an answer about any of it."""
        session = self._ctx.sessions[session_name]
        asked = session.recovery
        if not session.is_open or (asked is not None and not (asked.is_late or asked.is_quiet)):
            return
        blotter = self._ctx.blotters[session_name]
        blotter.session_lost()  # what is unanswered is in doubt, as if the session had dropped
        if any(blotter.in_doubt()) or session.owes_day:
            self.begin(session_name, has_dropped=False)

    def begin(self, session_name: str, *, has_dropped: bool) -> None:
        """A session is up: ask about what is open on it, or open the gate when nothing is.

        Args:
            session_name: Which one.
            has_dropped: False when it was up all the time, so that the venue has canceled nothing by itself.
        """
        ctx, session = self._ctx, self._ctx.sessions[session_name]
        orders = self._open_orders(session_name)
        owed = ctx.memories[session_name].trades_owed
        if session.owes_day and not self._lists(session_name):
            session.owes_day = False
            self.tell_unchecked(session_name, "lists neither trades nor orders")
        if not orders and owed is None and not session.owes_day:
            session.recovery = None
            self.close_alerts(session_name)
            self._batches.session_reopened(session_name)
            return
        dialect = ctx.dialects[session_name]
        needs_end = has_dropped and dialect.cancel_on_disconnect != "none" and not dialect.requests.order_status
        recovery = self._questions(session_name, orders)
        recovery.needs_end, recovery.has_dropped = needs_end, has_dropped
        recovery.is_routine = not orders and owed is None
        if not recovery.is_routine:
            self._tell_begun(session_name, len(orders), has_begun_anew=owed is not None)
        self._ask(session_name, self._since(session_name, orders, owed))

    def _tell_begun(self, session_name: str, orders: int, *, has_begun_anew: bool) -> None:
        text = f"asking {session_name} about {counted(orders, 'open order')}"
        if has_begun_anew:
            text += ", and for its trades: its sequence numbers have begun anew"
        if not self._can_ask(session_name):
            wait = "waits" if orders == 1 else "wait"
            text = f"{session_name} answers no questions: {counted(orders, 'order')} {wait} for its word or a person's"
        self._ctx.emit(Alert("RECOVERY_STARTED", text, about=session_name, is_hard=False, is_lasting=True))

    def tell_unchecked(self, session_name: str, why: str) -> None:
        """A new process has asked a venue what it has, and does not get to know all of it.

        Args:
            session_name: Which one.
            why: Which answer is missing, as what the venue does.
        """
        text = (
            f"{session_name} {why}: should this data folder be older than what was dealt from it, only a statement of "
            f"the venue's would show it, or trader verify with an anchor that was kept elsewhere"
        )
        self._ctx.emit(Alert("FOLDER_NOT_CHECKED", text, about=session_name, is_hard=False))

    def compare(self) -> None:
        """On a healthy session, every so often while orders are open: hold the books against each other, in silence."""
        ctx = self._ctx
        period_ns = in_ns(ctx.settings.compare_s_max)
        for name, session in ctx.sessions.items():
            is_due = session.is_open and session.recovery is None and not session.waiting
            if not is_due or ctx.now_ns - session.asked_ns < period_ns or not self._can_ask(name):
                continue
            orders = self._open_orders(name)
            if any(ctx.now_ns - order.sent_ts_ns >= period_ns for order in orders):
                self._questions(name, orders).is_quiet = True
                self._ask(name, max(session.compared, self._since(name, orders), key=lambda moment: moment.ts_ns))

    def _lists(self, session_name: str) -> bool:
        """Whether the venue can name what this journal does not know."""
        requests = self._ctx.dialects[session_name].requests
        return requests.trade_capture or requests.mass_status

    def _can_ask(self, session_name: str) -> bool:
        return self._lists(session_name) or self._ctx.dialects[session_name].requests.order_status

    def _questions(self, session_name: str, orders: list[Order]) -> Recovery:
        """Take note that questions about some orders are put now."""
        ctx, session = self._ctx, self._ctx.sessions[session_name]
        unanswered = {order.cl_ord_id for order in orders}
        session.recovery = Recovery("", TradeCollection(session_name), unanswered, since=session.last_report)
        session.asked_ns = ctx.now_ns
        ctx.emit(StartTimer(f"recovery:{session_name}", ctx.after(ctx.settings.answer_s_max)))
        return session.recovery

    def _ask(self, session_name: str, since: VenueMoment) -> None:
        """Put the first question, or the second where the venue does not answer the first."""
        ctx = self._ctx
        recovery = ctx.sessions[session_name].recovery
        if recovery is not None and ctx.dialects[session_name].requests.trade_capture:
            request = ctx.trades_request("R", session_name, since)
            recovery.trades_request = request.request_id
            ctx.send(session_name, request)
            if recovery.is_routine and ctx.dialects[session_name].requests.mass_status:
                self._ask_for_all(session_name, recovery)  # no order's fills have to be known first
        else:
            self.ask_statuses(session_name)

    def _ask_for_all(self, session_name: str, recovery: Recovery) -> None:
        recovery.mass = MassStatus(self._ctx.request_id("S"))
        self._ctx.send(session_name, RequestMassStatus(recovery.mass.request_id))

    def contradicted(self, session_name: str, rule: str) -> None:
        """The venue has contradicted itself or us. If it is about what was dealt, nothing new leaves until it answers.

        Args:
            session_name: Who.
            rule: Which rule it broke.
        """
        session = self._ctx.sessions[session_name]
        is_asked = session.recovery is not None and not session.recovery.is_quiet
        if session.is_open and not is_asked and rule in _ABOUT_WHAT_WAS_DEALT:
            self.begin(session_name, has_dropped=False)

    def settle_doubts(self) -> None:
        """On a healthy session: the venue has said more than we have booked, so the same questions are asked."""
        ctx = self._ctx
        for name, session in ctx.sessions.items():
            is_due = ctx.is_past(session.asked_ns, ctx.settings.ack_s_max)
            if session.may_trade and is_due and self._is_behind(name):
                self.begin(name, has_dropped=False)

    def _is_behind(self, session_name: str) -> bool:
        return any(order.venue_cum_qty > order.cum_qty for order in self._ctx.blotters[session_name].in_doubt())

    def _since(self, session_name: str, orders: list[Order], owed: VenueMoment | None = None) -> VenueMoment:
        """What the venue had said when the oldest batch with an open order began, or since when it owes trades.

        Not its last word: reports about different orders overtake each other, so an earlier trade may be missing.
        """
        batches = (self._lines.locate(order.cl_ord_id)[0] for order in orders)
        moments = [batch.trades_from[session_name] for batch in batches]
        session = self._ctx.sessions[session_name]
        if session.owes_day:  # what this journal lacks came after the last word that it has
            moments.append(self._overlapping(session.owed_since))
        return min([*moments, owed] if owed is not None else moments, key=lambda moment: moment.ts_ns)

    def _overlapping(self, moment: VenueMoment) -> VenueMoment:
        """A moment earlier, as reports overtake each other."""
        overlap_ns = in_ns(self._ctx.settings.answer_s_max)
        return VenueMoment(moment.trade_date, moment.ts_ns - overlap_ns) if moment.ts_ns > overlap_ns else NO_MOMENT

    def _open_orders(self, session_name: str) -> list[Order]:
        return list(self._ctx.blotters[session_name].live())

    def ask_statuses(self, session_name: str) -> None:
        """After the trades: is each order what we think it is?"""
        ctx = self._ctx
        recovery = ctx.sessions[session_name].recovery
        if recovery is None:
            return
        is_asked = recovery.is_routine and recovery.trades_request  # for all orders, at once with the trades
        recovery.trades_request = ""
        requests = ctx.dialects[session_name].requests
        # Where nothing can be asked, an order that is not in doubt counts as known, if it outlives the session.
        asks_all = requests.order_status or requests.mass_status or recovery.needs_end
        orders = {o.cl_ord_id: o for o in self._open_orders(session_name) if asks_all or o.sync is Sync.IN_DOUBT}
        if recovery.is_quiet:  # what is on its way to the venue or back has a clock of its own
            orders = {name: o for name, o in orders.items() if name in recovery.unanswered and not _is_under_way(o)}
        recovery.unanswered = set(orders)
        if orders or not is_asked:
            self._ask_about_orders(session_name, recovery)
        self.end_when_answered(session_name)

    def _ask_about_orders(self, session_name: str, recovery: Recovery) -> None:
        """All at once, or each by its name; where neither is answered, see what the list of trades has settled."""
        requests = self._ctx.dialects[session_name].requests
        least = 2 if requests.order_status else 1  # of one order alone it is asked by its name
        is_enough = len(recovery.unanswered) >= least or self._ctx.sessions[session_name].owes_day
        if requests.mass_status and is_enough:
            self._ask_for_all(session_name, recovery)
        elif requests.order_status or requests.mass_status:
            self.ask_one_by_one(session_name, recovery)
        elif requests.trade_capture:
            self._end_by_rule(session_name, recovery)  # every trade is known, so what is live no longer is

    def ask_each(self, session_name: str, names: Iterable[str]) -> None:
        """Ask about orders one by one.

        Args:
            session_name: Whom.
            names: Their first ClOrdID(11)s.
        """
        for name in names:
            order = self._ctx.blotters[session_name].find(name)
            if order is not None:
                self._ctx.send(session_name, RequestOrderStatus(order.current_id, order.order_id, order.deal))

    def ask_one_by_one(self, session_name: str, recovery: Recovery) -> None:
        """Where the venue does not answer for all orders at once, it is asked about each, if it answers that.

        A comparison takes no more than half of what the venue takes in a window, or orders would have to wait for it.
        It asks about some of the orders then, and about others the next time.
        """
        recovery.mass = None
        dialect = self._ctx.dialects[session_name]
        names = sorted(recovery.unanswered)
        if recovery.is_quiet and dialect.pace is not None and names:
            share = max(dialect.pace.messages_max // 2, 1)
            turn = self._ctx.now_ns // in_ns(self._ctx.settings.compare_s_max)
            begin = turn * share % len(names)
            names = (names[begin:] + names[:begin])[:share]
            recovery.unanswered = set(names)
        if dialect.requests.order_status:
            self.ask_each(session_name, names)

    def ask_without_list(self, session_name: str, recovery: Recovery, why: str) -> None:
        """The venue does not list all orders: each is asked about by itself. What it has besides nobody gets to know.

        Args:
            session_name: Which one.
            recovery: Its open questions.
            why: What it does instead, for people.
        """
        if self._ctx.sessions[session_name].owes_day:
            self.tell_unchecked(session_name, why)
        self.ask_one_by_one(session_name, recovery)
        self.end_when_answered(session_name)

    def _end_by_rule(self, session_name: str, recovery: Recovery) -> None:
        """Where the venue cancels live orders without a word when the session drops: those it had taken are over."""
        if not recovery.needs_end:
            return
        for order in self._open_orders(session_name):
            if order.cl_ord_id in recovery.unanswered and self._silent.has_ended(session_name, order):
                self._silent.end(session_name, order)
                recovery.unanswered.discard(order.cl_ord_id)

    def differ(self, session_name: str, what: str) -> None:
        """The books differ on a healthy session: from here on it is asked as after a drop, and nothing new leaves."""
        text = f"the books of {session_name} differ from ours on a session that is up: {what}; everything is asked now"
        self._ctx.emit(Alert("BOOKS_DIFFER", text, about=session_name, is_lasting=True))
        self.begin(session_name, has_dropped=False)

    def end_when_answered(self, session_name: str) -> None:
        """Let orders leave again when no question is open any longer."""
        session = self._ctx.sessions[session_name]
        recovery = session.recovery
        if recovery is None or recovery.trades_request or recovery.unanswered:
            return
        if session.owes_day and recovery.mass is not None:  # it may name orders that are not known here
            if recovery.is_late:  # else its time runs already
                self._ctx.emit(StartTimer(f"recovery:{session_name}", self._ctx.after(self._ctx.settings.answer_s_max)))
            return
        session.recovery, session.owes_day = None, False
        self._note_compared(session, recovery)
        self._ctx.emit(AlertOver("BOOKS_NOT_COMPARED", session_name))
        if recovery.is_quiet:
            return
        self.close_alerts(session_name)
        if recovery.is_late or not recovery.is_routine:
            text = f"{session_name} has answered for every order"
            if recovery.signed_for:
                orders = counted(recovery.signed_for, "order")
                text = f"every order of {session_name} is known: persons have signed for {orders}, in the venue's place"
            self._ctx.emit(Alert("RECOVERY_COMPLETE", text, about=session_name, is_hard=False))
        self._batches.session_reopened(session_name)

    def _note_compared(self, session: SessionState, recovery: Recovery) -> None:
        """The next comparison needs no trades from before this one, less a moment, as reports overtake each other."""
        if recovery.trades.is_complete and not recovery.is_quiet:  # which asks for what is newer than what is owed
            self._ctx.memories[recovery.trades.session].trades_owed = None
        if recovery.trades.is_complete and (begun := self._overlapping(recovery.since)).ts_ns:
            session.compared = begun

    def close_alerts(self, session_name: str) -> None:
        """Nothing is unknown on a session any longer: what was told of that is over."""
        for code in ("RECOVERY_STARTED", "RECOVERY_INCOMPLETE", "BOOKS_DIFFER"):
            self._ctx.emit(AlertOver(code, session_name))

    def out_of_time(self, session_name: str) -> None:
        """The wait is over; what is unanswered stays unknown and the gate stays shut."""
        ctx, session = self._ctx, self._ctx.sessions[session_name]
        recovery = session.recovery
        if recovery is None:
            return
        if session.waiting:  # the venue's pace has held questions back: it cannot have answered them
            ctx.emit(StartTimer(f"recovery:{session_name}", ctx.after(ctx.settings.answer_s_max)))
            return
        if recovery.mass is not None and self._can_do_without_list(session_name, recovery, recovery.mass):
            self.ask_without_list(session_name, recovery, "did not list its open orders in time")
            if session.recovery is recovery:
                ctx.emit(StartTimer(f"recovery:{session_name}", ctx.after(ctx.settings.answer_s_max)))
            return
        if recovery.is_quiet:
            session.recovery = None
            text = f"{session_name} did not say in time what it has of {counted(len(recovery.unanswered), 'order')}"
            ctx.emit(Alert("BOOKS_NOT_COMPARED", text, about=session_name, is_hard=False, is_lasting=True))
            return
        if not recovery.trades_request:
            self._end_by_rule(session_name, recovery)
            self.end_when_answered(session_name)
            if session.recovery is None:
                return
        missed = ctx.memories[session_name].venue_missed
        was_filled_over = missed is not None and missed.ts_ns > session.asked_ns  # so that no question ever came
        if was_filled_over and not recovery.is_repeated:
            self.begin(session_name, has_dropped=recovery.has_dropped)
            if session.recovery is not None:
                session.recovery.is_repeated = True
            return
        recovery.is_late = True
        self.say_what_is_unknown(session_name, recovery)
        self._batches.session_stuck(session_name)

    def _can_do_without_list(self, session_name: str, recovery: Recovery, mass: MassStatus) -> bool:
        """Many venues say nothing where nothing is open; one that has begun its list has more to say."""
        if recovery.trades_request or (self._ctx.sessions[session_name].owes_day and mass.reports.has_begun):
            return False
        return self._ctx.dialects[session_name].requests.order_status or not recovery.unanswered

    def say_what_is_unknown(self, session_name: str, recovery: Recovery) -> None:
        """Only the venue's late word, or a person's, opens the gate from here on.

        Args:
            session_name: Whose word.
            recovery: What it was asked.
        """
        names = sorted(recovery.unanswered)
        for name in names:
            order = self._ctx.blotters[session_name].find(name)
            if order is not None:
                order.left_unanswered()
        owed = "which trades it has" if recovery.trades_request else "which orders are open there"
        about = f"for {counted(len(names), 'order')}" if names else owed
        text = f"{session_name} has not answered {about}; nothing new will be sent to it"
        if names:
            more = f" and {len(names) - _NAMED_MAX} more" if len(names) > _NAMED_MAX else ""
            text += f" before it or a person says what became of {', '.join(names[:_NAMED_MAX])}{more}: ask it by "
            text += f"telephone, then trader settle {names[0]} --as {'|'.join(OrderOutcome)}"
        self._ctx.emit(Alert("RECOVERY_INCOMPLETE", text, about=session_name, is_lasting=True))


def _is_under_way(order: Order) -> bool:
    """True for an order on which the venue's answer is still to come, and not late."""
    return order.is_unanswered and order.sync is Sync.IN_SYNC
