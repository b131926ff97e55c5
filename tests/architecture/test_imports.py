"""Imports point down. Each contract holds, and is shown to fail when one line breaks it."""

import ast
import subprocess
import sys
from collections.abc import Collection, Iterable
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from tests.architecture.source_tree import PACKAGES, ROOT, Module, copy_packages, parsed, product_modules, project

# contract, module that breaks it, the line that does; at least one row for each contract in pyproject.toml
BREACHES = [
    ("layers", "trader/domain/money.py", "import trader.orders"),
    ("layers", "trader/orders/__init__.py", "import trader.fix"),
    ("layers", "trader/fix/__init__.py", "import trader.orders"),
    ("layers", "trader/orders/__init__.py", "import risk"),
    ("layers", "risk/__init__.py", "import strategies"),
    ("layers", "trader/batch/__init__.py", "import trader.engine"),
    ("layers", "trader/engine/__init__.py", "import trader.adapters"),
    ("layers", "trader/adapters/__init__.py", "import trader.app"),
    ("layers", "trader/app/__init__.py", "import simulator"),
    ("layers", "simulator/__init__.py", "import trader.app"),
    ("layers", "trader/app/__init__.py", "import trader.simulation"),
    ("layers", "simulator/__init__.py", "import trader.simulation"),
    ("blind", "risk/__init__.py", "import trader.fix"),
    ("blind", "strategies/__init__.py", "import trader.fix"),
    ("blind", "strategies/__init__.py", "import quickfix"),
    ("pure", "trader/domain/__init__.py", "import pathlib"),
    ("pure", "trader/orders/__init__.py", "import logging"),
    ("pure", "trader/fix/__init__.py", "import quickfix"),
    ("pure", "trader/batch/__init__.py", "import pandas"),
    ("pure", "trader/journal/__init__.py", "import sqlalchemy"),
    ("pure", "trader/reconcile/__init__.py", "import currency_converter"),
    ("pure", "trader/engine/__init__.py", "import sqlmodel"),
    ("pure", "trader/engine/__init__.py", "import apscheduler"),
    ("pure", "risk/__init__.py", "import structlog"),
    ("pure", "risk/checks/mandate.py", "import holidays"),
    ("pure", "strategies/__init__.py", "import rich"),
    ("simulator", "simulator/venue/venue.py", "import trader.adapters.clock"),
    ("simulator", "simulator/market/market.py", "import trader.engine.inputs"),
    ("simulator", "simulator/venue/desk.py", "import quickfix"),
    ("simulator", "simulator/wire/messages_in.py", "import simulator.wire.acceptor\nimport trader.adapters.clock"),
    ("simulation", "trader/simulation/world.py", "import trader.adapters.fix_session"),
    ("simulation", "trader/simulation/world.py", "import simulator.wire.acceptor"),
    ("simulation", "trader/simulation/invariants.py", "import quickfix"),
]

CONTRACTS = {contract["id"]: contract for contract in project()["tool"]["importlinter"]["contracts"]}

# Where these packages may be imported, by module or folder; everyone else uses what is offered there.
HOMES = {
    "apprise": {"trader/adapters/sinks.py"},
    "apscheduler": {"trader/adapters/scheduler.py"},
    "holidays": {"trader/adapters/calendars.py"},
    "openpyxl": {"trader/batch/sheet.py"},
    "pandas": {"trader/app/limits/what_if.py"},
    "quickfix": {
        "trader/adapters/fix_session.py",
        "trader/adapters/fix_callbacks.py",
        "trader/adapters/session_dictionaries.py",
        "trader/adapters/bare_loop.py",  # the benchmark's floor: QuickFIX with nothing around it
        "simulator/wire/acceptor.py",
    },
    "rich": {"trader/cli"},
    "sqlalchemy": {"trader/adapters/store.py", "trader/adapters/tables.py"},
    "sqlmodel": {"trader/adapters/store.py", "trader/adapters/tables.py"},
    "structlog": {"trader/adapters/log.py"},
    "typer": {"trader/cli"},
}


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"]
    return subprocess.run(command, cwd=folder, check=False, capture_output=True, text=True)


def test_every_contract_holds() -> None:
    outcome = lint_imports(ROOT)
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr


def test_every_contract_has_a_breach() -> None:
    assert {contract for contract, _, _ in BREACHES} == set(CONTRACTS)


