"""The venue itself: takes requests, deals, keeps its books, says what happened. Pure, in virtual time."""
