"""What messages are called in a scenario file and in a venue's own words: the names of the FIX standard."""

LOGON = "Logon"
ORDER, CANCEL, REPLACE = "NewOrderSingle", "OrderCancelRequest", "OrderCancelReplaceRequest"
STATUS, MASS_STATUS, TRADES = "OrderStatusRequest", "OrderMassStatusRequest", "TradeCaptureReportRequest"
MASS_CANCEL, DISPUTE = "OrderMassCancelRequest", "DontKnowTrade"
PRICES, QUOTES, PASS = "MarketDataRequest", "QuoteRequest", "QuoteResponse"
REPORT, TRADE_REPORT = "ExecutionReport", "TradeCaptureReport"
SNAPSHOT, INCREMENTAL = "MarketDataSnapshotFullRefresh", "MarketDataIncrementalRefresh"

EVERY_REQUEST = (ORDER, CANCEL, REPLACE, STATUS, MASS_STATUS, TRADES, MASS_CANCEL, DISPUTE, PRICES, QUOTES, PASS)
