"""What every sink still has to be given: *raised* is one fact, *delivered* another, and both are kept.

Each sink has a queue of its own, in the order of the events, so that one that is down holds up nobody else. The first
of a queue is tried until it arrives; after a failure it waits, each time twice as long, up to a bound. One that fails
when it is older than a maximum age is given up, which is a fact too, and one to be said loudly.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from itertools import islice
from typing import Any

from risk.alerts.alert import AlertEvent, as_json
from risk.alerts.wording import neutral
from trader.domain.errors import ConfigError, LocalOrderError
from trader.domain.moments import NS_PER_S


@dataclass(frozen=True, slots=True)
class SinkRule:
    """How one sink is served.

    Attributes:
        first_retry_ns: How long to wait after the first failure, in nanoseconds; then twice as long each time.
        retry_ns_max: The longest wait between two tries, in nanoseconds.
        age_ns_max: From which age on a failure is the last one, in nanoseconds since the event.
        waiting_max: How many may wait; beyond that the oldest soft one that is not on its way is given up.
        hard_only: Whether the sink is given hard alerts only, as a pager.

    Raises:
        ConfigError: A setting cannot be.
    """

    first_retry_ns: int = NS_PER_S
    retry_ns_max: int = 60 * NS_PER_S
    age_ns_max: int = 3_600 * NS_PER_S
    waiting_max: int = 10_000
    hard_only: bool = False

    def __post_init__(self) -> None:
        if not 0 < self.first_retry_ns <= self.retry_ns_max:
            raise ConfigError(
                f"alerts: waits of {self.first_retry_ns} to {self.retry_ns_max} ns between two tries cannot be; "
                "expected a first wait above zero, and a longest one that is not shorter"
            )
        if self.age_ns_max < 1 or self.waiting_max < 2:  # noqa: PLR2004 -- the first may be on its way
            raise ConfigError("alerts: expected a maximum age above zero and room for two or more that wait")

    def wait_ns(self, tries: int) -> int:
        """How long to wait after so many failures, in nanoseconds."""
        return min(self.retry_ns_max, self.first_retry_ns << min(tries - 1, self.retry_ns_max.bit_length()))


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event on its way to one sink.

    Attributes:
        sink: The sink's name.
        seq: The event's number; with the sink it names the delivery.
        after: The number of the event that this sink was given before; 0 for none. Who has not seen it missed one.
        raised_ns: When the event was, UTC nanoseconds.
        is_hard: Whether the alert is.
        body: The event as plain values.
        tries: How often it was tried.
        next_try_ns: When to try next, UTC nanoseconds.
        delivered_ns: When the sink took it; None while it has not.
        given_up_ns: When it was given up; None while it is not.
        last_error: Why the last try failed; empty when none did.
    """

    sink: str
    seq: int
    after: int
    raised_ns: int
    is_hard: bool
    body: Mapping[str, Any]
    tries: int = 0
    next_try_ns: int = 0
    delivered_ns: int | None = None
    given_up_ns: int | None = None
    last_error: str = ""

    @property
    def delay_ns(self) -> int | None:
        """From the event to the sink, in nanoseconds; None while it has not arrived."""
        return None if self.delivered_ns is None else self.delivered_ns - self.raised_ns


