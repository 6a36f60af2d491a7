"""The options of a command that draws samples from a model, and how they are drawn."""

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING

from typer import BadParameter

from mathkit.cli import options
from mathkit.cli.dry_run import show_plan
from mathkit.cli.manifest import note_model
from mathkit.errors import UsageError
from mathkit.jsonl import Stream, read_file
from mathkit.prompts import OF_MODE, conversation
from mathkit.records import Failed, Message, Record, Sample

if TYPE_CHECKING:
    from mathkit.backends import LanguageModel

_SECONDS = 20.0  # for a program (Qwen-Agent)


@dataclass
class Sampling:
    """Which model is asked, how, and for how many samples."""

    model: options.Model = None
    engine: options.Engine = None
    tape: options.Tape = None
    samples: options.Samples = 8
    temperature: options.Temperature = "0.7"
    top_p: options.TopP = 1.0
    max_tokens: options.MaxTokens = 2048
    system: options.SystemOfMode = None
    prompt_file: options.PromptFile = None
    shots: options.Shots = None
    dry_run: options.DryRun = False

    def __post_init__(self) -> None:
        self._opened: LanguageModel | None = None

    def draw(
        self, stream: Stream, records: Iterable[Record], more: int | None = None
    ) -> Iterator[tuple[Record, list[Sample]] | Failed]:
        """Yield each record with the samples that the model draws for its problem, or why there are none.

        With `more` so many that come after those which are drawn without.
        """
        from mathkit.backends import open_model
        from mathkit.backends.draw import Sampling as HowToSample
        from mathkit.backends.draw import draw
        from mathkit.dialects import problem_of

        assert self.model
        count, first = (self.samples, 0) if more is None else (more, self.samples)
        how = HowToSample(count, self.temperatures(), self.top_p, self.max_tokens, stream.seed, first=first)
        template, shots = self._template(), self._worked_examples()

        def ask(record: Record) -> tuple[Record, list[Message]]:
            return record, conversation(problem_of(record), system=self.prompt(), template=template, shots=shots)

        if self.dry_run:
            show_plan((messages for _, messages in map(ask, records)), samples=count, longest=self.max_tokens)
        if self._opened is None:
            self._opened = open_model(self.model, self.tape, self.engine or [])
            note_model(stream, ", ".join(self.model), self._opened.name)
        with self.solving(self._opened, stream.jobs) as model:
            for record, samples, failure in draw(model, map(ask, records), how):
                stream.tally.tokens += sum(sample["tokens"] or 0 for sample in samples)
                yield (record, samples) if failure is None else Failed(record, failure)

    def prompt(self) -> str:
        """Return the system prompt."""
        return self.system or ""

    def solving(self, model: "LanguageModel", jobs: int) -> "AbstractContextManager[LanguageModel]":
        """Return the model in the way that it solves problems."""
        return nullcontext(model)

    def temperatures(self) -> list[float]:
        """Return the temperatures; raise a usage error where they make no sense."""
        try:
            values = [float(value) for value in self.temperature.split(",")]
        except ValueError:
            raise BadParameter(f"{self.temperature!r} is not T[,T...]", param_hint="'--temperature'") from None
        if not all(0 <= value < float("inf") for value in values):
            raise BadParameter(f"{self.temperature} is not zero or positive", param_hint="'--temperature'")
        if self.samples > 1 and values == [0.0]:
            raise BadParameter(f"at 0 all {self.samples} samples are the same", param_hint="'--temperature'")
        return values

    def check(self) -> None:
        """Raise a usage error for options that cannot work together, before anything is read."""
        self.temperatures()
        self._template()
        texts = [("--system", self.prompt()), *(("--model", model) for model in self.model or [])]
        for option, text in texts:
            if any("\ud800" <= character <= "\udfff" for character in text):  # bytes that are no UTF-8
                raise BadParameter("not UTF-8 text", param_hint=f"'{option}'")

    def _template(self) -> str:
        if self.prompt_file is None:
            return "{problem}"
        try:
            template = self.prompt_file.read_text(encoding="utf-8").rstrip("\n")
        except UnicodeDecodeError:
            raise UsageError(f"--prompt-file {self.prompt_file}: not UTF-8 text") from None
        if "{problem}" not in template:
            raise UsageError(f"--prompt-file {self.prompt_file}: has no {{problem}} for the problem to stand at")
        return template

    def _worked_examples(self) -> list[tuple[str, str]]:
        from mathkit.dialects import problem_of, solved

        return [(problem_of(shot), solved(shot)) for shot in read_file(self.shots, solved)] if self.shots else []


@dataclass
class Solving(Sampling):
    """How solutions of problems are sampled, which may hold programs."""

    mode: options.Mode = "cot"
    max_programs: options.MaxPrograms = 9
    unsafe_exec: options.UnsafeExec = False

    def prompt(self) -> str:
        """Return the system prompt, that of the mode where none is given."""
        return OF_MODE[self.mode] if self.system is None else self.system

    @contextmanager
    def solving(self, model: "LanguageModel", jobs: int) -> "Iterator[LanguageModel]":
        """Yield the model, with a sandbox for what it programs."""
        if self.mode == "cot":
            yield model
            return
        from mathkit.backends.tools import ProgramModel, ToolModel
        from mathkit.sandbox.pool import Pool
        from mathkit.sandbox.preludes import ANSWER, PROGRAM_OF_THOUGHTS

        names = {"prelude": PROGRAM_OF_THOUGHTS, "answer": ANSWER} if self.mode == "pot" else {}
        with Pool(jobs, unsafe=self.unsafe_exec, **names) as pool:
            pool.run("", _SECONDS)  # a machine that cannot isolate programs says so before a model is asked
            if self.mode == "pot":
                yield ProgramModel(model, pool, timeout=_SECONDS)
            else:
                yield ToolModel(model, pool, programs=self.max_programs, timeout=_SECONDS)
