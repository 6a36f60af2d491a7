"""What every backend promises: transformers, a server, vLLM in this process, and vLLM's own server.

The latter two need an environment with vLLM: `make test-vllm` has one (MATHKIT_VLLM_PYTHON names its Python).
"""

import importlib.util
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from mathkit.backends import Choice, Completion, Request, open_model
from mathkit.backends.draw import Sampling, draw
from tests.backends.serving import Server, tiny_model
from tests.backends.tiny import save_tiny_model

VLLM_PYTHON = os.environ.get("MATHKIT_VLLM_PYTHON")
WITHOUT_VLLM = "MATHKIT_VLLM_PYTHON names no environment with vLLM: make test-vllm"
QUESTIONS = ["one plus two", "three apples", "two has four", "the answer is", "one", "plus plus 7 and 8", "19 + 1"]


@dataclass
class Backend:
    """A backend with the tiny model in it."""

    model: Any
    reference: Any  # the same model through transformers

    def ask(self, *texts: str, **how: Any) -> list[Completion]:
        """Return the completions of user turns, in their order."""
        return self.ask_turns(*([{"role": "user", "content": text}] for text in texts), **how)

    def ask_turns(self, *conversations: list[dict], **how: Any) -> list[Completion]:
        """Return the completions of conversations, in their order."""
        requests = [request(str(number), messages, **how) for number, messages in enumerate(conversations)]
        done = {request.key: completion for batch in self.model.complete(requests) for request, completion in batch}
        # vLLM keeps the space in front of the first word
        return [replace(done[request.key], text=done[request.key].text.strip()) for request in requests]


def request(key: str, messages: list[dict], temperature: float = 0.0, top_p: float = 1.0, max_tokens: int = 12,
            seed: int = 1, stop: tuple[str, ...] = ()) -> Request:  # fmt: skip
    return Request(key, messages, temperature, top_p, max_tokens, seed, stop)


def question(text: str) -> list[dict]:
    return [{"role": "user", "content": text}]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_tiny_model(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="module", params=["hf", "http", "vllm", "vllm serve"])
def backend(request: pytest.FixtureRequest, tiny: Path) -> Iterator[Backend]:
    reference = open_model(f"hf:{tiny}", None)
    match request.param:
        case "hf":
            yield Backend(reference, reference)
        case "http":
            with Server(tiny_model(tiny)) as server:
                yield Backend(open_model(f"{server.url}#tiny", None, ["concurrency=4"]), reference)
        case "vllm":
            if not VLLM_PYTHON or not importlib.util.find_spec("vllm"):
                pytest.skip(WITHOUT_VLLM)
            options = ["dtype=float32", "max-num-seqs=4", "enforce-eager=true"]
            yield Backend(open_model(f"vllm:{tiny}", None, options), reference)
        case _:
            if not VLLM_PYTHON:
                pytest.skip(WITHOUT_VLLM)
            with vllm_serve(tiny) as url:
                yield Backend(open_model(f"{url}#tiny", None, ["concurrency=4"]), reference)


@contextmanager
def vllm_serve(folder: Path) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [
            str(VLLM_PYTHON), "-m", "vllm.entrypoints.openai.api_server", "--model", str(folder), "--port", str(port),
            "--host", "127.0.0.1", "--served-model-name", "tiny", "--dtype", "float32", "--enforce-eager",
        ],
        stdout=sys.stderr,
    )  # fmt: skip
    try:
        while not _is_up(f"http://127.0.0.1:{port}/health"):
            assert process.poll() is None, "vllm serve has ended"
            time.sleep(0.5)
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        process.terminate()
        process.wait()


