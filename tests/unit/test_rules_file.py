"""The desk's own rules: what the file can say, what it says when it is wrong, and the page that tells of it."""

import re
from pathlib import Path

import pytest
from rule_cases import errors

from risk.rules.guide import tables
from risk.rules.language import written
from risk.rules.parse import parse_rules
from trader.domain.errors import ConfigError

EXAMPLE = Path(__file__).parents[2] / "examples" / "rules.txt"


# --- the file --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("nested", ["(" * 5_000 + "{}" + ")" * 5_000, "not " * 50_000 + "{}"])
def test_a_rule_that_nests_without_end_is_refused_in_words(nested: str) -> None:
    with pytest.raises(ConfigError, match="a rule that a person can read"):
        parse_rules(f'rule r when {nested.format("pair is EUR/USD")} then deny "no"', "rules.txt", "USD")


def test_every_error_is_said_with_its_line_and_column() -> None:
    text = """\
# what the desk wants
rule first
  when pear is EUR/USD
  then deny "no"
rule second
  when pair is EUR/USD
  then shout "no"
rule first
  when amount over 5,00 EUR
  then deny "no"
"""
    said = errors(text)
    assert [line.split(":")[0] for line in said] == [
        "line 3, column 8",
        "line 7, column 8",
        "line 8, column 1",
        "line 9, column 20",
    ]
    assert said[0].startswith("line 3, column 8: 'pear' is not a key of an order; expected pair, or another of ")
    assert said[1] == "line 7, column 8: 'shout' cannot stand here; expected deny, needs or warn"
    assert said[2] == "line 8, column 1: there is a rule 'first' already; expected a name of its own"
    assert said[3].endswith("'5,00' is not a quantity; expected digits like 5000000, 5,000,000 or 0.25")


@pytest.mark.parametrize(
    ("condition", "problem"),
    [
        ("pair is USD/EUR", "USD/EUR is not how the market quotes it; expected EUR/USD"),
        ("pair is EUR/XXX", "'XXX' is not a currency"),
        ("side is hold", "'HOLD' is not a valid Side"),
        ("weekday is Frydag", "expected Friday, or another of Monday"),
        ("amount over 5", "the amount has no currency; expected one, like EUR"),
        ("amount over 5 eur", "'eur' is not a currency"),
        ("amount over NaN EUR", "'NaN' cannot stand here; expected a number"),
        ("amount over -5 EUR", "'-5' is not a quantity"),
        ("notional over 5 EUR", "notional is not compared in EUR; expected USD"),
        ("amount is EUR", "a figure is compared with over, under, at least or at most"),
        ("pair over 5", "a key is compared with is"),
        ("volatilty over 5 %", "expected volatility, or another of amount"),
        ("volatility over 5", "expected %"),
        ("volatility in 5 parsecs over 5 %", "5 parsecs is not a window; expected up to 7 days"),
        ("volatility in 8 days over 5 %", "8 days is not a window"),
        ("volatility in 0 minutes over 5 %", "0 minutes is not a window"),
        ("rate in 5 minutes over 5", "rate is as it is now and has no window"),
        ("volatility of venue over 5 %", "volatility of venue; expected pair, each once"),
        ("latency of venue venue over 5 ms", "latency of venue; expected trader, desk, book"),
        ("latency of venue over 5 EUR", "latency is not compared in EUR; expected ms, s, minutes, hours"),
        ("amount of trader over 5 EUR", "amount of trader; it is always the order's own"),
        ("use over 5 %", "use of nothing; expected a limit, one of NOP_CURRENCY"),
        ("use of MANDATE trader over 5 %", "use of MANDATE; expected a limit, one of NOP_CURRENCY"),
        ("use of VOLUME_DAY over 5 %", "'VOLUME_DAY' is not what its limits are kept by; expected 'VOLUME_DAY trader'"),
        ("use of VOLUME_DAY book over 5 %", "'VOLUME_DAY book' is not what its limits are kept by"),
        ("exposure of NOP_CURRENCY book currency over 5 EUR", "an amount has a currency; expected which one"),
        ("exposure of VOLUME_DAY trader over 5 EUR", "exposure is not compared in EUR; expected USD"),
        ("exposure of OPEN_COUNT trader over 5 USD", "expected a plain number"),
        ("time is between 25:00 and 26:00", "there is no span from 25:00 to 26:00"),
        ("time is between 10:00 and 10:00", "there is no span from 10:00 to 10:00"),
        ("pair is between 10:00 and 11:00", "'pair' is never between two times; expected time"),
        ('trader is ""', "'' is not a name; expected one"),
        ('trader is "*"', "'*' is not a name; expected one"),
        ("(pair is EUR/USD", "'then' cannot stand here; expected )"),
        ("pair is EUR/USD $", "'$' cannot stand here"),
        ("pair is", "'then' cannot stand here; expected"),
    ],
)
def test_a_word_that_cannot_be_is_said_with_what_would_be_right(condition: str, problem: str) -> None:
    assert problem in "\n".join(errors(f'rule r when {condition} then deny "no"'))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("hello", "line 1, column 1: 'hello' cannot stand here; expected rule"),
        ("rule r", "line 1, column 7: the end cannot stand here; expected when"),
        ('rule r when side is buy then deny ""', "the text is empty; expected what the desk is to be told"),
        (
            "rule r when side is buy\n\n# over\n",
            "line 3, column 7: the end cannot stand here; expected and, or or then",
        ),
    ],
)
def test_what_is_no_rule_is_said(text: str, expected: str) -> None:
    assert expected in errors(text)[0]


def test_a_file_without_rules_has_none() -> None:
    assert parse_rules("# nothing yet\n\n", "rules.txt", "USD") == ()


def test_a_name_that_is_a_word_of_the_language_stands_in_quotation_marks() -> None:
    rules = parse_rules('rule r when trader is "and" and book is "my book" then deny "no"', "rules.txt", "USD")
    assert 'trader is "and" and book is "my book"' in written(rules)
    assert parse_rules(written(rules), "rules.txt", "USD") == rules


def test_the_example_rules_are_a_dozen_and_are_read_as_they_are_written() -> None:
    rules = parse_rules(EXAMPLE.read_text(encoding="utf-8"), "rules.txt", "USD")
    assert len(rules) >= 12
    assert parse_rules(written(rules), "rules.txt", "USD") == rules


# --- the document ----------------------------------------------------------------------------------------------------

DOCUMENT = (EXAMPLE.parents[1] / "docs" / "rules.md").read_text(encoding="utf-8")


def test_the_document_has_the_words_that_the_code_knows() -> None:
    assert tables() in DOCUMENT, "docs/rules.md is not what the code says; put risk.rules.guide.tables() into it"


def test_the_rule_that_the_document_shows_can_be_read() -> None:
    shown = DOCUMENT.split("```")[1]
    assert [rule.name for rule in parse_rules(shown, "docs/rules.md", "USD")] == ["large-lira"]


@pytest.mark.parametrize(
    "condition", [text for text in re.findall(r"`([a-z][^`…]*)`", DOCUMENT) if re.search(r" (is|over) ", text)]
)
def test_every_condition_that_the_document_shows_can_be_read(condition: str) -> None:
    assert len(parse_rules(f'rule r when {condition} then deny "no"', "docs/rules.md", "USD")) == 1
