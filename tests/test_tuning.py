"""How a run uses the interpreter and the machine."""

from __future__ import annotations

import gc
import subprocess
import sys

import pytest

from auditor.tuning import no_collections, rare_collections

resource = pytest.importorskip("resource")

SHOW = """
import resource, sys
resource.setrlimit(resource.RLIMIT_NOFILE, (int(sys.argv[1]), int(sys.argv[2])))
from auditor.tuning import raise_file_limit
print(raise_file_limit(), *resource.getrlimit(resource.RLIMIT_NOFILE))
"""


@pytest.mark.parametrize(
    ("soft", "hard", "may"), [(256, 4096, 4096), (256, 256, 256), (1024, 20000, 10240), (12000, 20000, 12000)]
)
def test_a_run_lets_itself_open_as_many_files_as_it_can(soft: int, hard: int, may: int) -> None:
    if resource.getrlimit(resource.RLIMIT_NOFILE)[1] < hard:
        pytest.skip("this machine allows fewer files")
    command = [sys.executable, "-c", SHOW, str(soft), str(hard)]
    shown = subprocess.run(command, capture_output=True, text=True, check=True)
    assert shown.stdout.split() == [str(may), str(may), str(hard)]


def test_an_assessment_is_made_without_collections_and_leaves_them_as_they_were() -> None:
    assert gc.isenabled()
    with rare_collections(), no_collections():
        assert not gc.isenabled()
    assert gc.isenabled()
