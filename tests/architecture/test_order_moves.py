"""The state of an order changes by a cell of a table: one function writes it, and this finds any other that does."""

import ast
from collections.abc import Iterator

import pytest

from tests.architecture.source_tree import Module, functions, parsed, product_modules

STATE = {"phase", "pending", "sync"}
WRITER = ("trader/orders/order.py", "try_move")

# Batches and rounds of quotes have phases, too: whoever writes one names it, or is the round or the batch's own writer.
OTHER_PHASES = {"BatchPhase", "RoundPhase"}
OTHER_WRITER = ("trader/engine/context.py", "enter")
OTHER_HOME = "trader/engine/rounds.py"


def writes(module: Module) -> Iterator[str]:
    """Every statement that writes what an order's state is called, but those of the one function that may."""
    may = [function for function in functions(module.tree) if (module.path, function.name) in (WRITER, OTHER_WRITER)]
    allowed = {node for function in may for node in ast.walk(function)}
    for node in ast.walk(module.tree):
        if node not in allowed and (_assigns(node) or _sets(node)):
            yield f"{module.where(node)} writes the state of an order; only Order.{WRITER[1]} does"


def _assigns(node: ast.AST) -> bool:
    if not isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
        return False
    parts = list(ast.walk(node))
    is_state = any(isinstance(p, ast.Attribute) and isinstance(p.ctx, ast.Store) and p.attr in STATE for p in parts)
    return is_state and not any(isinstance(part, ast.Name) and part.id in OTHER_PHASES for part in parts)


def _sets(node: ast.AST) -> bool:
    if not isinstance(node, ast.Call):
        return False
    name = getattr(node.func, "id", "") or getattr(node.func, "attr", "")
    names_state = any(isinstance(part, ast.Constant) and part.value in STATE for part in node.args)
    return name in {"setattr", "__setattr__"} and names_state


def test_one_function_writes_the_state_of_an_order() -> None:
    mine = [module for module in product_modules() if module.is_in("trader") and module.path != OTHER_HOME]
    found = [sentence for module in mine for sentence in writes(module)]
    assert not found, "\n".join(found)
    assert any(module.path == WRITER[0] for module in mine)


@pytest.mark.parametrize(
    "code",
    [
        "order.phase = target",
        "order.pending = PENDINGS[order.pending][said]",
        "self.sync, self.text = Sync.IN_SYNC, text",
        "order.phase: Phase = target",
        "setattr(order, 'phase', target)",
        "object.__setattr__(order, 'sync', Sync.IN_SYNC)",
    ],
)
def test_another_writer_is_found(code: str) -> None:
    assert list(writes(parsed("trader/orders/steps.py", code)))


@pytest.mark.parametrize("code", ["batch.phase = BatchPhase.DONE", "order.phase == target", "order.text = text"])
def test_what_writes_something_else_is_left_alone(code: str) -> None:
    assert not list(writes(parsed("trader/engine/ending.py", code)))
