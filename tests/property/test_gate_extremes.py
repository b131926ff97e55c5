"""The gate never raises: not for any rate that a venue may quote, and not for any fill that was booked."""

from decimal import Decimal, localcontext

from hypothesis import example, given
from hypothesis import strategies as st

from risk.gate.gate import Gate, OrderRequest, Utilisation
from risk.ledger.ledger import EXACT
from tests.unit.risk_cases import (
    CALENDARS,
    CURVE,
    NOW,
    ONE_MONTH,
    SIX_MONTHS,
    SPOT_DAY,
    USD,
    Terms,
    limits,
    make_order,
)
from trader.domain.currency import parse_pair
from trader.domain.deal import Product, Side
from trader.domain.events import LegTraded

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


# --- deals of several legs --------------------------------------------------------------------------------------------

leg_amounts = st.decimals(1_000, 5_000_000, places=2)
# Where a rate lies in the collar of its leg: -1 at the lower edge, 1 at the upper.
places_in_collar = st.decimals(-1, 1, places=4)
days = st.sampled_from((SPOT_DAY, ONE_MONTH, SIX_MONTHS))


@st.composite
def deals(draw: st.DrawFn) -> Terms:
    """A swap or a block of EUR/USD or USD/JPY, in either currency."""
    pair, dealt = draw(st.sampled_from((("EUR/USD", "EUR"), ("EUR/USD", "USD"), ("USD/JPY", "USD"))))
    side, near = draw(st.sampled_from(Side)), draw(leg_amounts)
    if draw(st.booleans()):
        far, product = ((side.opposite, str(draw(leg_amounts)), ONE_MONTH),), Product.SWAP
    else:
        far_days = sorted(draw(st.lists(days, min_size=1, max_size=4)))
        far = tuple((draw(st.sampled_from(Side)), str(draw(leg_amounts)), day) for day in far_days)
        product = Product.BLOCK
    return Terms(pair=pair, dealt=dealt, side=side, amount=str(near), product=product, far=far)


def reserved(terms: Terms) -> tuple[Gate, OrderRequest, dict[str, Utilisation]]:
    gate = market({"EUR/USD": D("1.1"), "USD/JPY": D(150)})
    order = make_order(terms)
    decision = gate.reserve(order, NOW)
    assert decision.allowed, decision.violations
    return gate, order, {node.node: node for node in gate.utilisation()}


def traded(order: OrderRequest, rates: list[Decimal]) -> tuple[LegTraded, ...]:
    legs = zip(order.line.deal.legs, rates, strict=False)
    return tuple(LegTraded(leg.side, leg.amount, rate) for leg, rate in legs)


@given(terms=deals(), places=st.lists(places_in_collar, min_size=5, max_size=5))
def test_no_fill_inside_the_collars_posts_more_than_its_deal_reserved(terms: Terms, places: list[Decimal]) -> None:
    gate, order, held = reserved(terms)
    mid = D("1.1") if terms.pair == "EUR/USD" else D(150)
    rates = [(mid * (1 + D("0.02") * place)).quantize(D("0.000001")) for place in places]
    near, *far_legs = traded(order, rates)
    blocking = gate.check_quote(order.reservation_id, tuple(rates[: len(far_legs) + 1]), NOW)
    assert not any(violation.blocks for violation in blocking)
    assert gate.fill(order.reservation_id, "E1", near.last_qty, near.last_px, None, tuple(far_legs)) == ()
    for node in gate.utilisation():
        assert node.pending == 0
        # A credit line counts what a deal is worth, and a deal at a better rate than the market's is worth something.
        assert node.posted <= held[node.node].pending or node.node.startswith(("COUNTERPARTY_LINE", "COUNTRY"))
        assert node.free + node.pending + node.posted == node.limit


@given(terms=deals(), qty=amounts, rates=st.lists(amounts, min_size=5, max_size=5), stated=st.none() | amounts)
def test_any_fill_of_many_legs_can_be_posted_and_taken_back(
    terms: Terms, qty: Decimal, rates: list[Decimal], stated: Decimal | None
) -> None:
    gate, order, held = reserved(terms)
    _, *far_legs = traded(order, rates)
    gate.fill(order.reservation_id, "E1", qty, rates[0], stated, tuple(far_legs))
    with localcontext(EXACT):
        assert all(node.free + node.pending + node.posted == node.limit for node in gate.utilisation())
    assert gate.reverse_fill(order.reservation_id, "E1")
    assert {node.node: node for node in gate.utilisation()} == held


@given(terms=deals(), said=st.lists(st.one_of(rates, st.sampled_from((D("NaN"), D("Infinity"), D(-1)))), max_size=6))
def test_no_quote_makes_the_gate_raise(terms: Terms, said: list[Decimal]) -> None:
    gate, order, _ = reserved(terms)
    gate.points.load("market", CURVE)
    for violation in gate.check_quote(order.reservation_id, tuple(said), NOW):
        assert violation.sentence
