"""Rules are read as they are written, and the index finds what asking every rule would find."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st
from risk_cases import NOW, ONE_MONTH, Terms, limits, make_gate, make_order, swap

from risk.gate.gate import Gate, OrderRequest
from risk.reasons import ReasonCode, Severity
from risk.rules.language import (
    AllOf,
    AnyOf,
    Bound,
    Comparison,
    Condition,
    Effect,
    Figure,
    KeyIs,
    Not,
    Rule,
    TimeIsBetween,
    without_not,
    written,
)
from risk.rules.parse import parse_rules
from trader.domain.currency import parse_pair
from trader.domain.deal import Side

NAMES = st.one_of(
    st.sampled_from(["anna", "and", "one", "my book", "C-1", "1M", "under_score", "Zurich"]),
    st.text("abcXYZ019_.-/ ", min_size=1, max_size=8).filter(lambda text: bool(text.strip())),
)
PAIRS = ["EUR/USD", "USD/JPY", "GBP/USD"]
KEYS = st.one_of(
    st.builds(KeyIs, st.just("pair"), st.lists(st.sampled_from(PAIRS), min_size=1, unique=True).map(tuple)),
    st.builds(KeyIs, st.just("side"), st.sampled_from([("BUY",), ("SELL",)]), st.booleans()),
    st.builds(KeyIs, st.just("currency"), st.sampled_from([("EUR",), ("JPY", "GBP")]), st.booleans()),
    st.builds(KeyIs, st.just("tenor"), st.sampled_from([("SPOT",), ("1M", "3M")]), st.booleans()),
    st.builds(KeyIs, st.just("trader"), st.lists(NAMES, min_size=1, max_size=3, unique=True).map(tuple), st.booleans()),
    st.builds(KeyIs, st.just("counterparty"), st.sampled_from([("ACME-LDN",), ("simulator",)])),
)
NUMBERS = st.decimals(0, 10**9, allow_nan=False, allow_infinity=False, places=2)
BOUNDS = st.sampled_from(list(Bound))
FIGURES = st.one_of(
    st.tuples(st.just(Figure("amount")), BOUNDS, NUMBERS, st.sampled_from(["EUR", "USD", "JPY"])),
    st.tuples(st.just(Figure("notional")), BOUNDS, NUMBERS, st.just("USD")),
    st.tuples(
        st.builds(Figure, st.just("spread"), st.just(""), st.sampled_from([(("pair", ""),), (("pair", "USD/JPY"),)])),
        BOUNDS,
        NUMBERS,
        st.just("%"),
    ),
    st.tuples(
        st.builds(
            Figure,
            st.just("latency"),
            st.just(""),
            st.sampled_from([(), (("venue", ""),), (("trader", "anna"), ("venue", "simulator"))]),
            st.integers(1, 604_800),
        ),
        BOUNDS,
        NUMBERS,
        st.sampled_from(["ms", "s", "minutes", "hours"]),
    ),
    st.tuples(
        st.builds(
            Figure, st.just("use"), st.just("VOLUME_DAY"), st.sampled_from([(("trader", ""),), (("desk", "x"),)])
        ),
        BOUNDS,
        st.sampled_from([Decimal(0), Decimal("0.28"), Decimal(100)]),
        st.just("%"),
    ),
    st.tuples(
        st.just(Figure("volatility", "", (("pair", ""),), 3600)), BOUNDS, NUMBERS, st.just("%")
    ),  # nobody has heard enough, so that it is not known
).map(lambda parts: Comparison(*parts))
TIMES = st.tuples(st.integers(0, 1439), st.integers(1, 1440), st.booleans()).filter(lambda span: span[0] != span[1])
LITERALS = st.one_of(KEYS, FIGURES, TIMES.map(lambda span: TimeIsBetween(*span)))
CONDITIONS = st.recursive(
    LITERALS,
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: AllOf(tuple(parts))),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: AnyOf(tuple(parts))),
        inner.map(Not),
    ),
    max_leaves=8,
)
TEXTS = st.text("abc XYZ(),:;%äß€#", max_size=20).map(lambda text: f"x{text}x")
RULES = st.lists(st.tuples(CONDITIONS, st.sampled_from(list(Effect)), TEXTS), max_size=12).map(
    lambda drawn: tuple(Rule(f"r{number}", *parts) for number, parts in enumerate(drawn))
)
ORDERS = st.sampled_from(
    [
        make_order(),
        make_order(side=Side.SELL, limit_rate="1.1005"),
        make_order(Terms(pair="USD/JPY", dealt="JPY", amount="100000000")),
        make_order(swap(far_date=ONE_MONTH)),
    ]
)


@given(RULES)
def test_rules_are_read_as_they_are_written(rules: tuple[Rule, ...]) -> None:
    assert parse_rules(written(rules), "rules.txt", "USD") == rules


@given(CONDITIONS)
def test_a_condition_without_not_has_none_left_and_the_opposite_of_the_opposite_is_the_same(part: Condition) -> None:
    plain = without_not(part)
    assert "Not(" not in repr(plain)
    assert without_not(Not(Not(part))) == plain


@given(RULES, ORDERS)
def test_the_index_finds_what_asking_every_rule_one_by_one_finds(rules: tuple[Rule, ...], order: OrderRequest) -> None:
    gate = with_past()
    gate.use_rules(rules)
    decision = gate.check_order(order, NOW)
    found = {each.node: each.severity for each in decision.violations if each.code is ReasonCode.RULE}
    assert found == {
        f"rule={rule.name}": rule.effect.severity for rule in rules if holds(rule.condition, order) is not False
    }
    is_stopped = any(severity is not Severity.NOTIFIES for severity in found.values())
    assert decision.allowed is not is_stopped


def with_past() -> Gate:
    """A gate in which a part of the trader's volume is used."""
    gate = make_gate(limits({"VOLUME_DAY trader=* max": "400000000", "VOLUME_DAY desk=x max": "1"}))
    gate.rates.update(parse_pair("USD/JPY"), Decimal("149.99"), Decimal("150.01"), NOW, "market")
    assert gate.reserve(make_order(line_no=99, limit_rate="1.12"), NOW).allowed
    return gate


