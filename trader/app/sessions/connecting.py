"""A session is started, and waited for until the venue takes orders; whatever keeps it from that is said in words."""

from collections.abc import Callable

from trader.adapters.clock import now_ns
from trader.adapters.config import Setup
from trader.adapters.session_config import reach
from trader.adapters.tunnel import Tunnel, handshake
from trader.app.robot import Robot
from trader.app.sessions.words import READY_WORDS
from trader.domain.errors import ConfigError
from trader.engine.inputs import Input, SessionClosed

_PATIENCE = 3  # so many times as long as one answer may take

Wait = Callable[[Callable[[], bool], float], bool]


def connect(robot: Robot, setup: Setup, wait: Wait, look: Callable[[], None]) -> None:
    """Start the session and wait until it is up and the venue ready.

    Args:
        robot: The open robot.
        setup: Its configuration.
        wait: Runs the robot's loop until something holds, for so many seconds at the most; whether it does.
        look: Called when the waiting is over; may raise what shall not be an error of the venue's.

    Raises:
        ConfigError: The venue is in its maintenance window, nobody listens, the logon was refused, nothing came back
            in time, or the venue did not say that it is ready.
    """
    dialect, config = setup.venue.dialect, setup.venue.session
    closed_for = dialect.maintenance_at(now_ns())
    if closed_for:
        raise ConfigError(f"{closed_for}; nothing was sent now")
    session = robot.session
    reach(config, session.name)
    robot.connect()
    closed: list[str] = []

    def refused(value: Input) -> None:
        if isinstance(value, SessionClosed) and value.session == session.name and not session.starts_over:
            closed.append(value.reason)

    def is_ready() -> bool:
        # Where the logon says that it is, nothing else is waited for.
        return dialect.ready == "logon" or robot.engine.context.sessions[dialect.name].is_open

    robot.watch_inputs = refused
    seconds = setup.config.batch.logon_s_max
    is_up = wait(lambda: session.is_logged_on or bool(closed), seconds)
    is_open = is_up and wait(lambda: is_ready() or bool(closed), seconds)
    robot.watch_inputs = None
    look()
    if config.tunnel is not None and not session.is_logged_on:
        _check(config.tunnel)
    if closed:
        raise ConfigError(f"the venue {session.name} refused the logon: {closed[0]}")
    if not is_up:
        raise ConfigError(
            f"the venue {session.name} accepted the connection but no logon came back in {seconds:g} s; are "
            f"SenderCompID and TargetCompID in {config.where} what the venue expects?"
        )
    if not is_open:
        raise ConfigError(
            f"the venue {session.name} took the logon but did not say in {seconds:g} s that it is ready for orders "
            f"({READY_WORDS[dialect.ready]}); is it open now? Nothing was sent"
        )


def books_wait_s(setup: Setup) -> float:
    """How long the venue's books are waited for: recovery comes before them, and a pace may hold the questions back."""
    return _PATIENCE * setup.config.batch.answer_s_max


def _check(tunnel: Tunnel) -> None:
    """Find out whether it is the tunnel that lets nothing through.

    Raises:
        ConfigError: It is.
    """
    try:
        handshake(tunnel)
    except ConfigError as error:
        raise ConfigError(f"nothing was sent: {error}") from error
