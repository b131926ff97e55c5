"""A journal that was taken away, or put back from before, re-arms nothing: its proofs are still there."""

import json
from pathlib import Path

import pytest

from risk.stops.stops import EVERYTHING, Scope, State, parse_scope
from trader.app.doctor import examine
from trader.app.history import engine_of
from trader.app.stops.killing import kill
from trader.app.stops.unknown_kills import take_in_unknown, unknown_proofs
from trader.engine.inputs import KillRequested

EUR = parse_scope("pair=EUR/USD")


def stop(data: Path, scope: Scope = EUR) -> None:
    assert not kill(data, KillRequested(scope, State.REDUCING, "rita", "a flash move")).problem


def forget(data: Path) -> None:
    for path in data.glob("trader.db*"):
        path.unlink()


def stopped(data: Path) -> list[tuple[Scope, State]]:
    return [(each.scope, each.state) for each in engine_of(data).context.stops.stops()]


def test_a_journal_that_is_gone_halts_the_firm_and_its_proofs_are_kept(tmp_path: Path) -> None:
    stop(tmp_path)
    before = (tmp_path / "kills" / "kill-0001.json").read_bytes()
    forget(tmp_path)
    stop(tmp_path, parse_scope("pair=USD/JPY"))
    assert (EVERYTHING, State.HALTED) in stopped(tmp_path)
    assert (tmp_path / "kills" / "of-another-journal" / "kill-0001.json").read_bytes() == before
    assert json.loads((tmp_path / "kills" / "kill-0001.json").read_text("utf-8"))["who"] == "the data folder"
    (why,) = [each.reason for each in engine_of(tmp_path).context.stops.stops() if each.scope == EVERYTHING]
    assert "trader.db was taken away" in why
    assert "trader resume" in why


def test_a_journal_from_before_a_kill_halts_the_firm(tmp_path: Path) -> None:
    stop(tmp_path)
    older = {path.name: path.read_bytes() for path in tmp_path.glob("trader.db*")}
    stop(tmp_path, parse_scope("pair=USD/JPY"))
    forget(tmp_path)
    for name, content in older.items():
        (tmp_path / name).write_bytes(content)
    assert [path.name for path in unknown_proofs(tmp_path, engine_of(tmp_path).context.kills)] == ["kill-0002.json"]


def test_the_proofs_of_the_journal_halt_nothing_and_another_journals_halt_once(tmp_path: Path) -> None:
    stop(tmp_path)
    stop(tmp_path)
    assert stopped(tmp_path) == [(EUR, State.REDUCING)]
    forget(tmp_path)
    stop(tmp_path)
    stop(tmp_path)
    kills = engine_of(tmp_path).context.kills
    assert [each.stop.scope for each in kills] == [EVERYTHING, EUR, EUR]
    assert unknown_proofs(tmp_path, kills) == []


@pytest.mark.parametrize("name", ["kill-0003.json", "kill-0003.part"])
def test_a_proof_that_cannot_be_read_of_a_kill_that_never_was_halts_the_firm(tmp_path: Path, name: str) -> None:
    (tmp_path / "kills").mkdir()
    (tmp_path / "kills" / name).write_bytes(b"\xff")
    taken: list[KillRequested] = []
    take_in_unknown(tmp_path, [], taken.append)
    assert [(each.scope, each.state) for each in taken] == [(EVERYTHING, State.HALTED)]
    assert name in taken[0].reason


def test_what_is_no_proof_halts_nothing(tmp_path: Path) -> None:
    (tmp_path / "kills").mkdir()
    (tmp_path / "kills" / "notes.txt").write_text("the venue was called at 14:05")
    assert unknown_proofs(tmp_path, []) == []


def test_a_second_journal_that_is_gone_takes_no_evidence_of_the_first_away(tmp_path: Path) -> None:
    for _ in range(3):
        stop(tmp_path)
        forget(tmp_path)
    stop(tmp_path)
    apart = sorted(path.name for path in (tmp_path / "kills" / "of-another-journal").iterdir())
    assert len(apart) == len(set(apart)) == 5


def test_the_doctor_says_that_the_journal_is_gone(tmp_path: Path) -> None:
    data = tmp_path / "data"
    stop(data)
    forget(data)
    (found,) = [each for each in examine(None, data, None, None) if each.what == "database"]
    assert (found.state, "still has kills/kill-0001.json" in found.text) == ("fatal", True)
