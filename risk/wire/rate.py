"""MESSAGE_RATE: how many messages may leave. Risk is paced; a cancel is never held back by the desk's own figures.

A window slides over the messages sent. Within it at most R1 carry risk, and all together are at most R2, of which some
are kept for cancels: what carries risk may use only the rest.

A venue may have a pace of its own beside the desk's figures. It rejects or logs out whoever sends more, whatever the
message says, so there a cancel too waits for the window, before everything else. An order that may rest leaves a fifth
of the venue's window free for the cancels it may need, or of the desk's where that is smaller; a request for quotes, or
an order that trades at once or never, may use all of it.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from risk.control import Control, Kind, Mode, Parameter
from risk.limits.book import LimitBook, LimitTable
from risk.reasons import ReasonCode, Violation
from trader.domain.moments import NS_PER_MS

_KEY = ("session",)
_WINDOW = LimitTable("MESSAGE_RATE", "window_ms", _KEY)
_RISK = LimitTable("MESSAGE_RATE", "risk_messages_max", _KEY)
_ALL = LimitTable("MESSAGE_RATE", "all_messages_max", _KEY)
_ROOM = LimitTable("MESSAGE_RATE", "cancel_room_messages", _KEY)
_FIGURES = (_WINDOW, _RISK, _ALL, _ROOM)
_ROOM_SHARE = 5

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


@dataclass(frozen=True, slots=True)
class VenuePace:
    """What a venue takes: so many messages of any kind in any window."""

    messages_max: int
    window_ns: int


class MessageRate:
    """Paces one session.

    Args:
        limits: Holds the session's rate; when a figure is missing, nothing that carries risk may leave.
        session: The session's name.
        pace: The venue's own; None when it takes any number.

    Attributes:
        room: How much of the window an order that may rest has to leave free, in messages.
    """

    def __init__(self, limits: LimitBook, session: str, pace: VenuePace | None = None) -> None:
        self._session = session
        self._pace = pace
        self._paced = _Window()
        figures = [limits.number(table, (session,)) for table in _FIGURES]
        missing = [table for table, value in zip(_FIGURES, figures, strict=True) if value is None]
        self._missing = limits.undefined(missing[0], (session,)) if missing else None
        window_ms, risk_max, all_max, cancel_room = (int(figure or 0) for figure in figures)
        self._window_ns = window_ms * NS_PER_MS
        self._risk_max = risk_max
        self._paced_max = all_max - cancel_room
        self.room = 0 if pace is None else max(0, min(pace.messages_max, risk_max, self._paced_max)) // _ROOM_SHARE
        self._risk = _Window()
        self._all = _Window()

    def go_on_from(self, before: "MessageRate") -> None:
        """What was sent before a restart counts: a window does not end with the process."""
        self._risk, self._all, self._paced = before._risk, before._all, before._paced  # noqa: SLF001 -- the same class

    def allow(self, now_ns: int) -> int:
        """How many messages that carry risk may leave now; 0 when the rate is used up or not defined."""
        self._forget(now_ns)
        if self._missing is not None:
            return 0
        free = min(self._risk_max - self._risk.count, self._paced_max - self._all.count)
        if self._pace is not None:
            free = min(free, self._pace.messages_max - self._paced.count)
        return max(0, free)

    def takes_any(self, now_ns: int) -> bool:
        """Whether the venue takes one more message now, whatever it says. The desk's own figures have no say here."""
        if self._pace is None:
            return True
        self._forget(now_ns)
        return self._paced.count < self._pace.messages_max

    def spent(self, now_ns: int, messages: int = 1) -> None:
        """Count messages that left and carry risk."""
        self._risk.add(now_ns, messages)
        self.passed(now_ns, messages)

    def passed(self, now_ns: int, messages: int = 1) -> None:
        """Count messages that left and carry no risk: cancels and questions."""
        self._all.add(now_ns, messages)
        if self._pace is not None:
            self._paced.add(now_ns, messages)

    def next_free_ns(self, now_ns: int, messages: int = 1) -> int | None:
        """When so many messages that carry risk may leave together: now, later, or None when never."""
        if self.allow(now_ns) >= messages:
            return now_ns
        if self._missing is not None:
            return None
        moments = [now_ns]
        for window, most, length_ns in self._windows():
            if most < messages:
                return None
            sent_ns = window.leaves_at(most - messages + 1)
            if sent_ns is not None:
                moments.append(sent_ns + length_ns)
        return max(moments)

    def next_any_ns(self, now_ns: int) -> int:
        """When the venue takes one more message: now or later."""
        if self._pace is None or self.takes_any(now_ns):
            return now_ns
        sent_ns = self._paced.leaves_at(self._pace.messages_max)
        assert sent_ns is not None, "a window that is full has a message that leaves it"
        return sent_ns + self._pace.window_ns

    def _windows(self) -> Iterator[tuple["_Window", int, int]]:
        """Each window with the most that may stand in it for risk to leave, and its length in nanoseconds."""
        yield self._risk, self._risk_max, self._window_ns
        yield self._all, self._paced_max, self._window_ns
        if self._pace is not None:
            yield self._paced, self._pace.messages_max, self._pace.window_ns

    def check(self, asked: int, now_ns: int) -> Violation | None:
        """What sending ``asked`` messages at once would break, for a person; None when they may leave."""
        free = self.allow(now_ns)
        if self._missing is not None:
            return self._missing
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
        if self._pace is not None:
            self._paced.forget(now_ns - self._pace.window_ns)


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
        """The moment of the message that has to leave for fewer than so many to stand here; None when fewer do now."""
        count = self.count
        for ts_ns, messages in self._sent:
            if count < messages_max:
                return None
            count -= messages
            if count < messages_max:
                return ts_ns
        return None
