"""A part of a page of the docs that is drawn from the code, between two marks."""

from dataclasses import dataclass
from pathlib import Path

_DOCS = Path(__file__).parents[1] / "docs"


@dataclass(frozen=True, slots=True)
class DrawnPart:
    """What stands between ``<!-- NAME: begin -->`` and ``<!-- NAME: end -->``, lines of their own.

    Attributes:
        page: The page's file in ``docs/``.
        name: The part's.
    """

    page: str
    name: str

    def read(self) -> str:
        """The part as it stands, with the line feed at its end."""
        return self._parts()[1]

    def write(self, text: str) -> None:
        """Put another text in its place, which has to end with a line feed."""
        before, _, after = self._parts()
        assert not text or text.endswith("\n")
        (_DOCS / self.page).write_text(before + text + after, "utf-8")

    def _parts(self) -> tuple[str, str, str]:
        begin, end = (f"<!-- {self.name}: {word} -->\n" for word in ("begin", "end"))
        text = (_DOCS / self.page).read_text("utf-8")
        assert (text.count(begin), text.count(end)) == (1, 1), f"{self.page} has no marks for {self.name}"
        before, _, rest = text.partition(begin)
        part, _, after = rest.partition(end)
        return before + begin, part, end + after
