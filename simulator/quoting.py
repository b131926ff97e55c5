"""The venue's makers: they answer requests for quotes."""

from simulator.effects import Send
from simulator.house import House
from trader.domain.commands import PassQuotes, RequestQuote
from trader.domain.events import QuoteRequestRefused

QuoteRequest = RequestQuote | PassQuotes


class Quoting:
    """Who has asked for which quotes."""

    def __init__(self, house: House) -> None:
        self._house = house

    def handle(self, session: str, request: QuoteRequest, now_ns: int) -> None:
        """QuoteRequest(R), or QuoteResponse(AJ)."""
        if isinstance(request, RequestQuote):
            refused = QuoteRequestRefused(request.quote_req_id, text="Nothing is dealt on request here")
            self._house.outbox.send(Send(session, refused), now_ns)
