"""The account of the operating system behind a process: unlike a name that somebody gives, nobody can claim it."""

import os
import pwd


def account_of(uid: int) -> str:
    """The name of an account; its number where it has none, as in a container."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"


def own_account() -> str:
    """The account that this process runs as."""
    return account_of(os.getuid())
