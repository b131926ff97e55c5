"""The day that is broken into: a batch in which a line meets whatever can become of a line, and its venue."""

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from tests.integration.command_line import EXAMPLES, ROOT

TRADE_DATE = "2026-11-20"
CLIENT = "ROBOT"
BATCH, SCENARIO, PROFILE = "batch.csv", "scenario.toml", "profile/simulator"
HEADER = "row_id,product,pair,side,dealt_currency,amount,tenor,far_tenor,order_type,time_in_force,comment"


@dataclass(frozen=True, slots=True)
class Row:
    """A line, and how it has to end.

    Attributes:
        text: As in the file.
        part: Which part of its amount the venue deals.
        status: In the result file.
    """

    text: str
    part: Decimal
    status: str

    @property
    def row_id(self) -> str:
        """The line's name."""
        return self.text.split(",", 1)[0]

    @property
    def amount(self) -> Decimal:
        """What it asks for on its near leg."""
        return Decimal(self.text.split(",")[5])


ALL, NOTHING, HALF = Decimal(1), Decimal(0), Decimal("0.5")
ROWS = (
    Row("C-01,SPOT,EUR/USD,BUY,EUR,1000000,SPOT,,MARKET,FOK,filled at once", ALL, "filled"),
    Row("C-02,SPOT,GBP/USD,SELL,GBP,900000,SPOT,,MARKET,DAY,in three trades", ALL, "filled"),
    Row("C-03,SPOT,USD/JPY,BUY,USD,800000,SPOT,,MARKET,IOC,to six tenths", Decimal("0.6"), "partially_filled"),
    Row("C-04,SPOT,EUR/CHF,SELL,EUR,700000,SPOT,,MARKET,DAY,half and our cancel", HALF, "partially_filled"),
    Row("C-05,SPOT,AUD/USD,BUY,AUD,600000,SPOT,,MARKET,DAY,nothing and our cancel", NOTHING, "unfilled"),
    Row("C-06,SPOT,USD/CAD,BUY,USD,500000,SPOT,,MARKET,DAY,rejected", NOTHING, "rejected"),
    Row("C-07,SPOT,EUR/GBP,BUY,EUR,400000,SPOT,,MARKET,DAY,half and its cancel", HALF, "partially_filled"),
    Row("C-08,SPOT,USD/JPY,SELL,USD,300000,SPOT,,RFQ,FOK,on a quote", ALL, "filled"),
    Row("C-09,FORWARD,EUR/USD,SELL,EUR,2000000,1M,,RFQ,FOK,on a quote", ALL, "filled"),
    Row("C-10,SWAP,EUR/USD,SELL,EUR,5000000,SPOT,1M,RFQ,FOK,on a quote", ALL, "filled"),
    Row("C-11,SWAP,GBP/USD,BUY,GBP,2500000,SPOT,3M,MARKET,FOK,both legs at once", ALL, "filled"),
    Row("C-12,NDF,USD/CNY,BUY,USD,3000000,1M,,RFQ,FOK,on a quote", ALL, "filled"),
    Row("C-13,SPOT,NZD/USD,BUY,NZD,750000,SPOT,,MARKET,FOK,taken back", NOTHING, "unfilled"),
    Row("C-14,SPOT,USD/SEK,BUY,USD,650000,SPOT,,MARKET,FOK,at another rate", ALL, "filled"),
)
# What only our own cancel ends: when nothing else is open, the desk has had enough.
LEFT_TO_US = ("C-04", "C-05")

_RULES = """title = "Something of everything, by the pair and the amount of a line"

[[rules]]
when = { message = "NewOrderSingle", pair = "GBP/USD", max_amount = "900000" }
then = { action = "fill", slices = 3, interval_ms = 40 }

[[rules]]
when = { message = "NewOrderSingle", pair = "USD/JPY", min_amount = "800000" }
then = { action = "fill", fraction = "0.6" }

[[rules]]
when = { message = "NewOrderSingle", pair = "EUR/CHF" }
then = { action = "fill", fraction = "0.5" }

[[rules]]
when = { message = "NewOrderSingle", pair = "AUD/USD" }
then = { action = "rest" }

[[rules]]
when = { message = "NewOrderSingle", pair = "USD/CAD" }
then = { action = "reject", reason = "CREDIT" }

[[rules]]
when = { message = "NewOrderSingle", pair = "EUR/GBP" }
then = { action = "fill", slices = 2, interval_ms = 60 }

[[rules]]
when = { message = "NewOrderSingle", pair = "EUR/GBP" }
then = { action = "cancel", after_ms = 30 }

[[rules]]
when = { message = "NewOrderSingle", pair = "NZD/USD" }
then = { action = "bust", after_ms = 20 }

[[rules]]
when = { message = "NewOrderSingle", pair = "USD/SEK" }
then = { action = "correct", after_ms = 20, bp = "0.5" }
"""


def lay_out(folder: Path, heartbeat_s: int) -> None:
    """Write everything that the robot and the venue read.

    Args:
        folder: Where.
        heartbeat_s: HeartBtInt(108) of their session.
    """
    config = (EXAMPLES / "trader.toml").read_text("utf-8")
    # A robot that is stopped for a while has not waited for its makers.
    (folder / "trader.toml").write_text(config.replace("wait_s_max = 3 ", "wait_s_max = 30 "), "utf-8")
    for name in ("limits.csv", "rules.txt"):
        (folder / name).write_bytes((EXAMPLES / name).read_bytes())
    (folder / BATCH).write_text("\n".join([HEADER, *(row.text for row in ROWS)]) + "\n", "utf-8")
    (folder / SCENARIO).write_text(_RULES, "utf-8")
    profile = folder / PROFILE
    profile.mkdir(parents=True)
    for path in (ROOT / "fix_configs" / "simulator").iterdir():
        text = path.read_text("utf-8").replace("HeartBtInt=30", f"HeartBtInt={heartbeat_s}")
        (profile / path.name).write_text(text, "utf-8")
