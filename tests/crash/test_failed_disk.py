"""A disk that fails once: the journal takes nothing more from that process, and tells the next one the truth."""

from pathlib import Path

import pytest

from trader.adapters.store import Store, StoreError
from trader.journal.record import Chain, Record, check_chain


def fill_up(store: Store, records: list[Record]) -> None:
    """Append on a disk that is full, and make room again."""
    (pages,) = store._connection.exec_driver_sql("PRAGMA page_count").one()
    store._connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
    store._connection.rollback()
    with pytest.raises(StoreError, match="full"):
        store.append(records)
    store._connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + 1_000}")
    store._connection.rollback()


def test_a_journal_that_could_not_be_written_once_is_not_written_again_by_that_process(tmp_path: Path) -> None:
    """Where it ends, only the next process finds out: a record after the one that failed would leave a gap."""
    store, chain = Store(tmp_path / "trader.db"), Chain()
    first, lost, after = (chain.link(1, "Anything", bytes(size)) for size in (10, 100_000, 10))
    store.append([first])
    fill_up(store, [lost])
    with pytest.raises(StoreError, match="full"):
        store.append([after])
    with pytest.raises(StoreError, match="full"):
        store.project({"firings": [{"seq": 2, "number": 0, "ts_ns": 1, "code": "A", "row_id": "", "text": "gone"}]})
    store.close()
    again = Store(tmp_path / "trader.db")
    assert list(check_chain(again.records())) == [first]
    assert again.chain().seq == 1
    assert again.rows("firings") == []
    again.append([Chain(first.seq, first.digest).link(2, "Anything", b"goes on")])
    again.close()
