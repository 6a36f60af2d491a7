"""The texts put to models, and the conversations that training examples are made of."""

from mathkit.records import Message, Record
from mathkit.trajectories import as_turns

# Qwen2.5-Math, README: the system prompt of chain-of-thought solutions
CHAIN_OF_THOUGHT = r"Please reason step by step, and put your final answer within \boxed{}."

# the same README: that of solutions that reason with programs
TOOL_INTEGRATED = (
    "Please integrate natural language reasoning with programs to solve the problem above, "
    r"and put your final answer within \boxed{}."
)

PROGRAM_OF_THOUGHT = (
    "Write one Python program that solves the problem and prints the final answer, and nothing else, in its last line. "
    "Answer with the program alone, in a ```python block."
)

OF_MODE = {"cot": CHAIN_OF_THOUGHT, "tir": TOOL_INTEGRATED, "pot": PROGRAM_OF_THOUGHT}


def conversation(problem: str, *, system: str, template: str, shots: list[tuple[str, str]]) -> list[Message]:
    """Return the messages that put a problem: system prompt, worked examples as earlier turns, the problem.

    `template` is the user's turn, with {problem} where the problem stands.
    """
    messages = [Message(role="system", content=system)] if system else []
    for question, solution in shots:
        messages.append(Message(role="user", content=template.replace("{problem}", question)))
        messages.append(Message(role="assistant", content=solution))
    messages.append(Message(role="user", content=template.replace("{problem}", problem)))
    return messages


def as_training_example(name: str, system: str, problem: str, solution: str) -> Record:
    """Return a problem and its solution as a training example of an id; what tools said are turns of theirs."""
    messages = conversation(problem, system=system, template="{problem}", shots=[])
    return {"id": name, "messages": messages + as_turns(solution)}
