"""Alerts to their sinks, for real: a server that fails first, files, the log, a service through apprise."""

import hashlib
import hmac
import json
import stat
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from risk.alerts import AlertBook, AlertEvent, AlertRules, Delivery, Outbox, SinkRule
from tests.integration.alert_server import HANG, RESET, AlertServer, alert_server
from trader.adapters.clock import now_ns
from trader.adapters.log import Log
from trader.adapters.notifier import Notifier
from trader.adapters.sinks import (
    AppriseSink,
    FileSink,
    LogSink,
    Sink,
    SinkError,
    WebhookSink,
    read_secrets,
)
from trader.domain.errors import ConfigError

MS = 1_000_000
SECRET = "the-shared-secret"  # noqa: S105 -- a test's own
QUICK = SinkRule(first_retry_ns=MS, retry_ns_max=4 * MS)
PATIENT = SinkRule(first_retry_ns=3_600_000 * MS, retry_ns_max=3_600_000 * MS)
STOP_S = 10.0

# One of apprise's plugins asks for a module that Python will drop.
OF_APPRISE = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")


class Desk:
    """A notifier with its alert book, and every delivery that changed."""

    def __init__(self, *sinks: Sink, rule: SinkRule = QUICK, outbox: Outbox | None = None) -> None:
        self.changes: list[Delivery] = []
        self._changed = threading.Condition()
        self.book = AlertBook(AlertRules(told_max=1_000))
        outbox = outbox or Outbox({sink.name: rule for sink in sinks})
        self.notifier = Notifier(sinks, outbox, self._note)
        self._count = 0

    def _note(self, delivery: Delivery) -> None:
        with self._changed:
            self.changes.append(delivery)
            self._changed.notify_all()

    def say(self, count: int = 1, *, is_hard: bool = True) -> None:
        for _ in range(count):
            self._count += 1
            for event in self.event(self._count, is_hard=is_hard):
                self.notifier.post(event)

    def event(self, number: int, *, is_hard: bool = True) -> list[AlertEvent]:
        text = f"Number {number}\x1b[2J."
        return list(self.book.condition("SESSION_LOST", str(number), text, now_ns(), is_hard=is_hard))

    def wait_for(self, is_so: Callable[[list[Delivery]], bool]) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: is_so(self.changes), timeout=20)

    def wait_for_delivered(self, sink: str, count: int) -> None:
        self.wait_for(lambda changes: len(delivered(changes, sink)) >= count)


def delivered(changes: list[Delivery], sink: str) -> list[int]:
    return [each.seq for each in changes if each.sink == sink and each.delivered_ns is not None]


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def hook(server: AlertServer, timeout_s: float = 0.2, name: str = "hook") -> WebhookSink:
    return WebhookSink(name, server.url, SECRET, timeout_s)


class BlockedSink:
    """Takes nothing until it is let go."""

    takes_heartbeats = True
    at_once = 1

    def __init__(self) -> None:
        self.name = "blocked"
        self.is_asked, self.is_free = threading.Event(), threading.Event()
        self.given: list[Any] = []

    def give(self, body: Any) -> None:
        self.is_asked.set()
        assert self.is_free.wait(20)
        self.given.append(body)

    def close(self) -> None:
        assert self.is_free.is_set()


class BrokenSink:
    takes_heartbeats = False
    at_once = 1
    name = "broken"

    def give(self, body: Any) -> None:
        raise KeyError(body["seq"])

    def close(self) -> None:
        """Nothing was held."""


def test_a_server_that_fails_first_gets_everything_once_and_in_order() -> None:
    with alert_server(500, HANG, RESET, 302, 204) as server:
        desk = Desk(hook(server))
        desk.notifier.start()
        desk.say(3)
        desk.wait_for_delivered("hook", 3)
        assert desk.notifier.stop(STOP_S) == ()
        assert [request.seq for request in server.requests] == [1, 1, 1, 1, 1, 2, 3]
        assert server.taken == [1, 2, 3]
    (last,) = [each for each in desk.changes if each.seq == 1 and each.delivered_ns is not None]
    assert last.tries == 5
    errors = [each.last_error for each in desk.changes if each.seq == 1 and each.tries and each.delivered_ns is None]
    assert errors[0] == "the answer was 500 Internal Server Error; expected 200 to 299"
    assert errors[1] == "no answer within 0.2 s"
    assert errors[2].startswith(("ConnectionResetError", "RemoteDisconnected"))
    assert errors[3].startswith("the answer was 302 Found")


