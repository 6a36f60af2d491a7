"""No program gets out of the sandbox, and none leaves anything to the next."""

import os
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mathkit.sandbox.pool import Pool
from tests.sandbox.attacks import ATTACKS, REMAINS
from tests.sandbox.processes import all_end, servers

Fill = Callable[[str], str]


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    os.environ["MATHKIT_SECRET"] = "secret"
    before, folders = servers(), scratch_folders()
    with Pool(1) as pool:
        yield pool
    del os.environ["MATHKIT_SECRET"]
    assert all_end(but=before)
    assert scratch_folders() == folders


@pytest.fixture(scope="module")
def fill(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fill]:
    """Put what there is outside into an attack, and see in the end that it is unharmed."""
    folder = tmp_path_factory.mktemp("outside")
    folder.chmod(0o777)
    secret = folder / "secret"
    secret.write_text("secret")
    secret.chmod(0o666)
    victim = subprocess.Popen(["sleep", "600"])
    name = f"mathkit-test-{os.getpid()}"
    with socket.create_server(("127.0.0.1", 0)) as listening, socket.socket(socket.AF_UNIX) as abstract:
        abstract.bind(f"\0{name}")
        abstract.listen()
        listening.setblocking(False)
        port = listening.getsockname()[1]
        values = {"SECRET": secret, "FOLDER": folder, "PORT": port, "ABSTRACT": name, "VICTIM": victim.pid}

        def fill(code: str) -> str:
            for key, value in values.items():
                code = code.replace(key, str(value))
            return code

        yield fill
        with pytest.raises(BlockingIOError):
            listening.accept()
    alive = victim.poll() is None
    victim.kill()
    victim.wait()
    assert alive
    assert os.listdir(folder) == ["secret"]  # noqa: PTH208


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_is_contained(name: str, pool: Pool, fill: Fill) -> None:
    code, statuses = ATTACKS[name]
    pool.run("'earlier-' 'program'", 10)
    run = pool.run(fill(code), 0.5 if 124 in statuses else 10)
    assert "ESCAPED" not in run.stdout, run
    assert run.status in statuses, run
    assert len(run.stdout) + len(run.stderr) < 2 << 20
    ordinary = pool.run("import sympy, os\nprint(sympy.sqrt(8), os.listdir('.'))", 10)
    assert (ordinary.stdout, ordinary.status) == ("2*sqrt(2) []\n", 0)


@pytest.mark.parametrize("name", REMAINS)
def test_nothing_of_a_call_reaches_the_next(name: str, pool: Pool) -> None:
    leave, look = REMAINS[name]
    assert pool.run(leave, 10).status == 0
    run = pool.run(look, 10)
    assert (run.stdout.strip(), run.status) == ("", 0), run


def scratch_folders() -> set[Path]:
    return set(Path(tempfile.gettempdir()).glob("mathkit-*"))
