"""What a second person signs for, at the real commands: exactly what is shown, and nothing else."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.command_line import EXAMPLES, Desk, Outcome, batch_text, desk
from tests.integration.test_people import PASSWORD, approve, run, told, users

ELSEWHERE = (('book = "HEDGE"', 'book = "SALES"'), ('account = "ACC-1"', 'account = "ACC-9"'))


@pytest.fixture
def bank(tmp_path: Path) -> Iterator[Desk]:
    """A desk on which nobody alone may send more than USD 1,000,000, with users and a file that waits."""
    with desk(tmp_path) as made:
        made.configure()
        limits = (EXAMPLES / "limits.csv").read_text("utf-8")
        made.write("limits.csv", limits.replace("FOUR_EYES,desk=*,order_max,60000000", "FOUR_EYES,desk=*,order_max,1"))
        made.write("password", PASSWORD).chmod(0o600)
        made.write("batch.csv", batch_text("T-1,EUR/USD,BUY,EUR,2000000,SPOT,MARKET"))
        users(made)
        yield made


def shown(bank: Desk, request_id: str) -> str:
    """What an approver is shown, who then does not decide."""
    said = told(bank, "approve", request_id, "--user", "bob", "--password-file", "password", "--reason", "looked")
    assert "say --yes to decide from a script" in said.err
    return " ".join(said.out.split())


def dealt(outcome: Outcome) -> int:
    assert outcome.code in (0, 5), outcome.said
    filled: int = outcome.json.get("lines", {}).get("filled", 0)
    return filled


def test_an_approval_is_for_the_book_the_account_and_the_date_that_were_shown(bank: Desk) -> None:
    waiting = run(bank)
    text = shown(bank, waiting.json["batch_id"])
    assert "batch.csv for 2026-11-20 at simulator, desk treasury: 1 line, EUR 2,000,000" in text
    assert "book HEDGE; account ACC-1; value date 2026-11-24" in text
    assert "row T-1: FOUR_EYES" in text
    assert approve(bank, waiting.json["batch_id"], "bob").code == 0

    config = (bank.folder / "trader.toml").read_text("utf-8")
    for old, new in ELSEWHERE:
        assert old in config
        config = config.replace(old, new)
    bank.write("other.toml", config)
    arguments = ("batch.csv", "--password-file", "password", "--json")
    assert dealt(bank.run(*arguments, "--config", "other.toml")) == 0
    assert "book SALES; account ACC-9" in shown(bank, waiting.json["batch_id"])
    assert dealt(bank.run(*arguments, "--trade-date", "2026-11-13")) == 0
    assert "for 2026-11-13" in shown(bank, waiting.json["batch_id"])


def test_a_wrong_password_leaves_the_journal_as_it_was(bank: Desk) -> None:
    began = bank.journal_count("EngineStarted")
    bank.write("password", "not the password")
    refused = run(bank)
    assert refused.code == 2
    assert "the user or the password is wrong" in refused.err
    assert bank.journal_count("EngineStarted") == began


def test_nothing_is_traded_with_limits_that_everybody_may_write(bank: Desk) -> None:
    began = bank.journal_count("EngineStarted")
    (bank.folder / "limits.csv").chmod(0o666)
    refused = run(bank)
    assert refused.code == 2
    assert "limits.csv; expected chmod o-w" in "".join(refused.err.splitlines())
    assert bank.journal_count("EngineStarted") == began
