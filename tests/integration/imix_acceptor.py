"""A QuickFIX acceptor that speaks FIXT.1.1, behind a relay that makes it IMIX.2.0; prints its port, then every order.

Usage: imix_acceptor.py STORE_DIR. A process of its own, because QuickFIX does not survive the end of an interpreter.
"""

import socket
import sys
import threading

import quickfix as fix

from trader.adapters.relay import Relay, Versions

CONFIG = """[DEFAULT]
ConnectionType=acceptor
SocketAcceptPort={port}
BeginString=FIXT.1.1
DefaultApplVerID=FIX.5.0SP2
SenderCompID=SIMULATOR
TargetCompID=ROBOT
NonStopSession=Y
UseDataDictionary=N
FileStorePath={store}
[SESSION]
"""


def say(what: object) -> None:
    sys.stdout.write(f"{what}\n")
    sys.stdout.flush()


class Acceptor(fix.Application):
    def onCreate(self, session_id: fix.SessionID) -> None:  # noqa: N802 -- QuickFIX's name
        pass

    def onLogon(self, session_id: fix.SessionID) -> None:  # noqa: N802 -- QuickFIX's name
        pass

    def onLogout(self, session_id: fix.SessionID) -> None:  # noqa: N802 -- QuickFIX's name
        pass

    def toAdmin(self, message: fix.Message, session_id: fix.SessionID) -> None:  # noqa: N802 -- QuickFIX's name
        pass

    def fromAdmin(self, message: fix.Message, session_id: fix.SessionID) -> None:  # noqa: N802 -- QuickFIX's name
        pass

    def toApp(self, message: fix.Message, session_id: fix.SessionID) -> None:  # noqa: N802 -- QuickFIX's name
        pass

    def fromApp(self, message: fix.Message, _: fix.SessionID) -> None:  # noqa: N802 -- QuickFIX's name
        say(message.toString().replace("\x01", "|"))


def main(store: str) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = fix.SessionSettings()
    settings.setFromString(CONFIG.format(port=port, store=store))
    application = Acceptor()
    stores = fix.FileStoreFactory(settings)
    acceptor = fix.SocketAcceptor(application, stores, settings)
    acceptor.start()
    relay = Relay(Versions(caller="IMIX.2.0", target="FIXT.1.1"), "127.0.0.1", port)
    say(relay.port)
    threading.Event().wait()


if __name__ == "__main__":
    main(*sys.argv[1:])
