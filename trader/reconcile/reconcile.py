"""Three books that must agree: the desk's file with its results, the robot's executions, the venue's trade reports.

* Per line and leg, the robot's executions must be what the desk asked for and must add up to what the result file
  claims.
* Per trade and leg, the venue's report must say what the robot booked. Trades are paired by line, leg and ExecID(17),
  and by their terms where a report has none; both books count an ExecID(17) once.
* Per currency and value date, the three sums must agree. Where every line agrees they do, so they are only added up
  when something else is wrong: to show what it comes to.

What a book does not say (no ClOrdID(11), no account, no settlement date, no contra amount) is not a difference.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import chain

from msgspec import Struct

from trader.domain.deal import Deal, Side
from trader.domain.errors import LocalOrderError
from trader.domain.ids import LineId, line_of
from trader.domain.money import ZERO, contra_amount
from trader.reconcile import causes
from trader.reconcile.breaks import Break, BreakKind
from trader.reconcile.trade import Stated, Trade, contra_fits

__all__ = ["Asked", "Break", "BreakKind", "Stated", "reconcile"]

_Trades = Mapping[str | int, Trade]  # by ExecID(17), or by a running number where there is none
_Place = tuple[LineId | None, int]  # a line and its leg; None for what belongs to no line we know of
_Repeat = tuple[_Place, Trade, Trade]  # the place, the trade that counts, and the one that repeats it
_Terms = tuple[Side, str, str, date, Decimal, Decimal]
_Bucket = tuple[str, date | None]  # a currency and a value date

_TERM_KINDS = (
    BreakKind.SIDE,
    BreakKind.CURRENCY,
    BreakKind.SYMBOL,
    BreakKind.VALUE_DATE,
    BreakKind.QUANTITY,
    BreakKind.PRICE,
)
_NO_TRADE = "no trade"
_NONE: _Trades = {}


class Asked(Struct, frozen=True, gc=False):
    """One leg of a batch line as the desk asked for it, and what the result file says became of it.

    Attributes:
        line: The line.
        row_id: The desk's own name for the row.
        deal: The leg as a deal of its own, see :meth:`trader.domain.deal.Deal.outrights`.
        is_final: False while an order of the line is in doubt or still live.
        claimed_qty: The filled amount in the result file, units of the dealt currency, zero or more.
        limit_rate: The worst rate the desk accepts, terms per base; None for the market's.
        leg: Which leg of the line's deal it is, 0 for the near one.
    """

    line: LineId
    row_id: str
    deal: Deal
    is_final: bool
    claimed_qty: Decimal
    limit_rate: Decimal | None = None
    leg: int = 0


_Rows = Mapping[_Place, Asked]


@dataclass(frozen=True, slots=True)
class _Book:
    """One side's trades of the batch, by line and leg."""

    by_place: Mapping[_Place, _Trades]
    repeats: Sequence[_Repeat]


def reconcile(
    asked: Sequence[Asked],
    executed: Sequence[Trade],
    reported: Sequence[Trade] | None,
    stated: Sequence[Stated] = (),
    orphans: Sequence[Trade] = (),
) -> tuple[Break, ...]:
    """Hold the desk's lines, the robot's executions and the venue's trade reports against each other.

    Args:
        asked: Every leg of every line of the batch, each once.
        executed: The robot's book, busts and corrects applied. Trades of other batches are skipped.
        reported: The venue's own trades. Trades of other batches of ours are skipped; a trade of no known line is a
            break. None when the venue gives no trade reports: then only the robot and the result file are compared.
        stated: What the venue has answered about single orders: all there is of it where it gives no trade reports.
        orphans: What the robot was told of and could not book: with the line whose order it was for, or of none.

    Returns:
        The breaks, the worst kind first and then by line; empty when the books agree.

    Raises:
        LocalOrderError: A leg of a line is listed twice.
    """
    rows: _Rows = {(row.line, row.leg): row for row in asked}
    if len(rows) != len(asked):
        raise LocalOrderError(f"{len(asked)} rows with only {len(rows)} different legs; expected each leg once")
    batches = {row.line.batch_id for row in asked}
    robot = _book(executed, batches, {})
    venue: _Book | None = None
    if reported is not None:
        venue = robot if _is_same(executed, reported) else _book(reported, batches, _places_by_exec_id(executed))

    breaks: list[Break] = []
    for place, row in rows.items():
        mine = robot.by_place.get(place, _NONE)
        breaks.extend(_against_desk(row, mine))
        if venue is not None and venue is not robot and (theirs := venue.by_place.get(place, _NONE)) != mine:
            breaks.extend(_against_venue(row, mine, theirs))
    breaks.extend(_unasked(rows, robot, venue))
    breaks.extend(_repeated(rows, robot, venue))
    breaks.extend(_against_answers(rows, stated))
    breaks.extend(_orphaned(orphans, rows, robot, venue))
    if breaks:
        breaks.extend(_totals(rows, robot, venue))
    return tuple(sorted(breaks, key=lambda found: found.sort_key))


