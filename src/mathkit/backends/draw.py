"""Draw samples of many conversations from a model, in the order of the input."""

from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Generic, NamedTuple, TypeVar

import orjson

from mathkit.backends import Completion, LanguageModel, Request
from mathkit.records import Message, Sample, new_sample

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Sampling:
    """How samples are drawn; several temperatures are taken in turn."""

    samples: int
    temperatures: Sequence[float]
    top_p: float
    max_tokens: int
    seed: int
    stop: tuple[str, ...] = ()


class Drawn(NamedTuple, Generic[T]):
    """What was drawn for an item; `failure` says why some of the samples are not there, if they are not."""

    item: T
    samples: list[Sample]
    failure: str | None


@dataclass(slots=True)
class _Waiting(Generic[T]):
    item: T
    missing: int
    drawn: dict[int, tuple[Request, Completion]] = field(default_factory=dict)


def draw(model: LanguageModel, items: Iterable[tuple[T, list[Message]]], sampling: Sampling) -> Iterator[Drawn[T]]:
    """Yield each item with the samples of its conversation.

    A sample's seed follows from the conversation, the sampling, and its number: it is the same whatever else is
    drawn, so that 16 samples begin with the 8 drawn before. A conversation that comes again draws others.
    """
    waiting: deque[_Waiting[T]] = deque()
    places: dict[str, tuple[_Waiting[T], int]] = {}

    def requests() -> Iterator[Request]:
        occurrences: Counter[bytes] = Counter()
        for item, messages in items:
            entry = _Waiting(item, sampling.samples)
            waiting.append(entry)
            asked = (model.name, messages, sampling.top_p, sampling.max_tokens, sampling.seed)
            digest = _digest(*asked, sampling.stop) if sampling.stop else _digest(*asked)
            occurrence = occurrences[digest]
            occurrences[digest] += 1
            for number in range(sampling.samples):
                temperature = sampling.temperatures[number % len(sampling.temperatures)]
                key = _digest(digest.hex(), temperature, occurrence, number)
                seed = int.from_bytes(key[:4], "little") >> 1  # 31 bits, which every engine takes
                request = Request(
                    key.hex(), messages, temperature, sampling.top_p, sampling.max_tokens, seed, sampling.stop
                )
                places[request.key] = entry, number
                yield request

    for batch in model.complete(requests()):
        for request, completion in batch:
            entry, number = places.pop(request.key)
            entry.drawn[number] = request, completion
            entry.missing -= 1
        while waiting and not waiting[0].missing:
            done = waiting.popleft()
            drawn = [done.drawn[number] for number in sorted(done.drawn)]
            failures = [completion.failure for _, completion in drawn if completion.failure is not None]
            samples = [_sample(model.name, *one) for one in drawn if one[1].failure is None]
            yield Drawn(done.item, samples, failures[0] if failures else None)


def _sample(model: str, request: Request, completion: Completion) -> Sample:
    sample = new_sample(completion.text)
    sample["model"], sample["seed"] = model, request.seed
    sample["finish_reason"], sample["tokens"] = completion.finish_reason, completion.tokens
    return sample


def _digest(*parts: object) -> bytes:
    return blake2b(orjson.dumps(parts), digest_size=16).digest()
