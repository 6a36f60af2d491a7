"""A tape of what models answered: what is on it is never asked for again.

One small file makes a killed run continue, a costly stage repeat for free, and examples and tests run without a
model. Each line is one answer with the key of its question.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, Generic, TypeVar

import orjson

from mathkit.backends import Choice, Completion, Request, Reward, Solution, Weighed
from mathkit.backends.order import Keyed
from mathkit.durable import hold_alone
from mathkit.errors import BadData, MathkitError, Unavailable, UsageError

_READY = 1024  # answers from the tape that may wait for one from the model

Q = TypeVar("Q", bound=Keyed)
A = TypeVar("A", Completion, Weighed, Reward)
Answered = list[tuple[Q, A]]


@dataclass(frozen=True, slots=True)
class _Kind(Generic[Q, A]):
    """How answers of one kind are written on a tape, beside their key and model, and read."""

    write: Callable[[Q, A], dict[str, Any]]
    read: Callable[[dict[str, Any]], A]


_COMPLETION: _Kind[Request, Completion] = _Kind(
    lambda request, completion: {
        "seed": request.seed,
        "text": completion.text,
        "finish_reason": completion.finish_reason,
        "tokens": completion.tokens,
    },
    lambda entry: Completion(entry["text"], entry["finish_reason"], entry["tokens"]),
)
_WEIGHED: _Kind[Choice, Weighed] = _Kind(
    lambda choice, weighed: {"answers": choice.answers, "log_probabilities": weighed.log_probabilities},
    lambda entry: Weighed(tuple(entry["log_probabilities"])),
)
_REWARD: _Kind[Solution, Reward] = _Kind(
    lambda solution, reward: {"reward": reward.value}, lambda entry: Reward(entry["reward"])
)


class TapeFile:
    """A file of answers that one process at a time appends to; memory holds a key for each, 170 bytes."""

    def __init__(self, path: str) -> None:
        self._path = path
        try:
            self._file = Path(path).open("ab", buffering=0)  # noqa: SIM115
        except OSError as error:
            raise UsageError(f"--tape {path}: {error.strerror}") from None
        hold_alone(self._file, f"--tape {path}")
        self.index = _Index(path)
        self._file.truncate(self.index.end)  # a line that a kill has torn

    def append(self, entries: Iterable[dict[str, Any]]) -> None:
        """Write some answers, all of them or none."""
        lines = b"".join(orjson.dumps(entry, option=orjson.OPT_APPEND_NEWLINE) for entry in entries)
        try:
            written = self._file.write(lines)  # one call: a kill leaves all of it or nothing
        except OSError as error:
            raise MathkitError(f"--tape {self._path}: {error.strerror}") from None
        if written != len(lines):
            raise MathkitError(f"--tape {self._path}: only part of a line could be written; is the disk full?")


class Tape:
    """A model whose answers are appended to a file as they arrive; several models can share the file."""

    def __init__(self, file: TapeFile | str, model: Any) -> None:
        self.name = model.name
        self._model = model
        self._file = TapeFile(file) if isinstance(file, str) else file
        self._index = self._file.index

    def complete(self, requests: Iterable[Request]) -> Iterator[Answered[Request, Completion]]:
        """Yield completions from the tape where it has them, else from the model, which are then recorded."""
        return self._answer(self._model.complete, requests, _COMPLETION)

    def weigh(self, choices: Iterable[Choice]) -> Iterator[Answered[Choice, Weighed]]:
        """Yield what the model thinks of answers, as `complete` does."""
        return self._answer(self._model.weigh, choices, _WEIGHED)

    def rate(self, solutions: Iterable[Solution]) -> Iterator[Answered[Solution, Reward]]:
        """Yield what the model thinks of solutions, as `complete` does."""
        return self._answer(self._model.rate, solutions, _REWARD)

    def _answer(
        self, ask: Callable[[Iterable[Q]], Iterator[Answered[Q, A]]], questions: Iterable[Q], kind: _Kind[Q, A]
    ) -> Iterator[Answered[Q, A]]:
        coming = iter(questions)
        for question in coming:
            if question.key in self._index:
                yield [(question, kind.read(self._index[question.key]))]
            else:
                yield from self._through_model(ask, chain([question], coming), kind)

    def _through_model(
        self, ask: Callable[[Iterable[Q]], Iterator[Answered[Q, A]]], questions: Iterator[Q], kind: _Kind[Q, A]
    ) -> Iterator[Answered[Q, A]]:
        ready: Answered[Q, A] = []

        def missing() -> Iterator[Q]:
            for question in questions:
                if question.key not in self._index:
                    yield question
                    continue
                ready.append((question, kind.read(self._index[question.key])))
                if len(ready) >= _READY:
                    return  # let the model come to its end, hand out these, and begin again

        for batch in ask(missing()):
            self._append(batch, kind)
            yield ready + batch
            ready.clear()
        if ready:
            yield ready

    def _append(self, batch: Answered[Q, A], kind: _Kind[Q, A]) -> None:
        self._file.append(
            {"key": question.key, "model": self.name, **kind.write(question, answer)}
            for question, answer in batch
            if answer.failure is None
        )


class RecordedModel:
    """A tape as a model: it knows what was recorded and nothing else."""

    def __init__(self, where: str) -> None:
        path, _, name = where.partition("#")
        if not Path(path).is_file():
            raise Unavailable(f"--model tape:{where}: no such file")
        self._where = where
        self._index = _Index(path)
        names = sorted(self._index.models)
        if not name and len(names) > 1:
            raise UsageError(f"--model tape:{where}: holds several models, name one: tape:{path}#{names[0]}")
        self.name = name or (names[0] if names else "")

    def complete(self, requests: Iterable[Request]) -> Iterator[Answered[Request, Completion]]:
        """Yield the recorded completions; raise Unavailable for one that was never recorded."""
        return self._recorded(requests, _COMPLETION)

    def weigh(self, choices: Iterable[Choice]) -> Iterator[Answered[Choice, Weighed]]:
        """Yield what was recorded of answers, as `complete` does."""
        return self._recorded(choices, _WEIGHED)

    def rate(self, solutions: Iterable[Solution]) -> Iterator[Answered[Solution, Reward]]:
        """Yield what was recorded of solutions, as `complete` does."""
        return self._recorded(solutions, _REWARD)

    def _recorded(self, questions: Iterable[Any], kind: _Kind[Any, A]) -> Iterator[Answered[Any, A]]:
        for question in questions:
            if question.key not in self._index:
                raise Unavailable(
                    f"--model tape:{self._where}: an answer is missing; it was recorded with other problems, "
                    f"prompts, sampling options or seed. It is asked: {question.messages[-1]['content']!r:.80}"
                )
            yield [(question, kind.read(self._index[question.key]))]


class _Index:
    """Where each answer stands on a tape."""

    def __init__(self, path: str) -> None:
        self._file = Path(path).open("rb")  # noqa: SIM115
        self._places: dict[str, int] = {}
        self.models: set[str] = set()
        self.end = 0  # of the last whole line
        for number, line in enumerate(self._file, 1):
            if not line.endswith(b"\n"):
                break
            try:
                entry = orjson.loads(line)
                self._places[entry["key"]] = self.end
                self.models.add(entry["model"])
            except (orjson.JSONDecodeError, KeyError, TypeError):
                raise BadData(f"{path}:{number}: not a line of a tape; remove it, or start another tape") from None
            self.end += len(line)

    def __contains__(self, key: str) -> bool:
        return key in self._places

    def __getitem__(self, key: str) -> Any:
        self._file.seek(self._places[key])
        return orjson.loads(self._file.readline())
