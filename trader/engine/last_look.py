"""The last look at an order on its way to the wire: what the engine decided is told to the guard, and asked of it.

Pure, and the same in the robot and in its simulation: only the moment comes from outside.
"""

from collections.abc import Iterable

from risk.limits.book import LimitBook
from risk.reasons import ReasonCode
from risk.wire.guard import WireGuard
from trader.domain.commands import PlaceOrder
from trader.engine.dealing import SESSION_DOWN
from trader.engine.engine import Engine
from trader.engine.inputs import SendRefused
from trader.engine.outputs import LimitsInForce, LineRegistered, OrderClosed, Output, Send

_LATCHES = (ReasonCode.CHILD_WITHIN_PARENT, ReasonCode.WRONG_WAY)


class LastLook:
    """Stands between one engine and one session.

    Args:
        engine: Whose outputs it is told.
        limits: Those of the guard, until the engine says which are in force.
        venue: The session's.

    Attributes:
        guard: The wire guard. It may be shut from any thread.
    """

    def __init__(self, engine: Engine, limits: LimitBook, venue: str) -> None:
        self.guard = WireGuard(limits, venue)
        self._engine = engine
        self._never_left: set[str] = set()

    def replayed(self, outputs: Iterable[Output]) -> None:
        """What a replay caused: what left then counts, and is not judged again; nothing leaves.

        An order that was refused here has left too, as far as the guard knows, and its refusal closes it. Today's
        limits have no say in that, nor has what is stopped.
        """
        for output in outputs:
            if isinstance(output, Send) and isinstance(output.command, PlaceOrder):
                self.guard.left(output.command)
            elif isinstance(output, LineRegistered | OrderClosed):
                self.tell(output)

    def refused_before(self, refused: SendRefused) -> None:
        """A replay has come to a refusal of this look: where it latched a line, the latch still holds."""
        if refused.reason_code in _LATCHES:
            self.guard.latch(refused.cl_ord_id)

    def tell(self, output: Output) -> None:
        """Let the guard know what the engine has decided; most outputs are nothing to it."""
        match output:
            case LineRegistered():
                self.guard.register(output.line, output.deal, output.scopes)
            case LimitsInForce():
                self.guard.use_limits(self._engine.context.gate.limits)
            case OrderClosed() if output.cl_ord_id not in self._never_left:
                self.guard.closed(output.cl_ord_id, output.cum_qty)
            case _:
                pass

    def refusal(self, send: Send, now_ns: int) -> SendRefused | None:
        """Why a message must not leave now, as the input that says so; None when it may.

        Inputs that came together are all stepped before anything leaves, so that a later one may have shut the session,
        or stopped what an earlier one let go: the engine is asked for both now.

        Args:
            send: What the engine wants sent. Only an order is looked at.
            now_ns: Now, UTC nanoseconds.
        """
        command = send.command
        if not isinstance(command, PlaceOrder):
            return None
        if not self._engine.context.sessions[send.session].may_trade:
            self._never_left.add(command.cl_ord_id)
            return SendRefused(command.cl_ord_id, SESSION_DOWN, f"{send.session} takes nothing new now")
        self.guard.obey(self._engine.context.stops.stops())
        violation = self.guard.permit(command, send.decided_ts_ns, now_ns)
        if violation is None:
            return None
        self._never_left.add(command.cl_ord_id)
        return SendRefused(command.cl_ord_id, violation.code, violation.sentence)
