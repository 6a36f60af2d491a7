"""How fast rft-sample's path draws from vLLM, beside vLLM's own LLM.generate over the same prompts and seeds.

    python tests/bench/vllm_throughput.py [--problems 200] [--samples 4] [--tokens 64] [--model NAME_OR_DIR]

It needs vLLM (`make vllm` has one that runs on a CPU: ~/.cache/mathkit/vllm/bin/python). Every completion is as long as
the other's, for the same seed draws the same. Both have the same options and a process of their own; the ratio counts.
The goal is 0.95.
"""

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

OPTIONS = {"max_model_len": 1024, "max_num_seqs": 64, "seed": 0}


def conversations(problems: int) -> list[list[dict]]:
    from mathkit.prompts import CHAIN_OF_THOUGHT, conversation

    texts = [f"Tom has {n} apples and gets {n % 7 + 2} times as many. How many has he now?" for n in range(problems)]
    return [conversation(text, system=CHAIN_OF_THOUGHT, template="{problem}", shots=[]) for text in texts]


def with_draw(given: argparse.Namespace) -> dict[str, Any]:
    from mathkit.backends import open_model
    from mathkit.backends.draw import Sampling, draw

    model = open_model(f"vllm:{given.model}", None, [f"{key}={value}" for key, value in OPTIONS.items()])
    sampling = Sampling(given.samples, [0.7], 1.0, given.tokens, 0)
    warm = conversations(given.problems + 4)[given.problems :]
    list(draw(model, ((None, messages) for messages in warm), sampling))
    start = time.perf_counter()
    drawn = list(draw(model, enumerate(conversations(given.problems)), sampling))
    return _result("mathkit", start, sum(sample["tokens"] or 0 for one in drawn for sample in one.samples))


def with_generate(given: argparse.Namespace) -> dict[str, Any]:
    from vllm import LLM, SamplingParams
    from vllm.platforms import current_platform

    from mathkit.backends import Request
    from mathkit.backends.draw import Sampling, draw

    asked: list[Request] = []

    class Asked:
        name = given.model

        def complete(self, requests: Any) -> Any:
            asked.extend(requests)
            return iter(())

    list(draw(Asked(), enumerate(conversations(given.problems)), Sampling(given.samples, [0.7], 1.0, given.tokens, 0)))
    where = given.model
    if where == "smollm2-135m":
        from mathkit.backends.smollm2 import model_directory

        where = str(model_directory())
    on_cpu = {"enable_chunked_prefill": False} if current_platform.is_cpu() else {}  # as mathkit, or seeds end it
    llm = LLM(where, enable_prefix_caching=True, **on_cpu, **OPTIONS)
    parameters = [
        SamplingParams(temperature=request.temperature, max_tokens=request.max_tokens, seed=request.seed)
        for request in asked
    ]
    llm.chat(conversations(given.problems + 4)[given.problems :], parameters[0], use_tqdm=False)
    start = time.perf_counter()
    done = llm.chat([request.messages for request in asked], parameters, use_tqdm=False)
    return _result("LLM.chat", start, sum(len(one.outputs[0].token_ids) for one in done))


def _result(name: str, start: float, tokens: int) -> dict[str, Any]:
    return {"name": name, "seconds": time.perf_counter() - start, "tokens": tokens}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--problems", type=int, default=200)
    parser.add_argument("--samples", type=int, default=4)
    parser.add_argument("--tokens", type=int, default=64)
    parser.add_argument("--model", default="smollm2-135m")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--one", choices=["mathkit", "vllm"], help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        print(json.dumps((with_draw if given.one == "mathkit" else with_generate)(given)))
        return
    for _ in range(given.rounds):
        rates = []
        for one in ("mathkit", "vllm"):
            done = subprocess.run(
                [sys.executable, str(Path(__file__)), *sys.argv[1:], "--one", one], stdout=subprocess.PIPE, check=True
            )
            (line,) = [
                line for line in done.stdout.splitlines() if line.startswith(b'{"name"')
            ]  # vLLM prints there too
            found = json.loads(line)
            rates.append(found["tokens"] / found["seconds"])
            print(f"{found['name']:10} {found['tokens']:8,} tokens {found['seconds']:8.1f} s {rates[-1]:9.1f} tokens/s")
        print(f"ratio {rates[0] / rates[1]:.3f}")


if __name__ == "__main__":
    main()
