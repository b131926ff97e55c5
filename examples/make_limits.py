"""Make the limits of a mid-size bank: the same script gives the same bytes.

    python examples/make_limits.py        # writes limits/limits.csv and limits/limits.xlsx beside this file

What holds for everybody is taken from limits.csv; here stands what a bank adds to it: its trees, and for each name in
them the limits that its own people have set. All names are made up.
"""  # noqa: INP001 -- a script that is run, not a package that is imported

import csv
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import NamedTuple

from trader.batch.sheet import sheets_bytes

HEADER = ("control", "key", "parameter", "value", "note", "from", "until")
FIRM = "HARBOUR-BANK"
# What the bank says name by name, so that nothing holds for names that nobody has thought of.
OWN = frozenset({"TREE", "MANDATE", "COUNTRY", "SETTLEMENT_DAY", "COUNTERPARTY_LINE", "SETTLEMENT_INSTRUCTION"})
OWN_DIMENSIONS = frozenset({"trader", "desk", "counterparty", "group", "country"})
MILLION = 1_000_000


class Desk(NamedTuple):
    """A desk: its traders, the head first; its products; its turnover of a day, its position, and its loss, in USD."""

    traders: tuple[str, ...]
    products: tuple[str, ...]
    volume: int
    position: int
    loss: int


SPOT = ("SPOT", "TOD", "TOM")
ALL = (*SPOT, "FORWARD", "SWAP", "NDF", "BLOCK")
DESKS = {
    "treasury": Desk(("anna", "bruno", "chloe", "dmitri"), ALL, 3_000, 1_200, 5),
    "sales": Desk(("elena", "farid", "greta", "hugo", "ines"), (*SPOT, "FORWARD"), 2_000, 600, 3),
    "emerging": Desk(("jonas", "keiko", "lars"), (*SPOT, "FORWARD", "NDF"), 800, 300, 2),
}
BOOKS = ("SALES", "HEDGE", "CORP", "LIQUIDITY", "EM-FLOW", "EM-NDF")


class Group(NamedTuple):
    """A group of counterparties: its country, its tier, and its legal entities."""

    country: str
    tier: int
    entities: tuple[str, ...]


GROUPS = {
    "STREET": Group("US", 1, ("simulator",)),
    "ALDERNEY": Group("GB", 1, ("ALDERNEY-LDN", "ALDERNEY-NYC", "ALDERNEY-SGP", "ALDERNEY-FRA")),
    "BELMONT": Group("US", 1, ("BELMONT-NYC", "BELMONT-LDN", "BELMONT-HKG")),
    "CORVINUS": Group("DE", 1, ("CORVINUS-FRA", "CORVINUS-LDN", "CORVINUS-NYC")),
    "DUNMORE": Group("FR", 1, ("DUNMORE-PAR", "DUNMORE-LDN", "DUNMORE-HKG")),
    "EIDER": Group("CH", 1, ("EIDER-ZRH", "EIDER-LDN", "EIDER-SGP")),
    "FUJIMORI": Group("JP", 2, ("FUJIMORI-TYO", "FUJIMORI-LDN")),
    "GALLOWAY": Group("GB", 2, ("GALLOWAY-LDN", "GALLOWAY-EDI")),
    "HALLDORF": Group("SE", 2, ("HALLDORF-STO", "HALLDORF-HEL")),
    "INVERLOCH": Group("CA", 2, ("INVERLOCH-TOR", "INVERLOCH-NYC")),
    "JARRAH": Group("AU", 2, ("JARRAH-SYD", "JARRAH-LDN")),
    "KESTREL": Group("NL", 2, ("KESTREL-AMS",)),
    "LOMBARDIA-NOVA": Group("IT", 3, ("LOMBARDIA-MIL", "LOMBARDIA-ROM")),
    "MIRADOR": Group("ES", 3, ("MIRADOR-MAD", "MIRADOR-MEX")),
    "NARVIK": Group("NO", 3, ("NARVIK-OSL",)),
    "ORCHID": Group("SG", 3, ("ORCHID-SGP", "ORCHID-HKG")),
    "PAMPLEMOUSSE": Group("FR", 4, ("PAMPLEMOUSSE-FUND", "PAMPLEMOUSSE-MACRO")),
    "QUARRY": Group("GB", 4, ("QUARRY-CAPITAL",)),
    "ROSSETTI": Group("IT", 4, ("ROSSETTI-PHARMA",)),
    "STEINBERG": Group("DE", 4, ("STEINBERG-AUTO", "STEINBERG-CHEMIE")),
}
# Tier: what a group may settle in a day, its line, an entity's line, an entity's turnover of a day; millions of USD.
# The street behind a venue settles every order of the batch, and has the line of all of them.
TIERS = {1: (1_500, 400, 250, 2_000), 2: (600, 200, 120, 1_000), 3: (250, 80, 50, 400), 4: (60, 25, 15, 100)}
COUNTRIES = {
    "US": 2_000, "GB": 1_500, "DE": 1_200, "FR": 1_200, "CH": 1_000, "JP": 800, "CA": 600, "AU": 500, "NL": 500,
    "SE": 400, "NO": 300, "IT": 250, "ES": 250, "SG": 300,
}  # fmt: skip
SETTLED = ("USD", "EUR", "GBP", "JPY", "CHF", "CAD", "AUD")  # through payment versus payment, with banks
SENIORS = frozenset({"anna", "elena", "jonas"})
YEAR_END, NEW_YEAR = "2026-12-24", "2027-01-04"

