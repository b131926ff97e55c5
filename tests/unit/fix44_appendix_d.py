"""The order-state-change scenarios of FIX 4.4 appendix D, as facts in fixed columns, with FX amounts.

``>`` is a request of ours, ``!`` one that our own tables forbid, ``<`` what the venue says. ``X`` is the order, ``Y``
and ``Z`` the requests that follow. The columns of a ``<`` row are ClOrdID(11), OrigClOrdID(41), ExecType(150),
OrdStatus(39), OrderQty(38), CumQty(14), LeavesQty(151), LastQty(32). ``BUST`` is an execution that has, instead of
OrigClOrdID(41), the number of the trade it is about. ``REFUSE`` is an OrderCancelReject(9) and has its reason in the
ExecType column.

After each ``<`` row the order shows the row's status and quantities, is in sync, and has found nothing to complain of;
unless the row ends with the name of a rule: then it is in doubt because of that rule, and a number after it is the
CumQty(14) that the venue said instead. Where the venue's status differs from the one we derive, it stands behind
a ``?``.
"""

SCENARIOS = """
== A.1.a an order is filled in three parts
> PLACE    X -    10000
< EXEC     X - NEW              NEW                10000     0 10000     0
< EXEC     X - TRADE            PARTIALLY_FILLED   10000  2000  8000  2000
< EXEC     X - TRADE            PARTIALLY_FILLED   10000  3000  7000  1000
< EXEC     X - TRADE            FILLED             10000 10000     0  7000

== A.1.a an order is received, then accepted, then filled
> PLACE    X -    10000
< EXEC     X - PENDING_NEW      PENDING_NEW        10000     0 10000     0
< EXEC     X - NEW              NEW                10000     0 10000     0
< EXEC     X - TRADE            FILLED             10000 10000     0 10000

== A.1.a an order is rejected at once
> PLACE    X -    10000
< EXEC     X - REJECTED         REJECTED           10000     0     0     0

== A.1.b a day order is filled in part, then done for the day
> PLACE    X -    10000
< EXEC     X - NEW              NEW                10000     0 10000     0
< EXEC     X - TRADE            PARTIALLY_FILLED   10000  2000  8000  2000
< EXEC     X - TRADE            PARTIALLY_FILLED   10000  3000  7000  1000
< EXEC     X - DONE_FOR_DAY     DONE_FOR_DAY       10000  3000     0     0

== B.1.a a cancel of an order with no fill is accepted
> PLACE    X -    10000
< EXEC     X - NEW              NEW                10000     0 10000     0
> CANCEL   Y X
< EXEC     Y X PENDING_CANCEL   PENDING_CANCEL     10000     0 10000     0
< EXEC     Y X CANCELED         CANCELED           10000     0     0     0

== B.1.a a cancel of an order with no fill is refused, before and after it was pending
> PLACE    X -    10000
< EXEC     X - NEW              NEW                10000     0 10000     0
> CANCEL   Y X
< REFUSE   Y X OTHER            NEW                10000     0 10000     0
> CANCEL   Z X
< EXEC     Z X PENDING_CANCEL   PENDING_CANCEL     10000     0 10000     0
< REFUSE   Z X OTHER            NEW                10000     0 10000     0

== B.1.b fills come while the cancel is under way and carry the original id
> PLACE    X -    10000
< EXEC     X - NEW              NEW                10000     0 10000     0
< EXEC     X - TRADE            PARTIALLY_FILLED   10000  2000  8000  2000
> CANCEL   Y X
< EXEC     X - TRADE            PARTIALLY_FILLED   10000  5000  5000  3000
< EXEC     Y X PENDING_CANCEL   PENDING_CANCEL     10000  5000  5000     0
< EXEC     X - TRADE            PENDING_CANCEL     10000  6000  4000  1000
< EXEC     Y X CANCELED         CANCELED           10000  6000     0     0

== B.1.c the order is filled before the cancel is accepted
> PLACE    X -    10000
< EXEC     X - NEW              NEW                10000     0 10000     0
< EXEC     X - TRADE            PARTIALLY_FILLED   10000  2000  8000  2000
> CANCEL   Y X
< EXEC     X - TRADE            PARTIALLY_FILLED   10000  5000  5000  3000
< EXEC     Y X PENDING_CANCEL   PENDING_CANCEL     10000  5000  5000     0
< EXEC     X - TRADE            PENDING_CANCEL     10000 10000     0  5000
< REFUSE   Y X TOO_LATE         FILLED             10000 10000     0     0

== B.1.c the fill and the cancel cross
> PLACE    X -    10000
< EXEC     X - NEW              NEW                10000     0 10000     0
> CANCEL   Y X
< EXEC     X - TRADE            FILLED             10000 10000     0 10000
< REFUSE   Y X TOO_LATE         FILLED             10000 10000     0     0

== B.1.d a cancel of an order that was not acknowledged yet
> PLACE    X -    10000
> CANCEL   Y X
< EXEC     X - PENDING_NEW      PENDING_NEW        10000     0 10000     0
< EXEC     Y X PENDING_CANCEL   PENDING_CANCEL     10000     0 10000     0
< EXEC     X - NEW              PENDING_CANCEL     10000     0 10000     0
< EXEC     Y X CANCELED         CANCELED           10000     0     0     0

== B.1.e the acknowledgement and the cancel cross
> PLACE    X -    10000
> CANCEL   Y X
< EXEC     X - NEW              NEW                10000     0 10000     0
< EXEC     Y X PENDING_CANCEL   PENDING_CANCEL     10000     0 10000     0
< EXEC     Y X CANCELED         CANCELED           10000     0     0     0

== B.1.f the venue does not know the order it acknowledged
> PLACE    X -    10000
< EXEC     X - NEW              NEW                10000     0 10000     0
> CANCEL   Y X
< REFUSE   Y X UNKNOWN_ORDER    NEW?REJECTED       10000     0 10000     0  UNKNOWN_TO_VENUE

== C.1.a an order with no fill is replaced to a larger quantity
> PLACE    X -    10000
< EXEC     X - NEW              NEW                10000     0 10000     0
> REPLACE  Y X    11000
< EXEC     Y X PENDING_REPLACE  PENDING_REPLACE    10000     0 10000     0
< EXEC     Y X REPLACED         NEW?REPLACED       11000     0 11000     0
< EXEC     Y - TRADE            PARTIALLY_FILLED   11000  1000 10000  1000
< EXEC     Y - TRADE            PARTIALLY_FILLED   11000  3000  8000  2000

== C.1.a a replace to a larger quantity is refused
> PLACE    X -    10000
< EXEC     X - NEW              NEW                10000     0 10000     0
> REPLACE  Y X    11000
< REFUSE   Y X OTHER            NEW                10000     0 10000     0

== C.1.b a fill comes while a replace to a larger quantity is pending
> PLACE    X -    10000
< EXEC     X - NEW              NEW                10000     0 10000     0
< EXEC     X - TRADE            PARTIALLY_FILLED   10000  1000  9000  1000
> REPLACE  Y X    12000
< EXEC     Y X PENDING_REPLACE  PENDING_REPLACE    10000  1000  9000     0
< EXEC     X - TRADE            PENDING_REPLACE    10000  1100  8900   100
< EXEC     Y X REPLACED         PARTIALLY_FILLED   12000  1100 10900     0
< EXEC     Y - TRADE            FILLED             12000 12000     0 10900

== C.1.c a filled order is not replaced by us
> PLACE    X -    10000
< EXEC     X - NEW              NEW                10000     0 10000     0
< EXEC     X - TRADE            FILLED             10000 10000     0 10000
! REPLACE  Y X    12000

== C.1.c the last fill crosses a replace to a larger quantity, which is accepted
> PLACE    X -    10000
< EXEC     X - NEW              NEW                10000     0 10000     0
> REPLACE  Y X    12000
< EXEC     X - TRADE            FILLED             10000 10000     0 10000
< EXEC     Y X PENDING_REPLACE  PENDING_REPLACE    10000 10000     0     0
< EXEC     Y X REPLACED         PARTIALLY_FILLED   12000 10000  2000     0
< EXEC     Y - TRADE            FILLED             12000 12000     0  2000

== C.2.a a replace of the limit is refused because the order was filled meanwhile
> PLACE    X -    10000
< EXEC     X - NEW              NEW                10000     0 10000     0
< EXEC     X - TRADE            PARTIALLY_FILLED   10000  1000  9000  1000
> REPLACE  Y X    10000
< EXEC     X - TRADE            FILLED             10000 10000     0  9000
< REFUSE   Y X TOO_LATE         FILLED             10000 10000     0     0

== C.3.a a replace to less, but more than was filled meanwhile
> PLACE    X -    10000
< EXEC     X - NEW              NEW                10000     0 10000     0
< EXEC     X - TRADE            PARTIALLY_FILLED   10000  1000  9000  1000
> REPLACE  Y X     8000
< EXEC     X - TRADE            PARTIALLY_FILLED   10000  1500  8500   500
< EXEC     Y X PENDING_REPLACE  PENDING_REPLACE    10000  1500  8500     0
< EXEC     X - TRADE            PENDING_REPLACE    10000  1600  8400   100
< EXEC     Y X REPLACED         PARTIALLY_FILLED    8000  1600  6400     0
< EXEC     Y - TRADE            FILLED              8000  8000     0  6400

== C.3.b a replace to exactly what was filled meanwhile
> PLACE    X -    10000
< EXEC     X - NEW              NEW                10000     0 10000     0
> REPLACE  Y X     7000
< EXEC     X - TRADE            PARTIALLY_FILLED   10000  7000  3000  7000
< EXEC     Y X REPLACED         FILLED              7000  7000     0     0

== C.3.c a replace to less than was filled meanwhile is put to what was filled
> PLACE    X -    10000
< EXEC     X - NEW              NEW                10000     0 10000     0
> REPLACE  Y X     7000
< EXEC     X - TRADE            PARTIALLY_FILLED   10000  8000  2000  8000
< EXEC     Y X REPLACED         FILLED              8000  8000     0     0

== D.1.a one replace is accepted, then another
> PLACE    X -    10000
< EXEC     X - NEW              NEW                10000     0 10000     0
< EXEC     X - TRADE            PARTIALLY_FILLED   10000  1000  9000  1000
> REPLACE  Y X     8000
< EXEC     Y X PENDING_REPLACE  PENDING_REPLACE    10000  1000  9000     0
< EXEC     X - TRADE            PENDING_REPLACE    10000  1500  8500   500
< EXEC     Y X REPLACED         PARTIALLY_FILLED    8000  1500  6500     0
< EXEC     Y - TRADE            PARTIALLY_FILLED    8000  3500  4500  2000
> REPLACE  Z Y     6000
< EXEC     Z Y PENDING_REPLACE  PENDING_REPLACE     8000  3500  4500     0
< EXEC     Z Y REPLACED         PARTIALLY_FILLED    6000  3500  2500     0
< EXEC     Z - TRADE            FILLED              6000  6000     0  2500

== D.1.b one replace is refused before it was pending, then another is accepted
> PLACE    X -    10000
< EXEC     X - NEW              NEW                10000     0 10000     0
< EXEC     X - TRADE            PARTIALLY_FILLED   10000  1000  9000  1000
> REPLACE  Y X     8000
< REFUSE   Y X OTHER            PARTIALLY_FILLED   10000  1000  9000     0
< EXEC     X - TRADE            PARTIALLY_FILLED   10000  1500  8500   500
> REPLACE  Z X     6000
< EXEC     Z X PENDING_REPLACE  PENDING_REPLACE    10000  1500  8500     0
< EXEC     X - TRADE            PENDING_REPLACE    10000  5000  5000  3500
< EXEC     Z X REPLACED         PARTIALLY_FILLED    6000  5000  1000     0
< EXEC     Z - TRADE            FILLED              6000  6000     0  1000

== D.1.c one replace is refused after it was pending, then another is accepted
> PLACE    X -    10000
< EXEC     X - NEW              NEW                10000     0 10000     0
< EXEC     X - TRADE            PARTIALLY_FILLED   10000  1000  9000  1000
> REPLACE  Y X     8000
< EXEC     Y X PENDING_REPLACE  PENDING_REPLACE    10000  1000  9000     0
< EXEC     X - TRADE            PENDING_REPLACE    10000  1500  8500   500
< REFUSE   Y X OTHER            PARTIALLY_FILLED   10000  1500  8500     0
< EXEC     X - TRADE            PARTIALLY_FILLED   10000  3500  6500  2000
> REPLACE  Z X     6000
< EXEC     Z X PENDING_REPLACE  PENDING_REPLACE    10000  3500  6500     0
< EXEC     Z X REPLACED         PARTIALLY_FILLED    6000  3500  2500     0
< EXEC     Z - TRADE            PARTIALLY_FILLED    6000  5000  1000  1500

== D.2.a two replaces at once are not asked by us
> PLACE    X -    10000
< EXEC     X - NEW              NEW                10000     0 10000     0
> REPLACE  Y X     8000
! REPLACE  Z Y     7000

== D.2.b a cancel overtakes a replace, and the venue works them off in turn
> PLACE    X -    10000
< EXEC     X - NEW              NEW                10000     0 10000     0
< EXEC     X - TRADE            PARTIALLY_FILLED   10000  1000  9000  1000
> REPLACE  Y X     8000
> CANCEL   Z Y
< EXEC     Y X REPLACED         PARTIALLY_FILLED    8000  1000  7000     0
< EXEC     Z Y PENDING_CANCEL   PENDING_CANCEL      8000  1000  7000     0
< EXEC     Z Y CANCELED         CANCELED            8000  1000     0     0

== D.2.c a cancel overtakes a replace, and the venue takes one request at a time
> PLACE    X -    10000
< EXEC     X - NEW              NEW                10000     0 10000     0
> REPLACE  Y X     8000
> CANCEL   Z Y
< REFUSE   Z X ALREADY_PENDING  NEW                10000     0 10000     0
< EXEC     Y X PENDING_REPLACE  PENDING_REPLACE    10000     0 10000     0
< EXEC     Y X REPLACED         NEW?REPLACED        8000     0  8000     0
< EXEC     Y - TRADE            FILLED              8000  8000     0  8000

== D.2.d a cancel overtakes a replace, the replace is refused and the cancel accepted
> PLACE    X -    10000
< EXEC     X - NEW              NEW                10000     0 10000     0
> REPLACE  Y X     8000
> CANCEL   Z Y
< REFUSE   Y X OTHER            NEW                10000     0 10000     0
< EXEC     Z X CANCELED         CANCELED           10000     0     0     0

== E.1.a the venue cancels by itself
> PLACE    X -    10000
< EXEC     X - NEW              NEW                10000     0 10000     0
< EXEC     X - TRADE            PARTIALLY_FILLED   10000  1000  9000  1000
< EXEC     X - CANCELED         CANCELED           10000  1000     0     0

== E.1.b the venue takes the order back in after it canceled it
> PLACE    X -    10000
< EXEC     X - NEW              NEW                10000     0 10000     0
< EXEC     X - TRADE            PARTIALLY_FILLED   10000  1000  9000  1000
< EXEC     X - CANCELED         CANCELED           10000  1000     0     0
< EXEC     X - RESTATED         PARTIALLY_FILLED   10000  1000  9000     0
< EXEC     X - TRADE            FILLED             10000 10000     0  9000

== E.1.c the venue makes the order smaller by itself
> PLACE    X -    10000
< EXEC     X - NEW              NEW                10000     0 10000     0
< EXEC     X - RESTATED         NEW                 9000     0  9000     0
< EXEC     X - TRADE            FILLED              9000  9000     0  9000

== F.1.a the venue says that the id is in use: an order of that id lives
> PLACE    X -    10000
< EXEC     X - NEW              NEW                10000     0 10000     0
< EXEC     X - DUPLICATE        NEW?REJECTED       10000     0 10000     0  DUPLICATE_ORDER

== F.1.b a resend of the order is answered with its status
> PLACE    X -    10000
< EXEC     X - NEW              NEW                10000     0 10000     0
< EXEC     X - ORDER_STATUS     NEW                10000     0 10000     0

== F.1.c an order is rejected after it was accepted
> PLACE    X -    10000
< EXEC     X - NEW              NEW                10000     0 10000     0
< EXEC     X - REJECTED         REJECTED           10000     0     0     0

== G.1.a the status of an order that lives
> PLACE    X -    10000
< EXEC     X - NEW              NEW                10000     0 10000     0
< EXEC     X - TRADE            PARTIALLY_FILLED   10000  2000  8000  2000
< EXEC     X - ORDER_STATUS     PARTIALLY_FILLED   10000  2000  8000     0
< EXEC     X - TRADE            FILLED             10000 10000     0  8000
< EXEC     X - ORDER_STATUS     FILLED             10000 10000     0     0

== G.1.b the status of an order with a cancel under way
> PLACE    X -    10000
< EXEC     X - NEW              NEW                10000     0 10000     0
> CANCEL   Y X
< EXEC     X - ORDER_STATUS     PENDING_CANCEL     10000     0 10000     0
< EXEC     Y X CANCELED         CANCELED           10000     0     0     0
< EXEC     Y - ORDER_STATUS     CANCELED           10000     0     0     0

== G.1.c the status of an order with a replace under way
> PLACE    X -    10000
< EXEC     X - NEW              NEW                10000     0 10000     0
> REPLACE  Y X    11000
< EXEC     X - ORDER_STATUS     PENDING_REPLACE    10000     0 10000     0
< EXEC     Y X REPLACED         NEW?REPLACED       11000     0 11000     0
< EXEC     Y - ORDER_STATUS     NEW                11000     0 11000     0

== G.1.d a status tells of fills that never reached us
> PLACE    X -    10000
< EXEC     X - NEW              NEW                10000     0 10000     0
< EXEC     X - ORDER_STATUS     NEW?PARTIALLY_FILLED 10000 0 10000 0 QUANTITY_DIFFERS 2000

== H.1.a a good-till-canceled order is done for the day and goes on the next
> PLACE    X -    10000
< EXEC     X - NEW              NEW                10000     0 10000     0
< EXEC     X - TRADE            PARTIALLY_FILLED   10000  2000  8000  2000
< EXEC     X - DONE_FOR_DAY     DONE_FOR_DAY       10000  2000     0     0
< EXEC     X - RESTATED         PARTIALLY_FILLED   10000  2000  8000     0
< EXEC     X - TRADE            PARTIALLY_FILLED   10000  3000  7000  1000
< EXEC     X - TRADE            FILLED             10000 10000     0  7000

== H.1.b a good-till-canceled order is canceled the next day
> PLACE    X -    10000
< EXEC     X - NEW              NEW                10000     0 10000     0
< EXEC     X - DONE_FOR_DAY     DONE_FOR_DAY       10000     0     0     0
< EXEC     X - RESTATED         NEW                10000     0 10000     0
> CANCEL   Y X
< EXEC     Y X PENDING_CANCEL   PENDING_CANCEL     10000     0 10000     0
< EXEC     Y X CANCELED         CANCELED           10000     0     0     0

== I.1.a a fill-or-kill order cannot be filled
> PLACE    X -    10000
< EXEC     X - NEW              NEW                10000     0 10000     0
< EXEC     X - CANCELED         CANCELED           10000     0     0     0

== I.1.b an immediate-or-cancel order is filled in part, the rest is canceled
> PLACE    X -    10000
< EXEC     X - NEW              NEW                10000     0 10000     0
< EXEC     X - TRADE            PARTIALLY_FILLED   10000  1000  9000  1000
< EXEC     X - CANCELED         CANCELED           10000  1000     0     0

== I.1.c an immediate-or-cancel order is filled without an acknowledgement
> PLACE    X -    10000
< EXEC     X - TRADE            FILLED             10000 10000     0 10000

== I.1.d a day order expires
> PLACE    X -    10000
< EXEC     X - NEW              NEW                10000     0 10000     0
< EXEC     X - TRADE            PARTIALLY_FILLED   10000  1000  9000  1000
< EXEC     X - EXPIRED          EXPIRED            10000  1000     0     0

== J.1.a the only fill of a filled order is canceled, and the order works again
> PLACE    X -    10000
< EXEC     X - NEW              NEW                10000     0 10000     0
< EXEC     X - TRADE            FILLED             10000 10000     0 10000
< BUST     X 1 TRADE_CANCEL     NEW                10000     0 10000     0
< EXEC     X - TRADE            FILLED             10000 10000     0 10000

== J.1.b a fill is corrected to less, and the order works again
> PLACE    X -    10000
< EXEC     X - NEW              NEW                10000     0 10000     0
< EXEC     X - TRADE            PARTIALLY_FILLED   10000  2000  8000  2000
< EXEC     X - TRADE            FILLED             10000 10000     0  8000
< BUST     X 1 TRADE_CORRECT    PARTIALLY_FILLED   10000  9000  1000  1000

== J.1.c a correct is corrected, by the name of the first fill or of the correct
> PLACE    X -    10000
< EXEC     X - NEW              NEW                10000     0 10000     0
< EXEC     X - TRADE            PARTIALLY_FILLED   10000  2000  8000  2000
< BUST     X 1 TRADE_CORRECT    PARTIALLY_FILLED   10000  1500  8500  1500
< BUST     X 1 TRADE_CORRECT    PARTIALLY_FILLED   10000  1200  8800  1200
< BUST     X 3 TRADE_CORRECT    PARTIALLY_FILLED   10000  1000  9000  1000

== J.1.d a fill of a canceled order is canceled, and the order stays canceled
> PLACE    X -    10000
< EXEC     X - NEW              NEW                10000     0 10000     0
< EXEC     X - TRADE            PARTIALLY_FILLED   10000  2000  8000  2000
< EXEC     X - CANCELED         CANCELED           10000  2000     0     0
< BUST     X 1 TRADE_CANCEL     CANCELED           10000     0     0     0

== J.1.e a fill of a filled order is canceled, and the venue lets the rest go
> PLACE    X -    10000
< EXEC     X - NEW              NEW                10000     0 10000     0
< EXEC     X - TRADE            FILLED             10000 10000     0 10000
< BUST     X 1 TRADE_CANCEL     CANCELED           10000     0     0     0

== K.1.a trading is halted and taken up again
> PLACE    X -    10000
< EXEC     X - NEW              NEW                10000     0 10000     0
< EXEC     X - SUSPENDED        NEW?SUSPENDED      10000     0 10000     0
< EXEC     X - RESTATED         NEW                10000     0 10000     0
< EXEC     X - TRADE            FILLED             10000 10000     0 10000

== K.1.b trading is halted and the orders are canceled
> PLACE    X -    10000
< EXEC     X - NEW              NEW                10000     0 10000     0
< EXEC     X - SUSPENDED        NEW?SUSPENDED      10000     0 10000     0
< EXEC     X - CANCELED         CANCELED           10000     0     0     0

== L.1.a a price is guaranteed, then the order is filled at it
> PLACE    X -    10000
< EXEC     X - NEW              NEW                10000     0 10000     0
< EXEC     X - STOPPED          NEW?STOPPED        10000     0 10000     0
< EXEC     X - TRADE            FILLED             10000 10000     0 10000
"""
