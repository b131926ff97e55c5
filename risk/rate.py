"""MESSAGE_RATE: how many messages may leave. Risk is paced; a cancel is never held back.

A window slides over the messages sent. Within it at most R1 carry risk, and all together are at most R2, of which some
are kept for cancels: what carries risk may use only the rest.
"""

from collections import deque
from decimal import Decimal

from risk.control import Control, Kind, Mode, Parameter
from risk.limit_book import LimitBook, LimitTable, undefined
from risk.reasons import ReasonCode, Violation

_KEY = ("session",)
_WINDOW = LimitTable("MESSAGE_RATE", "window_ms", _KEY)
_RISK = LimitTable("MESSAGE_RATE", "risk_messages_max", _KEY)
_ALL = LimitTable("MESSAGE_RATE", "all_messages_max", _KEY)
_ROOM = LimitTable("MESSAGE_RATE", "cancel_room_messages", _KEY)
_FIGURES = (_WINDOW, _RISK, _ALL, _ROOM)
_NS_PER_MS = 1_000_000

MESSAGE_RATE = Control(
    code=ReasonCode.MESSAGE_RATE,
    mode=Mode.PACED,
    mitigates="flooding a venue",
    formula="in every window: messages that carry risk ≤ R1, all messages ≤ R2 with room kept for cancels",
    keys=(_KEY,),
    parameters=(
        Parameter(_WINDOW.parameter, Kind.COUNT, "the window, in milliseconds"),
        Parameter(_RISK.parameter, Kind.COUNT, "R1, messages that carry risk in a window"),
        Parameter(_ALL.parameter, Kind.COUNT, "R2, all messages in a window"),
        Parameter(_ROOM.parameter, Kind.COUNT, "how many of R2 are kept for cancels"),
    ),
    is_limit=True,
)


class MessageRate:
    """Paces one session.

    Args:
        limits: Holds the session's rate; when a figure is missing, nothing that carries risk may leave.
        session: The session's name.
    """

    def __init__(self, limits: LimitBook, session: str) -> None:
        self._session = session
        figures = [limits.number(table, (session,)) for table in _FIGURES]
        self._missing = next((table for table, value in zip(_FIGURES, figures, strict=True) if value is None), None)
        window_ms, risk_max, all_max, cancel_room = (int(figure or 0) for figure in figures)
        self._window_ns = window_ms * _NS_PER_MS
        self._risk_max = risk_max
        self._paced_max = all_max - cancel_room
        self._risk = _Window()
        self._all = _Window()

    def go_on_from(self, before: "MessageRate") -> None:
        """What was sent before a restart counts: a window does not end with the process."""
        self._risk, self._all = before._risk, before._all  # noqa: SLF001 -- the same class

    def allow(self, now_ns: int) -> int:
        """How many messages that carry risk may leave now; 0 when the rate is used up or not defined."""
        self._forget(now_ns)
        if self._missing is not None:
            return 0
        return max(0, min(self._risk_max - self._risk.count, self._paced_max - self._all.count))

    def spent(self, now_ns: int, messages: int = 1) -> None:
        """Count messages that left and carry risk."""
        self._risk.add(now_ns, messages)
        self._all.add(now_ns, messages)

    def passed(self, now_ns: int, messages: int = 1) -> None:
        """Count messages that left and carry no risk: cancels and questions, which always may."""
        self._all.add(now_ns, messages)

    def next_free_ns(self, now_ns: int) -> int | None:
        """When the next message that carries risk may leave: now, later, or None when never."""
        if self.allow(now_ns):
            return now_ns
        if self._missing is not None or self._risk_max < 1 or self._paced_max < 1:
            return None
        leaves = (self._risk.leaves_at(self._risk_max), self._all.leaves_at(self._paced_max))
        return max(sent_ns + self._window_ns for sent_ns in leaves if sent_ns is not None)

    def check(self, asked: int, now_ns: int) -> Violation | None:
        """What sending ``asked`` messages at once would break, for a person; None when they may leave."""
        free = self.allow(now_ns)
        if self._missing is not None:
            return undefined(self._missing, (self._session,))
        if asked <= free:
            return None
        return Violation(
            ReasonCode.MESSAGE_RATE,
            f"session={self._session}",
            limit=Decimal(self._risk_max),
            used=Decimal(self._risk.count),
            asked=Decimal(asked),
            free=Decimal(free),
            passes=None,
            detail="too many messages that carry risk in one window; the rest waits its turn",
        )

    def _forget(self, now_ns: int) -> None:
        # A message sent exactly one window ago has left it.
        before_ns = now_ns - self._window_ns
        self._risk.forget(before_ns)
        self._all.forget(before_ns)


class _Window:
    """Messages by the moment they left, and how many are still in the window."""

    def __init__(self) -> None:
        self._sent: deque[tuple[int, int]] = deque()
        self.count = 0

    def add(self, ts_ns: int, messages: int) -> None:
        self._sent.append((ts_ns, messages))
        self.count += messages

    def forget(self, before_ns: int) -> None:
        while self._sent and self._sent[0][0] <= before_ns:
            self.count -= self._sent.popleft()[1]

    def leaves_at(self, messages_max: int) -> int | None:
        """The moment of the message that must leave the window for one more to fit; None when one fits now."""
        count = self.count
        for ts_ns, messages in self._sent:
            if count < messages_max:
                return None
            count -= messages
            if count < messages_max:
                return ts_ns
        return None
