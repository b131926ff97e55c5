"""The dictionaries of a session as files, and as QuickFIX has read them.

Importing quickfix takes Python's handler of SIGINT away from the operating system; importing this module restores it.
"""

import signal
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import quickfix as fix

from trader.adapters.resources import stock_dictionary, stock_transport_dictionary
from trader.domain.errors import ConfigError
from trader.fix.dialect import Dialect
from trader.fix.dictionary import TRANSPORT_FILE, lenient_dictionary, session_dictionary

if threading.current_thread() is threading.main_thread():
    signal.signal(signal.SIGINT, signal.getsignal(signal.SIGINT))


@dataclass(frozen=True, slots=True)
class Dictionaries:
    """The dictionaries of a session: one, or under FIXT.1.1 one for the transport and one for the messages.

    Attributes:
        settings: The settings that name their files.
        parts: As QuickFIX has read them, in the order in which it takes them to read a message.
    """

    settings: Mapping[str, str]
    parts: tuple[fix.DataDictionary, ...]


def write_dictionaries(dialect: Dialect, folder: Path) -> Dictionaries:
    """Make the dictionaries of the dialect's session, as files in a folder.

    Raises:
        ConfigError: QuickFIX did not install the stock ones, does not take ours, or the dialect names a group that
            they do not have.
    """
    messages = (dialect.dictionary.file, session_dictionary(stock_dictionary(dialect), dialect))
    if dialect.has_transport:
        transport = (TRANSPORT_FILE, lenient_dictionary(stock_transport_dictionary()))
        texts = {"TransportDataDictionary": transport, "AppDataDictionary": messages}
    else:
        texts = {"DataDictionary": messages}
    paths = {}
    for key, (file, text) in texts.items():
        paths[key] = folder / file
        paths[key].write_text(text, encoding="utf-8")
    try:
        parts = tuple(fix.DataDictionary(str(path)) for path in paths.values())
    except fix.ConfigError as error:
        raise ConfigError(f"QuickFIX refuses its own dictionary {dialect.dictionary.file}: {error}") from error
    return Dictionaries({key: str(path) for key, path in paths.items()}, parts)