def test_a_request_is_signed_and_says_what_came_before_it() -> None:
    with alert_server() as server:
        desk = Desk(hook(server))
        desk.notifier.start()
        desk.say(2)
        desk.wait_for_delivered("hook", 2)
        desk.notifier.stop(STOP_S)
        first, second = server.requests
    signature = hmac.new(SECRET.encode(), first.content, hashlib.sha256).hexdigest()
    assert first.headers["X-Signature-256"] == f"sha256={signature}"
    assert (first.body["seq"], first.body["after"]) == (1, 0)
    assert (second.body["seq"], second.body["after"]) == (2, 1)
    assert first.body["text"] == r"Number 1\x1b[2J."


def test_a_sink_that_hangs_holds_up_neither_the_others_nor_who_posts(tmp_path: Path) -> None:
    blocked = BlockedSink()
    desk = Desk(blocked, FileSink("file", tmp_path / "alerts.jsonl"))
    desk.notifier.start()
    desk.say()
    assert blocked.is_asked.wait(20)
    desk.say(500)
    desk.wait_for_delivered("file", 501)
    assert [line["seq"] for line in lines(tmp_path / "alerts.jsonl")] == list(range(1, 502))
    assert blocked.given == []
    blocked.is_free.set()
    assert desk.notifier.stop(STOP_S) == ()
    assert [body["seq"] for body in blocked.given] == list(range(1, 502))


def test_what_stays_undelivered_for_too_long_is_given_up_and_the_next_is_tried() -> None:
    with alert_server(500, 500) as server:
        desk = Desk(hook(server), rule=SinkRule(first_retry_ns=MS, retry_ns_max=MS, age_ns_max=1))
        desk.notifier.start()
        desk.say(3)
        desk.wait_for_delivered("hook", 1)
        assert desk.notifier.stop(STOP_S) == ()
    given_up = [each for each in desk.changes if each.given_up_ns is not None]
    assert [(each.seq, each.tries) for each in given_up] == [(1, 1), (2, 1)]
    assert server.taken == [3]
    assert server.requests[-1].body["after"] == 2, "the receiver sees that it has missed something"


def test_stopping_flushes_what_waits_for_its_next_try(tmp_path: Path) -> None:
    with alert_server(500) as server:
        desk = Desk(hook(server), FileSink("file", tmp_path / "a.jsonl"), rule=PATIENT)
        desk.notifier.start()
        desk.say(2)
        desk.wait_for(lambda changes: any(each.sink == "hook" and each.tries == 1 for each in changes))
        assert desk.notifier.stop(STOP_S) == ()
        assert server.taken == [1, 2]


def test_stopping_says_what_is_left_and_the_next_life_goes_on_from_it() -> None:
    with alert_server(500, 500) as server:
        desk = Desk(hook(server), rule=PATIENT)
        desk.notifier.start()
        desk.say(3)
        desk.wait_for(lambda changes: any(each.tries == 1 for each in changes))
        assert [each.seq for each in desk.notifier.stop(STOP_S)] == [1, 2, 3]
        saved = json.loads(json.dumps(desk.notifier.state()))

        outbox, lost = Outbox.restored({"hook": PATIENT}, saved, now_ns())
        assert lost == []
        again = Desk(hook(server), outbox=outbox)
        again.notifier.start()
        again.say(4)  # a replay: the first three were handed over before
        again.wait_for_delivered("hook", 4)
        again.notifier.stop(STOP_S)
        assert server.taken == [1, 2, 3, 4]


def test_stopping_does_not_wait_for_a_sink_that_hangs() -> None:
    blocked = BlockedSink()
    desk = Desk(blocked)
    desk.notifier.start()
    desk.say(2)
    assert blocked.is_asked.wait(20)
    left = desk.notifier.stop(0.01)
    assert [each.seq for each in left] == [1, 2]
    before = list(desk.changes)
    blocked.is_free.set()
    for thread in threading.enumerate():
        if thread.name == "alerts-blocked":
            thread.join(20)
    assert desk.changes == before, "what arrives after it was said to be left is not said otherwise"


def test_a_sink_that_breaks_is_a_failure_like_any_other() -> None:
    desk = Desk(BrokenSink())
    desk.notifier.start()
    desk.say()
    desk.wait_for(lambda changes: changes[-1].tries >= 3)
    assert [each.seq for each in desk.notifier.stop(STOP_S)] == [1]
    assert desk.changes[-1].last_error == "the sink failed: KeyError"


