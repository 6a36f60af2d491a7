"""A process that decides by algebra whether two answers are equal, and that may be killed at any time.

It reads {"prediction", "answer", "strict"}, one JSON object a line, and answers each with {"equal", "reason",
"last"}; after the last it ends, having grown. The kernel ends it when a comparison takes too long: the timers'
signals are not handled, so that not even a long call into C can hold them up. Whoever waits for the answer then
finds the end of the stream.
"""

import json
import logging
import math
import re
import resource
import signal
import sys
from pathlib import Path
from typing import Any

IMPORT_FAILED = 69
_WALL_SECONDS = 3.5
_CPU_SECONDS = 2.0  # decides on a busy machine as on an idle one
_MEMORY_BYTES = 1 << 30
_RECYCLED_AT = 400 << 10  # KiB of memory after which a new process is cheaper than what this one remembers


_RUNS_OVER_I = re.compile(r"\\(?:sum|prod)\s*_\s*\{\s*i\s*=")  # where i is no imaginary unit
_INDEX = re.compile(r"(?<![A-Za-z\\])i(?![A-Za-z])")


def main() -> None:
    """Answer requests on standard input until it ends."""
    logging.disable(logging.CRITICAL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that asks
    for number in (signal.SIGALRM, signal.SIGPROF):  # what the asking process does with them is inherited
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, (signal.SIGALRM, signal.SIGPROF))
    try:
        import math_verify  # noqa: F401
    except ImportError:
        sys.exit(IMPORT_FAILED)
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for line in sys.stdin.buffer:
        request = json.loads(line)
        _limit(_WALL_SECONDS, _CPU_SECONDS)
        try:
            equal, reason = _compare(request["prediction"], request["answer"], strict=request["strict"])
        except (MemoryError, RecursionError):
            equal, reason = False, "too large to compute"
        _limit(0, 0)
        is_last = _resident_kib() > _RECYCLED_AT
        sys.stdout.write(json.dumps({"equal": equal, "reason": reason, "last": is_last}) + "\n")
        sys.stdout.flush()
        if is_last:
            return


def _resident_kib() -> int:
    """Return the memory that this process holds; getrusage's maximum would begin at that of the process that forked."""
    try:
        pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
    except OSError:  # not Linux
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
    return int(pages) * resource.getpagesize() >> 10


def _limit(wall: float, cpu: float) -> None:
    signal.setitimer(signal.ITIMER_REAL, wall)
    signal.setitimer(signal.ITIMER_PROF, cpu)


def _compare(prediction: str, answer: str, *, strict: bool) -> tuple[bool, str]:
    """Return whether two answers are equal, whichever is the gold one, and why."""
    from latex2sympy2_extended import NormalizationConfig
    from math_verify import LatexExtractionConfig, parse, verify

    units = NormalizationConfig(basic_latex=True, units=not strict, malformed_operators=True, nits=True)
    target = [LatexExtractionConfig(normalization_config=units)]
    texts = [_INDEX.sub("j", text) if _RUNS_OVER_I.search(text) else text for text in sorted((answer, prediction))]
    one, other = (parse(f"${text}$", target, parsing_timeout=None) for text in texts)
    if not one or not other:
        return False, "could not parse"
    if any(verify(*pair, strict=True, timeout_seconds=None) for pair in ((one, other), (other, one))):
        return True, "equal symbolically"
    nearly = not strict and "." in prediction + answer and _nearly(one[0], other[0])
    return nearly, "equal up to rounding" if nearly else "different"


def _nearly(gold: Any, mine: Any) -> bool:
    """Return whether two numbers agree to four digits, as the Qwen2.5-Math harness compares them."""
    try:
        return not gold.is_integer and not mine.is_integer and math.isclose(float(gold), float(mine), rel_tol=1e-4)
    except (TypeError, ValueError, OverflowError, AttributeError):
        return False


if __name__ == "__main__":
    main()
