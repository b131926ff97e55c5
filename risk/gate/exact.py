"""The arithmetic of the gate: so precise that no sum, product or rounding to a unit loses a digit."""

from collections.abc import Callable
from decimal import getcontext, setcontext
from functools import wraps
from typing import ParamSpec, TypeVar

from risk.ledger.ledger import EXACT

_P = ParamSpec("_P")
_T = TypeVar("_T")


def exact(method: Callable[_P, _T]) -> Callable[_P, _T]:
    """Let a function calculate in :data:`~risk.ledger.ledger.EXACT`. ``localcontext`` would copy it for every order."""

    @wraps(method)
    def calculated(*args: _P.args, **kwargs: _P.kwargs) -> _T:
        before = getcontext()
        setcontext(EXACT)
        try:
            return method(*args, **kwargs)
        finally:
            setcontext(before)

    return calculated
