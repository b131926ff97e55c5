"""Inputs that are small and want to become large, or to take for ever: ``make bombs``.

The command takes them one by one within a limit of memory for the whole process, and prints what each has cost. The
test runs it, so that a reader that forgets a limit is ended by the system and not by the machine's users.
"""

import json
import resource
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from io import BytesIO

from tests.fuzz.targets import TARGETS
from trader.batch.sheet import sheet_bytes
from trader.fix.text import SOH

MEMORY_MAX = 1_500 << 20
MB = 1 << 20
COLUMNS = ("row_id", "pair", "side", "dealt_currency", "amount", "tenor", "order_type")
ROW = ("T-1", "EUR/USD", "BUY", "EUR", "1000000", "SPOT", "MARKET")
HEAD = ",".join(COLUMNS).encode() + b"\n"
SHEET, STRINGS, STYLES = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/styles.xml"
BILLION_LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE d [<!ENTITY a "laugh">'
    + b"".join(b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9))
    + b"]><worksheet><sheetData><row><c><v>&j;</v></c></row></sheetData></worksheet>"
)
OUTSIDE = (
    b'<?xml version="1.0"?><!DOCTYPE d [<!ENTITY a SYSTEM "secret.txt">]>'
    b'<worksheet><sheetData><row><c t="str"><v>&a;</v></c></row></sheetData></worksheet>'
)


def workbook(part: str, change: Callable[[bytes], bytes]) -> bytes:
    """A batch of one row as a workbook, one of its parts changed."""
    changed = BytesIO()
    whole = zipfile.ZipFile(BytesIO(sheet_bytes(COLUMNS, [ROW])))
    with whole, zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in whole.namelist():
            content = whole.read(name)
            archive.writestr(name, change(content) if name == part else content)
    return changed.getvalue()


def with_rows(rows: bytes) -> bytes:
    """More rows below the one."""
    return workbook(SHEET, lambda sheet: sheet.replace(b"</sheetData>", rows + b"</sheetData>"))


def _cells(coordinate: str, count: int) -> bytes:
    return b"".join(b'<row r="%d"><c r="%s%d"/></row>' % (n, coordinate.encode(), n) for n in range(3, count + 3))


def batches() -> Iterator[tuple[str, bytes]]:
    """Batch files."""
    row = ",".join(ROW).encode()
    yield "a cell of 10 MB", HEAD + row + b"," + b"x" * 10 * MB
    yield "an amount of 10 MB", HEAD + row.replace(b"1000000", b"9" * 10 * MB)
    yield "an amount of 1e999999999", HEAD + row.replace(b"1000000", b"1e999999999")
    yield "a million columns", b"a," * 1_000_000 + b"\n" + b"1," * 1_000_000
    yield "a row of a million cells", HEAD + b"," * 1_000_000
    yield "two million empty rows", HEAD + row + b"\n" * 2_000_000
    yield "a quote that is never closed", HEAD + b'"' + b"x\n" * 2_000_000
    yield "ten million quotes", HEAD + b'"' * 10_000_000
    yield "a last row in a workbook", with_rows(b'<row r="1048576"><c r="A1048576"/></row>')
    yield "a row below the last in a workbook", with_rows(b'<row r="99999999999"><c r="A9"><v>1</v></c></row>')
    yield "a cell far to the right in a workbook", with_rows(b'<row r="3"><c r="ZZZ3"><v>1</v></c></row>')
    yield "a number of 10 MB in a workbook", with_rows(b"<row><c><v>" + b"9" * 10 * MB + b"</v></c></row>")
    yield "a number of 1e999999999 in a workbook", with_rows(b"<row><c><v>1e999999999</v></c></row>")
    yield "a formula of 10 MB in a workbook", with_rows(b"<row><c><f>" + b"(" * 10 * MB + b"</f></c></row>")
    yield "three million elements in a workbook", with_rows(b"<x/>" * 3_000_000)
    yield "texts without end in a workbook", workbook(STRINGS, lambda _: b"<sst>" + b"<si/>" * 3_000_000 + b"</sst>")
    yield (
        "a number format of 10 MB in a workbook",
        workbook(
            STYLES,
            lambda _: b'<styleSheet><numFmts><numFmt numFmtId="200" formatCode="' + b"[" * 10 * MB + b'"/></numFmts>',
        ),
    )
    yield "entities of entities in a workbook", workbook(SHEET, lambda _: BILLION_LAUGHS)
    yield "an entity from a file in a workbook", workbook(SHEET, lambda _: OUTSIDE)
    yield (
        "the same in UTF-16",
        workbook(SHEET, lambda _: OUTSIDE.replace(b"?>", b' encoding="UTF-16"?>', 1).decode().encode("utf-16")),
    )
    yield "a gigabyte of blanks in a workbook", workbook("docProps/app.xml", lambda _: b" " * (1 << 28))


