"""``trader explain``: the story of one line, for whoever asks why and at what price."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.text import Text

from trader.app.exit_codes import EXIT_WRONG_INPUT
from trader.cli import options
from trader.cli.output import Failure, Output, amount, out, print_json, print_rows, say

_SHOWN = 10
_EXAMPLES = """\b
Examples:
  trader explain T-0007                     a row of the desk's file
  trader explain T-0007 --batch GP6SAJWKEA  where several batches have such a row
  trader explain GP6SAJWKEA00070101         an order, by its ClOrdID(11)
"""

_Facts = dict[str, Any]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(short_help="Tell the whole story of one line, and why at its price.", epilog=_EXAMPLES)(explain)


def explain(
    name: Annotated[
        str,
        typer.Argument(
            metavar="ROW|ORDER|TRADE",
            help="A row id, ClOrdID(11), OrderID(37), ExecID(17), QuoteReqID(131), or QuoteID(117) that was taken.",
        ),
    ],
    data: options.Data = Path("var"),
    batch: Annotated[str, typer.Option(metavar="ID", help="Only this batch, where several have such a row.")] = "",
    json: options.Json = False,  # noqa: ARG001 -- see options.Json
) -> None:
    """Tell the story of one line from the journal: limits, every quote and which won, what was sent and came back."""
    from trader.app.history import engine_of  # noqa: PLC0415 -- replaying is loaded only where it is done
    from trader.app.stories.explain import explain_line, find_lines  # noqa: PLC0415 -- loaded only where the journal is read

    engine = engine_of(data)
    batches = engine.context.batches
    if not batches:
        raise Failure(f"no batch has been run with the data folder {data}", EXIT_WRONG_INPUT)
    if batch and batch not in batches:
        raise Failure(f"no batch {batch!r} in {data}; expected one of {_some(batches)}", EXIT_WRONG_INPUT)
    found = find_lines(engine, name, batch)
    if not found:
        several = f"any of the {len(batches):,} batches in {data}" if len(batches) > 1 else f"the batch of {data}"
        where = f"batch {batch}" if batch else several
        rows = [state.line.row_id for each in ([batches[batch]] if batch else batches.values()) for state in each.lines]
        raise Failure(f"no row, order or trade {name!r} in {where}; its rows are {_some(rows)}", EXIT_WRONG_INPUT)
    if len(found) > 1:
        listed = "; ".join(map(str, found[:_SHOWN]))
        more = f"; and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
        raise Failure(f"{name!r} is {len(found)} lines, say which with --batch: {listed}{more}", EXIT_WRONG_INPUT)
    facts = explain_line(data, found[0])
    if Output.json:
        print_json(facts)
    else:
        _print(facts)


def _some(names: Iterable[str]) -> str:
    """The first few and the last, for a person who looks for one."""
    listed = list(names)
    if len(listed) <= _SHOWN:
        return ", ".join(listed)
    return f"{', '.join(listed[: _SHOWN - 1])} ... {listed[-1]}, {len(listed)} in all"


def _print(facts: _Facts) -> None:
    _print_line(facts)
    contra, references = facts["outcome"]["contra_currency"], _References()
    for number, decision in enumerate(facts["decisions"], start=1):
        _print_decision(number, decision, references)
    for number, asked in enumerate(facts["rounds"], start=1):
        _print_round(number, asked, contra, references)
    for order in facts["orders"]:
        _print_order(order, contra, references)
    _head("What happened, in milliseconds from the submission")
    _print_steps(facts["story"])


class _References:
    """Says what the market was, and of one that has not changed no more than that."""

    def __init__(self) -> None:
        self._told = ""

    def say(self, when: str, reference: _Facts | None) -> None:
        """Say it in a line that begins with ``reference`` and when."""
        text = _reference(reference)
        say(f"reference{when}: {'the same' if text == self._told else text}")
        self._told = text


def _print_steps(steps: list[_Facts]) -> None:
    """A line for each step and one for its message; on a terminal both keep clear of the times."""
    wide = max(len(_ms(step["at_ms"])) for step in steps) if out.is_terminal else 12
    margin = wide + 13
    for step in steps:
        text = f"{_ms(step['at_ms']):>{wide}}  {step['what']:<10}"
        if not out.is_terminal:
            say(f"{text}  {step['text']}")
            if step["fix"]:
                say(f"{'':14}{step['fix']}")
            continue
        first, *more = Text(step["text"]).wrap(out, max(out.width - margin, 20))
        out.print(Text(text, style="bold"), first)
        for line in (*more, *fields_in_lines(step["fix"], out.width - margin)):
            out.print(Text(" " * margin), line, sep="")
    say("What was sent is as the robot made it: the session adds identities, sequence number, time and checksum.")


def fields_in_lines(fix: str, wide: int) -> list[Text]:
    """A message in lines of whole fields."""
    lines = [""]
    for field in fix.removesuffix("|").split("|") if fix else []:
        if lines[-1] and len(lines[-1]) + len(field) + 1 > wide:
            lines.append("")
        lines[-1] += f"{field}|"
    return [Text(line, style="dim") for line in lines if line]


def _print_line(facts: _Facts) -> None:
    asked, batch, outcome = facts["asked"], facts["batch"], facts["outcome"]
    say(f"Row {asked['row_id']}, line {asked['line_no']} of {batch['name']} (batch {batch['batch_id']})", style="bold")
    by = f"trade date {batch['trade_date']}, by {batch['trader']} of {batch['desk']}, to {asked['venue']}"
    say(f"submitted {batch['submitted_at']} UTC, {by}")
    turned = f" (the file has {asked['original_pair']})" if asked["original_pair"] else ""
    limit = f" at {asked['limit_rate']} or better" if asked["limit_rate"] else ""
    say(f"asked: {asked['product']} {asked['pair']}{turned}, {asked['order_type']}{limit}, {asked['time_in_force']}")
    contra = outcome["contra_currency"]
    for leg, done in zip(asked["legs"], outcome["legs"], strict=True):
        tenor = f" ({leg['tenor']})" if leg["tenor"] != leg["value_date"] else ""
        wanted = f"{leg['side']} {leg['currency']} {amount(leg['amount'])} value {leg['value_date']}{tenor}"
        traded = f"{amount(done['filled_amount'])} dealt"
        if done["average_rate"]:
            traded += f" at {done['average_rate']}, {contra} {amount(done['contra_amount'])}"
        say(f"  {wanted}: {traded}")
    if asked["fixing_date"]:
        say(f"  fixed on {asked['fixing_date']}")
    say(f"outcome: {outcome['status']}{_why(outcome['reason_code'], outcome['reason'])}")
    price = price_told(facts)
    if price:
        say(f"price: {price}")
    if facts["reconciliation"]["text"]:
        say(f"reconciliation: {facts['reconciliation']['text']}")


def price_told(facts: _Facts) -> str:
    """Why the line was dealt at its price, in a sentence; "" when nothing was dealt."""
    fills = [fill for order in facts["orders"] for fill in order["fills"]]
    if not fills:
        return ""
    asked = next((each for each in reversed(facts["rounds"]) if each["taken"]), None)
    if asked is None:
        limit = facts["asked"]["limit_rate"]
        why = f"the venue's own, within the limit of {limit}" if limit else "the venue's own, at the market"
    else:
        taken, gain = asked["taken"], asked["better_than_next"]
        why = f"the quote of {taken['maker'] or taken['quote_id']}, "
        if gain is None:
            why += "the only one that could be dealt on"
        else:
            by = f"{amount(gain['amount'])} {facts['outcome']['contra_currency']} ({gain['bps']} bp)"
            why += f"the best of {asked['others'] + 1}, {by} better than the next"
    against = {fill["against_reference_bps"] for fill in fills} - {None}
    return why + (_beside(against.pop()) if len(against) == 1 else "")


def _beside(bps: str) -> str:
    """How a fill compares with the reference, for who does not have the sign in mind."""
    off = bps.lstrip("-")
    if not any(digit in "123456789" for digit in off):
        return "; at the reference's middle"
    return f"; {off} bp {'worse' if bps.startswith('-') else 'better'} than the reference's middle"


def _why(code: str, reason: str) -> str:
    """A reason with its code, once: the gate's own sentences begin with it."""
    if not code:
        return ""
    return f": {reason}" if reason.startswith(code) else f": {code}, {reason}"


