"""What a venue says about legs, fixings, quotes and itself becomes an event, whatever the form its dialect gives it."""

from datetime import date
from decimal import Decimal

import msgspec
import pytest

from tests.unit.fix_words import DIALECT, said
from tests.unit.wire_dialects import (
    FIX42,
    FIX42_WITH_LATER_EXEC_TYPES,
    FIX50SP2,
    IN_CONTRACTS,
    IN_GROUPS,
    IN_SECOND_FIELDS,
)
from trader.domain.deal import Product, Side
from trader.domain.events import (
    ExecType,
    ExecutionReported,
    LegTraded,
    MessageRejected,
    MessageUnreadable,
    PriceQuoted,
    QuoteReceived,
    QuoteRequestRefused,
    QuoteWithdrawn,
    RejectReason,
    TradeReported,
    VenueEvent,
    VenueStatusReported,
)
from trader.fix.decode import Decoder
from trader.fix.dialect import Dialect, ProductForm

TRADE = "37=V1|17=E1|11=A|150=F|39=2|55=EUR/USD|54=1|15=EUR|38=1000000|32=1000000|31=1.1|14=1000000|151=0|64=20260304"
LISTED = "571=R1|17=E1|55=EUR/USD|32=1000000|31=1.1|60=20260302-10:00:00|75=20260302|64=20260304|552=1|54=1|37=V1"
NEAR_LEG = "600=EUR/USD|624=1|687=1000000|588=20260304|637=1.1"
FAR_LEG = "600=EUR/USD|624=2|687=1000500|588=20260604|637=1.106199"
FAR = LegTraded(Side.SELL, Decimal(1_000_500), Decimal("1.106199"), date(2026, 6, 4))
QUOTE = "131=Q1|117=QUOTE-7|55=EUR/USD"


def decoded(msg_type: str, fields: str, dialect: Dialect = IN_SECOND_FIELDS) -> VenueEvent:
    (event,) = Decoder(dialect).decode(said(msg_type, fields))
    return event


def report(fields: str, dialect: Dialect = IN_SECOND_FIELDS) -> ExecutionReported:
    event = decoded("8", fields, dialect)
    assert isinstance(event, ExecutionReported), event
    return event


def quote(fields: str, dialect: Dialect = IN_SECOND_FIELDS) -> QuoteReceived:
    event = decoded("S", f"{QUOTE}|{fields}", dialect)
    assert isinstance(event, QuoteReceived), event
    return event


def problem(msg_type: str, fields: str, dialect: Dialect = IN_SECOND_FIELDS) -> str:
    event = decoded(msg_type, fields, dialect)
    assert isinstance(event, MessageUnreadable), event
    return event.problem


# --- legs of a trade --------------------------------------------------------------------------------------------------


def test_the_far_leg_in_second_fields_is_spot_and_its_points() -> None:
    event = report(f"{TRADE}|194=1.0999|195=0.0001|193=20260604|192=1000500|641=0.006299")
    assert event.far_legs == (FAR,)
    assert (event.last_px, event.last_spot_rate, event.last_forward_points) == (
        Decimal("1.1"),
        Decimal("1.0999"),
        Decimal("0.0001"),
    )


def test_points_may_be_negative() -> None:
    (far,) = report(f"{TRADE}|194=1.1|641=-0.0023").far_legs
    assert far.last_px == Decimal("1.0977")


def test_a_far_leg_without_an_amount_has_the_near_legs() -> None:
    assert report(f"{TRADE}|194=1.1|641=0").far_legs == (LegTraded(Side.SELL, Decimal(1_000_000), Decimal("1.1")),)


def test_swap_points_are_counted_from_the_near_legs_rate() -> None:
    assert report(f"{TRADE}|193=20260604|192=1000500|1071=0.006199").far_legs == (FAR,)


