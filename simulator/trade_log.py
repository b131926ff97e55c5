"""The venue's own record of its trades: one JSON line each, durable before the trade is reported."""

import os
from collections.abc import Sequence
from pathlib import Path

import msgspec

from simulator.effects import Trade, TradeKind
from trader.domain.errors import ConfigError
from trader.domain.events import LegTraded


class TradeLog:
    """Appends to a file, or to nothing when there is no path."""

    def __init__(self, path: Path | None) -> None:
        """Open the file.

        Args:
            path: Where; None keeps no log.

        Raises:
            ConfigError: The file cannot be written.
        """
        self._path = path
        try:
            self._file = path.open("ab") if path else None
        except OSError as error:
            raise ConfigError(f"the trade log {path} cannot be written: {error}") from error

    def exec_ids(self) -> frozenset[str]:
        """The ExecID(17)s of the trades that are in it."""
        if self._path is None:
            return frozenset()
        return frozenset(msgspec.json.decode(line)["exec_id"] for line in self._path.read_bytes().splitlines())

    def write(self, trades: Sequence[Trade]) -> None:
        """Add the trades and wait until they are on the disk.

        Raises:
            OSError: They may not be; no report of them may be sent.
        """
        if self._file is None or not trades:
            return
        self._file.write(b"".join(trade_line(trade) for trade in trades))
        self._file.flush()
        os.fsync(self._file.fileno())


def trade_line(trade: Trade) -> bytes:
    """One line of the log: amounts and rates are texts, so that no reader rounds them.

    ``legs`` stands only in the line of a trade on several legs, and has them all, the near one first; ``kind`` and
    ``exec_ref_id`` only where an earlier trade is taken back, corrected or offset.
    """
    line: dict[str, object] = {
        "exec_id": trade.exec_id,
        "order_id": trade.order_id,
        "cl_ord_id": trade.cl_ord_id,
        "symbol": trade.symbol,
        "side": trade.side,
        "currency": str(trade.currency),
        "last_qty": str(trade.last_qty),
        "last_px": str(trade.last_px),
        "settl_date": trade.settl_date,
        "ts_ns": trade.ts_ns,
    }
    if trade.kind is not TradeKind.TRADE:
        line |= {"kind": trade.kind, "exec_ref_id": trade.exec_ref_id}
    if trade.far_legs:
        near = LegTraded(trade.side, trade.last_qty, trade.last_px, trade.settl_date)
        line["legs"] = [_leg(leg) for leg in (near, *trade.far_legs)]
    return msgspec.json.encode(line) + b"\n"


def _leg(leg: LegTraded) -> dict[str, object]:
    return {
        "side": leg.side,
        "last_qty": str(leg.last_qty),
        "last_px": str(leg.last_px),
        "settl_date": leg.settl_date,
    }
