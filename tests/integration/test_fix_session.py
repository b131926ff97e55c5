"""A session's life: logon, sequence numbers, the store, what the venue says in between, logout."""

import socket
import stat
from pathlib import Path

import pytest

from tests.integration.raw_venue import ORDER, RawVenue
from tests.integration.session_process import SessionProcess, dialect
from tests.raw_fix import SOH
from trader.domain.events import ExecutionReported
from trader.fix.decode import Decoder

REPORT = "6=0|11=A0001010001|14=0|15=EUR|17=E1|37=O1|39=0|54=1|55=EUR/USD|150=0|151=100"


def opened(session: SessionProcess, venue: RawVenue) -> None:
    """Start the session and take the news that it is up."""
    session.ask("start")
    venue.log_on()
    assert session.next_input()[0] == "SessionOpened"


def why_closed(session: SessionProcess) -> str:
    name, closed = session.next_input()
    assert name == "SessionClosed"
    return str(closed["reason"])


def test_a_new_store_introduces_itself_with_a_reset_and_never_resets_again(tmp_path: Path) -> None:
    with RawVenue() as venue:
        with SessionProcess(venue.port, tmp_path) as session:
            session.ask("start")
            logon = venue.log_on()
            assert (logon[141], logon.seq) == ("Y", 1)
            assert session.next_input()[0] == "SessionOpened"
            venue.hang_up()
            assert why_closed(session) == "the connection was lost"
            logon = venue.log_on()
            assert (logon[141], logon.seq) == ("", 2)
        with SessionProcess(venue.port, tmp_path) as session:
            session.ask("start")
            logon = venue.log_on()
            assert (logon[141], logon.seq) == ("", 3)


def test_a_store_is_new_until_the_first_logon_succeeds(tmp_path: Path) -> None:
    with RawVenue() as venue:
        with SessionProcess(venue.port, tmp_path) as session:
            session.ask("start")
            venue.accept()
            assert venue.receive("A")[141] == "Y"
            venue.log_out("wrong password")
            assert why_closed(session) == "wrong password"
        with SessionProcess(venue.port, tmp_path) as session:
            session.ask("start")
            logon = venue.log_on()
            assert (logon[141], logon.seq) == ("Y", 1)


def test_a_venue_that_allows_no_reset_is_asked_for_none(tmp_path: Path) -> None:
    with RawVenue() as venue, SessionProcess(venue.port, tmp_path, reset="never") as session:
        session.ask("start")
        assert venue.log_on()[141] == ""


def test_a_sequence_number_that_is_too_low_for_the_venue_is_explained(tmp_path: Path) -> None:
    with RawVenue() as venue, SessionProcess(venue.port, tmp_path, reset="never") as session:
        session.ask("start")
        venue.accept()
        venue.receive("A")
        venue.log_out("MsgSeqNum too low, expecting 17 but received 1")
        name, noted = session.next_input()
        assert name == "SequenceNoted"
        assert (noted["by_venue"], noted["is_too_low"], noted["expected"], noted["received"]) == (True, True, 17, 1)
        assert why_closed(session) == (
            "MsgSeqNum too low, expecting 17 but received 1; its sequence numbers and ours have parted: "
            "trader session status --venue simulator"
        )
        with pytest.raises(TimeoutError):
            venue.accept(wait_s=2.5)  # ReconnectInterval=1: it would have come back by now


def test_a_sequence_number_that_is_too_low_for_us_ends_the_session_and_is_explained(tmp_path: Path) -> None:
    with RawVenue() as venue, SessionProcess(venue.port, tmp_path) as session:
        opened(session, venue)
        venue.send("8", REPORT, seq=1)
        assert "MsgSeqNum too low" in venue.receive("5")[58]
        name, noted = session.next_input()
        assert name == "SequenceNoted"
        assert (noted["by_venue"], noted["is_too_low"], noted["expected"], noted["received"]) == (False, True, 2, 1)
        assert why_closed(session).startswith("MsgSeqNum too low, expecting 2 but received 1; its sequence numbers")


