"""Models behind any OpenAI-compatible server (vLLM, SGLang, llama.cpp, OpenAI), by the chat completions route.

A server applies its own defaults to what a request does not say: vLLM those of the model's generation_config.json
(top_k, repetition_penalty), unless it is started with `--generation-config vllm`.
"""

import math
import re
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

from mathkit.backends import Choice, Completion, Request, Reward, Solution, Weighed
from mathkit.backends.intake import Intake
from mathkit.backends.servers import Servers, Unanswered
from mathkit.errors import Unavailable, UsageError
from mathkit.records import Message

T = TypeVar("T")
R = TypeVar("R")

_OPTIONS = {"concurrency": 64, "retries": 8, "timeout": 600}
_TOP = 20  # the most log-probabilities that servers give
_TOO_LONG = re.compile(r"context[ _](length|size|window)|(prompt|input).{0,40}too long|maximum model length", re.I)


class ServedModel:
    """A model behind one server or several, of which the least busy is asked.

    A tape knows it by its name and not by its servers: what one answered is not asked of another.
    """

    def __init__(self, places: Sequence[str], engine: Mapping[str, str]) -> None:
        self._options = _parsed(engine)
        split = [place.partition("#") for place in places]
        self._urls = [_address(url) for url, _, _ in split]
        names = {name for _, _, name in split if name}
        if len(names) > 1:
            raise UsageError(f"--model: several servers must serve one model, not {' and '.join(sorted(names))}")
        servers = self._servers()
        self.name = names.pop() if names else _only_name(self._urls[0], servers)

    def complete(self, requests: Iterable[Request]) -> Iterator[list[tuple[Request, Completion]]]:
        """Yield completions as they come."""
        return self._at_once(requests, self._complete)

    def weigh(self, choices: Iterable[Choice]) -> Iterator[list[tuple[Choice, Weighed]]]:
        """Yield what the model thinks of answers as it comes, by the 20 most likely first tokens: servers tell no more.

        An answer that is not among them gets an upper bound: the chance of the last of the 20, or what they leave
        of 1 where that is less.
        """
        return self._at_once(choices, self._weigh)

    def _servers(self) -> Servers:
        return Servers(self._urls, retries=self._options["retries"], timeout=self._options["timeout"])

    def _at_once(self, items: Iterable[T], work: Callable[[Servers, T], R]) -> Iterator[list[tuple[T, R]]]:
        """Yield each item with what work makes of it, many at a time; what is ready is handed out together.

        Twice as many are taken as are asked at once, so that the servers have work while the reader is busy.
        """
        concurrency = self._options["concurrency"] * len(self._urls)
        intake = Intake(items, 2 * concurrency)
        todo: SimpleQueue[tuple[int, T] | None] = SimpleQueue()
        done: SimpleQueue[tuple[int, R | BaseException]] = SimpleQueue()
        servers = self._servers()
        threads = 0

        def run() -> None:
            while (one := todo.get()) is not None:
                try:
                    done.put((one[0], work(servers, one[1])))
                except BaseException as error:  # noqa: BLE001 - raised where it is read
                    done.put((one[0], error))

        try:
            while True:
                for one in intake.take():
                    todo.put(one)
                    if threads < concurrency:
                        threads += 1
                        threading.Thread(target=run, daemon=True).start()
                if not intake:
                    return
                batch = []
                for number, found in _ready(done):
                    if isinstance(found, BaseException):
                        raise found
                    batch.append((intake.give_back(number), found))
                yield batch
        finally:
            servers.close()
            for _ in range(threads):
                todo.put(None)

    def _complete(self, servers: Servers, request: Request) -> Completion:
        """Return the completion of one request; a failure is its own."""
        question = _question(self.name, request.messages) | {
            "temperature": request.temperature,
            "top_p": request.top_p or 1e-9,  # 0 is greedy, but servers refuse it
            "max_tokens": request.max_tokens,
            "seed": request.seed,
        }
        if request.stop:
            question["stop"] = list(request.stop)
        try:
            answer = servers.ask("/chat/completions", question)
            choice = answer["choices"][0]
            text, reason = choice["message"].get("content") or "", choice.get("finish_reason") or "stop"
            tokens = (answer.get("usage") or {}).get("completion_tokens") or 0
            return Completion(str(text), str(reason), int(tokens))
        except Unanswered as error:
            if error.refused and _TOO_LONG.search(str(error)):
                return Completion("", "prompt_too_long", 0)
            return Completion("", "error", 0, str(error))
        except _NO_ANSWER as error:
            return Completion("", "error", 0, f"the server's answer is no chat completion ({type(error).__name__})")

    def _weigh(self, servers: Servers, choice: Choice) -> Weighed:
        """Return what the model thinks of one question's answers."""
        question = _question(self.name, choice.messages) | {
            "max_tokens": 1, "temperature": 1, "top_p": 1, "seed": 0, "logprobs": True, "top_logprobs": _TOP,
        }  # fmt: skip
        try:
            answer = servers.ask("/chat/completions", question)
            told = (answer["choices"][0].get("logprobs") or {}).get("content")
            if not told:
                return Weighed((), "the server gives no log-probabilities")
            top = [(_bytes(one), float(one["logprob"])) for one in told[0]["top_logprobs"]]
        except Unanswered as error:
            too_long = error.refused and _TOO_LONG.search(str(error))
            return Weighed((), None if too_long else str(error))
        except _NO_ANSWER as error:
            return Weighed((), f"the server's answer is no chat completion ({type(error).__name__})")
        return Weighed(_chances(top, choice.answers)) if top else Weighed((), "the server gives no log-probabilities")


