"""The interpreter loop, with a model whose answers are written down."""

import time
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path

import pytest

from mathkit.backends import Completion, LanguageModel, Request
from mathkit.backends.tape import RecordedModel, Tape
from mathkit.backends.tools import ProgramModel, ToolModel
from mathkit.sandbox.pool import Pool
from mathkit.sandbox.preludes import ANSWER, PROGRAM_OF_THOUGHTS
from mathkit.trajectories import LONGEST_OUTPUT, output_spans

USER = [{"role": "user", "content": "What is 6 * 7?"}]
PROGRAM = "```python\nprint({})\n```\n"


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    with Pool(2, prelude=PROGRAM_OF_THOUGHTS, answer=ANSWER) as pool:
        yield pool


class Scripted:
    """A model that answers by the text it goes on with, `width` requests at a time."""

    name = "scripted"

    def __init__(self, answer: Callable[[str, str], str | Completion], width: int = 4) -> None:
        self._answer = answer
        self._width = width
        self.asked: list[list[Request]] = []

    def complete(self, requests: Iterable[Request]) -> Iterator[list[tuple[Request, Completion]]]:
        coming = iter(requests)
        while batch := list(islice(coming, self._width)):
            self.asked.append(batch)
            yield [(request, self._complete(request)) for request in batch]

    def _complete(self, request: Request) -> Completion:
        last = request.messages[-1]
        so_far = last["content"] if last["role"] == "assistant" else ""
        found = self._answer(request.messages[-1 - bool(so_far)]["content"], so_far)
        if isinstance(found, Completion):
            return found
        for stop in request.stop:
            found = found.partition(stop)[0]
        return Completion(found, "stop", len(found.split()))


def asked(*questions: str, max_tokens: int = 100) -> list[Request]:
    return [
        Request(f"key {number}", [{"role": "user", "content": question}], 0.7, 0.9, max_tokens, number, ("</s>",))
        for number, question in enumerate(questions)
    ]


def turns(model: LanguageModel, requests: Iterable[Request]) -> dict[str, Completion]:
    return {request.key: completion for batch in model.complete(requests) for request, completion in batch}


def multiply(question: str, so_far: str) -> str:
    if "```output" in so_far:
        return "So it is \\boxed{42}."
    return f"Let me see.\n{PROGRAM.format('6 * 7')}```output\n41\n```\nSo it is \\boxed{{41}}."


def test_a_program_is_run_and_the_model_goes_on_in_the_same_turn(pool: Pool) -> None:
    inner = Scripted(multiply)
    found = turns(ToolModel(inner, pool, programs=3, timeout=20), asked("What is 6 * 7?"))
    text = f"Let me see.\n{PROGRAM.format('6 * 7')}```output\n42\n```\nSo it is \\boxed{{42}}."
    assert found == {"key 0": Completion(text, "stop", 8 + 4)}
    first, second = (request for batch in inner.asked for request in batch)
    assert [message["role"] for message in second.messages] == ["user", "assistant"]
    assert second.messages[-1]["content"].endswith("```output\n42\n```\n")
    assert first.stop == second.stop == ("</s>", "```output")
    assert (first.seed, first.max_tokens, second.max_tokens) == (0, 100, 92)
    assert len({first.key, second.key, "key 0"}) == 3
    assert [text[begin:end] for begin, end in output_spans(text)] == ["42\n```\n"]


def test_only_the_last_program_is_run_and_only_as_it_is_written(pool: Pool) -> None:
    def answer(question: str, so_far: str) -> str:
        return "done" if so_far else "```python\nprint(1)\n```\nBetter:\n```python\nx = 3\nprint(x)\n```\n"

    found = turns(ToolModel(Scripted(answer), pool, programs=3, timeout=20), asked("q"))["key 0"]
    assert found.text.endswith("```\n```output\n3\n```\ndone")
    assert "1\n```output" not in found.text