def test_a_session_that_was_given_up_goes_on_with_the_numbers_that_persons_have_signed_for(tmp_path: Path) -> None:
    with RawVenue() as venue, SessionProcess(venue.port, tmp_path, reset="never") as session:
        session.ask("start")
        venue.accept()
        venue.receive("A")
        venue.log_out("MsgSeqNum too low, expecting 17 but received 1")
        assert session.next_input()[0] == "SequenceNoted"
        why_closed(session)
        session.ask("renumber", 17, 5, False)
        venue.next_seq = 5
        logon = venue.log_on()
        assert (logon.seq, logon[141]) == (17, "")
        assert session.next_input() == ("SessionOpened", {"session": "simulator", "was_reset": False})
        assert venue.is_alive()


def test_numbers_that_begin_at_1_are_announced_where_the_dialect_allows_it(tmp_path: Path) -> None:
    with RawVenue() as venue, SessionProcess(venue.port, tmp_path) as session:
        opened(session, venue)
        venue.log_out("MsgSeqNum too low, expecting 99 but received 1")
        assert session.next_input()[0] == "SequenceNoted"
        why_closed(session)
        session.ask("renumber", 1, 1, True)
        logon = venue.log_on()
        assert (logon.seq, logon[141]) == (1, "Y")
        assert session.next_input() == ("SessionOpened", {"session": "simulator", "was_reset": True})
        venue.hang_up()
        assert why_closed(session) == "the connection was lost"
        assert venue.log_on()[141] == ""  # once, and not at every reconnect


def test_a_lost_store_of_a_session_that_the_journal_knows_resets_nothing_by_itself(tmp_path: Path) -> None:
    with RawVenue() as venue, SessionProcess(venue.port, tmp_path, is_known=True) as session:
        session.ask("start")
        logon = venue.log_on()
        assert (logon.seq, logon[141]) == (1, "")


def test_messages_that_the_venue_missed_are_noted_and_not_sent_again(tmp_path: Path) -> None:
    with RawVenue() as venue, SessionProcess(venue.port, tmp_path) as session:
        opened(session, venue)
        assert session.ask("send", f"D|{ORDER}")
        order = venue.receive("D")
        venue.send("2", f"7={order.seq}|16=0")
        fill = venue.receive("4")
        assert (fill[123], fill[36]) == ("Y", str(order.seq + 1))
        name, noted = session.next_input()
        assert name == "SequenceNoted"
        assert (noted["by_venue"], noted["is_too_low"], noted["expected"]) == (True, False, order.seq)


def test_how_the_numbers_stood_is_told_when_a_session_ends(tmp_path: Path) -> None:
    with RawVenue() as venue, SessionProcess(venue.port, tmp_path) as session:
        opened(session, venue)
        venue.send("8", REPORT)
        assert session.next_input()[0] == "FixReceived"
        venue.hang_up()
        name, closed = session.next_input()
        assert (name, closed["next_sent"], closed["next_expected"]) == ("SessionClosed", 2, 3)


def test_a_logon_that_ends_in_silence_says_so(tmp_path: Path) -> None:
    with RawVenue() as venue, SessionProcess(venue.port, tmp_path) as session:
        session.ask("start")
        venue.accept()
        venue.receive("A")
        venue.hang_up()
        assert why_closed(session) == "it ended the connection without a word"


def test_missed_messages_are_asked_for_and_arrive_before_the_newer_one(tmp_path: Path) -> None:
    with RawVenue() as venue, SessionProcess(venue.port, tmp_path) as session:
        opened(session, venue)
        venue.send("8", f"{REPORT}|58=later", seq=3)
        assert venue.receive("2")[7] == "2"
        name, noted = session.next_input()
        assert (name, noted["by_venue"], noted["is_too_low"], noted["expected"]) == ("SequenceNoted", False, False, 2)
        venue.send("8", f"{REPORT}|58=missed", seq=2, poss_dup=True)
        texts = [session.next_input()[1]["text"] for _ in range(2)]
    assert ["58=missed" in text for text in texts] == [True, False]


