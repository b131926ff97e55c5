"""What a rule can make of any request, and of the connection it came on."""

from enum import StrEnum
from typing import Annotated, ClassVar

import msgspec

from simulator.faults.actions.base import Base, Milliseconds, Probability
from simulator.messages import (
    CANCEL,
    EVERY_REQUEST,
    LOGON,
    MASS_CANCEL,
    MASS_STATUS,
    ORDER,
    PRICES,
    QUOTES,
    REPLACE,
    STATUS,
    TRADES,
)


class Complaint(StrEnum):
    """Why a venue says no; the common reasons of bank-to-customer FX platforms."""

    NOT_PERMISSIONED = "NOT_PERMISSIONED"
    ACCOUNT_NOT_MAPPED = "ACCOUNT_NOT_MAPPED"
    INVERTED_PAIR = "INVERTED_PAIR"
    UNKNOWN_PAIR = "UNKNOWN_PAIR"
    CREDIT = "CREDIT"
    TENOR = "TENOR"
    INVALID_BUSINESS_DAY = "INVALID_BUSINESS_DAY"
    PRODUCT = "PRODUCT"
    RATE_MOVED = "RATE_MOVED"
    THROTTLED = "THROTTLED"
    QUOTE_EXPIRED = "QUOTE_EXPIRED"


COMPLAINT_TEXT = {
    Complaint.NOT_PERMISSIONED: "You are not permissioned for this product with this maker",
    Complaint.ACCOUNT_NOT_MAPPED: "The account is not mapped at the maker",
    Complaint.INVERTED_PAIR: "The currency pair is inverted",
    Complaint.UNKNOWN_PAIR: "The currency pair is not traded here",
    Complaint.CREDIT: "Insufficient credit",
    Complaint.TENOR: "The tenor is not traded",
    Complaint.INVALID_BUSINESS_DAY: "The value date is not a business day",
    Complaint.PRODUCT: "The product is not traded",
    Complaint.RATE_MOVED: "The rate has moved",
    Complaint.THROTTLED: "Too many messages",
    Complaint.QUOTE_EXPIRED: "The quote has expired",
}
# Some platforms give a reason's number and nothing else. These are the simulator's own, and no platform's.
COMPLAINT_NUMBER = {complaint: number for number, complaint in enumerate(Complaint, start=1)}


class Reject(Base, frozen=True, tag_field="action", tag="reject"):
    """Say no to a request.

    Attributes:
        reason: One of the usual reasons.
        text: Text(58); empty means the reason's own sentence.
        is_numbered: Text(58) is the reason's number alone, as on platforms that give numeric reasons.
    """

    takes: ClassVar[tuple[str, ...]] = (ORDER, CANCEL, REPLACE, PRICES, TRADES, MASS_CANCEL, QUOTES)

    reason: Complaint
    text: str = ""
    is_numbered: bool = False


class Bounce(Base, frozen=True, tag_field="action", tag="bounce"):
    """Answer a request with a BusinessMessageReject(j), and do nothing about it.

    Attributes:
        text: Text(58).
    """

    takes: ClassVar[tuple[str, ...]] = EVERY_REQUEST

    text: str = "The application is not available"


class Ignore(Base, frozen=True, tag_field="action", tag="ignore"):
    """A request is not acted upon and not answered; an answer is never sent."""


class Deny(Base, frozen=True, tag_field="action", tag="deny"):
    """Say that an order is not known, though it may be live."""

    takes: ClassVar[tuple[str, ...]] = (STATUS,)


class Omit(Base, frozen=True, tag_field="action", tag="omit"):
    """Answer a question about orders or trades only in part: the newest are left out.

    Attributes:
        share: Which part of the answer is left out, at least one entry of it.
        counts_all: The total that is told counts what is left out, so that a client can see it.
    """

    takes: ClassVar[tuple[str, ...]] = (MASS_STATUS, TRADES)

    share: Probability = 0.5
    counts_all: bool = False


class Delay(Base, frozen=True, tag_field="action", tag="delay"):
    """Hold a request before it is acted upon, or an answer before it is sent. An order's answers stay in sequence.

    Attributes:
        ms: The delay; with ``p99_ms``, its median.
        p99_ms: The 99th percentile of a log-normal distribution; without it the delay is constant.
        can_be_overtaken: Later answers about the order do not wait for this one.
    """

    ms: Milliseconds
    p99_ms: Milliseconds | None = None
    can_be_overtaken: bool = False

    def problem(self) -> str:
        """A median above the percentile."""
        return latency_problem(self.ms, self.p99_ms)


def latency_problem(ms: float, p99_ms: float | None) -> str:
    """Why there is no such distribution, or ""."""
    if p99_ms is None or 0 < ms <= p99_ms:
        return ""
    return f"ms = {ms}, p99_ms = {p99_ms}; expected a median above 0, at most the percentile"


class Throttle(Base, frozen=True, tag_field="action", tag="throttle"):
    """Take messages one after another at a steady rate; what comes faster waits in line.

    Attributes:
        per_s: So many of the matching messages a second.
    """

    per_s: Annotated[float, msgspec.Meta(gt=0, le=1_000_000)]


class Pause(Base, frozen=True, tag_field="action", tag="pause"):
    """The venue stops: this request and all that come wait, nothing trades, and no prices are told.

    Attributes:
        ms: For so long; then everything happens in the order in which it came.
    """

    takes: ClassVar[tuple[str, ...]] = EVERY_REQUEST

    ms: Milliseconds


class Roll(Base, frozen=True, tag_field="action", tag="roll"):
    """The venue's trade date moves to the next weekday before the request is acted upon.

    From then on a spot deal is paid a weekday later than the client asks.
    """

    takes: ClassVar[tuple[str, ...]] = EVERY_REQUEST


class Disconnect(Base, frozen=True, tag_field="action", tag="disconnect"):
    """Drop the connection without a Logout. The message itself still counts; answers wait for the next logon."""


class Logout(Base, frozen=True, tag_field="action", tag="logout"):
    """Log the client out.

    Attributes:
        text: Text(58) of the Logout(5).
    """

    text: str = "The venue logs you out"


class Exit(Base, frozen=True, tag_field="action", tag="exit"):
    """End the simulator's process at once, as a crash: before a request is acted upon or an answer is sent."""


class RefuseLogon(Base, frozen=True, tag_field="action", tag="refuse_logon"):
    """Answer a Logon(A) with a Logout(5).

    Attributes:
        text: Text(58) of the Logout(5).
    """

    takes: ClassVar[tuple[str, ...]] = (LOGON,)

    text: str = "Logon refused"
