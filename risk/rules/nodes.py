"""The limits that fill up, found by their control and key, whatever days and sides they are kept for."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date

from risk.ledger.composite import Node

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)

# The nodes of one key, each with its day where it has one.
Family = list[tuple[date | None, Node]]


class NodeFamilies:
    """Every node that an order may have taken something from, by what its limit is kept by.

    A node that nobody has seen was never used.
    """

    def __init__(self) -> None:
        self._seen: set[str] = set()
        self._families: dict[tuple[str, str], Family] = defaultdict(list)

    def restart(self, nodes: Iterable[Node]) -> None:
        """The ledger has forgotten what nobody uses any longer: these are all that are left."""
        self._seen.clear()
        self._families.clear()
        self.see(nodes)

    def see(self, nodes: Iterable[Node]) -> None:
        """These nodes may be used from now on."""
        for node in nodes:
            if node.name not in self._seen:
                self._seen.add(node.name)
                code, *words = node.name.split(" ")
                day = next((date.fromisoformat(word) for word in words if _DAY.fullmatch(word)), None)
                self._families[code, _key(word for word in words if "=" in word)].append((day, node))

    def of(self, code: str, dimensions: Sequence[str], names: Sequence[str]) -> Family:
        """The nodes of a control for a key; the list grows as more are seen."""
        return self._families[code, _key(map("=".join, zip(dimensions, names, strict=True)))]


def _key(parts: Iterable[str]) -> str:
    return " ".join(sorted(parts))
