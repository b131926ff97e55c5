"""The page "Venues" has one row a shipped dialect, as the dialect says it.

After a change of one, ``python -m tests.unit.test_venues_page`` draws the table anew.
"""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.drawn_part import DrawnPart
from trader.fix.dialect import Amounts, Dialect
from trader.fix.dialect_file import parse_dialect

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "venues.md"
VENUES = sorted(path.parent.name for path in (ROOT / "fix_configs").glob("*/dialect.toml"))
PART = DrawnPart("venues.md", "venues")


def shipped(venue: str) -> Dialect:
    path = ROOT / "fix_configs" / venue / "dialect.toml"
    return parse_dialect(path.read_text("utf-8"), str(path))


def versions(dialect: Dialect) -> str:
    version = dialect.begin_string.removeprefix("FIX.")
    if dialect.application_version:
        version += f" with {dialect.application_version.removeprefix('FIX.')}"
    return version + (
        " with ExecTypes of 4.4" if (dialect.begin_string, dialect.exec_types) == ("FIX.4.2", "4.4") else ""
    )


def products(dialect: Dialect) -> str:
    return ", ".join(
        product.lower() + (f" ({form.legs})" if product.has_many_legs else "")
        for product, form in dialect.products.items()
    )


def order_types(dialect: Dialect) -> str:
    return ", ".join(order_type.lower().replace("_", " ") for order_type in dialect.order_types)


def times_in_force(dialect: Dialect) -> str:
    special = "".join(
        f"; {order_type.lower()}: {' '.join(lives)}" for order_type, lives in dialect.times_in_force_of.items()
    )
    return " ".join(dialect.times_in_force) + special


def quotes(dialect: Dialect) -> str:
    if dialect.quotes is None:
        return "none"
    way = {"request": "on request", "stream": "streamed"}[dialect.quotes.source]
    tags = ", ".join(map(str, dialect.quotes.reference_tags))
    return f"{way}{', two-way' if dialect.quotes.is_two_way else ''}, by {tags}"


def side_rule(dialect: Dialect) -> str:
    return {"dealt_currency": "of the dealt currency", "symbol": "of the symbol"}[dialect.side_of]


def amounts(dialect: Dialect) -> str:
    plain, said = Amounts(), dialect.amounts
    parts = [
        "base only" if said.dealt == "base" else "",
        f"{said.smallest:,f} or more" if said.smallest else "",
        f"{said.largest:,f} at most" if said.largest else "",
        f"steps of {said.step:,f}" if said.step else "",
        f"contracts of {said.contract:,}" if said.contract > 1 else "",
    ]
    return ", ".join(filter(None, parts)) if said != plain else "any"


def ready(dialect: Dialect) -> str:
    return {"logon": "Logon(A)", "news": "News(B)", "trading_session_status": "TradingSessionStatus(h)"}[dialect.ready]


def requests(dialect: Dialect) -> str:
    answers = dialect.requests
    rule = {"any": "", "price_and_quantity": " (price, quantity)", "cancels_part_filled": " (cancels part-filled)"}
    said = {
        f"replace{rule[answers.replace_rule]}": answers.replace,
        "status": answers.order_status,
        "mass status": answers.mass_status,
        "mass cancel": answers.mass_cancel,
        "trades": answers.trade_capture,
        "prices": answers.market_data,
    }
    return ", ".join(name for name, is_answered in said.items() if is_answered) or "none"


def pace(dialect: Dialect) -> str:
    if dialect.pace is None:
        return "any"
    block = f", {dialect.pace.block_s} s block" if dialect.pace.block_s else ""
    return f"{dialect.pace.messages_max} in {dialect.pace.window_ms:,} ms, else {dialect.pace.on_excess}{block}"


def maintenance(dialect: Dialect) -> str:
    return "; ".join(f"{window}{' ' if window.days else ''}{' '.join(window.days)}" for window in dialect.maintenance)


COLUMNS: dict[str, Callable[[Dialect], str]] = {
    "Venue": lambda dialect: f"[{dialect.title}](../fix_configs/{dialect.name}/README.md)",
    "FIX": versions,
    "Products": products,
    "Orders": order_types,
    "Time in force": times_in_force,
    "Quotes": quotes,
    "Side(54)": side_rule,
    "Amounts": amounts,
    "Ready": ready,
    "Sequence reset": lambda dialect: dialect.reset.replace("_", " "),
    "On disconnect": lambda dialect: {"none": "orders stay"}.get(
        dialect.cancel_on_disconnect, f"canceled, {dialect.cancel_on_disconnect}"
    ),
    "Answers": requests,
    "Pace": pace,
    "Not there": lambda dialect: maintenance(dialect) or "-",
}


def venues_table() -> str:
    """What belongs between the two marks of the page."""
    rows = [list(COLUMNS), ["---"] * len(COLUMNS)]
    rows += [[column(shipped(venue)) for column in COLUMNS.values()] for venue in VENUES]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def test_the_page_has_every_venue_as_its_dialect_says() -> None:
    assert PART.read() == venues_table(), "python -m tests.unit.test_venues_page draws it anew"


@pytest.mark.parametrize("venue", VENUES)
def test_a_venue_says_in_its_first_lines_what_nobody_has_certified(venue: str) -> None:
    readme = (ROOT / "fix_configs" / venue / "README.md").read_text("utf-8")
    first = " ".join(readme.split("##", 1)[0].split())
    assert "starting point" in first
    assert "certified by nobody" in first


@pytest.mark.parametrize("venue", VENUES)
def test_a_venue_is_told_of_on_the_page(venue: str) -> None:
    assert f"\n## {shipped(venue).title}\n" in PAGE.read_text("utf-8")


if __name__ == "__main__":
    PART.write(venues_table())
