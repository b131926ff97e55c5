"""Every control there is, in the order of the inventory.

A new one is its own file, its code in :mod:`risk.reasons`, one line here, and its tests.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from risk.check import Check
from risk.checks import (
    batch_duplicate,
    batch_gross,
    batch_totals,
    counterparty_line,
    country,
    drawdown,
    forward_points,
    four_eyes,
    funding,
    gap_bucket,
    kill,
    limit_undefined,
    line_duplicate,
    loss_day,
    loss_month,
    mandate,
    nop_aggregate,
    nop_currency,
    nop_overnight,
    open_count,
    open_value,
    order_duplicate,
    order_notional,
    order_size,
    pair_velocity,
    price_collar,
    reference_bad,
    reference_stale,
    restricted,
    rule,
    self_match,
    settlement_day,
    settlement_instruction,
    slippage,
    tenor_max,
    tree,
    value_at_risk,
    value_date,
    volume_day,
    wrong_way,
)
from risk.control import Control, Mode
from risk.limits.increases import LIMIT_INCREASE
from risk.limits.overrides import OVERRIDE
from risk.stops import latches, triggers
from risk.wire.guard import CHILD_WITHIN_PARENT, STALE_SEND
from risk.wire.rate import MESSAGE_RATE

CHECKS: tuple[Check[Any], ...] = (
    limit_undefined.CHECK,
    tree.CHECK,
    reference_stale.CHECK,
    reference_bad.CHECK,
    order_notional.CHECK,
    order_size.CHECK,
    price_collar.CHECK,
    pair_velocity.CHECK,
    forward_points.CHECK,
    batch_totals.CHECK,
    batch_gross.CHECK,
    batch_duplicate.CHECK,
    line_duplicate.CHECK,
    order_duplicate.CHECK,
    nop_currency.CHECK,
    nop_aggregate.CHECK,
    nop_overnight.CHECK,
    volume_day.CHECK,
    open_value.CHECK,
    open_count.CHECK,
    counterparty_line.CHECK,
    settlement_day.CHECK,
    country.CHECK,
    tenor_max.CHECK,
    gap_bucket.CHECK,
    funding.CHECK,
    mandate.CHECK,
    restricted.CHECK,
    settlement_instruction.CHECK,
    value_date.CHECK,
    wrong_way.CHECK,
    rule.CHECK,
    Check(MESSAGE_RATE),
    Check(CHILD_WITHIN_PARENT),
    self_match.CHECK,
    Check(STALE_SEND),
    four_eyes.CHECK,
    Check(OVERRIDE),
    Check(LIMIT_INCREASE),
    loss_day.CHECK,
    loss_month.CHECK,
    drawdown.CHECK,
    value_at_risk.CHECK,
    slippage.CHECK,
    triggers.LAST_LOOK,
    triggers.CONFIRMATION_AGE,
    triggers.UNKNOWN_AGE,
    latches.REPEATED_EXECUTION,
    latches.REJECT_STORM,
    latches.RECONCILIATION_BREAK,
    kill.CHECK,
    latches.DEADMAN,
    latches.CLOCK,
    latches.CONFIG_CHANGED,
    latches.JOURNAL_FAILED,
)

BATCH_CHECKS = tuple(check.batch for check in CHECKS if check.batch is not None)

CONTROLS: Mapping[str, Control] = MappingProxyType({check.control.code.value: check.control for check in CHECKS})

# The codes under which something can be stopped until a person re-arms it.
LATCHES = frozenset(check.control.code for check in CHECKS if check.control.mode is Mode.LATCH)


def controls() -> tuple[Control, ...]:
    """The inventory, as ``trader controls`` shows it."""
    return tuple(CONTROLS.values())
