"""Amounts and rates as exact decimals, and the named roundings between them."""

from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal

from trader.domain.currency import Currency, CurrencyPair
from trader.domain.errors import DomainError

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Money:
    """A signed amount of a currency: positive is received or long, negative is paid or short."""

    amount: Decimal
    currency: Currency

    def __str__(self) -> str:
        return f"{self.currency} {self.amount:,}"


def contra_amount(amount: Decimal, dealt_currency: Currency, pair: CurrencyPair, rate: Decimal) -> Decimal:
    """The other side of ``amount``, in the contra currency, rounded once and half up to its minor unit.

    Args:
        amount: Amount of the dealt currency; the sign is kept.
        dealt_currency: One of the pair's currencies.
        pair: The pair the rate belongs to.
        rate: Terms per one base, greater than zero.

    Raises:
        DomainError: The dealt currency is not in the pair, or the rate is not positive.

    Source: FIX 4.2 appendix O (the worked example: JPY 50,000,000 at 105.92 is USD 472,054.38).
    """
    if not rate > ZERO:
        raise DomainError(f"a rate of {rate} on {pair} cannot be; expected a number greater than zero")
    contra = pair.other(dealt_currency)
    exact = amount * rate if dealt_currency == pair.base else amount / rate
    return exact.quantize(contra.minor_unit, rounding=ROUND_HALF_UP)


def round_rate(rate: Decimal, tick: Decimal, *, base_is_bought: bool) -> Decimal:
    """Round a limit rate to a whole number of ticks, never to the desk's disadvantage.

    A buyer of the base never pays more than asked (down), a seller never gets less (up).
    """
    rounding = ROUND_FLOOR if base_is_bought else ROUND_CEILING
    return (rate / tick).quantize(Decimal(1), rounding=rounding) * tick
