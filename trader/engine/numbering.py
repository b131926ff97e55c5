"""Sequence numbers of sessions: what both ends have said of them, and what two persons want them to be.

A number that one end takes for used ends the session. It stays ended until a person has found out why and two have
signed for new numbers: a robot that resets by itself loses what the venue had still to send. Whenever numbers have
begun anew, the venue is asked for its trades before anything new leaves.
"""

from risk.people.people import Request
from risk.people.signatures import ResetSession
from trader.domain.counting import counted
from trader.engine.context import Context
from trader.engine.ending import Endings
from trader.engine.inputs import SessionClosed, SessionOpened
from trader.engine.outputs import Alert, AlertOver, Renumber
from trader.engine.session_inputs import SequenceNoted
from trader.engine.session_memory import NewNumbers, Noted, SessionMemory

_TOO_LOW = "SEQUENCE_TOO_LOW"
_NUMBER_MAX = 999_999_999
_NAMED_MAX = 3  # orders that a refusal names


class Numbering:
    """Remembers, and renumbers. One instance per engine."""

    def __init__(self, context: Context, endings: Endings) -> None:
        self._ctx = context
        self._endings = endings

    def process_started(self) -> None:
        """Numbers that were signed for, and with which nobody has logged on yet, are to be set anew."""
        for name in self._ctx.dialects:
            self._renumber(name)

    def opened(self, opened: SessionOpened) -> None:
        """A session is logged on. If its numbers are others than before, trades may be lost with the old ones."""
        ctx, memory = self._ctx, self._memory(opened.session)
        if memory.opened_ns and (opened.was_reset or memory.new_numbers is not None):
            self._trades_may_be_missing(opened.session, memory)
        if opened.was_reset or memory.new_numbers is not None:
            memory.next_sent = memory.next_expected = 0
        if opened.was_reset:
            memory.reset_ns = ctx.now_ns
            memory.venue_missed = memory.we_missed = None
        memory.opened_ns, memory.too_low, memory.new_numbers = ctx.now_ns, None, None
        ctx.emit(AlertOver(_TOO_LOW, opened.session))

    def _trades_may_be_missing(self, name: str, memory: SessionMemory) -> None:
        """The venue is asked for what it had reported since the oldest batch of which the books do not agree yet."""
        ctx = self._ctx
        open_batches = [batch for batch in ctx.batches.values() if batch.is_launched and not batch.is_reconciled]
        moments = [batch.trades_from[name] for batch in open_batches if name in batch.sessions]
        moments.append(ctx.sessions[name].last_report)
        if ctx.dialects[name].requests.trade_capture:
            since = min(moments, key=lambda moment: moment.ts_ns)
            known = memory.trades_owed
            memory.trades_owed = since if known is None or since.ts_ns < known.ts_ns else known
            return
        text = fills_may_be_missing(name)
        ctx.emit(Alert("TRADES_NOT_REPORTED", text, about=name, is_hard=False))

    def closed(self, closed: SessionClosed) -> None:
        """A session has ended, or a logon was refused."""
        memory = self._memory(closed.session)
        if self._ctx.sessions[closed.session].is_logged_on:
            memory.closed_ns, memory.closed_why = self._ctx.now_ns, closed.reason
        else:
            memory.refused_ns, memory.refused_why = self._ctx.now_ns, closed.reason
        if closed.next_sent:
            memory.next_sent, memory.next_expected = closed.next_sent, closed.next_expected

    def noted(self, note: SequenceNoted) -> None:
        """One end has said that numbers do not fit. If they were used before, nothing is sent until persons say how."""
        ctx, memory = self._ctx, self._memory(note.session)
        noted = Noted(note, ctx.now_ns)
        if not note.is_too_low:
            if note.by_venue:
                memory.venue_missed = noted
            else:
                memory.we_missed = noted
            return
        memory.too_low = noted
        text = f"{too_low_text(note)}; nothing is sent until persons agree on numbers: trader session status says more"
        ctx.emit(Alert(_TOO_LOW, text, about=note.session, is_lasting=True))
        for batch in ctx.batches.values():
            if batch.is_active and note.session in batch.sessions:
                self._endings.suspend(batch, too_low_text(note))

    # --- what two persons sign for -----------------------------------------------------------------------------------

    def problem(self, action: ResetSession) -> str:
        """Why a session cannot have other numbers now; "" when it can."""
        ctx, name = self._ctx, action.session
        if name in ctx.copies:
            return (
                f"{name} only copies what {ctx.copies[name]} reports, and nothing is lost with its numbers; once no "
                f"robot runs, move its folder, {name} in the data folder's fix, away, and its next logon begins at 1"
            )
        if name not in ctx.past_dialects:
            known = ", ".join(sorted(ctx.past_dialects)) or "none"
            return (
                f"there is no session {name} here; expected one that a robot has run with in this data folder: {known}"
            )
        if ctx.sessions[name].is_logged_on:
            return f"the session {name} is up, so its numbers agree; end it first if they have to change"
        if not (0 < action.next_sent <= _NUMBER_MAX and 0 < action.next_expected <= _NUMBER_MAX):
            return f"numbers are from 1 to {_NUMBER_MAX:,}"
        return self._open_orders_problem(action)

    def _open_orders_problem(self, action: ResetSession) -> str:
        """What is open would be forgotten with the old numbers, unless the venue is asked about it after them."""
        ctx, name = self._ctx, action.session
        orders = [order.cl_ord_id for order in ctx.blotters[name].live()]
        if not orders:
            return ""
        more = f" and {len(orders) - _NAMED_MAX} more" if len(orders) > _NAMED_MAX else ""
        are = "is" if len(orders) == 1 else "are"
        text = (
            f"{counted(len(orders), 'order')} of {name} {are} live or unknown ({', '.join(orders[:_NAMED_MAX])}{more})"
        )
        requests = ctx.past_dialects[name].requests
        if not (requests.trade_capture or requests.order_status or requests.mass_status):
            return (
                f"{text}, and it answers no questions about orders; say first what became of them, with trader settle"
            )
        if not action.with_open_orders:
            return f"{text}: what it had still to report of them is lost; with --ask-afterwards it is asked about each"
        return ""

    def reset(self, request: Request) -> None:
        """The next logon has these numbers."""
        action = request.action
        assert isinstance(action, ResetSession), "the table of actions says so"
        begins = (action.next_sent, action.next_expected) == (1, 1)
        says_so = begins and self._ctx.past_dialects[action.session].reset != "never"
        numbers = NewNumbers(action.next_sent, action.next_expected, says_so, request.request_id)
        self._memory(action.session).new_numbers = numbers
        self._renumber(action.session)

    def _renumber(self, name: str) -> None:
        numbers = self._memory(name).new_numbers
        if numbers is not None:
            self._ctx.emit(Renumber(name, numbers.next_sent, numbers.next_expected, numbers.says_so))

    def _memory(self, name: str) -> SessionMemory:
        return self._ctx.memories.setdefault(name, SessionMemory())


def fills_may_be_missing(name: str, why: str = "") -> str:
    """What people have to do by hand where numbers have begun anew, and nobody lists what was reported meanwhile.

    Args:
        name: The session's.
        why: Why the venue refuses its list, in its own words; "" where it never gives one.
    """
    refusal = f" ({why})" if why else ""
    return (
        f"the sequence numbers of {name} have begun anew, and it lists no trades{refusal}: a fill that it reported "
        f"meanwhile may be missing; compare its statement with trader report"
    )


def too_low_text(note: SequenceNoted) -> str:
    """What one end has said, in plain words."""
    who, whose = (note.session, "our") if note.by_venue else ("we", f"{note.session}'s")
    have = "have" if who == "we" else "has"
    if not note.expected:
        return f"{who} {have} seen {whose} sequence number before: {note.text or 'it was too low'}"
    came = f", and it was {note.received}" if note.received else ""
    expected = "expected" if who == "we" else "expects"
    return f"{who} {expected} {note.expected} as {whose} next sequence number{came}"
