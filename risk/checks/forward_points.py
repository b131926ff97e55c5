"""FORWARD_POINTS: no rate of a forward or a swap whose points are not those of the market.

An outright is held against spot and the reference points of its value date; a swap, in which spot cancels, by its
points alone: the far rate less the near one. Where no points file is configured there is nothing to hold a rate
against, and the collars have to do; where one is, nothing is dealt beyond spot without points.
"""

from decimal import Decimal

from risk.check import Check
from risk.control import Control, Kind, Mode, Parameter
from risk.limit_book import LimitTable, undefined
from risk.order_view import UP_TO_SPOT, CheckContext, LegView, OrderView
from risk.reasons import ReasonCode, Violation
from trader.domain.money import ZERO

_OUTRIGHT = LimitTable("FORWARD_POINTS", "outright_fraction_max", ("pair", "tenor"))
_SWAP = LimitTable("FORWARD_POINTS", "swap_fraction_max", ("pair", "tenor"))
_STEP = Decimal("0.000001")


def _check(order: OrderView, context: CheckContext) -> tuple[Violation, ...]:
    if not context.points.is_loaded:
        return ()
    near = order.legs[0]
    found: list[Violation | None] = []
    for leg in order.legs:
        if leg.tenor in UP_TO_SPOT:
            continue
        found.append(_outright_problem(order, leg, context))
        if leg is not near:
            found.append(_swap_problem(order, near, leg, context))
    return tuple(violation for violation in found if violation is not None)


def _outright_problem(order: OrderView, leg: LegView, context: CheckContext) -> Violation | None:
    """The forward's points by its rate and today's spot, against the curve's."""
    reference, expected = order.reference, leg.points
    if isinstance(reference, Violation) or isinstance(expected, Violation):
        return expected if isinstance(expected, Violation) else None  # PRICE_COLLAR says what the reference lacks
    points = None if leg.price is None else leg.price - reference.mid
    return _problem(order, leg, (points, expected), _OUTRIGHT, context)


def _swap_problem(order: OrderView, near: LegView, far: LegView, context: CheckContext) -> Violation | None:
    """The points between two legs, against the curve's."""
    if isinstance(near.points, Violation) or isinstance(far.points, Violation):
        return None  # said of the leg itself
    points = None if near.price is None or far.price is None else far.price - near.price
    return _problem(order, far, (points, far.points - near.points), _SWAP, context)


def _problem(
    order: OrderView, leg: LegView, compared: tuple[Decimal | None, Decimal], table: LimitTable, context: CheckContext
) -> Violation | None:
    points, expected = compared
    key = (order.pair, leg.tenor)
    apart_max = context.limits.number(table, key)
    if apart_max is None:
        return undefined(table, key)
    if points is None or isinstance(order.reference, Violation):
        return None
    apart = abs(points - expected) / order.reference.mid
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


CHECK = Check(
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
    order=_check,
    quote=_check,
)
