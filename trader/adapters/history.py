"""How the currencies have moved from day to day: the European Central Bank's reference rates of the last two years."""

from hashlib import sha256

from trader.adapters.ecb import ecb_history
from trader.domain.currency import MARKET_ORDER
from trader.engine.machine_inputs import CurrencyHistory, HistoryLoaded

_DAYS = 501  # two years; 500 changes from day to day


def load_history() -> HistoryLoaded:
    """The rates of the currencies that were fixed on every one of the days.

    Raises:
        ConfigError: The package that ships them is not there.
    """
    days, fixed = ecb_history(_DAYS)
    whole = {code: rates for code, rates in fixed.items() if code in MARKET_ORDER and all(rates)}
    rates = tuple(CurrencyHistory(code, " ".join(whole[code])) for code in sorted(whole))
    text = "\n".join(f"{each.currency} {each.per_euro}" for each in rates)
    source = f"the European Central Bank's fixings of {days[0]} to {days[-1]}"
    return HistoryLoaded(source, sha256(text.encode()).hexdigest(), rates)
