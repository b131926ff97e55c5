"""A person's word where the venue's is missing: an order in doubt is settled, a trade of nobody's is dealt with.

Both need two persons. What they sign for is journaled like everything else, so that ``trader explain`` shows it.
"""

from collections.abc import Mapping

from risk.ledger.booking import Apart
from risk.people.people import Request
from risk.people.signatures import DismissOrphan, OrderOutcome, SettleOrder
from trader.domain.money import ZERO
from trader.engine.answers import Answers
from trader.engine.approvals import Doing
from trader.engine.context import Context
from trader.engine.dealing import Dealing
from trader.engine.ending import Endings
from trader.engine.outputs import Alert
from trader.engine.terms import dismissal_of
from trader.orders.checks import is_amount
from trader.orders.machine import Phase
from trader.orders.order import Order
from trader.orders.settling import settle, settling_problem, signed_trade

SETTLED = "ORDER_SETTLED"

_PHASES: Mapping[OrderOutcome, Phase] = {
    OrderOutcome.FILLED: Phase.FILLED,
    OrderOutcome.CANCELED: Phase.CANCELED,
    OrderOutcome.REJECTED: Phase.REJECTED,
    OrderOutcome.WORKING: Phase.WORKING,
    OrderOutcome.NEVER_ARRIVED: Phase.SENT,
}


def in_words(apart: Apart) -> str:
    """How far a rate is from the market, for a person."""
    return f"{apart.rate:f} is {apart.fraction * 100:+.3f} % from {apart.reference:f}, the reference of its decision"


class Settling:
    """What two persons say of orders and trades. One instance per engine."""

    def __init__(self, context: Context, dealing: Dealing, answers: Answers, endings: Endings) -> None:
        self._ctx = context
        self._dealing = dealing
        self._answers = answers
        self._endings = endings

    @property
    def doings(self) -> Mapping[type, Doing]:
        """How each is done, for the table of approvals."""
        return {
            SettleOrder: Doing(self._settling_problem, self._settle),
            DismissOrphan: Doing(self._dismissing_problem, self._dismiss),
        }

    def _find(self, cl_ord_id: str) -> tuple[str, Order | None]:
        for session, blotter in self._ctx.blotters.items():
            order = blotter.find(cl_ord_id)
            if order is not None:
                return session, order
        return "", None

    def _settling_problem(self, action: SettleOrder) -> str:
        """Why an order cannot be settled so; "" when it can."""
        session, order = self._find(action.cl_ord_id)
        if order is None:
            return f"there is no order {action.cl_ord_id!r}; trader orders --status unknown lists those in doubt"
        if session not in self._ctx.dialects:
            return f"the robot was last run without {session}, which has the order; run it with --venue {session} first"
        legs = len(order.deal.legs) if action.quantity else 0
        if len(action.rates) != legs or bool(action.quantity) is not bool(action.trade_id):
            return (
                f"a trade needs its quantity, its rate on each of {len(order.deal.legs)} legs, and the venue's id of it"
            )
        trade = None
        if action.quantity:
            if not is_amount(action.quantity):
                return f"{action.quantity} is no amount; expected one above zero with at most 8 decimals"
            trade = signed_trade(order, action.trade_id, action.quantity, action.rates, self._ctx.now_ns)
        return settling_problem(order, _PHASES[action.outcome], trade) or self._off_market(order, action)

    def _off_market(self, order: Order, action: SettleOrder) -> str:
        """Why rates have to be said to be right although they are off the market; "" when they need not."""
        if action.off_market or not action.rates:
            return ""
        right = "say --off-market if it is right all the same"
        apart = self._ctx.gate.apart(order.cl_ord_id, action.rates)
        if not apart:
            return f"{order} was decided on without a reference rate to hold {action.rates[0]} against; {right}"
        for each in apart:
            if each.is_off_market:
                collar = "no collar" if each.collar is None else f"a collar of {each.collar * 100:f} %"
                return f"{in_words(each)}, with {collar}; {right}"
        return ""

    def _settle(self, request: Request) -> None:
        action, ctx = request.action, self._ctx
        assert isinstance(action, SettleOrder)
        session, order = self._find(action.cl_ord_id)
        assert order is not None, "an order that is not there was refused"
        people = " and ".join(filter(None, (request.who, request.decided_by)))
        text = f"settled as {action.outcome} by {people}: {request.reason}"
        ctx.emit(Alert(SETTLED, f"{order.cl_ord_id} is {text}", is_hard=False, order=order.cl_ord_id))
        if action.outcome is OrderOutcome.NEVER_ARRIVED:
            order.settled_by_person = people
            self._dealing.never_received(order, may_try_again=True)
        else:
            trade = None
            if action.quantity > ZERO:
                trade = signed_trade(order, action.trade_id, action.quantity, action.rates, ctx.now_ns)
            applied = settle(order, _PHASES[action.outcome], trade, people, text, ctx.now_ns)
            ctx.blotters[session].track(order, applied)
            self._dealing.order_changed(session, order, applied)
        self._answers.settled(session, order)
        self._dealing.release(session)

    def _dismissing_problem(self, action: DismissOrphan) -> str:
        """Why a trade cannot be taken off the list; "" when it can."""
        blotter = self._ctx.blotters.get(action.venue)
        if blotter is None or not blotter.orphans_of(action.exec_id):
            return f"{action.venue} has no trade ExecID(17)={action.exec_id} that is kept; see trader orders --orphans"
        if action != dismissal_of(blotter, action.exec_id):
            return f"{action.venue} has told of ExecID(17)={action.exec_id} otherwise since; look at it again"
        return ""

    def _dismiss(self, request: Request) -> None:
        action = request.action
        assert isinstance(action, DismissOrphan)
        self._ctx.blotters[action.venue].dismiss(action.exec_id)
        self._endings.trade_dismissed(action.venue, action.exec_id)
