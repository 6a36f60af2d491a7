"""A process that decides by algebra whether two answers are equal, and that may be killed at any time.

It reads {"prediction", "answer", "strict"}, one JSON object a line, and answers each with {"equal"}. The kernel
ends it when a comparison takes too long: the timers' signals are not handled, so that not even a long call into C
can hold them up. Whoever waits for the answer then finds the end of the stream.
"""

import json
import logging
import resource
import signal
import sys

from latex2sympy2_extended import NormalizationConfig
from math_verify import LatexExtractionConfig, parse, verify

WALL_SECONDS = 4.0
_CPU_SECONDS = 3.0  # decides on a busy machine as on an idle one
_MEMORY_BYTES = 4 << 30


def main() -> None:
    """Answer requests on standard input until it ends."""
    logging.disable(logging.CRITICAL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that asks
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for line in sys.stdin.buffer:
        request = json.loads(line)
        _limit(WALL_SECONDS, _CPU_SECONDS)
        equal = _equal(request["prediction"], request["answer"], strict=request["strict"])
        _limit(0, 0)
        sys.stdout.write(json.dumps({"equal": equal}) + "\n")
        sys.stdout.flush()


def _limit(wall: float, cpu: float) -> None:
    signal.setitimer(signal.ITIMER_REAL, wall)
    signal.setitimer(signal.ITIMER_PROF, cpu)


def _equal(prediction: str, answer: str, *, strict: bool) -> bool:
    units = NormalizationConfig(basic_latex=True, units=not strict, malformed_operators=True, nits=True)
    target = [LatexExtractionConfig(normalization_config=units)]
    gold, mine = (parse(f"${text}$", target, parsing_timeout=None) for text in (answer, prediction))
    return bool(gold and mine and verify(gold, mine, strict=strict, timeout_seconds=None))


if __name__ == "__main__":
    main()
