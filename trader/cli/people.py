"""Who may do what, and what waits for a second person: users, approvals, approve."""

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from risk.people.people import RULES, LaunchBatch, Request, Role, SetRoles, describe
from trader.adapters.clock import now_ns
from trader.app.exit_codes import EXIT_WAITS, EXIT_WRONG_INPUT
from trader.app.folder import DATABASE
from trader.cli import options
from trader.cli.asking import confirmed, print_asked, prompted_reason, say_half, signed_in, user_name
from trader.cli.output import Failure, Output, print_json, print_rows, say
from trader.cli.shown import show_action
from trader.domain.moments import moment

if TYPE_CHECKING:
    from trader.engine.context import Context


_Name = Annotated[str, typer.Argument(metavar="NAME", help="The user's name.")]


def _read_roles(text: str) -> tuple[Role, ...]:
    names = [name for name in text.replace(",", " ").split() if name]
    unknown = [name for name in names if name not in set(Role)]
    if unknown or not names:
        known = ", ".join(Role)
        raise typer.BadParameter(
            f"{' and '.join(map(repr, unknown)) or 'nothing'} is no role; expected some of {known}"
        )
    return tuple(sorted({Role(name) for name in names}))


_Roles = Annotated[
    Any, typer.Option("--roles", metavar="ROLES", parser=_read_roles, help=f"Some of {', '.join(Role)}.")
]
_NewPasswordFile = Annotated[
    Path | None,
    typer.Option(
        "--new-password-file",
        metavar="FILE",
        help="The new password, in a file that only you can read; of yourself, or of the very first user.",
    ),
]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    users = typer.Typer(
        short_help="Say who may do what: add users, list them, change their roles.",
        epilog="Example: trader users add berta --roles risk --reason 'First user'",
        no_args_is_help=True,
        rich_markup_mode=None,
    )
    example = "Example: trader users"
    users.command(
        "add", short_help="Add a user.", epilog=f"{example} add carl --roles trader --user berta --reason new"
    )(add_user)
    users.command("list", short_help="List the users.", epilog=f"{example} list --json")(list_users)
    users.command(
        "roles", short_help="Give a user other roles.", epilog=f"{example} roles carl --roles approver --reason moved"
    )(change_roles)
    users.command("remove", short_help="Remove a user.", epilog=f"{example} remove carl --reason 'Has left'")(
        remove_user
    )
    users.command("password", short_help="Change your own password.", epilog=f"{example} password --user carl")(
        change_password
    )
    app.add_typer(users, name="users")
    app.command(short_help="List what waits for a second person.", epilog="Example: trader approvals --json")(approvals)
    app.command(
        short_help="Approve what another person has asked for, or decline it.",
        epilog="Example: trader approve GP6SAJWKEA --user dora --reason 'Agreed with the client'",
    )(approve)


# --- users ------------------------------------------------------------------------------------------------------------


def add_user(
    name: _Name,
    roles: _Roles,
    user: options.User = "",
    password_file: options.PasswordFile = None,
    new_password_file: _NewPasswordFile = None,
    reason: options.Reason = "",
    data: options.Data = Path("var"),
    json: options.Json = False,  # noqa: ARG001 -- see options.Json
) -> int:
    """Add a user, who later sets a password of their own with a code: half is shown now, half to who approves.

    The first two users have the role risk and need nobody's approval, as there is nobody yet; the first of all sets a
    password now. Every later change of users waits until another person with the role risk approves it.
    """
    from trader.app.identity import state_of  # noqa: PLC0415 -- the database is loaded only where it is read

    users = state_of(data).people.users
    if name in users:
        raise Failure(f"there is a user {name} already; trader users roles {name} gives other roles", EXIT_WRONG_INPUT)
    if users and new_password_file is not None:
        told = f"{name} sets it with a code, which is shown once {name} is a user"
        raise Failure(f"nobody gives another user's password, as with --new-password-file: {told}", EXIT_WRONG_INPUT)
    user, reason = _signed_in(data, user, password_file, reason)
    if not users:
        return _add_first(data, SetRoles(name, roles), user, reason, new_password_file)
    return _asked(data, SetRoles(name, roles), user, reason)


