"""Who is at the keyboard: names and passwords are checked here, rights in the core."""

from contextlib import closing
from pathlib import Path

from risk.people.people import Action, People, SetRoles, digest_of, request_id_of
from trader.adapters.clock import now_ns
from trader.adapters.credentials import Credentials, read_password
from trader.app.channel import tell
from trader.app.folder import DATABASE
from trader.app.history import engine_of
from trader.app.machine import start_from
from trader.domain.errors import ConfigError
from trader.engine.context import Context
from trader.engine.inputs import ActionDecided, ActionRequested
from trader.engine.outputs import ActionAnswered


def sign_in(data: Path, people: People, user: str, password_file: Path | None = None, *, or_code: bool = False) -> None:
    """Find out that a user is who they say. Where there are no users yet, there is nothing to find out.

    Args:
        data: The data folder.
        people: Its users.
        user: The name.
        password_file: Where the password is; None for the environment or the terminal.
        or_code: Whether a code that was handed out is as good, as to set a password.

    Raises:
        ConfigError: It is not them, or there is no such user.
    """
    if not people.users:
        return
    password = read_password(user, password_file)
    with closing(Credentials(data / DATABASE)) as credentials:
        problem = credentials.check(user, password, now_ns(), or_code=or_code)
    if problem:
        raise ConfigError(f"{problem}; nothing has changed")


def hand_out_code(data: Path, user: str) -> str:
    """Make a whole code with which the second user of all sets a password of their own; shown once, and kept nowhere.

    Raises:
        StoreError: It cannot be made good.
    """
    with closing(Credentials(data / DATABASE)) as credentials:
        return credentials.hand_out(user)


def begin_code(data: Path, request_id: str) -> str:
    """Make the half of a new user's code that is for who has asked for them; shown once, and kept nowhere.

    Raises:
        StoreError: It cannot be kept.
    """
    with closing(Credentials(data / DATABASE)) as credentials:
        return credentials.begin_code(request_id)


def decide_on_user(data: Path, request_id: str, shown: SetRoles, *, approved: bool, who: str, reason: str) -> str:
    """Say yes or no to a new user, as a user who has signed in.

    Who approves is shown the other half of the code than who has asked, so that neither alone can be the new user, who
    would make what they check.

    Args:
        data: The data folder.
        request_id: Which request.
        shown: The new user, as they were shown.
        approved: Yes or no.
        who: The user who decides.
        reason: Why.

    Returns:
        The second half, shown once and kept nowhere; "" when the request is declined.

    Raises:
        ConfigError: The core refuses it, or nobody has the first half; nothing has changed.
        StoreError: The code cannot be made good.
    """
    with closing(Credentials(data / DATABASE)) as credentials:
        if approved and not credentials.has_begun(request_id):
            raise ConfigError(
                f"whoever asked for {shown.user} was not shown the first half of the code, without which there is no "
                f"password; decline {request_id} and have it asked for again; nothing has changed"
            )
        decide(data, request_id, approved=approved, who=who, reason=reason, shown=shown)
        if approved:
            return credentials.end_code(request_id, shown.user)
        credentials.drop_code(request_id)
        return ""


def state_of(data: Path, *, must_exist: bool = False) -> Context:
    """Everything the data folder knows.

    Raises:
        JournalDamagedError: The journal does not hold.
        ConfigError: There is no such folder, and there has to be one.
    """
    return engine_of(data, must_exist=must_exist).context


def ask(data: Path, action: Action, who: str, reason: str, config: Path | None = None) -> str:
    """Ask for what needs a second person, as a user who has signed in.

    Args:
        data: The data folder.
        action: What is asked for.
        who: The user.
        reason: Why.
        config: The configuration that a data folder is opened with in which nothing has run yet.

    Returns:
        The request's id.

    Raises:
        ConfigError: The core refuses it; the message says why, and nothing has changed.
    """
    request_id = request_id_of(action)
    started = None if state_of(data).has_gate else start_from(config)
    _raise_problem(tell(data, ActionRequested(request_id, action, who, reason), started).actions)
    return request_id


def decide(data: Path, request_id: str, *, approved: bool, who: str, reason: str, shown: Action | None = None) -> None:
    """Say yes or no to a request, as a user who has signed in.

    Args:
        data: The data folder.
        request_id: Which one.
        approved: Yes or no.
        who: The user.
        reason: Why.
        shown: What they were shown, which has to be what is asked for still; None for whatever that is.

    Raises:
        ConfigError: The core refuses it; the message says why, and nothing has changed.
    """
    digest = "" if shown is None else digest_of(shown)
    _raise_problem(tell(data, ActionDecided(request_id, approved, who, reason, digest)).actions)


def _raise_problem(answers: tuple[ActionAnswered, ...]) -> None:
    for answer in answers:
        if answer.problem:
            raise ConfigError(f"{answer.problem}; nothing has changed")
