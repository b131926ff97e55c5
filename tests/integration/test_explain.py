"""``trader explain``: any line's story, from a journal that was written in virtual time or by hand."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from quote_cases import Makers, rfq
from risk_cases import Terms

from tests.integration.command_line import trader
from tests.simulated_desk import example_batch, head_of_batch, on_quotes, quoting_desk, world
from trader.adapters.store import Store
from trader.app.history import engine_of
from trader.app.stories.explain import FoundLine, explain_line, find_lines
from trader.app.stories.story import story_of
from trader.domain.deal import Product
from trader.engine.inputs import INPUT_TYPES, BatchSubmitted
from trader.engine.settings import QuoteSettings
from trader.engine.state import LineState, LineStatus
from trader.journal.codec import Codec
from trader.journal.record import Chain, JournalDamagedError, Record
from trader.journal.state_hash import state_hash
from trader.simulation.faults import Faults
from trader.simulation.world import World

DATABASE = "trader.db"


def keep(folder: Path, records: list[Record]) -> Path:
    """A data folder with a journal."""
    folder.mkdir(exist_ok=True)
    store = Store(folder / DATABASE)
    store.append(records)
    store.close()
    return folder


def kept(folder: Path, wire: Makers) -> Path:
    """The same of a journal that a test wrote by hand."""
    codec, chain = Codec(INPUT_TYPES), Chain()
    return keep(folder, [chain.link(ts_ns, *codec.encode(value)) for ts_ns, value in wire.journal])


def traded(folder: Path, batch: BatchSubmitted, rules: str = "rfq", faults: Faults | None = None) -> World:
    """A world that has run to its end, its journal in the folder."""
    ran = world(1, batch, rules, faults, desk=quoting_desk()).run()
    keep(folder, ran.journal)
    return ran


def explained(data: Path, name: str, batch: str = "") -> dict[str, Any]:
    """The story of the only line that a name means."""
    (found,) = find_lines(engine_of(data), name, batch)
    return explain_line(data, found)


def told_of(data: Path, ran: World) -> Iterator[tuple[LineState, dict[str, Any]]]:
    """Every line of a world's batch, with its story."""
    assert ran.state is not None
    for state in ran.state.lines:
        yield state, explain_line(data, FoundLine(ran.state, state))


def whats(facts: dict[str, Any]) -> list[str]:
    return [step["what"] for step in facts["story"]]


@pytest.fixture(scope="module")
def quoted(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, World]:
    """A few lines on quotes, all filled."""
    data = tmp_path_factory.mktemp("quoted")
    return data, traded(data, on_quotes(head_of_batch(4)))


# --- a line on quotes -------------------------------------------------------------------------------------------------


def test_a_line_on_quotes_is_told_from_the_file_to_the_reconciliation(quoted: tuple[Path, World]) -> None:
    data, ran = quoted
    line = ran.batch.lines[1]
    facts = explained(data, line.row_id)
    told = [what for what in dict.fromkeys(whats(facts)) if what != "status"]
    assert told == ["submitted", "gate", "sent", "quote", "decided", "report", "trade list", "reconciled"]
    moments = [step["at_ms"] for step in facts["story"]]
    assert moments[0] == 0
    assert moments == sorted(moments)
    assert facts["asked"]["pair"] == str(line.deal.pair)
    assert facts["outcome"]["status"] == "filled"
    assert facts["reconciliation"]["text"] == "asked, executed and reported agree"


def test_every_message_of_the_line_is_there_as_it_was_on_the_wire(quoted: tuple[Path, World]) -> None:
    data, ran = quoted
    facts = explained(data, ran.batch.lines[0].row_id)
    (order,), (asked,) = facts["orders"], facts["rounds"]
    messages = [step["fix"] for step in facts["story"] if step["fix"]]
    types = [next(field for field in message.split("|") if field.startswith("35=")) for message in messages]
    assert types[0] == "35=R"
    assert types.count("35=S") == len(asked["quotes"])
    assert types.count("35=D") == 1
    assert {"35=8", "35=AE"} <= set(types)
    taking = messages[types.index("35=D")]
    assert f"|11={order['cl_ord_id']}|" in taking
    assert f"|117={asked['taken']['quote_id']}|" in taking
    assert all("\x01" not in message for message in messages)


def test_every_quote_is_there_and_the_best_was_taken(quoted: tuple[Path, World]) -> None:
    data, ran = quoted
    for state, facts in told_of(data, ran):
        (asked,) = facts["rounds"]
        assert len(asked["quotes"]) == len(state.quote_rounds[0].answers) >= 3
        gains = [float(quote["against_taken"]["amount"]) for quote in asked["quotes"] if quote["verdict"][:4] != "late"]
        assert max(gains) == 0
        (fill,) = facts["orders"][0]["fills"]
        won = next(quote for quote in asked["quotes"] if quote["verdict"].startswith("won"))
        assert [leg["rate"] for leg in fill["legs"]] == won["rates"]


