"""Another BeginString(8) on a stream: whatever the pieces, only that field and CheckSum(10) are other than before."""

import itertools
from collections.abc import Iterable

from hypothesis import given
from hypothesis import strategies as st

from trader.fix.begin_string import with_begin_string

IMIX, FIXT = "IMIX.2.0", "FIXT.1.1"
BODIES = st.lists(st.binary(max_size=60), max_size=5)


def message(version: str, body: bytes, checksum_off: int = 0) -> bytes:
    """A whole message: any bytes may stand in its body, as those of RawData(96) may."""
    content = b"35=D\x0196=" + body + b"\x01"
    whole = b"8=" + version.encode() + b"\x019=" + str(len(content)).encode() + b"\x01" + content
    return whole + b"10=%03d\x01" % ((sum(whole) + checksum_off) % 256)


def passed_on(chunks: Iterable[bytes], old: str, new: str) -> bytes:
    """What leaves the relay, at the end of the stream too."""
    out, rest = b"", b""
    for chunk in chunks:
        ready, rest = with_begin_string(rest + chunk, old, new)
        out += ready
    return out + rest


def cut(data: bytes, places: list[int]) -> list[bytes]:
    """The data in pieces."""
    edges = sorted({0, len(data), *(place % (len(data) + 1) for place in places)})
    return [data[start:end] for start, end in itertools.pairwise(edges)]


PLACES = st.lists(st.integers(0, 10_000), max_size=12)


@given(BODIES, PLACES, st.sampled_from([(IMIX, FIXT), (FIXT, IMIX)]))
def test_every_message_is_rewritten_whatever_pieces_it_comes_in(
    bodies: list[bytes], places: list[int], versions: tuple[str, str]
) -> None:
    old, new = versions
    stream = b"".join(message(old, body) for body in bodies)
    assert passed_on(cut(stream, places), old, new) == b"".join(message(new, body) for body in bodies)


@given(BODIES, st.integers(1, 255), PLACES)
def test_a_message_with_a_wrong_checksum_stays_as_wrong_as_it_was(
    bodies: list[bytes], off: int, places: list[int]
) -> None:
    stream = b"".join(message(IMIX, body, off) for body in bodies)
    assert passed_on(cut(stream, places), IMIX, FIXT) == b"".join(message(FIXT, body, off) for body in bodies)


@given(BODIES, PLACES)
def test_messages_of_another_version_pass_as_they_are(bodies: list[bytes], places: list[int]) -> None:
    stream = b"".join(message("FIX.4.4", body.replace(b"8=", b"")) for body in bodies)
    assert passed_on(cut(stream, places), IMIX, FIXT) == stream


@given(st.binary(max_size=300), PLACES)
def test_noise_passes_as_it_is_and_in_order(noise: bytes, places: list[int]) -> None:
    assert passed_on(cut(noise, places), IMIX, FIXT) == noise


@given(BODIES, PLACES)
def test_there_and_back_is_the_same_stream(bodies: list[bytes], places: list[int]) -> None:
    stream = b"".join(message(IMIX, body) for body in bodies)
    there = passed_on(cut(stream, places), IMIX, FIXT)
    assert passed_on(cut(there, places), FIXT, IMIX) == stream


@given(st.sampled_from([b"9=abc", b"9=", b"9=99999999", b"9=5\x0135=D\x01108=1\x01", b"35=D"]), PLACES)
def test_what_only_begins_like_a_message_stops_nothing(garbled: bytes, places: list[int]) -> None:
    begun = b"8=IMIX.2.0\x01" + garbled + b"\x01" * 20
    stream = begun + message(IMIX, b"next")
    assert passed_on(cut(stream, places), IMIX, FIXT) == begun + message(FIXT, b"next")


def test_a_whole_message_waits_for_nothing() -> None:
    whole = message(IMIX, b"x")
    assert with_begin_string(whole, IMIX, FIXT) == (message(FIXT, b"x"), b"")
    assert with_begin_string(whole[:-1], IMIX, FIXT) == (b"", whole[:-1])
    assert with_begin_string(whole + b"8=IM", IMIX, FIXT) == (message(FIXT, b"x"), b"8=IM")
