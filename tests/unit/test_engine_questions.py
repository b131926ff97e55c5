"""A question to a venue is answered when every report that it announced has come, each counted once."""

import pytest

from trader.engine.questions import Announced


def counted(*keys: str, total: int | None = None, last: str = "") -> Announced:
    reports = Announced()
    for key in keys:
        reports.take(key, is_last=key == last, total=total)
    return reports


@pytest.mark.parametrize(
    ("reports", "is_complete"),
    [
        (counted(), False),
        (Announced(expected=0), True),
        (counted("a", "b", total=2), True),
        (counted("a", "b", total=3), False),
        (counted("a", "a", total=2), False),
        (counted("a", "b"), False),
        (counted("a", "b", last="b"), True),
        (counted("a", "b", "b", last="b"), True),
    ],
    ids=["asked", "none there", "all", "one missing", "one twice", "no number", "the last", "the last twice"],
)
def test_when_a_question_is_answered(reports: Announced, is_complete: bool) -> None:
    assert reports.is_complete is is_complete


def test_a_number_that_was_announced_outlives_the_last_report() -> None:
    reports = Announced(expected=3)
    for key, is_last in (("a", False), ("c", True)):
        reports.take(key, is_last=is_last)
        assert not reports.is_complete
    reports.take("b", is_last=False)
    assert reports.is_complete
