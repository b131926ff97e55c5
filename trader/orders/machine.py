"""The order's life as literal tables: three small machines and the status FIX derives from them.

The rules of this file:

1. Everything that decides a transition stands here. A change of state that is not a cell of a table does not exist:
   only :meth:`trader.orders.order.Order.try_move` writes one, and it has nothing to write but a cell.
2. This file knows neither amounts nor ids nor messages. The reader of a report picks the input, the table the rest.
3. An empty cell is something that cannot be. If we caused it, it is a bug of ours; if the venue said it, it is
   a violation, and the order is in doubt until the venue or a person settles it.
4. A fill is a fact. ``TRADED`` and ``FILLED`` have a cell wherever the venue can have received the order.

Source: FIX 4.4, volume 4, ExecutionReport(8), and appendix D with its precedence of OrdStatus(39).
"""

from collections.abc import Mapping
from enum import StrEnum

from trader.domain.events import ExecType, OrdStatus


class Phase(StrEnum):
    """How far the order has come."""

    CREATED = "CREATED"
    SENT = "SENT"
    WORKING = "WORKING"
    FILLED = "FILLED"
    CANCELED = "CANCELED"
    REJECTED = "REJECTED"
    EXPIRED = "EXPIRED"
    DONE_FOR_DAY = "DONE_FOR_DAY"

    @property
    def is_final(self) -> bool:
        """True when nothing of the order is left at the venue, as far as its last word goes."""
        return self in FINAL_PHASES


FINAL_PHASES = frozenset({Phase.FILLED, Phase.CANCELED, Phase.REJECTED, Phase.EXPIRED, Phase.DONE_FOR_DAY})


class PhaseInput(StrEnum):
    """What moves the phase: SEND is ours, NEVER_RECEIVED is concluded from the venue's answer, the rest it says."""

    SEND = "SEND"
    NEVER_RECEIVED = "NEVER_RECEIVED"
    ACKNOWLEDGED = "ACKNOWLEDGED"
    TRADED = "TRADED"
    FILLED = "FILLED"
    CANCELED = "CANCELED"
    REJECTED = "REJECTED"
    EXPIRED = "EXPIRED"
    DONE_FOR_DAY = "DONE_FOR_DAY"
    REOPENED = "REOPENED"


# An ended order that the venue ends once more keeps its first end, except that Done for Day may still become one.
# An acknowledgement that comes after the last fill is merely late; after any other end it contradicts that end.
PHASES: Mapping[Phase, Mapping[PhaseInput, Phase]] = {
    Phase.CREATED: {
        PhaseInput.SEND: Phase.SENT,
        PhaseInput.NEVER_RECEIVED: Phase.REJECTED,
    },
    Phase.SENT: {
        PhaseInput.NEVER_RECEIVED: Phase.REJECTED,
        PhaseInput.ACKNOWLEDGED: Phase.WORKING,
        PhaseInput.TRADED: Phase.WORKING,
        PhaseInput.FILLED: Phase.FILLED,
        PhaseInput.CANCELED: Phase.CANCELED,
        PhaseInput.REJECTED: Phase.REJECTED,
        PhaseInput.EXPIRED: Phase.EXPIRED,
        PhaseInput.DONE_FOR_DAY: Phase.DONE_FOR_DAY,
        PhaseInput.REOPENED: Phase.WORKING,
    },
    Phase.WORKING: {
        PhaseInput.ACKNOWLEDGED: Phase.WORKING,
        PhaseInput.TRADED: Phase.WORKING,
        PhaseInput.FILLED: Phase.FILLED,
        PhaseInput.CANCELED: Phase.CANCELED,
        PhaseInput.REJECTED: Phase.REJECTED,
        PhaseInput.EXPIRED: Phase.EXPIRED,
        PhaseInput.DONE_FOR_DAY: Phase.DONE_FOR_DAY,
        PhaseInput.REOPENED: Phase.WORKING,
    },
    Phase.FILLED: {
        PhaseInput.ACKNOWLEDGED: Phase.FILLED,
        PhaseInput.TRADED: Phase.FILLED,
        PhaseInput.FILLED: Phase.FILLED,
        PhaseInput.CANCELED: Phase.FILLED,
        PhaseInput.EXPIRED: Phase.FILLED,
        PhaseInput.DONE_FOR_DAY: Phase.FILLED,
        PhaseInput.REOPENED: Phase.WORKING,
    },
    Phase.CANCELED: {
        PhaseInput.TRADED: Phase.CANCELED,
        PhaseInput.FILLED: Phase.FILLED,
        PhaseInput.CANCELED: Phase.CANCELED,
        PhaseInput.EXPIRED: Phase.CANCELED,
        PhaseInput.DONE_FOR_DAY: Phase.CANCELED,
        PhaseInput.REOPENED: Phase.WORKING,
    },
    Phase.REJECTED: {
        PhaseInput.TRADED: Phase.REJECTED,
        PhaseInput.FILLED: Phase.FILLED,
        PhaseInput.REJECTED: Phase.REJECTED,
        PhaseInput.REOPENED: Phase.WORKING,
    },
    Phase.EXPIRED: {
        PhaseInput.TRADED: Phase.EXPIRED,
        PhaseInput.FILLED: Phase.FILLED,
        PhaseInput.CANCELED: Phase.EXPIRED,
        PhaseInput.EXPIRED: Phase.EXPIRED,
        PhaseInput.DONE_FOR_DAY: Phase.EXPIRED,
        PhaseInput.REOPENED: Phase.WORKING,
    },
    Phase.DONE_FOR_DAY: {
        PhaseInput.ACKNOWLEDGED: Phase.WORKING,
        PhaseInput.TRADED: Phase.WORKING,
        PhaseInput.FILLED: Phase.FILLED,
        PhaseInput.CANCELED: Phase.CANCELED,
        PhaseInput.EXPIRED: Phase.EXPIRED,
        PhaseInput.DONE_FOR_DAY: Phase.DONE_FOR_DAY,
        PhaseInput.REOPENED: Phase.WORKING,
    },
}


