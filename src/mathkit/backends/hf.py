"""Models through transformers, on CPU or GPU."""

import logging
import os
import random
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from mathkit.backends import EMBEDDED, Completion, Request
from mathkit.errors import Unavailable
from mathkit.records import Message

_ROWS_ON_CPU, _ROWS_ON_GPU = 16, 64  # completions generated together
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
        coming = iter(requests)
        while first := list(islice(coming, 1)):
            model, tokenizer = self._loaded = self._loaded or _load(self.name)
            rows = _ROWS_ON_GPU if model.device.type == "cuda" else _ROWS_ON_CPU
            batch = first + list(islice(coming, rows - 1))
            yield list(zip(batch, _generate(model, tokenizer, batch), strict=True))


def _load(where: str) -> tuple[Any, Any]:
    # threads that wait must not spin: where another process wants the cores too, both would stand still
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    try:
        import torch
        import transformers
    except ImportError as error:
        how = "run `make install`, or pip install '.[train]' in the checkout"
        raise Unavailable(f"--model {where}: {error.name} is not installed: {how}") from None
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    logging.getLogger("huggingface_hub").setLevel(logging.ERROR)  # it announces every retry
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
    from transformers import GenerationConfig, LogitsProcessorList

    prompts = [_token_ids(tokenizer, request.messages) for request in batch]
    room = getattr(model.config, "max_position_embeddings", None) or 1 << 30
    longest = max(request.max_tokens for request in batch)
    fitting = [index for index, prompt in enumerate(prompts) if len(prompt) + longest <= room]
    done = {index: Completion("", "prompt_too_long", 0) for index in range(len(batch)) if index not in fitting}
    if fitting:
        padded = tokenizer.pad({"input_ids": [prompts[index] for index in fitting]}, return_tensors="pt")
        ends = _end_tokens(model, tokenizer)
        with torch.inference_mode():
            output = model.generate(
                **padded.to(model.device),
                logits_processor=LogitsProcessorList([_Sampler([batch[index] for index in fitting])]),
                generation_config=GenerationConfig(
                    max_new_tokens=longest,
                    do_sample=False,
                    eos_token_id=ends,
                    pad_token_id=tokenizer.pad_token_id,
                ),
            )
        for index, row in zip(fitting, output[:, padded["input_ids"].shape[1] :].tolist(), strict=True):
            done[index] = _completion(tokenizer, row[: batch[index].max_tokens], ends)
    return [done[index] for index in range(len(batch))]


def _token_ids(tokenizer: Any, messages: list[Message]) -> list[int]:
    if tokenizer.chat_template:
        text = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
        return list(tokenizer(text, add_special_tokens=False)["input_ids"])
    text = "\n\n".join(message["content"] for message in messages) + "\n"  # a base model goes on with the text
    return list(tokenizer(text)["input_ids"])


def _end_tokens(model: Any, tokenizer: Any) -> list[int]:
    ends = model.generation_config.eos_token_id
    found = set(ends if isinstance(ends, list) else [ends]) | {tokenizer.eos_token_id}
    return sorted(token for token in found if token is not None)


def _completion(tokenizer: Any, tokens: list[int], ends: list[int]) -> Completion:
    stop = next((index for index, token in enumerate(tokens) if token in ends), None)
    text = tokenizer.decode(tokens[:stop], skip_special_tokens=True)
    count = len(tokens) if stop is None else stop + 1
    return Completion(text, "length" if stop is None else "stop", count)


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
