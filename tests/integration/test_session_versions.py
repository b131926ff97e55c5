"""The same session in every version of FIX that a venue may speak, and in IMIX through the relay."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.raw_venue import ORDER, RawVenue
from tests.integration.session_process import SessionProcess
from tests.raw_fix import SOH

VERSIONS: dict[str, dict[str, object]] = {
    "FIX.4.2": {"begin_string": "FIX.4.2", "dictionary": {"file": "FIX42.xml"}},
    "FIX.4.3": {"begin_string": "FIX.4.3", "dictionary": {"file": "FIX43.xml"}},
    "FIX.4.4": {"begin_string": "FIX.4.4", "dictionary": {"file": "FIX44.xml"}},
    "FIXT.1.1": {
        "begin_string": "FIXT.1.1",
        "application_version": "FIX.5.0SP2",
        "dictionary": {"file": "FIX50SP2.xml"},
    },
    "IMIX.2.0": {
        "begin_string": "IMIX.2.0",
        "application_version": "FIX.5.0SP2",
        "dictionary": {"file": "FIX50SP2.xml"},
        "extra_fields": {"A": {"1408": "1.0"}},
    },
}
SWAP_REQUEST = (
    "R|131=Q1|146=1|55=EUR/USD|167=FOR|54=1|38=100|64=20261124|15=EUR|555=2|600=EUR/USD|624=1|587=0|588=20261124|"
    "600=EUR/USD|624=2|587=B|588=20261224"
)
MULTILEG = (
    "AB|11=A0001010001|55=EUR/USD|60=20261120-09:30:00.000|38=100|40=D|453=2|448=ME|447=D|452=3|448=YOU|447=D|452=35|"
    "555=2|600=EUR/USD|624=1|687=100|588=20261124|600=EUR/USD|624=2|687=100|588=20261224"
)


def opened(session: SessionProcess, venue: RawVenue) -> None:
    """Start the session and take the news that it is up."""
    session.ask("start")
    venue.log_on()
    assert session.next_input()[0] == "SessionOpened"


@pytest.fixture(params=VERSIONS)
def version(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_a_session_is_opened_used_and_closed(version: str, tmp_path: Path) -> None:
    with RawVenue(version) as venue, SessionProcess(venue.port, tmp_path, **VERSIONS[version]) as session:
        session.ask("start")
        logon = venue.log_on()
        assert (logon[8], logon[141]) == (version, "Y")
        assert logon[1137] == ("9" if version in ("FIXT.1.1", "IMIX.2.0") else "")
        assert session.next_input()[0] == "SessionOpened"
        assert session.ask("send", f"D|{ORDER}")
        order = venue.receive("D")
        assert {field.partition("=")[0] for field in ORDER.split("|")} <= {
            field.partition("=")[0] for field in order.text.split("|")
        }
        venue.send("8", "6=0|11=A0001010001|14=0|15=EUR|17=E1|37=O1|39=0|54=1|55=EUR/USD|150=0|151=100|9999=x")
        name, received = session.next_input()
        assert name == "FixReceived"
        assert f"{SOH}37=O1{SOH}" in received["text"]
        assert venue.is_alive()
        session.tell("stop")
        venue.answer_logout()
        assert session.answer() < 1


def test_what_a_venue_says_about_being_ready_arrives(version: str, tmp_path: Path) -> None:
    news = ("B|148=Ready|33=1|58=The market is open", "h|336=FX|340=2", "h|336=FX|340=9|58=odd")
    with RawVenue(version) as venue, SessionProcess(venue.port, tmp_path, **VERSIONS[version]) as session:
        opened(session, venue)
        for said in news:
            msg_type, _, body = said.partition("|")
            venue.send(msg_type, body)
            name, received = session.next_input()
            assert name == "FixReceived"
            assert {f"35={msg_type}", *body.split("|")} < set(received["text"].split(SOH))
        assert venue.is_alive()


def legs_of(text: str) -> list[set[str]]:
    """The fields of each entry of NoLegs(555), which stand at the end of the message."""
    body = text.partition("|555=2|")[2].partition("|10=")[0]
    return [set(leg.strip("|").split("|")) for leg in body.split("600=EUR/USD")[1:]]


@pytest.mark.parametrize("version", ["FIX.4.4", "FIXT.1.1", "IMIX.2.0"])
def test_groups_leave_whole(version: str, tmp_path: Path) -> None:
    with RawVenue(version) as venue, SessionProcess(venue.port, tmp_path, **VERSIONS[version]) as session:
        opened(session, venue)
        for sent in (SWAP_REQUEST, MULTILEG):
            assert session.ask("send", sent)
            arrived = venue.receive().text
            assert len(legs_of(sent)) == 2
            assert legs_of(arrived) == legs_of(sent)
        assert "|453=2|448=ME|447=D|452=3|448=YOU|447=D|452=35|" in arrived


def test_an_order_of_a_venue_that_wants_parties_has_them_in_a_group(tmp_path: Path) -> None:
    parties = [{"id": "ME", "role": 3}, {"id": "YOU", "role": 35}]
    with RawVenue() as venue, SessionProcess(venue.port, tmp_path, parties=parties) as session:
        opened(session, venue)
        assert session.ask("send", f"D|{ORDER}|453=2|448=ME|447=D|452=3|448=YOU|447=D|452=35")
        assert "|453=2|448=ME|447=D|452=3|448=YOU|447=D|452=35|" in venue.receive("D").text


def test_private_tags_of_a_group_stay_in_it_both_ways(tmp_path: Path) -> None:
    private = {"file": "FIX44.xml", "group_fields": {"NoLegs": [9123]}}
    quote = "131=Q1|117=1|55=EUR/USD|555=2|600=EUR/USD|9123=near|624=1|600=EUR/USD|9123=far|624=2"
    with RawVenue() as venue, SessionProcess(venue.port, tmp_path, dictionary=private) as session:
        opened(session, venue)
        assert session.ask("send", "R|131=Q1|146=1|55=EUR/USD|555=2|600=EUR/USD|9123=near|600=EUR/USD|9123=far")
        assert "|555=2|600=EUR/USD|9123=near|600=EUR/USD|9123=far|" in venue.receive("R").text
        venue.send("S", quote)
        name, received = session.next_input()
        assert venue.is_alive()
    assert name == "FixReceived"
    assert legs_of(received["text"].replace(SOH, "|")) == [{"9123=near", "624=1"}, {"9123=far", "624=2"}]


def test_a_venue_that_says_4_2_may_use_messages_of_4_4(tmp_path: Path) -> None:
    newer = {"begin_string": "FIX.4.2", "dictionary": {"file": "FIX44.xml"}}
    with RawVenue("FIX.4.2") as venue, SessionProcess(venue.port, tmp_path, **newer) as session:
        opened(session, venue)
        venue.send("AG", "131=Q1|658=99|58=no maker")
        assert session.next_input()[0] == "FixReceived"
        assert venue.is_alive()


@pytest.mark.parametrize(
    ("sent", "ref_id"), [(MULTILEG, "A0001010001"), (SWAP_REQUEST, "Q1"), (f"D|{ORDER}", "A0001010001")]
)
def test_a_reject_that_names_only_a_number_says_which_order_or_request_it_is_about(
    sent: str, ref_id: str, tmp_path: Path
) -> None:
    with RawVenue() as venue, SessionProcess(venue.port, tmp_path) as session:
        opened(session, venue)
        assert session.ask("send", sent)
        venue.send("3", f"45={venue.receive().seq}|58=no such field")
        name, received = session.next_input()
    assert name == "FixReceived"
    assert received["text"].endswith(f"{SOH}372={sent.partition('|')[0]}{SOH}379={ref_id}{SOH}")


def test_an_order_of_many_legs_that_the_venue_asks_for_again_is_not_sent_again(tmp_path: Path) -> None:
    with RawVenue() as venue, SessionProcess(venue.port, tmp_path) as session:
        session.ask("keep_messages")
        opened(session, venue)
        assert session.ask("send", MULTILEG)
        venue.receive("AB")
        venue.send("2", "7=1|16=0")
        assert venue.receive("4")[36] == "3"
        assert venue.is_alive()


def test_a_venue_that_wants_a_reset_at_every_logon_gets_one(tmp_path: Path) -> None:
    with RawVenue() as venue, SessionProcess(venue.port, tmp_path, reset="every_logon") as session:
        session.ask("start")
        for _ in range(2):
            logon = venue.log_on()
            assert (logon[141], logon.seq) == ("Y", 1)
            assert session.next_input()[0] == "SessionOpened"
            assert venue.is_alive()
            venue.hang_up()
            assert session.next_input()[0] == "SessionClosed"


def test_sub_ids_stand_in_the_header_of_every_message(tmp_path: Path) -> None:
    with (
        RawVenue() as venue,
        SessionProcess(venue.port, tmp_path, more="TargetSubID=ODM\nSenderSubID=DESK\n") as session,
    ):
        session.ask("start")
        messages = [venue.log_on()]
        assert session.next_input()[0] == "SessionOpened"
        assert session.ask("send", f"D|{ORDER}")
        messages.append(venue.receive("D"))
        venue.send("1", "112=ALIVE")
        messages.append(venue.receive("0"))
    assert {(message[57], message[50]) for message in messages} == {("ODM", "DESK")}
    assert messages[1].text.index("|57=ODM|") < messages[1].text.index("|11=")


def test_the_logon_has_what_the_dialect_wants_in_it(tmp_path: Path) -> None:
    with RawVenue("IMIX.2.0") as venue, SessionProcess(venue.port, tmp_path, **VERSIONS["IMIX.2.0"]) as session:
        session.ask("start")
        assert venue.log_on()[1408] == "1.0"


def test_a_password_may_have_to_stand_in_raw_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VENUE_PASSWORD", "s3cret-Pa55")
    more = "Username=robot\nPassword=$(VENUE_PASSWORD)\n"
    with RawVenue() as venue, SessionProcess(venue.port, tmp_path, more=more, credentials="raw_data") as session:
        session.ask("start")
        venue.accept()
        logon = venue.receive("A")
    assert (logon[553], logon[95], logon[96], logon[554]) == ("robot", "11", "s3cret-Pa55", "")


def test_quickfix_itself_refuses_to_say_imix() -> None:
    """The limit that the relay is for; should a later QuickFIX take it, the relay can go."""
    steps = [
        "import os, quickfix",
        "settings = quickfix.SessionSettings()",
        "try: settings.setFromString('[DEFAULT]\\nConnectionType=initiator\\n[SESSION]\\nBeginString=IMIX.2.0\\n'",
        "    'SenderCompID=A\\nTargetCompID=B\\n')",
        "except quickfix.ConfigError as error: print(error, flush=True)",
        "os._exit(0)",
    ]
    done = subprocess.run([sys.executable, "-c", "\n".join(steps)], check=True, capture_output=True, text=True)
    assert done.stdout.strip().endswith("BeginString must be FIX.4.0 to FIX.4.4 or FIXT.1.1")


def test_the_relay_ends_with_the_session(tmp_path: Path) -> None:
    with RawVenue("IMIX.2.0") as venue, SessionProcess(venue.port, tmp_path, **VERSIONS["IMIX.2.0"]) as session:
        opened(session, venue)
        assert "fix-relay" in session.ask("threads")
        session.tell("stop")
        venue.answer_logout()
        assert session.answer() < 1
        assert session.ask("join_threads") == []


ACCEPTOR = Path(__file__).with_name("imix_acceptor.py")


def test_two_quickfix_sessions_talk_imix_through_a_relay_on_each_side(tmp_path: Path) -> None:
    command = [sys.executable, str(ACCEPTOR), str(tmp_path / "store")]
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as acceptor:
        assert acceptor.stdout is not None
        port = int(acceptor.stdout.readline())
        with SessionProcess(port, tmp_path, **VERSIONS["IMIX.2.0"]) as session:
            session.ask("start")
            assert session.next_input()[0] == "SessionOpened"
            assert session.ask("send", f"D|{ORDER}|58=Grüezi, 世界")
            arrived = acceptor.stdout.readline()
        acceptor.kill()
    assert "|58=Grüezi, 世界|" in arrived
