"""Models in vLLM, in this process: its scheduler always has more requests than it can run at once."""

import os
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain, islice
from pathlib import Path
from typing import Any, NoReturn, TypeVar

from mathkit.backends import EMBEDDED, Choice, Completion, Request, Weighed
from mathkit.backends.chat import first_token, token_ids
from mathkit.backends.guardian import start_guarded
from mathkit.backends.intake import Intake
from mathkit.errors import Unavailable, UsageError
from mathkit.records import Message

T = TypeVar("T")
R = TypeVar("R")

_DEEP = 2  # times what the scheduler runs at once
_OWN = ("model", "runner", "trust_remote_code")  # options that are not the user's


class VllmModel:
    """A causal language model in a directory or on a hub; vLLM is imported and the model loaded when first asked.

    Requests go to vLLM's engine one by one as it has room for them, and leave it as each is finished.
    """

    def __init__(self, where: str, options: Mapping[str, str]) -> None:
        self.name = where
        self._options = options
        self._engine: Any = None
        self._runs = 0
        self._early: dict[str, list[tuple[int, Any]]] = {}  # finished, by the run that has not looked yet
        self._latest: tuple[list[Message], list[int]] = [], []

    def complete(self, requests: Iterable[Request]) -> Iterator[list[tuple[Request, Completion]]]:
        """Yield completions as they are finished."""
        return self._run(requests, self._begin, _completion)

    def weigh(self, choices: Iterable[Choice]) -> Iterator[list[tuple[Choice, Weighed]]]:
        """Yield what the model thinks of answers as it is known, exactly: vLLM tells the chance of any token."""
        return self._run(choices, self._begin_to_weigh, self._weighed)

    def _run(
        self, items: Iterable[T], begin: Callable[[str, T], R | None], end: Callable[[T, Any], R]
    ) -> Iterator[list[tuple[T, R]]]:
        """Yield each item with what `end` makes of vLLM's output, or what `begin` says where vLLM cannot take it."""
        coming = iter(items)
        if not (first := list(islice(coming, 1))):
            return
        self._engine = self._engine or _load(self.name, self._options)
        self._runs += 1
        run = str(self._runs)
        self._early[run] = []
        intake = Intake(chain(first, coming), _DEEP * self._engine.vllm_config.scheduler_config.max_num_seqs)
        try:
            while True:
                for number, item in intake.take():
                    if (refused := begin(f"{run}-{number}", item)) is not None:
                        yield [(intake.give_back(number), refused)]
                if not intake:
                    return
                if not self._early[run]:
                    self._step()
                outputs, self._early[run] = self._early[run], []
                batch = []
                for number, output in outputs:
                    item = intake.give_back(number)
                    batch.append((item, end(item, output)))
                if batch:
                    yield batch
        finally:
            del self._early[run]
            self._engine.abort_request([f"{run}-{number}" for number in intake.under_way()])

    def _begin(self, key: str, request: Request) -> Completion | None:
        from vllm import SamplingParams
        from vllm.sampling_params import RequestOutputKind

        prompt = self._prompt(request.messages)
        if len(prompt) + request.max_tokens > self._engine.model_config.max_model_len:
            return Completion("", "prompt_too_long", 0)
        parameters = SamplingParams(
            temperature=request.temperature,
            top_p=request.top_p or 1e-9,  # 0 is greedy, but vLLM refuses it
            max_tokens=request.max_tokens,
            seed=request.seed if request.temperature else None,
            stop=list(request.stop),
            output_kind=RequestOutputKind.FINAL_ONLY,
        )
        why = self._add(key, prompt, parameters)
        return None if why is None else Completion("", "error", 0, why)

    def _begin_to_weigh(self, key: str, choice: Choice) -> Weighed | None:
        from vllm import SamplingParams
        from vllm.sampling_params import RequestOutputKind

        prompt = self._prompt(choice.messages)
        if len(prompt) >= self._engine.model_config.max_model_len:
            return Weighed(())
        parameters = SamplingParams(
            temperature=0,
            max_tokens=1,
            logprob_token_ids=sorted(set(self._first_tokens(choice))),
            output_kind=RequestOutputKind.FINAL_ONLY,
        )
        why = self._add(key, prompt, parameters)
        return None if why is None else Weighed((), why)

    def _weighed(self, choice: Choice, output: Any) -> Weighed:
        (told,) = output.outputs[0].logprobs
        return Weighed(tuple(told[token].logprob for token in self._first_tokens(choice)))

    def _first_tokens(self, choice: Choice) -> list[int]:
        return [first_token(self._engine.get_tokenizer(), answer) for answer in choice.answers]

    def _prompt(self, messages: list[Message]) -> list[int]:
        if messages is not self._latest[0]:  # the samples of a problem have one prompt
            self._latest = messages, token_ids(self._engine.get_tokenizer(), messages)
        return self._latest[1]

    def _add(self, key: str, prompt: list[int], parameters: Any) -> str | None:
        """Give vLLM a request; return why it does not take it, if it does not."""
        from vllm.inputs import tokens_input

        try:
            self._engine.add_request(key, tokens_input(prompt), parameters)
        except ValueError as error:
            return f"vLLM: {_first_line(error)}"
        return None

    def _step(self) -> None:
        """Let vLLM work a moment; what is finished is put where the run that asked for it looks."""
        from vllm.v1.engine.exceptions import EngineDeadError

        try:
            for output in self._engine.step():
                run, _, number = output.request_id.partition("-")
                if output.finished and run in self._early:
                    self._early[run].append((int(number), output))
        except (EngineDeadError, RuntimeError) as error:
            raise Unavailable(f"--model vllm:{self.name}: vLLM has ended: {_first_line(error)}") from None


