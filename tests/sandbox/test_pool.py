"""What a program's run says, and that the pool goes on whatever happens to its processes."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import mathkit
from mathkit.errors import MathkitError
from mathkit.sandbox.pool import Pool
from mathkit.sandbox.preludes import ANSWER, PROGRAM_OF_THOUGHTS
from tests.sandbox.processes import all_end, servers


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    with Pool(1, prelude=PROGRAM_OF_THOUGHTS, answer=ANSWER) as pool:
        yield pool


@pytest.mark.parametrize(
    ("code", "stdout"),
    [
        ("print(1)\n2", "1\n"),
        ("1 + 1", "2\n"),
        ("x = 3\nx ** 2  # squared", "9\n"),
        ("'text'", "text\n"),
        ("None", ""),
        ("x = 3", ""),
        ("", ""),
        ("ans = 7", "7\n"),
        ("ans = 7\n8", "8\n"),
        ("print(1, end='')\nans = 7", "1"),
        ("x = Symbol('x')\nans = solve_it(2*x - 7, x)[x]", "7/2\n"),
        ("x = Symbol('x', positive=True)\nans = solve_it(x + 1, x)", "{x: None}\n"),
        ("import numpy\nnumpy.arange(3).sum()", "3\n"),
        ("print('∑ 三')", "∑ 三\n"),
        ("import sys\nsys.stderr.write('warning')\nprint(5)", "5\n"),
        ("from dataclasses import dataclass\n@dataclass\nclass P:\n    x: int\nP(1)", "P(x=1)\n"),
        ("def f(n):\n    return n and n + f(n - 1)\nif __name__ == '__main__':\n    print(f(4))", "10\n"),
        ("import threading as t, time\ndef f():\n    time.sleep(.05)\n    print('late')\nt.Thread(target=f).start()",
         "late\n"),
        ("with open('note', 'w') as file:\n    file.write('kept')\nprint(open('note').read())", "kept\n"),
        ("import tempfile\ntempfile.TemporaryFile().write(b'abc')", "3\n"),
        ("import sys\nprint(sys.argv, sys.stdin.read())", "[''] \n"),
        ("print({chr(97 + n) for n in range(6)})", None),
    ],
)  # fmt: skip
def test_a_program_prints_as_in_a_notebook(pool: Pool, code: str, stdout: str | None) -> None:
    run = pool.run(code, 10)
    assert run.status == 0, run
    assert run.stdout == (pool.run(code, 10).stdout if stdout is None else stdout)


def test_an_error_is_reported_with_the_lines_of_the_program_alone(pool: Pool) -> None:
    run = pool.run("print('before')\ndef f():\n    return 1 / 0\nf()", 10)
    assert (run.stdout, run.status) == ("before\n", 1)
    lines = run.stderr.splitlines()
    assert lines[:2] == ["Traceback (most recent call last):", '  File "<program>", line 4, in <module>']
    assert lines[-1] == "ZeroDivisionError: division by zero"
    assert "server" not in run.stderr and "    return 1 / 0" in lines


@pytest.mark.parametrize(
    ("code", "status"), [("exit()", 0), ("import sys\nsys.exit(3)", 3), ("raise SystemExit('why')", 1)]
)
def test_a_program_may_end_itself(pool: Pool, code: str, status: int) -> None:
    run = pool.run(f"print(1)\n{code}", 10)
    assert (run.stdout, run.status) == ("1\n", status)


def test_what_was_printed_before_the_time_was_up_is_there(pool: Pool) -> None:
    run = pool.run("print('so far')\nwhile True: pass", 0.3)
    assert (run.stdout, run.status) == ("so far\n", 124)
    assert 0.3 <= run.seconds < 3


def test_too_much_output_is_cut_with_a_mark(pool: Pool) -> None:
    run = pool.run("print('x' * 3_000_000)", 10)
    assert run.status == 153
    assert run.stdout.endswith("x\n[cut off: the program printed more than 1048576 bytes]\n")


def test_a_prelude_that_fails_is_said_so() -> None:
    with Pool(1, prelude="import nowhere") as pool, pytest.raises(MathkitError, match="No module named 'nowhere'"):
        pool.run("1", 10)


def test_arguments_that_make_no_sense(pool: Pool) -> None:
    with pytest.raises(ValueError, match="timeout must be positive"):
        pool.run("1", 0)
    with pytest.raises(TypeError, match="code must be a string, not int"):
        pool.run(1, 10)  # type: ignore[arg-type]


def test_a_server_that_is_killed_is_replaced() -> None:
    before = servers()
    with Pool(1) as pool, ThreadPoolExecutor() as threads:
        assert pool.run("1", 10).stdout == "1\n"
        kill(servers() - before)
        assert pool.run("2", 10).stdout == "2\n"
        running = threads.submit(pool.run, "import time\ntime.sleep(0.5)\nprint(3)", 10)
        time.sleep(0.2)
        kill(servers() - before)
        assert running.result().stdout == "3\n"
    assert all_end(but=before)


def test_closing_ends_what_runs_and_what_waits() -> None:
    before = servers()
    with ThreadPoolExecutor() as threads:
        with Pool(1) as pool:
            pool.run("1", 10)
            running = [threads.submit(pool.run, "import time\ntime.sleep(600)", 600) for _ in range(3)]
            time.sleep(0.2)
        assert [run.result().status for run in running] == [137] * 3
    assert all_end(but=before)


def test_many_threads_share_few_processes() -> None:
    before = servers()
    with Pool(2) as pool, ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda n: pool.run("import time\ntime.sleep(0.5)", 10), range(2)))
        runs = list(threads.map(lambda n: pool.run(f"{n} ** 2", 10).stdout, range(30)))
        assert len(servers() - before) == 4  # two for each
    assert all_end(but=before)
    assert runs == [f"{n**2}\n" for n in range(30)]


def test_a_forked_process_has_servers_of_its_own() -> None:
    assert mathkit.run_python("1").stdout == "1\n"
    if not (child := os.fork()):
        os._exit(0 if mathkit.run_python("2").stdout == "2\n" else 1)
    assert mathkit.run_python("3").stdout == "3\n"
    assert os.waitpid(child, 0)[1] == 0


def test_servers_end_with_the_process_that_asks() -> None:
    before = servers()
    code = "from mathkit import run_python as r\nprint(r('1').stdout, end='', flush=True)\nr('while 1: 0', timeout=60)"
    asking = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    assert asking.stdout
    assert asking.stdout.readline() == b"1\n"
    asking.kill()
    asking.communicate()
    assert all_end(but=before)


WITHOUT_NAMESPACES = """
import errno, platform, struct
from mathkit.sandbox import kernel
number = {"x86_64": 272, "aarch64": 97}[platform.machine()]
kernel.drop_capabilities()
kernel.set_filter(b"".join(struct.pack("=HBBI", *row) for row in [
    (0x20, 0, 0, 0), (0x15, 0, 1, number), (0x06, 0, 0, 0x50000 | errno.EPERM), (0x06, 0, 0, 0x7FFF0000)]))
