"""From the engine's alerts to the sinks: what is told is handed over once, and what became of it is kept.

*Raised* stands in ``alert_events``, which the journal gives again; *delivered* in ``deliveries``, which it does not.
"""

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from risk.alerts import AlertBook, AlertEvent, Delivery, Outbox, SinkRule, as_json
from trader.adapters.clock import elapsed_ns, now_ns
from trader.adapters.notifier import Notifier
from trader.adapters.sinks import Sink
from trader.adapters.store import Store
from trader.domain.moments import NS_PER_S, in_ns
from trader.engine.inputs import AlertUndelivered
from trader.engine.outputs import Output

_LAST_TRY_S = 2.0
# A journal that was never served may be old: what nobody was told within the hour is not told as if it were new.
_NEWS_NS = 3_600 * NS_PER_S
_FACTS = [name for name in Delivery.__dataclass_fields__ if name != "body"]


class AlertDesk:
    """Serves the sinks of one process.

    First it hears a replay, which has the words of what an earlier process left undelivered and of what it never came
    to hand over. Then it is started.

    Args:
        store: Where deliveries are kept.
        sinks: Where alerts go to.
        rules: How each is served, by its name.
        heartbeat_s: How often programs get a sign of life, in seconds.
        undelivered: Called, maybe on the thread of a sink, with what was given up.
    """

    def __init__(
        self,
        store: Store,
        sinks: Sequence[Sink],
        rules: Mapping[str, SinkRule],
        heartbeat_s: float,
        undelivered: Callable[[AlertUndelivered], None],
    ) -> None:
        self._store = store
        self._sinks = sinks
        self._rules = rules
        self._beat_every_ns = in_ns(heartbeat_s)
        self._beaten_ns = elapsed_ns()
        self._undelivered = undelivered
        self._changes: deque[Delivery] = deque()  # the sinks' threads fill it, the engine's empties it
        self._given = store.last_deliveries()
        self._left = store.rows("deliveries", where={"delivered_ns": None, "given_up_ns": None})
        self._bodies: dict[int, dict[str, object] | None] = {row["seq"]: None for row in self._left}
        self._missed: list[AlertEvent] = []

    def replayed(self, outputs: Iterable[Output]) -> None:
        """Hear again what an earlier process has told."""
        last_seq = max(self._given.values(), default=0)
        for output in outputs:
            if isinstance(output, AlertEvent):
                if output.seq in self._bodies:
                    self._bodies[output.seq] = as_json(output)
                elif output.seq > last_seq:
                    self._missed.append(output)

    def start(self) -> None:
        """Begin to serve, with what an earlier process has left."""
        at_ns = now_ns()
        waiting: list[dict[str, Any]] = [
            row | {"body": body} for row in self._left if (body := self._bodies[row["seq"]]) is not None
        ]
        state = {"last_seq": max(self._given.values(), default=0), "given": self._given, "waiting": waiting}
        outbox, lost = Outbox.restored(self._rules, state, at_ns)
        self._notifier = Notifier(self._sinks, outbox, self._changed)
        for delivery in lost:
            self._changed(delivery)
        self._notifier.start()
        for event in self._missed:
            if self._given or event.ts_ns > at_ns - _NEWS_NS:
                self._notifier.post(event)
        self._missed.clear()

    def post(self, event: AlertEvent) -> None:
        """Hand over an event; returns at once."""
        self._notifier.post(event)

    def beat(self, book: AlertBook) -> None:
        """Give a sign of life when it is time for one."""
        if elapsed_ns() - self._beaten_ns >= self._beat_every_ns:
            self._beaten_ns = elapsed_ns()
            self._notifier.beat(book.heartbeat(now_ns()))

    def write(self) -> None:
        """Keep what became of the deliveries since the last call.

        Raises:
            StoreError: They are not kept.
        """
        rows = {}
        while self._changes:
            delivery = self._changes.popleft()
            rows[delivery.sink, delivery.seq] = {name: getattr(delivery, name) for name in _FACTS}
        if rows:
            self._store.project({"deliveries": list(rows.values())})

    def stop(self) -> None:
        """Give what waits one last try; what does not arrive is tried by the next process."""
        self._notifier.stop(_LAST_TRY_S)

    def _changed(self, delivery: Delivery) -> None:
        self._changes.append(delivery)
        if delivery.given_up_ns is not None:
            self._undelivered(AlertUndelivered(delivery.sink, delivery.seq, delivery.last_error))
