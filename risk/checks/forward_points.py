"""FORWARD_POINTS: no rate of a forward or a swap whose points are not those of the market.

An outright is held against spot and the reference points of its value date; a swap, in which spot cancels, by its
points alone: the far rate less the near one. Where no points file is configured there is nothing to hold a rate
against, and the collars have to do; where one is, nothing is dealt beyond spot without points.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import NamedTuple

from risk.check import Check
from risk.control import Control, Kind, Mode, Parameter
from risk.gate.order_view import CheckContext, OrderView
from risk.gate.outline import LegOutline, Outline
from risk.limits.book import LimitTable
from risk.rates.market import UP_TO_SPOT
from risk.rates.points import PointsCurves
from risk.reasons import ReasonCode, Violation
from trader.domain.money import ZERO

_OUTRIGHT = LimitTable("FORWARD_POINTS", "outright_fraction_max", ("pair", "tenor"))
_SWAP = LimitTable("FORWARD_POINTS", "swap_fraction_max", ("pair", "tenor"))
_STEP = Decimal("0.000001")


class _Curve(NamedTuple):
    """What a leg beyond spot is held against; a violation in the place of a figure that has no row."""

    points: PointsCurves
    leg: LegOutline
    outright_max: Decimal | Violation
    swap_max: Decimal | Violation


def _resolve(outline: Outline, context: CheckContext) -> Iterator[_Curve]:
    limits = context.limits

    def figure(table: LimitTable, key: tuple[str, ...]) -> Decimal | Violation:
        found = limits.number(table, key)
        return limits.undefined(table, key) if found is None else found

    for leg in outline.legs:
        if leg.tenor not in UP_TO_SPOT:
            key = (outline.symbol, leg.tenor)
            yield _Curve(context.points, leg, figure(_OUTRIGHT, key), figure(_SWAP, key))


def _judge(order: OrderView, curve: _Curve) -> Sequence[Violation]:
    if not curve.points.is_loaded:
        return ()
    problems = [_outright_problem(order, curve)]
    if curve.leg.place:
        problems.append(_swap_problem(order, curve))
    return [violation for violation in problems if violation is not None]


def _outright_problem(order: OrderView, curve: _Curve) -> Violation | None:
    """The forward's points by its rate and today's spot, against the curve's."""
    place = curve.leg.place
    reference, expected, price = order.market.reference, order.market.legs[place].points, order.prices[place]
    if isinstance(reference, Violation) or isinstance(expected, Violation):
        return expected if isinstance(expected, Violation) else None  # PRICE_COLLAR says what the reference lacks
    points = None if price is None else price - reference.mid
    return _problem(order, curve.leg, (points, expected), _OUTRIGHT, curve.outright_max)


def _swap_problem(order: OrderView, curve: _Curve) -> Violation | None:
    """The points between the near leg and this one, against the curve's."""
    place = curve.leg.place
    near, far = order.market.legs[0].points, order.market.legs[place].points
    if isinstance(near, Violation) or isinstance(far, Violation):
        return None  # said of the leg itself
    near_price, far_price = order.prices[0], order.prices[place]
    points = None if near_price is None or far_price is None else far_price - near_price
    return _problem(order, curve.leg, (points, far - near), _SWAP, curve.swap_max)


def _problem(
    order: OrderView,
    leg: LegOutline,
    compared: tuple[Decimal | None, Decimal],
    table: LimitTable,
    apart_max: Decimal | Violation,
) -> Violation | None:
    points, expected = compared
    key, reference = (order.outline.symbol, leg.tenor), order.market.reference
    if isinstance(apart_max, Violation):
        return apart_max
    if points is None or isinstance(reference, Violation):
        return None
    apart = abs(points - expected) / reference.mid
    if apart <= apart_max:
        return None
    what = "the points of the swap" if table is _SWAP else "the points in the rate"
    wrong = "have the wrong sign" if points * expected < ZERO else "are too far from the curve"
    curve = f"the curve has {expected.normalize():f}, and the difference is a fraction of spot"
    return Violation(
        ReasonCode.FORWARD_POINTS,
        f"pair={key[0]} tenor={key[1]}",
        limit=apart_max,
        used=ZERO,
        asked=apart.quantize(_STEP),
        free=apart_max,
        passes=None,
        detail=f"{what}, {points.normalize():f}, {wrong}; {curve}",
    )


CHECK: Check[_Curve] = Check(
    Control(
        code=ReasonCode.FORWARD_POINTS,
        mode=Mode.HARD,
        mitigates="a wrong outright or wrong swap points",
        formula=(
            "with a points file: abs(F - (spot + reference points)) / spot ≤ e; "
            "between two legs: abs(F2 - F1 - (points2 - points1)) / spot ≤ s; no points, no deal beyond spot"
        ),
        keys=(_OUTRIGHT.dimensions,),
        parameters=(
            Parameter(_OUTRIGHT.parameter, Kind.NUMBER, "e, of limit rates and quotes beyond spot; 0.001 for 0.1 %"),
            Parameter(_SWAP.parameter, Kind.NUMBER, "s, of the points between two legs; spot cancels in them"),
        ),
        is_limit=True,
    ),
    resolve=_resolve,
    judge=_judge,
    is_for_quotes=True,
)