def test_legs_of_a_group_are_read_in_the_order_of_their_dates() -> None:
    assert report(f"{TRADE}|555=2|{NEAR_LEG}|{FAR_LEG}").far_legs == (FAR,)
    assert report(f"{TRADE}|555=2|{FAR_LEG}|{NEAR_LEG}").far_legs == (FAR,)
    last = LegTraded(Side.BUY, Decimal(7), Decimal("1.2"), date(2026, 7, 1), Decimal("8.4"))
    text = f"{TRADE}|555=3|{NEAR_LEG}|600=EUR/USD|624=1|1418=7|687=9|588=20260701|637=1.2|1074=-8.4|{FAR_LEG}"
    assert report(text).far_legs == (FAR, last)


@pytest.mark.parametrize(
    ("field", "other"),
    [("637=1.1", "637=1.2"), ("588=20260304", "588=20260305"), ("624=1", "624=2"), ("687=1000000", "1418=7")],
)
def test_a_near_leg_that_is_not_what_the_report_says_itself_cannot_be_read(field: str, other: str) -> None:
    near = NEAR_LEG.replace(field, other)
    assert f"tag {other.partition('=')[0]}:" in problem("8", f"{TRADE}|555=2|{near}|{FAR_LEG}")


def test_a_leg_without_an_amount_has_the_near_legs() -> None:
    text = f"{TRADE}|555=2|{NEAR_LEG}|{FAR_LEG.replace('|687=1000500', '')}"
    assert [leg.last_qty for leg in report(text).far_legs] == [Decimal(1_000_000)]


def test_the_side_of_a_leg_follows_the_venues_rule() -> None:
    legs = f"555=2|{NEAR_LEG}|{FAR_LEG}".replace("EUR/USD", "EURUSD")
    event = report(f"{TRADE}|{legs}".replace("EUR/USD", "EURUSD").replace("15=EUR", "15=USD"), IN_GROUPS)
    assert (event.side, event.far_legs[0].side) == (Side.SELL, Side.BUY)


def test_a_report_that_is_no_trade_says_nothing_about_legs() -> None:
    new = TRADE.replace("150=F|39=2", "150=0|39=0")
    assert report(f"{new}|193=20260604|192=1000500").far_legs == ()
    assert report(f"{new}|555=2|600=EUR/USD|624=1|600=EUR/USD|624=2").far_legs == ()


def test_a_listed_trade_has_its_legs() -> None:
    event = decoded("AE", f"{LISTED}|15=EUR|555=2|{NEAR_LEG}|{FAR_LEG}")
    assert isinstance(event, TradeReported)
    assert (event.side, event.last_px, event.far_legs) == (Side.BUY, Decimal("1.1"), (FAR,))


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ("193=20260604|641=0.006", "tag 194 is missing; the far leg's rate is counted from it"),
        ("194=1.1|193=20260604", "tag 641 is missing"),
        ("194=1.1|641=-5", "tag 641: 1.1 with its points is -3.9, which is not a rate"),
        ("194=1.1|641=1e-3", "tag 641: '1e-3' is not a number"),
        ("194=1.1|641=NaN", "tag 641: 'NaN' is not a number"),
        ("194=-1.1|641=0", "tag 194: '-1.1' is not a rate"),
        ("194=1.1|641=0|192=many", "tag 192: 'many' is not a number"),
        (f"555=2|{NEAR_LEG}|{FAR_LEG.replace('|637=1.106199', '')}", "tag 637 is missing"),
        (f"555=2|{NEAR_LEG}|{FAR_LEG.replace('624=2|', '')}", "tag 624 is missing"),
        (f"555=2|{NEAR_LEG}|{FAR_LEG.replace('624=2', '624=B')}", "tag 624 holds 'B'"),
        (f"555=2|{NEAR_LEG}|{FAR_LEG.replace('EUR/USD', 'GBP/USD')}", "tag 600: 'GBP/USD' is not EUR/USD"),
        (f"555=2|{NEAR_LEG}|{FAR_LEG}|556=USD", "tag 556: 'USD' is not the dealt EUR"),
    ],
)
def test_a_leg_that_cannot_be_read_is_not_guessed(fields: str, complaint: str) -> None:
    assert problem("8", f"{TRADE}|{fields}").startswith(complaint)


