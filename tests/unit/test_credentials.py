"""Passwords: kept as hashes, wrong ones slowed, read from where nobody else can."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from trader.adapters.credentials import ENVIRONMENT, Credentials, read_password
from trader.domain.errors import ConfigError

GOOD, BAD = "correct horse battery", "correct horse batterz"
SECOND = 1_000_000_000
MINUTE = 60 * SECOND
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@pytest.fixture
def credentials(tmp_path: Path) -> Iterator[Credentials]:
    made = Credentials(tmp_path / "trader.db", QUICK)
    made.keep("anna", GOOD)
    yield made
    made.close()


def test_the_right_password_is_right_and_every_other_is_wrong(credentials: Credentials) -> None:
    assert credentials.check("anna", GOOD, 0) == ""
    for user, password in (("anna", BAD), ("anna", ""), ("bob", GOOD), ("", "")):
        assert credentials.check(user, password, 0) == "the user or the password is wrong"


def test_only_the_hash_is_kept(credentials: Credentials, tmp_path: Path) -> None:
    credentials.close()
    stored = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert GOOD.encode() not in stored
    assert b"$argon2id$" in stored


def test_after_three_wrong_ones_the_next_has_to_wait_twice_as_long_each_time(credentials: Credentials) -> None:
    for _ in range(3):
        credentials.check("anna", BAD, 0)
    assert "in 1 s" in credentials.check("anna", GOOD, SECOND - 1)
    assert credentials.check("anna", BAD, SECOND) == "the user or the password is wrong"
    assert "in 2 s" in credentials.check("anna", GOOD, SECOND)
    assert credentials.check("anna", GOOD, 3 * SECOND) == ""
    credentials.check("anna", BAD, 3 * SECOND)
    assert credentials.check("anna", GOOD, 3 * SECOND) == ""


def test_a_code_is_good_for_setting_a_password_and_for_nothing_else(credentials: Credentials) -> None:
    code = credentials.hand_out("bob")
    assert credentials.hand_out("carl") != code
    assert "sets a password with it first" in credentials.check("bob", code, 0)
    assert credentials.check("bob", code, 0, or_code=True) == ""
    assert credentials.check("bob", GOOD, 0, or_code=True) == "the user or the password is wrong"
    credentials.keep("bob", GOOD)
    assert credentials.check("bob", GOOD, 0) == ""
    assert credentials.check("bob", code, 0, or_code=True) == "the user or the password is wrong"


def test_neither_who_asked_for_a_user_nor_who_approved_can_be_that_user(credentials: Credentials) -> None:
    """Each is shown a half of the code; whoever could use it alone would be maker and checker in one."""
    first = credentials.begin_code("FB6WBWS3FY")
    for name in ("bob", "request FB6WBWS3FY"):
        assert credentials.check(name, first, 0, or_code=True) == "the user or the password is wrong"
    second = credentials.end_code("FB6WBWS3FY", "bob")
    for half in (first, second, f"{second}-{first}", f"{first}-{first}", f"{second}-{second}"):
        assert credentials.check("bob", half, 10 * MINUTE, or_code=True) != ""
    assert credentials.check("bob", f"{first}-{second}", 20 * MINUTE, or_code=True) == ""
    assert "sets a password with it first" in credentials.check("bob", f"{first}-{second}", 20 * MINUTE)


def test_a_code_that_nobody_has_begun_is_not_ended(credentials: Credentials) -> None:
    credentials.begin_code("FB6WBWS3FY")
    assert (credentials.has_begun("FB6WBWS3FY"), credentials.has_begun("CS3F95QV0N")) == (True, False)
    with pytest.raises(ConfigError, match="nobody was shown the first half"):
        credentials.end_code("CS3F95QV0N", "bob")
    credentials.end_code("FB6WBWS3FY", "bob")
    assert not credentials.has_begun("FB6WBWS3FY")


def test_a_code_that_was_asked_for_again_has_the_last_half(credentials: Credentials) -> None:
    before, first = credentials.begin_code("FB6WBWS3FY"), credentials.begin_code("FB6WBWS3FY")
    second = credentials.end_code("FB6WBWS3FY", "bob")
    assert credentials.check("bob", f"{before}-{second}", 0, or_code=True) == "the user or the password is wrong"
    assert credentials.check("bob", f"{first}-{second}", 0, or_code=True) == ""


def test_of_a_request_that_is_declined_nothing_is_kept(credentials: Credentials) -> None:
    credentials.begin_code("FB6WBWS3FY")
    credentials.drop_code("FB6WBWS3FY")
    assert not credentials.has_begun("FB6WBWS3FY")


def test_a_code_takes_the_place_of_a_password_that_somebody_had_before(credentials: Credentials) -> None:
    credentials.hand_out("anna")
    assert credentials.check("anna", GOOD, 0) == "the user or the password is wrong"


def test_a_clock_that_went_back_does_not_shorten_the_wait(credentials: Credentials) -> None:
    for _ in range(3):
        credentials.check("anna", BAD, 10 * SECOND)
    assert "in 1 s" in credentials.check("anna", GOOD, 0)


@pytest.mark.parametrize("password", ["", "elevenchars", "x" * 1025])
def test_a_password_that_is_too_short_or_far_too_long_is_not_kept(credentials: Credentials, password: str) -> None:
    with pytest.raises(ConfigError, match="12 characters or more"):
        credentials.keep("anna", password)
    assert credentials.check("anna", GOOD, 0) == ""


def test_a_file_that_only_its_owner_can_read_gives_its_first_line(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text(f"{GOOD}\nsomething else\n", "utf-8")
    file.chmod(stat.S_IRUSR | stat.S_IWUSR)
    assert read_password("anna", file) == GOOD


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o666])
def test_a_file_that_others_can_read_is_refused_without_its_content(tmp_path: Path, mode: int) -> None:
    file = tmp_path / "password"
    file.write_text(GOOD, "utf-8")
    file.chmod(mode)
    with pytest.raises(ConfigError, match="others can read") as caught:
        read_password("anna", file)
    assert GOOD not in str(caught.value)


def test_a_file_that_is_not_there_or_no_text_is_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="No such file"):
        read_password("anna", tmp_path / "nothing")
    file = tmp_path / "binary"
    file.write_bytes(b"\xff\xfe\xff")
    file.chmod(0o600)
    with pytest.raises(ConfigError, match="it is not text"):
        read_password("anna", file)


def test_the_environment_gives_the_askers_password_and_never_a_new_users(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ENVIRONMENT, GOOD)
    assert read_password("anna") == GOOD
    with pytest.raises(ConfigError, match=r"no new password for bob.*--new-password-file"):
        read_password("bob", is_new=True)


def test_a_password_in_another_encoding_is_said_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(os.environb, ENVIRONMENT.encode(), "geheim-Wörter".encode("latin-1"))
    with pytest.raises(ConfigError, match=f"the password from {ENVIRONMENT} cannot be read") as refused:
        read_password("anna")
    assert "geheim" not in str(refused.value)
