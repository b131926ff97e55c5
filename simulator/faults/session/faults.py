"""What the ``[[session]]`` rules make of a stream of messages. Pure: bytes in, and out what is to be done with them.

:class:`SessionFaults` has the rules with their counters, for as long as a proxy lives; a :class:`Line` is one
connection through it.
"""

from collections.abc import Sequence

import msgspec
import numpy as np

from simulator.faults.session.actions import (
    Disconnect,
    HalfOpen,
    Merge,
    RefuseLogon,
    Reorder,
    SessionAction,
    SessionRule,
    SessionWhen,
    To,
)
from simulator.faults.session.effects import Effect, HangUp, Pass
from simulator.faults.session.frames import Frame, is_frame, split_frames
from simulator.faults.session.spoiling import answer, first_part, spoiled
from simulator.faults.turns import Turns
from trader.fix import tags

_LOGOUT = "5"


class Fault(msgspec.Struct, frozen=True):
    """A rule has hit a message: what the log of faults says.

    Attributes:
        rule: The rule's name, or its number.
        action: What was done.
        connection: On which connection, from 1.
        to: Where the message was going.
        msg_type: Its MsgType(35).
        seq: Its MsgSeqNum(34).
    """

    rule: str
    action: str
    connection: int
    to: To
    msg_type: str
    seq: int


class _Live:
    """A rule with its counters and its own random numbers."""

    def __init__(self, rule: SessionRule, seed: int, number: int) -> None:
        self.when, self.then = rule.when, rule.then
        self.name = rule.name or f"session rule {number + 1}"
        self.random = np.random.default_rng([seed, 0x53, number])
        self._turns = Turns(rule.when, self.random)

    def takes(self, frame: Frame, to: To, connection: int, elapsed_ms: float) -> bool:
        return _matches(self.when, frame, to, connection, elapsed_ms) and self._turns.is_next()


class SessionFaults:
    """The rules of a scenario for the wire.

    Args:
        rules: In the order they apply.
        seed: Of their chances.

    Attributes:
        done: Every fault so far that :meth:`take_done` has not given away, oldest first.
    """

    def __init__(self, rules: Sequence[SessionRule], seed: int) -> None:
        self._rules = [_Live(rule, seed, number) for number, rule in enumerate(rules)]
        self._connections = 0
        self.done: list[Fault] = []

    def connect(self) -> "Line":
        """A new connection. It counts as the next one when something is said on it: a mere probe counts for nothing."""
        return Line(self)

    def next_number(self) -> int:
        """The number of a connection on which something is said for the first time."""
        self._connections += 1
        return self._connections

    def take_done(self) -> list[Fault]:
        """The faults since this was last asked."""
        done, self.done = self.done, []
        return done

    def hits(
        self, frame: Frame, to: To, connection: int, elapsed_ms: float
    ) -> list[tuple[SessionAction, np.random.Generator]]:
        """The actions that hit a message, in the file's order, each with its rule's random numbers."""
        found = []
        for rule in self._rules:
            if rule.takes(frame, to, connection, elapsed_ms):
                action = str(rule.then.__struct_config__.tag)
                self.done.append(Fault(rule.name, action, connection, to, frame.msg_type, frame.seq))
                found.append((rule.then, rule.random))
        return found


