"""A new set of limits, on its way to be asked for: what it would change, and what speaks against it."""

from dataclasses import dataclass

from risk.limits.versions import Change, cuts, diff, notices, sha256_of, structure_problems
from risk.people.people import ImportLimits
from trader.adapters.limit_file import LimitFile
from trader.engine.engine import Engine


@dataclass(frozen=True, slots=True)
class Review:
    """What there is to say about a set before anybody is asked.

    Attributes:
        action: What would be asked for.
        changes: Row by row.
        problems: What refuses it, in sentences.
        notices: What does not, but should be seen.
    """

    action: ImportLimits
    changes: list[Change]
    problems: list[str]
    notices: list[str]


def review(engine: Engine, file: LimitFile, at_ns: int) -> Review:
    """Hold a set against the limits in force and against what is used of them.

    Args:
        engine: Has been started at least once.
        file: The set.
        at_ns: Now, UTC nanoseconds.
    """
    before, gate = engine.context.limit_rows, engine.context.gate
    held = file.book.at(at_ns)
    used = [(node.node, node.used) for node in gate.utilisation()]
    cut = cuts(held, used)
    action = ImportLimits(file.name, file.sha256, sha256_of(file.book.rows), sha256_of(before), file.book.rows)
    problems = structure_problems(file.book, at_ns) + [each.sentence for each in cut if not each.is_meant]
    said = notices(file.book, at_ns) + [
        f"{each.node} is cut below its use of {each.used:,f}, as its note says: nothing more passes there"
        for each in cut
        if each.is_meant
    ]
    return Review(action, diff(before, file.book.rows), problems, said)
