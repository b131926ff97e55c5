"""A new set of limits: what it changes, in words, and what is wrong with it where it would be in force."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from risk.limits.book import Limit, LimitBook
from risk.limits.versions import cuts, diff, limit_of, notices, sha256_of, structure_problems, summary

NOW = int(datetime(2027, 1, 1, 9, tzinfo=UTC).timestamp()) * 1_000_000_000
NEXT_DAY = date(2027, 1, 2)


def row(control: str, key: str, parameter: str, value: str, **more: object) -> Limit:
    parts = [part.split("=") for part in key.split()]
    return replace(Limit(control, tuple((name, text) for name, text in parts), parameter, value), **more)


def tree(key: str, parent: str, value: str) -> Limit:
    return row("TREE", key, parent, value)


def volume(value: str, desk: str = "treasury", **more: object) -> Limit:
    return row("VOLUME_DAY", f"desk={desk}", "max", value, **more)


TREES = (
    tree("counterparty=ACME-LDN", "group", "ACME"),
    tree("group=ACME", "country", "GB"),
    tree("trader=anna", "desk", "treasury"),
    tree("desk=treasury", "firm", "BANK"),
    tree("book=SALES", "firm", "BANK"),
    row("FOUR_EYES", "action=*", "valid_s_max", "3600"),
)


def problems(*rows: Limit, without: Limit | None = None) -> list[str]:
    return structure_problems(LimitBook([each for each in (*TREES, *rows) if each != without]), NOW)


def test_a_diff_says_what_is_added_removed_raised_lowered_and_changed() -> None:
    hours = row("MANDATE", "trader=* desk=* product=* pair=* side=* tenor=* venue=*", "allow", "08:00-18:00")
    old = [volume("7"), volume("5", "sales"), hours, volume("1", "gone"), tree("desk=treasury", "firm", "BANK")]
    new = [volume("8"), volume("4", "sales"), replace(hours, value="08:00-17:00"), volume("2", "new"), old[-1]]
    changes = diff(old, new)
    assert [change.sentence for change in changes] == [
        "raised: VOLUME_DAY max desk=treasury from 7 to 8",
        "lowered: VOLUME_DAY max desk=sales from 5 to 4",
        f"changed: MANDATE allow {hours.node} from 08:00-18:00 to 08:00-17:00",
        "added: VOLUME_DAY max desk=new, 2",
        "removed: VOLUME_DAY max desk=gone, 1",
    ]
    assert summary(changes) == "1 added, 1 removed, 1 raised, 1 lowered, 1 changed"


def test_a_row_whose_days_or_note_change_is_changed_in_words() -> None:
    (change,) = diff([volume("7")], [volume("7", until=NEXT_DAY, note="ends")])
    assert change.sentence == (
        "changed: VOLUME_DAY max desk=treasury, until 2027-01-02 in place of always, note 'ends' in place of ''"
    )


def test_the_same_rows_with_the_dimensions_of_a_key_in_another_order_are_changed_in_nothing_that_counts() -> None:
    one = row("NOP_CURRENCY", "book=A currency=EUR", "max", "7")
    other = row("NOP_CURRENCY", "currency=EUR book=A", "max", "7")
    assert diff([one], [one]) == []
    assert summary(diff([one], [other])) == "nothing"


VALUES = st.dictionaries(st.sampled_from("ABCD"), st.integers(0, 9), max_size=4)


@given(old=VALUES, new=VALUES)
def test_what_a_diff_says_leads_from_the_old_set_to_the_new_one(old: dict[str, int], new: dict[str, int]) -> None:
    before, after = ([volume(str(value), desk) for desk, value in rows.items()] for rows in (old, new))
    rows = {each.node: each for each in before}
    for change in diff(before, after):
        if change.after is None:
            del rows[change.row.node]
        else:
            rows[change.row.node] = change.after
    assert rows == {each.node: each for each in after}
    assert (diff(before, after) == []) == (old == new)


def test_a_sound_set_has_no_problems() -> None:
    assert problems(volume("7"), row("VOLUME_DAY", "desk=*", "max", "8")) == []


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (volume("7", "tresury"), "VOLUME_DAY desk=tresury: desk=tresury stands in no tree; expected a TREE row for it"),
        (row("VOLUME_DAY", "trader=bob", "max", "1"), "trader=bob stands in no tree"),
        (row("NOP_CURRENCY", "book=HEDGE currency=EUR", "max", "1"), "book=HEDGE stands in no tree"),
        (tree("counterparty=NEW", "group", "NEW-GROUP"), "counterparty=NEW is under group=NEW-GROUP, and no row says"),
        (tree("desk=BANK", "firm", "treasury"), "the tree of trader and desk has a cycle: "),
        (tree("desk=Treasury", "firm", "BANK"), "desk=Treasury and desk=treasury are told apart by capitals only"),
    ],
)
def test_a_set_whose_names_do_not_hang_together_is_told_so_in_a_sentence(wrong: Limit, told: str) -> None:
    assert told in "\n".join(problems(wrong))


def test_a_name_may_be_its_own_group() -> None:
    assert problems(tree("counterparty=SOLO", "group", "SOLO"), tree("group=SOLO", "country", "GB")) == []


def test_a_row_for_all_names_knows_every_name() -> None:
    assert problems(tree("desk=*", "firm", "BANK"), volume("7", "anybody")) == []


def test_a_list_may_have_a_name_that_stands_in_no_tree_and_says_so() -> None:
    blocked = row("RESTRICTED", "country=KP", "blocked", "always")
    assert problems(blocked) == []
    assert notices(LimitBook([*TREES, blocked]), NOW) == [
        "RESTRICTED country=KP: country=KP stands in no tree; expected a TREE row for it"
    ]


def test_a_set_that_nobody_could_ever_replace_is_told_so() -> None:
    assert "nobody could approve the next set" in problems(without=TREES[-1])[0]


def test_a_problem_that_only_the_future_has_is_told_today() -> None:
    ends = replace(TREES[3], until=NEXT_DAY)
    assert "desk=treasury" in problems(ends, without=TREES[3])[0]


def test_a_limit_of_zero_is_said_and_an_age_of_zero_is_none() -> None:
    book = LimitBook([volume("0.00"), volume("7", "sales"), row("NOP_CURRENCY", "book=* currency=*", "max", "0")])
    assert notices(book, NOW)[:2] == [
        "VOLUME_DAY max desk=treasury is 0.00: nothing passes there",
        "NOP_CURRENCY max book=* currency=* is 0: nothing passes there",
    ]


@pytest.mark.parametrize(
    ("node", "key"),
    [
        ("VOLUME_DAY 2027-01-01 desk=treasury", "desk=treasury"),
        ("NOP_CURRENCY book=SALES currency=EUR long", "book=* currency=EUR"),
        ("NOP_CURRENCY book=SALES currency=USD short", None),
        ("NO_SUCH_CONTROL desk=treasury", None),
    ],
)
def test_the_row_of_a_node_of_the_ledger_is_found_by_its_name(node: str, key: str | None) -> None:
    book = LimitBook([volume("7"), row("NOP_CURRENCY", "book=* currency=EUR", "max", "3")])
    found = limit_of(node, book)
    assert (None if found is None else found.node) == key


DAY = "VOLUME_DAY 2027-01-01 desk=treasury"


def test_a_cut_below_use_is_told_with_the_node_the_use_and_the_new_limit() -> None:
    (cut,) = cuts(LimitBook([volume("6999999")]), [(DAY, Decimal(7_000_000))])
    assert not cut.is_meant
    assert cut.sentence.startswith(f"{DAY} has 7,000,000 used, above its new limit of 6,999,999; expected at least")


def test_a_cut_to_just_what_is_used_is_none() -> None:
    assert cuts(LimitBook([volume("7000000")]), [(DAY, Decimal(7_000_000)), (DAY, Decimal(-5))]) == []


def test_a_cut_below_use_can_be_meant_and_a_limit_that_is_gone_cannot() -> None:
    meant, gone = (
        cuts(book, [(DAY, Decimal(8))])[0]
        for book in (LimitBook([volume("7", note="Below use: the desk closes")]), LimitBook([]))
    )
    assert meant.is_meant
    assert not gone.is_meant
    assert "the new set has no limit for it" in gone.sentence


def test_equal_rows_have_equal_hashes_and_one_digit_more_another() -> None:
    assert sha256_of([volume("7")]) == sha256_of([volume("7")])
    assert len({sha256_of(rows) for rows in ([volume("7")], [volume("7.0")], [volume("7"), volume("7", "a")])}) == 3
