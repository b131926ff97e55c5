"""A bank whose people change limits: a robot with two of them, and the sets they change."""

from dataclasses import replace
from datetime import date

from risk.limits.book import Limit, LimitBook
from risk.limits.versions import sha256_of
from risk.people.people import ImportLimits, Role, SetRoles, request_id_of
from tests.unit.engine_cases import Wire
from tests.unit.risk_cases import limits
from trader.engine import inputs
from trader.engine.outputs import ActionAnswered
from trader.journal.state_hash import state_hash

NODE = "VOLUME_DAY 2026-03-02 desk=treasury"
TUESDAY = date(2026, 3, 3)
FOUR_EYES = Limit("FOUR_EYES", (("action", "*"),), "valid_s_max", "3600")


def rows_with(changes: dict[str, str] | None = None) -> tuple[Limit, ...]:
    known = [row for row in limits(changes).rows if (row.control, row.parameter) != ("FOUR_EYES", "valid_s_max")]
    return (*known, FOUR_EYES)


def volume(value: str, **more: object) -> tuple[Limit, ...]:
    """The sane rows with another volume for the desks."""
    return tuple(
        replace(row, value=value, **more) if (row.control, row.key) == ("VOLUME_DAY", (("desk", "*"),)) else row
        for row in rows_with()
    )


class Bank(Wire):
    """A robot with two people who may change limits, and a trader."""

    def __init__(self, rows: tuple[Limit, ...] = ()) -> None:
        super().__init__(book=LimitBook(rows or rows_with()))
        for user, by in (("rita", "rita"), ("rolf", "rita")):
            self.answer(self.ask(SetRoles(user, (Role.RISK,)), by))
        self.answer(self.ask(SetRoles("anna", (Role.TRADER,)), "rita"))
        self.answer(self.decide(SetRoles("anna", (Role.TRADER,)), "rolf"))

    @property
    def in_force(self) -> LimitBook:
        return self.engine.context.gate.limits

    def action(self, rows: tuple[Limit, ...], replaces: tuple[Limit, ...] | None = None) -> ImportLimits:
        before = self.engine.context.limit_rows if replaces is None else replaces
        return ImportLimits("limits.csv", "f" * 64, sha256_of(rows), sha256_of(before), rows)

    def ask(self, action: ImportLimits | SetRoles, who: str = "rita") -> str:
        self.take(inputs.ActionRequested(request_id_of(action), action, who, "the yearly review"))
        return self.problem()

    def decide(self, action: ImportLimits | SetRoles, who: str = "rolf", *, approved: bool = True) -> str:
        self.take(inputs.ActionDecided(request_id_of(action), approved, who, "seen"))
        return self.problem()

    def answer(self, problem: str) -> None:
        assert problem == ""

    def problem(self) -> str:
        (answered,) = [output for output in self.last if isinstance(output, ActionAnswered)]
        return answered.problem

    def imports(self, rows: tuple[Limit, ...]) -> None:
        action = self.action(rows)
        self.answer(self.ask(action))
        self.answer(self.decide(action))

    def volume_max(self) -> str:
        found = self.in_force.find("VOLUME_DAY", "max", desk="treasury")
        return "" if found is None else found.value

    def hash(self) -> str:
        return state_hash(self.engine)
