"""Value dates: the day a deal is paid. These are the rules.

1. The trade date rolls at 17:00 New York, for NZD/USD at 07:00 Auckland, and is never a Saturday or Sunday.
2. Spot counts forward per currency, each on its own calendar, by the currency's lag against USD; a cross takes the
   later of its two USD legs. The USD side counts weekdays, so that a USD holiday on T+1 costs nothing; against ARS,
   CLP and MXN it counts New York business days, and the holiday costs a day.
3. The date so found moves to the first day that is good for both currencies and not a USD holiday, crosses included.
4. TOD is the trade date itself, whatever day that is. ON and TOM are the first good day after it, TN is the second.
5. SN is the first good day after spot. Weeks count calendar days from spot, adjusted to the following good day. Months
   and years are adjusted modified following, and end-to-end: from the last good day of a month to the last good day
   of a month. IMM1 is the first third Wednesday of March, June, September or December after spot, adjusted following.
6. A date given as a date is taken as given; :func:`value_date_problem` says what is wrong with it.

Source: market practice as in I. J. Clark, *Foreign Exchange Option Pricing* (2011), chapter 1, and the OpenGamma guide
*Interest Rate Instruments and Market Conventions* (FX section). Where a venue differs, the venue's own date wins.
"""

from collections.abc import Sequence
from datetime import date, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from trader.domain.calendars import BusinessDays, Calendars
from trader.domain.currency import CurrencyPair
from trader.domain.errors import DomainError
from trader.domain.moments import NS_PER_S, is_weekend, second_at
from trader.domain.tenor import Tenor, TenorKind, TenorUnit

USUAL_SPOT_LAG_DAYS = 2

# Business days from trade date to spot against USD, where they are not two.
# Source: interbank practice; Canada's market has always settled next day, Turkey, the Philippines and Russia follow
# their domestic markets, and Colombia's peso is dealt for the same day.
SPOT_LAG_DAYS = {"CAD": 1, "TRY": 1, "PHP": 1, "RUB": 1, "COP": 0}

# Against these a USD holiday on T+1 counts. Source: Clark (2011), chapter 1.
_USD_HOLIDAY_COUNTS = frozenset({"ARS", "CLP", "MXN"})

_NEW_YORK, _NEW_YORK_ROLL = ZoneInfo("America/New_York"), time(17)
_AUCKLAND, _AUCKLAND_ROLL = ZoneInfo("Pacific/Auckland"), time(7)

_ONE_DAY = timedelta(days=1)
_WEDNESDAY = 2
_MONTHS_PER_YEAR = 12


