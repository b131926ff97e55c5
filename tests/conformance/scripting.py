"""Session scripts: what a counterparty says to one end of a FIX session, and what it has to hear.

A script is a file of lines. Its head says what it is about:

    title     what the end under test does, in a sentence
    kind      the family of FIX 4.4's session rules it belongs to
    ends      venue, robot, or both: who is under test
    heartbeat seconds of HeartBtInt(108); 30 when it is not said
    dialect   KEY=VALUE changes of the robot's dialect
    otherwise what QuickFIX does in place of what the standard says, why that is harmless, and what the robot does
              about it; without it the standard is kept. ``otherwise-robot`` and ``otherwise-venue`` are about one end

and after an empty line its steps, of which one that begins with ``venue:`` or ``robot:`` is for that end only:

    logged on            connect and log on with MsgSeqNum(34)=1 at both ends
    connect              the connection alone; of the robot, its Logon(A) is the next thing to hear
    say D|11=A|38=5      a message. 34, 52, 49, 56, 8, 9, 10 are made unless they are said: 34=+5 is five more than its
                         turn and 34=-1 one less, 52=-300 five minutes ago, 9=+7 seven too many, 10=+1 one too high;
                         -49 leaves a field out. A 34 of its own does not use up a turn
    bytes 8=FIX.4.4|..   exactly this
    next 7               our next MsgSeqNum(34)
    hear 8|11=A|58~low   the next message: these fields, 58 with these words in it, 43=* with any value, !97 without
    alive                nothing else was said, and the session lives: a TestRequest(1) is answered
    hear end             the connection ends, and nothing was said before
    hang up              we end the connection
    meanwhile            the connection stays, and the steps from here to ``back`` are about another one
    robot sends D|11=..  the robot says something
    robot stops          the robot logs out
    told NAME|problem~.. the next thing that the robot's engine hears of, by the name of the input and its fields
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).with_name("scripts")
ENDS = ("venue", "robot")
_HEAD = ("title", "kind", "ends", "heartbeat", "dialect", "otherwise", "otherwise-venue", "otherwise-robot")
_FOR_ONE = re.compile(r"(venue|robot):\s*")


class ScriptError(ValueError):
    """A script cannot be read: the file, the line and what would be right."""


@dataclass(frozen=True, slots=True)
class Step:
    """One line.

    Attributes:
        verb: What is done.
        text: What with.
        line: Its number in the file.
    """

    verb: str
    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Script:
    """A whole file.

    Attributes:
        path: The file.
        steps: By the end under test.
        head: What its head says, by key.
    """

    path: Path
    steps: dict[str, tuple[Step, ...]]
    head: dict[str, str]

    @property
    def name(self) -> str:
        """The file's, without its ending."""
        return self.path.stem

    @property
    def heartbeat_s(self) -> int:
        """HeartBtInt(108)."""
        return int(self.head.get("heartbeat", "30"))

    @property
    def changes(self) -> dict[str, object]:
        """What is different in the robot's dialect."""
        return dict(piece.split("=", 1) for piece in self.head.get("dialect", "").split())

    def otherwise(self, end: str) -> str:
        """In what an end departs from the standard; "" when it keeps to it."""
        return self.head.get(f"otherwise-{end}", self.head.get("otherwise", ""))


_VERBS = ("logged on", "connect", "say", "bytes", "next", "hear", "alive", "hang up", "meanwhile", "back",
          "robot sends", "robot stops", "told")  # fmt: skip


def scripts() -> list[Script]:
    """All scripts, by name."""
    return [read(path) for path in sorted(FOLDER.glob("*.session"))]


def read(path: Path) -> Script:
    """One file.

    Raises:
        ScriptError: It is not a script.
    """
    lines = path.read_text("utf-8").splitlines()
    blank = lines.index("") if "" in lines else len(lines)
    head = _head(path.name, lines[:blank])
    ends = head["ends"].split()
    steps: dict[str, list[Step]] = {end: [] for end in ends}
    for line, text in enumerate(lines[blank:], start=blank + 1):
        if not text.strip() or text.startswith("#"):
            continue
        only = _FOR_ONE.match(text)
        step = _step(path.name, line, text[only.end() :] if only else text)
        for end in [only[1]] if only else ends:
            if end not in steps:
                raise ScriptError(f"{path.name}:{line}: {end} is not among its ends")
            steps[end].append(step)
    return Script(path, {end: tuple(listed) for end, listed in steps.items()}, head)


def _head(name: str, lines: list[str]) -> dict[str, str]:
    """Key and words; a line that is indented goes on with the one before."""
    head: dict[str, str] = {}
    for number, line in enumerate(lines, start=1):
        key, _, words = line.partition(" ")
        if not key and head:
            last = next(reversed(head))
            head[last] += " " + words.strip()
        elif key in _HEAD and words:
            head[key] = words.strip()
        else:
            raise ScriptError(f"{name}:{number}: {key!r} is no key of a head; expected one of {', '.join(_HEAD)}")
    missing = {"title", "kind", "ends"} - set(head)
    if missing or not set(head["ends"].split()) <= set(ENDS):
        raise ScriptError(f"{name}: expected title, kind, and ends of {' or '.join(ENDS)}")
    return head


def _step(name: str, line: int, text: str) -> Step:
    for verb in _VERBS:
        if text == verb or text.startswith(verb + " "):
            return Step(verb, text[len(verb) :].strip(), line)
    raise ScriptError(f"{name}:{line}: {text!r} is no step; expected one that begins with {', '.join(_VERBS)}")


def fields(text: str) -> Iterator[tuple[str, str, str]]:
    """``35|11=A|58~low|!97`` as tag, sign and value; the first piece without a sign is MsgType(35)."""
    for number, piece in enumerate(text.split("|")):
        if number == 0:
            yield "35", "=", piece
        elif piece[:1] in ("!", "-"):
            yield piece[1:], piece[0], ""
        else:
            tag, sign, value = re.split(r"([=~])", piece, maxsplit=1)
            yield tag, sign, value
