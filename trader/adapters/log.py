"""The robot's own log: JSON lines in the data folder, on structlog. Secrets never reach it."""

import logging
import os
from pathlib import Path
from typing import Any

import structlog

from trader.adapters.clock import now_ns


class Log:
    """Events for the operator, one JSON object a line.

    Args:
        folder: Where ``robot.jsonl`` is appended to; None writes nothing.
        echo: Also called with the code and the text of every alert.
    """

    def __init__(self, folder: Path | None, echo: Any = None) -> None:  # noqa: ANN401 -- a callable or None
        self._echo = echo
        self._file = None
        if folder is not None:
            descriptor = os.open(folder / "robot.jsonl", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            self._file = os.fdopen(descriptor, "a", encoding="utf-8")
        self._logger = structlog.wrap_logger(
            structlog.PrintLogger(self._file) if self._file else structlog.ReturnLogger(),
            processors=[_stamp, structlog.processors.JSONRenderer()],
            wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        )

    def alert(self, code: str, text: str) -> None:
        """Something a person should know."""
        self._logger.warning("alert", code=code, text=text)
        if self._echo is not None:
            self._echo(code, text)

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()


def _stamp(_logger: object, level: str, event: Any) -> Any:  # noqa: ANN401 -- structlog's processor signature
    event["level"] = level
    event["ts_ns"] = now_ns()
    return event
