"""What leaves the session and what must not: nothing stale, no order twice, and nothing is believed but a no."""

from pathlib import Path

from tests.integration.raw_venue import ORDER, RawVenue
from tests.integration.session_process import SessionProcess, dialect
from tests.raw_fix import SOH
from trader.domain.events import MessageRejected, PriceQuoted
from trader.fix.decode import Decoder

STATUS_REQUEST = "H|11=A0001010001|55=EUR/USD|54=1"
SUBSCRIPTION = "V|262=Q1|263=1|264=1|265=1|267=2|269=0|269=1|146=2|55=EUR/USD|55=USD/JPY"


def opened(session: SessionProcess, venue: RawVenue) -> None:
    """Start the session and take the news that it is up."""
    session.ask("start")
    venue.log_on()
    assert session.next_input()[0] == "SessionOpened"


def test_what_is_sent_while_logged_off_is_refused_and_does_not_leave_later(tmp_path: Path) -> None:
    with RawVenue() as venue, SessionProcess(venue.port, tmp_path) as session:
        assert not session.ask("send", f"D|{ORDER}")
        assert not session.ask("send_past_the_gate", f"D|{ORDER}")
        opened(session, venue)
        assert venue.is_alive()


def test_what_is_sent_between_two_connections_does_not_leave_later_and_leaves_no_gap(tmp_path: Path) -> None:
    with RawVenue() as venue, SessionProcess(venue.port, tmp_path) as session:
        opened(session, venue)
        venue.hang_up()
        name, closed = session.next_input()
        assert (name, closed["reason"]) == ("SessionClosed", "the connection was lost")
        assert not session.ask("send", f"D|{ORDER}")
        assert not session.ask("send_past_the_gate", f"D|{ORDER}")
        assert venue.log_on().seq == 2
        assert session.next_input()[0] == "SessionOpened"
        assert venue.is_alive()
        assert session.ask("send", STATUS_REQUEST)
        assert venue.receive("H").seq == 4


def test_an_order_that_the_venue_asks_for_again_is_not_sent_again(tmp_path: Path) -> None:
    with RawVenue() as venue, SessionProcess(venue.port, tmp_path) as session:
        opened(session, venue)
        assert session.ask("send", f"D|{ORDER}")
        assert venue.receive("D").seq == 2
        venue.send("2", "7=1|16=0")
        answer = venue.receive("4")
        assert (answer[123], answer[36], answer[43]) == ("Y", "3", "Y")
        assert venue.is_alive()


def test_even_an_order_that_quickfix_has_kept_is_not_sent_again(tmp_path: Path) -> None:
    """The second net: should messages ever be kept, toApp withholds orders, and questions may go again."""
    with RawVenue() as venue, SessionProcess(venue.port, tmp_path) as session:
        session.ask("keep_messages")
        opened(session, venue)
        for text in (f"D|{ORDER}", STATUS_REQUEST):
            assert session.ask("send", text)
            venue.receive(text[0])
        venue.send("2", "7=1|16=0")
        assert venue.receive("4")[36] == "3"
        again = venue.receive("H")
        assert (again.seq, again[43]) == (3, "Y")
        assert venue.is_alive()


def test_a_yes_says_nothing_about_delivery(tmp_path: Path) -> None:
    """The venue reads nothing and is gone; on the next connection it asks, and the order stays away."""
    with RawVenue() as venue, SessionProcess(venue.port, tmp_path) as session:
        opened(session, venue)
        assert session.ask("send", f"D|{ORDER}")
        venue.hang_up()
        assert session.next_input()[0] == "SessionClosed"
        logon = venue.log_on()
        assert logon.seq == 3
        venue.send("2", "7=2|16=0")
        assert venue.receive("4")[36] == "4"
        assert venue.is_alive()


def test_repeating_groups_arrive_whole_in_both_directions(tmp_path: Path) -> None:
    with RawVenue() as venue, SessionProcess(venue.port, tmp_path) as session:
        opened(session, venue)
        assert session.ask("send", SUBSCRIPTION)
        asked = venue.receive("V").text
        assert "|267=2|269=0|269=1|" in asked
        assert "|146=2|55=EUR/USD|55=USD/JPY|" in asked
        venue.send("W", "262=Q1|55=EUR/USD|268=2|269=0|270=1.1|271=5|269=1|270=1.2|271=7")
        name, received = session.next_input()
    assert name == "FixReceived"
    (quoted,) = Decoder(dialect()).decode(received["text"])
    assert isinstance(quoted, PriceQuoted)
    assert (str(quoted.bid), str(quoted.offer)) == ("1.1", "1.2")


def test_a_reject_that_names_only_a_number_becomes_one_about_the_order(tmp_path: Path) -> None:
    with RawVenue() as venue, SessionProcess(venue.port, tmp_path) as session:
        opened(session, venue)
        assert session.ask("send", f"D|{ORDER}")
        venue.send("3", f"45={venue.receive('D').seq}|58=no such field")
        name, received = session.next_input()
    assert name == "FixReceived"
    as_it_came, ours = received["text"].split(f"{SOH}10=")
    assert as_it_came.endswith("58=no such field")
    assert ours[3:] == f"{SOH}372=D{SOH}379=A0001010001{SOH}"
    (rejected,) = Decoder(dialect()).decode(received["text"])
    assert isinstance(rejected, MessageRejected)
    assert (rejected.ref_id, rejected.ref_msg_type, rejected.text) == ("A0001010001", "D", "no such field")


def test_a_reject_of_something_else_is_about_no_order(tmp_path: Path) -> None:
    with RawVenue() as venue, SessionProcess(venue.port, tmp_path) as session:
        opened(session, venue)
        assert session.ask("send", f"D|{ORDER}")
        assert session.ask("send", STATUS_REQUEST)
        venue.receive("D")
        for number in (1, venue.receive("H").seq, 99):
            venue.send("3", f"45={number}|58=no")
        venue.send("3", "58=not even a number")
        rejects = [session.next_input()[1]["text"] for _ in range(4)]
    assert not [reject for reject in rejects if "379=" in reject]


def test_a_reject_after_a_reconnect_does_not_find_an_order_of_before(tmp_path: Path) -> None:
    """Numbers may have started again, and another message may have this one now."""
    with RawVenue() as venue, SessionProcess(venue.port, tmp_path) as session:
        opened(session, venue)
        assert session.ask("send", f"D|{ORDER}")
        number = venue.receive("D").seq
        venue.hang_up()
        assert session.next_input()[0] == "SessionClosed"
        venue.log_on()
        assert session.next_input()[0] == "SessionOpened"
        venue.send("3", f"45={number}|58=no")
        assert "379=" not in session.next_input()[1]["text"]
