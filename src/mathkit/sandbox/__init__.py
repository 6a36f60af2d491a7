"""Python programs that a model wrote, run where they can do no harm.

`pool` is the side that asks. For each program at work it keeps one `server`, a process that has entered namespaces of
its own (`enclosure`), loaded SymPy and NumPy, and forks itself for each call; the fork gives up what rights are left
(`filter`) and becomes the `program`. Neither the text of a program nor its output ever passes through the server, so
nothing of one call can reach the next.
"""

from dataclasses import dataclass

TIMED_OUT = 124  # as timeout(1) says it
OUTPUT_EXCEEDED = 153  # as a shell says that a file grew too large


@dataclass(frozen=True, slots=True)
class Run:
    """What a program printed, its exit status, and how long it took.

    The status is a shell's: 0 when it ended by itself, 1 when it raised (the traceback is in `stderr`), 124 when it
    was out of time, 153 when it printed too much, 128 + N when signal N ended it.
    """

    stdout: str
    stderr: str
    status: int
    seconds: float
