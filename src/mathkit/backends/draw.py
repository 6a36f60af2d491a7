"""Draw samples of many conversations from a model, in the order of the input."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Generic, NamedTuple, TypeVar

import orjson

from mathkit.backends import Completion, LanguageModel, Request
from mathkit.backends.order import in_order
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
    first: int = 0  # the number of the first sample; what came before was drawn at another time


class Drawn(NamedTuple, Generic[T]):
    """What was drawn for an item; `failure` says why some of the samples are not there, if they are not."""

    item: T
    samples: list[Sample]
    failure: str | None


def draw(model: LanguageModel, items: Iterable[tuple[T, list[Message]]], sampling: Sampling) -> Iterator[Drawn[T]]:
    """Yield each item with the samples of its conversation.

    A sample's seed follows from the conversation, the sampling, and its number: it is the same whatever else is
    drawn, so that 16 samples begin with the 8 drawn before. A conversation that comes again draws others.
    """

    def asked() -> Iterator[tuple[T, list[Request]]]:
        occurrences: Counter[bytes] = Counter()
        for item, messages in items:
            how = (model.name, messages, sampling.top_p, sampling.max_tokens, sampling.seed)
            digest = _digest(*how, sampling.stop) if sampling.stop else _digest(*how)
            occurrence = occurrences[digest]
            occurrences[digest] += 1
            requests = []
            for number in range(sampling.first, sampling.first + sampling.samples):
                temperature = sampling.temperatures[number % len(sampling.temperatures)]
                key = _digest(digest.hex(), temperature, occurrence, number)
                seed = int.from_bytes(key[:4], "little") >> 1  # 31 bits, which every engine takes
                requests.append(
                    Request(key.hex(), messages, temperature, sampling.top_p, sampling.max_tokens, seed, sampling.stop)
                )
            yield item, requests

    for item, drawn in in_order(model.complete, asked()):
        failures = [completion.failure for _, completion in drawn if completion.failure is not None]
        samples = [_sample(model.name, *one) for one in drawn if one[1].failure is None]
        yield Drawn(item, samples, failures[0] if failures else None)


def _sample(model: str, request: Request, completion: Completion) -> Sample:
    sample = new_sample(completion.text)
    sample["model"], sample["seed"] = model, request.seed
    sample["finish_reason"], sample["tokens"] = completion.finish_reason, completion.tokens
    return sample


def _digest(*parts: object) -> bytes:
    return blake2b(orjson.dumps(parts), digest_size=16).digest()
