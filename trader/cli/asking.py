"""Whoever is at the keyboard: who it is, why they ask, whether it is meant, and what is said when it waits."""

import getpass
import os
import sys
from pathlib import Path

import typer

from risk.people.people import RULES, Action, People, Role
from trader.app.exit_codes import EXIT_WAITS, EXIT_WRONG_INPUT
from trader.cli.output import Failure, Output, print_json, say


def user_name() -> str:
    """The user's name; its number where it has none, as in a container."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"user {os.getuid()}"


def signed_in(data: Path, people: People, user: str, password_file: Path | None) -> str:
    """Who it is, once their password is right; the login, where no user is named.

    Raises:
        ConfigError: It is not them, or there is no such user.
    """
    from trader.app.identity import sign_in  # noqa: PLC0415 -- the database is loaded late

    user = user or user_name()
    sign_in(data, people, user, password_file)
    return user


def ask_for(data: Path, action: Action, user: str, password_file: Path | None, reason: str, config: Path | None) -> int:
    """Ask, as somebody who has signed in; the exit code."""
    from trader.app.identity import ask, state_of  # noqa: PLC0415 -- see signed_in

    people = state_of(data).people
    if not people.users:
        problem = "this data folder has no users, so nobody can ask for anything; see trader users add -h"
        raise Failure(problem, EXIT_WRONG_INPUT)
    reason = reason or prompted_reason()
    user = signed_in(data, people, user, password_file)
    return print_asked(ask(data, action, user, reason, config), RULES[type(action)].decides)


def print_asked(request_id: str, decides: frozenset[Role], done: str = "", code: str = "") -> int:
    """Say that something waits, or with ``done`` that it is done already; returns the exit code.

    Args:
        request_id: What was asked for.
        decides: The roles of whom it waits for.
        done: The user who was added at once; "" when it waits.
        code: With which that user sets a password; "" for one who has.
    """
    if Output.json:
        print_json({"request_id": request_id, "waits": not done} | ({"code": code} if code else {}))
    elif done:
        say(f"{done} is added: there was nobody yet to approve it")
        if code:
            say_code(done, code)
    else:
        roles = " or ".join(sorted(decides))
        say(f"asked for as {request_id}; another person with the role {roles} approves it: trader approve {request_id}")
    return 0 if done else EXIT_WAITS


def say_code(user: str, code: str) -> None:
    """Say the code with which a new user sets a password."""
    say(f"the code of {user}, for nobody else and shown only now: {code}")
    say(f"{user} sets a password with it before anything else: trader users password --user {user}", indent=2)


def say_half(user: str, which: str, half: str) -> None:
    """Say the half of a new user's code that is for whoever is at the keyboard."""
    say(f"the {which} half of the code of {user}, for nobody else and shown only now: {half}")
    other = "whoever approves is shown the second" if which == "first" else "whoever has asked has the first"
    say(f"{other}; {user} sets a password with FIRST-SECOND: trader users password --user {user}", indent=2)


def prompted_reason() -> str:
    """A reason, from whoever is at the terminal."""
    if not sys.stdin.isatty():
        raise Failure("say why with --reason; nothing has changed", EXIT_WRONG_INPUT)
    return str(typer.prompt("Why", err=True))


def confirmed(reason: str, question: str, *, yes: bool) -> str:
    """The reason, once whoever is at the terminal has agreed."""
    reason = reason or prompted_reason()
    unattended = "say --yes to decide from a script; nothing has changed"
    agree(question, yes=yes, unattended=unattended, declined="nothing has changed")
    return reason


def agree(question: str, *, yes: bool, unattended: str, declined: str = "nothing was sent") -> None:
    """Go on only when whoever is at the terminal agrees.

    Args:
        question: What they are asked.
        yes: They have agreed beforehand.
        unattended: What is said where nobody can be asked.
        declined: What is said after a no.

    Raises:
        Failure: Nobody agrees.
    """
    if yes:
        return
    if not sys.stdin.isatty():
        raise Failure(unattended, EXIT_WRONG_INPUT)
    if not typer.confirm(question, err=True):
        raise Failure(declined, EXIT_WRONG_INPUT)
