"""``trader session status``: what store and journal know of every session, beside a robot or without one."""

from pathlib import Path
from typing import Any

from trader.adapters.session_store import stored_numbers
from trader.app.folder import holder
from trader.app.history import engine_of
from trader.app.sessions.words import Standing, advice, explanation, policy
from trader.domain.errors import ConfigError
from trader.engine.context import Context
from trader.engine.session_memory import Noted, SessionMemory


def session_standings(data: Path, venue: str | None) -> list[dict[str, Any]]:
    """What there is to say about the sessions of a data folder.

    Args:
        data: The data folder.
        venue: Only this one, by its name; None for all.

    Returns:
        One JSON object a session: its numbers, when it was up, and in sentences what is the matter and what to do.

    Raises:
        ConfigError: There is no such session.
        JournalDamagedError: The journal does not hold.
    """
    context, process = engine_of(data).context, holder(data)
    known = {*context.memories, *_folders(data)}
    if venue is not None and venue not in known:
        names = ", ".join(sorted(known)) or "none"
        raise ConfigError(f"there is no session {venue} in {data}; expected one of those that were used: {names}")
    return [
        _facts(_standing(context, data, name, process), process) for name in sorted(known if venue is None else {venue})
    ]


def _folders(data: Path) -> set[str]:
    folder = data / "fix"
    return {path.name for path in folder.iterdir() if path.is_dir()} if folder.is_dir() else set()


def _standing(context: Context, data: Path, name: str, process: int) -> Standing:
    session = context.sessions.get(name)
    return Standing(
        name=name,
        memory=context.memories.get(name, SessionMemory()),
        stored=stored_numbers(data / "fix" / name),
        dialect=context.past_dialects.get(name),
        is_up=bool(process and session is not None and session.is_logged_on),
        open_orders=sum(1 for _ in context.blotters[name].live()) if name in context.blotters else 0,
    )


def _facts(standing: Standing, process: int) -> dict[str, Any]:
    memory, stored, dialect = standing.memory, standing.stored, standing.dialect
    numbers = memory.new_numbers
    return {
        "session": standing.name,
        "is_up": standing.is_up,
        "process": process,
        "next_sent": standing.next_sent,
        "next_expected": standing.next_expected,
        "store": str(stored.where) if stored else "",
        "numbers_since_ns": stored.begun_ns if stored else 0,
        "opened_ns": memory.opened_ns,
        "closed_ns": memory.closed_ns,
        "closed_why": memory.closed_why,
        "refused_ns": memory.refused_ns,
        "refused_why": memory.refused_why,
        "journal_next_sent": memory.next_sent,
        "journal_next_expected": memory.next_expected,
        "too_low": _noted(memory.too_low),
        "venue_missed": _noted(memory.venue_missed),
        "we_missed": _noted(memory.we_missed),
        "gap_from": standing.gap_from,
        "trades_owed": memory.trades_owed is not None,
        "new_numbers": None if numbers is None else [numbers.next_sent, numbers.next_expected],
        "open_orders": standing.open_orders,
        "reset": dialect.reset if dialect else "",
        "policy": policy(standing),
        "explanation": list(explanation(standing)),
        "advice": list(advice(standing)),
    }


def _noted(noted: Noted | None) -> dict[str, Any] | None:
    if noted is None:
        return None
    note = noted.note
    return {
        "ts_ns": noted.ts_ns,
        "by": "venue" if note.by_venue else "robot",
        "expected": note.expected,
        "received": note.received,
        "text": note.text,
    }
