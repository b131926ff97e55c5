"""FIX through a real stunnel at both ends: with the right papers it trades, with wrong ones nothing is said at all."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from tests.integration.command_line import batch_text, line_numbers, spot_rows, trader
from tests.integration.tunnels import LONG_AGO, STUNNEL, Papers, secured

pytestmark = [
    pytest.mark.skipif(STUNNEL is None, reason="stunnel is not installed (Debian, Ubuntu: apt install stunnel4)"),
    pytest.mark.usefixtures("example_morning"),
]

BATCH = batch_text(*spot_rows(3))
WRONG = {
    "another CA": (
        Papers(trusts_another=True),
        "certificate in certificate chain; expected one that the CA in CAfile has signed",
    ),
    "another name": (
        Papers(venue_name="fix.elsewhere.example"),
        "certificate is not valid for 'fix.venue.example'; expected that name in it",
    ),
    "an expired certificate": (
        Papers(venue_ends=LONG_AGO + timedelta(days=1)),
        "does not pass: certificate has expired; expected one that is valid now",
    ),
    "no certificate of ours": (
        Papers(shows_own=False),
        "certificate required; expected a certificate of ours that the venue knows",
    ),
}


def test_a_batch_is_filled_and_reconciled_and_nothing_of_it_is_in_clear(
    tmp_path: Path, free_port: Callable[[], int]
) -> None:
    with secured(tmp_path, [free_port(), free_port()], Papers()) as line:
        outcome = line.run(line.desk.write("batch.csv", BATCH), "--json")
        assert outcome.code == 0, outcome.said
        assert outcome.json["lines"]["filled"] == 3
        assert outcome.json["reconciled"] is True
        assert sorted(line_numbers(line.desk.venue.trades())) == [1, 2, 3]
        assert b"8=FIX" not in line.tap.heard
        assert b"EUR/USD" not in line.tap.heard
        doctor = trader(tmp_path, "doctor", "--venue", "venue", "--json")
        (found,) = [each for each in doctor.json["findings"] if each["what"] == "tunnel"]
        assert found["state"] == "ok", doctor.said


def test_the_doctor_makes_the_same_handshake(tmp_path: Path, free_port: Callable[[], int]) -> None:
    shown, reason = WRONG["an expired certificate"]
    with secured(tmp_path, [free_port(), free_port()], shown):
        doctor = trader(tmp_path, "doctor", "--venue", "venue", "--json")
        (found,) = [each for each in doctor.json["findings"] if each["what"] == "tunnel"]
        assert found["state"] == "fatal"
        assert reason in found["finding"]


@pytest.mark.parametrize("papers", WRONG)
def test_with_wrong_papers_nobody_logs_on_and_the_reason_is_told(
    tmp_path: Path, free_port: Callable[[], int], papers: str
) -> None:
    shown, reason = WRONG[papers]
    with secured(tmp_path, [free_port(), free_port()], shown) as line:
        line.desk.configure(("[batch]", "[batch]\nlogon_s_max = 1"))
        outcome = line.run(line.desk.write("batch.csv", BATCH))
        assert outcome.code == 2, outcome.said
        assert "nothing was sent: venue/client.conf: " in outcome.err
        assert reason in outcome.err
        assert line.desk.venue.trade_count() == 0
        assert b"8=FIX" not in line.tap.heard
