"""How the currencies have moved from day to day: the European Central Bank's reference rates of the last two years."""

from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from trader.adapters.ecb import ecb_history, ecb_history_file
from trader.domain.currency import MARKET_ORDER
from trader.engine.machine_inputs import CurrencyHistory, HistoryLoaded

_DAYS = 501  # two years; 500 changes from day to day


def load_history() -> HistoryLoaded:
    """The rates of the currencies that were fixed on every one of the days; read again only when the file is another.

    Raises:
        ConfigError: The package that ships them is not there.
    """
    path = ecb_history_file()
    state = path.stat()
    return _read(path, (state.st_ino, state.st_size, state.st_mtime_ns))


@lru_cache(maxsize=1)
def _read(path: Path, _state: tuple[int, int, int]) -> HistoryLoaded:
    """What a file has while its state, which is that of the file system, stays."""
    days, fixed = ecb_history(path, _DAYS)
    whole = {code: rates for code, rates in fixed.items() if code in MARKET_ORDER and all(rates)}
    rates = tuple(CurrencyHistory(code, " ".join(whole[code])) for code in sorted(whole))
    text = "\n".join(f"{each.currency} {each.per_euro}" for each in rates)
    source = f"the European Central Bank's fixings of {days[0]} to {days[-1]}"
    return HistoryLoaded(source, sha256(text.encode()).hexdigest(), rates)
