"""Amounts of the dealt currency as the venue's quantities, both ways: in units, or in contracts of many units."""

from collections.abc import Callable
from decimal import Decimal

from trader.fix.text import FieldError, decimal_text, read_decimal

_LIMIT = Decimal(10) ** 15  # as for every number that is read: what lies below stays exact in sums


def quantity_writer(contract: int) -> Callable[[Decimal], str]:
    """How amounts of the dealt currency are written where one of OrderQty(38) stands for ``contract`` units."""
    if contract == 1:
        return decimal_text

    def in_contracts(amount: Decimal) -> str:
        contracts = amount / contract
        assert contracts * contract == amount, f"{amount:f} cannot be said in contracts of {contract}"
        return decimal_text(contracts)

    return in_contracts


def quantity_reader(contract: int) -> Callable[[str], Decimal]:
    """How quantities are read where one of OrderQty(38) stands for ``contract`` units of the dealt currency.

    What is returned raises FieldError for what is not a FIX float, or stands for more units than any amount has.
    """
    if contract == 1:
        return read_decimal

    def in_units(value: str) -> Decimal:
        amount = read_decimal(value) * contract
        if abs(amount) >= _LIMIT:
            raise FieldError(f"{value!r} contracts of {contract} are no amount; expected less than {_LIMIT:f} units")
        return amount

    return in_units
