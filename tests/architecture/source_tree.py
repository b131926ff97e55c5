"""The repository as data, for the tests of this folder: its files, its parsed modules, its configuration."""

import ast
import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("trader", "risk", "strategies", "simulator")

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Module:
    """One Python file: ``path`` is relative to the repository, with forward slashes."""

    path: str
    text: str
    tree: ast.Module

    def is_in(self, *folders: str) -> bool:
        return any(self.path == folder or self.path.startswith(f"{folder}/") for folder in folders)

    def where(self, node: ast.AST) -> str:
        return f"{self.path}:{getattr(node, 'lineno', 1)}"


def parsed(path: str, text: str) -> Module:
    return Module(path, text, ast.parse(text, path))


@cache
def own_files() -> tuple[str, ...]:
    """Every file that git tracks, or would track at the next ``git add``."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return tuple(sorted(name for name in set(listed.split("\0")) if name and (ROOT / name).is_file()))


@cache
def modules() -> tuple[Module, ...]:
    """Every Python file of the repository."""
    return tuple(parsed(name, (ROOT / name).read_text("utf-8")) for name in own_files() if name.endswith(".py"))


def product_modules() -> Iterator[Module]:
    return (module for module in modules() if module.is_in(*PACKAGES))


@cache
def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


def copy_packages(target: Path) -> None:
    """Copy the four packages and the configuration, for a test to break the copy."""
    for name in PACKAGES:
        shutil.copytree(ROOT / name, target / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", target)


def functions(tree: ast.AST) -> Iterator[Function]:
    return (node for node in ast.walk(tree) if isinstance(node, Function))


def docstring_nodes(tree: ast.AST) -> set[ast.AST]:
    """The string constants that are docstrings: prose, to which rules about code do not apply."""
    found: set[ast.AST] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | Function) and ast.get_docstring(node, clean=False) is not None:
            statement = node.body[0]
            assert isinstance(statement, ast.Expr)
            found.add(statement.value)
    return found
