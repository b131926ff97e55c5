"""What surrounds the fields of a message in a venue's dialect: frame, fields that never change, parties, own tags.

Shared by both ends of the wire. All of it follows from the dialect and the MsgType(35), and is worked out once.
Source: FIX 4.2, 4.3 and 4.4 volumes 3 and 4, for what a version has.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from trader.fix import tags
from trader.fix.dialect import Dialect
from trader.fix.text import FRAME_END, field_text, frame_start

_AUTOMATED = {tags.HANDL_INST: "1"}  # HandlInst(21)=1: executed without a broker's intervention
_WITH_HANDL_INST = frozenset({"D", "G", "AB"})
_HANDL_INST_REQUIRED = frozenset({"FIX.4.2", "FIX.4.3"})

# What later versions write and these have no place for. Nothing that decides what is traded stands here.
_NOT_IN_ANY = {"FIX.4.2": frozenset({tags.PRODUCT, tags.CL_ORD_LINK_ID, tags.PRICE2})}
_NOT_IN = {
    ("FIX.4.2", "R"): frozenset({tags.SETTL_TYPE, tags.ACCOUNT, tags.SETTL_CURRENCY}),
    ("FIX.4.3", "R"): frozenset({tags.ACCOUNT, tags.SETTL_CURRENCY}),
    ("FIX.4.4", "R"): frozenset({tags.SETTL_CURRENCY, tags.LEG_REF_ID}),
}
_NOTHING: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class _Envelope:
    """What all messages of one type share.

    Attributes:
        start: The frame, and the fields that never change. They come first: some belong into the header.
        end: The parties and the frame's end. They come last: in a QuoteRequest(R) they are of the group's entry.
        left_out: Tags that are not written.
        names: Standard tag to the venue's.
    """

    start: str
    end: str
    left_out: frozenset[str]
    names: Mapping[str, str]


class MessageWriter:
    """Writes messages of one dialect from their fields."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._envelopes: dict[str, _Envelope] = {}

    def write(self, msg_type: str, fields: Iterable[tuple[str, object]]) -> str:
        """A whole message as text; the session layer fills in the header's identities, lengths and sums.

        Args:
            msg_type: MsgType(35).
            fields: Standard tags and their values, a group's count before its entries. A tag that the dialect's
                ``extra_fields`` has is theirs.
        """
        envelope = self._envelopes.get(msg_type)
        if envelope is None:
            envelope = self._envelopes[msg_type] = _envelope(self._dialect, msg_type)
        if envelope.names or envelope.left_out:
            names, left_out = envelope.names, envelope.left_out
            fields = [(names.get(tag, tag), value) for tag, value in fields if tag not in left_out]
        return f"{envelope.start}{field_text(fields)}{envelope.end}"


def _envelope(dialect: Dialect, msg_type: str) -> _Envelope:
    version = dialect.begin_string
    automated = _AUTOMATED if version in _HANDL_INST_REQUIRED and msg_type in _WITH_HANDL_INST else {}
    fixed = {**automated, **dialect.extra_fields.get(msg_type, {})}
    parties = dialect.parties if msg_type in dialect.party_messages else ()
    unknown = frozenset(map(str, dialect.left_out_fields.get(msg_type, ())))
    group: list[tuple[str, object]] = [(tags.NO_PARTY_IDS, len(parties))] if parties else []
    for party in parties:
        group += [(tags.PARTY_ID, party.id), (tags.PARTY_ID_SOURCE, party.source), (tags.PARTY_ROLE, party.role)]
    names = dialect.renamed_tags.get(msg_type, {})
    # What a venue has a tag of its own for has a place in its messages, whatever the version.
    no_place = (_NOT_IN_ANY.get(version, _NOTHING) | _NOT_IN.get((version, msg_type), _NOTHING)).difference(names)
    return _Envelope(
        start=frame_start(dialect.session_begin_string, msg_type) + field_text(fixed.items()),
        end=field_text(group) + FRAME_END,
        left_out=no_place.union(unknown, fixed),
        names=names,
    )
