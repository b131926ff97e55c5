"""The gate never raises: not for any rate that a venue may quote, and not for any fill that was booked."""

from decimal import Decimal

from hypothesis import example, given
from hypothesis import strategies as st

from risk.gate import Gate
from tests.unit.risk_cases import CALENDARS, NOW, USD, limits, make_order
from trader.domain.currency import parse_pair
from trader.domain.deal import Side

D = Decimal
LOWEST, HIGHEST = D("0.000001"), D(99_999_999)
HUGE = {
    "ORDER_NOTIONAL pair=* tenor=* trader=* venue=* max": "1E40",
    "NOP_CURRENCY book=* currency=* max": "1E40",
    **{f"VOLUME_DAY {key}=* max": "1E40" for key in ("trader", "desk", "pair", "venue")},
}
# The longest numbers are where a precision ends, the shortest where a rounding to zero begins.
rates = st.one_of(
    st.sampled_from((LOWEST, HIGHEST, D(1), D("99999998.99999999"))),
    st.decimals(LOWEST, HIGHEST, places=8),
    st.integers(-6, 7).map(lambda exponent: D(1).scaleb(exponent)),
)
amounts = st.one_of(
    st.sampled_from((D("0.00000001"), D("999999999999999.99999999"))), st.decimals("0.00000001", 10**15 - 1, places=8)
)


def market(quotes: dict[str, Decimal]) -> Gate:
    gate = Gate(limits(HUGE), CALENDARS, USD)
    for pair, rate in quotes.items():
        gate.rates.update(parse_pair(pair), rate, rate, NOW, "market")
    return gate


@example(eur=LOWEST, gbp=HIGHEST, limit_rate=D("1.09"), side=Side.BUY)
@given(eur=rates, gbp=rates, limit_rate=st.none() | rates, side=st.sampled_from(Side))
def test_no_check_raises_for_any_quote(eur: Decimal, gbp: Decimal, limit_rate: Decimal | None, side: Side) -> None:
    gate = market({"EUR/USD": eur, "GBP/USD": gbp})
    for dealt in ("EUR", "GBP"):
        text = None if limit_rate is None else str(limit_rate)
        order = make_order(pair="EUR/GBP", dealt=dealt, side=side, limit_rate=text, amount="999999999999999")
        decision = gate.check_order(order, NOW)
        assert decision.allowed or all(violation.sentence for violation in decision.violations)


@example(qty=D(999999999999999), px=D(999999999999999), stated=None, dealt="EUR")
@example(qty=D(999999999999999), px=D("0.00000001"), stated=None, dealt="USD")
@given(qty=amounts, px=amounts, stated=st.none() | amounts, dealt=st.sampled_from(("EUR", "USD")))
def test_any_fill_can_be_posted_and_taken_back(qty: Decimal, px: Decimal, stated: Decimal | None, dealt: str) -> None:
    gate, order = market({"EUR/USD": D("1.1")}), make_order(dealt=dealt)
    assert gate.reserve(order, NOW).allowed
    gate.fill(order.reservation_id, "E0", D("0.01"), D("1.1"))
    before = gate.snapshot()
    for notice in gate.fill(order.reservation_id, "E1", qty, px, stated):
        assert not notice.blocks
        assert notice.sentence
    assert all(node.used.is_finite() for node in gate.utilisation())
    assert gate.reverse_fill(order.reservation_id, "E1")
    after = gate.snapshot()
    assert after["ledger"]["nodes"] == before["ledger"]["nodes"]


@given(
    limit=st.decimals(10, 100_000, places=2),
    amount=st.integers(200_000, 10**9),
    way=st.sampled_from((("EUR/USD", "EUR"), ("EUR/USD", "USD"), ("USD/JPY", "USD"), ("USD/JPY", "JPY"))),
    side=st.sampled_from(Side),
    rate=st.decimals("0.9", "1.3", places=5),
)
def test_the_size_that_a_denial_names_passes_that_rule(
    limit: Decimal, amount: int, way: tuple[str, str], side: Side, rate: Decimal
) -> None:
    gate = Gate(limits({name: str(limit) for name in HUGE}), CALENDARS, USD)
    for pair, quote in (("EUR/USD", rate), ("USD/JPY", rate * 130)):
        gate.rates.update(parse_pair(pair), quote, quote, NOW, "market")

    def denials(size: str) -> dict[tuple[str, str], Decimal]:
        decision = gate.check_order(make_order(pair=way[0], dealt=way[1], side=side, amount=size), NOW)
        return {(v.code, v.node): v.passes for v in decision.violations if v.passes is not None}

    for rule, size in denials(str(amount)).items():
        assert size == 0 or rule not in denials(str(size))