def _print_decision(number: int, decision: _Facts, references: _References) -> None:
    blocking = [violation for violation in decision["violations"] if violation["blocks"]]
    waits = bool(blocking) and all(violation["waits"] for violation in blocking)
    verdict = "allowed" if decision["allowed"] else "waits for a second person" if waits else "denied"
    _head(f"Decision {number} of the gate, at {_ms(decision['at_ms'])} ms: {verdict}, as {decision['cl_ord_id']}")
    references.say("", decision["reference"])
    for violation in decision["violations"]:
        say(violation["sentence"])
    for each in decision["increases"]:
        raised = f"{each['limit']} is raised by {amount(each['amount'])} until {each['until']} UTC"
        say(f"{raised}, asked for by {each['who']} ({each['reason']}) and approved by {each['approved_by']}")
    if decision["limits"]:
        names = ("node", "asked", "used_before", "free_after", "limit")
        rows = [[held["node"], *(amount(held[name]) for name in names[1:])] for held in decision["limits"]]
        print_rows("Limits held for it", ["limit of", "asked", "used before", "free after", "limit"], rows)


def _print_round(number: int, asked: _Facts, contra: str, references: _References) -> None:
    _head(f"Round {number} of quotes, {asked['quote_req_id']}: {asked['phase']}")
    decided = "still open" if asked["decided_ms"] is None else f"decided at {_ms(asked['decided_ms'])} ms"
    say(f"asked at {_ms(asked['asked_ms'])} ms, waited until {_ms(asked['wait_until_ms'])} ms at most, {decided}")
    if asked["outcome"]:
        say(asked["outcome"])
    if asked["better_than_next"]:
        gains = [f"{amount(each['amount'])} {contra} ({each['bps']} bp)" for each in _gains(asked)]
        others = f"the next and by {gains[1]} than the worst of the {asked['others']} others"
        say(f"better by {gains[0]} than {others if asked['others'] > 1 else 'the other'} that could be dealt on")
    references.say(" when it was decided", asked["reference"])
    columns = ["maker", "at ms", "all-in", "spot and points", "valid to ms", "to taken", "to reference", "verdict"]
    print_rows(
        f"Every quote; differences in {contra}, above zero is better for the desk",
        columns,
        [_quote_row(quote) for quote in asked["quotes"]],
    )