def test_a_heartbeat_reaches_programs_with_the_last_number_and_is_never_retried() -> None:
    with alert_server(200, 500) as server:
        told: list[str] = []
        desk = Desk(hook(server, 5), LogSink("log", lambda _code, text: told.append(text)))
        desk.notifier.start()
        desk.say()
        desk.wait_for_delivered("hook", 1)
        desk.wait_for_delivered("log", 1)
        desk.notifier.beat(desk.book.heartbeat(7))
        server.wait_for(2)
        desk.notifier.beat(desk.book.heartbeat(8))
        server.wait_for(3)
        desk.notifier.stop(STOP_S)
    beats = [request.body for request in server.requests[1:]]
    assert [(beat["kind"], beat["ts_ns"], beat["last_seq"], beat["after"]) for beat in beats] == [
        ("heartbeat", 7, 1, 1),
        ("heartbeat", 8, 1, 1),
    ]
    assert beats[0]["hard_count"] == 1
    assert told == [r"No. 1: Number 1\x1b[2J."]


def test_a_soft_alert_does_not_reach_a_pager() -> None:
    with alert_server() as server:
        desk = Desk(hook(server), rule=SinkRule(hard_only=True))
        desk.notifier.start()
        desk.say(is_hard=False)
        desk.say()
        desk.wait_for_delivered("hook", 1)
        desk.notifier.stop(STOP_S)
        assert [request.seq for request in server.requests] == [2]


# --- the sinks --------------------------------------------------------------------------------------------------------


def body(seq: int = 1, **changes: Any) -> dict[str, Any]:
    return {"seq": seq, "number": seq, "kind": "raised", "control": "VOLUME_DAY", "text": "It is full."} | changes


def test_the_file_is_private_and_has_a_line_for_each(tmp_path: Path) -> None:
    path = tmp_path / "alerts.jsonl"
    path.write_text('{"seq": 0}\n')
    path.chmod(0o644)
    FileSink("file", path).give(body(1, text="Zürich\u2028"))
    assert [line["seq"] for line in lines(path)] == [0, 1]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_line_that_was_half_written_spoils_no_other(tmp_path: Path) -> None:
    path = tmp_path / "alerts.jsonl"
    path.write_text('{"seq": 1, "te')
    FileSink("file", path).give(body(2))
    assert json.loads(path.read_text().splitlines()[1])["seq"] == 2


def test_what_waits_for_a_file_is_written_together_and_in_order(tmp_path: Path) -> None:
    path = tmp_path / "alerts.jsonl"
    desk = Desk(FileSink("file", path))
    desk.say(700)
    desk.notifier.start()
    desk.wait_for_delivered("file", 700)
    assert desk.notifier.stop(STOP_S) == ()
    assert [line["seq"] for line in lines(path)] == list(range(1, 701))
    assert [line["after"] for line in lines(path)] == list(range(700))
    assert len({each.delivered_ns for each in desk.changes if each.delivered_ns is not None}) == 1


def test_a_connection_is_kept_and_made_anew_when_the_other_side_has_closed_it() -> None:
    with alert_server(keeps_open=True) as server:
        sink = hook(server, 5)
        for seq in (1, 2):
            sink.give(body(seq))
        assert len(server.connections) == 1
        server.hang_up()
        sink.give(body(3))
        sink.close()
        assert (server.taken, len(server.connections)) == ([1, 2, 3], 2)


def test_the_file_is_turned_by_its_size_and_the_oldest_goes(tmp_path: Path) -> None:
    path = tmp_path / "alerts.jsonl"
    sink = FileSink("file", path, size_max=200, kept=2)
    for seq in range(1, 10):
        sink.give(body(seq))
    names = ["alerts.jsonl.2", "alerts.jsonl.1", "alerts.jsonl"]
    assert sorted(each.name for each in tmp_path.iterdir()) == sorted(names)
    assert [line["seq"] for name in names for line in lines(tmp_path / name)] == [5, 6, 7, 8, 9]


def test_a_file_that_cannot_be_written_is_said_and_nothing_is_left_of_it(tmp_path: Path) -> None:
    target = tmp_path / "elsewhere"
    target.write_text("")
    (tmp_path / "alerts.jsonl").symlink_to(target)
    with pytest.raises(SinkError, match=r"^the file cannot be written: "):
        FileSink("file", tmp_path / "alerts.jsonl").give(body())
    assert target.read_text() == ""


def test_a_full_disk_leaves_no_half_line() -> None:
    with pytest.raises(SinkError, match="the file cannot be written"):
        FileSink("file", Path("/dev/full")).give(body())