@pytest.mark.parametrize("fields", ["555=0", "555=2", "555="])
def test_a_group_without_entries_is_no_leg(fields: str) -> None:
    assert report(f"{TRADE}|{fields}").far_legs == ()


# --- what a rate is made of -------------------------------------------------------------------------------------------


def test_the_spot_rate_and_points_of_a_forward_are_kept_beside_its_rate() -> None:
    event = report(f"{TRADE}|194=1.093801|195=0.006199")
    assert (event.last_px, event.last_spot_rate, event.last_forward_points) == (
        Decimal("1.1"),
        Decimal("1.093801"),
        Decimal("0.006199"),
    )


def test_a_rate_that_is_not_said_is_spot_and_points() -> None:
    assert report(TRADE.replace("31=1.1", "194=1.093801|195=0.006199")).last_px == Decimal("1.1")
    assert report(TRADE.replace("31=1.1", "31=0|194=1.1|195=-0.1")).last_px == Decimal(1)
    assert report(TRADE.replace("31=1.1", "194=1.093801")).last_px == 0


def test_a_fixing_date_is_read() -> None:
    assert report(f"{TRADE}|541=20260302").fixing_date == date(2026, 3, 2)
    assert problem("8", f"{TRADE}|541=soon").startswith("tag 541: 'soon' is not a LocalMktDate")


def test_the_average_rate_is_read_from_an_answer_to_a_question_only() -> None:
    assert report(f"{TRADE}|6=1.1").avg_px is None
    asked = TRADE.replace("150=F", "150=I")
    assert report(f"{asked}|6=1.1").avg_px == Decimal("1.1")
    assert report(f"{asked}|6=0").avg_px is None


def test_the_contra_amount_has_a_third_name() -> None:
    assert report(f"{TRADE}|1056=1100000").contra_qty == 1_100_000
    assert report(f"{TRADE}|1056=1|381=2").contra_qty == 2


def test_a_stale_order_says_so() -> None:
    assert report(f"{TRADE.replace('150=F|39=2', '150=8|39=8')}|103=8").reject_reason is RejectReason.STALE


# --- dialects ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("exec_trans_type", "exec_type", "meaning"),
    [
        ("0", "0", ExecType.NEW),
        ("0", "1", ExecType.TRADE),
        ("0", "2", ExecType.TRADE),
        ("1", "1", ExecType.TRADE_CANCEL),
        ("1", "0", ExecType.TRADE_CANCEL),
        ("2", "2", ExecType.TRADE_CORRECT),
        ("3", "2", ExecType.ORDER_STATUS),
        ("0", "4", ExecType.CANCELED),
    ],
)
def test_fix_4_2_says_with_two_fields_what_a_report_is_about(
    exec_trans_type: str, exec_type: str, meaning: ExecType
) -> None:
    text = TRADE.replace("150=F", f"20={exec_trans_type}|150={exec_type}")
    assert report(text, FIX42).exec_type is meaning


@pytest.mark.parametrize("trans_type", ["4", "", "x"])
def test_a_report_that_is_about_something_unheard_of_is_no_trade(trans_type: str) -> None:
    text = TRADE.replace("150=F", f"20={trans_type}|150=2")
    assert problem("8", text, FIX42) == f"tag 20 holds '{trans_type}', which is not one of its values"


def test_a_cancel_where_none_is_said_that_way_is_no_trade() -> None:
    by_exec_type = msgspec.structs.replace(FIX42_WITH_LATER_EXEC_TYPES, busts="exec_type")
    assert report(TRADE.replace("150=F", "20=0|150=F"), by_exec_type).exec_type is ExecType.TRADE
    assert report(TRADE.replace("150=F", "20=3|150=F"), by_exec_type).exec_type is ExecType.ORDER_STATUS
    assert problem("8", TRADE.replace("150=F", "20=1|150=F"), by_exec_type).startswith("tag 20 holds '1'")


