"""The forked process that becomes the program: it reads the text, runs it as a notebook would, and ends."""

import ast
import builtins
import io
import linecache
import os
import sys
import threading
import traceback
from contextlib import suppress
from types import ModuleType, TracebackType
from typing import Any

_NAME = "<program>"
_RAISED = 1


class _Noting(io.FileIO):
    """A file that knows whether anything was written to it."""

    written = False

    def write(self, data: Any, /) -> int:
        self.written = True
        return super().write(data)


def become(names: dict[str, Any], answer: str | None) -> None:
    """Run the program on descriptor 0 with these names, printing to 1 and 2, and end the process.

    If it prints nothing, the value of its last expression is printed, or else that of the variable `answer`.
    """
    with open(0, encoding="utf-8", newline="", closefd=False) as file:
        text = file.read()
    _read_nothing()
    out = _Noting(1, "w", closefd=False)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stdout = io.TextIOWrapper(io.BufferedWriter(out), encoding="utf-8", errors="replace", line_buffering=True)
    sys.stderr = io.TextIOWrapper(io.FileIO(2, "w", closefd=False), encoding="utf-8", errors="backslashreplace")
    vars(sys).update(__stdin__=sys.stdin, __stdout__=sys.stdout, __stderr__=sys.stderr)
    sys.argv = [""]
    main = ModuleType("__main__")
    sys.modules["__main__"] = main
    main.__dict__.update(names, __builtins__=builtins)
    names = main.__dict__
    status = 0
    try:
        value = _run(text, names)
        _flush()
        if not out.written and value is None and answer is not None:
            value = names.get(answer)
        if not out.written and value is not None:
            sys.stdout.write(f"{value}\n")
        for thread in threading.enumerate():
            if thread is not threading.current_thread() and not thread.daemon:
                thread.join()
        _flush()
    except BaseException as error:  # noqa: BLE001  whatever a program raises is reported as Python reports it
        status = _report(error)
    os._exit(status)


def _read_nothing() -> None:
    """Have whoever reads the standard input find its end."""
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)


def _run(text: str, names: dict[str, Any]) -> object:
    """Run a program; return the value of its last line where that is an expression."""
    linecache.cache[_NAME] = len(text), None, text.splitlines(keepends=True), _NAME  # for tracebacks
    tree = ast.parse(text, _NAME)
    last = tree.body[-1] if tree.body else None
    if not isinstance(last, ast.Expr):
        exec(compile(tree, _NAME, "exec"), names)  # noqa: S102
        return None
    tree.body.pop()
    exec(compile(tree, _NAME, "exec"), names)  # noqa: S102
    return eval(compile(ast.Expression(last.value), _NAME, "eval"), names)  # noqa: S307


def _flush() -> None:
    sys.stdout.flush()
    sys.stderr.flush()


def _report(error: BaseException) -> int:
    """Say what ended a program, and return its exit status."""
    status = _RAISED
    try:
        if isinstance(error, SystemExit):
            if error.code is None or isinstance(error.code, int):
                status = (error.code or 0) & 0xFF
            else:
                sys.stderr.write(f"{error.code}\n")
        else:
            traceback.print_exception(type(error), error, _own(error.__traceback__))
    except BaseException:  # noqa: BLE001  out of memory, or of what else it takes to say so
        with suppress(OSError):
            os.write(2, type(error).__name__.encode("utf-8", "replace") + b"\n")
    with suppress(BaseException):  # the program may have closed it
        _flush()
    return status


def _own(trace: TracebackType | None) -> TracebackType | None:
    """Return a traceback from where the program's own part begins."""
    while trace and trace.tb_frame.f_code.co_filename != _NAME:
        trace = trace.tb_next
    return trace
