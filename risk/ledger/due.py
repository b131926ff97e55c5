"""What ends with which day: the reservations whose postings are taken out when a day is over."""

from collections.abc import Callable, Container, Iterable
from datetime import date


class Due:
    """Reservations by the days that they end something with."""

    def __init__(self) -> None:
        self._waiting: dict[date, dict[str, None]] = {}
        self._ended: date | None = None

    def wait(self, name: str, days: Iterable[date]) -> None:
        """A reservation ends something with each of some days."""
        for day in days:
            waiting = self._waiting.get(day)
            if waiting is None:
                waiting = self._waiting[day] = {}
            waiting[name] = None

    def wait_again(self, name: str, days: Iterable[date]) -> None:
        """It has something again that ends with those of the days that are over already; it goes with the next look."""
        if self._ended is not None:
            self.wait(name, [day for day in days if day <= self._ended])

    def take(self, day: date, stays: Container[str], is_over: Callable[[str], bool]) -> list[tuple[date, str]]:
        """A day has ended: what ends with it, or should have ended before, is returned once.

        Args:
            day: The day.
            stays: What is not confirmed, and waits on.
            is_over: Whether a reservation is over; what may still be live waits on too.

        Returns:
            The day that something ended with and whose it is, in the order of the days.
        """
        self._ended = day if self._ended is None else max(day, self._ended)
        found = []
        for due in sorted([each for each in self._waiting if each <= day]):
            waiting = self._waiting[due]
            ended = [name for name in waiting if name not in stays and is_over(name)]
            for name in ended:
                del waiting[name]
            if not waiting:
                del self._waiting[due]
            found += [(due, name) for name in ended]
        return found

    def names(self) -> set[str]:
        """Everything that waits."""
        return {name for waiting in self._waiting.values() for name in waiting}

    def snapshot(self) -> dict[str, object]:
        """Everything there is to know, as plain values in a canonical order."""
        return {
            "ended": None if self._ended is None else self._ended.isoformat(),
            "waiting": {day.isoformat(): sorted(waiting) for day, waiting in sorted(self._waiting.items())},
        }
