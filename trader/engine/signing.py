"""What two persons sign for: the configuration that may run, and breaks that are explained."""

from risk.people.people import Request
from risk.people.signatures import AcceptBreaks, ApproveConfiguration
from trader.domain.counting import counted
from trader.engine.context import Context
from trader.engine.terms import acceptance_of


class Signing:
    """Why each cannot be signed for, and what it changes once it is. One instance per engine."""

    def __init__(self, context: Context) -> None:
        self._ctx = context

    def configuration_problem(self, action: ApproveConfiguration) -> str:
        """Why a configuration cannot be approved; "" when it can."""
        if action.sha256 == self._ctx.config_running:
            return ""
        return f"the configuration that runs is {self._ctx.config_running or 'unknown'}, and not {action.sha256}"

    def approve_configuration(self, request: Request) -> None:
        """From now on nothing is traded with another."""
        assert isinstance(request.action, ApproveConfiguration)
        self._ctx.config_approved = request.action.sha256

    def breaks_problem(self, action: AcceptBreaks) -> str:
        """Why the breaks of a batch cannot be signed for; "" when they can."""
        batch = self._ctx.batches.get(action.batch_id)
        if batch is None:
            return f"there is no batch {action.batch_id}"
        if len(batch.breaks) != action.breaks or not batch.breaks:
            return f"batch {action.batch_id} has {counted(len(batch.breaks), 'break')}, and not {action.breaks}"
        if action != acceptance_of(batch):
            return f"batch {action.batch_id} has other breaks than were signed for; look at them again"
        return ""

    def accept_breaks(self, request: Request) -> None:
        """The breaks are explained: they hold no re-arming up any longer."""
        assert isinstance(request.action, AcceptBreaks)
        self._ctx.batches[request.action.batch_id].is_signed_for = True
        self._ctx.touch(request.action.batch_id)
