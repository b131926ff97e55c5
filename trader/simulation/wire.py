"""A FIX session between robot and venue in virtual time: texts travel in order, and are lost with their connection.

What the session layers do is here as far as it can lose or repeat something. The venue keeps what the robot has not
taken, and sends it again at the next logon with PossDupFlag(43)=Y, unless it begins anew. The robot keeps nothing: an
order that was on its way is lost. Prices are never kept.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count

import numpy as np

from trader.fix import tags
from trader.fix.text import SOH
from trader.simulation.faults import Faults
from trader.simulation.timeline import MS, Timeline

CLIENT = "ROBOT"

_LATENCY_NS = (MS // 5, 6 * MS // 5)
_AGAIN_NS = 60 * MS  # at most so long after a message comes its repetition


@dataclass(slots=True)
class _Kept:
    """What the venue's session layer keeps for the robot, by number; and the last that the robot has taken."""

    undelivered: dict[int, str] = field(default_factory=dict)
    taken: list[tuple[int, str]] = field(default_factory=list)


class Wire:
    """One session.

    Args:
        timeline: When things arrive.
        random: What decides.
        faults: What the wire does wrong.
        happened: Counts what it did.
        arrive: Takes a text at the venue.
        deliver: Takes a text at the robot.

    Attributes:
        connection: The number of the connection; 0 while there is none.
        is_calm: True when nothing is repeated any longer.
    """

    def __init__(
        self,
        timeline: Timeline,
        random: np.random.Generator,
        faults: Faults,
        happened: Counter[str],
        arrive: Callable[[str], None],
        deliver: Callable[[str], None],
    ) -> None:
        self.connection = 0
        self.is_calm = False
        self._timeline, self._random, self._faults, self._happened = timeline, random, faults, happened
        self._take_at_venue, self._take_at_robot = arrive, deliver
        self._connections = count(1)
        self._number = count(1)
        self._clear_ns = {"out": 0, "back": 0}
        self._under_way = 0
        self._kept = _Kept()

    @property
    def is_quiet(self) -> bool:
        """True when nothing is under way but prices, and nothing waits."""
        return not (self._under_way or self._kept.undelivered)

    def connect(self) -> None:
        """Log on; whatever waits for the robot is on its way, marked as it may have come before."""
        self.connection = next(self._connections)
        for number, text in list(self._kept.undelivered.items()):
            self._happened["wire: sent again after a logon"] += 1
            self._travel("back", self._deliver, number, marked(text))

    def drop(self) -> list[str]:
        """The connection is gone; what was under way to the venue is lost, and here it waits, if the venue resends.

        Returns:
            What will never be said again.
        """
        self.connection = 0
        self._under_way = 0
        return [] if self._faults.resends else self.forget()

    def forget(self) -> list[str]:
        """The venue's session layer begins anew; returns what it had still to say, which is never said."""
        lost = list(self._kept.undelivered.values())
        self._happened["wire: lost on the way to the robot"] += len(lost)
        self._kept.undelivered.clear()
        self._kept.taken.clear()
        return lost

    def robot_died(self) -> None:
        """The robot's session layer may have forgotten that it had taken the last messages."""
        if self._faults.forgets and self._faults.resends:
            many = int(self._random.integers(0, self._faults.forgets + 1))
            again = self._kept.taken[len(self._kept.taken) - many :] if many else []
            self._kept.undelivered = dict(again) | self._kept.undelivered
        self._kept.taken.clear()

    def send(self, text: str) -> bool:
        """From the robot to the venue; False when there is no connection."""
        if self.connection:
            self._travel("out", self._arrive, 0, text)
        return bool(self.connection)

    def answer(self, text: str) -> bool:
        """From the venue to the robot, now or at the next logon; False when the venue keeps nothing for that."""
        if not self.connection and not self._faults.resends:
            return False
        number = next(self._number)
        self._kept.undelivered[number] = text
        if self.connection:
            self._say_again(text, self._travel("back", self._deliver, number, text))
        return True

    def price(self, text: str) -> None:
        """From the venue to the robot, if it is there."""
        if self.connection:
            self._travel("back", self._deliver, 0, text)

    def _say_again(self, text: str, after_ns: int) -> None:
        """A message comes twice at times; never before it has come once."""
        if self.is_calm:
            return
        for chance, what, again in (
            (self._faults.repeats, "wire: said twice, marked", marked(text)),
            (self._faults.doubles, "wire: said twice, not marked", text),
        ):
            if chance and self._random.random() < chance:
                self._happened[what] += 1
                self._under_way += 1
                delay_ns = after_ns + int(self._random.integers(1, _AGAIN_NS))
                self._timeline.later(delay_ns, self._deliver, self.connection, -1, again)

    def _travel(self, way: str, act: Callable[[int, int, str], None], number: int, text: str) -> int:
        """In order, and after a while; how many nanoseconds that is."""
        self._under_way += bool(number) or way == "out"
        now_ns = self._timeline.now_ns
        due_ns = now_ns + int(self._random.integers(*_LATENCY_NS)) * self._faults.distance
        due_ns = self._clear_ns[way] = max(due_ns, self._clear_ns[way] + 1)
        self._timeline.later(due_ns - now_ns, act, self.connection, number, text)
        return due_ns - now_ns

    def _arrive(self, connection: int, _number: int, text: str) -> None:
        if connection != self.connection:
            self._happened["wire: lost on the way to the venue"] += 1
            return
        self._under_way -= 1
        self._take_at_venue(text)

    def _deliver(self, connection: int, number: int, text: str) -> None:
        if connection != self.connection:
            return
        self._under_way -= bool(number)
        if number > 0:
            self._kept.undelivered.pop(number, None)
            self._kept.taken.append((number, text))
        self._take_at_robot(text)


def from_client(text: str) -> str:
    """The message as the robot's session layer would send it: with SenderCompID(49)."""
    return _with_header(text, tags.SENDER_COMP_ID, CLIENT)


def marked(text: str) -> str:
    """The message as a session layer would send it again: with PossDupFlag(43)=Y."""
    return _with_header(text, tags.POSS_DUP_FLAG, "Y")


def _with_header(text: str, tag: str, value: str) -> str:
    begin, length, msg_type, body = text.split(SOH, 3)
    return SOH.join((begin, length, msg_type, f"{tag}={value}", body))
