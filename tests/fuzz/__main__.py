"""Let atheris look for inputs that a target does not stand: ``make fuzz TARGET=decode SECONDS=60``.

It changes real inputs, keeps those that reach a new branch of ours, and goes on from them. What it kept stays in
``var/fuzz/TARGET``, so that a later run begins where this one ended; an input that breaks the target is left there too,
and the run ends with exit code 1 and the traceback. Mend the code, and keep the input as
a test at the door's own reader.
"""

import argparse
import sys
from pathlib import Path

CORPORA = Path("var/fuzz")
INPUT_BYTES_MAX = 16_384
INPUT_S_MAX = 10
MEMORY_MB_MAX = 2_048


def main() -> None:
    """Fuzz one target until the time is over, an input breaks it, or Ctrl-C.

    Raises:
        SystemExit: atheris is not here, or there is no such target.
    """
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("target", help="one of tests/fuzz/targets.py; a wrong name lists them")
    parser.add_argument("--seconds", type=int, default=60, help="how long; 60 when not given")
    asked = parser.parse_args()
    try:
        import atheris  # noqa: PLC0415 -- an extra that only this command needs
    except ImportError:
        sys.exit("atheris is not installed; expected: .venv/bin/python -m pip install -c constraints.txt -e '.[fuzz]'")
    with atheris.instrument_imports(include=["trader", "risk", "simulator", "openpyxl", "csv", "tomllib"]):
        from tests.fuzz.targets import TARGETS  # noqa: PLC0415 -- atheris instruments what is imported from here on
    target = TARGETS.get(asked.target)
    if target is None:
        sys.exit(f"{asked.target} is no target; expected one of {', '.join(TARGETS)}")
    corpus = CORPORA / asked.target
    corpus.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(target.seeds()):
        (corpus / f"seed-{number:04d}").write_bytes(seed)
    limits = [
        f"-max_total_time={asked.seconds}",
        f"-max_len={INPUT_BYTES_MAX}",
        f"-timeout={INPUT_S_MAX}",
        f"-rss_limit_mb={MEMORY_MB_MAX}",
        f"-artifact_prefix={corpus}/broke-",
        "-print_final_stats=1",
    ]
    atheris.Setup([sys.argv[0], *limits, str(corpus)], target.take)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
