"""The session file: what it must say, what it may say, and what is not for it to decide."""

from pathlib import Path

import msgspec
import pytest

from tests.unit.fix_words import DIALECT
from trader.adapters.resources import fix_config_dir, venue_names
from trader.adapters.session_config import load_session_config, session_settings
from trader.domain.errors import ConfigError
from trader.fix.dialect import Dialect

PLAIN = """# A comment.
[DEFAULT]
ConnectionType=initiator
NonStopSession=Y
[SESSION]
BeginString=FIX.4.4
SenderCompID=ROBOT
TargetCompID=VENUE
SocketConnectHost=fix.venue.example
SocketConnectPort=9876
HeartBtInt=30
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "session.cfg"


def refusal(path: Path, text: str, connect: str | None = None) -> str:
    path.write_text(text, "utf-8")
    with pytest.raises(ConfigError) as refused:
        load_session_config(path, connect=connect)
    return str(refused.value)


def test_a_session_file_is_read_with_its_defaults(file: Path) -> None:
    file.write_text(PLAIN, "utf-8")
    config = load_session_config(file)
    assert (config.host, config.port, config.where) == ("fix.venue.example", 9876, file)
    assert config.settings["NonStopSession"] == "Y"
    assert (config.username, config.password.reveal) == ("", "")


def test_the_robot_adds_what_is_not_for_the_file_to_decide(file: Path) -> None:
    file.write_text(PLAIN, "utf-8")
    settings = load_session_config(file).settings
    assert settings["PersistMessages"] == "N"
    assert settings["SocketNodelay"] == "Y"


@pytest.mark.parametrize("name", venue_names())
def test_the_shipped_session_files_are_in_order(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    path = fix_config_dir(name) / "session.cfg"
    for variable in path.read_text("utf-8").split("$(")[1:]:
        monkeypatch.setenv(variable.partition(")")[0], "1")
    load_session_config(path)


def test_the_command_line_says_where_to_connect_instead(file: Path) -> None:
    file.write_text(PLAIN, "utf-8")
    config = load_session_config(file, connect="127.0.0.1:1234")
    assert (config.host, config.port) == ("127.0.0.1", 1234)


@pytest.mark.parametrize("connect", ["9876", ":9876", "host:", "host:0", "host:65536", "host:none"])
def test_a_place_to_connect_that_is_none_is_refused(connect: str, file: Path) -> None:
    assert f"--connect {connect}: expected HOST:PORT" in refusal(file, PLAIN, connect)


def test_credentials_come_from_the_environment_and_stay_out_of_the_settings(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VENUE_PASSWORD", "s3cret")
    file.write_text(PLAIN + "Username=robot\nPassword=$(VENUE_PASSWORD)\n", "utf-8")
    config = load_session_config(file)
    assert (config.username, config.password.reveal) == ("robot", "s3cret")
    assert "s3cret" not in repr(config)
    assert not {"Username", "Password"} & set(config.settings)


@pytest.mark.parametrize("value", [None, ""])
def test_a_variable_without_a_value_is_named(value: str | None, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VENUE_PASSWORD", raising=False)
    if value is not None:
        monkeypatch.setenv("VENUE_PASSWORD", value)
    said = refusal(file, PLAIN + "Password=$(VENUE_PASSWORD)\n")
    assert said == f"{file}: Password needs the environment variable VENUE_PASSWORD, which is not set or is empty"


def test_every_missing_key_is_named(file: Path) -> None:
    text = PLAIN.replace("SenderCompID=ROBOT\n", "").replace("HeartBtInt=30\n", "HeartBtInt=\n")
    assert refusal(file, text) == f"{file}: [SESSION] lacks SenderCompID, HeartBtInt"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (PLAIN + "[SESSION]\nSenderCompID=TWO\n", "[SESSION] twice; expected one session a file, so exactly one"),
        (PLAIN + "[OTHER]\n", "expected exactly one [SESSION], found ['SESSION', 'OTHER']"),
        ("[DEFAULT]\nHeartBtInt=30\n", "expected exactly one [SESSION], found none"),
        ("HeartBtInt=30\n", "no section headers"),
        (PLAIN + "HeartBtInt=31\n", "option 'HeartBtInt' in section 'SESSION' already exists"),
        (PLAIN.replace("9876", "0"), "SocketConnectPort=0; expected a port, 1 to 65535"),
        (PLAIN.replace("9876", "http"), "SocketConnectPort=http; expected a port"),
        (PLAIN.replace("initiator", "acceptor"), "ConnectionType=acceptor; the robot needs ConnectionType=initiator"),
        (PLAIN + "PersistMessages=Y\n", "PersistMessages=Y; the robot needs PersistMessages=N"),
        (PLAIN + "ResetOnLogon=Y\n", "ResetOnLogon is not a key for here; expected one of BeginString, "),
        (PLAIN + "HttpAcceptPort=8080\n", "HttpAcceptPort is not a key for here"),
        (PLAIN + "SocketConnectHost1=backup\n", "SocketConnectHost1 is not a key for here"),
        (PLAIN + "SSLProtocol=all\n", "SSLProtocol: this QuickFIX has no TLS; put stunnel in front"),
        (PLAIN + "EndTime=00:00:00\n  HttpAcceptPort=8080\n", "EndTime holds a line break"),
    ],
)
def test_what_is_wrong_is_said_with_the_file_and_what_would_be_right(text: str, problem: str, file: Path) -> None:
    said = refusal(file, text)
    assert said.startswith(f"{file}: ")
    assert problem in said


def test_the_header_of_every_message_may_name_a_part_of_either_side(file: Path) -> None:
    file.write_text(PLAIN + "TargetSubID=ODM\nSenderSubID=DESK\n", "utf-8")
    config = load_session_config(file)
    assert config.header == {57: "ODM", 50: "DESK"}
    assert not {"TargetSubID", "SenderSubID"} & set(config.settings)


def test_a_schedule_by_the_clock_of_a_place_becomes_utc(file: Path) -> None:
    schedule = "StartTime=07:00:00\nEndTime=06:30:00\nTimeZone=Asia/Shanghai\n"
    file.write_text(PLAIN.replace("NonStopSession=Y\n", "") + schedule, "utf-8")
    settings = load_session_config(file).settings
    assert (settings["StartTime"], settings["EndTime"]) == ("23:00:00", "22:30:00")
    assert "TimeZone" not in settings


def test_a_schedule_that_is_none_is_refused_with_the_file(file: Path) -> None:
    said = refusal(file, PLAIN + "StartTime=7 o'clock\nEndTime=06:30:00\nTimeZone=Asia/Shanghai\n")
    assert said == f"{file}: StartTime=7 o'clock: not a time; expected HH:MM:SS"


def dialect(begin_string: str, application_version: str = "") -> Dialect:
    """The shipped simulator's, in another version."""
    return msgspec.structs.replace(DIALECT, begin_string=begin_string, application_version=application_version)


