"""What a second person signs for, so that it is that and nothing else: a launch, breaks, a trade of nobody's.

What is too much for an action to carry stands in it as a digest, and is looked up again when it is shown and decided.
"""

from collections.abc import Iterable

from risk.people.people import LaunchBatch, People
from risk.people.signatures import AcceptBreaks, DismissOrphan
from risk.reasons import Approval, Finding
from trader.domain.canonical import canonical_json
from trader.domain.ids import content_hash
from trader.engine.inputs import BatchSubmitted
from trader.engine.state import BatchState
from trader.orders.blotter import Blotter


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


def acceptance_of(batch: BatchState) -> AcceptBreaks:
    """The action that accepts the breaks of a batch, as they are."""
    return AcceptBreaks(batch.submitted.batch_id, len(batch.breaks), content_hash(canonical_json(batch.breaks)))


def dismissal_of(blotter: Blotter, exec_id: str) -> DismissOrphan:
    """The action that dismisses all that a venue has said of no order of ours under one ExecID(17), as it is."""
    said = [orphan.event for orphan in blotter.orphans_of(exec_id)]
    return DismissOrphan(blotter.venue, exec_id, content_hash(canonical_json(said)))


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
