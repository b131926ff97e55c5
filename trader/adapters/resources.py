"""Where shipped files are: in the checkout's top folders, or inside the installed package."""

import sys
from pathlib import Path

from trader.domain.errors import ConfigError
from trader.fix.dialect import Dialect
from trader.fix.dictionary import TRANSPORT_FILE

_PACKAGE = Path(__file__).resolve().parent.parent
_VENUE_FILES = ("session.cfg", "dialect.toml")


def _shipped(folder: str) -> Path:
    installed = _PACKAGE / "_shipped" / folder
    return installed if installed.is_dir() else _PACKAGE.parent / folder


def is_compiled(module: str) -> bool:
    """Whether a module that is loaded is a library, as those of a wheel that every order passes, and not its source."""
    return Path(sys.modules[module].__file__ or "").suffix != ".py"


def examples_dir() -> Path:
    """The folder of example batches, limits and configuration."""
    return _shipped("examples")


def venue_names() -> list[str]:
    """The shipped venue profiles, by name."""
    return sorted(path.parent.name for path in _shipped("fix_configs").glob("*/dialect.toml"))


def fix_config_dir(name_or_path: str) -> Path:
    """The folder of a venue: a shipped profile's name, or any folder of the same shape.

    Raises:
        ConfigError: Neither; the message lists the shipped names.
    """
    # A name is a shipped profile's first: there may well be a folder of that name around, as in the checkout.
    for folder in (_shipped("fix_configs") / name_or_path, Path(name_or_path)):
        if folder.is_dir():
            missing = [name for name in _VENUE_FILES if not (folder / name).is_file()]
            if missing:
                raise ConfigError(f"the venue folder {folder} lacks {' and '.join(missing)}")
            return folder
    raise ConfigError(
        f"no venue {name_or_path!r}: expected one of {', '.join(venue_names())}, or a folder with session.cfg and "
        f"dialect.toml"
    )


def stock_dictionary(dialect: Dialect) -> str:
    """The dictionary of the dialect's messages that the quickfix package installed.

    Raises:
        ConfigError: It is not there.
    """
    return _stock(dialect.dictionary.file)


def stock_transport_dictionary() -> str:
    """The dictionary of FIXT.1.1's session messages that the quickfix package installed.

    Raises:
        ConfigError: It is not there.
    """
    return _stock(TRANSPORT_FILE)


def _stock(file: str) -> str:
    path = Path(sys.prefix) / "share" / "quickfix" / file
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"the stock dictionary {path} cannot be read: {error}; reinstall quickfix") from error
