"""Changes to real inputs, for Hypothesis: most are nearly right, and get further in than noise does."""

from collections.abc import Sequence

from hypothesis import strategies as st

# What readers of numbers, texts and nested things have stumbled on.
_ODD = (
    b"",
    b"\0",
    b"\x01",
    b"\n",
    b"\r",
    b"\xff",
    b"\xed\xa0\x80",  # a lone surrogate
    b"\xe2\x80\xae",  # turns the text that follows round
    b"\xef\xbc\x99",  # a nine, but none of ASCII
    b"\x1b[2J",
    b'"',
    b"'",
    b",",
    b"=",
    b"-",
    b"0",
    b"-1",
    b"1e999999999",
    b"NaN",
    b"Infinity",
    b"9" * 400,
    b"0" * 400,
    b"[" * 2_000,
    b'{"a":' * 2_000,
    b"not " * 2_000,
    b"(" * 2_000,
    b"00010101",
    b"99991231",
    b"1899-12-31",
    b"9999-12-31",
)


@st.composite
def mutated(draw: st.DrawFn, seeds: Sequence[bytes]) -> bytes:
    """A seed with some pieces cut out, doubled, swapped in from another seed, or replaced by something odd."""
    content = draw(st.sampled_from(seeds))
    for _ in range(draw(st.integers(0, 4))):
        begin = draw(st.integers(0, len(content)))
        end = min(len(content), begin + draw(st.integers(0, 24)))
        piece = draw(
            st.one_of(
                st.sampled_from(_ODD),
                st.binary(max_size=8),
                st.just(content[begin:end] * 2),
                st.sampled_from(seeds).map(lambda other, at=begin: other[at : at + 40]),
            )
        )
        content = content[:begin] + piece + content[end:]
    return content