def test_a_line_is_found_by_everything_that_it_is_known_by(quoted: tuple[Path, World]) -> None:
    data, ran = quoted
    facts = explained(data, ran.batch.lines[2].row_id)
    (order,), (asked,) = facts["orders"], facts["rounds"]
    (fill,) = order["fills"]
    for name in (order["cl_ord_id"], order["order_id"], fill["exec_id"], asked["quote_req_id"]):
        assert explained(data, name) == facts


def test_the_numbers_of_the_gate_are_those_of_each_decision(quoted: tuple[Path, World]) -> None:
    data, ran = quoted
    used: dict[str, float] = {}
    for line in ran.batch.lines:
        (decision,) = explained(data, line.row_id)["decisions"]
        assert decision["allowed"]
        for held in decision["limits"]:
            assert float(held["used_before"]) == pytest.approx(used.get(held["node"], 0))
            used[held["node"]] = float(held["used_before"]) + float(held["asked"])
            assert float(held["free_after"]) == pytest.approx(float(held["limit"]) - used[held["node"]])


def test_listening_changes_nothing(quoted: tuple[Path, World]) -> None:
    data, ran = quoted
    store = Store(data / DATABASE)
    story = story_of(store, ran.batch.batch_id, 1)
    store.close()
    assert state_hash(story.engine) == state_hash(ran.engine)


def test_the_reference_is_the_two_way_rate_at_the_moment_of_the_decision(tmp_path: Path) -> None:
    wire = Makers()
    wire.submit(rfq())
    wire.maker("ALPHA", "1.1003")
    wire.quotes(bid="1.1009", offer="1.1011")
    wire.maker("BRAVO", "1.1012")
    wire.maker("CHARLIE", "1.1013")
    facts = explained(kept(tmp_path, wire), wire.line(1).line.row_id)
    (decision,), (asked,) = facts["decisions"], facts["rounds"]
    assert (decision["reference"]["spot_bid"], decision["reference"]["spot_offer"]) == ("1.0999", "1.1001")
    assert (asked["reference"]["spot_bid"], asked["reference"]["spot_offer"]) == ("1.1009", "1.1011")
    assert asked["quotes"][0]["against_reference"] == {"amount": "700.00", "bps": "6.36"}
    assert asked["better_than_next"] == {"amount": "900.00", "bps": "8.18"}


def test_a_date_beyond_spot_is_held_against_no_spot_rate(tmp_path: Path) -> None:
    batch = example_batch("batch-products.csv")
    traded(tmp_path, batch)
    line = next(each for each in batch.lines if each.deal.product is Product.FORWARD)
    (order,) = explained(tmp_path, line.row_id)["orders"]
    assert order["reference"]["spot_bid"] is not None
    assert "no forward points are loaded" in order["reference"]["problem"]
    assert [fill["against_reference_bps"] for fill in order["fills"]] == [None] * len(order["fills"])


def test_every_product_is_explained_leg_by_leg(tmp_path: Path) -> None:
    ran = traded(tmp_path, example_batch("batch-products.csv"))
    dealt = set()
    for state, facts in told_of(tmp_path, ran):
        assert facts["outcome"]["status"] == str(state.status)
        assert len(facts["outcome"]["legs"]) == len(facts["asked"]["legs"]) == len(state.line.deal.legs)
        fills = [fill for order in facts["orders"] for fill in order["fills"]]
        assert all(len(fill["legs"]) == len(state.line.deal.legs) for fill in fills)
        quotes = [quote for asked in facts["rounds"] for quote in asked["quotes"] if quote["rates"]]
        assert all((quote["swap_points"] is not None) == (len(quote["rates"]) > 1) for quote in quotes)
        dealt.add(state.line.deal.product)
    assert dealt == set(Product)


# --- what goes wrong --------------------------------------------------------------------------------------------------


def test_bad_quotes_keep_their_place_in_the_evidence(tmp_path: Path) -> None:
    ran = traded(tmp_path, on_quotes(head_of_batch(12)), "rfq_faults")
    for state, facts in told_of(tmp_path, ran):
        told = [[quote["verdict"] for quote in asked["quotes"]] for asked in facts["rounds"]]
        assert told == [[answer.verdict for answer in asked.answers] for asked in state.quote_rounds]
        assert all(verdict for verdicts in told for verdict in verdicts)
        assert (facts["outcome"]["status"] == "filled") == (state.status is LineStatus.FILLED)


def test_a_quote_that_names_no_request_is_in_the_story(tmp_path: Path) -> None:
    wire = Makers(quotes=QuoteSettings(wanted=1))
    wire.submit(rfq())
    wire.maker("ALPHA", request="")
    facts = explained(kept(tmp_path, wire), wire.line(1).line.row_id)
    (quote,) = [step for step in facts["story"] if step["what"] == "quote"]
    assert "|131=" not in quote["fix"]
    assert quote["text"].startswith("ALPHA offers 1.1001")


