"""What the simulated venue reads of a message in one form or another, and what it says no to."""

import json
from collections.abc import Callable
from datetime import date
from decimal import Decimal

import msgspec
import pytest
from values import replace

from simulator.effects import LogTrade, Request, Send, SendQuotes
from simulator.trade_log import trade_line
from simulator.wire.messages_in import BusinessReject, RequestReader
from simulator.wire.messages_out import AnswerWriter
from tests.unit.fix_words import said
from tests.unit.simulator_cases import DESK, SPOT_DATE, T0
from tests.unit.simulator_desks import ONE_MONTH, swap, venue
from tests.unit.wire_dialects import FIX42, FX50, IN_CONTRACTS, IN_GROUPS, IN_SECOND_FIELDS
from trader.domain.commands import PlaceOrder, RequestQuote
from trader.domain.currency import CurrencyPair
from trader.domain.deal import OrderType, Product, Side, TimeInForce
from trader.domain.events import ExecType, ExecutionReported, LegTraded, OrdStatus, PriceQuoted, QuoteRequestRefused
from trader.fix.dialect import Dialect, ProductForm, Quotes
from trader.fix.text import SOH

ORDER = "11=A|55=EUR/USD|54=1|15=EUR|38=1000000|40=1|59=0|60=20261120-10:00:00"
LEG = "600=EUR/USD|624={side}|687=1000000|588={day}"
LEGS = f"{LEG.format(side=1, day='20261124')}|{LEG.format(side=2, day='20261224')}"


def spot_date(_: CurrencyPair) -> date:
    return SPOT_DATE


def read(dialect: Dialect, msg_type: str, fields: str) -> Request | BusinessReject:
    return RequestReader(dialect, spot_date=spot_date).read(said(msg_type, fields))[1]


def order(dialect: Dialect, msg_type: str, fields: str) -> PlaceOrder:
    request = read(dialect, msg_type, fields)
    assert isinstance(request, PlaceOrder), request
    return request


def problem(dialect: Dialect, msg_type: str, fields: str) -> str:
    request = read(dialect, msg_type, fields)
    assert isinstance(request, BusinessReject), request
    return request.text


@pytest.mark.parametrize(
    ("day", "product"), [("20261124", Product.SPOT), ("20261224", Product.FORWARD), ("20261123", Product.FORWARD)]
)
def test_without_a_settl_type_the_product_follows_from_the_date(day: str, product: Product) -> None:
    by_date = msgspec.structs.replace(
        IN_SECOND_FIELDS, products={Product.SPOT: ProductForm(), Product.FORWARD: ProductForm()}
    )
    assert order(by_date, "D", f"{ORDER}|64={day}").deal.product is product


@pytest.mark.parametrize(("security_type", "product"), [("FXSPOT", Product.SPOT), ("FXFWD", Product.FORWARD)])
def test_without_a_settl_type_the_security_type_tells(security_type: str, product: Product) -> None:
    dialect = msgspec.structs.replace(IN_SECOND_FIELDS, products=FX50)
    assert order(dialect, "D", f"{ORDER}|64=20261124|167={security_type}").deal.product is product


def test_a_word_in_the_place_of_the_date_is_the_venues_spot_date() -> None:
    form = ProductForm(settl_type="0", settl_date_word="Spot")
    dialect = msgspec.structs.replace(IN_SECOND_FIELDS, products={Product.SPOT: form})
    assert order(dialect, "D", f"{ORDER}|63=0|64=Spot").deal.near_leg.value_date == SPOT_DATE
    assert "tag 64" in problem(dialect, "D", f"{ORDER}|63=0|64=SPOT")
    assert "tag 64 is missing" in problem(dialect, "D", f"{ORDER}|63=0")


def test_what_a_dialect_leaves_out_is_refused_when_it_comes() -> None:
    dialect = msgspec.structs.replace(
        IN_SECOND_FIELDS, products={Product.SPOT: ProductForm()}, left_out_fields={"D": (63, 64)}
    )
    assert order(dialect, "D", ORDER).deal.near_leg.value_date == SPOT_DATE
    assert problem(dialect, "D", f"{ORDER}|64=20261124") == "tag 64 is not known here"


def test_a_reader_that_is_told_no_spot_date_says_so() -> None:
    _, unreadable = RequestReader(FIX42).read(said("D", f"{ORDER}|64=20261124"))
    assert isinstance(unreadable, BusinessReject)
    assert "the spot date of EUR/USD" in unreadable.text


@pytest.mark.parametrize(
    ("fields", "order_type"),
    [("40=G", OrderType.MARKET), ("40=G|44=1.1|117=Q|131=R", OrderType.PREVIOUSLY_QUOTED), ("40=G|44=1.1", "LIMIT")],
)
def test_an_order_type_that_says_the_product_leaves_the_rest_to_other_fields(fields: str, order_type: str) -> None:
    text = f"{ORDER.replace('40=1', fields)}|63=0|64=20261124|193=20261224|192=1000000"
    request = order(IN_SECOND_FIELDS, "D", text)
    assert (request.deal.product, request.order_type) == (Product.SWAP, order_type)


