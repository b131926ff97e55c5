"""The house style as tests: sizes, docstrings, safety switches, tag numbers, floats, exceptions and their reasons.

Each rule is a function from a module to the sentences that say what is wrong in it. It is run over the repository,
and shown once to find a breach: a rule that cannot fail proves nothing.
"""

import ast
import io
import re
import tokenize
from collections.abc import Callable, Iterator

import pytest

from tests.architecture.source_tree import (
    PACKAGES,
    ROOT,
    Function,
    Module,
    docstring_nodes,
    functions,
    modules,
    own_files,
    parsed,
)

FUNCTION_LINES_MAX = 70
MODULE_LINES_AIM = 400
MODULE_LINES_MAX = 450

# Modules between the aim and the maximum, each with the reason why it is not two.
LONG_MODULES: dict[str, str] = {}

TABLES = "trader/adapters/tables.py"

# Where numbers of FIX tags may stand in code, with the reason. Everyone else uses the names in trader/fix.
TAG_HOMES = {
    "trader/fix": "the codec",
    "trader/adapters/bare_loop.py": "the benchmark's floor is plain QuickFIX, as anyone would write it",
    "tests": "a test shows the message as the wire has it",
}

EXACT = ("trader/domain", "trader/orders", "risk")

Rule = Callable[[Module], Iterator[str]]


def long_functions(module: Module) -> Iterator[str]:
    for function in functions(module.tree):
        length = (function.end_lineno or 0) - function.lineno + 1
        if length > FUNCTION_LINES_MAX:
            yield f"{module.where(function)} {function.name} has {length} lines; at most {FUNCTION_LINES_MAX}"


def long_module(module: Module) -> Iterator[str]:
    length = module.text.count("\n")
    limit = MODULE_LINES_MAX if module.path in LONG_MODULES else MODULE_LINES_AIM
    if module.is_in(*PACKAGES) and length > limit:
        yield f"{module.path} has {length} lines; at most {limit}"


def missing_docstrings(module: Module) -> Iterator[str]:
    if module.is_in(*PACKAGES):
        for node in public_definitions(module.tree):
            if not ast.get_docstring(node):
                yield f"{module.where(node)} {getattr(node, 'name', 'the module')} has no docstring"


def public_definitions(scope: ast.Module | ast.ClassDef) -> Iterator[ast.Module | ast.ClassDef | Function]:
    """The module itself, its public classes and functions, and their public methods, not what hides in functions."""
    if isinstance(scope, ast.Module):
        yield scope
    for node in scope.body:
        if isinstance(node, ast.ClassDef | Function) and not node.name.startswith("_") and not is_overload(node):
            yield node
            if isinstance(node, ast.ClassDef):
                yield from public_definitions(node)


def is_overload(node: ast.ClassDef | Function) -> bool:
    return any(isinstance(decorator, ast.Name) and decorator.id == "overload" for decorator in node.decorator_list)


def safety_switches(module: Module) -> Iterator[str]:
    if module.is_in("risk"):
        for function in functions(module.tree):
            arguments = function.args.posonlyargs + function.args.args + function.args.kwonlyargs
            for argument in arguments:
                if re.search(r"skip|bypass|disable|ignore|force", argument.arg):
                    yield f"{module.where(argument)} {argument.arg} would switch a safety off; there is no such switch"


def tag_numbers(module: Module) -> Iterator[str]:
    """FIX text such as "35=D" in a string, and numbers given to QuickFIX's field functions."""
    if module.is_in(*TAG_HOMES):
        return
    prose = docstring_nodes(module.tree)
    for node in ast.walk(module.tree):
        is_text = isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in prose
        if is_text and re.search(r"(?<![\w.(-])[1-9]\d{0,4}=", node.value):
            yield f"{module.where(node)} has a tag number in {node.value!r}; use trader.fix"
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
            first = node.args[0]
            is_number = isinstance(first, ast.Constant) and type(first.value) is int
            if is_number and node.func.attr in {"getField", "setField", "isSetField", "removeField"}:
                yield f"{module.where(node)} has a tag number in {node.func.attr}; use the names in trader.fix"


def floats(module: Module) -> Iterator[str]:
    if module.is_in(*EXACT):
        for node in ast.walk(module.tree):
            is_annotation = isinstance(node, ast.Name) and node.id == "float"
            is_literal = isinstance(node, ast.Constant) and isinstance(node.value, float)
            if is_annotation or is_literal:
                yield f"{module.where(node)} has a float; money and rates are Decimal"


def exceptions_without_reason(module: Module) -> Iterator[str]:
    """Comments that switch a lint or type rule off must name the rule, and say why on the same line."""
    for token in tokenize.generate_tokens(io.StringIO(module.text).readline):
        if token.type != tokenize.COMMENT:
            continue
        switch = re.search(r"#\s*(?:(?:ruff:\s*|flake8:\s*)?noqa|type:\s*ignore)\b(.*)", token.string)
        if switch is None:
            continue
        named = re.match(r"(?::\s*|\[)[\w-]+(?:[,\s]\s*[A-Z]+\d+|,\s*[\w-]+)*\]?(.*)", switch[1])
        if named is None or len(re.findall(r"[A-Za-z]{2,}", named[1])) < 2:
            yield f"{module.path}:{token.start[0]} {token.string!r} must name the rule and give the reason"


