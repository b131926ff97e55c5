"""How a session's sequence numbers stand, in plain words: what is the matter, why that is likely, what can be done."""

from collections.abc import Iterator
from dataclasses import dataclass

from trader.adapters.session_store import StoredNumbers
from trader.engine.numbering import too_low_text
from trader.engine.session_memory import SessionMemory
from trader.fix.dialect import Dialect

READY_WORDS = {"news": "a News(B)", "trading_session_status": "a TradingSessionStatus(h) that says open"}
"""By which message a venue says that it is ready, where it does not say so by its Logon(A)."""

_POLICIES = {
    "never": "The venue takes no reset: numbers are agreed on by telephone, and set on our side only.",
    "new_store": "The venue takes a reset with the first logon of all; later only when two persons sign for one.",
    "when_refused": "The venue may forget, so the robot begins at 1 by itself when it is refused for its number.",
    "every_logon": "Numbers begin at 1 with every logon, as the venue wants it.",
}


@dataclass(frozen=True, slots=True)
class Standing:
    """Everything there is to know about a session's numbers.

    Attributes:
        name: The session's.
        memory: What the journal says of it.
        stored: Its store; None where there is none.
        dialect: The venue's; None where nobody knows it.
        is_up: Whether a robot is logged on now.
        open_orders: How many of its orders are live or unknown.
    """

    name: str
    memory: SessionMemory
    stored: StoredNumbers | None
    dialect: Dialect | None
    is_up: bool
    open_orders: int

    @property
    def next_sent(self) -> int:
        """MsgSeqNum(34) of our next message."""
        return self.stored.next_sent if self.stored else 1

    @property
    def next_expected(self) -> int:
        """What we expect of the venue's next message."""
        return self.stored.next_expected if self.stored else 1

    @property
    def gap_from(self) -> int:
        """The first message of the venue that we miss and have asked for; 0 when nothing is missing."""
        asked = self.memory.we_missed
        return asked.note.expected if asked is not None and self.next_expected <= asked.note.expected else 0


def policy(standing: Standing) -> str:
    """What the venue's dialect says about resets, and what follows."""
    dialect = standing.dialect
    if dialect is None:
        return "No robot has run with a dialect of its own for it, so what it allows is not known here."
    asks = "it is asked for its trades" if dialect.requests.trade_capture else "it lists no trades: compare statements"
    return f"{_POLICIES[dialect.reset]} Whenever they begin anew after the first day, {asks}."


def explanation(standing: Standing) -> Iterator[str]:
    """What is the matter, and why; nothing when all is well."""
    memory = standing.memory
    if memory.too_low is not None:
        yield f"{_upper(too_low_text(memory.too_low.note))}: {_cause(standing)}."
        yield "Nothing is sent to it until its numbers and ours agree again."
    elif _is_behind(standing):
        yield (
            f"Our next number was {memory.next_sent} when the session last ended, and is {standing.next_sent} now: "
            f"{_lost(standing)}. The venue will refuse the next logon."
        )
    if standing.gap_from:
        yield (
            f"Messages of the venue from number {standing.gap_from} on are missing. They were asked for, and what it "
            f"sends meanwhile waits for them."
        )
    if memory.venue_missed is not None:
        yield (
            f"The venue last missed ours from number {memory.venue_missed.note.expected} on. It was told that they are "
            f"void, because no order is ever sent late: orders among them are asked about instead."
        )
    if memory.trades_owed is not None:
        yield (
            "Numbers have begun anew, and the venue still owes the list of its trades: it is asked for it at every "
            "logon, before anything new is sent."
        )


def advice(standing: Standing) -> Iterator[str]:
    """What can be done; nothing when nothing needs to be."""
    memory, reset = standing.memory, f"trader session reset --venue {standing.name}"
    if memory.new_numbers is not None:
        numbers = memory.new_numbers
        says = ", and the venue is told so with ResetSeqNumFlag(141)=Y" if numbers.says_so else ""
        yield (
            f"Two persons have signed for new numbers: with the next logon ours is {numbers.next_sent}, "
            f"{numbers.next_expected} is expected of the venue{says}. Run the batch's file again."
        )
        return
    if memory.too_low is None and not _is_behind(standing):
        return
    yield "Find out first whether another robot, or the same on another machine, uses this session: only one may."
    note = memory.too_low.note if memory.too_low else None
    ours, theirs = standing.next_sent, standing.next_expected
    if note is None or note.by_venue:
        ours = note.expected if note is not None else memory.next_sent
        theirs = memory.next_expected if _was_behind(standing) or standing.stored is None else theirs
    else:
        theirs = note.received
    if ours and theirs:
        yield f"To go on where the venue is: {reset} --send {ours} --expect {theirs} --reason ..."
    if standing.dialect is None or standing.dialect.reset != "never":
        yield f"To begin anew at 1, when the venue agrees to it: {reset} --reason ..."
    if standing.open_orders:
        yield f"{standing.open_orders} orders are live or unknown: with --ask-afterwards the venue is asked about each."


def _cause(standing: Standing) -> str:
    """Why one end takes a number for used, as far as store and journal show it."""
    memory, low = standing.memory, standing.memory.too_low
    assert low is not None, "only a number that is too low has a cause"
    if not low.note.by_venue:
        return "the venue has begun anew without saying so, or two of its machines count for themselves"
    if standing.stored is None or _was_behind(standing):
        return _lost(standing)
    if memory.opened_ns == 0:
        return "this data folder has never been on the session, and the venue counts on from somebody who was"
    return (
        "our numbers are as the last session left them, so somebody else has used the session since, under the same "
        "names; or the machine stopped before its last messages were on the disk"
    )


def _was_behind(standing: Standing) -> bool:
    """Whether our number was too low for the journal as well, when the venue refused it."""
    low = standing.memory.too_low
    tried = low.note.received if low is not None and low.note.received else standing.next_sent
    return tried < standing.memory.next_sent


def _is_behind(standing: Standing) -> bool:
    """Whether the store has a lower number than the journal knows to have been used: the next logon will be refused."""
    resets = standing.dialect is not None and standing.dialect.reset in ("every_logon", "when_refused")
    return (
        not (resets or standing.is_up or standing.memory.new_numbers) and standing.next_sent < standing.memory.next_sent
    )


def _lost(standing: Standing) -> str:
    if standing.stored is None:
        return "there is no FIX store any longer, so it was deleted, or the data folder restored without it"
    if standing.stored.begun_ns > max(standing.memory.opened_ns, standing.memory.reset_ns):
        return "the FIX store was made anew after the last logon, so the old one had been deleted"
    return "the FIX store is an older one than the session ended with, restored from a copy"


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]