def _is_same(executed: Sequence[Trade], reported: Sequence[Trade]) -> bool:
    """True when both list the same trades, each leg once: the short way through a day without breaks."""
    mine, theirs = ({(trade.exec_id, trade.leg): trade for trade in book} for book in (executed, reported))
    return len(executed) == len(mine) == len(reported) and mine == theirs


def _book(trades: Iterable[Trade], batches: Collection[str], place_by_exec_id: Mapping[str, _Place]) -> _Book:
    """Sort trades by line and leg, those of other batches left out and each ExecID(17) counted once per place.

    ExecID(17) is unique per venue only, so it never decides alone; a report without ClOrdID(11) has nothing else.
    """
    by_place: dict[_Place, dict[str | int, Trade]] = {}
    repeats: list[_Repeat] = []
    for trade in trades:
        place = (trade.line, trade.leg) if trade.line else _place(trade, place_by_exec_id)
        if place[0] is not None and place[0].batch_id not in batches:
            continue
        peers = by_place.setdefault(place, {})
        key = trade.exec_id or len(peers)
        if key in peers:
            repeats.append((place, peers[key], trade))
        else:
            peers[key] = trade
    return _Book(by_place, repeats)


def _place(trade: Trade, place_by_exec_id: Mapping[str, _Place]) -> _Place:
    """The line and leg of a trade that does not name its line."""
    if trade.cl_ord_id:
        return line_of(trade.cl_ord_id), trade.leg
    line, first_leg = place_by_exec_id.get(trade.exec_id, (None, 0))
    return line, first_leg + trade.leg


def _places_by_exec_id(executed: Iterable[Trade]) -> dict[str, _Place]:
    """Where each ExecID(17) is booked: the line, and the first of its legs there."""
    places: dict[str, _Place] = {}
    for trade in executed:
        line = trade.line or line_of(trade.cl_ord_id)
        known = places.get(trade.exec_id)
        leg = min(trade.leg, known[1]) if known is not None and known[0] == line else trade.leg
        places[trade.exec_id] = line, leg
    return places


