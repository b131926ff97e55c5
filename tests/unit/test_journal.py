"""The journal: a chain in which every change is found, and a codec that gives back what it was given."""

from collections import deque
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import pytest
from values import replace

from trader.domain.canonical import canonical_json
from trader.domain.currency import Currency, parse_pair
from trader.journal.codec import Codec, CodecError
from trader.journal.record import GENESIS, Chain, ChainFault, Record, check_chain, digest
from trader.journal.state_hash import state_hash


@dataclass(frozen=True, slots=True)
class Noted:
    """A kind of input of the test's own."""

    text: str
    amount: Decimal
    day: date
    currency: Currency


NOTED = Noted("hello", Decimal("1.50"), date(2026, 3, 2), Currency("EUR"))
CODEC = Codec([Noted])


def journal(length: int = 5) -> list[Record]:
    """A journal that holds."""
    chain = Chain()
    return [chain.link(1000 + number, "Noted", b'{"n":%d}' % number) for number in range(length)]


def fault(records: list[Record]) -> ChainFault:
    """What is wrong with a journal."""
    *good, last = check_chain(records)
    assert isinstance(last, ChainFault)
    assert [record.seq for record in good if isinstance(record, Record)] == list(range(1, last.seq))
    return last


# --- the chain --------------------------------------------------------------------------------------------------------


def test_a_journal_that_holds_is_passed_on_whole() -> None:
    assert list(check_chain(journal())) == journal()
    assert list(check_chain([])) == []


def test_a_chain_goes_on_where_it_ended() -> None:
    whole = journal(4)
    resumed = Chain(whole[1].seq, whole[1].digest)
    assert [resumed.link(1002, "Noted", b'{"n":2}'), resumed.link(1003, "Noted", b'{"n":3}')] == whole[2:]
    assert (resumed.seq, resumed.head) == (4, whole[3].digest)


def test_the_first_link_hangs_on_nothing() -> None:
    assert Chain().link(1, "K", b"p").digest == digest(GENESIS, 1, 1, "K", b"p")


@pytest.mark.parametrize("place", range(5))
@pytest.mark.parametrize(
    "change",
    [{"payload": b'{"n":9}'}, {"payload": b""}, {"ts_ns": 1}, {"kind": "Other"}, {"digest": bytes(32)}],
    ids=lambda change: next(iter(change)),
)
def test_an_edit_of_any_record_is_found(place: int, change: dict[str, object]) -> None:
    records = journal()
    records[place] = replace(records[place], **change)  # type: ignore[arg-type] # fields of a record
    found = fault(records)
    assert found.seq == place + 1
    assert found.problem.endswith("does not match its hash: it was changed or swapped")


@pytest.mark.parametrize("place", range(4))
def test_a_record_cut_out_of_the_middle_is_found(place: int) -> None:
    records = journal()
    del records[place]
    assert fault(records) == ChainFault(
        place + 1, f"record {place + 1} is missing: the journal goes on with {place + 2}"
    )


@pytest.mark.parametrize("place", range(4))
def test_a_cut_that_was_renumbered_is_found(place: int) -> None:
    records = journal()
    del records[place]
    renumbered = [replace(record, seq=seq) for seq, record in enumerate(records, start=1)]
    assert fault(renumbered).seq == place + 1


@pytest.mark.parametrize("place", range(4))
def test_two_records_swapped_are_found(place: int) -> None:
    records = journal()
    first, second = records[place], records[place + 1]
    records[place : place + 2] = [replace(second, seq=first.seq), replace(first, seq=second.seq)]
    assert fault(records).seq == place + 1


def test_a_record_put_in_is_found() -> None:
    records = journal()
    records.insert(2, replace(records[1], seq=3))
    assert fault(records).seq == 3


def test_a_record_told_twice_is_found() -> None:
    records = journal()
    assert fault([*records, records[-1]]).seq == 6


