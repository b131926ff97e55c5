"""Fixing dates: the day on which the settlement rate of a non-deliverable forward is fixed. These are the rules.

1. An NDF exchanges nothing: on its value date the difference between the dealt rate and the fixing is paid, in the
   pair's other currency. So exactly one currency of its pair is one that is not delivered abroad.
2. The fixing lies one or two business days before the value date, counted on the calendar of the currency that is
   fixed, whatever New York does.
3. A fixing date that the desk says itself is taken as said, when it is one of the last business days of that calendar
   before the value date and not before the trade date.

Source: market practice as the templates of EMTA, and in Asia of SFEMC, describe it per currency. Where the
confirmation differs, its own date wins.
"""

from collections.abc import Mapping
from datetime import date

from trader.domain.calendars import Calendars
from trader.domain.currency import Currency, CurrencyPair
from trader.domain.errors import DomainError

# Business days from fixing to settlement of each currency that is dealt without delivery; None where practice is not
# settled enough to assume one, and the desk says the date. CNY stands here, and CNH, which is delivered, does not.
FIXING_LAG_DAYS: Mapping[str, int | None] = {
    "ARS": None, "BRL": 2, "CLP": 2, "CNY": 2, "COP": 2, "EGP": None, "IDR": 2, "INR": 2, "KRW": 2, "MYR": 2,
    "PEN": 2, "PHP": 1, "RUB": 1, "TWD": 2, "VND": 2,
}  # fmt: skip

_DAYS_BEFORE_MAX = 5  # business days: wide of every practice, and narrow enough to catch a wrong month


def non_deliverable(pair: CurrencyPair) -> Currency | None:
    """The currency of a pair whose rate an NDF fixes; None unless it is exactly one of the two.

    The other one, ``pair.other(...)`` of it, is what the NDF is settled in.
    """
    fixed = [currency for currency in (pair.base, pair.terms) if currency in FIXING_LAG_DAYS]
    return fixed[0] if len(fixed) == 1 else None


def fixing_date(currency: Currency, value_date: date, calendars: Calendars) -> date:
    """The fixing date by the market's rule.

    Args:
        currency: The one that is fixed: see :func:`non_deliverable`.
        value_date: When the difference is paid.
        calendars: Of that currency.

    Raises:
        DomainError: The currency has no rule or no calendar, or the covered years do not reach.
    """
    lag_days = FIXING_LAG_DAYS.get(currency)
    if lag_days is None:
        raise DomainError(f"{currency} has no usual fixing date; expected a fixing date that is said with the deal")
    return calendars.business_days(currency).before(value_date, lag_days)


def fixing_date_problem(
    currency: Currency, fixing: date, value_date: date, trade_date: date, calendars: Calendars
) -> str | None:
    """What is wrong with a fixing date, in one sentence, or None when it may be one."""
    days = calendars.business_days(currency)
    if fixing >= value_date:
        return f"is not before the value date; expected a business day of {currency} before {value_date}"
    if fixing < trade_date:
        return f"is before the trade date; expected {trade_date} or a later day"
    earliest = days.before(value_date, _DAYS_BEFORE_MAX)
    if fixing < earliest or fixing not in days:
        return (
            f"is no day for a fixing of {currency}; expected a business day of {currency} from {earliest} to "
            f"{days.before(value_date, 1)}"
        )
    return None
