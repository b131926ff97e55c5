"""The risk day: when one begins, daily limits start from zero, and what was to be paid before is settled."""

from risk.control import parse_cutoff
from risk.day import next_end_ns, risk_day
from trader.engine.context import Context
from trader.engine.outputs import StartTimer

TIMER = "day"


class Days:
    """Lets one risk day follow another. One instance per engine."""

    def __init__(self, context: Context) -> None:
        self._ctx = context

    def turn(self) -> None:
        """A process has started, or a day is over: let the day of now begin, and wait for its end.

        A clock that was put back begins no day a second time. Of a batch whose trades were not reconciled everything
        stays as it is until they are.
        """
        ctx = self._ctx
        end = parse_cutoff(ctx.settings.day_end)
        assert end is not None, "the configuration is read with an error or with a time of day"
        day = risk_day(end, ctx.now_ns)
        if day > ctx.gate.risk_day:
            ctx.gate.roll(day, self._unconfirmed())
        ctx.emit(StartTimer(TIMER, next_end_ns(end, ctx.now_ns)))

    def _unconfirmed(self) -> set[str]:
        """The orders of every batch that is not reconciled, nor signed for."""
        return {
            order
            for batch in self._ctx.batches.values()
            if not batch.is_agreed
            for line in batch.lines
            for order in line.orders
        }
