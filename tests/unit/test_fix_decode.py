"""What a venue says becomes an event; what cannot be read becomes a value that says why."""

from datetime import date
from decimal import Decimal

import msgspec
import pytest

from tests.unit.fix_words import BY_SYMBOL, DIALECT, said
from trader.domain.deal import Side
from trader.domain.events import (
    CancelRefused,
    ExecType,
    ExecutionReported,
    MarketDataRefused,
    MassCancelReported,
    MessageRejected,
    MessageUnreadable,
    NoOrdersOpen,
    OrdStatus,
    PriceQuoted,
    RejectReason,
    TradeReported,
    TradeRequestAcknowledged,
    VenueEvent,
)
from trader.fix.codes import (
    EXEC_TYPE,
    EXEC_TYPE_CODE,
    ORD_STATUS,
    ORD_STATUS_CODE,
    ORD_TYPE,
    ORD_TYPE_CODE,
    SIDE,
    SIDE_CODE,
    TIME_IN_FORCE,
    TIME_IN_FORCE_CODE,
)
from trader.fix.decode import Decoder
from trader.fix.dialect import Dialect

TEN = 1_772_445_600_000_000_000  # 2026-03-02, 10:00 UTC
NEW = "37=V1|17=E1|150=0|39=0|55=EUR/USD|54=1|14=0|151=0"
TRADE = (
    "37=V1|17=E1|11=A|150=F|39=1|55=EUR/USD|54=1|15=EUR|38=1000000|32=400000|31=1.10005|14=400000|151=600000|44=1.2|"
    "64=20260304|75=20260302|60=20260302-10:00:00.125|119=440020.00"
)
LISTED = "571=R1|568=T1|17=E1|55=EUR/USD|32=400000|31=1.1|60=20260302-10:00:00|75=20260302|64=20260304|552=1|54=1|37=V1"


def decoded(msg_type: str, fields: str, dialect: Dialect = DIALECT) -> VenueEvent:
    (event,) = Decoder(dialect).decode(said(msg_type, fields))
    return event


def report(fields: str, dialect: Dialect = DIALECT) -> ExecutionReported:
    event = decoded("8", fields, dialect)
    assert isinstance(event, ExecutionReported), event
    return event


def problem(msg_type: str, fields: str) -> str:
    event = decoded(msg_type, fields)
    assert isinstance(event, MessageUnreadable), event
    return event.problem


# --- execution reports ------------------------------------------------------------------------------------------------


def test_a_trade_is_read_whole() -> None:
    assert decoded("8", TRADE) == ExecutionReported(
        cl_ord_id="A",
        orig_cl_ord_id="",
        order_id="V1",
        exec_id="E1",
        exec_ref_id="",
        exec_type=ExecType.TRADE,
        ord_status=OrdStatus.PARTIALLY_FILLED,
        symbol="EUR/USD",
        side=Side.BUY,
        currency="EUR",
        order_qty=Decimal(1_000_000),
        last_qty=Decimal(400_000),
        last_px=Decimal("1.10005"),
        cum_qty=Decimal(400_000),
        leaves_qty=Decimal(600_000),
        price=Decimal("1.2"),
        settl_date=date(2026, 3, 4),
        contra_qty=Decimal("440020.00"),
        trade_date=date(2026, 3, 2),
        transact_ts_ns=TEN + 125_000_000,
    )


def test_what_a_report_leaves_out_has_its_default() -> None:
    event = report(NEW)
    assert (event.cl_ord_id, event.order_qty, event.price, event.settl_date, event.trade_date) == ("",) + (None,) * 4
    assert (event.last_qty, event.last_px, event.transact_ts_ns, event.text) == (0, 0, 0, "")
    assert event.currency == "EUR"


def test_the_account_is_read_where_it_is_given() -> None:
    listed = decoded("AE", f"{LISTED}|1=ACC-1")
    assert isinstance(listed, TradeReported)
    assert (report(f"{NEW}|1=ACC-1").account, report(NEW).account, listed.account) == ("ACC-1", "", "ACC-1")


def test_the_flags_and_references_are_read() -> None:
    event = report(f"{NEW}|11=C|41=A|19=E0|58=hello|584=MS|912=Y|97=Y")
    assert (event.cl_ord_id, event.orig_cl_ord_id, event.exec_ref_id, event.text) == ("C", "A", "E0", "hello")
    assert (event.mass_status_request_id, event.is_last_report, event.poss_dup) == ("MS", True, True)
    assert report(f"43=Y|{NEW}").poss_dup
    assert not report(f"43=N|{NEW}|97=N").poss_dup


