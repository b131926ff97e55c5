"""The simulator plays made-up venues on a real socket: every version, every form, and what a venue says no to."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.integration.raw_client import Answer, RawClient
from tests.integration.simulated_venues import Simulator, venue_folder

SPOT, MONTH = "20261124", "20261224"
ORDER = "11=A|55=EUR/USD|54=1|15=EUR|38=1000000|40=1|59=0|63=0|64=20261124|60=20261120-10:00:00.000"
QUOTED = ORDER.replace("40=1", "40=D").replace("59=0", "59=4")
ASK = "131=R1|146=1|55=EUR/USD|54=1|38=1000000|64=20261124|15=EUR"

Connect = Callable[..., RawClient]


@pytest.fixture
def play(tmp_path: Path) -> Iterator[Callable[..., Connect]]:
    """Start a simulator of a made-up venue; the result connects clients to it."""
    with ExitStack() as stack:

        def start(begin_string: str = "FIX.4.4", *options: str, **form: Any) -> Connect:
            simulator = stack.enter_context(Simulator(venue_folder(tmp_path, begin_string, **form), *options))

            def connect(sender: str = "ROBOT") -> RawClient:
                return stack.enter_context(RawClient(simulator.port, begin_string, (sender, "VENUE")))

            return connect

        yield start


def logged_on(client: RawClient) -> RawClient:
    assert client.log_on()["35"] == "A"
    return client


def is_trade(answer: Answer) -> bool:
    return answer["35"] == "8" and answer.get("32", "0") != "0"


@pytest.mark.parametrize("version", ["FIX.4.2", "FIX.4.3", "FIX.4.4", "FIXT.1.1", "IMIX.2.0"])
def test_every_version_logs_on_and_trades(play: Callable[..., Connect], version: str) -> None:
    client = logged_on(play(version)())
    by_hand = "|21=1" if version in ("FIX.4.2", "FIX.4.3") else ""
    new = client.ask("D", ORDER + by_hand, "8")
    assert (new["11"], new["39"], new["151"], new.get("20")) == (
        "A",
        "0",
        "1000000",
        "0" if version == "FIX.4.2" else None,
    )
    fill = client.wait_for(is_trade)
    assert (fill["150"], fill["39"], fill["32"], fill["64"]) == ("F", "2", "1000000", SPOT)


def test_trades_are_told_as_fix_4_2_means_exec_type(play: Callable[..., Connect]) -> None:
    client = logged_on(play("FIX.4.2", keys='exec_types = "4.2"\nbusts = "exec_trans_type"')())
    client.send("D", f"{ORDER}|21=1")
    fill = client.wait_for(is_trade)
    assert (fill["20"], fill["150"], fill["39"]) == ("0", "2", "2")
    status = client.ask("H", "11=A|55=EUR/USD|54=1", "8")
    assert (status["20"], status["150"], status["39"]) == ("3", "2", "2")


SWAPS = {
    "second fields": ("FIX.4.4", 'SWAP = { security_type = "FOR", settl_type = "0", ord_type = "G" }'),
    "second fields of FIX 4.2": ("FIX.4.2", 'SWAP = { security_type = "FOR", settl_type = "0", ord_type = "G" }'),
    "group": ("FIX.4.4", 'SWAP = { security_type = "FOR", legs = "multileg" }'),
    "group of FIX 5.0SP2": ("FIXT.1.1", 'SWAP = { security_type = "FXSWAP", legs = "multileg" }'),
}


@pytest.mark.parametrize("form", SWAPS)
def test_a_swap_is_traded_in_every_form(play: Callable[..., Connect], tmp_path: Path, form: str) -> None:
    version, products = SWAPS[form]
    client = logged_on(play(version, "--trade-log", str(tmp_path / "trades.jsonl"), products=products)())
    by_hand = "|21=1" if version == "FIX.4.2" else ""
    if "group" in form:
        legs = f"555=2|600=EUR/USD|624=1|687=1000000|588={SPOT}|600=EUR/USD|624=2|687=2000000|588={MONTH}"
        client.send("AB", f"{ORDER}|{legs}")
    else:
        client.send("D", f"{ORDER.replace('40=1', '40=G')}|193={MONTH}|192=2000000{by_hand}")
    fill = client.wait_for(is_trade)
    assert (fill["32"], fill["39"]) == ("1000000", "2")
    if "group" in form:
        assert fill.text.count(f"588={MONTH}") == 1
        assert "687=2000000" in fill.text
    else:
        assert (Decimal(fill["192"]), fill["193"]) == (2_000_000, MONTH)
        assert fill["641"] != "0"
    (line,) = [json.loads(line) for line in (tmp_path / "trades.jsonl").read_text("utf-8").splitlines()]
    assert [(leg["side"], Decimal(leg["last_qty"]), leg["settl_date"]) for leg in line["legs"]] == [
        ("BUY", 1_000_000, "2026-11-24"),
        ("SELL", 2_000_000, "2026-12-24"),
    ]


def test_a_quote_is_asked_for_and_taken(play: Callable[..., Connect]) -> None:
    form = {"sections": '[quotes]\nsource = "request"', "dictionary": "add_fields = { NewOrderSingle = [131] }"}
    client = logged_on(play(**form)())
    quote = client.ask("R", ASK, "S")
    assert (quote["131"], quote["452"], bool(quote["448"])) == ("R1", "35", True)
    client.send("D", f"{QUOTED}|117={quote['117']}|131=R1|44={quote['133']}")
    fill = client.wait_for(lambda answer: answer["35"] == "8" and answer["39"] in "28")
    assert (fill["39"], fill["31"]) == ("2", quote["133"])


def test_a_request_for_quotes_is_passed(play: Callable[..., Connect]) -> None:
    form = {
        "sections": '[quotes]\nsource = "request"',
        "dictionary": "add_fields = { NewOrderSingle = [131], QuoteResponse = [131] }",
    }
    client = logged_on(play(**form)())
    quote = client.ask("R", ASK, "S")
    client.send("AJ", "693=P|131=R1|694=6|55=EUR/USD|60=20261120-10:00:00.000")
    client.send("D", f"{QUOTED}|117={quote['117']}|131=R1|44={quote['133']}")
    assert client.wait_for(lambda answer: answer["35"] == "8")["39"] == "8"


def test_refusing_to_quote_is_said_as_the_version_can(play: Callable[..., Connect]) -> None:
    client = logged_on(play("FIX.4.2", sections='[quotes]\nsource = "request"')())
    refused = client.ask("R", ASK.replace("EUR/USD", "EUR/MXN").replace("64=20261124", "64=20261121"), "j")
    assert (refused["372"], refused["379"]) == ("R", "R1")


def test_a_streamed_price_is_taken_by_its_id(play: Callable[..., Connect]) -> None:
    form = {
        "sections": '[quotes]\nsource = "stream"\nreference_tags = [278]',
        "dictionary": "add_fields = { NewOrderSingle = [278] }",
    }
    client = logged_on(play(**form)())
    price = client.ask("V", "262=M|263=1|264=1|265=1|267=2|269=0|269=1|146=1|55=EUR/USD", "W", "X")
    offer = Answer(price.text[price.text.index("269=1|") :])
    client.send("D", f"{QUOTED}|278={offer['278']}|44={offer['270']}")
    fill = client.wait_for(lambda answer: answer["35"] == "8" and answer["39"] in "28")
    assert (fill["39"], fill["31"]) == ("2", offer["270"])


def test_quantities_are_in_contracts(play: Callable[..., Connect], tmp_path: Path) -> None:
    log = tmp_path / "trades.jsonl"
    client = logged_on(play("FIX.4.4", "--trade-log", str(log), sections="[amounts]\ncontract = 10000")())
    client.send("D", ORDER.replace("38=1000000", "38=100"))
    fill = client.wait_for(is_trade)
    assert (fill["32"], fill["14"], fill["151"]) == ("100", "100", "0")
    assert json.loads(log.read_text("utf-8"))["last_qty"] == "1000000"


def test_private_tags_stand_in_the_place_of_standard_ones(play: Callable[..., Connect]) -> None:
    keys = 'renamed_tags = { D = { "44" = "6044" }, "8" = { "31" = "6031" } }'
    client = logged_on(play(keys=keys)())
    client.send("D", f"{ORDER.replace('40=1', '40=2')}|6044=9.5")
    fill = client.wait_for(is_trade)
    assert "6031" in fill
    assert "31" not in fill


DEMANDS = {
    "an extra field": ('extra_fields = { D = { "100" = "FX" } }', "100=FX", "tag 100"),
    "the account": ("account_required = true", "1=DESK", "tag 1 is missing"),
    "a party": ('parties = [{ id = "BANK", role = 1 }]', "453=1|448=BANK|447=D|452=1", "tag 453"),
    "a short id": ("id_length_max = 18", "", "tag 11"),
    "the venue's own id of the pair": ('security_ids = { "EUR/USD" = "4001" }', "48=4001|22=8", "tag 48"),
}


@pytest.mark.parametrize("demand", DEMANDS)
def test_a_message_without_what_the_venue_wants_is_rejected(play: Callable[..., Connect], demand: str) -> None:
    keys, wanted, problem = DEMANDS[demand]
    client = logged_on(play(keys=keys)())
    wrong = ORDER if wanted else ORDER.replace("11=A", f"11={'A' * 19}")
    reject = client.ask("D", wrong, "j")
    assert (reject["372"], reject["380"]) == ("D", "0")
    assert problem in reject["58"]
    client.send("D", f"{ORDER}|{wanted}" if wanted else ORDER)
    assert client.wait_for(is_trade)["39"] == "2"


def test_what_stands_in_the_header_is_wanted_too(play: Callable[..., Connect]) -> None:
    client = logged_on(play(session="TargetSubID=SPOT")())
    assert "tag 57" in client.ask("D", ORDER, "j")["58"]
    client.send("D", f"57=SPOT|{ORDER}")
    assert client.wait_for(is_trade)["39"] == "2"


def test_an_unknown_tag_is_rejected_by_the_session(play: Callable[..., Connect]) -> None:
    client = logged_on(play()())
    assert client.ask("D", f"{ORDER}|583=X|1080=Y", "3")["371"] == "1080"


@pytest.mark.parametrize(("ready", "sign"), [("news", "B"), ("trading_session_status", "h")])
def test_orders_before_the_venue_is_ready_are_rejected(
    play: Callable[..., Connect], tmp_path: Path, ready: str, sign: str
) -> None:
    scenario = tmp_path / "late.toml"
    scenario.write_text('title = "late"\nready_delay_ms = 300\n', "utf-8")
    client = logged_on(play("FIX.4.4", "--scenario", str(scenario), keys=f'ready = "{ready}"')())
    early = client.ask("D", ORDER, "j")
    assert (early["380"], early["379"]) == ("4", "A")
    client.wait_for(lambda answer: answer["35"] == sign)
    client.send("D", ORDER)
    assert client.wait_for(is_trade)["39"] == "2"


def test_too_many_messages_are_rejected(play: Callable[..., Connect]) -> None:
    client = logged_on(play(sections="[pace]\nmessages_max = 2\nwindow_ms = 60000")())
    for name in "XYZ":
        client.send("D", ORDER.replace("11=A", f"11={name}"))
    reject = client.wait_for(lambda answer: answer["35"] == "j")
    assert reject["379"] == "Z"
    assert "at most 2 in 60000 ms" in reject["58"]


def test_too_many_messages_end_the_session_for_a_while(play: Callable[..., Connect]) -> None:
    pace = '[pace]\nmessages_max = 1\nwindow_ms = 60000\non_excess = "logout"\nblock_s = 60'
    connect = play(sections=pace)
    client = logged_on(connect())
    client.send("D", ORDER)
    client.send("D", ORDER.replace("11=A", "11=B"))
    assert "Too many messages" in client.wait_for(lambda answer: answer["35"] == "5")["58"]
    client.send("5")
    assert client.is_ended()
    refused = connect().log_on()
    assert refused["35"] == "5"
    assert "no logon before" in refused["58"]


def test_nobody_is_let_in_during_maintenance_where_the_venue_keeps_its_hours(play: Callable[..., Connect]) -> None:
    now = datetime.now(UTC)
    start, end = (f"{now + timedelta(hours=hours):%H:%M}" for hours in (-2, 2))
    window = f'[[maintenance]]\nstart = "{start}"\nend = "{end}"\nzone = "UTC"'
    refused = play("FIX.4.4", "--keep-hours", sections=window)().log_on()
    assert refused["35"] == "5"
    assert end in refused["58"]


def test_a_venue_that_begins_anew_at_every_logon_wants_that_said(play: Callable[..., Connect]) -> None:
    connect = play(reset="every_logon")
    refused = connect().log_on("")
    assert refused["35"] == "5"
    assert "ResetSeqNumFlag(141)=Y" in refused["58"]
    assert connect().log_on()["141"] == "Y"


def test_what_a_reset_gives_up_is_not_sent_again(play: Callable[..., Connect], tmp_path: Path) -> None:
    scenario = tmp_path / "cut.toml"
    rule = "[[rules]]\nwhen = { message = 'ExecutionReport', client = 'ROBOT' }\nthen = { action = 'disconnect' }\n"
    scenario.write_text(f'title = "cut"\n{rule}', "utf-8")
    connect = play("FIX.4.4", "--scenario", str(scenario), reset="never")
    other, client = logged_on(connect("BARE")), logged_on(connect())
    client.send("D", ORDER)
    assert client.is_ended()
    other.ask("H", "11=A|55=EUR/USD|54=1", "8")  # by now both reports wait
    again = connect()
    assert again.log_on()["34"] == "1"
    again.send("1", "112=PING")
    assert again.receive()["112"] == "PING"


@pytest.mark.parametrize("rule", ["reported", "silent"])
def test_orders_of_a_client_that_is_gone_are_canceled(play: Callable[..., Connect], rule: str) -> None:
    connect = play("FIX.4.4", "--scenario", "resting", keys=f'cancel_on_disconnect = "{rule}"')
    other, client = logged_on(connect("BARE")), logged_on(connect())
    client.ask("D", ORDER, "8")
    client.send("5")
    assert client.is_ended()
    other.ask("H", "11=A|55=EUR/USD|54=1", "8")  # by now the client is known to be gone
    again = connect()
    again.number = client.number
    next_number = int(again.log_on("")["34"])
    assert next_number == {"reported": 5, "silent": 4}[rule], "a logon, an order's report and a logout came before"
    again.send("2", "7=4|16=0")
    again.send("H", "11=A|55=EUR/USD|54=1")
    reports = [again.wait_for(lambda answer: answer["35"] == "8") for _ in range(next_number - 3)]
    assert [(report["150"], report["39"]) for report in reports] == [("4", "4"), ("I", "4")][-len(reports) :]


def test_more_clients_can_be_named(play: Callable[..., Connect]) -> None:
    connect = play("FIX.4.4", "--clients", "OTHER")
    logged_on(connect("OTHER"))
    logged_on(connect("ROBOT"))