def test_what_is_said_about_another_line_is_not_told(tmp_path: Path) -> None:
    wire = Makers()
    wire.submit(rfq(), rfq(Terms(line_no=2)))
    wire.maker("ALPHA", line_no=2)
    facts = explained(kept(tmp_path, wire), wire.line(1).line.row_id)
    assert "quote" not in whats(facts)
    assert facts["rounds"][0]["quotes"] == []


def test_a_denial_is_told_with_what_was_asked_and_what_would_pass(tmp_path: Path) -> None:
    wire = Makers()
    wire.submit(rfq(Terms(amount="80000000")), rfq(Terms(line_no=2)))
    facts = explained(kept(tmp_path, wire), wire.line(1).line.row_id)
    (decision,) = facts["decisions"]
    assert not decision["allowed"]
    assert decision["limits"] == []
    assert any(found["limit"] and found["asked"] for found in decision["violations"])
    assert set(whats(facts)) == {"submitted", "gate"}
    assert facts["outcome"]["status"] == "denied"


def test_a_crash_and_a_lost_session_are_part_of_the_story(tmp_path: Path) -> None:
    batch = on_quotes(head_of_batch(4))
    ran = traded(tmp_path, batch, faults=Faults(crash_at=frozenset({12}), drop_at=frozenset({20})))
    assert ran.is_over
    told = whats(explained(tmp_path, batch.lines[3].row_id))
    assert "robot" in told
    assert "session" in told
    assert told[-1] == "reconciled"


def test_a_line_whose_batch_is_still_open_is_told_as_far_as_it_is(tmp_path: Path) -> None:
    wire = Makers()
    wire.submit(rfq())
    facts = explained(kept(tmp_path, wire), wire.line(1).line.row_id)
    (asked,) = facts["rounds"]
    assert (asked["phase"], asked["decided_ms"], asked["reference"]) == ("asked", None, None)
    assert facts["reconciliation"] == {"reconciled": False, "compared": [], "breaks": [], "text": ""}


def test_a_damaged_journal_is_not_explained(quoted: tuple[Path, World], tmp_path: Path) -> None:
    _, ran = quoted
    data = keep(tmp_path, [*ran.journal[:-1], Record(ran.journal[-1].seq, 0, "Gone", b"{}", b"0" * 32)])
    found = FoundLine(*next((batch, batch.lines[0]) for batch in ran.engine.context.batches.values()))
    with pytest.raises(JournalDamagedError, match="trader verify says more"):
        explain_line(data, found)


# --- the command ------------------------------------------------------------------------------------------------------


def test_the_command_prints_what_the_json_says(quoted: tuple[Path, World]) -> None:
    data, ran = quoted
    row = ran.batch.lines[0].row_id
    plain = trader(data, "explain", row, "--data", data)
    as_json = trader(data, "explain", row, "--data", data, "--json")
    assert (plain.code, as_json.code) == (0, 0), plain.said
    assert as_json.json == explained(data, row)
    for quote in as_json.json["rounds"][0]["quotes"]:
        assert f"{quote['maker']}\t" in plain.out
        assert quote["verdict"] in plain.out
    assert all(step["fix"] in plain.out for step in as_json.json["story"])


def test_an_unknown_name_is_answered_with_what_there_is(quoted: tuple[Path, World]) -> None:
    data, ran = quoted
    outcome = trader(data, "explain", "nobody", "--data", data)
    assert outcome.code == 2
    assert "no row, order or trade 'nobody'" in outcome.err
    assert all(line.row_id in outcome.err for line in ran.batch.lines)


def test_an_unknown_batch_and_an_empty_folder_are_answered(quoted: tuple[Path, World], tmp_path: Path) -> None:
    data, ran = quoted
    outcome = trader(data, "explain", "T-0001", "--data", data, "--batch", "NOSUCH")
    assert (outcome.code, f"expected one of {ran.batch.batch_id}" in outcome.err) == (2, True)
    outcome = trader(tmp_path, "explain", "T-0001")
    assert (outcome.code, "no batch has been run" in outcome.err) == (2, True)


def test_a_row_of_two_batches_is_listed_and_told_apart_by_the_batch(tmp_path: Path) -> None:
    wire = Makers()
    wire.submit(rfq())
    wire.submit(rfq(Terms(amount="2000000")), content=b"another")
    data = kept(tmp_path, wire)
    outcome = trader(tmp_path, "explain", "T-1", "--data", data)
    batches = list(wire.engine.context.batches)
    assert outcome.code == 2
    assert "is 2 lines, say which with --batch" in outcome.err
    assert all(batch in outcome.err for batch in batches)
    assert explained(data, "T-1", batches[1])["asked"]["legs"][0]["amount"] == "2000000"
