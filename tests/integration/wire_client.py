"""A plain FIX client as a process of its own: message bodies in, messages out, one a line, with | for SOH.

Usage: wire_client.py PORT SENDER STORE_DIR. A line ``D 11=A|55=EUR/USD|...`` on standard input is sent; ``stop`` logs
out and ends. Standard output has ``+logon``, ``+logout`` and every message that arrives. A process of its own, because
QuickFIX does not survive the end of an interpreter well.
"""

import os
import sys
from pathlib import Path

import quickfix as fix

from tests.raw_fix import SOH

DICTIONARY = Path(sys.prefix) / "share" / "quickfix" / "FIX44.xml"
CONFIG = """[DEFAULT]
ConnectionType=initiator
BeginString=FIX.4.4
SenderCompID={sender}
TargetCompID=SIMULATOR
SocketConnectHost=127.0.0.1
SocketConnectPort={port}
SocketNodelay=Y
ReconnectInterval=1
HeartBtInt=30
NonStopSession=Y
UseDataDictionary=Y
DataDictionary={dictionary}
FileStorePath={store}
[SESSION]
"""


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


class Client(fix.Application):
    def onCreate(self, session_id: fix.SessionID) -> None:  # noqa: N802 -- QuickFIX's name
        pass

    def onLogon(self, _: fix.SessionID) -> None:  # noqa: N802 -- QuickFIX's name
        say("+logon")

    def onLogout(self, _: fix.SessionID) -> None:  # noqa: N802 -- QuickFIX's name
        say("+logout")

    def toAdmin(self, message: fix.Message, session_id: fix.SessionID) -> None:  # noqa: N802 -- QuickFIX's name
        pass

    def toApp(self, message: fix.Message, session_id: fix.SessionID) -> None:  # noqa: N802 -- QuickFIX's name
        pass

    def fromAdmin(self, message: fix.Message, _: fix.SessionID) -> None:  # noqa: N802 -- QuickFIX's name
        say(message.toString().replace(SOH, "|"))

    def fromApp(self, message: fix.Message, _: fix.SessionID) -> None:  # noqa: N802 -- QuickFIX's name
        say(message.toString().replace(SOH, "|"))


def main(port: str, sender: str, store: str) -> None:
    settings = fix.SessionSettings()
    settings.setFromString(CONFIG.format(port=port, sender=sender, store=store, dictionary=DICTIONARY))
    client = Client()
    stores = fix.FileStoreFactory(settings)
    initiator = fix.ThreadedSocketInitiator(client, stores, settings)
    dictionary = fix.DataDictionary(str(DICTIONARY))
    initiator.start()
    session = fix.Session.lookupSession(fix.SessionID("FIX.4.4", sender, "SIMULATOR"))
    for line in sys.stdin:
        if line == "stop\n":
            initiator.stop()
            break
        msg_type, _, body = line.strip().partition(" ")
        text = f"8=FIX.4.4|9=0|35={msg_type}|{body}|10=000|".replace("|", SOH)
        session.send(fix.Message(text, dictionary, False))
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main(*sys.argv[1:])