def test_later_versions_know_no_fill_by_status() -> None:
    assert problem("8", TRADE.replace("150=F", "150=2")).startswith("tag 150 holds '2'")


def test_contracts_are_read_as_units() -> None:
    event = report(f"{TRADE}|194=1.1|641=0|192=3".replace("38=1000000", "38=20000"), IN_CONTRACTS)
    assert (event.order_qty, event.last_qty, event.cum_qty) == (2_000_000, 100_000_000, 100_000_000)
    assert event.far_legs[0].last_qty == 300
    listed = decoded("AE", LISTED, IN_CONTRACTS)
    assert isinstance(listed, TradeReported)
    assert listed.last_qty == 100_000_000


def test_contracts_that_are_more_than_any_amount_are_refused() -> None:
    text = TRADE.replace("32=1000000", "32=99999999999999")
    assert "contracts of 100 are no amount" in problem("8", text, IN_CONTRACTS)


def test_a_security_id_says_the_pair_where_the_symbol_does_not() -> None:
    for symbol in ("", "55=[N/A]|"):
        assert report(TRADE.replace("55=EUR/USD|", f"{symbol}48=4004|22=8|"), IN_CONTRACTS).symbol == "USD/JPY"
    assert report(TRADE.replace("55=EUR/USD", "55=EUR/USD|48=9"), IN_CONTRACTS).symbol == "EUR/USD"
    assert problem("8", TRADE.replace("55=EUR/USD", "48=9"), IN_CONTRACTS).startswith("tag 48 holds '9'")
    assert problem("8", TRADE.replace("55=EUR/USD", "48=4004")).startswith("tag 55 is missing")


def test_a_word_in_the_place_of_a_date_is_no_date() -> None:
    dialect = msgspec.structs.replace(DIALECT, products={Product.SPOT: ProductForm(settl_date_word="Spot")})
    assert report(TRADE.replace("64=20260304", "64=Spot"), dialect).settl_date is None
    assert report(TRADE, dialect).settl_date == date(2026, 3, 4)
    assert problem("8", TRADE.replace("64=20260304", "64=Soon"), dialect).startswith("tag 64: 'Soon'")


def test_a_tag_of_the_venues_own_is_read_as_the_standards_and_the_standards_is_not_read() -> None:
    text = TRADE.replace("EUR/USD", "EURUSD")
    assert report(f"{text}|5381=1100000", IN_GROUPS).contra_qty == 1_100_000
    assert report(f"{text}|381=1100000", IN_GROUPS).contra_qty is None


# --- quotes -----------------------------------------------------------------------------------------------------------


def test_a_quote_is_read_whole() -> None:
    event = quote(
        "453=2|448=DESK|447=D|452=13|448=ALPHA|447=D|452=35|132=1.0999|133=1.1001|62=20260302-10:00:00.250|64=20260304"
        "|188=1.0989|189=0.001|190=1.0991|191=0.0011"
    )
    assert event == QuoteReceived(
        quote_req_id="Q1",
        quote_id="QUOTE-7",
        maker="ALPHA",
        symbol="EUR/USD",
        bids=(Decimal("1.0999"),),
        offers=(Decimal("1.1001"),),
        valid_until_ts_ns=1_772_445_600_250_000_000,
        settl_date=date(2026, 3, 4),
        bid_spot_rate=Decimal("1.0989"),
        bid_forward_points=Decimal("0.001"),
        offer_spot_rate=Decimal("1.0991"),
        offer_forward_points=Decimal("0.0011"),
    )


