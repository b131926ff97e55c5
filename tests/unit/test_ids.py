"""Ids are deterministic, short, and lead back to their line."""

import re

import pytest

from trader.domain.errors import DomainError
from trader.domain.ids import (
    CL_ORD_ID_WIDTH,
    LINES_MAX,
    TRIAL_CHILD,
    LineId,
    batch_id,
    child_part,
    cl_ord_id,
    content_hash,
    is_of_batch,
    line_of,
    line_part,
    next_version,
)

BATCH = batch_id(content_hash(b"row_id,pair\n1,EUR/USD\n"))


def test_the_same_bytes_give_the_same_id_and_another_byte_gives_another() -> None:
    assert batch_id(content_hash(b"row_id,pair\n1,EUR/USD\n")) == BATCH
    assert batch_id(content_hash(b"row_id,pair\n1,EUR/USD")) != BATCH


def test_the_content_hash_is_sha_256() -> None:
    assert content_hash(b"") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@pytest.mark.parametrize(
    ("content_hash_hex", "expected"),
    [("0" * 64, "0000000000"), ("f" * 64, "ZZZZZZZZZZ"), ("0" * 12 + "8000" + "0" * 48, "0000000002")],
)
def test_the_batch_id_is_the_first_fifty_bits(content_hash_hex: str, expected: str) -> None:
    assert batch_id(content_hash_hex) == expected


def test_an_order_id_fits_every_venue() -> None:
    longest = cl_ord_id(BATCH, LINES_MAX, 1023, 1023)
    assert len(longest) == CL_ORD_ID_WIDTH <= 20
    assert re.fullmatch(r"[0-9A-Z]+", longest)


def test_an_order_id_leads_back_to_its_line() -> None:
    for line_no in (1, 31, 32, 10_000, LINES_MAX):
        assert line_of(cl_ord_id(BATCH, line_no, child=7, version=3)) == LineId(BATCH, line_no)


def test_batch_line_child_and_version_each_change_the_id() -> None:
    ids = {
        cl_ord_id(BATCH, 1),
        cl_ord_id(BATCH, 2),
        cl_ord_id(BATCH, 1, child=2),
        cl_ord_id(BATCH, 1, version=2),
        cl_ord_id("0" * 10, 1),
    }
    assert len(ids) == 5


@pytest.mark.parametrize(
    "text", ["", "ORDER-1", "I" * CL_ORD_ID_WIDTH, "0" * (CL_ORD_ID_WIDTH + 1), "é" * CL_ORD_ID_WIDTH]
)
def test_an_id_of_someone_else_belongs_to_no_line(text: str) -> None:
    assert line_of(text) is None


def test_a_version_follows_in_the_same_chain() -> None:
    assert next_version(cl_ord_id(BATCH, 5, child=2)) == cl_ord_id(BATCH, 5, child=2, version=2)
    assert next_version(cl_ord_id(BATCH, 5, version=31)) == cl_ord_id(BATCH, 5, version=32)


def test_a_chain_that_is_used_up_is_an_error() -> None:
    with pytest.raises(DomainError, match="1024 does not fit in 2 base-32 digits"):
        next_version(cl_ord_id(BATCH, 1, version=1023))


@pytest.mark.parametrize(("line_no", "child"), [(LINES_MAX + 1, 1), (-1, 1), (1, 1024), (1, -1)])
def test_a_number_that_does_not_fit_is_an_error(line_no: int, child: int) -> None:
    with pytest.raises(DomainError, match="does not fit"):
        cl_ord_id(BATCH, line_no, child)


def test_a_line_is_written_with_its_batch() -> None:
    assert str(LineId(BATCH, 12)) == f"{BATCH}:12"


def test_the_parts_of_an_id_are_what_its_orders_have_in_common() -> None:
    first, later, sibling = cl_ord_id(BATCH, 5), cl_ord_id(BATCH, 5, version=2), cl_ord_id(BATCH, 5, child=2)
    assert child_part(first) == child_part(later) != child_part(sibling)
    assert line_part(first) == line_part(sibling) != line_part(cl_ord_id(BATCH, 6))
    assert is_of_batch(first, BATCH)
    assert not is_of_batch(first, BATCH[::-1])


def test_the_child_of_a_trial_is_the_last_there_can_be() -> None:
    assert line_of(cl_ord_id(BATCH, 5, child=TRIAL_CHILD)) == LineId(BATCH, 5)
    with pytest.raises(DomainError):
        cl_ord_id(BATCH, 5, child=TRIAL_CHILD + 1)
