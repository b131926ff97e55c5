"""Play a seed, and say what came of it."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from trader.adapters.store import Store
from trader.app.end_of_day.verify import verify_folder
from trader.app.folder import DATABASE
from trader.domain.canonical import canonical_json
from trader.domain.moments import NS_PER_S
from trader.engine.outcome import line_outcomes
from trader.journal.record import Record
from trader.simulation.invariants import Invariants
from trader.simulation.plan import Plan, plan_of
from trader.simulation.robot import journal_bytes
from trader.simulation.stated import BrokenInvariantError
from trader.simulation.world import World

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class SeedOutcome:
    """What came of one seed.

    Attributes:
        seed: The seed.
        failure: What did not hold, in a sentence; "" when everything did.
        invariant: Its number; 0 for a robot that ended by itself, or when everything held.
        event: The number of the event after which it did not hold; else of all events.
        digest: SHA-256 over every file of the run, in hexadecimal.
        records: Records in the journal.
        happened: How often what went wrong.
        lines: How many lines ended how.
    """

    seed: int
    failure: str = ""
    invariant: int = 0
    event: int = 0
    digest: str = ""
    records: int = 0
    happened: Counter[str] = field(default_factory=Counter)
    lines: Counter[str] = field(default_factory=Counter)

    @property
    def command(self) -> str:
        """What plays it again."""
        return f"trader simulate --seeds {self.seed}"


@dataclass(frozen=True, slots=True)
class Files:
    """What a run leaves behind: the same bytes for the same seed.

    Attributes:
        batch: The desk's file.
        journal: Every record, a line each.
        trades: The venue's book, a line of JSON for each entry.
        result: What became of each line, a line of JSON each.
        records: The journal's records.
    """

    batch: bytes
    journal: bytes
    trades: bytes
    result: bytes
    records: tuple[Record, ...] = ()

    @property
    def digest(self) -> str:
        """SHA-256 over all of them, in hexadecimal."""
        return hashlib.sha256(b"\0".join((self.batch, self.journal, self.trades, self.result))).hexdigest()


def play(seed: int, tell: Tell | None = None) -> tuple[SeedOutcome, Files]:
    """Play a seed to its end, or to the first event after which something does not hold.

    Args:
        seed: The seed.
        tell: Hears the story, a line an event; None for nobody.
    """
    plan = plan_of(seed)
    watch = Invariants(has_odd_venue=plan.has_odd_venue)
    world = plan.world(watch)
    if tell is not None:
        _follow(world, plan, tell)
    failure, invariant = "", 0
    try:
        world.run()
        watch.at_end(world)
    except BrokenInvariantError as broken:
        failure, invariant = str(broken), broken.number
    except Exception as error:  # noqa: BLE001 -- whatever ends the robot is what is looked for
        failure = f"the robot ended by itself: {type(error).__name__}: {error}"
    files = _files(world, plan)
    state = world.state
    lines = Counter({str(status): many for status, many in state.counts().items() if many}) if state else Counter()
    happened = world.happened + Counter({f"venue: {name}": n for name, n in world.venue.actions_taken().items()})
    outcome = SeedOutcome(seed, failure, invariant, world.events, files.digest, len(world.journal), happened, lines)
    return outcome, files


def _follow(world: World, plan: Plan, tell: Tell) -> None:
    """Let a story begin with the plan, and give each of its lines the event and the time."""
    dialect = plan.started.dialects[0]
    tell(f"requests {dialect.requests}, cancel_on_disconnect {dialect.cancel_on_disconnect}, pace {dialect.pace}")
    for line in plan.file.content.decode().splitlines():
        tell(f"file: {line}")
    for rule in plan.scenario.rules:
        tell(f"rule: {rule}")
    tell(f"faults: {plan.faults}")
    start_ns = world.now_ns

    def told(text: str) -> None:
        tell(f"{world.events:5} {(world.now_ns - start_ns) / NS_PER_S:10.6f} {text}".replace("\x01", "|"))

    world.tell = told


def _files(world: World, plan: Plan) -> Files:
    state = world.state
    outcomes = line_outcomes(state, world.engine.context.blotters) if state is not None else ()
    return Files(
        plan.file.content,
        journal_bytes(world.journal),
        b"\n".join(map(canonical_json, world.trades)),
        b"\n".join(map(canonical_json, outcomes)),
        tuple(world.journal),
    )


def keep(folder: Path, files: Files, story: Iterable[str]) -> None:
    """Write what a run left behind, with a database that every command for a data folder reads.

    Args:
        folder: Where; a database that is there already is an error.
        files: What the run left behind.
        story: Its story, line by line.

    Raises:
        OSError: Something cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=False)
    for name, content in (
        ("batch.csv", files.batch),
        ("journal.txt", files.journal),
        ("trades.jsonl", files.trades),
        ("result.jsonl", files.result),
        ("story.txt", "\n".join(story).encode()),
    ):
        (folder / name).write_bytes(content)
    with closing(Store(folder / DATABASE)) as store:
        store.append(files.records)
    verify_folder(folder, "", rebuild=True)