@pytest.mark.parametrize(
    ("code", "output"),
    [
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("print(5)\nx", "5\nNameError: name 'x' is not defined"),
        ("while True: pass", "TimeoutError: the program was stopped after 0.5 seconds"),
        ("import os\nos._exit(3)", "the program ended with exit status 3"),
        ("x = 1", ""),
        ("7 * 7", "49"),
        ("print('```')", "'''"),
        ("print('a' * 1000 + 'b' * 1000)", "a" * 126 + " ... " + "b" * 125),
    ],
)
def test_what_the_model_is_told(pool: Pool, code: str, output: str) -> None:
    model = Scripted(lambda question, so_far: "done" if so_far else f"```python\n{code}\n```")
    found = turns(ToolModel(model, pool, programs=3, timeout=0.5 if "while" in code else 20), asked("q"))["key 0"]
    assert found.text == f"```python\n{code}\n```\n```output\n{output}\n```\ndone"
    assert len(output) <= LONGEST_OUTPUT


def test_after_the_last_program_it_is_told_so_and_completes_once_more(pool: Pool) -> None:
    inner = Scripted(lambda question, so_far: PROGRAM.format(so_far.count("```python")))
    found = turns(ToolModel(inner, pool, programs=2, timeout=20), asked("q"))["key 0"]
    assert [found.text[begin:end].splitlines()[0] for begin, end in output_spans(found.text)] == [
        "0", "1", "No program was run: the limit of 2 programs is reached. Give the answer without another one.",
    ]  # fmt: skip
    assert found.text.endswith(PROGRAM.format(3))
    assert len(inner.asked) == 4


@pytest.mark.parametrize(
    ("answer", "finish_reason"),
    [
        ("No program needed: \\boxed{42}.", "stop"),
        (PROGRAM.format(1) + "It prints 1, so \\boxed{1}.", "stop"),
        ("```python\nprint(1)", "stop"),
        (Completion(PROGRAM.format(1), "length", 100), "length"),
        (Completion(PROGRAM.format(1), "stop", 100), "length"),  # nothing is left for an answer
        (Completion("", "prompt_too_long", 0), "prompt_too_long"),
    ],
)
def test_a_turn_ends(pool: Pool, answer: str | Completion, finish_reason: str) -> None:
    inner = Scripted(lambda question, so_far: answer)
    found = turns(ToolModel(inner, pool, programs=3, timeout=20), asked("q"))["key 0"]
    assert (found.text, found.finish_reason) == (answer if isinstance(answer, str) else answer.text, finish_reason)
    assert len(inner.asked) == 1


def test_an_answer_after_the_output_runs_no_program_again(pool: Pool) -> None:
    inner = Scripted(lambda question, so_far: "So it is one." if so_far else PROGRAM.format(1))
    turns(ToolModel(inner, pool, programs=3, timeout=20), asked("q"))
    assert len(inner.asked) == 2


def test_a_failure_in_the_middle_fails_the_turn(pool: Pool) -> None:
    failing = Completion("", "error", 0, "no answer")
    inner = Scripted(lambda question, so_far: failing if so_far else PROGRAM.format(1))
    found = turns(ToolModel(inner, pool, programs=3, timeout=20), asked("q"))["key 0"]
    assert (found.failure, found.finish_reason) == ("no answer", "error")


def test_a_turn_that_was_begun_goes_on(pool: Pool) -> None:
    inner = Scripted(lambda question, so_far: "done" if "```output" in so_far else PROGRAM.format(1))
    (request,) = asked("q")
    request.messages.append({"role": "assistant", "content": "Well.\n"})
    found = turns(ToolModel(inner, pool, programs=3, timeout=20), [request])["key 0"]
    assert found.text == f"{PROGRAM.format(1)}```output\n1\n```\ndone"
    last = inner.asked[-1][0].messages
    assert [message["content"] for message in last[1:]] == ["Well.\n" + found.text.removesuffix("done")]


def test_conversations_do_not_wait_for_each_other(pool: Pool) -> None:
    def answer(question: str, so_far: str) -> str:
        time.sleep(0.01)
        if so_far.count("```output") < int(question):
            return f"```python\nprint({question}, {so_far.count('```output')})\n```\n"
        return f"\\boxed{{{question}}}"

    inner = Scripted(answer)
    questions = [str(number % 4) for number in range(60)]
    found = turns(ToolModel(inner, pool, programs=9, timeout=20), asked(*questions))
    assert [found[f"key {n}"].text.count("```output") for n in range(60)] == [n % 4 for n in range(60)]
    calls = sum(len(batch) for batch in inner.asked)
    assert calls == sum(n % 4 + 1 for n in range(60))
    mixed = [batch for batch in inner.asked if len({len(request.messages) for request in batch}) == 2]
    assert mixed  # new requests and ones that go on, together
    assert len(inner.asked) <= calls / 4 * 1.5  # mostly full batches


