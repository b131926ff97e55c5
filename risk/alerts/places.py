"""What the limits' own names and the desk's trees say of a node: whose limit it is, and which node is above it."""

import re
from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType

from risk.alerts.rules import Facts, NodeFacts, facts_by_name
from risk.limits import tree
from risk.limits.book import LimitBook, LimitTable
from risk.registry import CONTROLS

_KEY = re.compile(r"(\w+)=(\S+)")
_ABOVE: Mapping[str, LimitTable] = MappingProxyType(
    {
        "counterparty": tree.GROUP,
        "group": tree.COUNTRY,
        "trader": tree.DESK,
        "desk": tree.DESK_FIRM,
        "book": tree.BOOK_FIRM,
    }
)
# What a group takes of its country is counted by a control of the country's own.
_OF_COUNTRY = "COUNTRY"


def facts_of(limits: LimitBook, lot: Decimal | None = None) -> Facts:
    """What is known of every node while some limits are in force.

    The node above is that of the same control one step up a tree, ``VOLUME_DAY 2026-03-02 desk=treasury`` above
    ``VOLUME_DAY 2026-03-02 trader=anna``, where the control has such limits.

    Args:
        limits: Has the trees.
        lot: The least that an order takes of a limit counted in money, in the reporting currency; None for no such
            amount.
    """

    def facts(node: str) -> NodeFacts:
        control, place, _, _ = facts_by_name(node)
        return NodeFacts(control, place, _above(limits, control, place), lot)

    return facts


def _above(limits: LimitBook, control: str, place: str) -> str:
    """The name of the node above; "" for a root."""
    keys = _KEY.findall(place)
    for dimension, name in keys:
        table = _ABOVE.get(dimension)
        row = None if table is None else limits.limit(table, (name,))
        if table is None or row is None:
            continue
        if table is tree.COUNTRY and control != _OF_COUNTRY:
            return f"{_OF_COUNTRY} {table.parameter}={row.value}"
        shape = tuple(table.parameter if each == dimension else each for each, _ in keys)
        if control in CONTROLS and shape in CONTROLS[control].keys:
            return f"{control} {place.replace(f'{dimension}={name}', f'{table.parameter}={row.value}', 1)}"
    return ""