@pytest.mark.parametrize(("code", "name"), EXEC_TYPE.items())
def test_every_exec_type_is_read(code: str, name: ExecType) -> None:
    assert report(NEW.replace("150=0", f"150={code}")).exec_type is name


@pytest.mark.parametrize(("code", "name"), ORD_STATUS.items())
def test_every_ord_status_is_read(code: str, name: OrdStatus) -> None:
    assert report(NEW.replace("39=0", f"39={code}")).ord_status is name


@pytest.mark.parametrize(
    ("there", "back"),
    [
        (SIDE, SIDE_CODE),
        (ORD_TYPE, ORD_TYPE_CODE),
        (TIME_IN_FORCE, TIME_IN_FORCE_CODE),
        (EXEC_TYPE, EXEC_TYPE_CODE),
        (ORD_STATUS, ORD_STATUS_CODE),
    ],
)
def test_every_code_has_one_name_and_every_name_one_code(there: dict[str, object], back: dict[object, str]) -> None:
    assert {name: code for code, name in there.items()} == back
    kind = type(next(iter(there.values())))
    assert set(there.values()) == set(kind)  # type: ignore[call-overload] # the enum of the table's names


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("5", RejectReason.UNKNOWN_ORDER),
        ("6", RejectReason.DUPLICATE_ORDER),
        ("4", RejectReason.TOO_LATE),
        ("99", RejectReason.OTHER),
        ("0", RejectReason.OTHER),
        ("x", RejectReason.OTHER),
    ],
)
def test_the_reason_of_a_rejection_is_read(code: str, reason: RejectReason) -> None:
    assert report(f"{NEW}|103={code}").reject_reason is reason
    assert report(NEW).reject_reason is None


@pytest.mark.parametrize(
    ("fields", "contra"),
    [
        ("119=440020.00", "440020.00"),
        ("381=440020.00", "440020.00"),
        ("381=1|119=2", "2"),
        ("119=-440020.00", "440020.00"),
        ("119=0", None),
        ("", None),
    ],
)
def test_the_contra_amount_is_unsigned_and_never_zero(fields: str, contra: str | None) -> None:
    assert report(f"{NEW}|{fields}".strip("|")).contra_qty == (None if contra is None else Decimal(contra))


def test_the_first_of_a_repeated_tag_counts() -> None:
    assert report(f"{TRADE}|11=other|54=2").cl_ord_id == "A"


# --- whose side it is -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("dialect", "symbol", "currency", "wire", "side"),
    [
        # FIX 4.2 appendix O: selling JPY 50,000,000 for USD is 54=2 and 15=JPY on USD/JPY.
        (DIALECT, "USD/JPY", "JPY", "2", Side.SELL),
        (DIALECT, "EUR/USD", "EUR", "1", Side.BUY),
        (DIALECT, "EUR/USD", "USD", "1", Side.BUY),
        # Cboe FX: selling USD 1,000,000 against EUR is 54=1 and 15=USD on EUR/USD.
        (BY_SYMBOL, "EURUSD", "USD", "1", Side.SELL),
        (BY_SYMBOL, "EURUSD", "EUR", "1", Side.BUY),
        (BY_SYMBOL, "USDJPY", "JPY", "2", Side.BUY),
    ],
)
def test_a_side_belongs_to_the_currency_or_to_the_symbol(
    dialect: Dialect, symbol: str, currency: str, wire: str, side: Side
) -> None:
    event = report(f"37=V|17=E|150=0|39=0|55={symbol}|54={wire}|15={currency}|14=0|151=0", dialect)
    assert (event.side, event.currency) == (side, currency)
    listed = decoded("AE", f"571=R|17=E|55={symbol}|32=1|31=1|54={wire}|15={currency}", dialect)
    assert isinstance(listed, TradeReported)
    assert listed.side is side


def test_without_a_currency_the_side_is_that_of_the_base() -> None:
    event = report("37=V|17=E|150=0|39=0|55=EURUSD|54=2|14=0|151=0", BY_SYMBOL)
    assert (event.symbol, event.side, event.currency) == ("EUR/USD", Side.SELL, "EUR")


# --- the other messages -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("0", RejectReason.TOO_LATE),
        ("1", RejectReason.UNKNOWN_ORDER),
        ("3", RejectReason.ALREADY_PENDING),
        ("6", RejectReason.DUPLICATE_ORDER),
        ("99", RejectReason.OTHER),
        ("", RejectReason.OTHER),
    ],
)
def test_a_refused_cancel_is_read(code: str, reason: RejectReason) -> None:
    given = f"|102={code}" if code else ""
    assert decoded("9", f"37=V1|11=C|41=A|39=2|434=1{given}|58=Too late") == CancelRefused(
        "C", "A", "V1", OrdStatus.FILLED, is_replace=False, reason=reason, text="Too late"
    )


