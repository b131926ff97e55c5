"""The people of a virtual desk: they submit the file, look after it, stop what they must, and resume it."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from risk.people.people import Role, SetRoles, request_id_of
from risk.people.signatures import DismissOrphan, SettleOrder
from risk.reasons import ReasonCode
from risk.stops.stops import State, Stop
from trader.engine import inputs
from trader.engine.state import BatchPhase
from trader.simulation.telephone import ask
from trader.simulation.timeline import MS, SECOND

if TYPE_CHECKING:
    from trader.simulation.world import World

_BUSY_NS = 10 * MS  # how long a kill waits for the loop, at most
_PATIENCE = 6  # how often a suspended batch is submitted again; and as often once nothing goes wrong any longer
_AGAIN_S = 5  # how long somebody waits then
_RESUMES_MAX = 12
_STAFF = (("rita", Role.RISK), ("rolf", Role.RISK), ("anna", Role.TRADER), ("bob", Role.APPROVER))


class People:
    """Everybody at the desk.

    Args:
        world: Theirs.
        lingers_s: How long they stay when the batch is over.
        is_staffed: Whether somebody resumes what was stopped, approves what waits, and telephones.
    """

    def __init__(self, world: "World", lingers_s: int, *, is_staffed: bool) -> None:
        self._world = world
        self._lingers_s = lingers_s
        self.is_staffed = is_staffed
        self._kills: list[Stop] = []  # what the robot's loop has not taken in
        self._submissions = 0
        self._settled_s = 0
        self._idle_s = 0
        self._resumes = 0
        self._signed: list[SettleOrder | DismissOrphan] = []
        self._is_there = False

    # --- what they see -----------------------------------------------------------------------------------------------

    def robot_started(self) -> None:
        """A process is up. It finds the kills that no journal has, and users if there are any."""
        world = self._world
        self.stops_changed(world.engine.context.stops.stops())  # one may have been lifted while nobody could say so
        for stop in self._kills:
            world.robot.shut(stop)
            self._hand_in(stop)
        if self.is_staffed and "bob" not in world.engine.context.people.users:
            for who, role in _STAFF:
                self._found(SetRoles(who, (role,)))

    def _found(self, action: SetRoles) -> None:
        """The first two need nobody; whom they name later, both agree on."""
        request_id = request_id_of(action)
        asks = "login" if action.user == "rita" else "rita"
        self._world.robot.put(inputs.ActionRequested(request_id, action, asks, "the desk"))
        if action.user not in ("rita", "rolf"):
            self._world.robot.put(inputs.ActionDecided(request_id, True, "rolf", "the desk"))

    def disk_put_back(self) -> None:
        """What they signed for is not on the disk any longer."""
        self._signed.clear()

    def connected(self) -> None:
        """The session is up."""
        if not self._is_there:
            self._is_there = True
            self._world.later(0, self._look)
        if self._world.state is not None:
            self._world.later(2 * SECOND, self._submit)

    def batch_ended(self) -> None:
        """The robot says that the batch is as far as it goes."""
        state = self._world.state
        if state is None:
            return  # the disk has been exchanged since
        if state.phase is BatchPhase.DONE and not self._lingers_s:
            self._world.is_over = self._world.is_over or not self._kills
        elif state.phase is BatchPhase.SUSPENDED:
            self._world.later(2 * SECOND, self._submit)

    def batch_waits(self, batch_id: str) -> None:
        """Something in the batch needs a second person."""
        if self.is_staffed:
            self._world.later(300 * MS, self._put, inputs.ActionDecided(batch_id, True, "bob", "looked at"))
            self._world.later(400 * MS, self._submit)

    def stops_changed(self, stops: Iterable[Stop]) -> None:
        """Other scopes are halted than before."""
        world = self._world
        halted = {stop.scope for stop in (*stops, *self._kills) if stop.state is State.HALTED}
        world.stopped = {scope: world.stopped.get(scope, world.now_ns) for scope in sorted(halted, key=str)}

    def stepped(self, values: Sequence[inputs.Input]) -> None:
        """The robot has taken these inputs."""
        for value in values:
            if isinstance(value, inputs.KillRequested):
                for stop in [stop for stop in self._kills if stop.scope == value.scope]:
                    self._kills.remove(stop)
                    self._world.robot.taken(stop)
                self._world.later(0, self._look_at_end)

    # --- what they do ------------------------------------------------------------------------------------------------

    def strike(self, fault: str) -> None:
        """One of them does what is not always wise."""
        if fault == "kill":
            self._kill()
        elif fault == "stop":
            self._put(inputs.StopRequested(self._world.batch.batch_id, "anna", "a test"))
        else:
            self._put(self._world.batch)

    def _put(self, value: inputs.Input) -> None:
        self._world.robot.put(value)

    def _kill(self) -> None:
        """A kill comes in: the wire is shut at once, and the loop comes to it later. No crash loses it, as no file."""
        world = self._world
        stop = Stop(world.faults.kill_scope, State.HALTED, ReasonCode.KILL, world.now_ns, "rita", "a test")
        world.killed_ns = world.killed_ns or world.now_ns
        world.stopped.setdefault(stop.scope, world.now_ns)
        self._kills.append(stop)
        world.robot.shut(stop)
        self._hand_in(stop)

    def _hand_in(self, stop: Stop) -> None:
        robot = self._world.robot
        kill = inputs.KillRequested(stop.scope, stop.state, stop.who, stop.reason)
        self._world.later(int(self._world.random.integers(0, _BUSY_NS)), robot.put, kill)

    def _submit(self) -> None:
        world = self._world
        state = world.state
        is_open = state is None or state.phase in (BatchPhase.SUSPENDED, BatchPhase.AWAITING_APPROVAL)
        may_go_on = state is not None and world.engine.may_go_on(state)
        if (is_open or may_go_on) and self._submissions < _PATIENCE:
            self._submissions += 1
            self._put(world.batch)

    def _look(self) -> None:
        """Once a second: is it over, does anything stand still?"""
        world = self._world
        world.later(SECOND, self._look)
        if not world.wire.connection:
            return
        if self.is_staffed:
            self._resume()
            self._telephone()
        self._submit_when_idle()
        self._look_at_end()

    def calm_down(self) -> None:
        """Nothing goes wrong any longer: they have patience again."""
        self._submissions = 0

    def _submit_when_idle(self) -> None:
        """Submit what was never taken in, what a stop has held back, and what has been suspended for a while."""
        state = self._world.state
        is_suspended = state is not None and state.phase is BatchPhase.SUSPENDED
        self._idle_s = self._idle_s + 1 if is_suspended else 0
        if state is None or self._idle_s > _AGAIN_S or self._world.engine.may_go_on(state):
            self._idle_s = 0
            self._submit()

    def _resume(self) -> None:
        world = self._world
        for stop in world.engine.context.stops.stops():
            if self._resumes < _RESUMES_MAX:
                self._resumes += 1
                world.happened["resume asked for"] += 1
                self._put(inputs.ResumeRequested(stop.scope, "rolf", "looked into"))

    def _telephone(self) -> None:
        """What nobody has answered for when nothing goes wrong any longer is asked by telephone, and signed for."""
        world, state = self._world, self._world.state
        if not world.is_calm or state is None or state.phase is not BatchPhase.SUSPENDED:
            return
        for blotter in world.engine.context.blotters.values():
            for order in blotter.in_doubt():
                for action in ask(world.venue, world.venue_trades, blotter, order):
                    self._sign(action)

    def _sign(self, action: SettleOrder | DismissOrphan) -> None:
        """One of them asks and another agrees, once."""
        if action not in self._signed:
            self._signed.append(action)
            self._world.happened["signed for by telephone"] += 1
            request_id = request_id_of(action)
            self._put(inputs.ActionRequested(request_id, action, "rita", "the venue says so"))
            self._put(inputs.ActionDecided(request_id, True, "rolf", "the venue says so"))

    def _look_at_end(self) -> None:
        """The world is over when the batch is, and nothing is under way any longer."""
        world, state = self._world, self._world.state
        is_at_rest = state is not None and state.phase is BatchPhase.DONE and not self._kills
        if not self._lingers_s:
            world.is_over = world.is_over or is_at_rest
            return
        is_silent = world.wire.is_quiet and world.venue.is_at_rest
        is_settled = is_at_rest and is_silent and not world.engine.may_go_on(state)  # type: ignore[arg-type] # at rest it is there
        self._settled_s = self._settled_s + 1 if is_settled else 0
        is_given_up = state is not None and state.phase is BatchPhase.SUSPENDED and self._submissions >= _PATIENCE
        world.is_over = self._settled_s > self._lingers_s or (world.is_calm and is_given_up)