def slow_batches() -> Iterator[tuple[str, bytes]]:
    """Those that are read to their end."""
    yield "a million empty rows in a workbook", with_rows(b"<row/>" * 1_000_000)
    yield "a million formatted rows in a workbook", with_rows(_cells("B", 1_000_000))
    yield "rows as wide as a sheet in a workbook", with_rows(_cells("XFD", 300_000))
    yield "one row of a million cells in a workbook", with_rows(b'<row r="3">' + b"<c/>" * 1_000_000 + b"</row>")
    yield "elements in elements in a workbook", with_rows(b"<x>" * 500_000 + b"</x>" * 500_000)


_REPORT = f"\x0035=8{SOH}37=V{SOH}17=E{SOH}150=F{SOH}39=2{SOH}55=EUR/USD{SOH}54=1{SOH}15=EUR{SOH}32={{}}{SOH}31=1{SOH}"


def messages() -> Iterator[tuple[str, bytes]]:
    """Messages, with the byte in front that chooses the venue."""
    yield "a quantity of 10 MB", _REPORT.format("9" * 10 * MB).encode()
    yield "a quantity of 1e999999999", _REPORT.format("1e999999999").encode()
    yield "a million fields", (_REPORT.format(1) + f"58=x{SOH}" * 1_000_000).encode()
    yield "a group that claims a billion", (_REPORT.format(1) + f"555=1000000000{SOH}600=x{SOH}").encode()


def slow_messages() -> Iterator[tuple[str, bytes]]:
    """Those whose every field is looked at."""
    yield "a text of 10 MB", (_REPORT.format(1) + "58=" + "\x1b" * 10 * MB + SOH).encode()
    yield "a group of a million entries", (_REPORT.format(1) + f"555=1000000{SOH}" + f"600=x{SOH}" * 1_000_000).encode()


def texts() -> Iterator[tuple[str, bytes]]:
    """TOML, JSON and rules: nesting and numbers beyond what a parser takes."""
    yield "tables in tables", b"[" * 100_000
    yield "lists in lists", b"a = " + b"[" * 100_000 + b"]" * 100_000
    yield "keys in keys", b"a" + b".a" * 20_000 + b" = 1"
    yield "objects in objects", b'{"kind":"StopRequested","payload":' + b'{"a":' * 100_000
    yield "a number without end", b"a = " + b"9" * MB
    yield "an exponent without end", b"a = 1e999999999"
    yield "a rule in a rule", b"rule a when " + b"(" * 100_000 + b"side is buy" + b")" * 100_000 + b' then deny "x"'
    yield "not not not", b"rule a when " + b"not " * 100_000 + b'side is buy then deny "x"'
    yield "a rule of many conditions", b"rule a when side is buy" + b" and side is buy" * 20_000 + b' then deny "x"'


BOMBS: dict[str, Callable[[], Iterator[tuple[str, bytes]]]] = {
    "batch": batches,
    "decode": messages,
    "request": messages,
    "session": messages,
    "totals": texts,
    "scenario": texts,
    "dialect": texts,
    "settings": texts,
    "rules": texts,
    "limits": texts,
    "control": texts,
    "journal": texts,
}


# What is read to its end, or nearly so: seconds each.
SLOW: dict[str, Callable[[], Iterator[tuple[str, bytes]]]] = {
    "batch": slow_batches,
    "decode": slow_messages,
    "request": slow_messages,
    "session": slow_messages,
}


def main() -> None:
    """Take every bomb, or with ``--quick`` those that are refused at once; a line of JSON each, with its cost."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_MAX, MEMORY_MAX))
    slow = {} if "--quick" in sys.argv[1:] else SLOW
    for name, bombs in (*BOMBS.items(), *slow.items()):
        for about, content in bombs():
            begun = time.process_time()
            TARGETS[name].take(content)
            cost = {"target": name, "bomb": about, "seconds": round(time.process_time() - begun, 2)}
            sys.stdout.write(json.dumps(cost) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