def test_nodelay_is_set_on_the_connection(tmp_path: Path) -> None:
    with RawVenue() as venue, SessionProcess(venue.port, tmp_path) as session:
        opened(session, venue)
        assert session.ask("nodelay") == [True]


def test_logging_out_takes_no_time_when_the_venue_answers(tmp_path: Path) -> None:
    with RawVenue() as venue, SessionProcess(venue.port, tmp_path) as session:
        opened(session, venue)
        assert venue.is_alive()
        session.tell("stop")
        venue.answer_logout()
        assert session.answer() < 1.5  # seconds; without an answer it waits for two
        assert why_closed(session) == "the robot logged out"


def test_one_logout_leaves_however_fast_the_venue_answers_it(tmp_path: Path) -> None:
    """A second one, which half of all venues never see, would make the number of the next logon too high for them."""
    with RawVenue() as venue:
        last_seq = 0
        for _ in range(4):
            with SessionProcess(venue.port, tmp_path) as session:
                session.ask("start")
                assert venue.log_on().seq == last_seq + 1
                assert session.next_input()[0] == "SessionOpened"
                session.tell("stop")
                last_seq = venue.answer_logout().seq
                session.answer()
                with pytest.raises(ConnectionError, match="hung up"):
                    venue.receive()


def test_a_heartbeat_that_nobody_asked_for_ends_nothing(tmp_path: Path) -> None:
    with RawVenue() as venue, SessionProcess(venue.port, tmp_path) as session:
        opened(session, venue)
        venue.send("0", "112=BYE")
        assert venue.is_alive()
        session.tell("stop")
        venue.answer_logout()
        session.answer()


def test_test_request_leaves_before_logout_however_busy_the_session_is(tmp_path: Path) -> None:
    """Each answer to a test of the venue's is a moment at which QuickFIX looks whether it should log out."""
    with RawVenue() as venue:
        for _ in range(5):
            with SessionProcess(venue.port, tmp_path) as session:
                opened(session, venue)
                for number in range(50):
                    venue.send("1", f"112={number}")
                session.tell("stop")
                said = [message.type for message in venue.receive_until(lambda message: message.type == "5")]
                assert (said.count("1"), said[-1]) == (1, "5")
                venue.send("5")
                session.answer()
                with pytest.raises(ConnectionError, match="hung up"):
                    venue.receive()


def test_a_venue_that_answers_no_test_request_is_left_with_the_next_idle_second(tmp_path: Path) -> None:
    with RawVenue() as venue, SessionProcess(venue.port, tmp_path) as session:
        opened(session, venue)
        session.tell("stop")
        venue.receive("1")
        venue.receive("5")
        venue.send("5")
        assert session.answer() < 2


def test_a_venue_that_does_not_answer_a_logout_is_left_after_a_moment(tmp_path: Path) -> None:
    with RawVenue() as venue, SessionProcess(venue.port, tmp_path) as session:
        opened(session, venue)
        session.tell("stop")
        test = venue.receive("1")
        venue.send("0", f"112={test[112]}")
        venue.receive("5")
        assert 1 < session.answer() < 5


def test_a_session_that_was_never_started_stops_at_once(tmp_path: Path) -> None:
    with SessionProcess(1, tmp_path) as session:
        assert session.ask("stop") < 0.3


def test_everything_in_the_folder_is_for_its_owner_only(tmp_path: Path) -> None:
    with RawVenue() as venue, SessionProcess(venue.port, tmp_path) as session:
        opened(session, venue)
        assert session.ask("send", f"D|{ORDER}")
        venue.receive("D")
    found = list((tmp_path / "fix").rglob("*"))
    assert {path.suffix for path in found} >= {".xml", ".seqnums", ".body"}
    assert {stat.S_IMODE(path.stat().st_mode) for path in found if path.is_dir()} == {0o700}
    assert {stat.S_IMODE(path.stat().st_mode) for path in found if path.is_file()} == {0o600}


