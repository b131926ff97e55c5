"""Alerts over the whole path: a batch fills a limit, the robot tells it, and a server that fails first gets it."""

import hashlib
import hmac
import json
from pathlib import Path
from typing import Any

import pytest

from tests.integration.alert_server import RESET, SINK, AlertServer, alert_server
from tests.integration.command_line import Desk, Robot, batch_text, desk, spot_rows, trader

SECRET = "between-us"  # noqa: S105 -- a test's own
# Ten rows of EUR 100,000 are about 93 % of it, at any rate that the simulator deals at.
FULL = ("VOLUME_DAY,pair=EUR/USD,max,2500000000", "VOLUME_DAY,pair=EUR/USD,max,1230000")


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("MONITOR_SECRET", SECRET)
    with alert_server(500, RESET, keeps_open=True) as found:
        monkeypatch.setenv("MONITOR_URL", found.url)
        yield found


def configured(at: Desk) -> Path:
    """The desk's folder with a webhook, and a limit that ten rows nearly fill."""
    at.configure()
    for name, change in (("limits.csv", FULL), ("trader.toml", ('# [[alerts.sink]]\n# kind = "webhook"', SINK))):
        text = (at.folder / name).read_text("utf-8")
        assert text.count(change[0]) >= 1
        at.write(name, text.replace(*change, 1))
    return at.write("batch.csv", batch_text(*spot_rows(10)))


def told(server: AlertServer) -> list[dict[str, Any]]:
    return [request.body for request in server.requests if request.answer == 200 and "seq" in request.body]


def shown(folder: Path, *options: str) -> Any:
    found = trader(folder, "alerts", "--data", "data", "--json", *options)
    assert found.code == 0, found.said
    return found.json


def test_a_limit_that_fills_up_reaches_a_server_that_fails_first(tmp_path: Path, server: AlertServer) -> None:
    with desk(tmp_path) as plain:
        batch = configured(plain)
        run = plain.run(batch, "--json")
        assert run.code == 0, run.said
        # A batch of ten is over before the second try may be due; the last try at its end has failed as well.
        assert plain.run(batch, "--json").json["already_done"]
    events = told(server)
    assert [(event["control"], event["level"], event["kind"]) for event in events] == [
        ("VOLUME_DAY", "90", "raised"),
        ("VOLUME_DAY", "80", "raised"),
    ]
    assert [event["seq"] for event in events] == [1, 2]
    assert [event["after"] for event in events] == [0, 1]
    assert events[0]["batch"] == run.json["batch_id"]
    signed = server.requests[-1]
    expected = "sha256=" + hmac.new(SECRET.encode(), signed.content, hashlib.sha256).hexdigest()
    assert hmac.compare_digest(expected, signed.headers["X-Signature-256"])
    in_file = [json.loads(line) for line in (tmp_path / "data" / "alerts.jsonl").read_text("utf-8").splitlines()]
    assert [line["seq"] for line in in_file] == [1, 2]
    assert "! VOLUME_DAY: No. 1: VOLUME_DAY at " in run.err
    assert " pair=EUR/USD: it has come to 90 % of its limit." in run.err

    found = shown(tmp_path)
    assert [(alert["number"], alert["level"], alert["state"]) for alert in found["alerts"]] == [
        (1, "90", "open"),
        (2, "80", "open"),
    ]
    monitor = found["deliveries"]["monitor"]
    assert (monitor["delivered"], monitor["waiting"], monitor["given_up"]) == (2, 0, 0)
    assert monitor["p50_ns"] > 0
    held = trader(tmp_path, "verify", "--data", "data")
    assert held.code == 0, held.said


