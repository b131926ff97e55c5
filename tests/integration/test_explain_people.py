"""`trader explain`: who has stopped, re-armed, approved, overridden and raised what a line met."""

from decimal import Decimal
from pathlib import Path

from risk.people.people import GrantOverride
from risk.reasons import ReasonCode
from risk.stops.stops import State, parse_scope
from tests.integration.test_explain import explained, keep, whats
from tests.unit.engine_cases import SECOND, Wire, placed, submitted
from tests.unit.people_cases import LONG, NO_MORE, VOLUME, ask, decide, raise_limit, staffed
from tests.unit.risk_cases import Terms
from trader.engine.inputs import INPUT_TYPES, KillRequested, ResumeRequested
from trader.journal.codec import Codec
from trader.journal.record import Chain

EUR = parse_scope("pair=EUR/USD")


def kept(folder: Path, wire: Wire) -> Path:
    """The journal of a test in a data folder."""
    codec, chain = Codec(INPUT_TYPES), Chain()
    return keep(folder, [chain.link(ts_ns, *codec.encode(value)) for ts_ns, value in wire.journal])


def test_a_kill_and_who_re_armed_it_stand_in_the_story_of_what_they_stopped(tmp_path: Path) -> None:
    wire = staffed(mass_cancel=False)
    wire.submit(Terms())
    wire.acknowledges(1)
    wire.take(KillRequested(EUR, State.HALTED, "rita", "nothing trades"))
    wire.take(KillRequested(parse_scope("pair=USD/JPY"), State.HALTED, "rita", "another matter"))
    wire.cancels(1)
    wire.take(ResumeRequested(EUR, "rita", "it is over"))
    wire.restart()
    facts = explained(kept(tmp_path, wire), "T-1")
    steps = [(step["what"], step["text"]) for step in facts["story"]]
    assert ("killed", "pair=EUR/USD is HALTED by rita: nothing trades") in steps
    assert "a cancel, ClOrdID(11)" in dict(steps)["sent"]
    assert not any("another matter" in text for _, text in steps)
    assert "re-armed" not in whats(facts)  # rita had stopped it


def test_a_mass_cancel_stands_in_the_story_of_each_order_that_was_live(tmp_path: Path) -> None:
    wire = staffed()
    wire.submit(Terms(), Terms())
    wire.acknowledges(1)
    wire.acknowledges(2)
    wire.take(KillRequested(EUR, State.HALTED, "rita", "nothing trades"))
    data = kept(tmp_path, wire)
    for row in ("T-1", "T-2"):
        last = explained(data, row)["story"][-1]
        assert (last["what"], "35=q" in last["fix"]) == ("sent", True), last


def test_what_was_re_armed_and_by_whom_is_told_of_what_it_had_held_back(tmp_path: Path) -> None:
    wire = staffed(mass_cancel=False)
    wire.submit(*[Terms()] * 4)
    wire.take(KillRequested(EUR, State.HALTED, "rita", "nothing trades"))
    wire.fills(1)
    wire.cancels(2)
    (name,) = wire.batch.collections
    wire.announces(name, 1)
    wire.lists(name, 1)
    wire.take(ResumeRequested(EUR, "rolf", "it is over"))
    steps = [(step["what"], step["text"]) for step in explained(kept(tmp_path, wire), "T-4")["story"]]
    assert steps[-1] == ("re-armed", "pair=EUR/USD by rolf: it is over")


def test_the_increase_that_let_an_order_pass_is_named(tmp_path: Path) -> None:
    wire = staffed(VOLUME)
    raise_limit(wire, 30)
    wire.submit(Terms(), Terms())
    assert len(placed(wire.last)) == 2
    (decision,) = explained(kept(tmp_path, wire), "T-2")["decisions"]
    (raised,) = decision["increases"]
    assert (raised["limit"], raised["amount"]) == ("VOLUME_DAY desk=treasury max", "50000000")
    assert (raised["who"], raised["approved_by"], raised["reason"]) == ("anna", "rita", "because")


def test_the_override_that_let_an_order_pass_is_named(tmp_path: Path) -> None:
    wire = staffed(NO_MORE)
    batch = submitted(Terms(amount="3000000"), venue=wire.name)
    until_ns = wire.now_ns + 600 * SECOND
    grant = GrantOverride(batch.content_hash, 1, ReasonCode.NOP_CURRENCY, LONG, Decimal(1_000_000), until_ns)
    request = ask(wire, grant, "anna")
    assert decide(wire, request, "rolf") == ""
    wire.take(batch)
    assert len(placed(wire.last)) == 1
    decision = explained(kept(tmp_path, wire), "T-1")["decisions"][-1]
    (notice,) = [found for found in decision["violations"] if found["code"] == "OVERRIDE"]
    assert f"override {request} of 1,000,000, asked for by anna (because) and approved by rolf" in notice["sentence"]