import mathkit
from mathkit.errors import Unavailable
try:
    mathkit.run_python("1")
except Unavailable as error:
    print(error.status, error)
run = mathkit.run_python("import os; open('x', 'w'); print(os.listdir('.'), os.getcwd())", unsafe=True)
print(run.status, run.stdout)
print(mathkit.run_python("while True: pass", unsafe=True, timeout=0.2).status)
print(mathkit.run_python("import os\\nif os.fork() == 0:\\n    while True: pass", unsafe=True, timeout=5).status)
print(mathkit.run_python("x = bytearray(64 << 30)", unsafe=True).stderr.splitlines()[-1])
"""


def test_a_machine_that_cannot_isolate_says_what_is_missing_and_may_run_unsafely(tmp_path: Path) -> None:
    before = servers()
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_NAMESPACES], capture_output=True, text=True, env=environment, check=True
    )
    missing, scratch, _, *rest = done.stdout.splitlines()
    assert missing.startswith(
        "69 the sandbox for Python programs does not work on this machine: user namespaces: Operation not permitted; "
        "--unsafe-exec (unsafe=True) runs them without isolation"
    )
    assert scratch.startswith(f"0 ['x'] {tmp_path}/mathkit-")
    assert rest == ["124", "0", "MemoryError"]
    assert not list(tmp_path.iterdir())
    assert all_end(but=before)


def test_the_order_of_sets_is_the_same_in_every_server() -> None:
    code = textwrap.dedent("""
        import sympy
        x, y = sympy.symbols("x y")
        print({"one", "two", "three", "four"}, hash("five"), list({x, y, x*y, x + y}))
    """)
    assert len({run_alone(code) for _ in range(2)}) == 1


def run_alone(code: str) -> str:
    with Pool(1) as pool:
        return pool.run(code, 10).stdout


def kill(processes: set[str]) -> None:
    for process in processes:
        os.kill(int(process), signal.SIGKILL)
