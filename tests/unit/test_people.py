"""Users, roles and requests: deny by default, two persons for everything, one decision, an end."""

from decimal import Decimal

import pytest

from risk.people.people import (
    RULES,
    AcceptBreaks,
    ApproveConfiguration,
    GrantOverride,
    ImportLimits,
    LaunchBatch,
    People,
    RaiseLimit,
    Role,
    SetRoles,
    Standing,
    describe,
    request_id_of,
)
from risk.people.signatures import DismissOrphan, OrderOutcome, ResetSession, SettleOrder
from risk.reasons import ReasonCode

HOUR = 3_600_000_000_000
LAUNCH = LaunchBatch("GP6SAJWKEA", "hash", "terms", ())
ACTIONS = {
    LaunchBatch: LAUNCH,
    SetRoles: SetRoles("new", (Role.TRADER,)),
    GrantOverride: GrantOverride("hash", 1, ReasonCode.NOP_CURRENCY, "book=SALES", Decimal(1), HOUR),
    RaiseLimit: RaiseLimit(ReasonCode.VOLUME_DAY, (("desk", "treasury"),), "max", Decimal(1), 0, HOUR),
    ImportLimits: ImportLimits("limits.csv", "a", "b", "c", ()),
    ApproveConfiguration: ApproveConfiguration("hash"),
    AcceptBreaks: AcceptBreaks("GP6SAJWKEA", 1, "hash"),
    SettleOrder: SettleOrder("GP6SAJWKEA00010101", OrderOutcome.CANCELED, Decimal(0)),
    DismissOrphan: DismissOrphan("simulator", "E1", "hash"),
    ResetSession: ResetSession("simulator", 1, 1, with_open_orders=False),
}
WHO_MAY = {
    LaunchBatch: ({Role.TRADER}, {Role.APPROVER}),
    SetRoles: ({Role.RISK}, {Role.RISK}),
    GrantOverride: ({Role.TRADER, Role.RISK}, {Role.RISK}),
    RaiseLimit: ({Role.TRADER, Role.RISK}, {Role.RISK}),
    ImportLimits: ({Role.RISK}, {Role.RISK}),
    ApproveConfiguration: ({Role.OPERATIONS, Role.RISK}, {Role.RISK}),
    AcceptBreaks: ({Role.OPERATIONS}, {Role.RISK}),
    SettleOrder: ({Role.TRADER, Role.OPERATIONS, Role.RISK}, {Role.OPERATIONS, Role.RISK}),
    DismissOrphan: ({Role.TRADER, Role.OPERATIONS, Role.RISK}, {Role.OPERATIONS, Role.RISK}),
    ResetSession: ({Role.OPERATIONS, Role.RISK}, {Role.RISK}),
}


def staffed() -> People:
    """Two persons of every role, called after it."""
    people = People(is_founded=True)
    for role in Role:
        people.users |= {f"{role}-1": (role,), f"{role}-2": (role,)}
    return people


def asked(people: People, action: object = LAUNCH, who: str = "trader-1", now_ns: int = 0) -> str:
    return people.ask(request_id_of(action), action, who, "because", now_ns, HOUR)  # type: ignore[arg-type] # an action


def decided(people: People, who: str = "approver-1", *, approved: bool = True, now_ns: int = 0) -> str:
    return people.decide(LAUNCH.batch_id, approved, who, "agreed", now_ns, HOUR)


def test_every_action_has_a_line_in_the_table_that_is_tested() -> None:
    assert RULES.keys() == ACTIONS.keys() == WHO_MAY.keys()


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("kind", RULES)
def test_only_the_roles_of_the_table_may_ask(kind: type, role: Role) -> None:
    people = staffed()
    problem = asked(people, ACTIONS[kind], f"{role}-1")
    assert (problem == "") == (role in WHO_MAY[kind][0])
    assert bool(people.requests) == (problem == "")


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("kind", RULES)
def test_only_the_roles_of_the_table_may_decide(kind: type, role: Role) -> None:
    people, action = staffed(), ACTIONS[kind]
    asker = f"{min(WHO_MAY[kind][0])}-1"
    assert asked(people, action, asker) == ""
    problem = people.decide(request_id_of(action), True, f"{role}-2", "agreed", 0, HOUR)
    assert (problem == "") == (role in WHO_MAY[kind][1])
    standing = people.requests[request_id_of(action)].standing
    assert standing is (Standing.OPEN if problem else Standing.APPROVED)