@pytest.mark.parametrize(("contract", "path", "line"), BREACHES)
def test_a_forbidden_import_breaks_its_contract(contract: str, path: str, line: str, tmp_path: Path) -> None:
    copy_packages(tmp_path)
    module = tmp_path / path
    module.write_text(f"{module.read_text('utf-8')}\n{line}\n", "utf-8")
    outcome = lint_imports(tmp_path)
    assert outcome.returncode == 1, outcome.stdout + outcome.stderr
    assert f"{CONTRACTS[contract]['name']} BROKEN" in outcome.stdout


def in_layers(layers: list[str]) -> set[str]:
    return {name.strip() for layer in layers for name in layer.split("|")}


def test_every_package_below_the_adapters_is_pure() -> None:
    layers = CONTRACTS["layers"]["layers"]
    below = layers[layers.index("trader.adapters") + 1 :]
    assert set(CONTRACTS["pure"]["source_modules"]) == in_layers(below)


def test_no_package_stands_outside_the_layers() -> None:
    named = in_layers(CONTRACTS["layers"]["layers"])
    parts = {module.path.removesuffix(".py").split("/")[1] for module in product_modules() if module.is_in("trader")}
    assert {f"trader.{part}" for part in parts - {"__init__", "__main__"}} | set(PACKAGES) - {"trader"} == named


def imported(module: Module) -> dict[str, ast.stmt]:
    """The top-level packages that a module names, and the statement that names each."""
    found: dict[str, ast.stmt] = {}
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0]: node for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found[(node.module or "").split(".")[0]] = node
    return found


def strays(module: Module) -> list[str]:
    """The imports that belong to one place and stand in another; they are too fine for a contract of packages."""
    found = []
    for name, statement in imported(module).items():
        homes = HOMES.get(name)
        if homes is not None and not module.is_in(*homes):
            found.append(f"{module.where(statement)} imports {name}, which belongs to {' and '.join(sorted(homes))}")
        if module.is_in("trader/domain") and name not in {*sys.stdlib_module_names, "msgspec", "numpy", "trader"}:
            offered = "the standard library, numpy and msgspec"
            found.append(f"{module.where(statement)} imports {name}; trader/domain has {offered}")
    return found


def test_packages_stay_in_their_homes_and_the_domain_needs_nothing() -> None:
    found = [stray for module in product_modules() for stray in strays(module)]
    assert not found, "\n".join(found)


def test_every_home_is_lived_in() -> None:
    lived_in = {
        (name, home)
        for module in product_modules()
        for name in imported(module)
        for home in HOMES.get(name, ())
        if module.is_in(home)
    }
    assert lived_in == {(name, home) for name, homes in HOMES.items() for home in homes}


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("simulator/venue/venue.py", "from quickfix import Message"),
        ("trader/domain/money.py", "import psutil"),
        ("trader/adapters/calendars.py", "def load():\n    import QuantLib, pandas"),
        *[("trader/adapters/clock.py", f"from {name}.inner import thing") for name in HOMES],
    ],
)
def test_a_stray_import_is_found(path: str, line: str) -> None:
    assert len(strays(parsed(path, line))) == 1


# --- circles between modules ------------------------------------------------------------------------------------------

# Imports for the types alone that close a circle. The people of a virtual desk use nearly all of their world, which
# makes them: a Protocol of that many names would only say the world a second time.
CIRCLES = {("trader/simulation/people.py", "trader/simulation/world.py")}


def circle(modules: Iterable[Module], besides: Collection[tuple[str, str]] = CIRCLES) -> list[str]:
    """Modules that import each other, be it late or for the types alone; the first is the last. Empty for none."""
    by_name = {module.path.removesuffix(".py").replace("/", "."): module for module in modules}
    graph: dict[str, set[str]] = {}
    for module in by_name.values():
        named: set[str] = set()
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Import):
                named |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                named |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        paths = {by_name[name].path for name in named & by_name.keys()} - {module.path}
        graph[module.path] = {path for path in paths if (module.path, path) not in besides}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def test_no_modules_import_each_other() -> None:
    assert circle(product_modules()) == []


@pytest.mark.parametrize(
    "line",
    ["from trader.fix import dialect_checks", "def check():\n    from trader.fix.dialect_checks import contradictions"],
)
def test_a_circle_is_found(line: str) -> None:
    others = [module for module in product_modules() if module.path != "trader/fix/dialect.py"]
    assert set(circle([*others, parsed("trader/fix/dialect.py", line)])) == {
        "trader/fix/dialect.py",
        "trader/fix/dialect_checks.py",
    }


def test_every_circle_that_is_let_be_is_there() -> None:
    assert {tuple(sorted({*circle(product_modules(), besides=set())}))} == CIRCLES