# --- an evaluator without index, plans and short cuts, with what the figures are known to be --------------------------

PRICES = {"EUR/USD": "0.0002", "USD/JPY": "0.02"}
MIDDLES = {"EUR/USD": Decimal("1.1"), "USD/JPY": Decimal(150)}
SIZES = {"%": Decimal("0.01"), "ms": Decimal("0.001"), "s": 1, "minutes": 60, "hours": 3600}


def holds(condition: Condition, order: OrderRequest) -> bool | None:
    match condition:
        case Not(part):
            said = holds(part, order)
            return None if said is None else not said
        case AllOf(parts):
            said_all = [holds(part, order) for part in parts]
            return False if False in said_all else None if None in said_all else True
        case AnyOf(parts):
            said_any = [holds(part, order) for part in parts]
            return True if True in said_any else None if None in said_any else False
        case KeyIs(key, values, is_not):
            return bool(set(values) & keys(order)[key]) is not is_not
        case TimeIsBetween(start, end, is_not):
            now = 10 * 60
            return (start <= now < end if start < end else now >= start or now < end) is not is_not
        case Comparison():
            return compared(condition, order)


def compared(comparison: Comparison, order: OrderRequest) -> bool | None:
    value = read(comparison.figure, comparison.unit, order)
    if value is None:
        return None
    threshold = comparison.number * SIZES.get(comparison.unit, 1)
    return {
        Bound.OVER: value > threshold,
        Bound.AT_LEAST: value >= threshold,
        Bound.UNDER: value < threshold,
        Bound.AT_MOST: value <= threshold,
    }[comparison.bound]


def keys(order: OrderRequest) -> dict[str, set[str]]:
    deal = order.line.deal
    base_side = [leg.side if deal.dealt_currency == deal.pair.base else leg.side.opposite for leg in deal.legs]
    return {
        "pair": {str(deal.pair)},
        "currency": {str(deal.pair.base), str(deal.pair.terms)},
        "side": {str(side) for side in base_side},
        "tenor": {"SPOT", "3M"} if deal.far_legs else {"SPOT"},
        "trader": {"anna"},
        "counterparty": {"simulator"},
    }


def read(figure: Figure, unit: str, order: OrderRequest) -> Decimal | None:
    deal, rate = order.line.deal, order.line.limit_rate
    pair = str(deal.pair)
    mid = MIDDLES[pair]
    if figure.name == "latency":
        return Decimal(0)
    if figure.name == "volatility":
        return None
    if figure.name == "spread":
        asked = figure.subject[0][1] or pair
        return Decimal(PRICES[asked]) / MIDDLES[asked]
    if figure.name == "use":
        return Decimal(0) if figure.subject[0][1] else Decimal(1110000) / 400_000_000
    dealt = max(leg.amount for leg in deal.legs)
    # The edge of the collar of 2 %, where the contra amount is largest; the lower one where the terms are dealt.
    is_base = deal.dealt_currency == deal.pair.base
    worst = mid * (Decimal("1.02") if is_base else Decimal("0.98"))
    if rate is not None:
        worst = max(rate, worst)
    contra = dealt * worst if is_base else (dealt / worst).quantize(Decimal("0.01"), "ROUND_CEILING")
    if figure.name == "notional":
        dealt_worth, contra_worth = (dealt * mid, contra) if is_base else (dealt / mid, contra)
        return ((dealt_worth + contra_worth) / 2).quantize(Decimal("0.01"), "ROUND_CEILING")
    amounts = {str(deal.dealt_currency): dealt, str(deal.contra_currency): contra}
    return amounts.get(unit, Decimal(0))
