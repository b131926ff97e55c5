"""What an action does to one message, by itself: bytes in, bytes out. Those that need the line are in ``faults``."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from simulator.faults.session.actions import (
    Drop,
    Duplicate,
    Garble,
    Hold,
    Inject,
    Renumber,
    Retype,
    SessionAction,
    Split,
    Stall,
    Truncate,
    WrongBodyLength,
    WrongCheckSum,
)
from simulator.faults.session.effects import Effect, Pass, StopReading
from simulator.faults.session.frames import Frame, is_frame, sealed
from trader.fix import tags

Body = Sequence[tuple[str, bytes]]

_OF_THE_HEADER = (tags.BEGIN_STRING, tags.SENDER_COMP_ID, tags.SENDER_SUB_ID, tags.TARGET_COMP_ID, tags.TARGET_SUB_ID)
_MIRRORED = {
    tags.SENDER_COMP_ID: tags.TARGET_COMP_ID,
    tags.TARGET_COMP_ID: tags.SENDER_COMP_ID,
    tags.SENDER_SUB_ID: tags.TARGET_SUB_ID,
    tags.TARGET_SUB_ID: tags.SENDER_SUB_ID,
}
_SOH = 1
_SEQ = re.compile(r"\{seq([+-][0-9]{1,6})?\}")
_TRAILER = b"10=%03d\x01"
_TRAILER_WIDTH = len(_TRAILER % 0)
_SIGNS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


def spoiled(action: SessionAction, effects: list[Effect], frame: Frame, random: np.random.Generator) -> list[Effect]:
    """What an action makes of a message.

    Args:
        action: One that needs nothing but the message.
        effects: What earlier actions have made of it.
        frame: The message as it came.
        random: The rule's own numbers.
    """
    if type(action) in _BY_EFFECTS:
        return _BY_EFFECTS[type(action)](action, effects, frame)
    change = _BY_BYTES[type(action)]
    return [
        replace(effect, data=change(action, Frame(effect.data), random))
        if isinstance(effect, Pass) and is_frame(effect.data)  # an earlier action may have left less than a message
        else effect
        for effect in effects
    ]


def answer(frame: Frame, seq: int, msg_type: str, body: Body) -> bytes:
    """A message back to the sender, as from the one it wrote to; SendingTime(52) is that of the message."""
    return _message([(_MIRRORED.get(tag, tag), value) for tag, value in _header(frame)], seq, msg_type, frame, body)


def first_part(data: bytes, part: float) -> bytes:
    """At least one byte, and never all."""
    return data[: max(1, int(len(data) * part))]


def _header(frame: Frame) -> Body:
    return [(tag, value) for tag, value in frame.fields if tag in _OF_THE_HEADER]


def _message(header: Body, seq: int, msg_type: str, like: Frame, body: Body) -> bytes:
    head = [(tags.MSG_TYPE, msg_type.encode()), (tags.MSG_SEQ_NUM, b"%d" % seq)]
    moment = (tags.SENDING_TIME, like.get(tags.SENDING_TIME).encode())
    return sealed([*head, *header, moment, *body])


def _drop(_action: Drop, effects: list[Effect], _frame: Frame) -> list[Effect]:
    return [effect for effect in effects if not isinstance(effect, Pass)]


def _hold(action: Hold, effects: list[Effect], _frame: Frame) -> list[Effect]:
    return [
        replace(effect, after_ms=effect.after_ms + action.ms) if isinstance(effect, Pass) else effect
        for effect in effects
    ]


def _duplicate(action: Duplicate, effects: list[Effect], frame: Frame) -> list[Effect]:
    sent = frame.get(tags.ORIG_SENDING_TIME) or frame.get(tags.SENDING_TIME)
    marked = {tags.POSS_DUP_FLAG: "Y", tags.ORIG_SENDING_TIME: sent} if action.poss_dup else {}
    copies = [replace(effect, data=frame.changed(marked)) for effect in effects[-1:] if isinstance(effect, Pass)]
    return [*effects, *copies * action.times]


def _split(action: Split, effects: list[Effect], _frame: Frame) -> list[Effect]:
    parts: list[Effect] = []
    for effect in effects:
        if isinstance(effect, Pass):
            starts = range(0, len(effect.data), action.size)
            parts += [
                Pass(effect.to, effect.data[at : at + action.size], effect.after_ms + number * action.interval_ms)
                for number, at in enumerate(starts)
            ]
        else:
            parts.append(effect)
    return parts


def _inject(action: Inject, effects: list[Effect], frame: Frame) -> list[Effect]:
    told = _SEQ.sub(lambda match: str(frame.seq + int(match[1] or 0)), action.body)
    pairs = (piece.partition("=") for piece in told.split("|") if piece)
    body = [(tag, value.encode("latin-1")) for tag, _, value in pairs]
    seq = action.seq if action.seq is not None else frame.seq + (action.place == "after")
    made = _message(_header(frame), seq, action.msg_type, frame, body)
    injected: list[Effect] = [replace(effect, data=made) for effect in effects[-1:] if isinstance(effect, Pass)]
    if action.place == "instead":
        return injected
    return injected + effects if action.place == "before" else effects + injected


def _stall(action: Stall, effects: list[Effect], _frame: Frame) -> list[Effect]:
    return [*effects, *(StopReading(effect.to, action.ms) for effect in effects[-1:])]


def _garble(action: Garble, frame: Frame, random: np.random.Generator) -> bytes:
    """Other signs in the place of some bytes of the body; never of a SOH, so that the frame's end can be found."""
    body_at = len(frame.raw) - _TRAILER_WIDTH - int(frame.get(tags.BODY_LENGTH))
    garbled = bytearray(frame.raw)
    places = [place for place in range(body_at, len(garbled) - _TRAILER_WIDTH) if garbled[place] != _SOH]
    for place in random.choice(places, min(action.count, len(places)), replace=False):
        garbled[place] = _SIGNS[(_SIGNS.find(garbled[place]) + 1) % len(_SIGNS)]
    return bytes(garbled)


