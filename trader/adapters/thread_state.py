"""Python's state of a thread that Python did not make, kept from one of its calls to the next.

A thread of a C++ library has none when it calls in: one is made for the call and dropped after it, with memory asked of
the system each time, which takes longer than what most calls do.

Source: PyGILState_Ensure in Python's C API: calls nest, and the last release drops the state.
"""

import ctypes
import threading

_ensure, _release = ctypes.pythonapi.PyGILState_Ensure, ctypes.pythonapi.PyGILState_Release


class ThreadState:
    """Keeps the state of whichever thread asks for it."""

    def __init__(self) -> None:
        self._kept = threading.local()

    def keep(self) -> None:
        """Keep the calling thread's until it calls :meth:`drop`; a second call does nothing."""
        if not hasattr(self._kept, "ensured"):
            self._kept.ensured = _ensure()

    def drop(self) -> None:
        """The calling thread's goes with the call that it is in; for a thread that keeps none this does nothing."""
        if hasattr(self._kept, "ensured"):
            _release(self._kept.__dict__.pop("ensured"))
