import multiprocessing
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import mathkit
from mathkit.answers import Grader
from mathkit.answers.groups import group_equal
from mathkit.answers.samples import answer_of_sample, grade_sample
from mathkit.records import new_sample

REPEATED = [
    "\\boxed{", "(", "answer is ", "$", "\\(", "\\text{", "1", "1,", "1 ", "-", " ", "\n", "{", "}", "####",
    "A:", "答案是", "\\frac{1}{", "1/", "a ", "a", "<<", "1+1", "1 + ", "x\\", "=", "*", "5 a", " per", "cm ",
    "\\mathrm{ ", "```python\n", "not ", "It is ", "5 is ", "$5 ", "**", "**5** or ", "(1,", "(1, ", "\\sqrt{",
    "A、", "A, ", "(A) ", "①", "答", "答：", "选", "5:", "√", "½", "so $x$ ", "$x = 5$, ", "million ", "= ", "5 = ",
    "abc = 5 ", "abc ", "abc: ", ", ", ". ", "</think>", "<answer>", "</", "i.e. ", "5 (a) ", "x (", "百分之",
    "一", "半", "个半", "and ", "\\text{ and } ", "\\begin{cases} ", "\\\\", "&", "C_", "^T", "\\in ", "3.3",
    "0.3\\overline{3}", "1,000", "1 000 ",
]  # fmt: skip
SLOW = r"\int_0^1 e^{x^{x^x}}dx"  # to SymPy
HOSTILE = [
    ("9^{9^{9^{9}}}", "5"),
    ("100000!", "3"),
    ("{" * 1500 + "}" * 1500, "x"),
    (SLOW, "2"),
    ("(x+1)^{100000}", "x"),
    ("\\frac{" * 300 + "1" + "}{2}" * 300, "x"),
    ("5 a" + " per" * 200 + " !", "3"),
]


@settings(deadline=None, max_examples=300)
@given(st.text(), st.text(), st.sampled_from(["strict", "lenient"]))
def test_no_string_makes_it_raise(prediction: str, gold: str, policy: str) -> None:
    mathkit.grade(prediction, gold, policy)  # type: ignore[arg-type]


@settings(deadline=None, max_examples=100)
@given(st.text("0123456789.,/-+%$\\{}()[]=frac sqrtxabc", max_size=30))
def test_an_answer_equals_itself(answer: str) -> None:
    assert not answer.strip() or mathkit.grade(answer, answer).correct or not mathkit.grade(answer, answer).extracted


@pytest.mark.parametrize(("prediction", "gold"), HOSTILE, ids=lambda text: text[:20])
def test_a_hostile_answer_costs_at_most_five_seconds(prediction: str, gold: str) -> None:
    start = time.monotonic()
    assert not mathkit.grade(prediction, gold, "lenient").correct
    assert time.monotonic() - start < 5
    assert mathkit.grade("2^{3}", "8").correct  # the next one is not the worse for it


@pytest.mark.parametrize("part", REPEATED)
def test_a_long_text_costs_no_time(part: str) -> None:
    text = part * (50_000 // len(part))
    start = time.monotonic()
    mathkit.grade(text, "5", "lenient")
    mathkit.grade("\\boxed{5 " + text + "}", "5", "lenient")
    mathkit.grade("\\boxed{" + text[:3900] + "}", "5", "lenient")
    mathkit.grade("The answer is " + text[:3000], "5", "lenient")
    assert time.monotonic() - start < 5


def test_code_in_an_answer_is_not_run(tmp_path: Path) -> None:
    for answer in (f"__import__('os').system('touch {tmp_path}/x')", f"open('{tmp_path}/x','w')"):
        mathkit.grade(f"\\boxed{{{answer}}}", "x")
    assert not list(tmp_path.iterdir())


def test_threads_and_forked_processes_grade() -> None:
    pairs = [(f"{n}+x", f"x+{n}") for n in range(40)]
    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(lambda pair: mathkit.grade(*pair).correct, pairs))
    with multiprocessing.get_context("fork").Pool(2) as pool:
        assert all(verdict.correct for verdict in pool.starmap(mathkit.grade, pairs))
    assert mathkit.grade(*pairs[0]).correct