class Outbox:
    """Every sink's queue.

    Args:
        rules: Each sink by its name.
        last_seq: Events up to this number are somebody else's, or were handed over before.

    Attributes:
        last_seq: The number of the last event that was handed over. A replay may hand over everything again.
    """

    def __init__(self, rules: Mapping[str, SinkRule], last_seq: int = 0) -> None:
        self._rules = dict(rules)
        self._waiting: dict[str, deque[Delivery]] = {name: deque() for name in rules}
        self._given: dict[str, int] = dict.fromkeys(rules, 0)
        self._on_their_way: dict[str, int] = dict.fromkeys(rules, 1)
        self.last_seq = last_seq

    def post(self, event: AlertEvent, now_ns: int) -> list[Delivery]:
        """Hand over one event, for every sink that is to have it. One that is not told, or was handed over, is not.

        Returns:
            What is new: deliveries that now wait, and such as were given up for want of room.
        """
        if event.seq <= self.last_seq:
            return []
        self.last_seq = event.seq
        if not event.is_told:
            return []
        changed, body = [], as_json(event)
        for name, rule in self._rules.items():
            if event.alert.is_hard or not rule.hard_only:
                delivery = Delivery(
                    name, event.seq, self._given[name], event.ts_ns, event.alert.is_hard, body, next_try_ns=now_ns
                )
                self._given[name] = event.seq
                self._waiting[name].append(delivery)
                changed.append(delivery)
                if len(self._waiting[name]) > rule.waiting_max:
                    changed.append(self._make_room(name, now_ns))
        return changed

    def first(self, sink: str) -> Delivery | None:
        """What a sink is to be given next, whether it is time or not; None when nothing waits."""
        waiting = self._waiting[sink]
        return waiting[0] if waiting else None

    def take(self, sink: str, count: int) -> list[Delivery]:
        """What a sink is to be given now, in order: the first alone when it failed before, else as many as wait.

        Args:
            sink: The sink.
            count: How many at the most. None of them is given up for want of room until the next call.
        """
        first = self.first(sink)
        taken = list(islice(self._waiting[sink], 1 if first is not None and first.tries else count))
        self._on_their_way[sink] = max(1, len(taken))
        return taken

    def given(self, sink: str) -> int:
        """The number of the last event that is meant for a sink, delivered or not; 0 for none."""
        return self._given[sink]

    def delivered(self, sink: str, seq: int, now_ns: int) -> Delivery:
        """A sink has taken the first of its queue.

        Raises:
            LocalOrderError: It is not the first.
        """
        before = self._take(sink, seq)
        return replace(before, tries=before.tries + 1, delivered_ns=now_ns)

    def failed(self, sink: str, seq: int, error: str, now_ns: int) -> Delivery:
        """A sink has not taken the first of its queue: it waits for the next try, or is given up for its age.

        Raises:
            LocalOrderError: It is not the first.
        """
        before = self._take(sink, seq)
        rule, tries = self._rules[sink], before.tries + 1
        after = replace(before, tries=tries, last_error=neutral(error), next_try_ns=now_ns + rule.wait_ns(tries))
        if now_ns - before.raised_ns >= rule.age_ns_max:
            return replace(after, given_up_ns=now_ns)
        self._waiting[sink].appendleft(after)
        return after

    def waiting(self) -> tuple[Delivery, ...]:
        """What has not arrived, by sink and number."""
        return tuple(delivery for waiting in self._waiting.values() for delivery in waiting)

    def state(self) -> dict[str, Any]:
        """Everything, as plain values for JSON."""
        return {
            "last_seq": self.last_seq,
            "given": dict(self._given),
            "waiting": [asdict(delivery) for delivery in self.waiting()],
        }

    @classmethod
    def restored(
        cls, rules: Mapping[str, SinkRule], state: Mapping[str, Any], now_ns: int
    ) -> tuple["Outbox", list[Delivery]]:
        """The outbox as :meth:`state` wrote it down, for the sinks that there are now; all of them are tried at once.

        Returns:
            The outbox; and what waited for sinks that there are no more, given up.
        """
        outbox = cls(rules, state["last_seq"])
        outbox._given |= {name: seq for name, seq in state["given"].items() if name in rules}
        lost = []
        for plain in state["waiting"]:
            delivery = Delivery(**plain)
            if delivery.sink in rules:
                outbox._waiting[delivery.sink].append(replace(delivery, next_try_ns=now_ns))
            else:
                lost.append(replace(delivery, given_up_ns=now_ns, last_error="the sink is no longer configured"))
        return outbox, lost

    def _take(self, sink: str, seq: int) -> Delivery:
        first = self.first(sink)
        if first is None or first.seq != seq:
            raise LocalOrderError(f"event {seq} is not what {sink} is to be given now; a queue is served in order")
        return self._waiting[sink].popleft()

    def _make_room(self, sink: str, now_ns: int) -> Delivery:
        """Give one up. Never one of the first, which may be on their way at this moment."""
        waiting, held = self._waiting[sink], self._on_their_way[sink]
        place = next((place for place, each in enumerate(waiting) if place >= held and not each.is_hard), held)
        given_up = replace(waiting[place], given_up_ns=now_ns, last_error="too many wait for the sink")
        del waiting[place]
        return given_up