def test_a_refused_replace_is_told_from_a_refused_cancel() -> None:
    event = decoded("9", "37=V1|11=C|41=A|39=0|434=2|102=99")
    assert isinstance(event, CancelRefused)
    assert event.is_replace


def test_an_answer_that_no_order_is_open_is_read_whatever_it_says_it_is_about() -> None:
    for about in ("", "|55=[N/A]|54=7", "|55=EUR/USD|54=1|11="):
        event = decoded("8", f"37=NONE|17=X1|150=I|39=8|14=0|151=0|6=0|584=S1|911=0|912=Y|58=None{about}")
        assert event == NoOrdersOpen("S1", "X1", text="None")


def test_a_trade_or_an_order_of_ours_is_never_taken_for_an_answer_that_none_is_open() -> None:
    for more in ("11=A|150=F", "150=F", "11=A|150=I"):
        assert report(f"{TRADE}|584=S1|911=0".replace("11=A|150=F", more)).cum_qty
    assert isinstance(decoded("8", "37=NONE|17=X1|150=I|39=8|911=0"), MessageUnreadable)


def test_a_mass_cancel_report_is_read() -> None:
    assert decoded("r", "11=Q|530=7|531=7|533=12") == MassCancelReported("Q", accepted=True, affected_orders=12)
    assert decoded("r", "11=Q|530=7|531=0|58=No") == MassCancelReported(
        "Q", accepted=False, affected_orders=0, text="No"
    )


def test_a_listed_trade_is_read_whole() -> None:
    assert decoded("AE", f"{LISTED}|11=A|15=EUR|381=440000.00|1003=D7|912=Y") == TradeReported(
        request_id="T1",
        trade_report_id="R1",
        trade_id="D7",
        exec_id="E1",
        order_id="V1",
        cl_ord_id="A",
        symbol="EUR/USD",
        side=Side.BUY,
        currency="EUR",
        last_qty=Decimal(400_000),
        last_px=Decimal("1.1"),
        settl_date=date(2026, 3, 4),
        trade_date=date(2026, 3, 2),
        transact_ts_ns=TEN,
        contra_qty=Decimal("440000.00"),
        is_last_report=True,
    )


def test_a_listed_trade_that_is_void_says_so() -> None:
    event = decoded("AE", f"487=1|{LISTED}")
    assert isinstance(event, TradeReported)
    assert event.is_cancel


def test_an_announcement_of_trades_is_read() -> None:
    assert decoded("AQ", "568=T1|569=1|749=0|750=0|748=3") == TradeRequestAcknowledged("T1", True, 3)
    assert decoded("AQ", "568=T1|569=1|749=0|750=0") == TradeRequestAcknowledged("T1", True, None)
    assert decoded("AQ", "568=T1|569=1|749=99|750=2|58=No") == TradeRequestAcknowledged("T1", False, None, "No")


def test_a_snapshot_is_one_price() -> None:
    fields = "262=M|55=EUR/USD|268=2|269=0|270=1.0999|271=1|269=1|270=1.1001|271=1"
    assert decoded("W", fields) == PriceQuoted("M", "EUR/USD", Decimal("1.0999"), Decimal("1.1001"))


def test_an_incremental_is_one_price_for_each_pair() -> None:
    text = said(
        "X",
        "262=M|268=3|279=1|269=0|55=EUR/USD|270=1.0999|279=1|269=1|55=USD/JPY|270=150.01|279=0|269=1|55=EUR/USD|270=1.1",
    )
    assert Decoder(DIALECT).decode(text) == (
        PriceQuoted("M", "EUR/USD", Decimal("1.0999"), Decimal("1.1")),
        PriceQuoted("M", "USD/JPY", None, Decimal("150.01")),
    )


def test_a_side_that_is_taken_back_says_nothing() -> None:
    fields = "262=M|268=2|279=2|269=0|55=EUR/USD|279=1|269=1|55=EUR/USD|270=1.1"
    assert decoded("X", fields) == PriceQuoted("M", "EUR/USD", None, Decimal("1.1"))


def test_entries_that_are_no_prices_are_passed_over() -> None:
    fields = "262=M|55=EUR/USD|268=3|269=B|271=100|269=2|270=1.05|269=0|270=1.0999"
    assert decoded("W", fields) == PriceQuoted("M", "EUR/USD", Decimal("1.0999"), None)


def test_a_refusal_of_prices_is_read() -> None:
    assert decoded("Y", "262=M|281=0|58=Not for you") == MarketDataRefused("M", "Not for you")


