"""What two persons sign for, besides what trades: the configuration that may run, and breaks that are explained."""

from msgspec import Struct


class ApproveConfiguration(Struct, frozen=True, gc=False, tag=True):
    """Let nothing be traded but with the configuration that runs now, until another is approved.

    Attributes:
        sha256: Of its files, hexadecimal.
    """

    sha256: str


class AcceptBreaks(Struct, frozen=True, gc=False, tag=True):
    """Say that the breaks of a batch are explained, so that they hold no re-arming up any longer.

    Attributes:
        batch_id: Which batch.
        breaks: How many there are.
    """

    batch_id: str
    breaks: int