def _add_first(data: Path, action: SetRoles, user: str, reason: str, new_password_file: Path | None) -> int:
    """Add the very first user, whoever is at the keyboard; the exit code."""
    from trader.adapters.credentials import (  # noqa: PLC0415 -- the database is loaded only where it is read
        Credentials,
        check_length,
        read_password,
    )
    from trader.app.identity import ask  # noqa: PLC0415 -- as above

    password = read_password(action.user, new_password_file, is_new=True)
    check_length(password)
    request_id = ask(data, action, user, reason)
    with closing(Credentials(data / DATABASE)) as credentials:
        credentials.keep(action.user, password)
    return print_asked(request_id, RULES[SetRoles].decides, action.user)


def change_roles(
    name: _Name,
    roles: _Roles,
    user: options.User = "",
    password_file: options.PasswordFile = None,
    reason: options.Reason = "",
    data: options.Data = Path("var"),
    json: options.Json = False,  # noqa: ARG001 -- see options.Json
) -> int:
    """Give a user exactly these roles, once another person with the role risk approves it."""
    from trader.app.identity import state_of  # noqa: PLC0415 -- the database is loaded only where it is read

    if name not in state_of(data).people.users:
        raise Failure(f"there is no user {name}; trader users list shows them", EXIT_WRONG_INPUT)
    user, reason = _signed_in(data, user, password_file, reason)
    return _asked(data, SetRoles(name, roles), user, reason)


def remove_user(
    name: _Name,
    user: options.User = "",
    password_file: options.PasswordFile = None,
    reason: options.Reason = "",
    data: options.Data = Path("var"),
    json: options.Json = False,  # noqa: ARG001 -- see options.Json
) -> int:
    """Take every right from a user, once another person with the role risk approves it."""
    user, reason = _signed_in(data, user, password_file, reason)
    return _asked(data, SetRoles(name, ()), user, reason)


def change_password(
    user: options.User = "",
    password_file: options.PasswordFile = None,
    new_password_file: _NewPasswordFile = None,
    data: options.Data = Path("var"),
) -> None:
    """Change your own password, with the old one; or set your first, with the code that you were given."""
    from trader.adapters.credentials import Credentials, read_password  # noqa: PLC0415 -- the database is loaded late
    from trader.app.identity import sign_in, state_of  # noqa: PLC0415 -- as above

    user, people = user or user_name(), state_of(data).people
    if user not in people.users:
        raise Failure(f"there is no user {user}; trader users list shows them", EXIT_WRONG_INPUT)
    sign_in(data, people, user, password_file, or_code=True)
    password = read_password(user, new_password_file, is_new=True)
    with closing(Credentials(data / DATABASE)) as credentials:
        credentials.keep(user, password)
    say(f"the password of {user} is changed")


def list_users(data: options.Data = Path("var"), json: options.Json = False) -> None:  # noqa: ARG001 -- see options.Json
    """List every user with their roles."""
    from trader.app.identity import state_of  # noqa: PLC0415 -- the database is loaded only where it is read

    users = sorted(state_of(data, must_exist=True).people.users.items())
    if Output.json:
        print_json({"users": [{"user": name, "roles": list(roles)} for name, roles in users]})
    else:
        print_rows("users", ("user", "roles"), ([name, ", ".join(roles)] for name, roles in users))


# --- approvals --------------------------------------------------------------------------------------------------------


def approvals(data: options.Data = Path("var"), json: options.Json = False) -> None:  # noqa: ARG001 -- see options.Json
    """List what waits for a second person, the oldest first, and who may decide it."""
    from trader.app.identity import state_of  # noqa: PLC0415 -- the database is loaded only where it is read

    at_ns = now_ns()
    waiting = [_facts(each) for each in state_of(data, must_exist=True).people.requests.values() if each.is_open(at_ns)]
    if Output.json:
        print_json({"approvals": waiting})
        return
    columns = ("request_id", "asked_at", "until", "who", "needs", "action", "reason")
    print_rows("approvals", columns, ([row[column] for column in columns] for row in waiting))


