"""No input takes more time or memory than its size is worth; ``make bombs`` has the slow ones too."""

import json
import os
import subprocess
import sys

from tests.fuzz.bombs import BOMBS
from tests.unit.engine_cases import ROOT

SECONDS_MAX = 10  # of a processor that is shared; each is under one alone


def test_a_bomb_is_refused_or_read_in_seconds_and_in_little_memory() -> None:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tests" / "unit")])}
    command = [sys.executable, "-m", "tests.fuzz.bombs", "--quick"]
    ended = subprocess.run(command, cwd=ROOT, env=environment, check=False, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
    costs = [json.loads(line) for line in ended.stdout.splitlines()]
    assert {cost["target"] for cost in costs} == set(BOMBS)
    assert [cost for cost in costs if cost["seconds"] > SECONDS_MAX] == []
