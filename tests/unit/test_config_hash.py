"""The hash of a configuration is of what was read, and of nothing that has taken its place since."""

import re
import shutil
from pathlib import Path

import pytest

from tests.integration.command_line import EXAMPLES, ROOT
from trader.adapters.config import load_setup


def test_a_file_that_is_swapped_after_it_was_read_changes_no_hash(tmp_path: Path) -> None:
    shutil.copytree(EXAMPLES, tmp_path / "desk")
    signed = load_setup(tmp_path / "desk" / "trader.toml")
    approved = signed.limits_where.read_bytes()
    signed.limits_where.write_bytes(approved + b"\n")
    loose = load_setup(signed.where)
    loose.limits_where.write_bytes(approved)
    assert loose.sha256 != signed.sha256
    assert load_setup(signed.where).sha256 == signed.sha256


def test_an_order_that_goes_elsewhere_is_of_another_configuration(tmp_path: Path) -> None:
    shutil.copytree(EXAMPLES, tmp_path / "desk")
    where = tmp_path / "desk" / "trader.toml"
    plain, elsewhere, again = (
        load_setup(where, connect=to) for to in (None, "venue.example:9876", "venue.example:9876")
    )
    assert len({plain.sha256, elsewhere.sha256, load_setup(where, connect="venue.example:9877").sha256}) == 3
    assert elsewhere.sha256 == again.sha256


def test_an_environment_that_says_where_orders_go_is_of_the_configuration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(EXAMPLES, tmp_path / "desk")
    where, folder = tmp_path / "desk" / "trader.toml", tmp_path / "venue"
    shutil.copytree(ROOT / "fix_configs" / "simulator", folder)
    session = folder / "session.cfg"
    text = re.sub("(?m)^SocketConnectHost=.*$", "SocketConnectHost=$(VENUE_HOST)", session.read_text("utf-8"))
    session.write_text(text, "utf-8")
    found = []
    for host in ("one.example", "two.example", "one.example"):
        monkeypatch.setenv("VENUE_HOST", host)
        found.append(load_setup(where, venue=str(folder)).sha256)
    assert found[0] != found[1]
    assert found[0] == found[2]