def test_an_order_on_a_quote_names_it_with_every_tag_of_the_dialect() -> None:
    text = ORDER.replace("40=1", "40=D|44=1.1") + "|63=0|64=20261124|117=Q"
    assert problem(IN_SECOND_FIELDS, "D", text) == "tag 131 is missing"
    quote = order(IN_SECOND_FIELDS, "D", f"{text}|131=R").quote
    assert quote is not None
    assert (quote.quote_id, quote.quote_req_id) == ("Q", "R")


GROUPED = msgspec.structs.replace(
    IN_GROUPS, symbol_separator="/", parties=(), extra_fields={}, renamed_tags={}, side_of="dealt_currency"
)


@pytest.mark.parametrize(
    ("legs", "said_of_it"),
    [
        (f"555=1|{LEG.format(side=1, day='20261124')}", "two or more"),
        (f"555=2|{LEGS.replace('600=EUR/USD', '600=EUR/GBP', 1)}", "'EUR/GBP' is another pair"),
        (f"555=2|{LEGS.replace('|624=2', '')}", "tag 624 is missing"),
        (f"555=2|{LEGS.replace('588=20261224', '588=20261324')}", "tag 588"),
        (f"555=2|{LEGS.replace('687=1000000', '687=1e6')}", "tag 687"),
    ],
)
def test_legs_that_are_none_are_refused_by_their_tag(legs: str, said_of_it: str) -> None:
    assert said_of_it in problem(GROUPED, "AB", f"{ORDER}|{legs}")


def test_two_legs_on_opposite_sides_are_a_swap_and_others_a_block() -> None:
    assert order(GROUPED, "AB", f"{ORDER}|555=2|{LEGS}").deal.product is Product.SWAP
    assert order(GROUPED, "AB", f"{ORDER}|555=2|{LEGS.replace('624=2', '624=1')}").deal.product is Product.BLOCK
    three = f"{ORDER}|555=3|{LEGS}|{LEG.format(side=1, day='20270224')}"
    assert [leg.side for leg in order(GROUPED, "AB", three).deal.legs] == [Side.BUY, Side.SELL, Side.BUY]


def test_a_venue_without_groups_of_legs_does_not_take_the_message() -> None:
    assert "message type" in problem(IN_SECOND_FIELDS, "AB", f"{ORDER}|555=2|{LEGS}")


def test_a_request_for_both_sides_says_none() -> None:
    two_way = msgspec.structs.replace(IN_SECOND_FIELDS, quotes=Quotes(source="request", is_two_way=True))
    request = read(two_way, "R", "131=R|146=1|55=EUR/USD|38=1000000|63=0|64=20261124|15=USD")
    assert isinstance(request, RequestQuote)
    assert (request.deal.dealt_currency, request.deal.near_leg.amount) == ("USD", Decimal(1_000_000))


@pytest.mark.parametrize(
    ("msg_type", "fields", "said_of_it"),
    [
        ("R", "131=R|146=2|55=EUR/USD|38=1|63=0|64=20261124|55=EUR/GBP|38=1|63=0|64=20261124", "one request a message"),
        ("AJ", "693=P|131=R|694=1|55=EUR/USD", "tag 694"),
    ],
)
def test_what_else_about_quotes_is_refused(msg_type: str, fields: str, said_of_it: str) -> None:
    assert said_of_it in problem(IN_SECOND_FIELDS, msg_type, fields)


def demanding(**keys: object) -> Dialect:
    return msgspec.structs.replace(IN_SECOND_FIELDS, **keys)


@pytest.mark.parametrize(
    ("dialect", "spoil", "said_of_it"),
    [
        (IN_GROUPS, lambda text: text.replace("|100=FX", ""), "tag 100 is missing"),
        (IN_GROUPS, lambda text: text.replace("100=FX", "100=FZ"), "tag 100 holds 'FZ'"),
        (IN_GROUPS, lambda text: text.replace("448=DESK", "448=DESC"), "'DESK' in the role 13 is missing"),
        (demanding(account_required=True), lambda text: text.replace("|1=ACC", ""), "tag 1 is missing"),
        (demanding(id_length_max=18), lambda text: text.replace("11=A", f"11={'A' * 19}"), "19 characters"),
        (demanding(id_signs_banned="-/"), lambda text: text.replace("11=A", "11=A/1-2"), "holds - /"),
    ],
)
def test_every_demand_of_a_dialect_is_checked(dialect: Dialect, spoil: Callable[[str], str], said_of_it: str) -> None:
    symbol = "EURUSD" if dialect is IN_GROUPS else "EUR/USD"
    parties = "453=2|448=BANK|447=D|452=1|448=DESK|447=D|452=13"
    text = f"{ORDER.replace('EUR/USD', symbol)}|63=0|64=20261124|1=ACC|100=FX|{parties}"
    assert order(dialect, "D", text).account == "ACC"
    assert said_of_it in problem(dialect, "D", spoil(text))


