"""The sandbox on programs that a model wrote: programs a second, how they ended, and what they were worth.

    python tests/bench/sandbox_speed.py pot_aqua_30samples.jsonl [--problems N] [--timeout 5] [--jobs N] [--unsafe]

Reads problems with `options`, `answer` (a letter) and `programs` that leave their answer in `ans` and expect SymPy's
names and `solve_it`. The clock starts when the servers are warm. Programs that are out of time are counted apart, and
so is the time they took. The value that most of a problem's programs agree on is compared with the options; the
nearest one is the vote. At the end no process of the sandbox may be left over.
"""

import argparse
import json
import math
import os
import re
import resource
import sys
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "sandbox"))

from processes import servers

from mathkit.parallel import ordered_map
from mathkit.sandbox import TIMED_OUT, Run
from mathkit.sandbox.pool import Pool
from mathkit.sandbox.preludes import ANSWER, PROGRAM_OF_THOUGHTS

NUMBER = re.compile(r"(-?\d[\d,]*(?:\.\d+)?(?:[eE]-?\d+)?|-?\.\d+)(!)?(?: ?/ ?(\d+))?")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("--timeout", type=float, default=5)
    parser.add_argument("--jobs", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--unsafe", action="store_true")
    parser.add_argument("--problems", type=int, help="only the first ones")
    options = parser.parse_args()
    problems = [json.loads(line) for line in options.file.read_text().splitlines()[: options.problems]]
    programs = [program for problem in problems for program in problem["programs"]]
    before = servers()
    with Pool(options.jobs, prelude=PROGRAM_OF_THOUGHTS, answer=ANSWER, unsafe=options.unsafe) as pool:
        waiting = ["import time; time.sleep(0.3)"] * options.jobs  # one for each server, so that all have begun
        list(ordered_map(lambda code: pool.run(code, 60), waiting, options.jobs))
        began = time.monotonic()
        runs = list(ordered_map(lambda code: pool.run(code, options.timeout), programs, options.jobs))
        seconds = time.monotonic() - began
    late = [run for run in runs if run.status == TIMED_OUT]
    lost = sum(run.seconds for run in late) / options.jobs
    ended = sum(run.status == 0 for run in runs)
    failed = len(runs) - ended - len(late)
    print(f"{len(runs)} programs on {options.jobs} at a time: {ended} ended, {failed} failed, {len(late)} timed out")
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = (used.ru_utime + used.ru_stime) / len(runs)
    rate = (len(runs) - len(late)) / (seconds - lost)
    print(f"{len(runs) / seconds:.0f} programs/s in {seconds:.1f} s; {rate:.0f}/s without those that timed out")
    print(f"{cpu * 1000:.1f} ms of CPU a program, the start of the servers included")
    middle, almost_all = (sorted(run.seconds for run in runs)[len(runs) * part // 100] for part in (50, 99))
    print(f"a call: median {middle * 1000:.0f} ms, 99 % {almost_all * 1000:.0f} ms")
    errors = Counter(re.split(r"\W", run.stderr.strip().rpartition("\n")[2])[0] for run in runs if run.status)
    print("failures:", ", ".join(f"{name or 'none said'} {count}" for name, count in errors.most_common(8)))
    values = [most_agreed(each) for each in by_problem(problems, runs)]
    votes = [vote(problem["options"], value) for problem, value in zip(problems, values, strict=True)]
    right = sum(mine == problem["answer"] for mine, problem in zip(votes, problems, strict=True))
    print(f"voted option right: {right} of {len(problems)}, {right / len(problems):.1%}")
    if "voted_value" in problems[0]:
        known = [(mine, normal(problem["voted_value"])) for mine, problem in zip(values, problems, strict=True)]
        print(f"most agreed value as in the file: {sum(mine == theirs for mine, theirs in known if theirs != 'None')}")
        theirs = sum(problem["voted_option"] == problem["answer"] for problem in problems)
        print(f"the file's own votes, for which a language model chose the option: {theirs} right")
    left = servers() - before
    print("processes left over:", len(left))
    sys.exit(1 if left else 0)


def by_problem(problems: list[dict], runs: list[Run]) -> list[list[Run]]:
    coming = iter(runs)
    return [[next(coming) for _ in problem["programs"]] for problem in problems]


def most_agreed(runs: list[Run]) -> str | None:
    """Return what most programs found, numbers that are equal to two decimals counting as one."""
    found = [run.stdout.strip() for run in runs if run.status == 0 and run.stdout.strip() not in ("", "None")]
    groups = Counter(normal(text) for text in found)
    return groups.most_common(1)[0][0] if groups else None


def normal(text: str) -> str:
    value = number(text) if NUMBER.fullmatch(text) else None
    return text if value is None else str(round(value, 2))


def vote(options: list[str], value: str | None) -> str:
    """Return the letter of the option that is equal, or else nearest, to a value."""
    value = "" if value is None else value.strip("()[]")
    distances = {option[0]: distance(value, option[2:].strip()) for option in options}
    return min(distances, key=lambda letter: distances[letter])


def distance(value: str, option: str) -> float:
    if value.replace(" ", "").replace("*", "") == option.replace(" ", ""):
        return -1
    mine, target = number(value), number(option)
    if mine is None or target is None:
        return math.inf
    return min(abs(each - target) for each in ([mine, 100 * mine] if "%" in option else [mine]))


def number(text: str) -> float | None:
    """Return the first number, fraction or factorial in a text."""
    if not (found := NUMBER.search(text)):
        return None
    whole, mark, below = (part and part.replace(",", "") for part in found.groups())
    value = math.factorial(int(whole)) if mark and whole.isdigit() and int(whole) < 100 else float(whole)
    return value / float(below) if below and float(below) else value


if __name__ == "__main__":
    main()
