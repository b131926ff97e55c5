"""TOML is read as the standard library does it, but for what would take it minutes."""

import time
import tomllib
from pathlib import Path

import pytest

from tests.unit.engine_cases import ROOT
from trader.domain.toml import read_toml

OURS = [path for place in ("examples", "fix_configs", "simulator") for path in sorted((ROOT / place).rglob("*.toml"))]


@pytest.mark.parametrize("path", OURS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_file_of_ours_is_read_as_the_standard_library_reads_it(path: Path) -> None:
    text = path.read_text("utf-8")
    assert read_toml(text) == tomllib.loads(text)


@pytest.mark.parametrize(
    "text",
    [
        '[alerts.sink.file]\nname = "a.b.c"\nrate = 1.2345\n# ................................................\n',
        f'text = "{"a, b. " * 40}"',
        ".".join(["a"] * 32) + " = 1",
    ],
)
def test_points_that_make_no_long_key_do_not_matter(text: str) -> None:
    assert read_toml(text) == tomllib.loads(text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a" + ".a" * 50_000 + " = 1", "a key has more than 32 parts"),
        ("[" + "a . " * 50_000 + "a]", "a key has more than 32 parts"),
        ('x = { "a"' + ".'a'" * 50_000 + " = 1 }", "a key has more than 32 parts"),
        ("a = " + "[" * 50_000, "stand too deep"),
        ("a = 1\n" * 200_000, "more than 1,000,000 characters"),
        ("a = 9" + "9" * 5_000, "4300"),
        ("a = ", "Invalid value"),
    ],
)
def test_what_would_take_long_is_refused_at_once(text: str, said: str) -> None:
    begun = time.process_time()
    with pytest.raises(ValueError, match=said):
        read_toml(text)
    assert time.process_time() - begun < 2


def test_a_long_word_without_a_point_takes_no_time() -> None:
    begun = time.process_time()
    assert read_toml(f'a = "{"x" * 999_000}"')
    assert time.process_time() - begun < 2