class Sync(StrEnum):
    """Whether our picture of the order is known to be the venue's."""

    IN_SYNC = "IN_SYNC"
    IN_DOUBT = "IN_DOUBT"


class SyncInput(StrEnum):
    """What moves the doubt."""

    UNANSWERED = "UNANSWERED"
    CONTRADICTED = "CONTRADICTED"
    VENUE_AGREED = "VENUE_AGREED"
    PERSON_SIGNED = "PERSON_SIGNED"


SYNCS: Mapping[Sync, Mapping[SyncInput, Sync]] = {
    Sync.IN_SYNC: {
        SyncInput.UNANSWERED: Sync.IN_DOUBT,
        SyncInput.CONTRADICTED: Sync.IN_DOUBT,
        SyncInput.VENUE_AGREED: Sync.IN_SYNC,
    },
    Sync.IN_DOUBT: {
        SyncInput.UNANSWERED: Sync.IN_DOUBT,
        SyncInput.CONTRADICTED: Sync.IN_DOUBT,
        SyncInput.VENUE_AGREED: Sync.IN_SYNC,
        SyncInput.PERSON_SIGNED: Sync.IN_SYNC,
    },
}


class StatusInput(StrEnum):
    """What the order is found to be, by a status that the venue gives, or in doubt by what a person signs for."""

    SENT = "SENT"
    WORKING = "WORKING"
    FILLED = "FILLED"
    CANCELED = "CANCELED"
    REJECTED = "REJECTED"
    EXPIRED = "EXPIRED"
    DONE_FOR_DAY = "DONE_FOR_DAY"


_ENDS: Mapping[StatusInput, Phase] = {
    StatusInput.FILLED: Phase.FILLED,
    StatusInput.CANCELED: Phase.CANCELED,
    StatusInput.REJECTED: Phase.REJECTED,
    StatusInput.EXPIRED: Phase.EXPIRED,
    StatusInput.DONE_FOR_DAY: Phase.DONE_FOR_DAY,
}
_AS_FOUND: Mapping[StatusInput, Phase] = {StatusInput.WORKING: Phase.WORKING, **_ENDS}

# While we know, an order keeps its first end, except that a filled one is over in another way once a fill of it was
# taken back; to work again it has to be REOPENED. In doubt it is whatever it is found to be. A status that is late does
# not make it less than it was.
STATUSES: Mapping[Sync, Mapping[Phase, Mapping[StatusInput, Phase]]] = {
    Sync.IN_SYNC: {
        Phase.CREATED: {},
        Phase.SENT: {StatusInput.SENT: Phase.SENT, **_AS_FOUND},
        Phase.WORKING: {StatusInput.SENT: Phase.WORKING, **_AS_FOUND},
        Phase.FILLED: _ENDS,
        Phase.CANCELED: dict.fromkeys(_ENDS, Phase.CANCELED),
        Phase.REJECTED: dict.fromkeys(_ENDS, Phase.REJECTED),
        Phase.EXPIRED: dict.fromkeys(_ENDS, Phase.EXPIRED),
        Phase.DONE_FOR_DAY: dict.fromkeys(_ENDS, Phase.DONE_FOR_DAY),
    },
    Sync.IN_DOUBT: {
        Phase.CREATED: {StatusInput.SENT: Phase.SENT, **_AS_FOUND},
        Phase.SENT: {StatusInput.SENT: Phase.SENT, **_AS_FOUND},
        Phase.WORKING: {StatusInput.SENT: Phase.WORKING, **_AS_FOUND},
        Phase.FILLED: _AS_FOUND,
        Phase.CANCELED: _AS_FOUND,
        Phase.REJECTED: _AS_FOUND,
        Phase.EXPIRED: _AS_FOUND,
        Phase.DONE_FOR_DAY: _AS_FOUND,
    },
}


