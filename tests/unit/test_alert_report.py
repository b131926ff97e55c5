"""What is said of how long alerts took to arrive."""

from contextlib import closing
from pathlib import Path

from trader.adapters.store import Store
from trader.app.alert_report import delivery_delays
from trader.app.folder import DATABASE


def delivery(sink: str, seq: int, took_ns: int | None, given_up_ns: int | None = None) -> dict[str, object]:
    delivered_ns = None if took_ns is None else 1_000 + took_ns
    return {
        "sink": sink,
        "seq": seq,
        "after": seq - 1,
        "raised_ns": 1_000,
        "is_hard": True,
        "tries": 1,
        "next_try_ns": 0,
        "delivered_ns": delivered_ns,
        "given_up_ns": given_up_ns,
        "last_error": "",
    }


def test_half_and_99_in_100_of_the_alerts_of_a_sink_took_no_longer_than_is_said(tmp_path: Path) -> None:
    arrived = [delivery("hook", seq, took_ns=101 - seq) for seq in range(1, 101)]
    with closing(Store(tmp_path / DATABASE)) as store:
        store.project({"deliveries": [*arrived, delivery("hook", 101, None), delivery("pager", 1, None, 2_000)]})
        told = delivery_delays(store)
    assert told == {
        "hook": {"delivered": 100, "waiting": 1, "given_up": 0, "p50_ns": 50, "p99_ns": 99, "max_ns": 100},
        "pager": {"delivered": 0, "waiting": 0, "given_up": 1},
    }
