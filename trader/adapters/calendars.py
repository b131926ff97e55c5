"""Holiday calendars from the ``holidays`` package, as the FX market uses them.

A currency is closed when its payment system is. That is the country's public holidays almost everywhere; where it is
not, the table below says what is added or left out, and why. Two things hold for all:

* Moved working days (China, Taiwan, Hungary, Russia, Vietnam) make a Saturday or Sunday a working day for offices. FX
  value dates never fall on it, so only the weekday given off in exchange matters, and that one is a holiday here.
* Beyond the last year a government has published, the package projects (lunar and Islamic dates are estimates, China's
  bridging days are missing). Load the calendars anew with every release of the package, and let the venue's date win.
"""

import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from types import ModuleType

from trader.domain.calendars import Calendars
from trader.domain.currency import MARKET_ORDER
from trader.domain.errors import DomainError


@dataclass(frozen=True, slots=True)
class _Source:
    """Where a currency's holidays come from.

    Attributes:
        code: Country code of the package, or its code of a market: ECB is TARGET, FED is Fedwire.
        subdivision: Where the country's banks sit, when holidays are regional.
        categories: The package's categories of holidays on which banks are closed.
        kept: English names of the only holidays to take; empty for all.
        left_out: Words in the English names of holidays on which banks are open all the same.
        fixed: Month and day of further bank holidays.
        bridged: English names of holidays whose next day is a bank holiday too.
        week_mask: The working week from Monday, 1 for a working day.
    """

    code: str
    subdivision: str | None = None
    categories: tuple[str, ...] = ("public",)
    kept: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    fixed: tuple[tuple[int, int], ...] = ()
    bridged: tuple[str, ...] = ()
    week_mask: str = "1111100"


_YEARS_BACK, _YEARS_AHEAD = 1, 8
_SUNDAY_TO_THURSDAY = "1111001"

_TARGET = _Source("ECB")  # TARGET, whatever the member states celebrate
_FEDWIRE = _Source("FED")  # a holiday on a Saturday is not moved to the Friday
_LONDON = _Source("GB", "ENG")
_HONG_KONG = _Source("HK", categories=("public", "optional"))  # general holidays, Good Friday among them

_SOURCES: Mapping[str, tuple[_Source, ...]] = {
    # Metals are settled loco London against dollars in New York.
    "XAU": (_LONDON, _FEDWIRE),
    "XAG": (_LONDON, _FEDWIRE),
    "EUR": (_TARGET,),
    "GBP": (_LONDON,),
    "AUD": (_Source("AU", "NSW", categories=("public", "bank")),),
    # The payment system runs on the anniversary days of Auckland and Wellington.
    "NZD": (_Source("NZ"),),
    "USD": (_FEDWIRE,),
    # Toronto. Banks and Lynx are open on Easter Monday.
    "CAD": (_Source("CA", "ON", categories=("public", "government", "optional"), left_out=("Easter Monday",)),),
    "CHF": (_Source("CH", "ZH", fixed=((1, 2),)),),  # Berchtold's Day is a holiday of the banks
    "NOK": (_Source("NO", fixed=((12, 24),)),),  # Christmas Eve is not public but no settlement day
    "SEK": (_Source("SE", categories=("public", "de_facto")),),  # Midsummer, Christmas and New Year's Eve
    # Banks close on the Friday after Ascension Day and on Constitution Day, and open on the First of May.
    "DKK": (_Source("DK", categories=("public", "optional"), left_out=("Workers' Day",), bridged=("Ascension Day",)),),
    "PLN": (_Source("PL"),),
    "CZK": (_Source("CZ"),),
    "HUF": (_Source("HU"),),
    "RON": (_Source("RO"),),
    "BGN": (_Source("BG"),),
    "ISK": (_Source("IS"),),
    # The shekel's payment system works on Fridays, and CLS settles it from Monday to Friday.
    "ILS": (_Source("IL"),),
    "TRY": (_Source("TR"),),
    "ZAR": (_Source("ZA"),),
    # Banks also close in Holy Week (as Colombia has it), on All Souls' Day and on 12 December.
    "MXN": (
        _Source("MX", fixed=((11, 2), (12, 12))),
        _Source("CO", kept=("Maundy Thursday", "Good Friday")),
    ),
    # The federal banking days: Carnival and Corpus Christi count, the days off of public servants do not.
    "BRL": (
        _Source(
            "BR",
            categories=("public", "optional"),
            left_out=("Ash Wednesday", "Public Servant's Day", "Christmas Eve", "New Year's Eve"),
        ),
    ),
    "SGD": (_Source("SG"),),
    "HKD": (_HONG_KONG,),
    "CNH": (_HONG_KONG,),  # the offshore renminbi is paid through Hong Kong
    "CNY": (_Source("CN"),),
    # Banks close on Labor Day; Armed Forces Day is for the army.
    "TWD": (_Source("TW", categories=("public", "optional", "government"), left_out=("Armed Forces Day",)),),
    # Banks work on Buddhist Lent Day, and on the bridging days that the cabinet gives to officials.
    "THB": (_Source("TH", left_out=("Buddhist Lent Day", "Bridge Public Holiday")),),
    "MYR": (_Source("MY", "KUL"),),
    "PHP": (_Source("PH"),),
    "INR": (_Source("IN", "MH", fixed=((4, 1),)),),  # Mumbai; banks close their year on 1 April
    "IDR": (_Source("ID", categories=("public", "government")),),  # joint holidays close the banks
    "AED": (_Source("AE"),),  # the weekend is Saturday and Sunday since 2022
    "SAR": (_Source("SA", week_mask=_SUNDAY_TO_THURSDAY),),
    "QAR": (_Source("QA", categories=("public", "bank"), week_mask=_SUNDAY_TO_THURSDAY),),
    "KWD": (_Source("KW", week_mask=_SUNDAY_TO_THURSDAY),),
    "BHD": (_Source("BH", week_mask=_SUNDAY_TO_THURSDAY),),
    "OMR": (_Source("OM", week_mask=_SUNDAY_TO_THURSDAY),),
    "JOD": (_Source("JO", week_mask=_SUNDAY_TO_THURSDAY),),
    "TND": (_Source("TN"),),
    # Banks close on 1 January.
    "EGP": (_Source("EG", categories=("public", "government"), fixed=((1, 1),), week_mask=_SUNDAY_TO_THURSDAY),),
    "RUB": (_Source("RU"),),
    "COP": (_Source("CO"),),
    "CLP": (_Source("CL", categories=("public", "bank")),),
    "ARS": (_Source("AR", categories=("public", "bank")),),
    "PEN": (_Source("PE"),),
    "VND": (_Source("VN"),),
    "KRW": (_Source("KR", categories=("public", "bank")),),
    "JPY": (_Source("JP", categories=("public", "bank")),),
}


