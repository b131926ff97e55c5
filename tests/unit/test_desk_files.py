"""The desk's own rates and points files: what is in them, and every wrong cell by row and column."""

from decimal import Decimal
from pathlib import Path

import pytest

from trader.adapters.points import load_points
from trader.adapters.reference import load_rates
from trader.domain.errors import ConfigError
from trader.engine.inputs import ForwardPoints, ReferenceRate

POINTS = "pair,tenor,bid_points,offer_points,as_of\n"
RATES = "pair,bid,offer,as_of\n"
AS_OF = "2026-11-20T09:30:00Z"
MOMENT = 1_795_167_000_000_000_000
EXAMPLES = Path(__file__).parents[2] / "examples"


def write(folder: Path, text: str) -> Path:
    path = folder / "file.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_points_file_is_read_as_it_is_written(tmp_path: Path) -> None:
    path = write(tmp_path, f"{POINTS}EUR/USD,6M,0.006180,0.006199,{AS_OF}\nUSD/JPY,2026-12-31,-0.71,-0.70,{AS_OF}\n")
    loaded = load_points(path)
    assert loaded.source == "points"
    assert loaded.points == (
        ForwardPoints("EUR/USD", "6M", "0.006180", "0.006199", MOMENT),
        ForwardPoints("USD/JPY", "2026-12-31", "-0.71", "-0.70", MOMENT),
    )


def test_a_rates_file_is_read_as_it_is_written(tmp_path: Path) -> None:
    write(tmp_path, f"{RATES}EUR/USD,1.0999,1.1001,2026-11-20T10:30:00+01:00\n")
    assert load_rates("file", "file.csv", tmp_path).rates == (ReferenceRate("EUR/USD", "1.0999", "1.1001", MOMENT),)


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("EUR/USD,6M,0.0062,0.0061,T", "column bid_points: 0.0062 is above the offer, 0.0061"),
        ("USD/EUR,6M,0.0061,0.0062,T", "column pair: USD/EUR is inverted; expected EUR/USD"),
        ("EURUSD,6M,0.0061,0.0062,T", "column pair: 'EURUSD' is not a currency pair"),
        ("EUR/USD,M6,0.0061,0.0062,T", "column tenor: 'M6' is not a tenor"),
        ("EUR/USD,TOM,0.0061,0.0062,T", "column tenor: TOM is not after spot"),
        ("EUR/USD,1W,0.0061,0.0062,T", "column tenor: EUR/USD has 1W before; expected it once"),
        ("EUR/USD,6M,NaN,0.0062,T", "column bid_points: 'NaN' is not a number in plain digits"),
        ("EUR/USD,6M,0.0061,1E5,T", "column offer_points: '1E5' is not a number in plain digits"),
        ("EUR/USD,6M,0.0061,,T", "column offer_points: '' is not a number in plain digits"),
        ("EUR/USD,6M,0.0061,0.0062,2026-11-20T09:30:00", "column as_of: 2026-11-20T09:30:00 has no time zone"),
        ("EUR/USD,6M,0.0061,0.0062,today", "column as_of: Invalid isoformat string"),
        ("EUR/USD,6M,0.0061,0.0062", "4 cells; expected pair, tenor"),
    ],
)
def test_every_wrong_row_of_a_points_file_is_told_with_its_column(tmp_path: Path, row: str, told: str) -> None:
    good = f"EUR/USD,1W,0.0002,0.0003,{AS_OF}"
    path = write(
        tmp_path,
        f"{POINTS}{good}\n{row.removesuffix('T') + (AS_OF if row.endswith('T') else '')}\nEUR/GBP,1W,x,y,{AS_OF}\n",
    )
    with pytest.raises(ConfigError) as error:
        load_points(path)
    assert f"the points file {path} is wrong: row 3, {told}" in str(error.value)
    assert "row 4, column bid_points" in str(error.value)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "expected the header pair,tenor,bid_points,offer_points,as_of"),
        (RATES, "expected the header pair,tenor"),
        (POINTS, "has no rows below its header"),
        ('"', "starts with"),
    ],
)
def test_a_points_file_without_points_is_refused(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        load_points(write(tmp_path, text))


def test_a_points_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        load_points(tmp_path / "none.csv")


def test_the_example_file_has_believable_points() -> None:
    points = {(each.symbol, each.tenor): Decimal(each.bid) for each in load_points(EXAMPLES / "points.csv").points}
    assert Decimal("0.005") < points["EUR/USD", "6M"] < Decimal("0.012")
    assert points["USD/JPY", "6M"] < 0 < points["USD/BRL", "6M"]
