"""Whom the venue lets in and how much it listens to: maintenance, resets, pace, and the sign that it is open.

Pure: every moment is an argument, so that what was refused once is refused again when the venue is brought back.
"""

from collections import deque
from collections.abc import Mapping

from trader.domain.moments import NS_PER_MS, NS_PER_S, second_at
from trader.fix import tags
from trader.fix.dialect import Dialect

_LOGON = "A"


class Admission:
    """The venue's door, for all its clients.

    Args:
        dialect: What the venue says about its hours, its pace, its resets and the sign that it is open.
        keeps_hours: Whether nobody is let in during maintenance.
        ready_delay_ns: How long after a logon orders are taken, where the venue says so by a message.
    """

    def __init__(self, dialect: Dialect, *, keeps_hours: bool, ready_delay_ns: int) -> None:
        self._dialect = dialect
        self._keeps_hours = keeps_hours and bool(dialect.maintenance)
        self._ready_delay_ns = ready_delay_ns
        self._watches = dialect.pace is not None or dialect.ready != "logon"
        self._heard: dict[str, deque[int]] = {}
        self._blocked_until_ns: dict[str, int] = {}
        self._opens_ns: dict[str, int] = {}

    def logon_refusal(self, client: str, logon: Mapping[str, str], now_ns: int) -> str:
        """Why the client cannot log on now, as a sentence; "" when it can.

        Args:
            client: SenderCompID(49).
            logon: The fields of its Logon(A).
            now_ns: Now, UTC nanoseconds.
        """
        blocked_until_ns = self._blocked_until_ns.get(client, 0)
        if now_ns < blocked_until_ns:
            until = second_at(blocked_until_ns + NS_PER_S)
            return f"Too many messages: no logon before {until:%H:%M:%S} UTC"
        if logon.get(tags.HEART_BT_INT, "").startswith("-"):
            return "HeartBtInt(108) must be 0 or more"  # QuickFIX takes any number, and then beats at once
        if self._dialect.reset == "every_logon" and logon.get(tags.RESET_SEQ_NUM_FLAG) != "Y":
            return "Every logon must have ResetSeqNumFlag(141)=Y"
        for tag, value in self._dialect.extra_fields.get(_LOGON, {}).items():
            if logon.get(tag) != value:
                return f"The logon must have tag {tag} with {value}"
        return self.maintenance(now_ns)

    def maintenance(self, now_ns: int) -> str:
        """In which maintenance window the moment is, with its end; "" while the venue is there."""
        return self._dialect.maintenance_at(now_ns) if self._keeps_hours else ""

    @property
    def watches(self) -> bool:
        """Whether there is anything to ask about a message."""
        return self._watches

    @property
    def logs_out_who_sends_too_much(self) -> bool:
        """What becomes of a client beyond the pace: True for a logout, False for a reject of the message."""
        return self._dialect.pace is not None and self._dialect.pace.on_excess == "logout"

    @property
    def keeps_hours(self) -> bool:
        """Whether there are hours in which clients are logged out."""
        return self._keeps_hours

    def logged_on(self, client: str, now_ns: int) -> None:
        """Begin to wait for the moment in which the venue opens for the client, where it says when."""
        if self._dialect.ready != "logon":
            self._opens_ns[client] = now_ns + self._ready_delay_ns

    def logged_out(self, client: str) -> None:
        """The client is gone: nobody waits."""
        self._opens_ns.pop(client, None)

    def next_opening_ns(self) -> int | None:
        """When :meth:`opened` has somebody next, or None."""
        return min(self._opens_ns.values(), default=None)

    def opened(self, now_ns: int) -> list[str]:
        """The clients for whom the venue has just opened: each is named once, and is told."""
        clients = [client for client, opens_ns in self._opens_ns.items() if opens_ns <= now_ns]
        for client in clients:
            del self._opens_ns[client]
        return clients

    def is_closed_for(self, client: str) -> bool:
        """True from the client's logon until the venue has said that it is open."""
        return client in self._opens_ns

    def is_too_many(self, client: str, now_ns: int) -> bool:
        """Count a message that arrives now; True when it is more than the venue takes.

        The message counts in any case. Where the venue answers with a logout, the door is shut for the block's time.
        """
        pace = self._dialect.pace
        if pace is None:
            return False
        heard = self._heard.get(client)
        if heard is None:
            heard = self._heard[client] = deque(maxlen=pace.messages_max)
        is_full = len(heard) == pace.messages_max and now_ns - heard[0] < pace.window_ms * NS_PER_MS
        heard.append(now_ns)
        if is_full and self.logs_out_who_sends_too_much:
            self._blocked_until_ns[client] = now_ns + pace.block_s * NS_PER_S
        return is_full

    @property
    def pace_text(self) -> str:
        """What the venue says to a client that sends too much."""
        assert self._dialect.pace is not None
        return f"Too many messages: at most {self._dialect.pace.messages_max} in {self._dialect.pace.window_ms} ms"
