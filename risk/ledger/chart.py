"""The chart of accounts: every node there is, found by name, made when it is first claimed."""

from collections.abc import Iterable, Iterator, Sequence

from risk.ledger.claims import Claim, PositionClaim, arranged
from risk.ledger.composite import UNSET, Composite, Node, Part, Position
from risk.ledger.marks import Marks
from risk.ledger.measures import Layout
from risk.ledger.stakes import Stakes


class Chart:
    """All nodes, with the parts that positions make.

    Attributes:
        marks: What positions are valued with.
        touched: The nodes on which something was ever reserved, by name.
    """

    def __init__(self) -> None:
        self.marks = Marks()
        self.touched: dict[str, Node] = {}
        self._known: dict[str, Node] = {}
        self._parts: dict[str, Part] = {}
        # Grows when a node takes another limit: until then stakes that have once given theirs need not look again.
        self._limits_version = 0

    def stakes(self, claims: Sequence[Claim | PositionClaim], layout: Layout) -> Stakes:
        """Find the nodes of some claims, as :meth:`risk.ledger.ledger.Ledger.stakes` says."""
        claims = arranged(claims)
        return Stakes(claims, [self._known.get(claim.node) or self._made(claim) for claim in claims], layout)

    def touch(self, stakes: Stakes) -> None:
        """Something is reserved on some nodes, at the limits of the claims."""
        if stakes.limits_seen == self._limits_version:
            return
        if stakes.limits_seen < 0:
            self.touched.update({node.name: node for node in stakes.held})
        for node, limit in zip(stakes.nodes, stakes.limits, strict=True):
            if node.limit is not limit:
                if node.limit is not UNSET:  # no other stakes can have seen it before its first
                    self._limits_version += 1
                node.limit = limit
        stakes.limits_seen = self._limits_version

    def limited(self) -> Iterator[tuple[str, Node]]:
        """Every touched node that has a limit, by name, at the marks as they are."""
        for name, node in sorted(self.touched.items()):
            if isinstance(node, Composite):
                node.catch_up(self.marks)
            if not isinstance(node, Position):
                yield name, node

    def keep(self, referred: Iterable[Node]) -> None:
        """Forget every node on which there is nothing, and that is not referred to."""
        self._known = _needed(self.touched.values(), referred)
        self.touched = {name: node for name, node in self._known.items() if name in self.touched}
        parts = {node.part for node in self._known.values() if isinstance(node, Position)}
        self._parts = {name: part for name, part in self._parts.items() if part in parts}

    def _made(self, claim: Claim | PositionClaim) -> Node:
        """The node of a claim that nobody has claimed before."""
        if isinstance(claim, Claim):
            node = self._composite(claim.node) if claim.is_composite else Node(claim.node)
        else:
            part = self._parts.get(claim.part)
            if part is None:
                part = self._parts[claim.part] = Part([self._composite(name) for name in claim.composites])
            node = Position(
                claim.node,
                part=part,
                mark=self.marks.mark(claim.currency),
                is_short=claim.is_short,
                is_set_off=claim.is_set_off,
            )
            part.hold(node)
        self._known[claim.node] = node
        return node

    def _composite(self, name: str) -> Composite:
        known = self._known.get(name)
        if isinstance(known, Composite):
            return known
        made = self._known[name] = Composite(name)
        return made


def _needed(nodes: Iterable[Node], referred: Iterable[Node]) -> dict[str, Node]:
    """The nodes on which there is something, those that are referred to, and those that they need.

    A part goes as a whole or stays as a whole; a composite that stays counts only the parts that do.
    """
    kept = {node for node in nodes if node.posted or node.taken} | set(referred)
    parts = {node.part for node in kept if isinstance(node, Position)}
    for part in parts:
        kept.update(part.owners)
        kept.update(part.positions)
    for node in kept:
        if isinstance(node, Composite):
            _count_only(node, parts)
    return {node.name: node for node in sorted(kept, key=lambda node: node.name)}


def _count_only(composite: Composite, parts: set[Part]) -> None:
    """Let a composite count some parts only; there is nothing on the others."""
    if any(part not in parts for part in composite.parts):
        composite.parts = [part for part in composite.parts if part in parts]
        composite.positions = {
            mark: held
            for mark, positions in composite.positions.items()
            if (held := [position for position in positions if position.part in parts])
        }
