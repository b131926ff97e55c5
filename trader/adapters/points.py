"""Reference forward points out of a file of the desk's own, for the gate to hold forwards and swaps against.

The columns are ``pair,tenor,bid_points,offer_points,as_of``. Points are in rate units, never in pips: 61.99 points of
EUR/USD are ``0.006199``. A tenor counts from spot (``1W``, ``6M``, ``IMM1``) or is a date. Whether a sign is right no
reader can know; that the bid is not above the offer, it can.
"""

from dataclasses import dataclass, field
from pathlib import Path

from trader.adapters.csv_rows import Cells, market_pair_in, moment_in, number_in, read_rows
from trader.domain.errors import DomainError
from trader.domain.tenor import TenorKind, parse_tenor
from trader.engine.inputs import ForwardPoints, PointsLoaded

SOURCE = "points"
COLUMNS = ("pair", "tenor", "bid_points", "offer_points", "as_of")

_FROM_SPOT = frozenset({TenorKind.SN, TenorKind.PERIOD, TenorKind.IMM, TenorKind.BROKEN})


def load_points(path: Path) -> PointsLoaded:
    """The curves of a points file.

    Raises:
        ConfigError: The file cannot be read, or is wrong; with every wrong row.
    """
    reader = _Reader()
    return PointsLoaded(SOURCE, tuple(read_rows(path, "points file", COLUMNS, reader.read)))


@dataclass(slots=True)
class _Reader:
    """Reads rows, and remembers which pillars it has seen."""

    seen: set[tuple[str, str]] = field(default_factory=set)

    def read(self, cells: Cells) -> ForwardPoints:
        pair = str(market_pair_in(cells, "pair"))
        tenor = _tenor(cells)
        bid, offer = number_in(cells, "bid_points"), number_in(cells, "offer_points")
        if bid > offer:
            raise DomainError(f"column bid_points: {bid} is above the offer, {offer}; expected it at or below")
        if (pair, tenor) in self.seen:
            raise DomainError(f"column tenor: {pair} has {tenor} before; expected it once")
        self.seen.add((pair, tenor))
        return ForwardPoints(pair, tenor, f"{bid:f}", f"{offer:f}", moment_in(cells, "as_of"))


def _tenor(cells: Cells) -> str:
    try:
        tenor = parse_tenor(cells["tenor"])
    except DomainError as error:
        raise DomainError(f"column tenor: {error}") from error
    if tenor.kind not in _FROM_SPOT:
        raise DomainError(f"column tenor: {tenor.text} is not after spot; expected one like 1W, 6M, IMM1 or a date")
    return tenor.text
