"""What two persons sign for, from the command line: what is said when there is nothing to sign."""

from pathlib import Path

from typer.testing import CliRunner

from trader.cli.main import app


def refusal(*arguments: str) -> str:
    """What a command says that does nothing."""
    return str(CliRunner().invoke(app, list(arguments)).exception)


def test_breaks_of_no_batch_cannot_be_signed_for(tmp_path: Path) -> None:
    said = refusal("sign", "breaks", "HC6TX7N45Z", "--data", str(tmp_path), "--reason", "explained")
    assert said == "HC6TX7N45Z: there is no such batch; trader batches lists what there is"


def test_a_configuration_that_never_ran_cannot_be_signed_for(tmp_path: Path) -> None:
    said = refusal("sign", "config", "--data", str(tmp_path), "--reason", "reviewed")
    assert said.startswith(f"no robot has run in {tmp_path} yet")
