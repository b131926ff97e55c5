"""The FIX session rules, kind by kind, played with a raw socket against both of our ends."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conformance.ends import RobotEnd, VenueEnd
from tests.conformance.page import PAGE, page
from tests.conformance.playing import MismatchError, Player
from tests.conformance.scripting import Script, ScriptError, read, scripts

SCRIPTS = scripts()
FOR_VENUE = [script for script in SCRIPTS if "venue" in script.steps]
FOR_ROBOT = [script for script in SCRIPTS if "robot" in script.steps]


@pytest.fixture(scope="module")
def venue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VenueEnd]:
    with VenueEnd(tmp_path_factory.mktemp("venue"), FOR_VENUE) as end:
        yield end


@pytest.fixture(scope="module")
def robot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RobotEnd]:
    with RobotEnd(tmp_path_factory.mktemp("robot")) as end:
        yield end


@pytest.mark.parametrize("script", FOR_VENUE, ids=lambda script: script.name)
def test_the_simulators_acceptor_keeps_to_the_script(script: Script, venue: VenueEnd) -> None:
    Player(venue.open(script), script, "venue").play()


@pytest.mark.parametrize("script", FOR_ROBOT, ids=lambda script: script.name)
def test_the_robots_session_keeps_to_the_script(script: Script, robot: RobotEnd) -> None:
    session = robot.open(script)
    try:
        Player(session, script, "robot").play()
    finally:
        session.close()


def test_a_script_that_is_not_kept_to_says_where_and_what_was_said(venue: VenueEnd, tmp_path: Path) -> None:
    (kept,) = [script for script in FOR_VENUE if script.name == "test_request"]
    (tmp_path / "test_request.session").write_text(
        kept.path.read_text("utf-8").replace("hear 0|112=", "hear 0|112=NOT ")
    )
    broken = read(tmp_path / "test_request.session")
    with pytest.raises(MismatchError) as caught:
        Player(venue.open(broken), broken, "venue").play()
    assert "test_request.session:7 (venue): hear 0|112=NOT ARE YOU THERE" in str(caught.value)
    assert "it has ARE YOU THERE" in str(caught.value)
    assert "> 8=FIX.4.4|9=" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("title A\nkind logon\nends venue\n\nshout 0\n", "x.session:5: 'shout 0' is no step"),
        ("title A\nkind logon\nends nobody\n\nalive\n", "ends of venue or robot"),
        ("titel A\nkind logon\nends venue\n\nalive\n", "x.session:1: 'titel' is no key"),
        ("title A\nkind logon\nends venue\n\nrobot: alive\n", "x.session:5: robot is not among its ends"),
    ],
)
def test_a_file_that_is_no_script_is_explained(text: str, problem: str, tmp_path: Path) -> None:
    (tmp_path / "x.session").write_text(text, "utf-8")
    with pytest.raises(ScriptError, match=problem.replace("'", ".")):
        read(tmp_path / "x.session")


def test_the_page_is_made_from_the_scripts() -> None:
    assert PAGE.read_text("utf-8") == page(), "make it anew: python -m tests.conformance.page"


def test_each_end_has_at_least_fifty_scripts() -> None:
    assert min(len(FOR_VENUE), len(FOR_ROBOT)) >= 50