def _is_up(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def test_greedy_completions_are_the_same_everywhere(backend: Backend) -> None:
    expected = Backend(backend.reference, backend.reference).ask(*QUESTIONS)
    assert backend.ask(*QUESTIONS) == expected
    assert len({completion.text for completion in expected}) > 3
    assert backend.ask(QUESTIONS[0], temperature=1.0, top_p=0.0) == expected[:1]


def test_samples_come_in_the_order_of_the_input(backend: Backend) -> None:
    sampling = Sampling(samples=3, temperatures=[1.0], top_p=0.9, max_tokens=12, seed=1)
    drawn = list(draw(backend.model, ((text, question(text)) for text in QUESTIONS), sampling))
    assert [item for item, _, _ in drawn] == QUESTIONS
    assert all(len(samples) == 3 and failure is None for _, samples, failure in drawn)


def test_the_same_seed_draws_the_same_and_another_another(backend: Backend) -> None:
    first = backend.ask(*QUESTIONS, temperature=1.0, seed=7)
    assert backend.ask(*QUESTIONS, temperature=1.0, seed=7) == first
    assert backend.ask(*QUESTIONS, temperature=1.0, seed=8) != first
    assert backend.ask(*QUESTIONS[::-1], temperature=1.0, seed=7) == first[::-1]


def test_the_token_limit_is_kept_and_said(backend: Backend) -> None:
    for completion in backend.ask(*QUESTIONS, max_tokens=5):
        assert completion.tokens == 5 or completion.finish_reason == "stop"
        assert completion.finish_reason in ("stop", "length")
    assert "length" in {completion.finish_reason for completion in backend.ask(*QUESTIONS, max_tokens=1)}


def test_a_stop_text_ends_a_completion_and_is_left_out(backend: Backend) -> None:
    (whole,) = backend.ask("one plus two")
    words = whole.text.split()
    stop = " ".join(words[3:5])
    first, other = backend.ask("one plus two", "three apples", stop=("never said", stop))
    assert first.text == whole.text[: whole.text.index(stop)].strip()
    assert first.finish_reason == "stop"
    assert first.tokens < whole.tokens
    assert other == backend.ask("three apples", stop=("never said", stop))[0]


def test_the_assistants_turn_is_continued(backend: Backend) -> None:
    (whole,) = backend.ask("one plus two")
    words = whole.text.split()
    turns = [*question("one plus two"), {"role": "assistant", "content": " ".join(words[:4])}]
    (rest,) = backend.ask_turns(turns, max_tokens=8)
    assert rest.text.split() == words[4:12]


def test_a_prompt_without_room_is_said_so_and_costs_no_other(backend: Backend) -> None:
    long, short = backend.ask("one " * 200, "one plus two")
    assert (long.text, long.finish_reason, long.tokens, long.failure) == ("", "prompt_too_long", 0, None)
    assert short.failure is None
    assert short.tokens > 0
    assert {one.finish_reason for one in backend.ask(*["one " * 200] * 50)} == {"prompt_too_long"}


def test_requests_are_taken_only_as_there_is_room(backend: Backend) -> None:
    taken = handed = ahead = 0

    def endless() -> Iterator[Request]:
        nonlocal taken
        while True:
            taken += 1
            yield request(str(taken), question(QUESTIONS[taken % len(QUESTIONS)]), temperature=1.0, seed=taken)

    for batch in backend.model.complete(endless()):
        ahead = max(ahead, taken - handed)
        handed += len(batch)
        if handed > 60:
            break
    assert ahead <= 16  # 16 rows on a CPU, twice the 4 at once elsewhere
    assert backend.ask(*QUESTIONS) == Backend(backend.reference, backend.reference).ask(*QUESTIONS)


def test_one_draw_can_ask_about_what_another_brings(backend: Backend) -> None:
    one = Sampling(samples=1, temperatures=[0.0], top_p=1.0, max_tokens=6, seed=1)
    texts = QUESTIONS * 4
    first = draw(backend.model, ((text, question(text)) for text in texts), one)
    again = ((text, question(samples[0]["text"].strip() or "one")) for text, samples, _ in first)
    assert [item for item, samples, _ in draw(backend.model, again, one) if samples] == texts


def test_no_request_is_no_completion(backend: Backend) -> None:
    assert list(backend.model.complete([])) == []


def test_answers_are_weighed_by_their_first_tokens(backend: Backend) -> None:
    def weigh(model: Any) -> dict[str, Any]:
        texts = [*QUESTIONS[:3], "one " * 200]
        choices = [Choice(text, question(text), ("three", "two", "apples")) for text in texts]
        return {choice.key: weighed for batch in model.weigh(choices) for choice, weighed in batch}

    found, expected = weigh(backend.model), weigh(backend.reference)
    assert found.keys() == expected.keys()
    for key, weighed in expected.items():
        assert found[key].failure == weighed.failure
        for ours, theirs in zip(found[key].log_probabilities, weighed.log_probabilities, strict=True):
            assert ours == pytest.approx(theirs, abs=1e-3) or ours > theirs  # an upper bound where a server tells 20
