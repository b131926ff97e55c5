"""Asks again when what the venue was asked to send again does not come.

QuickFIX asks once for what it has missed, and keeps everything later until that has come. Should the question or the
answer be lost, the session looks well, heartbeats and all, and the robot hears nothing more of its orders. QuickFIX can
be told to ask at every message that comes too early, but that may be thousands of questions about one gap. So it is
told so for one message: the answer to a TestRequest(1) of ours.
"""

import threading
from collections.abc import Callable

RESEND_MARK = "RESEND"


class ResendWatch:
    """Watches one session's ResendRequest(2)s.

    Args:
        ask_again: Says TestRequest(1) with TestReqID(112)=RESEND, and has QuickFIX ask again should the answer come too
            early. Called from a thread of its own.
        ask_once: Has QuickFIX ask once for each gap.
        wait_s: Seconds to wait for what was asked for.
    """

    def __init__(self, ask_again: Callable[[], None], ask_once: Callable[[], None], wait_s: float) -> None:
        self._ask_again = ask_again
        self._ask_once = ask_once
        self._wait_s = wait_s
        self._timer: threading.Timer | None = None

    def asked(self) -> None:
        """A ResendRequest(2) leaves: wait."""
        self.end()
        self._wait()

    def heard(self, test_req_id: str) -> None:
        """A Heartbeat(0) has come in its turn. If it answers our question, nothing is missing any longer."""
        if test_req_id == RESEND_MARK:
            self.end()

    def end(self) -> None:
        """Nothing is missing; or the connection is over, and the next logon finds out what is."""
        self._ask_once()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _wait(self) -> None:
        self._timer = threading.Timer(self._wait_s, self._look)
        self._timer.daemon = True
        self._timer.start()

    def _look(self) -> None:
        """Ask whether the venue is there; and wait again, for this question can be lost as well."""
        self._wait()
        self._ask_again()
