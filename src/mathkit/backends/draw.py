"""Draw samples of many conversations from a model, in the order of the input."""

from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Generic, TypeVar

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


@dataclass(slots=True)
class _Waiting(Generic[T]):
    item: T
    missing: int
    drawn: dict[int, tuple[Request, Completion]] = field(default_factory=dict)


def draw(
    model: LanguageModel, items: Iterable[tuple[T, list[Message]]], sampling: Sampling
) -> Iterator[tuple[T, list[Sample]]]:
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
            digest = _digest(model.name, messages, sampling.top_p, sampling.max_tokens, sampling.seed)
            occurrence = occurrences[digest]
            occurrences[digest] += 1
            for number in range(sampling.samples):
                temperature = sampling.temperatures[number % len(sampling.temperatures)]
                key = _digest(digest.hex(), temperature, occurrence, number)
                seed = int.from_bytes(key[:4], "little") >> 1  # 31 bits, which every engine takes
                request = Request(key.hex(), messages, temperature, sampling.top_p, sampling.max_tokens, seed)
                places[request.key] = entry, number
                yield request

    for batch in model.complete(requests()):
        for request, completion in batch:
            entry, number = places.pop(request.key)
            entry.drawn[number] = request, completion
            entry.missing -= 1
        while waiting and not waiting[0].missing:
            done = waiting.popleft()
            yield done.item, [_sample(model.name, *done.drawn[number]) for number in sorted(done.drawn)]


def _sample(model: str, request: Request, completion: Completion) -> Sample:
    sample = new_sample(completion.text)
    sample["model"], sample["seed"] = model, request.seed
    sample["finish_reason"], sample["tokens"] = completion.finish_reason, completion.tokens
    return sample


def _digest(*parts: object) -> bytes:
    return blake2b(orjson.dumps(parts), digest_size=16).digest()
