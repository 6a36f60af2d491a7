"""Models through transformers, on CPU or GPU."""

import logging
import os
import random
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from mathkit.backends import EMBEDDED, Choice, Completion, Request, Weighed
from mathkit.backends.chat import first_token, token_ids
from mathkit.errors import Unavailable

T = TypeVar("T")
M = TypeVar("M", bound=tuple[Any, ...])  # a model and what belongs to it

_ROWS_ON_CPU, _ROWS_ON_GPU = 16, 64  # completions generated together
_WINDOW = 4  # batches among which prompts of like length are looked for
_LIKELY = 1024  # tokens among which top-p looks first


class TransformersModel:
    """A causal language model in a directory or on a hub; it is loaded when first asked.

    Each sample has a seed and a random stream of its own, so that what it draws does not depend on its neighbours
    in a batch (but for the rounding of the engine, which does).
    """

    def __init__(self, where: str) -> None:
        self.name = where
        self._loaded: tuple[Any, Any] | None = None

    def complete(self, requests: Iterable[Request]) -> Iterator[list[tuple[Request, Completion]]]:
        """Yield completions a batch at a time."""
        for model, batch in batches_of(requests, self._model):
            yield list(zip(batch, _generate(*model, batch), strict=True))

    def weigh(self, choices: Iterable[Choice]) -> Iterator[list[tuple[Choice, Weighed]]]:
        """Yield what the model thinks of answers a batch at a time, each question in one forward pass."""
        for model, window in batches_of(choices, self._model, times=_WINDOW):
            rows = -(-len(window) // _WINDOW)
            by_length = sorted(window, key=lambda choice: len(choice.messages[-1]["content"]))  # little to fill up
            for start in range(0, len(window), rows):
                batch = by_length[start : start + rows]
                yield list(zip(batch, _weigh(*model, batch), strict=True))

    def _model(self) -> tuple[Any, Any]:
        self._loaded = self._loaded or _load(self.name)
        return self._loaded


def batches_of(items: Iterable[T], load: Callable[[], M], times: int = 1) -> Iterator[tuple[M, list[T]]]:
    """Yield a model, which is loaded when the first item comes, and `times` as many items as it works on together."""
    coming = iter(items)
    for first in coming:
        model = load()
        rows = _ROWS_ON_GPU if model[0].device.type == "cuda" else _ROWS_ON_CPU
        yield model, [first, *islice(coming, times * rows - 1)]


def import_torch(option: str) -> tuple[Any, Any]:
    """Return torch and transformers, told to be silent; raise Unavailable, beginning with an option, without them."""
    # threads that wait must not spin: where another process wants the cores too, both would stand still
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    try:
        import torch
        import transformers
    except ImportError as error:
        how = "run `make install`, or pip install '.[train]' in the checkout"
        raise Unavailable(f"{option}: {error.name} is not installed: {how}") from None
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    logging.getLogger("huggingface_hub").setLevel(logging.ERROR)  # it announces every retry
    return torch, transformers


def _load(where: str) -> tuple[Any, Any]:
    torch, transformers = import_torch(f"--model {where}")
    if where == EMBEDDED:
        from mathkit.backends.smollm2 import model_directory

        where = str(model_directory())
    try:
        tokenizer = transformers.AutoTokenizer.from_pretrained(where, padding_side="left")
        model = transformers.AutoModelForCausalLM.from_pretrained(where, dtype="auto")
    except (OSError, ValueError) as error:
        what = (
            "no model that transformers can load"
            if Path(where).exists()
            else f"no such directory or model ({EMBEDDED} is the embedded one)"
        )
        raise Unavailable(f"--model hf:{where}: {what}: {str(error).splitlines()[0]}") from None
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token_id = tokenizer.eos_token_id
    device = "cuda" if torch.cuda.is_available() else "cpu"
    return model.to(device).eval(), tokenizer


def _generate(model: Any, tokenizer: Any, batch: list[Request]) -> list[Completion]:
    """Return the completions of a batch; a prompt that leaves no room for one token gets none."""
    import torch
    from transformers import GenerationConfig, LogitsProcessorList, StoppingCriteriaList

    prompts = [token_ids(tokenizer, request.messages) for request in batch]
    longest = max(request.max_tokens for request in batch)
    fitting = [index for index, prompt in enumerate(prompts) if len(prompt) + longest <= room(model)]
    done = {index: Completion("", "prompt_too_long", 0) for index in range(len(batch)) if index not in fitting}
    if fitting:
        padded = tokenizer.pad({"input_ids": [prompts[index] for index in fitting]}, return_tensors="pt")
        width = padded["input_ids"].shape[1]
        ends = _end_tokens(model, tokenizer)
        asked = [batch[index] for index in fitting]
        with torch.inference_mode():
            output = model.generate(
                **padded.to(model.device),
                logits_processor=LogitsProcessorList([_Sampler(asked)]),
                stopping_criteria=StoppingCriteriaList([_Stop(tokenizer, asked, width)]),
                generation_config=GenerationConfig(
                    max_new_tokens=longest,
                    do_sample=False,
                    eos_token_id=ends,
                    pad_token_id=tokenizer.pad_token_id,
                ),
            )
        for index, row in zip(fitting, output[:, width:].tolist(), strict=True):
            done[index] = _completion(tokenizer, row[: batch[index].max_tokens], ends, batch[index].stop)
    return [done[index] for index in range(len(batch))]


def _weigh(model: Any, tokenizer: Any, batch: list[Choice]) -> list[Weighed]:
    """Return the log-probabilities of the answers to each question of a batch."""
    import torch

    prompts = [token_ids(tokenizer, choice.messages) for choice in batch]
    fitting = [index for index, prompt in enumerate(prompts) if len(prompt) < room(model)]
    done = {index: Weighed(()) for index in range(len(batch)) if index not in fitting}
    if fitting:
        padded = pad(tokenizer, [prompts[index] for index in fitting], model.device)
        with torch.inference_mode():
            scores = model(**padded, logits_to_keep=1).logits[:, -1].float()
        chances = torch.log_softmax(scores, dim=-1).cpu()
        for index, row in zip(fitting, chances, strict=True):
            tokens = [first_token(tokenizer, answer) for answer in batch[index].answers]
            done[index] = Weighed(tuple(row[tokens].tolist()))
    return [done[index] for index in range(len(batch))]


def pad(tokenizer: Any, prompts: list[list[int]], device: Any) -> Any:
    """Return the inputs of one forward pass; what fills up the shorter prompts stands before them."""
    padded = tokenizer.pad({"input_ids": prompts}, return_tensors="pt")
    padded["position_ids"] = (padded["attention_mask"].cumsum(-1) - 1).clamp(min=0)
    return padded.to(device)


def room(model: Any) -> int:
    """Return how many tokens a model can take."""
    return getattr(model.config, "max_position_embeddings", None) or 1 << 30


def _end_tokens(model: Any, tokenizer: Any) -> list[int]:
    ends = model.generation_config.eos_token_id
    found = set(ends if isinstance(ends, list) else [ends]) | {tokenizer.eos_token_id}
    return sorted(token for token in found if token is not None)


def _completion(tokenizer: Any, tokens: list[int], ends: list[int], stops: tuple[str, ...]) -> Completion:
    end = next((index for index, token in enumerate(tokens) if token in ends), None)
    text = tokenizer.decode(tokens[:end], skip_special_tokens=True)
    count = len(tokens) if end is None else end + 1
    if found := [place for stop in stops if (place := text.find(stop)) >= 0]:
        spoken = (tokenizer.decode(tokens[:length], skip_special_tokens=True) for length in range(count + 1))
        return Completion(text[: min(found)], "stop", [any(map(so_far.count, stops)) for so_far in spoken].index(True))
    return Completion(text, "length" if end is None else "stop", count)


class _Stop:
    """Ends the rows that have come to one of their stop texts."""

    def __init__(self, tokenizer: Any, requests: list[Request], width: int) -> None:
        self._tokenizer = tokenizer
        self._stops = [request.stop for request in requests]
        self._width = width

    def __call__(self, input_ids: Any, scores: Any) -> Any:
        import torch

        done = torch.zeros(len(self._stops), dtype=torch.bool, device=input_ids.device)
        for row, stops in enumerate(self._stops):
            if stops:
                longest = max(map(len, stops))  # a token is a byte at least, and a character four at most
                tail = self._tokenizer.decode(input_ids[row, self._width :][-4 * longest :], skip_special_tokens=True)
                done[row] = any(stop in tail for stop in stops)
        return done


class _Sampler:
    """Replaces the scores of each row by its own draw: temperature, then top-p, then the row's random number."""

    def __init__(self, requests: list[Request]) -> None:
        self._requests = requests
        self._random = [random.Random(request.seed) for request in requests]

    def __call__(self, input_ids: Any, scores: Any) -> Any:
        import torch

        sampled = [row for row, request in enumerate(self._requests) if request.temperature > 0]
        if not sampled:
            return scores  # generate() takes the highest
        temperatures = torch.tensor([[self._requests[row].temperature] for row in sampled], device=scores.device)
        chances = torch.softmax(scores[sampled].float() / temperatures, dim=-1)
        for row, chance in zip(sampled, chances, strict=True):
            token = _drawn(chance, self._requests[row].top_p, self._random[row].random())
            scores[row] = float("-inf")
            scores[row, token] = 0.0
        return scores


def _drawn(chances: Any, top_p: float, number: float) -> int:
    """Return the token at which the most likely tokens of total `top_p` reach `number` of their sum."""
    import torch

    tokens = None
    if top_p < 1:
        likely, tokens = chances.topk(min(_LIKELY, len(chances)))
        if likely.sum() < top_p:  # a flat distribution: sort all of it
            likely, tokens = chances.sort(descending=True)
        chances = likely
        before = chances.cumsum(0) - chances
        chances = chances[before < max(top_p, 1e-9)]
    sums = chances.cumsum(0)
    index = int(torch.searchsorted(sums, sums[-1] * number, right=True))
    index = min(index, len(sums) - 1)
    return index if tokens is None else int(tokens[index])