def test_nobody_decides_what_they_have_asked_for_whatever_their_roles() -> None:
    people = staffed()
    people.users["trader-1"] = (Role.APPROVER, Role.TRADER)
    assert asked(people) == ""
    assert decided(people, "trader-1") == "trader-1 has asked for it; another person decides"
    assert people.requests[LAUNCH.batch_id].standing is Standing.OPEN


def test_nobody_decides_on_their_own_roles() -> None:
    people, action = staffed(), SetRoles("risk-2", (Role.RISK, Role.APPROVER))
    assert asked(people, action, "risk-1") == ""
    problem = people.decide(request_id_of(action), True, "risk-2", "agreed", 0, HOUR)
    assert problem == "risk-2 cannot decide on the roles of risk-2; another person does"


def test_the_second_of_two_approvers_is_told_that_it_was_decided() -> None:
    people = staffed()
    asked(people)
    assert decided(people, "approver-1") == ""
    assert decided(people, "approver-2", approved=False) == "GP6SAJWKEA was approved by approver-1 already"
    assert people.requests[LAUNCH.batch_id].decided_by == "approver-1"


def test_a_request_may_be_decided_until_it_expires_and_not_after() -> None:
    people = staffed()
    asked(people)
    assert "has expired" in decided(people, now_ns=HOUR + 1)
    assert decided(people, now_ns=HOUR) == ""


def test_an_approval_holds_until_it_expires_for_the_same_file_and_the_same_trader() -> None:
    people = staffed()
    asked(people)
    decided(people, now_ns=HOUR)
    approved = people.approved_launch("GP6SAJWKEA", "trader-1", 2 * HOUR)
    assert approved is not None
    assert (approved.action, approved.decided_by) == (LAUNCH, "approver-1")
    assert people.approved_launch("GP6SAJWKEA", "trader-1", 2 * HOUR + 1) is None
    assert people.approved_launch("GP6SAJWKEB", "trader-1", HOUR) is None
    assert people.approved_launch("GP6SAJWKEA", "trader-2", HOUR) is None


def test_what_was_declined_is_not_approved_and_may_be_asked_for_again() -> None:
    people = staffed()
    asked(people)
    assert decided(people, approved=False) == ""
    assert people.approved_launch("GP6SAJWKEA", "trader-1", 0) is None
    assert asked(people) == ""
    assert people.requests[LAUNCH.batch_id].standing is Standing.OPEN


def test_what_waits_already_is_not_asked_for_twice() -> None:
    people = staffed()
    asked(people)
    assert asked(people, who="trader-2") == "trader-1 has asked for the same, and it waits for a decision"
    assert people.requests[LAUNCH.batch_id].who == "trader-1"


def test_a_request_goes_by_the_digest_of_what_it_is_for() -> None:
    people, action = staffed(), ACTIONS[RaiseLimit]
    problem = people.ask("GP6SAJWKEA", action, "risk-1", "because", 0, HOUR)  # type: ignore[arg-type] # an action
    assert problem.startswith("GP6SAJWKEA is not what was asked for")
    assert not people.requests


@pytest.mark.parametrize("reason", ["", "  "])
def test_without_a_reason_nothing_is_asked_for_and_nothing_decided(reason: str) -> None:
    people = staffed()
    assert people.ask(LAUNCH.batch_id, LAUNCH, "trader-1", reason, 0, HOUR) == "a reason is needed, in words"
    asked(people)
    assert people.decide(LAUNCH.batch_id, True, "approver-1", reason, 0, HOUR) == "a reason is needed, in words"


def test_without_the_figure_nothing_can_stand() -> None:
    people = staffed()
    problem = people.ask(LAUNCH.batch_id, LAUNCH, "trader-1", "because", 0, None)
    assert problem.startswith("LIMIT_UNDEFINED at action=launch: FOUR_EYES has no row for valid_s_max")


def test_where_there_are_no_users_nothing_can_be_approved() -> None:
    assert asked(People()).startswith("this data folder has no users")


