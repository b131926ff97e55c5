"""Unmatched trades, which fit no order of ours: kept, told and shown until they are booked, or persons settle them.

They come from another robot's or a person's order on the same session, from an order that the venue has mistaken, or
from a fault. They are never applied to anything else.
"""

from trader.domain.ids import BATCH_ID_WIDTH
from trader.engine.context import Context
from trader.engine.disputes import dispute
from trader.engine.outputs import Alert, AlertOver, OrphanChanged
from trader.orders.orphan import Orphan

_CODE = "ORPHAN_FILL"
_OLD_FOLDER = "DATA_FOLDER_OLD"


class Orphans:
    """Tells of what the blotters keep. One instance per engine."""

    def __init__(self, context: Context) -> None:
        self._ctx = context

    def after_step(self) -> None:
        """Tell what the step has kept, or taken off the list."""
        for venue, blotter in self._ctx.blotters.items():
            news = blotter.take_orphan_news()
            for orphan, is_kept in news:
                self._ctx.emit(OrphanChanged(venue, orphan, is_kept))
                if is_kept:
                    self._tell(venue, orphan)
                    self._dispute(venue, orphan)
                elif all(each.violation != orphan.violation for each in blotter.orphans.values()):
                    self._ctx.emit(AlertOver(orphan.violation.rule, orphan.violation.detail))
            if news and not blotter.orphans:
                self._ctx.emit(AlertOver(_CODE, venue))
            for name in blotter.take_new_names():
                self._tell_of_name(venue, name)

    def _dispute(self, venue: str, orphan: Orphan) -> None:
        """Tell the venue too, where it takes that."""
        ctx = self._ctx
        disputed = dispute(orphan, ctx.blotters[venue].find(orphan.cl_ord_id))
        if disputed is not None and ctx.dialects[venue].requests.dont_know_trade and ctx.sessions[venue].is_open:
            ctx.send(venue, disputed)

    def _tell(self, venue: str, orphan: Orphan) -> None:
        event = orphan.event
        text = (
            f"{venue} reports an unmatched trade, ExecID(17)={event.exec_id or 'none'} for "
            f"ClOrdID(11)={event.cl_ord_id or 'none'}: {orphan.violation.rule}; it is kept, see trader orders --orphans"
        )
        self._ctx.emit(Alert(_CODE, text, about=venue, is_lasting=True, order=orphan.cl_ord_id))

    def _tell_of_name(self, venue: str, cl_ord_id: str) -> None:
        text = (
            f"{venue} knows ClOrdID(11)={cl_ord_id}, which looks like ours and was never given in this data folder: it "
            f"is new, or an older copy of one that has dealt since, or another robot uses the session; nothing that is "
            f"left of batch {cl_ord_id[:BATCH_ID_WIDTH]} is sent, and what is used of every limit may be too little"
        )
        self._ctx.emit(Alert(_OLD_FOLDER, text, about=venue, order=cl_ord_id))
