"""A tape of completions: what is on it is never asked for again.

One small file makes a killed run continue, a costly stage repeat for free, and examples and tests run without a
model. Each line is one completion with the key of its request.
"""

from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path

import orjson

from mathkit.backends import Completion, LanguageModel, Request
from mathkit.durable import hold_alone
from mathkit.errors import BadData, MathkitError, Unavailable, UsageError

_READY = 1024  # completions from the tape that may wait for one from the model

Drawn = list[tuple[Request, Completion]]


class Tape:
    """A model whose completions are appended to a file as they arrive; memory holds a key for each, 150 bytes."""

    def __init__(self, path: str, model: LanguageModel) -> None:
        self.name = model.name
        self._model = model
        self._path = path
        try:
            self._file = Path(path).open("ab", buffering=0)  # noqa: SIM115
        except OSError as error:
            raise UsageError(f"--tape {path}: {error.strerror}") from None
        hold_alone(self._file, f"--tape {path}")
        self._index = _Index(path)
        self._file.truncate(self._index.end)  # a line that a kill has torn

    def complete(self, requests: Iterable[Request]) -> Iterator[Drawn]:
        """Yield completions from the tape where it has them, else from the model, which is then recorded."""
        coming = iter(requests)
        for request in coming:
            if request.key in self._index:
                yield [(request, self._index[request.key])]
            else:
                yield from self._through_model(chain([request], coming))

    def _through_model(self, requests: Iterator[Request]) -> Iterator[Drawn]:
        ready: Drawn = []

        def missing() -> Iterator[Request]:
            for request in requests:
                if request.key not in self._index:
                    yield request
                    continue
                ready.append((request, self._index[request.key]))
                if len(ready) >= _READY:
                    return  # let the model come to its end, hand out these, and begin again

        for batch in self._model.complete(missing()):
            self._append(batch)
            yield ready + batch
            ready.clear()
        if ready:
            yield ready

    def _append(self, batch: Drawn) -> None:
        lines = b"".join(
            orjson.dumps(
                {
                    "key": request.key,
                    "model": self.name,
                    "seed": request.seed,
                    "text": completion.text,
                    "finish_reason": completion.finish_reason,
                    "tokens": completion.tokens,
                },
                option=orjson.OPT_APPEND_NEWLINE,
            )
            for request, completion in batch
            if completion.failure is None
        )
        try:
            written = self._file.write(lines)  # one call: a kill leaves all of it or nothing
        except OSError as error:
            raise MathkitError(f"--tape {self._path}: {error.strerror}") from None
        if written != len(lines):
            raise MathkitError(f"--tape {self._path}: only part of a line could be written; is the disk full?")


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

    def complete(self, requests: Iterable[Request]) -> Iterator[Drawn]:
        """Yield the recorded completions; raise Unavailable for one that was never recorded."""
        for request in requests:
            if request.key not in self._index:
                raise Unavailable(
                    f"--model tape:{self._where}: a completion is missing; it was recorded with other problems, "
                    f"prompts, sampling options or seed. It is asked: {request.messages[-1]['content']!r:.80}"
                )
            yield [(request, self._index[request.key])]


class _Index:
    """Where each completion stands on a tape."""

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

    def __getitem__(self, key: str) -> Completion:
        self._file.seek(self._places[key])
        entry = orjson.loads(self._file.readline())
        return Completion(entry["text"], entry["finish_reason"], entry["tokens"])