def misplaced_rows(module: Module) -> Iterator[str]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ClassDef) and any(ast.unparse(base).endswith("SQLModel") for base in node.bases):
            if module.path != TABLES and module.is_in(*PACKAGES):
                yield f"{module.where(node)} {node.name} is a table; tables live in {TABLES}"
            if not node.name.endswith("Row"):
                yield f"{module.where(node)} {node.name} is a table; a table's name ends in Row"


RULES: list[Rule] = [
    long_functions,
    long_module,
    missing_docstrings,
    safety_switches,
    tag_numbers,
    floats,
    exceptions_without_reason,
    misplaced_rows,
]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_repository_keeps_the_rule(rule: Rule) -> None:
    found = [sentence for module in modules() for sentence in rule(module)]
    assert not found, "\n".join(found)


LONG_BODY = "\n".join(["def long() -> None:", '    """Do much."""', *["    print()"] * 69])

BREACHES: list[tuple[Rule, str, str]] = [
    (long_functions, "tests/unit/test_x.py", LONG_BODY),
    (long_module, "risk/x.py", "\n" * (MODULE_LINES_AIM + 1)),
    (missing_docstrings, "risk/x.py", "X = 1"),
    (missing_docstrings, "risk/x.py", '"""X."""\ndef f() -> None: ...'),
    (missing_docstrings, "risk/x.py", '"""X."""\nclass A:\n    """A."""\n    def f(self) -> None: ...'),
    (safety_switches, "risk/x.py", "def check(order, *, skip_limits=False): ..."),
    (safety_switches, "risk/checks/x.py", "def check(order, bypass): ..."),
    (tag_numbers, "trader/engine/x.py", 'TEXT = "8=FIX.4.4|35=D|"'),
    (tag_numbers, "trader/adapters/x.py", "message.getField(11)"),
    (floats, "trader/domain/x.py", "def rate() -> float: ..."),
    (floats, "trader/orders/x.py", "prices: list[float] = []"),
    (floats, "risk/x.py", "SHARE = 0.05"),
    (exceptions_without_reason, "risk/x.py", "import os  # " + "noqa: F401"),
    (exceptions_without_reason, "risk/x.py", "import os  # " + "noqa"),
    (exceptions_without_reason, "risk/x.py", "x = y  # " + "type: ignore[name-defined]"),
    (exceptions_without_reason, "risk/x.py", "x = y  # " + "type: ignore  # the stub is wrong"),
    (misplaced_rows, "trader/api/x.py", "class BatchRow(SQLModel, table=True): ..."),
    (misplaced_rows, TABLES, "class Batch(sqlmodel.SQLModel, table=True): ..."),
]


@pytest.mark.parametrize(("rule", "path", "code"), BREACHES)
def test_a_breach_is_found(rule: Rule, path: str, code: str) -> None:
    assert len(list(rule(parsed(path, code)))) == 1


LAWFUL: list[tuple[Rule, str, str]] = [
    (long_functions, "risk/x.py", LONG_BODY.removesuffix("\n    print()")),
    (safety_switches, "trader/batch/x.py", "def read(skip_blank_lines): ..."),
    (tag_numbers, "trader/engine/x.py", '"""Sends 35=D."""\nTEXT = f"ExecType(150)=F, ratio=2, a1=3, {tag}=D"'),
    (tag_numbers, "trader/fix/x.py", 'TEXT = "35=D"'),
    (floats, "strategies/x.py", "def rate() -> float: ..."),
    (exceptions_without_reason, "risk/x.py", "import os  # " + "noqa: F401, E402 - kept for its side effect"),
    (exceptions_without_reason, "risk/x.py", "x = y  # " + "type: ignore[name-defined]  # the stub is wrong"),
    (misplaced_rows, TABLES, "class BatchRow(SQLModel, table=True): ..."),
]


@pytest.mark.parametrize(("rule", "path", "code"), LAWFUL)
def test_what_is_lawful_is_left_alone(rule: Rule, path: str, code: str) -> None:
    assert not list(rule(parsed(path, code)))


def test_an_exception_for_a_long_module_is_still_needed() -> None:
    lengths = {module.path: module.text.count("\n") for module in modules()}
    stale = [path for path in LONG_MODULES if lengths.get(path, 0) <= MODULE_LINES_AIM]
    assert not stale, f"no longer over {MODULE_LINES_AIM} lines: {stale}"


# Letters in brackets keep the patterns from finding themselves.
MACHINE_WORDS = re.compile(
    r"(?<![\w.])/(?:[w]ork|[r]oot|[h]ome|[U]sers)/|[f]ile:///"
    r"|[p]ypi\.(?:org|python)|[p]ythonhosted\.|registry\.[n]pmjs|[d]eb\.debian|--(?:extra-)?[i]ndex-url|--[f]ind-links"
)


def test_no_file_names_a_registry_or_a_path_of_one_machine() -> None:
    found = []
    for name in own_files():
        text = (ROOT / name).read_bytes().decode("utf-8", errors="replace")
        lines = enumerate(text.splitlines(), start=1)
        found += [f"{name}:{number} {line.strip()}" for number, line in lines if MACHINE_WORDS.search(line)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    "line", ["cd /~work/main", "see /~home/anna/x", "at pypi~.org/simple", "pip install --~extra-index-url x"]
)
def test_a_machine_word_is_found(line: str) -> None:
    assert MACHINE_WORDS.search(line.replace("~", ""))
