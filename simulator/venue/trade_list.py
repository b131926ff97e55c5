"""The venue's list of its trades: what it answers when a client asks for them, void ones included."""

from dataclasses import dataclass, field

from simulator.effects import Trade


@dataclass(slots=True)
class Entry:
    """One trade of the list.

    Attributes:
        is_void: It was taken back, or a correction stands in its place.
    """

    trade: Trade
    is_void: bool = False


@dataclass(slots=True)
class TradeList:
    """Every trade, oldest first, by session."""

    _entries: dict[str, list[Entry]] = field(default_factory=dict)
    _by_exec_id: dict[tuple[str, str], Entry] = field(default_factory=dict)
    _reports: int = 0

    def add(self, trade: Trade) -> None:
        """Enter a trade."""
        entry = self._by_exec_id[trade.session, trade.exec_id] = Entry(trade)
        self._entries.setdefault(trade.session, []).append(entry)

    def void(self, trade: Trade) -> None:
        """The trade does not count any more."""
        self._by_exec_id[trade.session, trade.exec_id].is_void = True

    def amend(self, trade: Trade, amended: Trade) -> None:
        """The trade was another one all along, under the same ExecID(17)."""
        self._by_exec_id[trade.session, trade.exec_id].trade = amended

    def standing(self, session: str, exec_id: str) -> Trade | None:
        """The trade with this ExecID(17), if it counts."""
        entry = self._by_exec_id.get((session, exec_id))
        return None if entry is None or entry.is_void else entry.trade

    def of(self, session: str) -> list[Entry]:
        """A session's trades, oldest first."""
        return self._entries.get(session, [])

    def next_report(self) -> int:
        """The number of the next TradeCaptureReport(AE): the list never gives one TradeReportID(571) twice."""
        self._reports += 1
        return self._reports
