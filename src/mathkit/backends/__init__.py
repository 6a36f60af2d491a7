"""Language models behind one small protocol, and the option that names one.

A backend completes requests in whatever order suits its engine and hands back what is ready; `draw` puts the
completions in the order of the input again.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from mathkit.errors import UsageError
from mathkit.records import Message

if TYPE_CHECKING:
    from mathkit.backends.tape import TapeFile

EMBEDDED = "smollm2-135m"


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


def open_model(where: str, tape: "str | TapeFile | None") -> LanguageModel:
    """Return the model that --model names, recorded on a tape if one is given; it loads when first asked.

    Raises UsageError for a kind that there is not, Unavailable where a model cannot be had.
    """
    kind, colon, rest = where.partition(":")
    if not colon or Path(where).exists():
        kind, rest = "hf", where
    match kind:
        case "hf":
            from mathkit.backends.hf import TransformersModel

            model: LanguageModel = TransformersModel(rest)
        case "tape":
            from mathkit.backends.tape import RecordedModel

            model = RecordedModel(rest)
        case _:
            raise UsageError(f"--model {where}: a model is hf:NAME_OR_DIR, tape:FILE or {EMBEDDED}")
    if tape is None:
        return model
    from mathkit.backends.tape import Tape

    return Tape(tape, model)


def open_judge(where: str, tape: "str | TapeFile | None") -> Judge:
    """Return the model that --model names as one that weighs answers."""
    model = open_model(where, tape)
    assert isinstance(model, Judge)
    return model


def open_reward_model(where: str, tape: "str | TapeFile | None") -> RewardModel:
    """Return the model that --reward-model names, recorded on a tape if one is given; it loads when first asked."""
    kind, colon, rest = where.partition(":")
    if not colon or Path(where).exists():
        kind, rest = "hf", where
    match kind:
        case "hf":
            from mathkit.backends.reward import TransformersRewardModel

            model: RewardModel = TransformersRewardModel(rest)
        case "tape":
            from mathkit.backends.tape import RecordedModel

            model = RecordedModel(rest)
        case _:
            raise UsageError(f"--reward-model {where}: a reward model is hf:DIR or tape:FILE")
    if tape is None:
        return model
    from mathkit.backends.tape import Tape

    return Tape(tape, model)