def trade_date_at(ts_ns: int, pair: CurrencyPair | None = None) -> date:
    """The trade date of a deal done at a moment.

    Args:
        ts_ns: UTC nanoseconds since 1970.
        pair: The pair dealt; only NZD/USD, either way round, differs from the rest.
    """
    is_kiwi = pair is not None and "NZD" in pair and "USD" in pair
    return _trade_date_in(ts_ns // NS_PER_S, is_kiwi=is_kiwi)


@lru_cache  # it is asked for every order that is decided, and many are in one second
def _trade_date_in(second: int, *, is_kiwi: bool) -> date:
    if is_kiwi:
        day = _local_day(second, _AUCKLAND, _AUCKLAND_ROLL) - _ONE_DAY
    else:
        day = _local_day(second, _NEW_YORK, _NEW_YORK_ROLL)
    while is_weekend(day):
        day += _ONE_DAY
    return day


def _local_day(second: int, zone: ZoneInfo, roll: time) -> date:
    """The local date, or the next one from the hour of ``roll`` on."""
    local = second_at(second * NS_PER_S, zone)
    return local.date() + _ONE_DAY if local.time() >= roll else local.date()


def spot_date(pair: CurrencyPair, trade_date: date, calendars: Calendars) -> date:
    """The spot date of a pair.

    Raises:
        DomainError: The trade date is on a weekend, a calendar is missing, or the covered years do not reach.
    """
    _require_weekday(trade_date)
    counted = (
        day
        for currency in (pair.base, pair.terms)
        if currency != "USD"
        for day in _counted_days(currency, trade_date, calendars)
    )
    return calendars.good_days(pair).following(max(counted))


def _counted_days(currency: str, trade_date: date, calendars: Calendars) -> tuple[date, date]:
    """Where the count of the currency, and that of USD against it, ends; before both are adjusted to a good day."""
    lag = SPOT_LAG_DAYS.get(currency, USUAL_SPOT_LAG_DAYS)
    if lag == 0:
        return trade_date, trade_date
    own = calendars.business_days(currency).after(trade_date, lag)
    if currency in _USD_HOLIDAY_COUNTS:
        return own, calendars.business_days("USD").after(trade_date, lag)
    return own, _add_weekdays(trade_date, lag)


def _add_weekdays(day: date, count: int) -> date:
    for _ in range(count):
        day += _ONE_DAY
        while is_weekend(day):
            day += _ONE_DAY
    return day


def tenor_date(pair: CurrencyPair, tenor: Tenor, trade_date: date, calendars: Calendars) -> date:
    """The value date of a tenor.

    A broken date, and TOD, are returned as they are: see :func:`value_date_problem`.

    Raises:
        DomainError: The trade date is on a weekend, a calendar is missing, or the covered years do not reach.
    """
    _require_weekday(trade_date)
    days = calendars.good_days(pair)
    match tenor.kind:
        case TenorKind.BROKEN:
            return _broken_date(tenor)
        case TenorKind.TOD:
            return trade_date
        case TenorKind.ON | TenorKind.TOM:
            return days.after(trade_date, 1)
        case TenorKind.TN:
            return days.after(trade_date, 2)
        case TenorKind.SPOT | TenorKind.SN | TenorKind.PERIOD | TenorKind.IMM:
            return _date_from(spot_date(pair, trade_date, calendars), tenor, days)


def far_tenor_date(
    pair: CurrencyPair,
    tenor: Tenor,
    near_date: date,
    trade_date: date,
    calendars: Calendars,
    *,
    counts_from_near_leg: bool,
) -> date:
    """The value date of a swap's far leg. Whether it lies after the near leg is for the caller to ask.

    Args:
        pair: The pair dealt.
        tenor: The far leg's tenor.
        near_date: Value date of the near leg.
        trade_date: The trade date.
        calendars: Calendars of both currencies and USD.
        counts_from_near_leg: True where SN, periods and IMM dates of a far leg count from the near leg (360T); False
            where they count from spot. The other tenors do not depend on it.

    Raises:
        DomainError: As :func:`tenor_date`.
    """
    if counts_from_near_leg and tenor.kind in {TenorKind.SN, TenorKind.PERIOD, TenorKind.IMM}:
        return _date_from(near_date, tenor, calendars.good_days(pair))
    return tenor_date(pair, tenor, trade_date, calendars)


def value_dates(
    pairs: Sequence[CurrencyPair], tenors: Sequence[Tenor], trade_date: date, calendars: Calendars
) -> list[date]:
    """The value date of each line of a batch: :func:`tenor_date` of every pair with the tenor beside it.

    A batch has many lines and few different combinations of pair and tenor; each combination is dated once.

    Raises:
        DomainError: As :func:`tenor_date`, for the first line that has no date; or the lengths differ.
    """
    if len(pairs) != len(tenors):
        raise DomainError(f"{len(pairs)} pairs with {len(tenors)} tenors; expected one tenor for each pair")
    dated: dict[tuple[str, str, str], date] = {}
    dates = []
    for pair, tenor in zip(pairs, tenors, strict=True):
        key = (pair.base, pair.terms, tenor.text)
        value_date = dated.get(key)
        if value_date is None:
            value_date = dated[key] = tenor_date(pair, tenor, trade_date, calendars)
        dates.append(value_date)
    return dates


def value_date_problem(pair: CurrencyPair, value_date: date, trade_date: date, calendars: Calendars) -> str | None:
    """What is wrong with a value date, in one sentence, or None when it is good.

    Both currencies must be payable. New York must be open as well up to and including the spot date, crosses included;
    a cross may be paid forward on a USD holiday.
    """
    try:
        if value_date < trade_date:
            return f"value date {value_date} is before the trade date {trade_date}; expected that day or later"
        for currency in (pair.base, pair.terms):
            if problem := _closed(currency, value_date, calendars):
                return problem
        if "USD" in pair or value_date > spot_date(pair, trade_date, calendars):
            return None
        return _closed("USD", value_date, calendars)
    except DomainError as error:
        return str(error)


def _closed(currency: str, day: date, calendars: Calendars) -> str | None:
    if calendars.is_business_day(currency, day):
        return None
    kind = "in the weekend" if calendars.is_weekend(currency, day) else "a holiday"
    return f"value date {day:%Y-%m-%d, a %A,} is {kind} of {currency}; expected a business day of the pair"


def _date_from(start: date, tenor: Tenor, days: BusinessDays) -> date:
    """A tenor counted from spot or from a near leg."""
    if tenor.kind is TenorKind.SPOT:
        return start
    if tenor.kind is TenorKind.SN:
        return days.after(start, 1)
    if tenor.kind is TenorKind.IMM:
        return days.following(_imm_date(start, tenor.count))
    if tenor.unit is TenorUnit.WEEK:
        return days.following(start + timedelta(weeks=tenor.count))
    months = tenor.count * (_MONTHS_PER_YEAR if tenor.unit is TenorUnit.YEAR else 1)
    target = _add_months(start, months)
    if start == days.last_of_month(start):
        return days.last_of_month(target)
    return days.modified_following(target)


def _add_months(day: date, months: int) -> date:
    """The same day so many months later, or the month's last day when it has no such day."""
    years, month0 = divmod(day.month - 1 + months, _MONTHS_PER_YEAR)
    first_of_month = date(day.year + years, month0 + 1, 1)
    first_of_next = (first_of_month + timedelta(days=31)).replace(day=1)
    return min(first_of_month + timedelta(days=day.day - 1), first_of_next - _ONE_DAY)


def _imm_date(after: date, count: int) -> date:
    """The ``count``-th third Wednesday of a quarter's last month after a day."""
    quarter = after.year * 4 + (after.month - 1) // 3
    if _third_wednesday(quarter) <= after:
        quarter += 1
    return _third_wednesday(quarter + count - 1)


def _third_wednesday(quarter: int) -> date:
    year, quarter0 = divmod(quarter, 4)
    fifteenth = date(year, quarter0 * 3 + 3, 15)
    return fifteenth + timedelta(days=(_WEDNESDAY - fifteenth.weekday()) % 7)


def _broken_date(tenor: Tenor) -> date:
    if tenor.broken_date is None:
        raise DomainError(f"tenor {tenor.text!r} has no date; expected one made by parse_tenor")
    return tenor.broken_date


def _require_weekday(trade_date: date) -> None:
    if is_weekend(trade_date):
        raise DomainError(
            f"trade date {trade_date:%Y-%m-%d is a %A}; expected a weekday, as trade_date_at gives it, "
            "never the date of the machine"
        )