def _wrong_check_sum(_action: WrongCheckSum, frame: Frame, _random: np.random.Generator) -> bytes:
    return frame.raw[:-_TRAILER_WIDTH] + _TRAILER % ((int(frame.get(tags.CHECK_SUM)) + 1) % 256)


def _wrong_body_length(action: WrongBodyLength, frame: Frame, _random: np.random.Generator) -> bytes:
    length = int(frame.get(tags.BODY_LENGTH))
    head, _, body = frame.raw[:-_TRAILER_WIDTH].partition(b"9=%d\x01" % length)
    whole = b"%s9=%d\x01%s" % (head, max(0, length + action.by), body)
    return whole + _TRAILER % (sum(whole) % 256)


def _truncate(action: Truncate, frame: Frame, _random: np.random.Generator) -> bytes:
    return first_part(frame.raw, action.part)


def _retype(action: Retype, frame: Frame, _random: np.random.Generator) -> bytes:
    return frame.changed({tags.MSG_TYPE: action.msg_type})


def _renumber(action: Renumber, frame: Frame, _random: np.random.Generator) -> bytes:
    return frame.changed({tags.MSG_SEQ_NUM: str(max(1, frame.seq + action.by))})


_BY_EFFECTS: dict[type, Callable[[Any, list[Effect], Frame], list[Effect]]] = {
    Drop: _drop,
    Hold: _hold,
    Duplicate: _duplicate,
    Split: _split,
    Inject: _inject,
    Stall: _stall,
}
_BY_BYTES: dict[type, Callable[[Any, Frame, np.random.Generator], bytes]] = {
    Garble: _garble,
    WrongCheckSum: _wrong_check_sum,
    WrongBodyLength: _wrong_body_length,
    Truncate: _truncate,
    Retype: _retype,
    Renumber: _renumber,
}
