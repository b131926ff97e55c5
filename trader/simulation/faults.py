"""What goes wrong outside the venue: the robot's process, the wire, the clock, the market, and people."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from risk.stops.stops import EVERYTHING, Scope


@dataclass(frozen=True, slots=True)
class Faults:
    """What goes wrong, and where. Places are sequence numbers of the journal: a fault strikes when it comes that far.

    Attributes:
        crash_at: The robot dies: while the record is written, or after, before all that it caused was done.
        drop_at: The connection breaks; what is on its way to the venue is lost.
        kill_at: A person halts ``kill_scope``.
        stop_at: A person stops the batch.
        submit_at: The same file is submitted once more, whatever the batch is doing.
        restart_at: The venue restarts: what it had still to say on its session is never said.
        clock_at: The robot's clock is set by so many milliseconds.
        jump_at: All rates of the market move by so many basis points.
        silent_at: No more prices come.
        copied_at: A copy of the disk is made; before that, the copy is an empty disk.
        put_back_at: The robot dies, and the next one finds that copy in the place of its disk.
        resends: Whether the venue sends again after a drop what the robot has not taken.
        repeats: How likely the venue says a message twice, marked with PossDupFlag(43)=Y.
        doubles: How likely the venue says a message twice, not marked at all.
        forgets: A crash makes the robot's session layer forget so many messages at most that it had taken: the venue
            sends them again, where it resends.
        kill_scope: What the kill is for.
        distance: How far away the venue is: a message takes 0.2 to 1.2 ms, so many times.
    """

    crash_at: frozenset[int] = frozenset()
    drop_at: frozenset[int] = frozenset()
    kill_at: frozenset[int] = frozenset()
    stop_at: frozenset[int] = frozenset()
    submit_at: frozenset[int] = frozenset()
    restart_at: frozenset[int] = frozenset()
    clock_at: Mapping[int, int] = field(default_factory=dict)
    jump_at: Mapping[int, int] = field(default_factory=dict)
    silent_at: frozenset[int] = frozenset()
    copied_at: frozenset[int] = frozenset()
    put_back_at: frozenset[int] = frozenset()
    resends: bool = True
    repeats: float = 0.0
    doubles: float = 0.0
    forgets: int = 0
    kill_scope: Scope = EVERYTHING
    distance: int = 1