@pytest.mark.parametrize(
    ("begin_string", "said", "default"),
    [("FIX.4.2", "FIX.4.2", ""), ("FIXT.1.1", "FIXT.1.1", "FIX.5.0SP2"), ("IMIX.2.0", "FIXT.1.1", "FIX.5.0SP2")],
)
def test_quickfix_is_told_the_versions_of_session_and_messages(
    begin_string: str, said: str, default: str, file: Path
) -> None:
    file.write_text(PLAIN.replace("FIX.4.4", begin_string), "utf-8")
    settings = session_settings(load_session_config(file), dialect(begin_string, default))
    assert (settings["BeginString"], settings.get("DefaultApplVerID", "")) == (said, default)


def test_a_session_file_of_another_version_than_the_dialect_is_refused(file: Path) -> None:
    file.write_text(PLAIN, "utf-8")
    with pytest.raises(ConfigError) as refused:
        session_settings(load_session_config(file), dialect("FIX.4.2"))
    assert str(refused.value) == (
        f"{file}: BeginString=FIX.4.4, but the dialect beside it says FIX.4.2; expected the same in both"
    )


def test_a_file_that_is_not_there_is_named(file: Path) -> None:
    with pytest.raises(ConfigError, match=r"session\.cfg: .*No such file"):
        load_session_config(file)