Row = tuple[str, str, str, str, str, str, str]


def main() -> None:
    """Write the set."""
    folder = Path(__file__).parent
    with (folder / "limits.csv").open(encoding="utf-8", newline="") as file:
        market = list(csv.reader(file))[1:]
    trees, limits = list(tree_rows()), [*market_rows(market), *desk_rows(), *counterparty_rows()]
    text = StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows([HEADER, *trees, *limits])
    (folder / "limits").mkdir(exist_ok=True)
    (folder / "limits" / "limits.csv").write_text(text.getvalue(), encoding="utf-8")
    workbook = sheets_bytes({"limits": (HEADER, limits), "tree": (HEADER, trees)})
    (folder / "limits" / "limits.xlsx").write_bytes(workbook)


def row(control: str, key: str, parameter: str, value: object, note: str = "", since: str = "", until: str = "") -> Row:
    """A row of the file."""
    return control, key, parameter, str(value), note, since, until


def tree_rows() -> Iterator[Row]:
    """Who and what belongs where."""
    for name, desk in DESKS.items():
        yield row("TREE", f"desk={name}", "firm", FIRM)
        yield from (row("TREE", f"trader={trader}", "desk", name) for trader in desk.traders)
    yield from (row("TREE", f"book={book}", "firm", FIRM) for book in BOOKS)
    for name, group in GROUPS.items():
        yield row("TREE", f"group={name}", "country", group.country)
        yield from (row("TREE", f"counterparty={entity}", "group", name) for entity in group.entities)


def market_rows(market: list[list[str]]) -> Iterator[Row]:
    """What holds for the whole market: not what this bank says name by name."""
    for control, key, parameter, value, note in market:
        dimensions = {part.partition("=")[0] for part in key.split()}
        is_own = control in OWN and not dimensions - OWN_DIMENSIONS
        if control not in {"TREE", "MANDATE", "SETTLEMENT_INSTRUCTION"} and not is_own:
            yield row(control, key, parameter, value, note)


def desk_rows() -> Iterator[Row]:
    """What the desks and their traders may do. Juniors deal half of what the head deals, in office hours."""
    for name, desk in DESKS.items():
        volume = desk.volume * MILLION
        yield row("VOLUME_DAY", f"desk={name}", "max", volume, "USD", until=YEAR_END)
        yield row("VOLUME_DAY", f"desk={name}", "max", volume // 2, "USD; thin markets", YEAR_END, NEW_YEAR)
        yield row("VOLUME_DAY", f"desk={name}", "max", volume, "USD", NEW_YEAR)
        yield row("NOP_AGGREGATE", f"desk={name}", "max", desk.position * MILLION, "USD")
        yield row("NOP_OVERNIGHT", f"desk={name}", "max", desk.position * MILLION // 4, "USD")
        yield row("LOSS_DAY", f"desk={name}", "max", desk.loss * MILLION, "USD")
        for trader in desk.traders:
            share = 1 if trader in SENIORS else 2
            hours = "00:00-24:00" if trader in SENIORS else "06:00-20:00"
            yield row("VOLUME_DAY", f"trader={trader}", "max", volume // 2 // share, "USD")
            yield row("LOSS_DAY", f"trader={trader}", "max", desk.loss * MILLION // 2 // share, "USD")
            if share > 1:
                yield row("ORDER_NOTIONAL", f"pair=* tenor=* trader={trader} venue=*", "max", 10 * MILLION, "USD")
            for product in desk.products:
                key = f"trader={trader} desk={name} product={product} pair=* side=* tenor=* venue=*"
                yield row("MANDATE", key, "allow", hours)


def counterparty_rows() -> Iterator[Row]:
    """What may be owed by whom, and how it is paid."""
    for country, millions in COUNTRIES.items():
        yield row("COUNTRY", f"country={country}", "max", millions * MILLION, "USD")
    for name, group in GROUPS.items():
        settled, line, entity_line, volume = (millions * MILLION for millions in TIERS[group.tier])
        is_bank = group.tier < 4  # noqa: PLR2004 -- the last tier: funds and companies
        yield row("SETTLEMENT_DAY", f"group={name}", "max", settled, f"USD; tier {group.tier}")
        yield row("COUNTERPARTY_LINE", f"group={name}", "max", line, f"USD; tier {group.tier}")
        for entity in group.entities:
            yield row("COUNTERPARTY_LINE", f"counterparty={entity}", "max", entity_line, "USD")
            yield row("VOLUME_DAY", f"counterparty={entity}", "max", volume, "USD")
            yield row("TENOR_MAX", f"counterparty={entity}", "days_max", 400 if is_bank else 190)
            yield from instruction_rows(entity, is_bank=is_bank)
    yield row("RESTRICTED", "counterparty=MIRADOR-MEX", "blocked_from", "2026-12-01T00:00Z", "the name is sold")


def instruction_rows(entity: str, *, is_bank: bool) -> Iterator[Row]:
    """Where an entity's money goes: the large currencies are paid against each other, the others one by one."""
    yield row("SETTLEMENT_INSTRUCTION", f"counterparty={entity} currency=*", "instruction", f"SSI-{entity}")
    yield row("SETTLEMENT_INSTRUCTION", f"counterparty={entity} currency=*", "netting", "net" if is_bank else "none")
    for currency in SETTLED if is_bank else ():
        yield row("SETTLEMENT_INSTRUCTION", f"counterparty={entity} currency={currency}", "netting", "pvp")


if __name__ == "__main__":
    main()
