"""What a report says that a trade did: on the near leg, and on the legs after it.

A venue that deals several legs in one order says so in the second fields of the report, with points over the one spot
rate; one that deals them as a group repeats NoLegs(555). What a report leaves out of a leg is not guessed: it cannot be
read then, and a person looks. Source: FIX 4.4 volumes 4, 5 and 7; FIX 5.0 for the swap points and the traded amounts.
"""

from collections.abc import Callable
from decimal import Decimal

from trader.domain.events import LegTraded
from trader.domain.money import ZERO
from trader.fix import tags
from trader.fix.fields import Fields
from trader.fix.text import FieldError, read_decimal, read_rate
from trader.fix.values import ValueReader, all_in, plus_points, rate_of

FAR_LEG_TAGS = (tags.NO_LEGS, tags.SETTL_DATE2, tags.LAST_FORWARD_POINTS2, tags.LAST_SWAP_POINTS)
_LEG_QUANTITIES = (tags.LEG_LAST_QTY, tags.LEG_QTY)
_CONTRA_AMOUNTS = (tags.SETTL_CURR_AMT, tags.GROSS_TRADE_AMT, tags.CALCULATED_CCY_LAST_QTY)


def last_px(fields: Fields) -> Decimal:
    """LastPx(31), all-in; where there is none the spot rate with its points, and 0 without these.

    Raises:
        FieldError: What is there cannot be read, or is no rate.
    """
    rate = fields.may(tags.LAST_PX, read_rate, ZERO)
    return rate or all_in(fields, tags.LAST_SPOT_RATE, tags.LAST_FORWARD_POINTS) or ZERO


def contra_qty(fields: Fields) -> Decimal | None:
    """The venue's own contra amount: unsigned, and None for 0.

    SettlCurrAmt(119), else GrossTradeAmt(381), else CalculatedCcyLastQty(1056).

    Raises:
        FieldError: It cannot be read.
    """
    for tag in _CONTRA_AMOUNTS:
        if tag in fields:
            amount = fields.need(tag, read_decimal)
            return (-amount if amount < ZERO else amount) or None  # the very number that was read: abs() makes another
    return None


def has_far_legs(fields: Fields) -> bool:
    """True for a report about more than one leg."""
    return not fields.keys().isdisjoint(FAR_LEG_TAGS)


def far_legs(
    fields: Fields, values: ValueReader, symbol: str, currency: str, last_qty: Decimal
) -> tuple[LegTraded, ...]:
    """What a trade did on the legs after the near one, in the order of their value dates.

    Args:
        fields: The report of a trade for which :func:`has_far_legs` is true.
        values: Reads in the venue's dialect.
        symbol: The pair as ``EUR/USD``.
        currency: The dealt currency.
        last_qty: Units of it on the near leg; a far leg that says no amount has the same.

    Raises:
        FieldError: A leg's side, date or rate is missing or cannot be read.
    """
    if tags.NO_LEGS not in fields:
        return (_in_second_fields(fields, values, symbol, currency, last_qty),)
    entries = fields.entries(tags.NO_LEGS)
    if all(tags.LEG_SETTL_DATE in entry for entry in entries):
        entries.sort(key=lambda entry: entry[tags.LEG_SETTL_DATE])
    for entry in entries[:1]:
        _check_near(entry, fields, values, symbol, currency)
    return tuple(_leg(entry, values, symbol, currency, last_qty) for entry in entries[1:])


def _in_second_fields(fields: Fields, values: ValueReader, symbol: str, currency: str, last_qty: Decimal) -> LegTraded:
    """The far leg of a swap: on the other side, at points over the spot rate or over the near leg's rate."""
    spot_rate = rate_of(fields, tags.LAST_SPOT_RATE)
    if tags.LAST_SWAP_POINTS in fields and tags.LAST_FORWARD_POINTS2 not in fields:
        rate = plus_points(last_px(fields), fields, tags.LAST_SWAP_POINTS)
    elif spot_rate is None:
        raise FieldError(f"tag {tags.LAST_SPOT_RATE} is missing; the far leg's rate is counted from it")
    else:
        rate = plus_points(spot_rate, fields, tags.LAST_FORWARD_POINTS2)
    return LegTraded(
        side=values.side(fields, symbol, currency).opposite,
        last_qty=fields.may(tags.ORDER_QTY2, values.quantity, last_qty),
        last_px=rate,
        settl_date=fields.may(tags.SETTL_DATE2, values.settl_date, None),
    )


def _check_near(entry: Fields, fields: Fields, values: ValueReader, symbol: str, currency: str) -> None:
    """The first entry is the near leg, which the report's own fields tell as well: they have to say the same."""
    pairs: tuple[tuple[str, str, Callable[[str], object]], ...] = (
        (tags.LEG_LAST_QTY, tags.LAST_QTY, values.quantity),
        (tags.LEG_LAST_PX, tags.LAST_PX, read_rate),
        (tags.LEG_SETTL_DATE, tags.SETTL_DATE, values.settl_date),
    )
    for leg_tag, tag, read in pairs:
        if leg_tag in entry and tag in fields and entry.need(leg_tag, read) != fields.need(tag, read):
            raise FieldError(f"tag {leg_tag}: the near leg has {entry[leg_tag][:40]}, and tag {tag} {fields[tag][:40]}")
    if tags.LEG_SIDE not in entry or tags.SIDE not in fields:
        return
    if values.side(entry, symbol, currency, tags.LEG_SIDE) is not values.side(fields, symbol, currency):
        raise FieldError(f"tag {tags.LEG_SIDE}: the near leg is on the other side than tag {tags.SIDE}")


def _leg(entry: Fields, values: ValueReader, symbol: str, currency: str, last_qty: Decimal) -> LegTraded:
    if entry.may(tags.LEG_SYMBOL, values.pair, symbol) != symbol:
        raise FieldError(f"tag {tags.LEG_SYMBOL}: {entry[tags.LEG_SYMBOL][:40]!r} is not {symbol}, as the whole is")
    if entry.get(tags.LEG_CURRENCY, currency) != currency:
        raise FieldError(f"tag {tags.LEG_CURRENCY}: {entry[tags.LEG_CURRENCY][:40]!r} is not the dealt {currency}")
    quantity = next((entry.need(tag, values.quantity) for tag in _LEG_QUANTITIES if tag in entry), last_qty)
    contra = entry.may(tags.LEG_CALCULATED_CCY_LAST_QTY, read_decimal, None)
    return LegTraded(
        side=values.side(entry, symbol, currency, tags.LEG_SIDE),
        last_qty=quantity,
        last_px=entry.need(tags.LEG_LAST_PX, read_rate),
        settl_date=entry.may(tags.LEG_SETTL_DATE, values.settl_date, None),
        contra_qty=abs(contra) if contra else None,
    )
