"""Who may ask for what, and who may decide it: users, roles, requests. Whatever no line here allows is not allowed.

A request is an action that needs two persons. The one who asked for it never decides it, whatever roles both have; a
decision is taken once; a request, and what was approved, expire. A request goes by a digest of what is asked for, so
that nobody approves another thing than the one shown.

Users are changed by the same means. Until two persons have the risk role there is nobody to approve the second: the
first user, and then the one whom the first one names, take effect at once. Later changes leave two of them.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from risk.people.actions import (
    RULES,
    AcceptBreaks,
    Action,
    ApproveConfiguration,
    GrantOverride,
    ImportLimits,
    LaunchBatch,
    RaiseLimit,
    Role,
    Rule,
    SetRoles,
    describe,
    digest_of,
    request_id_of,
)

__all__ = [
    "RULES",
    "AcceptBreaks",
    "Action",
    "ApproveConfiguration",
    "GrantOverride",
    "ImportLimits",
    "LaunchBatch",
    "People",
    "RaiseLimit",
    "Request",
    "Role",
    "Rule",
    "SetRoles",
    "Standing",
    "describe",
    "digest_of",
    "request_id_of",
]

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.\-]{0,39}")
_FOUNDERS = 2
# Roles that one person cannot have together: whoever writes limits cannot trade; who only looks on does nothing else.
_APART = frozenset({Role.TRADER, Role.RISK})
_ALONE = frozenset({Role.AUDITOR, Role.CI})


class Standing(StrEnum):
    """What became of a request."""

    OPEN = "open"
    APPROVED = "approved"
    DECLINED = "declined"


@dataclass(slots=True)
class Request:
    """One thing that needs two persons.

    Attributes:
        request_id: From :func:`request_id_of`.
        action: What is asked for.
        who: The user who asks.
        reason: Why, in the user's words.
        asked_ns: When, UTC nanoseconds.
        until_ns: The last moment to decide it, and once approved the last one to make use of it.
        standing: What became of it.
        decided_by: The user who decided; "" before.
        decided_ns: When; 0 before.
        decided_why: Why, in that user's words.
    """

    request_id: str
    action: Action
    who: str
    reason: str
    asked_ns: int
    until_ns: int
    standing: Standing = Standing.OPEN
    decided_by: str = ""
    decided_ns: int = 0
    decided_why: str = ""

    def is_open(self, now_ns: int) -> bool:
        """Whether it waits for a decision."""
        return self.standing is Standing.OPEN and now_ns <= self.until_ns

    def is_approved(self, now_ns: int) -> bool:
        """Whether it was approved, and not too long ago."""
        return self.standing is Standing.APPROVED and now_ns <= self.until_ns


@dataclass(slots=True)
class People:
    """Users, and what they have asked of each other.

    Every method that changes something says in a sentence why it does not; then nothing has changed.

    Attributes:
        users: Name to roles.
        requests: By request id.
        is_founded: True once two persons had the risk role.
    """

    users: dict[str, tuple[Role, ...]] = field(default_factory=dict)
    requests: dict[str, Request] = field(default_factory=dict)
    is_founded: bool = False

    def has(self, who: str, *roles: Role) -> bool:
        """Whether a user has one of some roles."""
        return not set(roles).isdisjoint(self.users.get(who, ()))

    def ask(self, request_id: str, action: Action, who: str, reason: str, now_ns: int, valid_ns: int | None) -> str:
        """Take a request in.

        Args:
            request_id: From :func:`request_id_of`.
            action: What is asked for.
            who: The user, whom the edge has authenticated.
            reason: Why.
            now_ns: Now, UTC nanoseconds.
            valid_ns: How long it stands; None when no figure says.

        Returns:
            Why it is refused; "" when it was taken in. Where nobody could approve it yet, it is approved.
        """
        is_founding = isinstance(action, SetRoles) and self._may_found(action, who)
        problem = (
            _reason_problem(reason)
            or self._asking_problem(request_id, action, who, now_ns, is_founding=is_founding)
            or _validity_problem(action, valid_ns, is_founding=is_founding)
        )
        if problem:
            return problem
        request = Request(request_id, action, who, reason, now_ns, now_ns + (valid_ns or 0))
        if is_founding:
            request.standing, request.decided_ns = Standing.APPROVED, now_ns
        self.requests[request_id] = request
        return ""

    def decide(
        self,
        request_id: str,
        approved: bool,
        who: str,
        reason: str,
        now_ns: int,
        valid_ns: int | None,
        shown: str = "",
    ) -> str:
        """Take a decision on a request.

        Args:
            request_id: Which one.
            approved: Yes or no.
            who: The user who decides, whom the edge has authenticated.
            reason: Why.
            now_ns: Now, UTC nanoseconds.
            valid_ns: How long what was approved stands; None when no figure says.
            shown: The digest of the action that the user was shown; "" for the one there is.

        Returns:
            Why it is refused; "" when the request is decided.
        """
        request = self.requests.get(request_id)
        if request is None:
            return f"nobody has asked for {request_id}; trader approvals lists what waits"
        problem = (
            _reason_problem(reason)
            or self._deciding_problem(request, who, now_ns)
            or _shown_problem(request, shown)
            or _validity_problem(request.action, valid_ns, is_founding=False)
        )
        if problem:
            return problem
        assert valid_ns is not None, "what has no figure was refused"
        request.standing = Standing.APPROVED if approved else Standing.DECLINED
        request.decided_by, request.decided_ns, request.decided_why = who, now_ns, reason
        request.until_ns = now_ns + valid_ns
        return ""

    def approved_launch(self, batch: str, trader: str, now_ns: int) -> Request | None:
        """The approved request of a trader to launch a batch; None when nobody has approved it, or too long ago.

        What exactly was approved stands in its action, and has to be what is launched.

        Args:
            batch: The batch id.
            trader: Who launches it, and has to be who asked.
            now_ns: Now, UTC nanoseconds.
        """
        request = self.requests.get(batch)
        if request is None or not isinstance(request.action, LaunchBatch):
            return None
        return request if request.who == trader and request.is_approved(now_ns) else None

    def set_roles(self, action: SetRoles) -> None:
        """Do what was approved."""
        if action.roles:
            self.users[action.user] = tuple(sorted(set(action.roles)))
        else:
            self.users.pop(action.user, None)
        self.is_founded = self.is_founded or len(self._with(Role.RISK)) >= _FOUNDERS

    def roles_problem(self, action: SetRoles) -> str:
        """Why a change of users cannot be, whoever asks for it; "" when it can."""
        return next(self._roles_problems(action), "")

    def _roles_problems(self, action: SetRoles) -> Iterator[str]:
        user, roles = action.user, set(action.roles)
        if not _NAME.fullmatch(user):
            yield f"{user!r} is not a user's name; expected up to 40 letters, digits, dots, dashes, underscores"
        if any(known != user and known.casefold() == user.casefold() for known in self.users):
            yield f"{user} is too much like a user there is; names are told apart by more than capitals"
        if roles >= _APART:
            yield "whoever writes limits cannot trade: a user has the role risk or the role trader, not both"
        if len(roles) > 1 and not roles.isdisjoint(_ALONE):
            yield f"{' and '.join(sorted(roles))} cannot be one user's: {' and '.join(sorted(_ALONE))} stand alone"
        if not roles and user not in self.users:
            yield f"there is no user {user}"
        if self.is_founded and Role.RISK not in roles and len(self._with(Role.RISK) - {user}) < _FOUNDERS:
            yield f"{_FOUNDERS} users with the role risk have to stay, or nobody could approve a change of users again"

    def _with(self, role: Role) -> set[str]:
        return {user for user, roles in self.users.items() if role in roles}

    def _may_found(self, action: SetRoles, who: str) -> bool:
        """Whether a user is one of the first two, whom nobody can approve yet."""
        if self.is_founded or Role.RISK not in action.roles or action.user in self.users:
            return False
        return not self.users or self.has(who, Role.RISK)

    def _asking_problem(self, request_id: str, action: Action, who: str, now_ns: int, *, is_founding: bool) -> str:
        rule = RULES[type(action)]
        if not is_founding:
            problem = self._role_problem(who, rule.asks, f"ask for: {rule.name}")
            if problem:
                return problem
        if isinstance(action, SetRoles) and (problem := self.roles_problem(action)):
            return problem
        if request_id != request_id_of(action):
            return f"{request_id} is not what was asked for, which is {request_id_of(action)}"
        known = self.requests.get(request_id)
        # A trader who launches a file otherwise, while it waits, asks for that and no longer for what it was before.
        if known is not None and known.is_open(now_ns) and (known.who != who or known.action == action):
            return f"{known.who} has asked for the same, and it waits for a decision"
        return ""

    def _deciding_problem(self, request: Request, who: str, now_ns: int) -> str:
        action, rule = request.action, RULES[type(request.action)]
        if request.standing is not Standing.OPEN:
            return f"{request.request_id} was {request.standing} by {request.decided_by or 'nobody'} already"
        if who == request.who:
            return f"{who} has asked for it; another person decides"
        if isinstance(action, SetRoles) and action.user == who:
            return f"{who} cannot decide on the roles of {who}; another person does"
        if now_ns > request.until_ns:
            return f"{request.request_id} has expired; it has to be asked for again"
        if isinstance(action, SetRoles) and (problem := self.roles_problem(action)):
            return problem
        return self._role_problem(request.who, rule.asks, f"ask for: {rule.name}") or self._role_problem(
            who, rule.decides, f"decide: {rule.name}"
        )

    def _role_problem(self, who: str, roles: frozenset[Role], what: str) -> str:
        if not self.users:
            return "this data folder has no users, so nobody can ask for or approve anything; see trader users add -h"
        if who not in self.users:
            return f"there is no user {who}"
        if self.has(who, *roles):
            return ""
        return f"{who} may not {what}; that needs the role {' or '.join(sorted(roles))}"


def _shown_problem(request: Request, shown: str) -> str:
    if shown in ("", digest_of(request.action)):
        return ""
    return f"{request.request_id} was asked for otherwise meanwhile; look at it again, and decide on that"


def _reason_problem(reason: str) -> str:
    return "" if reason.strip() else "a reason is needed, in words"


def _validity_problem(action: Action, valid_ns: int | None, *, is_founding: bool) -> str:
    if is_founding or valid_ns is not None:
        return ""
    name = RULES[type(action)].name
    return f"LIMIT_UNDEFINED at action={name}: FOUR_EYES has no row for valid_s_max, how long a request stands"
