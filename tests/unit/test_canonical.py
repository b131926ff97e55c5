"""Digests of parts that are kept until somebody touches them. What canonical JSON is, test_journal.py shows."""

import pytest

from trader.domain.canonical import Digests


class Counted:
    """Plain data of a part, and how often it was asked for."""

    def __init__(self) -> None:
        self.asked = 0

    def __call__(self, part: list[str]) -> list[str]:
        self.asked += 1
        return part


def digests(plain: Counted) -> Digests[list[str]]:
    """Of lists of which one that ends in "over" rests."""
    return Digests(plain, lambda part: part[-1] == "over")


def test_a_part_that_rests_is_not_asked_for_again() -> None:
    plain = Counted()
    kept = digests(plain)
    parts = {"a": ["1", "over"], "b": ["2", "live"]}
    assert kept.of(parts) == kept.of(parts)
    assert plain.asked == 3, "a once, b each time"


def test_a_part_that_was_touched_is_asked_for_again() -> None:
    plain = Counted()
    kept = digests(plain)
    parts = {"a": ["1", "over"], "b": ["2", "over"]}
    before = kept.of(parts)
    parts["b"][0] = "3"
    kept.touch("b")
    assert kept.of(parts) != before
    assert plain.asked == 3


def test_a_part_that_changes_without_being_touched_keeps_its_digest_until_all_are_forgotten() -> None:
    kept = digests(Counted())
    parts = {"a": ["1", "over"]}
    before = kept.of(parts)
    parts["a"][0] = "2"
    assert kept.of(parts) == before, "that is why everybody has to touch what he writes to"
    kept.forget()
    assert kept.of(parts) == digests(Counted()).of(parts) != before


@pytest.mark.parametrize(
    "other",
    [
        {},
        {"a": ["1"]},
        {"b": ["2"], "a": ["1"]},
        {"a": ["2"], "b": ["1"]},
        {"a": ["1"], "c": ["2"]},
        {"a": ["1"], "b": ["2"], "c": ["over"]},
    ],
)
def test_other_parts_names_or_another_order_give_another_digest(other: dict[str, list[str]]) -> None:
    assert digests(Counted()).of(other) != digests(Counted()).of({"a": ["1"], "b": ["2"]})