class Line:
    """One connection: what each end has begun to say, what is held back, and who hears nothing any more."""

    def __init__(self, faults: SessionFaults) -> None:
        self._faults = faults
        self._number = 0
        self._rest = dict.fromkeys(To, b"")
        self._last_seq = dict.fromkeys(To, 0)
        self._held: dict[To, list[tuple[int, list[Effect]]]] = {to: [] for to in To}
        self._merging: dict[To, list[bytes]] = {to: [] for to in To}
        self._deaf: set[To] = set()
        self._is_over = False

    def is_deaf(self, to: To) -> bool:
        """True when whoever is there hears nothing any more, not even that the other has gone."""
        return to in self._deaf

    def feed(self, to: To, data: bytes, elapsed_ms: float) -> list[Effect]:
        """What is to be done about bytes that have come.

        Args:
            to: Where they are going.
            data: The bytes, in whatever pieces the network made of them.
            elapsed_ms: Since the connection was made.
        """
        if self._is_over or to in self._deaf:
            return []
        pieces, self._rest[to] = split_frames(self._rest[to] + data)
        effects: list[Effect] = []
        for piece in pieces:
            if self._is_over or to in self._deaf:
                break
            effects += self._frame(to, Frame(piece), elapsed_ms) if is_frame(piece) else [Pass(to, piece)]
        return effects

    def end(self, to: To) -> list[Effect]:
        """What is still to be done when nothing more will come: what was held back goes on."""
        if self._is_over or to in self._deaf:
            return []
        effects = self._flushed(to)
        for _, held in self._held[to]:
            effects += held
        self._held[to] = []
        rest, self._rest[to] = self._rest[to], b""
        return [*effects, Pass(to, rest)] if rest else effects

    def _frame(self, to: To, frame: Frame, elapsed_ms: float) -> list[Effect]:
        effects: list[Effect] = [Pass(to, frame.raw)]
        self._number = self._number or self._faults.next_number()
        hits = self._faults.hits(frame, to, self._number, elapsed_ms)
        for action, random in hits:
            effects = self._done(action, effects, to, frame, random)
        if not any(isinstance(action, Merge) for action, _ in hits):
            effects = self._flushed(to) + effects
        self._last_seq[to] = max(self._last_seq[to], frame.seq)
        if any(isinstance(action, Reorder) for action, _ in hits):
            return effects
        return effects + self._overtaken(to)

    def _done(
        self, action: SessionAction, effects: list[Effect], to: To, frame: Frame, random: np.random.Generator
    ) -> list[Effect]:
        """What an action makes of the message, of which earlier ones may have made ``effects``."""
        match action:
            case Reorder(behind=behind):
                self._held[to].append((behind, effects))
                return []
            case Merge(count=count):
                return self._merged(to, effects, count)
            case HalfOpen(ways=ways):
                self._deaf |= set(To) if ways == "both" else {to}
                return []
            case RefuseLogon(text=text):
                self._is_over = True
                refusal = answer(frame, self._last_seq[to.back] + 1, _LOGOUT, [(tags.TEXT, text.encode())])
                return [Pass(to.back, refusal), HangUp(to.back, abrupt=False, away_ms=0.0)]
            case Disconnect(place=place, abrupt=abrupt, away_ms=away_ms):
                self._is_over = True
                half: list[Effect] = [Pass(to, first_part(frame.raw, 0.5))]
                ahead = effects if place == "after" else half if place == "within" else []
                return [*ahead, HangUp(to, abrupt, away_ms)]
            case _:
                return spoiled(action, effects, frame, random)

    def _merged(self, to: To, effects: list[Effect], count: int) -> list[Effect]:
        self._merging[to] += [effect.data for effect in effects if isinstance(effect, Pass)]
        others: list[Effect] = [effect for effect in effects if not isinstance(effect, Pass)]
        return [*others, *self._flushed(to)] if len(self._merging[to]) >= count else others

    def _flushed(self, to: To) -> list[Effect]:
        """What waits to be merged, in one."""
        waiting, self._merging[to] = self._merging[to], []
        return [Pass(to, b"".join(waiting))] if waiting else []

    def _overtaken(self, to: To) -> list[Effect]:
        """Those held back that enough messages have now overtaken."""
        still = [(behind - 1, effects) for behind, effects in self._held[to]]
        self._held[to] = [(behind, effects) for behind, effects in still if behind > 0]
        return [effect for behind, effects in still if behind <= 0 for effect in effects]


def _matches(when: SessionWhen, frame: Frame, to: To, connection: int, elapsed_ms: float) -> bool:
    asked = (
        (when.to, to),
        (when.msg_type or None, frame.msg_type),
        (when.seq, frame.seq),
        (when.poss_dup, frame.is_duplicate),
        (when.connection, connection),
    )
    if any(wanted is not None and wanted != actual for wanted, actual in asked):
        return False
    if elapsed_ms < when.after_ms or (when.until_ms is not None and elapsed_ms > when.until_ms):
        return False
    tag, _, value = when.has.partition("=")
    return not when.has or (tag, value.encode("latin-1")) in frame.fields