def test_who_quotes_is_said_in_the_role_of_the_dialect() -> None:
    parties = "453=2|448=ALPHA|447=D|452=35|448=BETA|447=D|452=1"
    assert quote(parties).maker == "ALPHA"
    by_firm = msgspec.structs.replace(IN_SECOND_FIELDS, quotes=IN_GROUPS.quotes)
    assert quote(parties, by_firm).maker == "BETA"
    assert quote("132=1.1").maker == ""
    assert quote("448=ALPHA|447=D|452=35").maker == "ALPHA"


@pytest.mark.parametrize(
    ("fields", "bids", "offers"),
    [
        ("132=1.1", ["1.1"], []),
        ("133=1.2", [], ["1.2"]),
        ("132=1.1|133=0", ["1.1"], []),
        ("188=1.1|189=-0.0023", ["1.0977"], []),
        ("188=1.1|189=0.0002|190=1.2|191=0", ["1.1002"], ["1.2"]),
        ("188=1.1", [], []),  # of a forward the spot rate alone says nothing
        ("189=0.1", [], []),
        ("", [], []),
        # A swap in second fields, by points over the spot rate or over the near leg's rate.
        ("132=1.1|188=1.1|642=0.006199|133=1.2|190=1.19|643=0.02", ["1.1", "1.106199"], ["1.2", "1.21"]),
        ("132=1.1|1065=-0.0062|133=1.2|1066=0.01", ["1.1", "1.0938"], ["1.2", "1.21"]),
        ("188=1.1|189=0.001|642=0.006", ["1.101", "1.106"], []),
        # A swap as a group, in any order of its dates.
        ("555=2|600=EUR/USD|681=1.1|684=1.2|600=EUR/USD|681=1.3|684=1.4", ["1.1", "1.3"], ["1.2", "1.4"]),
        ("132=9|555=2|600=EUR/USD|588=20260604|681=1.3|600=EUR/USD|588=20260304|681=1.1", ["1.1", "1.3"], []),
        ("555=2|600=EUR/USD|681=1.1|684=1.2|600=EUR/USD|681=1.3", ["1.1", "1.3"], []),
        ("132=1.1|555=2|600=EUR/USD|588=20260304|600=EUR/USD|588=20260604|188=1.1|642=0.1", ["1.1", "1.2"], []),
    ],
)
def test_the_rates_of_a_quote_are_all_in(fields: str, bids: list[str], offers: list[str]) -> None:
    event = quote(fields) if fields else quote("58=nothing")
    assert ([str(rate) for rate in event.bids], [str(rate) for rate in event.offers]) == (bids, offers)


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ("132=1e3", "tag 132: '1e3' is not a number"),
        ("132=Infinity", "tag 132: 'Infinity' is not a number"),
        ("133=-1.1", "tag 133: '-1.1' is not a rate"),
        ("188=1.1|189=-1.1", "tag 189: 1.1 with its points is 0.0, which is not a rate"),
        ("132=1.1|188=1.1|642=-9", "tag 642: 1.1 with its points is -7.9"),
        ("132=1.1|62=later", "tag 62: 'later' is not a UTCTimestamp"),
        ("555=1|600=EUR/USD|681=x", "tag 681: 'x' is not a number"),
    ],
)
def test_a_quote_that_cannot_be_read_says_why(fields: str, complaint: str) -> None:
    assert problem("S", f"{QUOTE}|{fields}").startswith(complaint)


def test_a_quote_without_an_id_or_a_pair_cannot_be_read() -> None:
    assert problem("S", "131=Q1|55=EUR/USD|132=1.1") == "tag 117 is missing"
    assert problem("S", "131=Q1|117=Q|132=1.1") == "tag 55 is missing"


def test_a_quote_of_another_request_keeps_its_request() -> None:
    first, second = (decoded("S", f"131={name}|117=1|55=EUR/USD|132=1.1") for name in ("Q1", "Q2"))
    assert isinstance(first, QuoteReceived)
    assert isinstance(second, QuoteReceived)
    assert (first.quote_req_id, second.quote_req_id) == ("Q1", "Q2")
    assert first.quote_id == second.quote_id


