"""Gives alerts to the sinks, each on a thread of its own: the engine never waits, and no sink waits for another.

What still has to be given is in an :class:`~risk.alerts.outbox.Outbox`; this is its clock and its threads.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict
from typing import Any

from risk.alerts import AlertEvent, Delivery, Heartbeat, Outbox
from trader.adapters.clock import Clock, elapsed_ns, now_ns
from trader.adapters.sinks import Body, Sink, SinkError
from trader.domain.moments import NS_PER_S, in_ns


class Notifier:
    """Serves the sinks of one outbox.

    Args:
        sinks: Where to; their names are those of the outbox's rules.
        outbox: What still has to be given. It belongs to the notifier from now on.
        changed: Called with every delivery that changed: it waits, was tried, arrived, or was given up (then
            ``given_up_ns`` is set, and a person has to hear of it another way). Called on the thread that posts and on
            those of the sinks, so it has to return at once, and must not fail.
        clock: UTC nanoseconds.
    """

    def __init__(
        self, sinks: Sequence[Sink], outbox: Outbox, changed: Callable[[Delivery], None], clock: Clock = now_ns
    ) -> None:
        self._outbox = outbox
        self._changed = changed
        self._clock = clock
        self._wake = threading.Condition()
        self._is_stopping = False
        self._is_stopped = False
        self._beats: dict[str, Body] = {}
        self._takes_heartbeats = [sink.name for sink in sinks if sink.takes_heartbeats]
        self._threads = [
            threading.Thread(target=self._serve, args=[sink], name=f"alerts-{sink.name}", daemon=True) for sink in sinks
        ]

    def start(self) -> None:
        """Begin to serve, with what waits from the process's last life."""
        for thread in self._threads:
            thread.start()

    def post(self, event: AlertEvent) -> None:
        """Hand over an event; returns at once. One that was handed over before, as in a replay, changes nothing."""
        with self._wake:
            changed = self._outbox.post(event, self._clock())
            self._wake.notify_all()
        for delivery in changed:
            self._changed(delivery)

    def beat(self, heartbeat: Heartbeat) -> None:
        """Give a sign of life; returns at once. One that has not left when the next comes is dropped."""
        with self._wake:
            for name in self._takes_heartbeats:
                self._beats[name] = {"kind": "heartbeat", "after": self._outbox.given(name), **asdict(heartbeat)}
            self._wake.notify_all()

    def state(self) -> dict[str, Any]:
        """The outbox as plain values for JSON, to go on from after a restart."""
        with self._wake:
            return self._outbox.state()

    def stop(self, timeout_s: float) -> tuple[Delivery, ...]:
        """Give everything that waits one last try, as far as the time allows.

        Returns:
            What has not arrived. A sink that hangs longer than the time may still take what it was given; it knows it
            by its number when it is given again.
        """
        with self._wake:
            self._is_stopping = True
            self._beats.clear()
            self._wake.notify_all()
        deadline_ns = elapsed_ns() + in_ns(timeout_s)
        for thread in self._threads:
            thread.join(max(0, deadline_ns - elapsed_ns()) / NS_PER_S)
        with self._wake:
            self._is_stopped = True
            return self._outbox.waiting()

    def _serve(self, sink: Sink) -> None:
        with closing(sink):
            while task := self._next(sink):
                if isinstance(task, Mapping):
                    _tried(sink, [task])  # the next heartbeat makes it good
                    continue
                error = _tried(sink, [{**each.body, "after": each.after} for each in task])
                if not self._is_settled(task, error):
                    return

    def _next(self, sink: Sink) -> list[Delivery] | Body:
        """What to give the sink now; waits until there is something. Nothing when it is time to go."""
        name = sink.name
        with self._wake:
            while True:
                first = self._outbox.first(name)
                wait_ns = None if first is None else first.next_try_ns - self._clock()
                if self._is_stopping or (wait_ns is not None and wait_ns <= 0):
                    return self._outbox.take(name, sink.at_once)
                if name in self._beats:
                    return self._beats.pop(name)
                self._wake.wait(None if wait_ns is None else wait_ns / NS_PER_S)

    def _is_settled(self, task: Sequence[Delivery], error: str | None) -> bool:
        """Keep how a try ended. False when the sink is not to be served any longer.

        What was not taken together is tried again one by one, so that the one which the sink does not take is known.
        """
        with self._wake:
            if self._is_stopped:
                return False
            at_ns = self._clock()
            if error is None:
                changed = [self._outbox.delivered(each.sink, each.seq, at_ns) for each in task]
            else:
                changed = [self._outbox.failed(task[0].sink, task[0].seq, error, at_ns)]
            goes_on = error is None or not self._is_stopping
        for delivery in changed:
            self._changed(delivery)
        return goes_on


def _tried(sink: Sink, bodies: Sequence[Body]) -> str | None:
    """Why a sink did not take it; None when it did."""
    try:
        sink.give(*bodies)
    except SinkError as error:
        return str(error)
    except Exception as error:  # noqa: BLE001 -- a sink that breaks must not end its thread, and with it all it waits for
        return f"the sink failed: {type(error).__name__}"
    return None
