"""Reward models in the layout of Qwen2.5-Math-RM, through transformers: a backbone and a head of two layers.

The head is Linear(h, h), ReLU, Linear(h, 1) on the hidden state of the last token of a conversation, kept under
score.0 and score.2 (Qwen2.5-Math report, arXiv 2409.12122, 3.2.2; vLLM's and SGLang's ports of the model).
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from mathkit.backends import Reward, Solution
from mathkit.backends.hf import batches_of, import_torch, pad, room
from mathkit.errors import Unavailable

_HEAD = ("score.0.weight", "score.0.bias", "score.2.weight", "score.2.bias")
_CHATML = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n{% endfor %}"
)


class TransformersRewardModel:
    """A reward model in a directory; it is loaded when first asked."""

    def __init__(self, where: str) -> None:
        self.name = where
        self._loaded: tuple[Any, Any, Any] | None = None

    def rate(self, solutions: Iterable[Solution]) -> Iterator[list[tuple[Solution, Reward]]]:
        """Yield rewards a batch at a time."""
        for model, batch in batches_of(solutions, self._model):
            yield list(zip(batch, _rate(*model, batch), strict=True))

    def _model(self) -> tuple[Any, Any, Any]:
        self._loaded = self._loaded or _load(self.name)
        return self._loaded


def _rate(backbone: Any, head: Any, tokenizer: Any, batch: list[Solution]) -> list[Reward]:
    import torch

    texts = [tokenizer.apply_chat_template(solution.messages, tokenize=False) for solution in batch]
    prompts = [list(tokenizer(text, add_special_tokens=False)["input_ids"]) for text in texts]
    fitting = [index for index, prompt in enumerate(prompts) if len(prompt) <= room(backbone)]
    done = {index: Reward(None) for index in range(len(batch)) if index not in fitting}
    if fitting:
        padded = pad(tokenizer, [prompts[index] for index in fitting], backbone.device)
        with torch.inference_mode():
            last = backbone(**padded).last_hidden_state[:, -1]
            values = head(last).float().squeeze(-1).tolist()
        done |= {index: Reward(value) for index, value in zip(fitting, values, strict=True)}
    return [done[index] for index in range(len(batch))]


def _load(where: str) -> tuple[Any, Any, Any]:
    torch, transformers = import_torch(f"--reward-model {where}")
    folder = Path(where)
    if not (folder / "config.json").is_file():
        raise Unavailable(f"--reward-model {where}: no directory of a reward model")
    try:
        weights = _head_weights(folder)
        tokenizer = transformers.AutoTokenizer.from_pretrained(where, padding_side="left")
        backbone = transformers.AutoModel.from_pretrained(where, dtype="auto")
    except (OSError, ValueError, KeyError) as error:
        what = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise Unavailable(f"--reward-model {where}: no model that transformers can load: {what}") from None
    if missing := [name for name in _HEAD if name not in weights]:
        raise Unavailable(f"--reward-model {where}: has no reward head: {missing[0]} is missing")
    tokenizer.pad_token_id = tokenizer.eos_token_id if tokenizer.pad_token_id is None else tokenizer.pad_token_id
    tokenizer.chat_template = tokenizer.chat_template or _CHATML
    width = weights["score.0.weight"].shape[1]
    head = torch.nn.Sequential(torch.nn.Linear(width, width), torch.nn.ReLU(), torch.nn.Linear(width, 1))
    head.load_state_dict({name.removeprefix("score."): weights[name] for name in _HEAD})
    device = "cuda" if torch.cuda.is_available() else "cpu"
    return backbone.to(device).eval(), head.to(backbone.dtype).to(device).eval(), tokenizer


def _head_weights(folder: Path) -> dict[str, Any]:
    """Return the tensors of the head, wherever in the files of the model they are."""
    from safetensors import safe_open

    found: dict[str, Any] = {}
    for path in sorted(folder.glob("*.safetensors")):
        with safe_open(path, "pt") as file:
            found |= {name: file.get_tensor(name) for name in file.keys() if name in _HEAD}  # noqa: SIM118
    return found