class Pending(StrEnum):
    """The request of ours that the venue has not answered; PENDING when it has at least said that it got it."""

    NONE = "NONE"
    CANCEL_SENT = "CANCEL_SENT"
    CANCEL_PENDING = "CANCEL_PENDING"
    REPLACE_SENT = "REPLACE_SENT"
    REPLACE_PENDING = "REPLACE_PENDING"


class PendingInput(StrEnum):
    """What moves the pending request: the first two are ours."""

    REQUEST_CANCEL = "REQUEST_CANCEL"
    REQUEST_REPLACE = "REQUEST_REPLACE"
    PENDING_CANCEL = "PENDING_CANCEL"
    PENDING_REPLACE = "PENDING_REPLACE"
    REPLACED = "REPLACED"
    REPLACE_REFUSED = "REPLACE_REFUSED"
    CANCEL_REFUSED = "CANCEL_REFUSED"
    CANCEL_REFUSED_REPLACE_OPEN = "CANCEL_REFUSED_REPLACE_OPEN"
    REPLACE_FOUND_OPEN = "REPLACE_FOUND_OPEN"
    ENDED = "ENDED"


# A cancel may overtake a replace, because a cancel always passes; never the other way round. It may be asked for again
# when the first request is in doubt. A pending cancel that we did not ask for is the answer to a mass cancel, or
# somebody's telephone call.
PENDINGS: Mapping[Pending, Mapping[PendingInput, Pending]] = {
    Pending.NONE: {
        PendingInput.REQUEST_CANCEL: Pending.CANCEL_SENT,
        PendingInput.REQUEST_REPLACE: Pending.REPLACE_SENT,
        PendingInput.PENDING_CANCEL: Pending.CANCEL_PENDING,
        PendingInput.ENDED: Pending.NONE,
    },
    Pending.CANCEL_SENT: {
        PendingInput.REQUEST_CANCEL: Pending.CANCEL_SENT,
        PendingInput.PENDING_CANCEL: Pending.CANCEL_PENDING,
        PendingInput.PENDING_REPLACE: Pending.CANCEL_SENT,
        PendingInput.REPLACED: Pending.CANCEL_SENT,
        PendingInput.REPLACE_REFUSED: Pending.CANCEL_SENT,
        PendingInput.CANCEL_REFUSED: Pending.NONE,
        PendingInput.CANCEL_REFUSED_REPLACE_OPEN: Pending.REPLACE_SENT,
        PendingInput.REPLACE_FOUND_OPEN: Pending.REPLACE_PENDING,
        PendingInput.ENDED: Pending.NONE,
    },
    Pending.CANCEL_PENDING: {
        PendingInput.REQUEST_CANCEL: Pending.CANCEL_SENT,
        PendingInput.PENDING_CANCEL: Pending.CANCEL_PENDING,
        PendingInput.PENDING_REPLACE: Pending.CANCEL_PENDING,
        PendingInput.REPLACED: Pending.CANCEL_PENDING,
        PendingInput.REPLACE_REFUSED: Pending.CANCEL_PENDING,
        PendingInput.CANCEL_REFUSED: Pending.NONE,
        PendingInput.CANCEL_REFUSED_REPLACE_OPEN: Pending.REPLACE_SENT,
        PendingInput.REPLACE_FOUND_OPEN: Pending.REPLACE_PENDING,
        PendingInput.ENDED: Pending.NONE,
    },
    Pending.REPLACE_SENT: {
        PendingInput.REQUEST_CANCEL: Pending.CANCEL_SENT,
        PendingInput.PENDING_CANCEL: Pending.CANCEL_PENDING,
        PendingInput.PENDING_REPLACE: Pending.REPLACE_PENDING,
        PendingInput.REPLACED: Pending.NONE,
        PendingInput.REPLACE_REFUSED: Pending.NONE,
        PendingInput.REPLACE_FOUND_OPEN: Pending.REPLACE_PENDING,
        PendingInput.ENDED: Pending.NONE,
    },
    Pending.REPLACE_PENDING: {
        PendingInput.REQUEST_CANCEL: Pending.CANCEL_SENT,
        PendingInput.PENDING_CANCEL: Pending.CANCEL_PENDING,
        PendingInput.PENDING_REPLACE: Pending.REPLACE_PENDING,
        PendingInput.REPLACED: Pending.NONE,
        PendingInput.REPLACE_REFUSED: Pending.NONE,
        PendingInput.REPLACE_FOUND_OPEN: Pending.REPLACE_PENDING,
        PendingInput.ENDED: Pending.NONE,
    },
}