def test_the_header_of_every_message_names_the_desk_of_the_venue() -> None:
    reader = RequestReader(IN_SECOND_FIELDS, "SPOT")
    text = f"{ORDER}|63=0|64=20261124"
    _, refused = reader.read(said("D", text))
    assert isinstance(refused, BusinessReject)
    assert refused.text == "tag 57 is missing"
    assert isinstance(reader.read(said("D", f"57=SPOT|{text}"))[1], PlaceOrder)


def test_a_message_is_refused_by_its_own_name_under_private_tags_too() -> None:
    renamed = msgspec.structs.replace(IN_SECOND_FIELDS, renamed_tags={"D": {"11": "6011"}})
    about = RequestReader(renamed).refuse(said("D", ORDER.replace("11=A", "6011=A")), "0", "no")
    assert (about.ref_id, about.ref_msg_type, about.text) == ("A", "D", "no")


def trade(exec_type: ExecType, leaves_qty: str = "0", **keys: object) -> ExecutionReported:
    return replace(
        ExecutionReported(
            "A", "", "O", "E", "", exec_type, OrdStatus.CANCELED, "EUR/USD", Side.BUY, "EUR", Decimal(5), Decimal(5),
            Decimal("1.1"), Decimal(5), Decimal(leaves_qty),
        ),
        **keys,
    )  # fmt: skip


def written(dialect: Dialect, event: ExecutionReported | QuoteRequestRefused) -> dict[str, str]:
    text = AnswerWriter(dialect).write(Send(DESK, event))
    return dict(piece.split("=", 1) for piece in text.split(SOH) if piece)


@pytest.mark.parametrize(
    ("exec_type", "leaves_qty", "code"),
    [
        (ExecType.TRADE, "1", ("0", "1")),
        (ExecType.TRADE, "0", ("0", "2")),
        (ExecType.TRADE_CANCEL, "0", ("1", "4")),
        (ExecType.TRADE_CORRECT, "0", ("2", "4")),
        (ExecType.ORDER_STATUS, "0", ("3", "4")),
        (ExecType.CANCELED, "0", ("0", "4")),
    ],
)
def test_fix_4_2_says_the_status_where_later_versions_say_the_event(
    exec_type: ExecType, leaves_qty: str, code: tuple[str, str]
) -> None:
    fields = written(FIX42, trade(exec_type, leaves_qty))
    assert (fields["20"], fields["150"]) == code


def test_later_versions_have_no_exec_trans_type() -> None:
    fields = written(IN_SECOND_FIELDS, trade(ExecType.TRADE_CANCEL))
    assert (fields.get("20"), fields["150"]) == (None, "H")


def test_two_legs_on_one_side_are_no_swap_and_stand_in_a_group() -> None:
    far = LegTraded(Side.SELL, Decimal(5), Decimal("1.2"), ONE_MONTH)
    swapped = written(IN_SECOND_FIELDS, trade(ExecType.TRADE, far_legs=(far,)))
    assert (swapped["193"], swapped["192"], swapped["194"], swapped["641"]) == ("20261224", "5", "1.1", "0.1")
    blocked = written(IN_SECOND_FIELDS, trade(ExecType.TRADE, far_legs=(replace(far, side=Side.BUY),)))
    assert (blocked["555"], blocked["637"], blocked.get("193")) == ("2", "1.2", None)


def test_fix_4_2_rejects_a_request_for_quotes_as_a_message() -> None:
    fields = written(FIX42, QuoteRequestRefused("R1", "", "no"))
    assert (fields["35"], fields["372"], fields["379"], fields["58"]) == ("j", "R", "R1", "no")


def test_prices_with_ids_are_updates_from_the_first() -> None:
    named = (PriceQuoted("V", "EUR/USD", Decimal("1.1"), Decimal("1.2"), "B1", "O1"),)
    text = AnswerWriter(IN_CONTRACTS).write_quotes(SendQuotes(DESK, named, is_snapshot=True))
    assert f"{SOH}35=X{SOH}" in text
    assert text.count(f"{SOH}279=0{SOH}") == 2
    assert f"{SOH}278=B1{SOH}" in text


def test_the_log_has_every_leg_of_a_trade_on_several() -> None:
    deal = swap(far_amount="1500000")
    request = PlaceOrder("A", deal, OrderType.MARKET, None, TimeInForce.FOK, "", T0)
    (logged,) = [effect.trade for effect in venue().handle(DESK, request, T0) if isinstance(effect, LogTrade)]
    line = json.loads(trade_line(logged))
    assert [(leg["side"], Decimal(leg["last_qty"]), leg["settl_date"]) for leg in line["legs"]] == [
        ("BUY", 1_000_000, "2026-11-24"),
        ("SELL", 1_500_000, "2026-12-24"),
    ]
    assert [leg["last_px"] for leg in line["legs"]] == [str(logged.last_px), str(logged.far_legs[0].last_px)]
    assert "legs" not in json.loads(trade_line(replace(logged, far_legs=())))
