"""A slice of ``make session-faults``, and its table: nothing lost, nothing doubled, nothing left open."""

import re
from pathlib import Path

import pytest

from tests.conformance.session_faults import play, rows_of_the_page, session_scenarios

SLICE = ("session_disconnect_reports", "session_drop_orders", "session_drop_resend_request")


@pytest.mark.parametrize("scenario", SLICE)
def test_a_batch_survives(scenario: str, tmp_path: Path) -> None:
    verdict = play(scenario, tmp_path)
    assert verdict.is_good, f"{verdict}\n{verdict.said}"


def test_the_page_has_every_scenario_and_no_other() -> None:
    assert list(rows_of_the_page()) == session_scenarios()


def test_nothing_on_the_page_was_lost_or_doubled_or_left_open() -> None:
    for row in rows_of_the_page().values():
        assert re.search(r"\| 0 \| 0 \| 0 \|$", row.strip()), row