@pytest.mark.parametrize(
    ("said", "read"),
    [
        (b"caf\xe9 \xff", r"caf\xe9 \xff"),
        ("Zürich".encode(), "Zürich"),
        (b"ok\n2026-11-20 FORGED\r\x1b[31mred\x00\x7f", r"ok\n2026-11-20 FORGED\r\x1b[31mred\x00\x7f"),
        ("right\u202eto left\u2028next".encode(), r"right\u202eto left\u2028next"),
    ],
)
def test_whatever_bytes_a_text_has_it_can_be_kept_and_shown_on_one_line(said: bytes, read: str, tmp_path: Path) -> None:
    with RawVenue() as venue, SessionProcess(venue.port, tmp_path) as session:
        opened(session, venue)
        venue.send("8", REPORT.encode() + b"|58=" + said)
        name, received = session.next_input()
        assert venue.is_alive()
        venue.send("5", b"58=" + said)
        assert why_closed(session) == read
    assert name == "FixReceived"
    assert received["text"].replace(SOH, "").isprintable()
    (event,) = Decoder(dialect()).decode(received["text"])
    assert isinstance(event, ExecutionReported)
    assert event.text == read


def test_an_oddity_in_a_field_that_nobody_reads_loses_no_report(tmp_path: Path) -> None:
    """By the standard dictionary each of these is wrong, and QuickFIX would reject it unseen."""
    oddities = ["63=XYZ", "847=somewhere", "9999=x|5001=y", "58=", "60=yesterday", "432=tomorrow|126=never", "262=here"]
    with RawVenue() as venue, SessionProcess(venue.port, tmp_path) as session:
        opened(session, venue)
        for odd in oddities:
            venue.send("8", f"{odd}|{REPORT}")
        texts = [session.next_input()[1]["text"] for _ in oddities]
        assert venue.is_alive()
    for odd, text in zip(oddities, texts, strict=True):
        assert set(odd.split("|")) < set(text.split(SOH))


def test_a_message_that_quickfix_itself_rejects_is_reported(tmp_path: Path) -> None:
    with RawVenue() as venue, SessionProcess(venue.port, tmp_path) as session:
        opened(session, venue)
        venue.send("8", f"{REPORT}|37=O2")
        assert venue.receive("3")[45] == "2"
        name, dropped = session.next_input()
        assert venue.is_alive()
    assert name == "MessageDropped"
    assert dropped["msg_type"] == "8"
    assert dropped["problem"].startswith("MsgSeqNum(34)=2, MsgType(35)=8: Tag appears more than once")
    assert dropped["problem"].endswith(", tag 37")


def test_a_password_that_the_venue_repeats_is_masked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VENUE_PASSWORD", "s3cret-Pa55")
    credentials = "Username=robot\nPassword=$(VENUE_PASSWORD)\n"
    with RawVenue() as venue, SessionProcess(venue.port, tmp_path, more=credentials) as session:
        session.ask("start")
        venue.accept()
        logon = venue.receive("A")
        assert (logon[553], logon[554]) == ("robot", "s3cret-Pa55")
        venue.log_out("s3cret-Pa55 is wrong for robot")
        assert why_closed(session) == "*** is wrong for robot"


def test_a_venue_that_does_not_pick_up_stalls_no_other(tmp_path: Path) -> None:
    """The first session's connect hangs: nobody accepts, and the queue of the listener is full."""
    with socket.socket() as deaf, socket.socket() as caller, RawVenue() as venue:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        caller.connect(deaf.getsockname())
        with SessionProcess(deaf.getsockname()[1], tmp_path) as session:
            session.ask("start")
            session.ask("start_another", venue.port)
            venue.log_on()
            assert session.next_input()[0] == "SessionOpened"
