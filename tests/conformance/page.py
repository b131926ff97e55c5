"""Writes ``docs/session-conformance.md`` from the scripts: ``python -m tests.conformance.page``."""

from itertools import groupby
from pathlib import Path

from tests.conformance.scripting import ENDS, Script, scripts

PAGE = Path(__file__).parents[2] / "docs" / "session-conformance.md"
_KINDS = (
    "logon",
    "sequence numbers",
    "possible duplicates",
    "resend requests",
    "sequence resets",
    "garbled messages",
    "header",
    "fields",
    "heartbeats and test requests",
    "logout",
    "rejects",
    "application messages",
)
_WHO = {"venue": "the simulator's acceptor", "robot": "the robot's session"}

_INTRODUCTION = """\
# Session conformance

What FIX 4.4 wants of a session, and what our two ends do: the simulator's acceptor, and the robot's initiator, as both
stand on the wire, with QuickFIX in them. A raw socket plays the other end by a script, which says what is sent and what
has to come back, message by message. `make conformance` plays all of them; they are part of `make test` too.

| End | Scripts | As the standard says | Otherwise |
|---|---|---|---|
{counts}

The scripts are `tests/conformance/scripts/*.session`, and read like this; `tests/conformance/scripting.py` has the
words.

```
{example}```

*Otherwise* means that QuickFIX does something else than the standard, or that the robot has it do so. The script then
says what, and the reason why that loses nothing and deals nothing twice stands below. Not all of FIX is here:
encryption and third-party routing are not used, and what a business message means is tried elsewhere
([conformance](conformance.md), [orders](orders.md)). What happens when the line itself fails is in
[session faults](session-faults.md).

This page is made from the scripts by `python -m tests.conformance.page`; a test says when it is old.
"""


def page() -> str:
    """The whole page."""
    listed = sorted(scripts(), key=lambda script: (_KINDS.index(script.head["kind"]), script.name))
    example = next(script for script in listed if script.name == "number_too_high")
    text = _INTRODUCTION.format(counts="\n".join(map(_count_line, ENDS)), example=example.path.read_text("utf-8"))
    for kind, group in groupby(listed, key=lambda script: script.head["kind"]):
        text += (
            f"\n## {kind[0].upper()}{kind[1:]}\n\n| Script | What the end does | Ends | Verdict |\n|---|---|---|---|\n"
        )
        text += "".join(map(_line, group))
    return text


def _count_line(end: str) -> str:
    of_end = [script for script in scripts() if end in script.steps]
    otherwise = sum(bool(script.otherwise(end)) for script in of_end)
    return f"| {_WHO[end]} | {len(of_end)} | {len(of_end) - otherwise} | {otherwise} |"


def _line(script: Script) -> str:
    ends = list(script.steps)
    said = {end: script.otherwise(end) for end in ends}
    if len(set(said.values())) == 1:
        words = said[ends[0]]
        verdict = f"**Otherwise.** {words}" if words else "as the standard says"
    else:
        verdict = " ".join(f"The {end}: **otherwise.** {words}" for end, words in said.items() if words)
    return f"| `{script.name}` | {script.head['title']} | {', '.join(ends)} | {verdict} |\n"


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