AnyInput = PhaseInput | StatusInput | PendingInput | SyncInput

# The reports that move the phase by themselves. Stopped and Suspended orders may still trade.
INPUT_OF_EXEC_TYPE: Mapping[ExecType, PhaseInput] = {
    ExecType.NEW: PhaseInput.ACKNOWLEDGED,
    ExecType.STOPPED: PhaseInput.ACKNOWLEDGED,
    ExecType.SUSPENDED: PhaseInput.ACKNOWLEDGED,
    ExecType.CANCELED: PhaseInput.CANCELED,
    ExecType.EXPIRED: PhaseInput.EXPIRED,
    ExecType.DONE_FOR_DAY: PhaseInput.DONE_FOR_DAY,
    ExecType.CALCULATED: PhaseInput.DONE_FOR_DAY,
}

# The phase that a status answer means, and the request it says is still open.
PHASE_OF_STATUS: Mapping[OrdStatus, Phase] = {
    OrdStatus.PENDING_NEW: Phase.SENT,
    OrdStatus.NEW: Phase.WORKING,
    OrdStatus.PARTIALLY_FILLED: Phase.WORKING,
    OrdStatus.REPLACED: Phase.WORKING,
    OrdStatus.STOPPED: Phase.WORKING,
    OrdStatus.SUSPENDED: Phase.WORKING,
    OrdStatus.PENDING_CANCEL: Phase.WORKING,
    OrdStatus.PENDING_REPLACE: Phase.WORKING,
    OrdStatus.FILLED: Phase.FILLED,
    OrdStatus.CANCELED: Phase.CANCELED,
    OrdStatus.REJECTED: Phase.REJECTED,
    OrdStatus.EXPIRED: Phase.EXPIRED,
    OrdStatus.DONE_FOR_DAY: Phase.DONE_FOR_DAY,
    OrdStatus.CALCULATED: Phase.DONE_FOR_DAY,
}
PENDING_OF_STATUS: Mapping[OrdStatus, PendingInput] = {
    OrdStatus.PENDING_CANCEL: PendingInput.PENDING_CANCEL,
    OrdStatus.PENDING_REPLACE: PendingInput.PENDING_REPLACE,
}

# An order can be in several states at once; the one with the highest number is reported.
PRECEDENCE: Mapping[OrdStatus, int] = {
    OrdStatus.PENDING_CANCEL: 12,
    OrdStatus.PENDING_REPLACE: 11,
    OrdStatus.DONE_FOR_DAY: 10,
    OrdStatus.CALCULATED: 9,
    OrdStatus.FILLED: 8,
    OrdStatus.STOPPED: 7,
    OrdStatus.SUSPENDED: 6,
    OrdStatus.CANCELED: 5,
    OrdStatus.EXPIRED: 5,
    OrdStatus.PARTIALLY_FILLED: 4,
    OrdStatus.REPLACED: 3,
    OrdStatus.NEW: 2,
    OrdStatus.REJECTED: 2,
    OrdStatus.PENDING_NEW: 2,
}
STATUS_OF_PHASE: Mapping[Phase, OrdStatus] = {
    Phase.CREATED: OrdStatus.PENDING_NEW,
    Phase.SENT: OrdStatus.PENDING_NEW,
    Phase.WORKING: OrdStatus.NEW,
    Phase.FILLED: OrdStatus.FILLED,
    Phase.CANCELED: OrdStatus.CANCELED,
    Phase.REJECTED: OrdStatus.REJECTED,
    Phase.EXPIRED: OrdStatus.EXPIRED,
    Phase.DONE_FOR_DAY: OrdStatus.DONE_FOR_DAY,
}
STATUS_OF_PENDING: Mapping[Pending, OrdStatus] = {
    Pending.CANCEL_PENDING: OrdStatus.PENDING_CANCEL,
    Pending.REPLACE_PENDING: OrdStatus.PENDING_REPLACE,
}


def ord_status(phase: Phase, pending: Pending, *, traded: bool, filled: bool) -> OrdStatus:
    """OrdStatus(39) of an order that is in several states at once.

    Args:
        phase: How far the order has come.
        pending: The request that is open; one the venue has not mentioned yet does not show.
        traded: Something has been filled.
        filled: Nothing is left to fill.

    Source: FIX 4.4, appendix D, order of precedence.
    """
    states = [STATUS_OF_PHASE[phase]]
    if pending in STATUS_OF_PENDING:
        states.append(STATUS_OF_PENDING[pending])
    if traded:
        states.append(OrdStatus.FILLED if filled else OrdStatus.PARTIALLY_FILLED)
    return max(states, key=PRECEDENCE.__getitem__)
