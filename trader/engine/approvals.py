"""What needs two persons: requests and decisions reach the core here, and what is approved is done here.

An action has an entry in one table: why it cannot be, whoever asks, and what to do once it is approved.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from risk.limits.book import LimitTable
from risk.limits.overrides import Override, override_problem
from risk.people.people import (
    RULES,
    Action,
    GrantOverride,
    ImportLimits,
    LaunchBatch,
    RaiseLimit,
    Request,
    SetRoles,
    Standing,
    describe,
)
from risk.people.signatures import AcceptBreaks, ApproveConfiguration
from trader.domain.moments import in_ns
from trader.engine.context import Context
from trader.engine.inputs import ActionDecided, ActionRequested
from trader.engine.limits import Limits
from trader.engine.outputs import ActionAnswered, Alert, AlertOver
from trader.engine.signing import Signing
from trader.engine.terms import launch_of

_VALID = LimitTable("FOUR_EYES", "valid_s_max", ("action",))


class Doing(NamedTuple):
    """How an action is done.

    Attributes:
        problem: Why it cannot be, as far as that does not depend on who asks; "" when it can.
        apply: Do it.
    """

    problem: Callable[[Any], str]
    apply: Callable[[Request], None]


class Approvals:
    """Requests and decisions. One instance per engine."""

    def __init__(self, context: Context, limits: Limits) -> None:
        self._ctx = context
        people, signing = context.people, Signing(context)
        self._doings: dict[type, Doing] = {
            LaunchBatch: Doing(self._launch_problem, lambda _request: None),  # looked up when the batch comes again
            SetRoles: Doing(people.roles_problem, self._set_roles),
            GrantOverride: Doing(self._override_problem, self._grant),
            RaiseLimit: Doing(limits.increase_problem, limits.increase),
            ImportLimits: Doing(limits.problem, limits.put_in_force),
            ApproveConfiguration: Doing(signing.configuration_problem, signing.approve_configuration),
            AcceptBreaks: Doing(signing.breaks_problem, signing.accept_breaks),
        }

    def add(self, doings: Mapping[type, Doing]) -> None:
        """Take in how actions are done whose parts need this one."""
        self._doings.update(doings)

    def requested(self, requested: ActionRequested) -> None:
        """Somebody asks."""
        ctx, people = self._ctx, self._ctx.people
        action = requested.action
        problem = self._doings[type(action)].problem(action) or people.ask(
            requested.request_id, action, requested.who, requested.reason, ctx.now_ns, self.valid_ns(action)
        )
        if not problem:
            request = people.requests[requested.request_id]
            if request.standing is Standing.APPROVED:
                self._apply(request)
            else:
                text = f"{request.who} asks for {request.request_id}, {describe(action)}; {request.reason}"
                ctx.emit(Alert("FOUR_EYES", text, about=request.request_id, is_hard=False))
        ctx.emit(ActionAnswered(requested.request_id, problem))

    def decided(self, decided: ActionDecided) -> None:
        """Somebody else says yes or no."""
        ctx, people = self._ctx, self._ctx.people
        request = people.requests.get(decided.request_id)
        problem = ""
        if request is not None and request.is_open(ctx.now_ns) and decided.approved:
            problem = self._doings[type(request.action)].problem(request.action)
        problem = problem or people.decide(
            decided.request_id,
            decided.approved,
            decided.who,
            decided.reason,
            ctx.now_ns,
            None if request is None else self.valid_ns(request.action),
            decided.shown,
        )
        if request is not None and not problem:
            text = f"{decided.who} has {request.standing} {request.request_id}, {describe(request.action)}"
            about = f"{request.request_id} {request.standing}"
            ctx.emit(AlertOver("FOUR_EYES", request.request_id))
            ctx.emit(Alert("FOUR_EYES", f"{text}; {decided.reason}", about=about, is_hard=False))
            ctx.emit(AlertOver("FOUR_EYES", about))  # it is news, and leaves nothing to do
            if decided.approved:
                self._apply(request)
        ctx.emit(ActionAnswered(decided.request_id, problem))

    def ask_for(self, request_id: str, action: Action, who: str, reason: str) -> str:
        """Ask for what the core itself has found to need a second person, unless it is asked for already.

        Returns:
            Why nobody can decide it, in a sentence; "" when somebody can.
        """
        ctx, known = self._ctx, self._ctx.people.requests.get(request_id)
        if known is not None and known.is_open(ctx.now_ns) and (known.action, known.who) == (action, who):
            return ""
        return ctx.people.ask(request_id, action, who, reason, ctx.now_ns, self.valid_ns(action))

    def valid_ns(self, action: Action) -> int | None:
        """How long a request for an action stands, nanoseconds; None when no figure says."""
        if not self._ctx.has_gate:
            return None
        seconds = self._ctx.gate.limits.number(_VALID, (RULES[type(action)].name,))
        return None if seconds is None else in_ns(seconds)

    def _apply(self, request: Request) -> None:
        self._doings[type(request.action)].apply(request)

    def _launch_problem(self, action: LaunchBatch) -> str:
        batch = self._ctx.batches.get(action.batch_id)
        if batch is not None and launch_of(batch.submitted, action.findings) == action:
            return ""
        return f"batch {action.batch_id} was launched otherwise since; what is approved has to be what waits"

    def _override_problem(self, grant: GrantOverride) -> str:
        if not self._ctx.has_gate:
            return "nothing has run with this data folder, so that it has no limits to override; run a batch first"
        return override_problem(grant, self._ctx.now_ns)

    def _grant(self, request: Request) -> None:
        grant = request.action
        assert isinstance(grant, GrantOverride), "the table of actions says so"
        made = Override(request.request_id, grant, request.who, request.decided_by, request.reason)
        self._ctx.gate.overrides.grant(made)

    def _set_roles(self, request: Request) -> None:
        assert isinstance(request.action, SetRoles)
        self._ctx.people.set_roles(request.action)
