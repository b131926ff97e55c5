"""What probably happened and what to do: a sentence or two that a person in the back office can act on.

The same difference has another cause where the robot's book is held against the desk's row than where it is held
against the venue's reports, so each comparison has its own table.
"""

from trader.reconcile.breaks import BreakKind

AGAINST_DESK = {
    BreakKind.SIDE: (
        "The venue's side may belong to the symbol and not to the dealt currency: "
        "stop the session, check the dialect's side rule, and reverse the trade."
    ),
    BreakKind.CURRENCY: (
        "The venue counted the amount in another currency than the one dealt: "
        "check the dialect's quantity unit and ask the venue for a correction."
    ),
    BreakKind.SYMBOL: "The venue filled another pair than the one ordered: ask the venue to cancel the trade.",
    BreakKind.VALUE_DATE: (
        "The order crossed the venue's cut-off, or the two calendars differ: "
        "the venue's date settles, so agree it with the desk or ask for a correction."
    ),
    BreakKind.PRICE: "A rate must be greater than zero: ask the venue for a correction.",
    BreakKind.CONTRA_AMOUNT: (
        "The contra amount the venue sent with the fill does not follow from its quantity and rate: "
        "the rate may lack the forward points; ask for a corrected confirmation."
    ),
}

AGAINST_VENUE = {
    BreakKind.SIDE: (
        "The venue's trade reports give another side than its execution reports: "
        "stop the session, check the dialect's side rule, and confirm the position by telephone."
    ),
    BreakKind.CURRENCY: (
        "The venue's trade report counts the amount in another currency than its execution report: "
        "check the dialect, then ask the venue which one it will settle."
    ),
    BreakKind.SYMBOL: (
        "The venue's trade report names another pair than its execution report: ask the venue which one it will settle."
    ),
    BreakKind.ACCOUNT: (
        "The venue has booked the trade for another account than the order's: "
        "ask the venue to move it, before it is settled there."
    ),
    BreakKind.QUANTITY: "The venue corrected the quantity after the robot booked it: confirm, and book the correction.",
    BreakKind.VALUE_DATE: (
        "The venue moved the value date after the robot booked it: the venue's date settles, so agree it with the desk."
    ),
    BreakKind.PRICE: "The venue corrected the rate after the robot booked it: confirm, and book the correction.",
    BreakKind.CONTRA_AMOUNT: (
        "The contra amount in the venue's trade report does not follow from its quantity and rate: "
        "the rate may lack the forward points; ask for a corrected confirmation."
    ),
    BreakKind.UNKNOWN_LINE: (
        "The venue holds the trade under another order of ours or under a foreign ClOrdID(11): "
        "ask the venue to move the trade."
    ),
}

OVERFILL = (
    "A fill crossed a cancel or a replace, or the venue filled twice: "
    "agree with the desk to keep or to reverse what is too much."
)
UNASKED_LEG = (
    "The trade has a leg that the row did not ask for: confirm with the venue which value dates it will settle, "
    "and ask it to cancel the rest."
)
THROUGH_LIMIT = (
    "The venue filled at a worse rate than the limit of the order: "
    "the trade stands until the venue corrects it, so ask for a correction before the value date."
)
UNKNOWN_ORDER = (
    "The venue has not said what became of the order: ask it by ClOrdID(11), and do not send the line again."
)
ANSWERED_QUANTITY = (
    "The venue has filled another amount of the order than the robot has booked: "
    "ask it for the order's executions, and book what is missing."
)
ANSWERED_PRICE = (
    "The venue's average rate of the order is not that of the fills the robot has booked: "
    "it may have corrected one, so ask it for the order's executions."
)
CLAIM = (
    "The result file was written before the last fill, bust or correct was booked: "
    "write it again and send it to the desk."
)
RENAMED = (
    "The same terms stand under two ExecIDs(17), most likely one trade that the venue booked again: "
    "confirm that it counts once."
)
BUSTED = (
    "The venue busted the trade after the robot booked it, or its list of trades is incomplete: "
    "ask for the list again, then for the trade by its ExecID(17)."
)
LOST = (
    "The execution report was lost while the session was down, or a bust was booked that the venue does not know: "
    "confirm the trade with the venue, then book it."
)
BOOKED_TWICE = "The robot's book lists one ExecID(17) twice: the trade counts once, so check the position."
SENT_TWICE = "The venue sent the report again: nothing to do once the venue confirms that it is one trade."
AMENDED = "The venue amended the trade and reported it again under its old ExecID(17): confirm which terms settle."
FOREIGN_TRADE = (
    "Somebody dealt by hand or with another system on our session, or the venue lost our ClOrdID(11): "
    "find the owner before the value date."
)
ORPHAN_FILL = (
    "The robot was told of a fill for an order that no row asked for: "
    "find the owner with the venue before the value date."
)
UNBOOKED = (
    "The venue reported the trade in a way that does not fit its order (trader orders --orphans says why): "
    "ask it to report it right, or to cancel it."
)
TOTAL = "The sum of the other breaks in this currency and for this value date: it closes when they do."
