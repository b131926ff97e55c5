"""FIX's tag=value text, its times and its numbers."""

from datetime import date
from decimal import Decimal

import pytest

from trader.fix.text import (
    FRAME_END,
    SOH,
    FieldError,
    decimal_text,
    field_text,
    frame_start,
    local_mkt_date,
    message_type,
    read_decimal,
    read_int,
    read_local_mkt_date,
    read_rate,
    read_utc_timestamp,
    split,
    utc_timestamp,
    with_pipes,
)

TEN = 1_772_445_600_000_000_000  # 2026-03-02, 10:00 UTC


def test_a_message_is_split_in_order_with_repeats() -> None:
    assert split("35=X|268=2|269=0|269=1|".replace("|", SOH)) == [
        ("35", "X"),
        ("268", "2"),
        ("269", "0"),
        ("269", "1"),
    ]


def test_a_value_may_hold_equals_signs_and_nothing() -> None:
    assert split(f"58=a=b{SOH}1={SOH}") == [("58", "a=b"), ("1", "")]


def test_a_field_without_an_equals_sign_is_named() -> None:
    with pytest.raises(FieldError, match="'oops' has no equals sign"):
        split(f"35=8{SOH}oops{SOH}")


def test_the_session_layer_finds_the_message_type() -> None:
    text = frame_start("FIX.4.4", "AE") + field_text([("17", "X"), ("38", Decimal(1))]) + FRAME_END
    assert with_pipes(text) == "8=FIX.4.4|9=0|35=AE|17=X|38=1|10=000|"
    assert message_type(text) == "AE"


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("20260302-10:00:00", TEN),
        ("20260302-10:00:00.1", TEN + 100_000_000),
        ("20260302-10:00:00.125", TEN + 125_000_000),
        ("20260302-10:00:00.000000001", TEN + 1),
        ("19700101-00:00:00", 0),
    ],
)
def test_a_timestamp_is_read_to_the_nanosecond(text: str, moment: int) -> None:
    assert read_utc_timestamp(text) == moment


@pytest.mark.parametrize(
    "text",
    [
        "",
        "20260302",
        "20260302-10:00",
        "20260302-10:00:00.",
        "20260302-10:00:00.1234567890",
        "20260302-10:00:00.12x",
        "20260302-10:00:00Z",
        "20260302 10:00:00",
        "2026-03-02-10:00:00",
        "\u0662\u0660\u0662\u0666\u0660\u0663\u0660\u0662-10:00:00",
    ],
)
def test_what_is_not_a_timestamp_is_refused(text: str) -> None:
    with pytest.raises(FieldError, match=r"is not a UTCTimestamp; expected YYYYMMDD-HH:MM:SS\.sss"):
        read_utc_timestamp(text)


@pytest.mark.parametrize("text", ["20260230-10:00:00", "20260302-24:00:00", "20261302-10:00:00", "00000101-00:00:00"])
def test_a_moment_that_does_not_exist_is_refused(text: str) -> None:
    with pytest.raises(FieldError, match="is not a moment that exists"):
        read_utc_timestamp(text)


def test_a_timestamp_is_written_with_milliseconds_rounded_down() -> None:
    assert utc_timestamp(TEN + 125_999_999) == "20260302-10:00:00.125"
    assert utc_timestamp(TEN) == "20260302-10:00:00.000"


def test_dates_are_written_and_read() -> None:
    assert local_mkt_date(date(2026, 3, 2)) == "20260302"
    assert read_local_mkt_date("20260302") == date(2026, 3, 2)


@pytest.mark.parametrize(
    "text", ["", "2026032", "202603021", "2026-3-2", "\uff12\uff10\uff12\uff16\uff10\uff13\uff10\uff12", "2026032x"]
)
def test_what_is_not_a_date_is_refused(text: str) -> None:
    with pytest.raises(FieldError, match="is not a LocalMktDate; expected YYYYMMDD"):
        read_local_mkt_date(text)


@pytest.mark.parametrize("text", ["20260231", "20261301", "00000101"])
def test_a_day_that_does_not_exist_is_refused(text: str) -> None:
    with pytest.raises(FieldError, match="is not a day that exists"):
        read_local_mkt_date(text)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0", "0"),
        ("1000000", "1000000"),
        ("-23.23", "-23.23"),
        ("23.0", "23.0"),
        (".5", "0.5"),
        ("-.5", "-0.5"),
        ("5.", "5"),
        ("00023.23", "23.23"),
        ("999999999999999.999999999999", "999999999999999.999999999999"),
        ("000000000000000000000001", "1"),
    ],
)
def test_a_number_is_read_exactly(text: str, number: str) -> None:
    assert str(read_decimal(text)) == str(Decimal(number))


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "-",
        "+1",
        " 1",
        "1 ",
        "1,000",
        "1E5",
        "1e5",
        "NaN",
        "Infinity",
        "0x10",
        "1.2.3",
        "--1",
        "\u0661",
        "1000000000000000",  # 16 digits
        "0.0000000000001",  # 13 decimals
    ],
)
def test_what_is_not_a_number_is_refused(text: str) -> None:
    with pytest.raises(FieldError, match="is not a number"):
        read_decimal(text)


def test_a_refused_number_is_shown_shortened() -> None:
    with pytest.raises(FieldError) as caught:
        read_decimal("9" * 5000)
    assert len(str(caught.value)) < 120


@pytest.mark.parametrize("text", ["0", "0.00000", "0.000001", "1.10005", "66000000", "99999999"])
def test_a_rate_is_read(text: str) -> None:
    assert read_rate(text) == Decimal(text)


@pytest.mark.parametrize("text", ["-1.1", "0.0000009", "99999999.1", "100000000"])
def test_what_cannot_be_a_rate_is_refused(text: str) -> None:
    with pytest.raises(FieldError, match=r"is not a rate; expected 0\.000001 to 99999999"):
        read_rate(text)


def test_a_whole_number_is_read() -> None:
    assert read_int("0") == 0
    assert read_int("999999999999999999") == 999_999_999_999_999_999


@pytest.mark.parametrize("text", ["", "-1", "1.0", "x", "1000000000000000000", "\u00b2"])
def test_what_is_not_a_whole_number_is_refused(text: str) -> None:
    with pytest.raises(FieldError, match="is not a whole number"):
        read_int(text)


@pytest.mark.parametrize(
    ("number", "text"), [("1E+6", "1000000"), ("1.10", "1.10"), ("1E-8", "0.00000001"), ("0", "0")]
)
def test_a_number_is_written_without_an_exponent(number: str, text: str) -> None:
    assert decimal_text(Decimal(number)) == text
