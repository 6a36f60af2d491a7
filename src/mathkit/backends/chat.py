"""Conversations as a model's tokens."""

from typing import Any

from mathkit.records import Message


def token_ids(tokenizer: Any, messages: list[Message]) -> list[int]:
    """Return the tokens of a conversation, up to where the assistant speaks, or goes on if it spoke last."""
    goes_on = messages[-1]["role"] == "assistant"
    if tokenizer.chat_template:
        text = tokenizer.apply_chat_template(
            messages, tokenize=False, add_generation_prompt=not goes_on, continue_final_message=goes_on
        )
        return list(tokenizer(text, add_special_tokens=False)["input_ids"])
    text = "\n\n".join(message["content"] for message in messages)  # a base model goes on with the text
    return list(tokenizer(text if goes_on else text + "\n")["input_ids"])


def first_token(tokenizer: Any, answer: str) -> int:
    """Return the token with which an answer begins."""
    return int(tokenizer(answer, add_special_tokens=False)["input_ids"][0])