@pytest.mark.parametrize(
    ("kind", "payload", "other_kind", "other_payload"),
    [("AB", b"C", "A", b"BC"), ("A", b"1:2", "A:1", b"2"), ("A", b"", "", b"A"), ("A:0:", b"", "A", b"0:")],
)
def test_bytes_cannot_move_from_one_field_to_the_next(
    kind: str, payload: bytes, other_kind: str, other_payload: bytes
) -> None:
    assert digest(GENESIS, 1, 1, kind, payload) != digest(GENESIS, 1, 1, other_kind, other_payload)
    assert digest(GENESIS, 11, 1, kind, payload) != digest(GENESIS, 1, 11, kind, payload)


def test_a_cut_at_the_end_shows_in_the_head() -> None:
    whole, cut = journal(), journal()[:-1]
    assert not any(isinstance(found, ChainFault) for found in check_chain(cut))
    assert cut[-1].digest != whole[-1].digest


def test_only_the_first_fault_is_told() -> None:
    records = journal()
    records[1] = replace(records[1], payload=b"x")
    records[3] = replace(records[3], payload=b"x")
    assert [found.seq for found in check_chain(records) if isinstance(found, ChainFault)] == [2]


# --- the codec --------------------------------------------------------------------------------------------------------


def test_an_input_comes_back_as_it_was() -> None:
    kind, payload = CODEC.encode(NOTED)
    assert kind == "Noted"
    assert payload == b'{"text":"hello","amount":"1.50","day":"2026-03-02","currency":"EUR"}'
    again = CODEC.decode(kind, payload)
    assert again == NOTED
    assert isinstance(again.currency, Currency)


@pytest.mark.parametrize("number", ["0", "0.00", "1E+3", "-7.10", "123456789012345678901234567890.123"])
def test_a_decimal_keeps_every_digit(number: str) -> None:
    again = CODEC.decode(*CODEC.encode(replace(NOTED, amount=Decimal(number))))
    assert str(again.amount) == number


def test_a_kind_nobody_knows_is_refused() -> None:
    with pytest.raises(CodecError, match="'Tea' is not a kind of input this version knows"):
        CODEC.decode("Tea", b"{}")


@pytest.mark.parametrize(
    ("payload", "complaint"),
    [
        (b"", "Input data was truncated"),
        (b"{", "Input data was truncated"),
        (b"[]", "Expected `object`, got `array`"),
        (b"{}", "missing required field `text`"),
        (b'{"text":1,"amount":"1","day":"2026-03-02","currency":"EUR"}', "Expected `str`, got `int`"),
        (b'{"text":"","amount":"x","day":"2026-03-02","currency":"EUR"}', "Invalid decimal string"),
        (b'{"text":"","amount":"1","day":"2026-02-30","currency":"EUR"}', "Invalid RFC3339 encoded date"),
        (b'{"text":"","amount":"1","day":"2026-03-02","currency":"XXX"}', "'XXX' is not a currency"),
        (b'{"text":"","amount":"1","day":"2026-03-02","currency":7}', "Currency"),
    ],
)
def test_a_payload_that_is_not_of_its_kind_is_refused(payload: bytes, complaint: str) -> None:
    with pytest.raises(CodecError, match="a Noted cannot be read") as caught:
        CODEC.decode("Noted", payload)
    assert complaint in str(caught.value)


def test_what_has_no_json_form_is_a_bug() -> None:
    with pytest.raises(TypeError, match="object has no JSON form"):
        canonical_json({"state": object()})


def test_equal_states_give_equal_bytes_whatever_their_order() -> None:
    one = {"b": {3, 1, 2}, "a": [deque([1]), Currency("EUR"), parse_pair("EUR/USD")]}
    other = {"a": [[1], "EUR", {"terms": "USD", "base": "EUR"}], "b": [1, 2, 3]}
    assert canonical_json(one) == canonical_json(other)
    assert canonical_json(one) != canonical_json(one | {"c": None})


def test_a_state_hash_is_the_sha_256_of_the_state() -> None:
    class State:
        def state_hash_source(self) -> bytes:
            return b"abc"

    # Source: FIPS 180-2, appendix B.1.
    assert state_hash(State()) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