def test_a_session_level_reject_is_read() -> None:
    assert decoded("3", "45=7|372=D|58=Tag missing") == MessageRejected(7, "D", "", RejectReason.OTHER, "Tag missing")


@pytest.mark.parametrize(("code", "reason"), [("1", RejectReason.UNKNOWN_ORDER), ("0", RejectReason.OTHER)])
def test_a_business_reject_is_read(code: str, reason: RejectReason) -> None:
    assert decoded("j", f"45=7|372=D|379=A|380={code}|58=No") == MessageRejected(7, "D", "A", reason, "No")


# --- what cannot be read ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        (NEW.replace("37=V1|", ""), "tag 37 is missing"),
        (NEW.replace("17=E1|", ""), "tag 17 is missing"),
        (NEW.replace("150=0|", ""), "tag 150 is missing"),
        (NEW.replace("39=0|", ""), "tag 39 is missing"),
        (NEW.replace("54=1|", ""), "tag 54 is missing"),
        (NEW.replace("150=0", "150=Z"), "tag 150 holds 'Z', which is not one of its values"),
        (NEW.replace("39=0", "39=D"), "tag 39 holds 'D', which is not one of its values"),
        (NEW.replace("54=1", "54=5"), "tag 54 holds '5', which is not one of its values"),
        (NEW.replace("EUR/USD", "EURUSD"), "tag 55: 'EURUSD' is not a currency pair"),
        (NEW.replace("EUR/USD", "EUR/XXX"), "tag 55: 'XXX' is not a currency"),
        (f"{NEW}|32=1e5", "tag 32: '1e5' is not a number"),
        (f"{NEW}|31=-1.1", "tag 31: '-1.1' is not a rate"),
        (f"{NEW}|75=20260231", "tag 75: '20260231' is not a day that exists"),
        (f"{NEW}|60=now", "tag 60: 'now' is not a UTCTimestamp"),
    ],
)
def test_an_execution_report_that_cannot_be_read_says_which_field_and_why(fields: str, complaint: str) -> None:
    assert problem("8", fields).startswith(complaint)


def test_what_cannot_be_read_still_names_its_order() -> None:
    event = decoded("8", "11=A|17=E")
    assert isinstance(event, MessageUnreadable)
    assert (event.msg_type, event.cl_ord_id) == ("8", "A")


@pytest.mark.parametrize("msg_type", ["B", "AB", "zz"])
def test_a_message_the_robot_does_not_read_says_so(msg_type: str) -> None:
    assert problem(msg_type, "11=A") == f"MsgType(35)={msg_type} is not one the robot reads"


def test_text_that_is_no_message_is_unreadable() -> None:
    assert Decoder(DIALECT).decode("hello") == (
        MessageUnreadable("", "", "'hello' has no equals sign; expected tag=value"),
    )
    assert Decoder(DIALECT).decode("") == (MessageUnreadable("", "", "MsgType(35)= is not one the robot reads"),)


@pytest.mark.parametrize(
    ("msg_type", "fields", "complaint"),
    [
        ("9", "41=A|39=0", "tag 11 is missing"),
        ("9", "11=C|39=?", "tag 39 holds '?'"),
        ("r", "11=Q", "tag 531 is missing"),
        ("r", "11=Q|531=7|533=many", "tag 533: 'many' is not a whole number"),
        ("AE", LISTED.replace("17=E1|", ""), "tag 17 is missing"),
        ("AE", LISTED.replace("32=400000|", ""), "tag 32 is missing"),
        ("AQ", "750=0", "tag 568 is missing"),
        ("W", "262=M|268=0", "tag 55 is missing"),
        ("W", "262=M|55=EUR/USD|268=1|269=0", "tag 270 is missing"),
        ("X", "262=M|268=1|279=1|269=0|270=1.1", "tag 55 is missing"),
        ("3", "45=first", "tag 45: 'first' is not a whole number"),
    ],
)
def test_every_other_message_says_what_it_lacks(msg_type: str, fields: str, complaint: str) -> None:
    assert problem(msg_type, fields).startswith(complaint)


def test_a_reason_that_is_a_number_is_said_in_words() -> None:
    numbered = msgspec.structs.replace(DIALECT, reason_texts={"3005": "credit: call the provider"})
    assert report(f"{NEW}|58=3005", numbered).text == "3005: credit: call the provider"
    assert report(f"{NEW}|58=3999", numbered).text == "3999"
    assert report(f"{NEW}|58=see 3005", numbered).text == "see 3005"
    assert report(NEW, numbered).text == ""
    assert report(f"{NEW}|58=3005").text == "3005"