def test_what_a_server_did_not_take_is_given_to_it_by_the_next_process(
    tmp_path: Path, server: AlertServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = server.url
    monkeypatch.setenv("MONITOR_URL", "http://127.0.0.1:9/nobody-listens")
    with desk(tmp_path) as plain:
        batch = configured(plain)
        first = plain.run(batch, "--json")
        assert first.code == 0, first.said
        assert shown(tmp_path)["deliveries"]["monitor"] == {"delivered": 0, "waiting": 2, "given_up": 0}
        monkeypatch.setenv("MONITOR_URL", url)
        again = plain.run(batch, "--json")
        assert again.json["already_done"], again.said
        # Nobody waits for a sink that fails: what this process cannot give in time the one after it does.
        for _ in range(3):
            plain.run(batch, "--json")
    assert [event["seq"] for event in told(server)] == [1, 2]
    assert shown(tmp_path)["deliveries"]["monitor"]["delivered"] == 2
    in_file = (tmp_path / "data" / "alerts.jsonl").read_text("utf-8").splitlines()
    assert [json.loads(line)["seq"] for line in in_file] == [1, 2], "what had arrived does not come twice"


def test_a_person_says_that_they_have_seen_an_alert_while_the_robot_trades(tmp_path: Path) -> None:
    with desk(tmp_path, "--scenario", "resting") as resting:
        robot = resting.start(configured_without_server(resting), "--json")
        robot.run_until(lambda: "open" in [alert["state"] for alert in _alerts_of(tmp_path)])
        followed = Robot(tmp_path, "alerts", "--data", "data", "--follow", "--all")
        seen = trader(tmp_path, "alerts", "ack", "1", "--user", "ria", "--reason", "known", "--data", "data")
        assert (seen.code, seen.out) == (0, "alert 1 is acknowledged\n"), seen.said
        quiet = trader(tmp_path, "alerts", "mute", "2", "--for", "10m", "--user", "ria", "--data", "data")
        assert quiet.code == 0, quiet.said
        states = {alert["number"]: (alert["state"], alert["standing"]) for alert in shown(tmp_path)["alerts"]}
        assert states == {1: ("acknowledged", "told"), 2: ("open", "muted")}
        again = trader(tmp_path, "alerts", "ack", "1", "--user", "tom", "--data", "data")
        assert (again.code, again.err) == (
            2,
            "trader: alert 1 was acknowledged by ria (known) already; nothing to do\n",
        )
        # The robot goes on all the while.
        robot.kill()
        lines = [json.loads(line) for line in followed.kill().out.splitlines()]
    assert [(line["seq"], line["kind"]) for line in lines[:4]] == [
        (1, "raised"),
        (2, "raised"),
        (3, "acknowledged"),
        (4, "muted"),
    ]


def configured_without_server(at: Desk) -> Path:
    batch = configured(at)
    text = (at.folder / "trader.toml").read_text("utf-8")
    at.write("trader.toml", text.replace(SINK, ""))
    return batch


def _alerts_of(folder: Path) -> list[dict[str, Any]]:
    found = trader(folder, "alerts", "--data", "data", "--json")
    return found.json["alerts"] if found.code == 0 else []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("ack", "7"), "no open alert has the number 7; trader alerts lists those that are open"),
        (("mute", "1", "--for", "soon"), "'soon' is no length of time; expected one like 30s, 10m, 2h or 1d"),
        (("mute", "1", "--for", "0m"), "'0m' is no length of time; expected one like 30s, 10m, 2h or 1d"),
    ],
)
def test_what_cannot_be_said_of_an_alert_is_said_in_a_sentence(
    tmp_path: Path, words: tuple[str, ...], said: str
) -> None:
    with desk(tmp_path) as plain:
        plain.configure()
        assert plain.run(plain.write("batch.csv", batch_text(*spot_rows(1)))).code == 0
    found = trader(tmp_path, "alerts", *words, "--data", "data")
    assert (found.code, found.err) == (2, f"trader: {said}\n")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("[80, 90, 100]", "[80, 90]"), "alerts.levels: [80, 90] cannot be; expected whole percents"),
        (('kind = "file"', 'kind = "pigeon"'), "pigeon"),
        (('name = "file"', 'name = "log"'), "the name 'log' is taken; expected another for each sink"),
        (('file = "alerts.jsonl"', 'path = "alerts.jsonl"'), "path"),
    ],
)
def test_a_wrong_section_for_alerts_is_said_and_nothing_is_sent(
    tmp_path: Path, change: tuple[str, str], said: str
) -> None:
    with desk(tmp_path) as plain:
        plain.configure(change)
        run = plain.run(plain.write("batch.csv", batch_text(*spot_rows(1))))
        assert run.code == 2, run.said
        assert said in run.err
        assert plain.venue.trade_count() == 0


def test_a_webhook_without_its_secret_is_said_and_nothing_is_sent(tmp_path: Path, server: AlertServer) -> None:
    with desk(tmp_path) as plain:
        batch = configured(plain)
        text = (tmp_path / "trader.toml").read_text("utf-8")
        plain.write("trader.toml", text.replace("MONITOR_SECRET", "NOT_SET"))
        run = plain.run(batch)
        assert run.code == 2, run.said
        assert "there is no secret of the sink monitor; expected it in the environment" in run.err
        assert (server.requests, plain.venue.trade_count()) == ([], 0)