def test_a_name_that_is_no_users_may_nothing() -> None:
    people = staffed()
    assert asked(people, who="mallory") == "there is no user mallory"
    asked(people)
    assert decided(people, "mallory") == "there is no user mallory"
    assert people.decide("AAAAAAAAAA", True, "approver-1", "why", 0, HOUR).startswith("nobody has asked")


def test_an_asker_who_has_lost_the_role_meanwhile_gets_nothing() -> None:
    people = staffed()
    asked(people)
    people.set_roles(SetRoles("trader-1", ()))
    assert decided(people) == "there is no user trader-1"


# --- users ------------------------------------------------------------------------------------------------------------


def founded() -> People:
    """The first two users, by the way every folder gets them."""
    people = People()
    for who, new in (("login", "rita"), ("rita", "rolf")):
        action = SetRoles(new, (Role.RISK,))
        assert people.ask(request_id_of(action), action, who, "first", 0, None) == ""
        assert people.requests[request_id_of(action)].standing is Standing.APPROVED
        people.set_roles(action)
    return people


def test_the_first_two_users_take_effect_at_once_and_the_third_waits() -> None:
    people = founded()
    assert people.is_founded
    action = SetRoles("anna", (Role.TRADER,))
    assert asked(people, action, "rita") == ""
    assert people.requests[request_id_of(action)].standing is Standing.OPEN


@pytest.mark.parametrize(("who", "roles"), [("login", (Role.TRADER,)), ("login", ())])
def test_the_first_user_has_to_be_one_who_can_decide(who: str, roles: tuple[Role, ...]) -> None:
    people = People()
    assert asked(people, SetRoles("rita", roles), who) != ""
    assert not people.users


def test_the_second_user_is_named_by_the_first_and_by_nobody_else() -> None:
    people = People()
    people.set_roles(SetRoles("rita", (Role.RISK,)))
    assert asked(people, SetRoles("rolf", (Role.RISK,)), "login") == "there is no user login"


def test_two_who_can_decide_stay_so_that_nobody_is_alone_again() -> None:
    people = founded()
    for roles in ((), (Role.OPERATIONS,)):
        assert "2 users with the role risk have to stay" in asked(people, SetRoles("rolf", roles), "rita")


@pytest.mark.parametrize(
    ("user", "roles", "problem"),
    [
        ("anna", (Role.RISK, Role.TRADER), "whoever writes limits cannot trade"),
        ("anna", (Role.AUDITOR, Role.TRADER), "stand alone"),
        ("anna", (Role.CI, Role.APPROVER), "stand alone"),
        ("Rita", (Role.TRADER,), "too much like a user there is"),
        ("an na", (Role.TRADER,), "is not a user's name"),
        ("", (Role.TRADER,), "is not a user's name"),
        ("anna", (), "there is no user anna"),
    ],
)
def test_a_user_that_cannot_be_is_refused(user: str, roles: tuple[Role, ...], problem: str) -> None:
    assert problem in asked(founded(), SetRoles(user, roles), "rita")


def test_a_removed_user_may_nothing_any_more() -> None:
    people = staffed()
    people.set_roles(SetRoles("trader-1", ()))
    assert "trader-1" not in people.users
    assert asked(people) == "there is no user trader-1"


def test_an_action_is_described_by_its_name_and_its_fields() -> None:
    action = RaiseLimit(ReasonCode.VOLUME_DAY, (("desk", "treasury"),), "max", Decimal(5_000_000), 0, HOUR)
    text = describe(action)
    assert text.startswith("increase: control VOLUME_DAY, key desk=treasury, parameter max, amount 5,000,000")
    assert text.endswith("until 1970-01-01 01:00:00Z")


def test_what_is_nothing_out_of_the_ordinary_is_not_described() -> None:
    plain = SettleOrder("HC6TX7N45Z00010101", OrderOutcome.CANCELED, Decimal(0))
    assert describe(plain) == "settle: ClOrdID(11) HC6TX7N45Z00010101, outcome canceled"
    told = describe(SettleOrder("O-1", OrderOutcome.FILLED, Decimal(1_000), (Decimal("1.1"),), "E77", off_market=True))
    assert told == "settle: ClOrdID(11) O-1, outcome filled, quantity 1,000, rates 1.1, trade id E77, off market"
    assert describe(SetRoles("carl", ())) == "users: user carl, roles none"