def test_a_process_that_forks_while_its_threads_grade_grades_on() -> None:
    done = threading.Event()

    def hammer(n: int) -> None:
        while not done.is_set():
            mathkit.grade(rf"\sqrt{{{n + 2}}} + {n}", rf"{n} + \sqrt{{{n + 2}}}")
            n += 4

    with ThreadPoolExecutor(4) as pool:
        for n in range(4):
            pool.submit(hammer, n)
        try:
            for n in range(10):
                with multiprocessing.get_context("fork").Pool(1) as child:
                    found = child.apply_async(mathkit.grade, (rf"2\sqrt{{{n}}}", rf"\sqrt{{{4 * n}}}"))
                    assert found.get(timeout=20).correct
        finally:
            done.set()


def test_many_are_graded_in_order_as_they_are_asked_for() -> None:
    pairs = [(str(n % 7), str(n % 5)) for n in range(200)]
    assert [verdict.correct for verdict in mathkit.grade_many(pairs, jobs=3)] == [n % 7 == n % 5 for n in range(200)]
    taken = []
    endless = (taken.append(n) or ("1", "1") for n in iter(int, 1))
    assert next(mathkit.grade_many(endless, jobs=2)).correct
    assert len(taken) < 50


def test_the_signals_of_the_caller_do_not_hang_it() -> None:
    old = signal.signal(signal.SIGPROF, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGALRM})
    try:
        with Grader(1) as grader:
            assert grader.equal(SLOW, "5", "strict") == (False, "timed out")
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGALRM})
        signal.signal(signal.SIGPROF, old)


def children() -> set[str]:
    """Return the processes that any thread of this one has begun."""
    return {child for path in Path("/proc/self/task").glob("*/children") for child in path.read_text().split()}


def test_a_worker_outlives_a_question_of_a_large_process() -> None:
    large = bytearray(500 << 20)  # getrusage shows a child the maximum of the process that forked it
    before = children()
    with Grader(1) as grader:
        for n in range(2):
            assert grader.equal(f"\\int_0^{{{n}}} 1 dx", str(n), "strict")[0]
            assert children() - before
    del large


def test_closing_ends_every_worker() -> None:
    before = children()
    grader = Grader(3)
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda n: grader.equal(f"\\int_0^{{{n}}} 1 dx", str(n), "strict"), range(12)))
    assert children() - before
    grader.close()
    assert not children() - before


def test_hostile_answers_of_one_problem_do_not_multiply() -> None:
    answers = [SLOW.replace("1", str(end)) for end in range(2, 8)]
    start = time.monotonic()
    with Grader(1) as grader:
        assert len(grader.groups(answers, "strict")) == len(answers)
    assert time.monotonic() - start < 12


def test_groups_are_by_value() -> None:
    with Grader(1) as grader:
        assert grader.groups(["0.5", "x+1", "1/2", "1+x", "2"], "strict") == [[0, 2], [1, 3], [4]]
    assert group_equal([], str, lambda one, other: True) == []


def test_a_policy_must_be_known() -> None:
    with pytest.raises(ValueError, match="'strict' or 'lenient'"):
        mathkit.grade("1", "1", "sloppy")  # type: ignore[arg-type]


def test_the_answer_of_a_sample() -> None:
    def found(text: str, gold: str | None = None, **fields: str) -> str | None:
        return answer_of_sample({**new_sample(text), **fields}, gold)  # type: ignore[typeddict-item]

    assert found("5") == "5"
    assert found("I do not know the answer") is None
    assert found("  ") is None
    assert found("print(2 + 3)", answer="5") == "5"
    assert found(r"\boxed{6}", answer="5") == "6"
    assert found("There are 4 apples and 5 more", finish_reason="length") is None
    assert found(r"It is \boxed{4}. And", finish_reason="length") == "4"
    assert found("It cannot be A, so it is B because 3 > 2.", gold="C") == "B"
    with Grader(1) as grader:
        verdict = grade_sample(grader, new_sample("no gold answer for 7 of them"), None, "strict")
    assert (verdict.correct, verdict.reason, verdict.extracted) == (False, "no gold answer", "7")
