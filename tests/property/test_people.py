"""No sequence of requests, decisions and changes of users lets one person do both halves of anything."""

from hypothesis import given, settings
from hypothesis import strategies as st

from risk.people.people import RULES, LaunchBatch, People, Role, SetRoles, Standing, request_id_of

NAMES = ("anna", "bob", "rita", "rolf", "login")
VALID_NS = 5
BATCHES = (LaunchBatch("AAAAAAAAAA", "a", "", ()), LaunchBatch("BBBBBBBBBB", "b", "", ()))

names = st.sampled_from(NAMES)
changes = st.builds(SetRoles, names, st.lists(st.sampled_from(list(Role)), max_size=2, unique=True).map(tuple))
actions = st.one_of(st.sampled_from(BATCHES), changes)
steps = st.lists(st.tuples(st.sampled_from(["ask", "decide"]), actions, names, st.booleans()), max_size=60)


@settings(max_examples=300)
@given(steps)
def test_whatever_is_done_two_persons_have_done_it(taken: list[tuple[str, object, str, bool]]) -> None:
    people = People()
    for now_ns, (step, action, who, approved) in enumerate(taken):
        request_id = request_id_of(action)  # type: ignore[arg-type] # an action
        founding = len([user for user, roles in people.users.items() if Role.RISK in roles])
        users = dict(people.users)
        if step == "ask":
            problem = people.ask(request_id, action, who, "why", now_ns, VALID_NS)  # type: ignore[arg-type] # an action
        else:
            problem = people.decide(request_id, approved, who, "why", now_ns, VALID_NS)
        request = people.requests.get(request_id)
        if problem or request is None or request.standing is not Standing.APPROVED:
            assert people.users == users
            continue
        rule = RULES[type(action)]
        if request.decided_by:
            assert request.who != request.decided_by
            assert not rule.asks.isdisjoint(users[request.who])
            assert not rule.decides.isdisjoint(users[request.decided_by])
            assert now_ns <= request.until_ns
        else:
            assert not people.is_founded
            assert founding < 2
            assert isinstance(action, SetRoles)
        if isinstance(action, SetRoles):
            assert action.user != request.decided_by
            people.set_roles(action)
        assert all(not {Role.RISK, Role.TRADER} <= set(roles) for roles in people.users.values())
        assert not people.is_founded or sum(Role.RISK in roles for roles in people.users.values()) >= 2