def test_requests_are_taken_only_as_the_model_has_room(pool: Pool) -> None:
    taken = []

    def coming() -> Iterator[Request]:
        for request in asked(*"q" * 50):
            taken.append(request)
            yield request

    model = ToolModel(Scripted(lambda question, so_far: "done"), pool, programs=3, timeout=20)
    next(iter(model.complete(coming())))
    assert len(taken) == 4


def test_a_slow_program_holds_up_no_other_conversation(pool: Pool) -> None:
    def answer(question: str, so_far: str) -> str:
        if so_far:
            return "done"
        return "```python\nimport time\ntime.sleep(1)\n```" if question == "slow" else PROGRAM.format(1)

    model = ToolModel(Scripted(answer, 1), pool, programs=3, timeout=20)
    order = [request.key for batch in model.complete(asked("slow", *"q" * 10)) for request, _ in batch]
    assert order[0] != "key 0"


def test_the_same_request_twice_is_answered_twice(pool: Pool) -> None:
    model = ToolModel(Scripted(multiply), pool, programs=3, timeout=20)
    keys = [request.key for batch in model.complete(asked("q") * 3) for request, _ in batch]
    assert keys == ["key 0"] * 3


def test_a_run_that_was_killed_goes_on_from_the_tape(pool: Pool, tmp_path: Path) -> None:
    def answer(question: str, so_far: str) -> str:
        return multiply(question, so_far) if so_far.count("```output") else PROGRAM.format(question)

    class Killed(Exception):
        pass

    def dies(question: str, so_far: str) -> str:
        if so_far and question == "5":
            raise Killed
        return answer(question, so_far)

    requests = asked(*map(str, range(9)))
    whole = turns(ToolModel(Scripted(answer), pool, programs=3, timeout=20), requests)
    path = str(tmp_path / "tape")
    tape = Tape(path, Scripted(dies, 2))
    with pytest.raises(Killed):
        turns(ToolModel(tape, pool, programs=3, timeout=20), requests)
    del tape
    before = len(Path(path).read_bytes().splitlines())
    inner = Scripted(answer)
    tape = Tape(path, inner)
    assert turns(ToolModel(tape, pool, programs=3, timeout=20), requests) == whole
    assert before
    assert before + sum(map(len, inner.asked)) == 18  # nothing was asked for twice
    assert turns(ToolModel(RecordedModel(path), pool, programs=3, timeout=20), requests) == whole


@pytest.mark.parametrize(
    ("answer", "block"),
    [
        ("```python\nx = 6\nprint('It is')\nprint(x * 7)\n```\n", "\\boxed{42}"),
        ("First\n```python\nx\n```\n```python\nx = Symbol('x')\nans = solve_it(x / 2 - 3, x)[x]\n```", "\\boxed{6}"),
        ("ans = 6 * 7", "\\boxed{42}"),
        ("```python\n1 / 0\n```", "ZeroDivisionError: division by zero"),
        ("```python\nx = 1\n```", ""),
    ],
)
def test_a_program_is_the_solution(pool: Pool, answer: str, block: str) -> None:
    inner = Scripted(lambda question, so_far: answer)
    found = turns(ProgramModel(inner, pool, timeout=20), asked("q"))["key 0"]
    assert found.text == f"{answer.rstrip()}\n```output\n{block}\n```\n"
    assert len(inner.asked) == 1


def test_prose_is_left_as_it_is(pool: Pool) -> None:
    model = ProgramModel(Scripted(lambda question, so_far: "The answer is 42."), pool, timeout=20)
    assert turns(model, asked("q")) == {"key 0": Completion("The answer is 42.", "stop", 4)}


def test_the_model_goes_on_while_programs_run(pool: Pool) -> None:
    inner = Scripted(lambda question, so_far: "```python\nimport time\ntime.sleep(0.5)\n```", 1)
    next(iter(ProgramModel(inner, pool, timeout=20).complete(asked(*"q" * 4))))
    assert len(inner.asked) == 4