def _gains(asked: _Facts) -> tuple[_Facts, _Facts]:
    return asked["better_than_next"], asked["better_than_worst"]


def _quote_row(quote: _Facts) -> list[str]:
    made_of = [part for part in (quote["spot_rate"], quote["forward_points"]) if part is not None]
    return [
        quote["maker"],
        _ms(quote["received_ms"]),
        _stacked(quote["rates"]) or "none",
        _stacked([*made_of, *([f"swap {quote['swap_points']}"] if quote["swap_points"] else [])]),
        _ms(quote["valid_until_ms"]),
        _difference(quote["against_taken"]),
        _difference(quote["against_reference"]),
        quote["verdict"],
    ]


def _print_order(order: _Facts, contra: str, references: _References) -> None:
    known = f", OrderID(37) {order['order_id']}" if order["order_id"] else ""
    sync = "" if order["sync"] == "IN_SYNC" else f", {_words(order['sync'])}"
    _head(f"Order {order['cl_ord_id']}{known}: {_words(order['ord_status'])}{sync}")
    price = f" at {order['price']}" if order["price"] else ""
    quote = f" on QuoteID(117) {order['quote_id']}" if order["quote_id"] else ""
    over = "still open" if order["done_ms"] is None else f"over at {_ms(order['done_ms'])} ms"
    say(f"sent at {_ms(order['sent_ms'])} ms{price}{quote}, {over}")
    references.say(" when it left", order["reference"])
    for fill in order["fills"]:
        legs = " and ".join(
            f"{amount(leg['qty'])} at {leg['rate']}"
            + (f" ({contra} {amount(leg['contra'])} by the venue)" if leg["contra"] else "")
            for leg in fill["legs"]
        )
        against = fill["against_reference_bps"]
        measured = "" if against is None else f", {_signed(against)} bp to the reference"
        say(f"fill {fill['exec_id']}: {legs}{measured}")


def _reference(reference: _Facts | None) -> str:
    if reference is None:
        return "none was needed"
    spot = f"spot {reference['spot_bid']} / {reference['spot_offer']} from {reference['source']}"
    known = "" if reference["spot_bid"] is None else spot
    if reference["outrights"]:
        known += f", middle for each leg {' and '.join(map(_trimmed, reference['outrights']))}"
    return "; ".join(part for part in (known, reference["problem"]) if part)


def _difference(found: _Facts | None) -> str:
    return "" if found is None else _stacked([_signed(amount(found["amount"])), f"{_signed(found['bps'])} bp"])


def _stacked(parts: Sequence[str]) -> str:
    """The parts of one cell: below each other on a terminal, which may be narrow."""
    return ("\n" if out.is_terminal else " / ").join(parts)


def _signed(number: str) -> str:
    is_plus = not number.startswith("-") and any(digit in "123456789" for digit in number)
    return f"+{number}" if is_plus else number


def _trimmed(number: str) -> str:
    """Without zeros at the end that say nothing."""
    return number.rstrip("0").rstrip(".") if "." in number else number


def _words(code: str) -> str:
    return code.lower().replace("_", " ")


def _ms(milliseconds: float | None) -> str:
    return "" if milliseconds is None else f"{milliseconds:,.1f}"


def _head(text: str) -> None:
    out.print()
    say(text, style="bold")
