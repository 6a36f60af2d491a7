"""Language models behind one small protocol, and the option that names one.

A backend completes requests in whatever order suits its engine and hands back what is ready; `draw` puts the
completions in the order of the input again.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar, runtime_checkable

from mathkit.errors import UsageError
from mathkit.records import Message

if TYPE_CHECKING:
    from mathkit.backends.tape import Tape, TapeFile

M = TypeVar("M")

EMBEDDED = "smollm2-135m"
_GPUS = ("/dev/nvidiactl", "/dev/dxg")  # an NVIDIA driver's device; the latter in WSL


@dataclass(frozen=True, slots=True)
class Request:
    """One completion to draw. Requests of one key are the same request.

    Where the last of the messages is the assistant's, the completion goes on with it.
    """

    key: str
    messages: list[Message]
    temperature: float  # 0 is greedy
    top_p: float
    max_tokens: int
    seed: int
    stop: tuple[str, ...] = ()  # texts that end the completion, and are not part of it


@dataclass(frozen=True, slots=True)
class Completion:
    """What a model answered."""

    text: str
    finish_reason: str  # "stop", "length", or why nothing was generated
    tokens: int
    failure: str | None = None  # why there is no answer, after all retries; another run may get one


@dataclass(frozen=True, slots=True)
class Choice:
    """A question with its possible answers. Questions of one key are the same question."""

    key: str
    messages: list[Message]
    answers: tuple[str, ...]  # each begins with a token that begins no other


@dataclass(frozen=True, slots=True)
class Weighed:
    """What a model thinks of the answers to a question."""

    log_probabilities: tuple[
        float, ...
    ]  # of the first token of each answer, given the messages; () if these are too long
    failure: str | None = None  # why there is no answer, after all retries


@dataclass(frozen=True, slots=True)
class Solution:
    """A conversation that ends with a solution, for a reward model."""

    key: str
    messages: list[Message]


@dataclass(frozen=True, slots=True)
class Reward:
    """What a reward model thinks of a solution."""

    value: float | None  # None if the conversation is too long
    failure: str | None = None


class LanguageModel(Protocol):
    """A model that completes conversations."""

    name: str  # what a tape knows it by

    def complete(self, requests: Iterable[Request]) -> Iterator[list[tuple[Request, Completion]]]:
        """Yield completions as they are ready, in any order; take requests only as room is for them.

        What is yielded together was computed together: a tape keeps all of it or none.
        """
        ...


@runtime_checkable
class Judge(Protocol):
    """A model that weighs answers, in one forward pass a question."""

    name: str

    def weigh(self, choices: Iterable[Choice]) -> Iterator[list[tuple[Choice, Weighed]]]:
        """Yield what it thinks of the choices as it is ready, in any order; take choices only as room is for them."""
        ...


class RewardModel(Protocol):
    """A model that says how good solutions are; the values compare solutions of one problem."""

    name: str

    def rate(self, solutions: Iterable[Solution]) -> Iterator[list[tuple[Solution, Reward]]]:
        """Yield what it thinks of the solutions as it is ready, in any order."""
        ...


def open_model(where: str | Sequence[str], tape: "str | TapeFile | None", engine: Sequence[str] = ()) -> LanguageModel:
    """Return the model that --model names, recorded on a tape if one is given; it loads when first asked.

    Several places are several servers of one model. `engine` holds KEY=VALUE options: of vLLM, or of how servers are
    asked. Raises UsageError for a kind that there is not, Unavailable where a model cannot be had.
    """
    places = [where] if isinstance(where, str) else list(where)
    kind, rest = _kind(places[0])
    if len(places) > 1 and any(_kind(place)[0] != "http" for place in places):
        raise UsageError("--model: several models are several servers of one: http://HOST:PORT/v1#NAME")
    options = _options(engine)
    if options and (kind or _engine_here()) not in ("vllm", "http"):
        raise UsageError(f"--engine: {places[0]} has no options; vllm:NAME_OR_DIR and servers have")
    match kind or _engine_here():
        case "hf":
            from mathkit.backends.hf import TransformersModel

            model: LanguageModel = TransformersModel(rest)
        case "vllm":
            from mathkit.backends.vllm import VllmModel

            model = VllmModel(rest, options)
        case "http":
            from mathkit.backends.http import ServedModel

            model = ServedModel(places, options)
        case "tape":
            from mathkit.backends.tape import RecordedModel

            model = RecordedModel(rest)
        case _:
            kinds = "vllm:NAME_OR_DIR, hf:NAME_OR_DIR, http://HOST:PORT/v1#NAME, tape:FILE"
            raise UsageError(f"--model {places[0]}: a model is {kinds} or {EMBEDDED}")
    return _on_tape(model, tape)


def open_judge(where: str | Sequence[str], tape: "str | TapeFile | None", engine: Sequence[str] = ()) -> Judge:
    """Return the model that --model names as one that weighs answers."""
    model = open_model(where, tape, engine)
    assert isinstance(model, Judge)
    return model


def open_reward_model(where: str, tape: "str | TapeFile | None") -> RewardModel:
    """Return the model that --reward-model names, recorded on a tape if one is given; it loads when first asked."""
    kind, rest = _kind(where)
    match kind:
        case "hf" | None:
            from mathkit.backends.reward import TransformersRewardModel

            model: RewardModel = TransformersRewardModel(rest)
        case "http":
            from mathkit.backends.http import ServedRewardModel

            model = ServedRewardModel([where], {})
        case "tape":
            from mathkit.backends.tape import RecordedModel

            model = RecordedModel(rest)
        case _:
            served = "http://HOST:PORT#NAME of `vllm serve DIR --runner pooling`"
            raise UsageError(f"--reward-model {where}: a reward model is hf:DIR, {served}, or tape:FILE")
    return _on_tape(model, tape)


def _on_tape(model: M, tape: "str | TapeFile | None") -> "M | Tape":
    from mathkit.backends.tape import Tape

    return model if tape is None else Tape(tape, model)


def _kind(where: str) -> tuple[str | None, str]:
    """Return a model's kind, None where none is named, and where it is."""
    kind, colon, rest = where.partition(":")
    if not colon or Path(where).exists():
        return None, where
    return "http" if kind == "https" else kind, rest


def _engine_here() -> str:
    """Return the kind of a model that has none: vLLM runs it where there is a GPU for it."""
    return "vllm" if any(Path(device).exists() for device in _GPUS) and find_spec("vllm") else "hf"


def _options(engine: Sequence[str]) -> dict[str, str]:
    """Return KEY=VALUE pairs as a dictionary, with underscores in the keys.

    >>> _options(["max-model-len=4096"])
    {'max_model_len': '4096'}
    """
    options = {}
    for pair in engine:
        key, _, value = pair.partition("=")
        if not key or not value:
            raise UsageError(f"--engine {pair}: is not KEY=VALUE")
        options[key.strip().lstrip("-").replace("-", "_")] = value.strip()
    return options
