"""A tiny language model that says nothing sensible, made in a second: what a backend does needs no more."""

from pathlib import Path

WORDS = [
    "the",
    "answer",
    "is",
    "one",
    "two",
    "three",
    "plus",
    "apples",
    "has",
    "and",
    *map(str, range(20)),
    ".",
    "+",
    "=",
]
TEMPLATE = (
    "{% for message in messages %}<s> {{ message['content'] }} </s> {% endfor %}"
    "{% if add_generation_prompt %}<s>{% endif %}"
)


def save_tiny_model(folder: Path) -> Path:
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    vocabulary = {word: number for number, word in enumerate(["<pad>", "<s>", "</s>", "<unk>", *WORDS])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="<pad>", bos_token="<s>", eos_token="</s>", unk_token="<unk>"
    )
    fast.chat_template = TEMPLATE
    fast.save_pretrained(folder)
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(vocabulary), hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=1,
        num_key_value_heads=1, max_position_embeddings=128, initializer_range=0.5,
        bos_token_id=1, eos_token_id=2, pad_token_id=0,
    )  # fmt: skip
    model = LlamaForCausalLM(config)
    with torch.no_grad():
        model.lm_head.weight[:4] = 0  # special tokens are never the likeliest
    model.save_pretrained(folder)
    return folder


def save_tiny_reward_model(folder: Path) -> Path:
    """Save a reward model in the layout of Qwen2.5-Math-RM: the tiny model's backbone with a head of two layers."""
    import torch
    from safetensors.torch import load_file, save_file

    save_tiny_model(folder)
    torch.manual_seed(1)
    weights = load_file(folder / "model.safetensors")
    for name, shape in {"0.weight": (32, 32), "0.bias": (32,), "2.weight": (1, 32), "2.bias": (1,)}.items():
        weights[f"score.{name}"] = torch.randn(shape)
    save_file(weights, folder / "model.safetensors", {"format": "pt"})
    return folder
