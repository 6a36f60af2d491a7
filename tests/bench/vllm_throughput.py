"""How fast rft-sample's path draws from vLLM, beside vLLM's own LLM.chat over the same prompts, parameters and seeds.

    python tests/bench/vllm_throughput.py [--problems 200] [--samples 4] [--tokens 64] [--model DIR] [--rounds 3]

It needs vLLM (`make vllm` has one that runs on a CPU: ~/.cache/mathkit/vllm/bin/python). Both ask the same engine, by
turns, from an empty prefix cache, and get the same tokens. The ratio counts; the goal is 0.95.
"""

import argparse
import os
import time
from collections.abc import Iterable, Iterator
from statistics import median
from typing import Any

from mathkit.backends import Completion, Request
from mathkit.backends.draw import Sampling, draw
from mathkit.backends.smollm2 import model_directory
from mathkit.backends.vllm import VllmModel
from mathkit.prompts import CHAIN_OF_THOUGHT, conversation


class Noting:
    """A model that notes what it is asked, and answers nothing."""

    name = "noting"

    def __init__(self) -> None:
        self.asked: list[Request] = []

    def complete(self, requests: Iterable[Request]) -> Iterator[list[tuple[Request, Completion]]]:
        self.asked += requests
        return iter(())


def conversations(problems: int) -> list[list[Any]]:
    texts = [f"Tom has {n} apples and gets {n % 7 + 2} times as many. How many has he now?" for n in range(problems)]
    return [conversation(text, system=CHAIN_OF_THOUGHT, template="{problem}", shots=[]) for text in texts]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--problems", type=int, default=200)
    parser.add_argument("--samples", type=int, default=4)
    parser.add_argument("--tokens", type=int, default=64)
    parser.add_argument("--model")
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    os.environ.setdefault("VLLM_LOGGING_LEVEL", "ERROR")
    from vllm import LLM, SamplingParams
    from vllm.platforms import current_platform

    on_cpu = {"enable_chunked_prefill": False} if current_platform.is_cpu() else {}  # as mathkit, or seeds end it
    where = given.model or str(model_directory())
    llm = LLM(where, max_model_len=1024, max_num_seqs=64, enable_prefix_caching=True, **on_cpu)
    model = VllmModel(where, {})
    model._engine = llm.llm_engine
    noting = Noting()
    noting.name = where
    sampling = Sampling(given.samples, [0.7], 1.0, given.tokens, 0)
    asked = conversations(given.problems)
    list(draw(noting, enumerate(asked), sampling))
    parameters = [
        SamplingParams(temperature=request.temperature, max_tokens=request.max_tokens, seed=request.seed)
        for request in noting.asked
    ]

    def by_mathkit() -> int:
        drawn = draw(model, enumerate(asked), sampling)
        return sum(sample["tokens"] or 0 for one in drawn for sample in one.samples)

    def by_vllm() -> int:
        done = llm.chat([request.messages for request in noting.asked], parameters, use_tqdm=False)
        return sum(len(one.outputs[0].token_ids) for one in done)

    ratios = []
    for number in range(given.rounds + 1):  # the first is to warm up
        rates = {}
        for name, run in (("LLM.chat", by_vllm), ("mathkit", by_mathkit))[:: 1 if number % 2 else -1]:
            llm.reset_prefix_cache()
            start = time.perf_counter()
            tokens = run()
            seconds = time.perf_counter() - start
            rates[name] = tokens / seconds
            if number:
                print(f"{name:10} {tokens:8,} tokens {seconds:8.1f} s {rates[name]:9.1f} tokens/s", flush=True)
        if number:
            ratios.append(rates["mathkit"] / rates["LLM.chat"])
            print(f"ratio {ratios[-1]:.3f}", flush=True)
    print(f"median ratio {median(ratios):.3f}")


if __name__ == "__main__":
    main()