def _completion(request: Request, output: Any) -> Completion:
    answer = output.outputs[0]
    if answer.finish_reason in ("stop", "length"):
        return Completion(answer.text, answer.finish_reason, len(answer.token_ids))
    return Completion("", "error", 0, f"vLLM ended the request: {answer.finish_reason}")


def _load(where: str, options: Mapping[str, str]) -> Any:
    """Return vLLM's engine with the model in it."""
    os.environ.setdefault("VLLM_LOGGING_STREAM", "ext://sys.stderr")
    os.environ.setdefault("VLLM_LOGGING_LEVEL", "ERROR")
    os.environ.setdefault("PYTHONWARNINGS", "ignore")  # in its processes
    try:
        with warnings.catch_warnings(action="ignore"):
            from vllm import LLMEngine
    except (ImportError, RuntimeError, OSError) as error:
        how = "is not installed: pip install '.[vllm]' in the checkout, or serve it elsewhere and name http://HOST:PORT/v1"
        why = how if getattr(error, "name", None) == "vllm" else f"cannot be imported: {_first_line(error)}"
        raise Unavailable(f"--model vllm:{where}: vLLM {why}") from None
    arguments = _arguments(where, options)
    try:
        return start_guarded(lambda: LLMEngine.from_engine_args(arguments))
    except (OSError, ValueError, RuntimeError) as error:
        missing = "" if Path(arguments.model).exists() else f"no such directory, or no such model ({EMBEDDED} is one): "
        raise Unavailable(f"--model vllm:{where}: {missing}{_first_line(error)}") from None


def _arguments(where: str, options: Mapping[str, str]) -> Any:
    """Return vLLM's EngineArgs, with the options read as `vllm serve` reads them."""
    from vllm import EngineArgs
    from vllm.platforms import current_platform
    from vllm.utils.argparse_utils import FlexibleArgumentParser

    def refuse(message: str) -> NoReturn:
        raise UsageError(f"--engine: {' '.join(message.split())}; vLLM's EngineArgs are the keys")

    if where == EMBEDDED:
        from mathkit.backends.smollm2 import model_directory

        where = str(model_directory())
    given = [f"--model={where}", "--enable-prefix-caching", "--no-use-tqdm-on-load", "--disable-log-stats"]
    if current_platform.is_cpu():
        given.append("--no-enable-chunked-prefill")  # with it, a seed ends the engine there (vLLM 0.32)
    for key, value in options.items():
        if key in _OWN:
            raise UsageError(f"--engine {key}: {'is never on' if key == 'trust_remote_code' else 'is set by mathkit'}")
        name = key.replace("_", "-")
        match value.lower():
            case "true":
                given.append(f"--{name}")
            case "false":
                given.append(f"--no-{name}")
            case _:
                given.append(f"--{name}={value}")
    parser = FlexibleArgumentParser(allow_abbrev=False)
    parser.error = refuse
    return EngineArgs.from_cli_args(EngineArgs.add_cli_args(parser).parse_args(given))


def _first_line(error: BaseException) -> str:
    """Return what an error says, on one line: pydantic says it in the second."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    told = [line for line in lines if line.startswith("Value error, ")]
    return f"{(told or lines or [type(error).__name__])[0].removeprefix('Value error, '):.300}"
