"""TREE: nobody trades for, or with, a name that stands in no tree, and nobody trades for another's desk."""

from collections.abc import Iterator

from risk.check import Check
from risk.control import Control, Kind, Mode, Parameter
from risk.gate.order_view import CheckContext
from risk.gate.outline import Outline
from risk.limits.tree import BOOK_FIRM, COUNTRY, DESK, DESK_FIRM, GROUP
from risk.reasons import ReasonCode, Violation, broken_rule


def _resolve(outline: Outline, _context: CheckContext) -> Iterator[Violation]:
    keys, above = outline.keys, outline.above
    yield from above.missing
    if above.desk and above.desk != keys.desk:
        detail = f"the trader belongs to the desk {above.desk}, and the order is for the desk {keys.desk}"
        yield broken_rule(ReasonCode.TREE, f"trader={keys.trader}", detail)
    if above.firm and above.book_firm and above.firm != above.book_firm:
        detail = f"the book belongs to {above.book_firm}, and the desk {keys.desk} to {above.firm}"
        yield broken_rule(ReasonCode.TREE, f"book={keys.book}", detail)


CHECK: Check[None] = Check(
    Control(
        code=ReasonCode.TREE,
        mode=Mode.HARD,
        mitigates="a name that nobody knows, and a limit that is passed by under another name",
        formula="counterparty → group → country, trader → desk → firm, book → firm are rows; the desk is the trader's",
        keys=(GROUP.dimensions, COUNTRY.dimensions, DESK.dimensions, DESK_FIRM.dimensions, BOOK_FIRM.dimensions),
        parameters=(
            Parameter(GROUP.parameter, Kind.NAME, "whose legal entity it is", (GROUP.dimensions,)),
            Parameter(COUNTRY.parameter, Kind.NAME, "whose risk the group is", (COUNTRY.dimensions,)),
            Parameter(DESK.parameter, Kind.NAME, "where the trader sits", (DESK.dimensions,)),
            Parameter(
                DESK_FIRM.parameter,
                Kind.NAME,
                "the firm a desk or a book belongs to",
                (DESK_FIRM.dimensions, BOOK_FIRM.dimensions),
            ),
        ),
    ),
    resolve=_resolve,
)
