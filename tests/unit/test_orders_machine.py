"""The tables are complete and closed, and the page about them is drawn from them."""

import copy
import re
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path

import pytest

from tests.unit.order_words import an_order
from trader.domain.errors import LocalOrderError
from trader.domain.events import OrdStatus
from trader.orders import blotter, checks, executions, reports, steps
from trader.orders.diagram import markdown, mermaid
from trader.orders.machine import (
    PENDINGS,
    PHASE_OF_STATUS,
    PHASES,
    PRECEDENCE,
    STATUS_OF_PHASE,
    STATUSES,
    SYNCS,
    Pending,
    PendingInput,
    Phase,
    PhaseInput,
    StatusInput,
    Sync,
    SyncInput,
    ord_status,
)

PAGE = Path(__file__).parents[2] / "docs" / "orders.md"
Table = Mapping[StrEnum, Mapping[StrEnum, StrEnum]]


@pytest.mark.parametrize(
    ("table", "states", "inputs"),
    [
        (PHASES, Phase, PhaseInput),
        (STATUSES[Sync.IN_SYNC], Phase, StatusInput),
        (STATUSES[Sync.IN_DOUBT], Phase, StatusInput),
        (PENDINGS, Pending, PendingInput),
        (SYNCS, Sync, SyncInput),
    ],
)
def test_every_state_has_a_row_and_every_input_a_use(
    table: Table, states: type[StrEnum], inputs: type[StrEnum]
) -> None:
    assert list(table) == list(states)
    assert {cell_input for cells in table.values() for cell_input in cells} == set(inputs)


@pytest.mark.parametrize("table", [PHASES, PENDINGS, SYNCS], ids=["phase", "pending", "sync"])
def test_the_page_shows_the_tables_as_they_are(table: Table) -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert f"```mermaid\n{mermaid(table)}\n```" in page
    assert markdown(table) in page


@pytest.mark.parametrize("sync", Sync)
def test_the_page_shows_what_an_order_can_be_found_to_be(sync: Sync) -> None:
    assert markdown(STATUSES[sync]) in PAGE.read_text(encoding="utf-8")


def test_a_step_without_a_cell_is_not_taken() -> None:
    order = an_order(sent=False)
    before = copy.deepcopy(order)
    for said in (PhaseInput.TRADED, StatusInput.CANCELED, PendingInput.REPLACED, SyncInput.PERSON_SIGNED):
        assert not order.try_move(said)
        with pytest.raises(LocalOrderError, match=said):
            order.move(said)
    assert order == before


def test_the_page_lists_every_rule_a_venue_can_break() -> None:
    sources = [
        Path(module.__file__ or "").read_text(encoding="utf-8")
        for module in (blotter, checks, executions, reports, steps)
    ]
    in_code = set(re.findall(r'(?:breach\(\s*\w+,|RemoteViolation\()\s*"([A-Z_]+)"', "\n".join(sources)))
    in_page = re.findall(r"^\| `([A-Z_]+)` \|", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert "OVERFILL" in in_code
    assert in_page == sorted(in_code)


def test_a_fill_has_a_cell_wherever_the_venue_has_the_order() -> None:
    for phase, cells in PHASES.items():
        if phase is not Phase.CREATED:
            assert {PhaseInput.TRADED, PhaseInput.FILLED} <= set(cells)


def test_every_status_means_a_phase_and_has_a_precedence() -> None:
    assert set(PHASE_OF_STATUS) == set(PRECEDENCE) == set(OrdStatus)
    assert set(STATUS_OF_PHASE) == set(Phase)


@pytest.mark.parametrize(
    ("phase", "pending", "traded", "filled", "status"),
    [
        (Phase.WORKING, Pending.CANCEL_PENDING, True, False, OrdStatus.PENDING_CANCEL),
        (Phase.FILLED, Pending.CANCEL_PENDING, True, True, OrdStatus.PENDING_CANCEL),
        (Phase.FILLED, Pending.REPLACE_PENDING, True, True, OrdStatus.PENDING_REPLACE),
        (Phase.WORKING, Pending.CANCEL_SENT, True, False, OrdStatus.PARTIALLY_FILLED),
        (Phase.DONE_FOR_DAY, Pending.NONE, True, False, OrdStatus.DONE_FOR_DAY),
        (Phase.CANCELED, Pending.NONE, True, True, OrdStatus.FILLED),
        (Phase.CANCELED, Pending.NONE, True, False, OrdStatus.CANCELED),
        (Phase.EXPIRED, Pending.NONE, True, False, OrdStatus.EXPIRED),
        (Phase.REJECTED, Pending.NONE, False, False, OrdStatus.REJECTED),
        (Phase.WORKING, Pending.REPLACE_SENT, False, False, OrdStatus.NEW),
    ],
)
def test_the_status_follows_the_published_precedence(
    phase: Phase, pending: Pending, traded: bool, filled: bool, status: OrdStatus
) -> None:
    assert ord_status(phase, pending, traded=traded, filled=filled) is status
