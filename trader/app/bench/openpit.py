"""The gate beside OpenPit, an embeddable pre-trade risk engine written in Rust, on the same orders in the same run.

Both sides are asked the same of each order: is it whole, is it too large in quantity and in worth, does it fit the
position limits of both its currencies, which are then held for it. Both have 100,000 such limits, and answer with their
reservation made. An order is an object on both sides, made before the clock starts. What the gate asks besides, with
everything armed, stands in the benchmark's other figures.

Source: the package's own documentation of ``execute_pre_trade`` and of its policies, version 0.10.
"""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from importlib import import_module
from importlib.metadata import version
from typing import Any

from risk.checks import nop_currency, order_notional, order_size
from risk.gate.gate import Gate, OrderRequest
from trader.app.bench.large_desk import NOW_NS, RATES, REPORTING, hear, limits_of, market, orders, timed_us
from trader.domain.currency import Currency
from trader.domain.deal import Side
from trader.domain.errors import ConfigError

_MISSING = (
    "OpenPit is not installed, so there is nothing to hold the gate against; expected pip install 'fx-trader[bench]'"
)
_ASSETS = ("EUR", "GBP", "USD", "JPY")
_ACCOUNTS = 25_000  # each with a size and a position limit in every asset
_NAMES = 10_000  # with ten rows each
_DEALT_NAMES = 100
_WARM = 400
_QUANTITY_MAX, _NOTIONAL_MAX, _POSITION_MAX = "50000000", "9000000000", "4800000000000"
_SAME_CHECKS = (order_size.CHECK, order_notional.CHECK, nop_currency.CHECK)
_BOTH = ["the order is whole", "order size and notional", "position limits of both currencies, held"]


def beside_openpit(count: int) -> dict[str, Any]:
    """Ask both the same of so many orders.

    Returns:
        The JSON object; without OpenPit, the sentence that says so.

    Raises:
        ConfigError: One of the two allows what it has a limit against, so that nothing was measured.
    """
    try:
        openpit = import_module("openpit")
    except ImportError:
        return {"missing": _MISSING}
    calendars = market()
    requests = orders(range(_DEALT_NAMES), _WARM + count, "both", calendars)
    ours = Gate(limits_of(_NAMES), calendars, Currency(REPORTING), checks=_SAME_CHECKS)
    hear(ours)
    execute = _openpit(openpit)
    theirs = [_their_order(openpit, request) for request in requests]
    if ours.check_order(_too_large(requests[0]), NOW_NS).allowed or execute(
        _their_order(openpit, _too_large(requests[0]))
    ):
        raise ConfigError("an order above every limit was allowed, so that nothing can be compared")

    def reserve(request: Any) -> bool:  # noqa: ANN401 -- each side has its own orders
        return ours.reserve(request, NOW_NS).allowed

    asked: tuple[tuple[list[Any], Callable[[Any], bool]], ...] = ((requests, reserve), (theirs, execute))
    if not all(act(order) for each, act in asked for order in each[:_WARM]):
        raise ConfigError("an order within every limit was refused, so that nothing can be compared")
    our_figures, their_figures = (timed_us(act, each[_WARM:]) for each, act in asked)
    return {
        "version": version("openpit"),
        "limits": _ACCOUNTS * len(_ASSETS),
        "checks": _BOTH,
        "ours": our_figures,
        "openpit": their_figures,
    }


def _too_large(request: OrderRequest) -> OrderRequest:
    """The same order, larger than any limit."""
    line = request.line
    deal = replace(line.deal, near_leg=replace(line.deal.near_leg, amount=Decimal(_QUANTITY_MAX) + 1))
    return replace(request, line=replace(line, deal=deal))


def _openpit(openpit: Any) -> Callable[[Any], bool]:  # noqa: ANN401 -- a module that need not be there has no type
    """An engine with as many limits, and how it checks an order and holds what it takes."""
    policies = import_module("openpit.pretrade.policies")
    param = import_module("openpit.param")
    accounts = [param.AccountId.from_int(number) for number in range(1, _ACCOUNTS + 1)]
    limit = policies.OrderSizeLimit(
        max_quantity=param.Quantity(_QUANTITY_MAX), max_notional=param.Volume(_NOTIONAL_MAX)
    )
    size = policies.build_order_size_limit().account_asset_barriers(
        *[
            policies.OrderSizeAccountAssetBarrier(limit=limit, account_id=account, asset=asset)
            for account in accounts
            for asset in _ASSETS
        ]
    )
    builder = openpit.Engine.builder().no_sync().builtin(policies.build_order_validation())
    engine = builder.builtin(size).builtin(policies.build_spot_funds()).build()
    # The desk deals on credit: a position has a limit, and no funds that could run out.
    engine.configure().spot_funds(
        policies.SpotFundsBuilder.NAME,
        global_limit_mode=policies.SpotFundsLimitMode.TRACK_ONLY,
        position_limits=[
            policies.SpotFundsPositionLimitEntry(account_id=account, asset=asset, limit=param.Quantity(_POSITION_MAX))
            for account in accounts
            for asset in _ASSETS
        ],
    )

    def execute(order: object) -> bool:
        result = engine.execute_pre_trade(order=order)
        if result.ok:
            result.reservation.commit()
        return bool(result.ok)

    return execute


def _their_order(openpit: Any, request: OrderRequest) -> object:  # noqa: ANN401 -- as above
    param = import_module("openpit.param")
    deal = request.line.deal
    return openpit.Order(
        operation=openpit.OrderOperation(
            instrument=openpit.Instrument(str(deal.pair.base), str(deal.pair.terms)),
            account_id=param.AccountId.from_int(int(request.line.book[1:]) + 1),
            side=param.Side.BUY if deal.near_leg.side is Side.BUY else param.Side.SELL,
            trade_amount=param.TradeAmount.quantity(str(deal.near_leg.amount)),
            price=param.Price(RATES[str(deal.pair)]),
        ),
    )
