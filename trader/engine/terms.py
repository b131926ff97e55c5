"""What a second person approves when a batch is launched: what its file was read as, and what in it waits."""

from collections.abc import Iterable

from risk.people.people import LaunchBatch, People
from risk.reasons import Approval, Finding
from trader.domain.ids import content_hash
from trader.engine.inputs import BatchSubmitted
from trader.journal.codec import canonical_json


def terms_of(submitted: BatchSubmitted) -> str:
    """The SHA-256 of what a batch file was read as, hexadecimal.

    The same bytes are another deal with another configuration: it says the book, the account and the desk where a row
    does not, and the trade date decides the value dates.
    """
    launched = (submitted.trade_date, submitted.venue, submitted.desk, submitted.all_or_nothing, submitted.lines)
    return content_hash(canonical_json(launched))


def launch_of(submitted: BatchSubmitted, findings: Iterable[Finding]) -> LaunchBatch:
    """The action that a batch is launched by, when this waits in it."""
    return LaunchBatch(submitted.batch_id, submitted.content_hash, terms_of(submitted), tuple(findings))


class LaunchApprovals:
    """The approvals of launches, each looked at once and not for every line. One instance per engine."""

    def __init__(self, people: People) -> None:
        self._people = people
        self._known: dict[str, tuple[BatchSubmitted, LaunchBatch, Approval | None]] = {}

    def of(self, submitted: BatchSubmitted, now_ns: int) -> Approval | None:
        """What was approved of exactly this launch; None when nobody has, or too long ago."""
        request = self._people.approved_launch(submitted.batch_id, submitted.trader, now_ns)
        if request is None:
            return None
        action = request.action
        assert isinstance(action, LaunchBatch), "no other action has the name of a batch"
        known = self._known.get(submitted.batch_id)
        if known is None or known[0] is not submitted or known[1] is not action:
            is_it = launch_of(submitted, action.findings) == action
            approval = Approval(request.decided_by, action.findings) if is_it else None
            known = self._known[submitted.batch_id] = (submitted, action, approval)
        return known[2]