class ServedRewardModel(ServedModel):
    """A reward model behind `vllm serve DIR --runner pooling`."""

    def __init__(self, places: Sequence[str], engine: Mapping[str, str]) -> None:
        super().__init__(places, engine)
        self._urls = [url.removesuffix("/v1") for url in self._urls]  # its route stands beside those of version 1

    def rate(self, solutions: Iterable[Solution]) -> Iterator[list[tuple[Solution, Reward]]]:
        """Yield rewards as they come."""
        return self._at_once(solutions, self._rate)

    def _rate(self, servers: Servers, solution: Solution) -> Reward:
        """Return the reward of one conversation: of its last token, for the server tells one of each."""
        question = {"model": self.name, "messages": solution.messages, "task": "token_classify"}
        try:
            value = servers.ask("/pooling", question)["data"][0]["data"]
            while isinstance(value, list):
                value = value[-1]
            return Reward(float(value))
        except Unanswered as error:
            too_long = error.refused and _TOO_LONG.search(str(error))
            return Reward(None, None if too_long else str(error))
        except _NO_ANSWER as error:
            return Reward(None, f"the server's answer is no reward ({type(error).__name__})")


_NO_ANSWER = (KeyError, IndexError, TypeError, ValueError, AttributeError)


def _question(model: str, messages: list[Message]) -> dict[str, Any]:
    """Return the body of a request; the assistant's turn is continued where it stands last."""
    question: dict[str, Any] = {"model": model, "messages": messages, "n": 1}
    if messages[-1]["role"] == "assistant":
        question |= {"add_generation_prompt": False, "continue_final_message": True}
    return question


def _chances(top: list[tuple[bytes, float]], answers: Sequence[str]) -> tuple[float, ...]:
    """Return the log-probability of each answer's first token, or the upper bound that the known ones leave.

    >>> [round(chance, 2) for chance in _chances([(b"Yes", -0.5), (b" no", -1.5)], ["Yes", "No", "no"])]
    [-0.5, -1.77, -1.5]
    """
    rest = 1 - math.fsum(math.exp(chance) for _, chance in top)
    bound = min(math.log(max(rest, 1e-9)), *(chance for _, chance in top))
    found = (_first_token(answer, answers, top) for answer in answers)
    return tuple(bound if chance is None else chance for chance in found)


def _first_token(answer: str, answers: Sequence[str], top: list[tuple[bytes, float]]) -> float | None:
    """Return the chance of the longest token that begins this answer and no other, with a space before it or not."""
    others = [other.strip().encode() for other in answers if other != answer]
    for text, tokens in (
        (answer.encode(), top),
        (answer.strip().encode(), [(token.strip(), chance) for token, chance in top]),
    ):
        begins = [
            (len(token), chance)
            for token, chance in tokens
            if token.strip() and text.startswith(token) and not any(other.startswith(token.strip()) for other in others)
        ]
        if begins:
            return max(begins)[1]
    return None


def _bytes(token: Mapping[str, Any]) -> bytes:
    """Return what a token stands for: a part of a character has no text."""
    return bytes(token["bytes"]) if token.get("bytes") else str(token["token"]).encode()


def _ready(done: "SimpleQueue[T]") -> Iterator[T]:
    """Yield what is in a queue; wait for the first."""
    yield done.get()
    while True:
        try:
            yield done.get_nowait()
        except Empty:
            return


def _address(url: str) -> str:
    """Return the address of a server's routes.

    >>> _address("http://localhost:8000/"), _address("https://host/api/v1/")
    ('http://localhost:8000/v1', 'https://host/api/v1')
    """
    url = url.rstrip("/")
    return url if url.count("/") > 2 else f"{url}/v1"


def _parsed(engine: Mapping[str, str]) -> dict[str, int]:
    for name, value in engine.items():
        if name not in _OPTIONS:
            raise UsageError(f"--engine {name}={value}: a server takes {', '.join(_OPTIONS)}")
        if not re.fullmatch(r"\d{1,6}", value, re.ASCII) or (int(value) == 0 and name != "retries"):
            raise UsageError(f"--engine {name}={value}: not a whole number{'' if name == 'retries' else ' from 1'}")
    return _OPTIONS | {name: int(value) for name, value in engine.items()}


def _only_name(url: str, servers: Servers) -> str:
    """Return the name of the one model that a server has."""
    try:
        names = [str(model["id"]) for model in servers.ask("/models")["data"]]
    except Unanswered as error:
        raise Unavailable(f"--model {url}: {error}") from None
    except _NO_ANSWER:
        raise Unavailable(f"--model {url}: it does not list its models; name one: {url}#NAME") from None
    if len(names) != 1:
        has = f"it has {', '.join(names[:10])}" if names else "it has none"
        raise UsageError(f"--model {url}: {has}; name one: {url}#NAME")
    return names[0]