def _against_desk(row: Asked, mine: _Trades) -> Iterator[Break]:
    """What the robot booked for a leg, against what the desk asked for and what the result file claims."""
    deal, leg = row.deal, row.deal.near_leg
    asked_terms = (leg.side, deal.dealt_currency, str(deal.pair), leg.value_date)
    booked = ZERO
    for trade in mine.values():
        booked += trade.qty
        if (trade.side, trade.currency, trade.symbol, trade.settl_date or leg.value_date) != asked_terms:
            wanted = (*asked_terms, trade.qty, trade.px)
            for kind, our, their in _differences(_terms(trade, leg.value_date), wanted):
                yield _trade_break(kind, row, trade, our, f"{their} asked for", causes.AGAINST_DESK[kind])
        if trade.px <= ZERO:
            cause = causes.AGAINST_DESK[BreakKind.PRICE]
            yield _trade_break(BreakKind.PRICE, row, trade, f"{trade.px:f}", "a rate greater than zero", cause)
        elif _is_through_limit(row, trade):
            said = f"a limit of {row.limit_rate:,f} asked for"
            yield _trade_break(BreakKind.PRICE, row, trade, f"{trade.px:,f}", said, causes.THROUGH_LIMIT)
        if not contra_fits(deal, trade):
            yield _contra_break(row, trade, causes.AGAINST_DESK[BreakKind.CONTRA_AMOUNT])
    if booked > leg.amount:
        yield _row_break(BreakKind.OVERFILL, row, f"{booked:,f}", f"{leg.amount:,f} asked for", causes.OVERFILL)
    if booked != row.claimed_qty:
        claim = f"{row.claimed_qty:,f} in the result file"
        yield _row_break(BreakKind.QUANTITY, row, f"{booked:,f}", claim, causes.CLAIM)
    if not row.is_final and row.leg == 0:  # the line is told once, not each of its legs
        filled = f"{booked:,f} of {leg.amount:,f} filled so far"
        yield _row_break(BreakKind.UNKNOWN_ORDER, row, filled, "no final answer", causes.UNKNOWN_ORDER)


def _is_through_limit(row: Asked, trade: Trade) -> bool:
    """True when a buyer of the base paid more than the desk's limit, or a seller got less."""
    limit = row.limit_rate
    if limit is None:
        return False
    return trade.px > limit if row.deal.base_is_bought else trade.px < limit


def _against_venue(row: Asked, mine: _Trades, theirs: _Trades) -> Iterator[Break]:
    """What the robot booked for a leg, against the venue's own reports."""
    unreported: list[Trade] = []
    for exec_id, trade in mine.items():
        report = theirs.get(exec_id) if trade.exec_id else None
        if report is None:
            unreported.append(trade)
        elif report != trade:
            yield from _compare(row, trade, report)
    unbooked = [report for exec_id, report in theirs.items() if exec_id not in mine or not report.exec_id]
    if unreported or unbooked:
        yield from _unpaired(row, unreported, unbooked)

    amount = row.deal.near_leg.amount
    booked, dealt = (sum((trade.qty for trade in book.values()), ZERO) for book in (mine, theirs))
    if dealt > amount >= booked:
        yield _row_break(BreakKind.OVERFILL, row, f"{booked:,f}", f"{dealt:,f} at the venue", causes.OVERFILL)


def _against_answers(rows: _Rows, stated: Iterable[Stated]) -> Iterator[Break]:
    """What was booked for single orders, against the venue's answers about them.

    A venue may round its AvgPx(6), so that only a difference of more than one tick of the market is told.
    """
    for answer in stated:
        row = rows[answer.line, answer.leg]
        who = f"at the venue for ClOrdID(11) {answer.cl_ord_id}"
        if answer.venue_qty != answer.booked_qty:
            theirs = f"{answer.venue_qty:,f} {who}"
            yield _row_break(BreakKind.QUANTITY, row, f"{answer.booked_qty:,f}", theirs, causes.ANSWERED_QUANTITY)
        elif answer.venue_px and abs(answer.venue_px - answer.booked_px) > row.deal.pair.tick:
            theirs = f"an average of {answer.venue_px:,f} {who}"
            yield _row_break(BreakKind.PRICE, row, f"{answer.booked_px:,f}", theirs, causes.ANSWERED_PRICE)