def test_the_log_hears_what_becomes_of_an_alert(tmp_path: Path) -> None:
    log = Log(tmp_path)
    sink = LogSink("log", log.alert)
    sink.give(body())
    sink.give(body(2, kind="acknowledged", number=1, acknowledged_by="ria\x07"))
    log.close()
    assert [line["text"] for line in lines(tmp_path / "robot.jsonl")] == [
        "No. 1: It is full.",
        r"No. 1 acknowledged: It is full. (by ria\x07)",
    ]
    with pytest.raises(SinkError, match="the log cannot be written"):
        sink.give(body(3))


@pytest.mark.parametrize(
    "url",
    ["", "ftp://h/x", "http:///x", "https://u:p@h/x", "http://h:99999/", "http://[x/", "http://h/a b", "http://ü/"],
)
def test_an_address_that_cannot_be_used_is_said_without_showing_it(url: str) -> None:
    with pytest.raises(ConfigError, match=r"the address of the sink hook cannot be used; expected") as caught:
        WebhookSink("hook", url, SECRET)
    assert not url or url not in str(caught.value)


def test_a_webhook_without_a_secret_is_refused() -> None:
    with pytest.raises(ConfigError, match="no secret to sign with"):
        WebhookSink("hook", "https://h/x", "")


def test_no_error_shows_an_address_or_a_secret(free_port: Callable[[], int]) -> None:
    port = free_port()
    url = f"http://localhost:{port}/T0KEN/path"
    with pytest.raises(SinkError) as caught:
        WebhookSink("hook", url, SECRET, 5).give(body())
    assert "refused" in str(caught.value)
    assert "T0KEN" not in str(caught.value)
    assert str(port) not in str(caught.value)


@OF_APPRISE
def test_apprise_delivers_once_its_service_is_up_again() -> None:
    with alert_server(500) as server:
        desk = Desk(AppriseSink("json", f"json://127.0.0.1:{server.port}/T0KEN"))
        desk.notifier.start()
        desk.say()
        desk.wait_for_delivered("json", 1)
        assert desk.notifier.stop(STOP_S) == ()
        assert [request.answer for request in server.requests] == [500, 200]
        sent = server.requests[-1].body
    assert (sent["title"], sent["message"]) == ("fx-trader: SESSION_LOST", r"No. 1: Number 1\x1b[2J.")
    assert sent["type"] == "failure"
    assert [each.last_error for each in desk.changes if each.tries == 1] == ["the service did not take it"]


@OF_APPRISE
def test_many_at_once_are_one_message_to_people() -> None:
    with alert_server() as server:
        AppriseSink("json", f"json://127.0.0.1:{server.port}/").give(
            *[body(seq, is_hard=seq == 700) for seq in range(1, 701)]
        )
        (sent,) = [request.body for request in server.requests]
    assert (sent["title"], sent["type"]) == ("fx-trader: 700 alerts", "failure")
    told = sent["message"].splitlines()
    assert told[0] == "No. 1: It is full."
    assert told[20:] == ["and 680 more, which trader alerts lists"]


@OF_APPRISE
def test_an_address_that_apprise_does_not_know_is_said_without_showing_it() -> None:
    with pytest.raises(ConfigError, match="apprise cannot use the address of the sink pager; expected") as caught:
        AppriseSink("pager", "s3cret-and-no-address")
    assert "s3cret" not in str(caught.value)
    with pytest.raises(ConfigError, match="the sink nosuch"):
        AppriseSink("nosuch", "nosuch://host/T0KEN")


def test_secrets_come_from_the_environment_or_from_a_file_that_nobody_else_can_read(tmp_path: Path) -> None:
    path = tmp_path / "urls"
    path.write_text("# services\nslack://a\n\n  mailto://b  \n")
    path.chmod(0o600)
    assert read_secrets(None, path, "addresses") == ["slack://a", "mailto://b"]
    assert read_secrets("json://c", path, "addresses") == ["json://c"]
    path.chmod(0o640)
    with pytest.raises(ConfigError, match=r"urls: others can read addresses; expected .*chmod 600"):
        read_secrets(None, path, "addresses")


@pytest.mark.parametrize("content", [None, b"", b"# nothing\n", b"\xff\xfe"])
def test_secrets_that_are_not_there_are_said(content: bytes | None, tmp_path: Path) -> None:
    path = tmp_path / "urls"
    if content is not None:
        path.write_bytes(content)
        path.chmod(0o600)
    with pytest.raises(ConfigError, match=r"addresses"):
        read_secrets(None, path, "addresses")
