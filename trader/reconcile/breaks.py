"""What can differ between the desk's file, the robot's book and the venue's, and how it is told to a person."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from trader.domain.ids import LineId


class BreakKind(StrEnum):
    """The kinds of break, the worst first: by how much unknown or wrong position each can hide."""

    SIDE = "SIDE"
    OVERFILL = "OVERFILL"
    MISSING_IN_ROBOT = "MISSING_IN_ROBOT"
    UNKNOWN_LINE = "UNKNOWN_LINE"
    MISSING_AT_VENUE = "MISSING_AT_VENUE"
    UNKNOWN_ORDER = "UNKNOWN_ORDER"
    CURRENCY = "CURRENCY"
    SYMBOL = "SYMBOL"
    ACCOUNT = "ACCOUNT"
    QUANTITY = "QUANTITY"
    VALUE_DATE = "VALUE_DATE"
    PRICE = "PRICE"
    CONTRA_AMOUNT = "CONTRA_AMOUNT"
    DUPLICATE_REPORT = "DUPLICATE_REPORT"
    TOTAL = "TOTAL"

    @property
    def headline(self) -> str:
        """What is wrong, in words without numbers."""
        return _HEADLINES[self]

    @property
    def rank(self) -> int:
        """0 for the worst kind; the order in which breaks are listed."""
        return _RANKS[self]


_HEADLINES = {
    BreakKind.SIDE: "the trade goes the wrong way",
    BreakKind.OVERFILL: "more was traded than the line asked for",
    BreakKind.MISSING_IN_ROBOT: "the venue has a trade that the robot did not book",
    BreakKind.UNKNOWN_LINE: "a trade stands under an order that is not the line's",
    BreakKind.MISSING_AT_VENUE: "the robot booked a trade that the venue does not report",
    BreakKind.UNKNOWN_ORDER: "the line's order is still in doubt",
    BreakKind.CURRENCY: "the dealt currency differs",
    BreakKind.SYMBOL: "the currency pair differs",
    BreakKind.ACCOUNT: "the account differs",
    BreakKind.QUANTITY: "the quantity differs",
    BreakKind.VALUE_DATE: "the value date differs",
    BreakKind.PRICE: "the rate differs",
    BreakKind.CONTRA_AMOUNT: "the contra amount is off by more than one minor unit",
    BreakKind.DUPLICATE_REPORT: "one trade is reported more than once",
    BreakKind.TOTAL: "the day's total differs",
}
_RANKS = {kind: rank for rank, kind in enumerate(BreakKind)}


@dataclass(frozen=True, slots=True)
class Break:
    """One difference between the books, and what a back office can do about it.

    Attributes:
        kind: What differs.
        line: The line it concerns; None for a total or a trade of no known line.
        row_id: The desk's own name for the row; "" when there is no such row.
        currency: The dealt currency concerned.
        value_date: The value date concerned; None when nobody reported one.
        ours: What the robot's book says.
        theirs: What the other side says: the venue, the result file or the desk's row; the text names which.
        likely_cause: One sentence: what probably happened, and what to do.
        exec_id: ExecID(17) of the trade concerned, or "".
    """

    kind: BreakKind
    line: LineId | None
    row_id: str
    currency: str
    value_date: date | None
    ours: str
    theirs: str
    likely_cause: str
    exec_id: str = ""

    @property
    def sentence(self) -> str:
        """The whole break for a log, an alert or a report."""
        row = f"row {self.row_id} ({self.line}), " if self.row_id else f"{self.line}, " if self.line else ""
        value = f" value {self.value_date}" if self.value_date else ""
        trade = f", ExecID(17) {self.exec_id}" if self.exec_id else ""
        return (
            f"{self.kind}: {row}{self.currency}{value}{trade}: {self.kind.headline}; "
            f"ours: {self.ours}; theirs: {self.theirs}. {self.likely_cause}"
        )

    def to_json(self) -> dict[str, str | None]:
        """The break as plain JSON values, the sentence included. Keys are the attributes' names; absent is None."""
        return {
            "kind": self.kind.value,
            "line": str(self.line) if self.line else None,
            "row_id": self.row_id,
            "currency": str(self.currency),  # a plain text, which every JSON writer takes
            "value_date": self.value_date.isoformat() if self.value_date else None,
            "exec_id": self.exec_id,
            "ours": self.ours,
            "theirs": self.theirs,
            "likely_cause": self.likely_cause,
            "sentence": self.sentence,
        }

    @property
    def sort_key(self) -> tuple[int, str, int, str, str, str, str, str]:
        """Worst first, then by line, with whatever has no line at the end of its kind."""
        batch, line_no = (self.line.batch_id, self.line.line_no) if self.line else ("~", 0)
        value = self.value_date.isoformat() if self.value_date else ""
        return self.kind.rank, batch, line_no, self.currency, value, self.exec_id, self.ours, self.theirs