def market_calendars(day: date, currencies: Iterable[str] = MARKET_ORDER) -> Calendars:
    """Business days, from a year before a day to years after, for as long as any tenor."""
    return _around(tuple(sorted(currencies)), day.year)


@cache
def _around(currencies: tuple[str, ...], year: int) -> Calendars:
    return load_calendars(currencies, year - _YEARS_BACK, year + _YEARS_AHEAD)


def load_calendars(currencies: Iterable[str], first_year: int, last_year: int) -> Calendars:
    """The calendars of some currencies, and of USD, which every pair needs.

    Args:
        currencies: Currency codes.
        first_year: The first year to cover.
        last_year: The last year to cover; must reach the longest tenor of the desk.

    Raises:
        DomainError: A currency has no source of holidays, the package knows no holidays for one of the years, or the
            years are in the wrong order.
    """
    import holidays  # noqa: PLC0415 -- most commands date nothing and need not pay for the import

    if first_year > last_year:
        raise DomainError(f"calendars from {first_year} to {last_year} cannot be; expected the earlier year first")
    years = range(first_year, last_year + 1)
    codes = sorted({"USD", *currencies})
    return Calendars(
        holidays={code: _holidays_of(code, years, holidays) for code in codes},
        first_year=first_year,
        last_year=last_year,
        week_masks={code: _sources_of(code)[0].week_mask for code in codes},
    )


def _sources_of(currency: str) -> tuple[_Source, ...]:
    if currency not in _SOURCES:
        raise DomainError(f"{currency!r} has no source of holidays; expected one of {' '.join(_SOURCES)}")
    return _SOURCES[currency]


def _holidays_of(currency: str, years: range, package: ModuleType) -> tuple[date, ...]:
    days: set[date] = set()
    for source in _sources_of(currency):
        known = getattr(package, source.code)
        # Outside the years it knows the package returns nothing, which would read as a year without holidays.
        if years[0] < known.start_year or years[-1] > known.end_year:
            raise DomainError(
                f"holidays of {currency} are known from {known.start_year} to {known.end_year}, "
                f"not for all of {years[0]} to {years[-1]}; load the calendars for fewer years"
            )
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error", UserWarning)  # how the package says that some holidays are missing
                days.update(_days_of(source, years, known))
        except UserWarning as warning:
            raise DomainError(
                f"holidays of {currency} are incomplete for {years[0]} to {years[-1]} ({warning}); "
                "load the calendars for fewer years"
            ) from warning
    return tuple(sorted(day for day in days if day.year in years))


def _days_of(source: _Source, years: range, known: Callable[..., Mapping[date, str]]) -> Iterator[date]:
    named = known(subdiv=source.subdivision, years=years, categories=source.categories, language="en_US")
    for day, joined_names in named.items():
        names = joined_names.split("; ")  # two holidays may meet on one day
        if any(_counts(name, source) for name in names):
            yield day
        if any(name in source.bridged for name in names):
            yield day + timedelta(days=1)
    for year in years:
        yield from (date(year, month, day) for month, day in source.fixed)


def _counts(name: str, source: _Source) -> bool:
    return (not source.kept or name in source.kept) and not any(word in name for word in source.left_out)
