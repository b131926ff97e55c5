"""What speaks against an order or a batch, as facts for programs: the same in every answer that has one."""

from typing import Any

from risk.reasons import Violation

_NUMBERS = ("limit", "used", "asked", "free", "passes")


def violation_facts(found: Violation) -> dict[str, Any]:
    """A violation of the gate as a JSON object; its numbers are texts with all their digits, or null."""
    numbers = {name: getattr(found, name) for name in _NUMBERS}
    return {
        "code": str(found.code),
        "node": found.node,
        "blocks": found.blocks,
        "waits": found.waits,
        **{name: None if number is None else f"{number:f}" for name, number in numbers.items()},
        "sentence": found.sentence,
    }
