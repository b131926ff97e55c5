"""The proof of a kill: when nothing could leave any more, when the last cancel left, and what became of every order."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from trader.adapters.clock import now_ns
from trader.adapters.durable import write_whole
from trader.domain.commands import CancelAllOrders, CancelOrder, PlaceOrder, ReplaceOrder, VenueCommand
from trader.domain.moments import NS_PER_US, in_ns
from trader.engine.context import Context
from trader.engine.inputs import KillProven
from trader.engine.state import Kill, KilledOrder, KillOutcome

PROOFS = "kills"


@dataclass(frozen=True, slots=True)
class _Begun:
    asked_ns: int
    blocked_ns: int
    deadline_ns: int


class Prover:
    """Watches what leaves, and tells when it is known what became of a kill.

    Args:
        context: The engine's state.
        folder: The data folder.
    """

    def __init__(self, context: Context, folder: Path) -> None:
        self._context = context
        self._folder = folder
        self._begun: dict[int, _Begun] = {}
        self._last_risk_ns = self._last_cancel_ns = 0

    def sent(self, command: VenueCommand) -> None:
        """A message has left."""
        if isinstance(command, PlaceOrder | ReplaceOrder):
            self._last_risk_ns = now_ns()
        elif isinstance(command, CancelOrder | CancelAllOrders):
            self._last_cancel_ns = now_ns()

    def begin(self, number: int, asked_ns: int, blocked_ns: int) -> None:
        """A kill was taken in; the venue's answers are waited for."""
        patience_ns = in_ns(self._context.settings.answer_s_max)
        self._begun[number] = _Begun(asked_ns, blocked_ns, blocked_ns + patience_ns)

    def ended(self, *, at_once: bool = False) -> Iterator[KillProven]:
        """The kills of which everything is known, or for which no answer is waited any longer.

        Args:
            at_once: The process ends: what is not known now is unknown.
        """
        for number, begun in list(self._begun.items()):
            kill = self._context.kills[number - 1]
            if at_once or now_ns() > begun.deadline_ns or self._is_known(kill):
                del self._begun[number]
                since = (self._last_risk_ns, self._last_cancel_ns if self._last_cancel_ns >= kill.ts_ns else 0)
                yield KillProven(number, begun.asked_ns, begun.blocked_ns, *since)

    def _is_known(self, kill: Kill) -> bool:
        for name, killed in kill.orders.items():
            order = self._context.blotters[killed.session].find(name)
            if order is None or not order.is_final:
                return False
        return True

    def write(self, number: int) -> Path:
        """Write the proof into the data folder, for whoever waits for it.

        Raises:
            OSError: It cannot be written.
        """
        return write_proof(self._folder, self._context.kills[number - 1])


def proof_path(folder: Path, number: int) -> Path:
    """Where the proof of a kill stands, once there is one."""
    return folder / PROOFS / f"kill-{number:04}.json"


def write_proof(folder: Path, kill: Kill) -> Path:
    """Write a proof for its owner only, whole or not at all.

    Raises:
        OSError: It cannot be written.
    """
    path = proof_path(folder, kill.number)
    path.parent.mkdir(mode=0o700, exist_ok=True)
    write_whole(path, msgspec.json.format(msgspec.json.encode(proof_facts(kill), enc_hook=str), indent=2) + b"\n")
    return path


def read_proof(path: Path) -> dict[str, Any]:
    """The JSON object of a proof."""
    facts: dict[str, Any] = msgspec.json.decode(path.read_bytes())
    return facts


def proof_facts(kill: Kill) -> dict[str, Any]:
    """A kill and its proof as a JSON object; times are microseconds from when the kill was heard of, or null."""
    stop, proof = kill.stop, kill.proof
    outcomes = Counter(each.outcome for each in kill.orders.values())
    facts: dict[str, Any] = {
        "number": kill.number,
        "scope": str(stop.scope),
        "state": stop.state.name,
        "who": stop.who,
        "account": stop.account,
        "reason": stop.reason,
        "ts_ns": kill.ts_ns,
        "lines_voided": kill.lines_voided,
        "orders": {str(outcome): outcomes[outcome] for outcome in KillOutcome},
        "filled_after": sum(each.filled_after > 0 for each in kill.orders.values()),
        "unknown": [name for name, each in kill.orders.items() if each.outcome is KillOutcome.UNKNOWN],
        "each": [killed_facts(name, each) for name, each in kill.orders.items()],
    }
    if proof is not None:
        facts |= {
            "asked_ns": proof.asked_ns,
            "block_us": (proof.blocked_ns - proof.asked_ns) // NS_PER_US,
            "last_risk_us": _since(proof.last_risk_ns, proof.asked_ns),
            "last_cancel_us": _since(proof.last_cancel_ns, proof.asked_ns),
        }
    return facts


def killed_facts(cl_ord_id: str, killed: KilledOrder) -> dict[str, str]:
    """What became of one order that was live when a kill came; amounts in its dealt currency."""
    return {
        "cl_ord_id": cl_ord_id,
        "session": killed.session,
        "outcome": str(killed.outcome),
        "filled_before": f"{killed.cum_qty:f}",
        "filled_after": f"{killed.filled_after:f}",
    }


def _since(moment_ns: int, asked_ns: int) -> int | None:
    return (moment_ns - asked_ns) // NS_PER_US if moment_ns else None