def test_a_maker_takes_one_quote_back_or_all_are_gone() -> None:
    parties = "453=1|448=ALPHA|447=D|452=35"
    one = QuoteWithdrawn("Q1", "QUOTE-7", "ALPHA", "moved")
    assert decoded("Z", f"131=Q1|117=QUOTE-7|298=1|{parties}|58=moved") == one
    assert decoded("Z", "131=Q1|117=*|298=4") == QuoteWithdrawn("Q1", "")
    assert decoded("Z", "131=Q1|298=1") == QuoteWithdrawn("Q1", "")
    assert decoded("Z", "117=QUOTE-7|298=1") == QuoteWithdrawn("", "QUOTE-7")
    assert problem("Z", "298=4|117=QUOTE-7") == "tag 131 is missing"


def test_a_refused_request_for_quotes_says_by_whom_and_why() -> None:
    entry = "146=1|55=[N/A]|453=1|448=ALPHA|447=D|452=35"
    assert decoded("AG", f"131=Q1|658=99|58=not today|{entry}") == QuoteRequestRefused("Q1", "ALPHA", "not today")
    assert decoded("AG", "131=Q1|658=9") == QuoteRequestRefused("Q1", "", "no inventory")
    assert decoded("AG", "131=Q1|658=77") == QuoteRequestRefused("Q1")
    assert problem("AG", "658=9") == "tag 131 is missing"


@pytest.mark.parametrize("msg_type", ["3", "j"])
def test_a_request_for_quotes_that_the_venue_would_not_read_is_refused(msg_type: str) -> None:
    assert decoded(msg_type, "45=7|372=R|379=Q1|380=0|58=no", FIX42) == QuoteRequestRefused("Q1", "", "no")
    nameless = decoded(msg_type, "45=7|372=R|58=no", FIX42)
    assert nameless == MessageRejected(7, "R", "", RejectReason.OTHER, "no")


def test_streamed_prices_keep_their_names() -> None:
    text = "262=M|268=2|279=0|269=0|278=B-1|55=EUR/USD|270=1.0999|279=0|269=1|299=O-1|55=EUR/USD|270=1.1001"
    expected = PriceQuoted("M", "EUR/USD", Decimal("1.0999"), Decimal("1.1001"), "B-1", "O-1")
    assert decoded("X", text, IN_CONTRACTS) == expected


def test_prices_are_found_by_security_id_too() -> None:
    assert decoded("W", "262=M|48=4001|22=8|268=1|269=0|270=1.0999", IN_CONTRACTS) == PriceQuoted(
        "M", "EUR/USD", Decimal("1.0999"), None
    )


# --- readiness --------------------------------------------------------------------------------------------------------


def test_news_says_ready_where_the_dialect_says_so() -> None:
    dialect = msgspec.structs.replace(DIALECT, ready="news")
    assert decoded("B", "148=Welcome|33=1|58=Trading is open", dialect) == VenueStatusReported(True, "Welcome")
    assert decoded("B", "33=1|58=Trading is open", dialect) == VenueStatusReported(True, "Trading is open")
    assert problem("B", "148=Welcome") == "MsgType(35)=B is not one the robot reads"


def test_a_trading_session_is_open_or_is_not() -> None:
    dialect = msgspec.structs.replace(DIALECT, ready="trading_session_status")
    assert decoded("h", "336=FX|340=2|58=Open", dialect) == VenueStatusReported(True, "Open")
    assert decoded("h", "336=FX|340=3", dialect) == VenueStatusReported(False, "TradSesStatus(340)=3")
    assert problem("h", "336=FX", dialect) == "tag 340 is missing"
    assert problem("h", "336=FX|340=2") == "MsgType(35)=h is not one the robot reads"


@pytest.mark.parametrize("msg_type", ["Q", "b", "AI"])
def test_what_nobody_acts_on_is_put_aside(msg_type: str) -> None:
    assert problem(msg_type, "117=Q", FIX50SP2) == f"MsgType(35)={msg_type} is not one the robot reads"