def approve(
    request_id: Annotated[str, typer.Argument(metavar="ID", help="A batch id, or what trader approvals lists.")],
    user: options.User = "",
    password_file: options.PasswordFile = None,
    reason: options.Reason = "",
    decline: Annotated[bool, typer.Option("--decline", help="Say no.")] = False,
    yes: options.Yes = False,
    data: options.Data = Path("var"),
    json: options.Json = False,  # noqa: ARG001 -- see options.Json
) -> None:
    """Show what another person has asked for, and approve or decline it.

    An approval holds for exactly what is shown. A batch file that is changed by one byte needs its own, and so does the
    same file for another trade date, book, account, desk or venue.
    """
    from trader.app.identity import decide, decide_on_user, state_of  # noqa: PLC0415 -- the database is loaded late

    state = state_of(data)
    request = state.people.requests.get(request_id)
    if request is None:
        raise Failure(f"nobody has asked for {request_id}; trader approvals lists what waits", EXIT_WRONG_INPUT)
    if not Output.json:
        _show(request, state)
    user = signed_in(data, state.people, user, password_file)
    verb = "Decline" if decline else "Approve"
    reason = confirmed(reason, f"{verb} this?", yes=yes)
    action, half = request.action, ""
    added = action if isinstance(action, SetRoles) and action.user not in state.people.users else None
    if added is not None:
        half = decide_on_user(data, request_id, added, approved=not decline, who=user, reason=reason)
    else:
        decide(data, request_id, approved=not decline, who=user, reason=reason, shown=action)
    if Output.json:
        code = {"second_half_of_code": half} if half else {}
        print_json({"request_id": request_id, "approved": not decline, "who": user, "reason": reason} | code)
        return
    more = "; run the same file again" if isinstance(action, LaunchBatch) and not decline else ""
    say(f"{request_id} is {'declined' if decline else 'approved'} by {user}{more}")
    if added is not None and half:
        say_half(added.user, "second", half)


def _show(request: Request, state: "Context") -> None:
    """What is to be decided, as it is."""
    say(f"{request.request_id}, asked for by {request.who} at {moment(request.asked_ns)}: {describe(request.action)}")
    say(f"reason: {request.reason}", indent=2)
    show_action(request.action, state)


def _facts(request: Request) -> dict[str, Any]:
    rule = RULES[type(request.action)]
    return {
        "request_id": request.request_id,
        "asked_at": moment(request.asked_ns),
        "until": moment(request.until_ns),
        "who": request.who,
        "needs": " or ".join(sorted(rule.decides)),
        "action": describe(request.action),
        "reason": request.reason,
    }


# --- asking -----------------------------------------------------------------------------------------------------------


def _signed_in(data: Path, user: str, password_file: Path | None, reason: str) -> tuple[str, str]:
    """Who asks, once their password is right, and why."""
    from trader.app.identity import state_of  # noqa: PLC0415 -- the database is loaded only where it is read

    reason = reason or prompted_reason()
    return signed_in(data, state_of(data).people, user, password_file), reason


def _asked(data: Path, action: SetRoles, user: str, reason: str) -> int:
    """Ask for a change of users, and say whether it waits; the exit code."""
    from trader.app.identity import (  # noqa: PLC0415 -- the database is loaded only where it is read
        ask,
        begin_code,
        hand_out_code,
        state_of,
    )

    request_id, decides = ask(data, action, user, reason), RULES[SetRoles].decides
    people = state_of(data).people
    if not people.requests[request_id].is_open(now_ns()):
        return print_asked(request_id, decides, action.user, hand_out_code(data, action.user))
    if action.user in people.users:
        return print_asked(request_id, decides)
    half = begin_code(data, request_id)
    if Output.json:
        print_json({"request_id": request_id, "waits": True, "first_half_of_code": half})
        return EXIT_WAITS
    print_asked(request_id, decides)
    say_half(action.user, "first", half)
    return EXIT_WAITS
