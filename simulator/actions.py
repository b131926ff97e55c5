"""What a scenario's rule can make the venue do: one class an action, read from TOML by its ``action`` key."""

from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal

import msgspec

Probability = Annotated[float, msgspec.Meta(ge=0, le=1)]
Count = Annotated[int, msgspec.Meta(ge=0)]
AtLeastOne = Annotated[int, msgspec.Meta(ge=1)]
Milliseconds = Annotated[float, msgspec.Meta(ge=0, le=3_600_000)]


class Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A table of a scenario file; a key that it does not know is an error."""


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


class Reject(Section, frozen=True, tag_field="action", tag="reject"):
    """Say no to a request.

    Attributes:
        reason: One of the usual reasons.
        text: Text(58); empty means the reason's own sentence.
        is_numbered: Text(58) is the reason's number alone, as on platforms that give numeric reasons.
    """

    reason: Complaint
    text: str = ""
    is_numbered: bool = False


class Ignore(Section, frozen=True, tag_field="action", tag="ignore"):
    """A request is not acted upon and not answered; an answer is never sent."""


class Rest(Section, frozen=True, tag_field="action", tag="rest"):
    """An order is accepted and never filled."""


class Fill(Section, frozen=True, tag_field="action", tag="fill"):
    """How a marketable order is filled.

    Attributes:
        slices: In so many trades.
        interval_ms: Time between two of them.
        fraction: The part of the order's quantity that is ever filled, above 0 and up to 1.
    """

    slices: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 1
    interval_ms: Milliseconds = 0.0
    fraction: Decimal = Decimal(1)


class LastLook(Section, frozen=True, tag_field="action", tag="last_look"):
    """The maker's last look: an order is accepted, held, and then rejected.

    Attributes:
        hold_ms: How long it is held; it can be canceled meanwhile.
        text: Text(58) of the rejection.
    """

    hold_ms: Milliseconds
    text: str = "The rate has moved"


class CancelLater(Section, frozen=True, tag_field="action", tag="cancel"):
    """The venue cancels what is left of an order, unasked.

    Attributes:
        after_ms: So long after the order has been accepted.
        text: Text(58) of the report.
    """

    after_ms: Milliseconds = 0.0
    text: str = "Canceled by the venue"


class Deny(Section, frozen=True, tag_field="action", tag="deny"):
    """Say that an order is not known, though it may be live."""


class Decline(Section, frozen=True, tag_field="action", tag="decline"):
    """A maker does not quote.

    Attributes:
        maker: Its name; empty for all of them.
    """

    maker: str = ""


class Misquote(Section, frozen=True, tag_field="action", tag="misquote"):
    """A maker quotes wrongly, and stands by it.

    Attributes:
        maker: Its name; empty for all of them.
        factor: Every rate is so many times what it should be.
        sides: What is quoted: what was asked for, or only the bid or the offer, whatever was asked for.
        flips_points: The points that are told have the wrong sign: spot rate and points do not give the all-in rate.
    """

    maker: str = ""
    factor: Decimal = Decimal(1)
    sides: Literal["asked", "bid", "offer"] = "asked"
    flips_points: bool = False


class Stray(Section, frozen=True, tag_field="action", tag="stray"):
    """Ahead of each of a maker's quotes comes one with the same QuoteID(117) for another request.

    Attributes:
        maker: Its name; empty for all of them.
        factor: How many times the right rates the stray quote has.
    """

    maker: str = ""
    factor: Decimal = Decimal("0.5")


class Withdraw(Section, frozen=True, tag_field="action", tag="withdraw"):
    """A maker takes each of its quotes back.

    Attributes:
        maker: Its name; empty for all of them.
        after_ms: So long after it has quoted.
    """

    maker: str = ""
    after_ms: Milliseconds = 0.0


class Delay(Section, frozen=True, tag_field="action", tag="delay"):
    """Hold a request before it is acted upon, or an answer before it is sent. An order's answers stay in sequence.

    Attributes:
        ms: The delay; with ``p99_ms``, its median.
        p99_ms: The 99th percentile of a log-normal distribution; without it the delay is constant.
    """

    ms: Milliseconds
    p99_ms: Milliseconds | None = None


class Disconnect(Section, frozen=True, tag_field="action", tag="disconnect"):
    """Drop the connection without a Logout. The message itself still counts; answers wait for the next logon."""


class Logout(Section, frozen=True, tag_field="action", tag="logout"):
    """Log the client out.

    Attributes:
        text: Text(58) of the Logout(5).
    """

    text: str = "The venue logs you out"


class Exit(Section, frozen=True, tag_field="action", tag="exit"):
    """End the simulator's process at once, as a crash: before a request is acted upon or an answer is sent."""


class RefuseLogon(Section, frozen=True, tag_field="action", tag="refuse_logon"):
    """Answer a Logon(A) with a Logout(5).

    Attributes:
        text: Text(58) of the Logout(5).
    """

    text: str = "Logon refused"


QuoteAction = Decline | Misquote | Stray | Withdraw
Action = (
    Reject
    | Ignore
    | Rest
    | Fill
    | LastLook
    | CancelLater
    | Deny
    | QuoteAction
    | Delay
    | Disconnect
    | Logout
    | Exit
    | RefuseLogon
)