def _unpaired(row: Asked, unreported: Iterable[Trade], unbooked: Iterable[Trade]) -> Iterator[Break]:
    """Trades that have no partner by ExecID(17): paired by their terms if one has no ExecID(17), else missing."""
    value_date = row.deal.near_leg.value_date
    by_terms: defaultdict[_Terms, list[Trade]] = defaultdict(list)
    for report in unbooked:
        by_terms[_terms(report, value_date)].append(report)
    for trade in unreported:
        twins = by_terms[_terms(trade, value_date)]
        if not twins:
            yield _trade_break(BreakKind.MISSING_AT_VENUE, row, trade, str(trade), _NO_TRADE, causes.BUSTED)
            continue
        twin = twins.pop()
        if trade.exec_id and twin.exec_id:
            yield _trade_break(BreakKind.MISSING_AT_VENUE, row, trade, str(trade), _NO_TRADE, causes.RENAMED)
            yield _trade_break(BreakKind.MISSING_IN_ROBOT, row, twin, _NO_TRADE, str(twin), causes.RENAMED)
        else:
            yield from _compare(row, trade, twin)
    for report in chain.from_iterable(by_terms.values()):
        yield _trade_break(BreakKind.MISSING_IN_ROBOT, row, report, _NO_TRADE, str(report), causes.LOST)


def _compare(row: Asked, trade: Trade, report: Trade) -> Iterator[Break]:
    """One trade as booked and as reported."""
    value_date = row.deal.near_leg.value_date
    ours, theirs = _terms(trade, value_date), _terms(report, value_date)
    for kind, our, their in _differences(ours, theirs) if ours != theirs else ():
        yield _trade_break(kind, row, trade, our, f"{their} at the venue", causes.AGAINST_VENUE[kind])
    if report.contra_qty != trade.contra_qty and not contra_fits(row.deal, report):  # an equal one was judged before
        yield _contra_break(row, report, causes.AGAINST_VENUE[BreakKind.CONTRA_AMOUNT])
    if "" not in (trade.account, report.account) and trade.account != report.account:
        cause = causes.AGAINST_VENUE[BreakKind.ACCOUNT]
        yield _trade_break(BreakKind.ACCOUNT, row, trade, trade.account, f"{report.account} at the venue", cause)
    ids = {trade.cl_ord_id, report.cl_ord_id} - {""}
    # Another version of the same order is fine: a fill may carry the id from before or after a replace.
    if len(ids) > 1 and any(line_of(cl_ord_id) != row.line for cl_ord_id in ids):
        cause = causes.AGAINST_VENUE[BreakKind.UNKNOWN_LINE]
        yield _trade_break(
            BreakKind.UNKNOWN_LINE, row, trade, trade.cl_ord_id, f"{report.cl_ord_id} at the venue", cause
        )


def _contra_break(row: Asked, trade: Trade, cause: str) -> Break:
    contra = row.deal.contra_currency
    ours = contra_amount(trade.qty, row.deal.dealt_currency, row.deal.pair, trade.px)
    said = f"{contra} {trade.contra_qty:,f} at the venue"
    return _trade_break(BreakKind.CONTRA_AMOUNT, row, trade, f"{contra} {ours:,f}", said, cause)


def _unasked(rows: _Rows, robot: _Book, venue: _Book | None) -> Iterator[Break]:
    """Trades of our batch, or of nobody's, for which there is no row, or no such leg in the row."""
    reported = venue.by_place if venue is not None else {}
    for place in (robot.by_place.keys() | reported.keys()) - rows.keys():
        row = rows.get((place[0], 0))
        mine, theirs = robot.by_place.get(place, _NONE), reported.get(place, _NONE)
        for key in mine.keys() | theirs.keys():
            trade, report = mine.get(key), theirs.get(key)
            ours, said = (_NO_TRADE if known is None else _with_order(known) for known in (trade, report))
            found = trade or theirs[key]
            if row is not None:
                yield _trade_break(BreakKind.OVERFILL, row, found, ours, said, causes.UNASKED_LEG)
            else:
                cause = causes.ORPHAN_FILL if trade is not None else causes.FOREIGN_TRADE
                yield _trade_break(BreakKind.UNKNOWN_LINE, place[0], found, ours, said, cause)


def _orphaned(orphans: Iterable[Trade], rows: _Rows, *books: _Book | None) -> Iterator[Break]:
    """Trades that could not be booked: of no order of ours, or unlike their order. What a book has is no news."""
    known = {(place[0], key) for book in books if book for place, keys in book.by_place.items() for key in keys}
    for trade in orphans:
        if (trade.line, trade.exec_id) not in known:
            kind, cause = BreakKind.MISSING_IN_ROBOT, causes.UNBOOKED
            if trade.line is None:
                kind, cause = BreakKind.UNKNOWN_LINE, causes.ORPHAN_FILL
            yield _trade_break(kind, rows.get((trade.line, 0)), trade, _NO_TRADE, _with_order(trade), cause)


