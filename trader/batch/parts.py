"""What a workbook may be made of, looked through before the library reads it.

A workbook is an archive of XML, and a small one can say "a million cells", "this text ten thousand times" or "see that
file". The library believes it, so here is counted first, without keeping anything: the memory for that is what the
largest part unpacks to, and the time is that of reading it once.
"""

import zipfile
from collections.abc import Mapping
from xml.parsers import expat

_UNPACKED_BYTES_MAX = 1 << 28  # as many cells take less
_ELEMENTS_MAX = 2_500_000  # a cell with a value is two: about 50,000 rows of 25 columns
_TAG_BYTES_MAX = 1 << 16  # a number format has 255 characters at most


class TooMuchError(ValueError):
    """The workbook holds more than any batch does. The text says of what."""


class _Counter:
    """Counts the elements of all parts, and measures their tags.

    A tag ends at the latest where what follows it begins. Readers that get the text in pieces, as the library does,
    look through the whole of an unfinished tag anew with every piece.
    """

    def __init__(self) -> None:
        self._elements = 0
        self._parser = expat.ParserCreate()
        self._last: int | None = 0

    def read(self, content: bytes) -> None:
        """Go through one part.

        Raises:
            TooMuchError: There are more elements than can be, a tag that is none any more, or a DOCTYPE.
            ExpatError: It is no XML.
        """
        self._last = 0
        self._parser = parser = expat.ParserCreate()
        parser.StartElementHandler = self._started
        parser.StartDoctypeDeclHandler = _refuse_doctype
        parser.EndElementHandler = parser.CommentHandler = self._measure
        parser.CharacterDataHandler = self._told
        parser.ProcessingInstructionHandler = lambda *_said: self._measure()
        parser.Parse(content, True)

    def _started(self, _name: str, _attributes: Mapping[str, str]) -> None:
        self._elements += 1
        if self._elements > _ELEMENTS_MAX:
            raise TooMuchError(f"the workbook has more than {_ELEMENTS_MAX:,} rows and cells, empty ones included")
        self._measure()

    def _told(self, _text: str) -> None:
        self._measure()
        self._last = None  # a text may be long, for it is read in pieces

    def _measure(self, _said: str = "") -> None:
        begins = self._parser.CurrentByteIndex
        if self._last is not None and begins - self._last > _TAG_BYTES_MAX:
            raise TooMuchError(f"the workbook has a setting or a remark of more than {_TAG_BYTES_MAX:,} bytes")
        self._last = begins


def _refuse_doctype(*_declared: object) -> None:
    raise TooMuchError("the workbook defines words of its own (a DOCTYPE), which no spreadsheet writes")


def check_parts(archive: zipfile.ZipFile) -> None:
    """Look whether a workbook can be read in bounded time and memory.

    Args:
        archive: The workbook.

    Raises:
        TooMuchError: It cannot.
        Exception: As the archive's reader raises it for damaged ones.

    Source: ECMA-376, part 2: a package has no document type definitions.
    """
    if sum(part.file_size for part in archive.infolist()) > _UNPACKED_BYTES_MAX:
        raise TooMuchError(f"the workbook unpacks to more than {_UNPACKED_BYTES_MAX:,} bytes")
    counter = _Counter()
    for part in archive.infolist():
        try:
            counter.read(archive.read(part))
        except expat.ExpatError:
            continue  # an image, which nobody reads; or damaged, and counted as far as anybody can read it
