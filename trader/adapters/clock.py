"""The one place the machine's clock is read. Everything else takes ``ts_ns``."""

import time
from collections.abc import Callable

Clock = Callable[[], int]

now_ns: Clock = time.time_ns
elapsed_ns: Clock = time.perf_counter_ns
