"""What a quote says of its legs is held against the request, and what the gate warns of is told."""

import pytest

from tests.unit.engine_cases import alerts
from tests.unit.quote_cases import Makers, rfq, taken
from tests.unit.risk_cases import swap
from trader.engine.settings import QuoteSettings


def a_round(**keys: object) -> Makers:
    wire = Makers(quotes=QuoteSettings(wanted=1))
    wire.submit(rfq(swap()) if keys.get("swap") else rfq())
    return wire


NEAR = "600={pair}|624={side}|687={qty}|588=20260304|681=1.0999|684=1.1001"
FAR = "600={pair}|624={far}|687={qty}|588={day}|681=1.0999|684=1.1001"
RIGHT = {"pair": "EUR/USD", "side": "1", "far": "2", "qty": "1000000", "day": "20260407"}


@pytest.mark.parametrize(
    "wrong", [{"day": "20300304"}, {"pair": "USD/JPY"}, {"side": "2", "far": "1"}, {"qty": "5"}], ids=str
)
def test_a_quote_for_other_legs_is_not_taken(wrong: dict[str, str]) -> None:
    wire = a_round(swap=True)
    legs = f"{NEAR}|{FAR}".format(**(RIGHT | wrong))
    assert taken(wire.maker("A", None, None, more=f"64=20260304|555=2|{legs}")) == []


def test_a_quote_for_another_far_date_in_second_fields_is_not_taken() -> None:
    wire = a_round(swap=True)
    more = "132=1.0999|133=1.1001|190=1.1000|191=0.0001|643=0.0002|64=20260304|193=20300304"
    assert taken(wire.maker("A", None, None, more=more)) == []


def test_a_quote_beyond_the_inner_band_that_is_taken_is_told() -> None:
    wire = a_round()
    assert taken(wire.maker("A", "1.1190")) != []
    assert "PRICE_COLLAR" in [str(code) for code in alerts(wire.outputs)]


def test_one_quote_id_of_two_makers_names_neither() -> None:
    wire = Makers(quotes=QuoteSettings(wanted=2))
    wire.submit(rfq())
    wire.maker("A", "1.1003", quote_id="1")
    assert taken(wire.maker("B", "1.1001", quote_id="1")) == []
