"""Read a venue's dialect from its ``dialect.toml``; unknown keys are errors.

msgspec reads and checks it: types, ranges and unknown keys come with the path of the offending value.
"""

import msgspec

from trader.domain.errors import ConfigError
from trader.domain.toml import read_toml
from trader.fix.dialect import Dialect
from trader.fix.dialect_checks import contradictions


def parse_dialect(text: str, where: str) -> Dialect:
    """Read a ``dialect.toml``.

    Args:
        text: The file's content.
        where: The file's name, for the error.

    Raises:
        ConfigError: Not TOML, an unknown key, a missing key, a wrong value, or keys that contradict each other.
    """
    try:
        dialect = msgspec.convert(read_toml(text), Dialect)
    except (ValueError, msgspec.ValidationError) as error:
        raise ConfigError(f"{where}: {error}") from error
    found = list(contradictions(dialect))
    if found:
        raise ConfigError(f"{where}: {'; '.join(found)}")
    return dialect
