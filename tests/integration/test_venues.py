"""Every shipped venue is played, and traded with: the example rows that its dialect carries, end to end."""

from pathlib import Path

import pytest

from tests.integration.command_line import desk, line_numbers, trader
from tests.integration.venue_batches import (
    VENUES,
    batch_of,
    points_file,
    rates_file,
    rehearsal,
    rows_of,
    shipped_dialect,
)


@pytest.mark.parametrize("name", VENUES)
def test_what_a_venue_carries_is_traded_and_reconciled(name: str, tmp_path: Path) -> None:
    folder, rows = rehearsal(name, tmp_path), rows_of(name)
    with desk(tmp_path, "--dialect", str(folder)) as played:
        source = "venue" if shipped_dialect(name).requests.market_data else "file"
        said = f'source = "{source}"\nfile = "rates.csv"\npoints = "points.csv"\n'
        played.configure(('source = "venue"', said))
        played.write("rates.csv", rates_file())
        played.write("points.csv", points_file())
        outcome = played.run(played.write("batch.csv", batch_of(rows)), "--venue", folder, "--json")
        assert outcome.code == 0, outcome.said
        assert outcome.json["reconciled"]
        assert outcome.json["lines"]["filled"] == len(rows)
        assert sorted(set(line_numbers(played.venue.trades()))) == list(range(1, len(rows) + 1))
        verified = trader(tmp_path, "verify", "--data", "data")
        assert verified.code == 0, verified.said