def _with_order(trade: Trade) -> str:
    return f"{trade} under ClOrdID(11) {trade.cl_ord_id or '(none)'}"


def _repeated(rows: _Rows, robot: _Book, venue: _Book | None) -> Iterator[Break]:
    """Trades that one book lists more than once."""
    kind, once = BreakKind.DUPLICATE_REPORT, "one trade"
    for place, first, again in robot.repeats:
        where = rows.get(place, place[0])
        yield _trade_break(kind, where, first, f"{first}; again: {again}", once, causes.BOOKED_TWICE)
    for place, first, again in venue.repeats if venue is not None else ():
        cause = causes.SENT_TWICE if again == first else causes.AMENDED
        yield _trade_break(kind, rows.get(place, place[0]), first, once, f"{first}; again: {again}", cause)


def _totals(rows: _Rows, robot: _Book, venue: _Book | None) -> Iterator[Break]:
    """The signed sums of the dealt amounts per currency and value date, where they differ."""
    claimed: defaultdict[_Bucket, Decimal] = defaultdict(Decimal)
    for row in rows.values():
        leg = row.deal.near_leg
        claimed[row.deal.dealt_currency, leg.value_date] += leg.side.sign * row.claimed_qty
    booked = _sums(rows, robot)
    dealt = _sums(rows, venue) if venue is not None else booked
    for currency, value_date in claimed.keys() | booked.keys() | dealt.keys():
        ours, claim, said = (sums[currency, value_date] for sums in (booked, claimed, dealt))
        if not ours == claim == said:
            theirs = f"{claim:+,f} in the result file" + (f", {said:+,f} at the venue" if venue is not None else "")
            yield Break(BreakKind.TOTAL, None, "", currency, value_date, f"{ours:+,f}", theirs, causes.TOTAL)


def _sums(rows: _Rows, book: _Book) -> defaultdict[_Bucket, Decimal]:
    sums: defaultdict[_Bucket, Decimal] = defaultdict(Decimal)
    for place, trades in book.by_place.items():
        row = rows.get(place)
        value_date = row.deal.near_leg.value_date if row is not None else None
        for trade in trades.values():
            sums[trade.currency, trade.settl_date or value_date] += trade.side.sign * trade.qty
    return sums


def _terms(trade: Trade, value_date: date) -> _Terms:
    """What must be equal, in the order of ``_TERM_KINDS``."""
    return trade.side, trade.currency, trade.symbol, trade.settl_date or value_date, trade.qty, trade.px


def _differences(ours: _Terms, theirs: _Terms) -> Iterator[tuple[BreakKind, str, str]]:
    for kind, our, their in zip(_TERM_KINDS, ours, theirs, strict=True):
        if our != their:
            yield kind, _text(our), _text(their)


def _text(term: object) -> str:
    return f"{term:,f}" if isinstance(term, Decimal) else str(term)


def _row_break(kind: BreakKind, row: Asked, ours: str, theirs: str, cause: str) -> Break:
    deal = row.deal
    return Break(kind, row.line, row.row_id, deal.dealt_currency, deal.near_leg.value_date, ours, theirs, cause)


def _trade_break(
    kind: BreakKind, where: Asked | LineId | None, trade: Trade, ours: str, theirs: str, cause: str
) -> Break:
    """A break of one trade, in its row; where there is no row, ``where`` is the line its id names, or None."""
    if not isinstance(where, Asked):
        return Break(kind, where, "", trade.currency, trade.settl_date, ours, theirs, cause, trade.exec_id)
    value_date = trade.settl_date or where.deal.near_leg.value_date
    return Break(kind, where.line, where.row_id, trade.currency, value_date, ours, theirs, cause, trade.exec_id)
