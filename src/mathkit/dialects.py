r"""The dialects that other people's data sets are written in, read as the names of `mathkit.records`.

GSM8K             question, answer = working, "####" and the answer
MATH, NuminaMath  problem, solution with \boxed{}, answer ("proof" and "notfound" are none)
Qwen2.5-Math      question, gt, and lists in step: code (or response), pred, score, pred_score
shared samples    question, answer, and lists in step: completions, correct, rewards, models
NeMo-Skills       problem, expected_answer, generation, reward_model_score
TRL               prompt, completion or messages
datatrove, dolma  text, id, url

Each function reads one thing from a record and raises BadRecord when it is missing or of another type; all
serve as a `Need` of the stream. A record is never changed: what a command adds is written under our own names.
"""

from collections.abc import Callable
from typing import Any, TypeVar, cast

from mathkit.errors import BadRecord
from mathkit.jsonl.codec import BigInteger, json_type
from mathkit.records import Record, Sample, new_sample
from mathkit.text import last_boxed

T = TypeVar("T")

_NO_ANSWER = frozenset({"", "proof", "notfound"})
_POSING = ("problem", "question", "prompt", "messages")
_IN_STEP = (  # lists of a sample's text, answer, correct and reward
    ("completions", "", "correct", "rewards"),
    ("code", "pred", "score", "pred_score"),
    ("response", "pred", "score", "pred_score"),
    ("pred", "pred", "score", "pred_score"),
)
_SHARED = ("completions", "correct", "rewards", "models")
_HARNESS = ("code", "response", "pred", "score", "pred_score")
_SINGLE = ("generation", "predicted_answer", "symbolic_correct", "reward_model_score")


def problem_of(record: Record) -> str:
    """Return the problem a record poses: its problem, question, prompt or last user message."""
    for name in ("problem", "question"):
        if record.get(name) is not None:
            return _string(record, name)
    for name in ("prompt", "messages"):
        if isinstance(record.get(name), str):
            return cast(str, record[name])
        if record.get(name) is not None:
            return _last_turn(record, name, "user")
    raise BadRecord("no problem", "the record has no problem (nor question, prompt, messages)")


def text_of(record: Record) -> str:
    """Return a document's text, or the problem of a record that has no text."""
    if record.get("text") is not None:
        return _string(record, "text")
    if not poses_problem(record):
        raise BadRecord("no text", f"the record has no text and no problem (nor {', '.join(_POSING[1:])})")
    return problem_of(record)


def problem_or_text(record: Record) -> str:
    """Return a record's problem, or the text of a record that poses none."""
    return problem_of(record) if poses_problem(record) else text_of(record)


def solution_of(record: Record) -> str | None:
    """Return a record's worked solution, or None: its solution, GSM8K's working, a last assistant message."""
    if record.get("solution") is not None:
        return _string(record, "solution")
    if isinstance(record.get("answer"), str) and "####" in record["answer"]:
        return cast(str, record["answer"])
    if isinstance(record.get("completion"), str):
        return cast(str, record["completion"])
    for name in ("completion", "messages"):
        if record.get(name) is not None:
            return _last_turn(record, name, "assistant", required=False)
    return None


def solved(record: Record) -> str:
    """Return the worked solution of a record that must have one."""
    problem_of(record)
    solution = solution_of(record)
    if not solution:
        raise BadRecord("no solution", "the record has no solution")
    return solution


def answer_of(record: Record) -> str | None:
    r"""Return a record's gold answer, or None where it has none.

    >>> answer_of({"answer": "He has 3 + 4 = <<3+4=7>>7.\n#### 1,007"})
    '1007'
    >>> answer_of({"solution": r"so it is \boxed{\frac12}"})
    '\\frac12'
    """
    for name in ("answer", "expected_answer", "gt"):
        value = record.get(name)
        if value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, str | int | float | BigInteger):
            raise BadRecord(f"wrong type of {name}", f"{name} is {json_type(value)}, not a string or a number")
        return _final(str(value))
    return _final(solution_of(record) or "", marked=True)


def samples_of(record: Record) -> list[Sample]:
    """Return the sampled solutions of a record, each with every field of Sample; [] where it has none.

    A null completion is an empty sample. Raises BadRecord when lists that run in step differ in length.
    """
    return _samples_there(record) or []


def has_samples(record: Record) -> list[Sample]:
    """Return the samples of a record, or raise BadRecord where it has no field that holds any."""
    samples = _samples_there(record)
    if samples is None:
        raise BadRecord("no samples", "the record has no samples (nor completions, code, response, pred, generation)")
    return samples


def _samples_there(record: Record) -> list[Sample] | None:
    if record.get("samples") is not None:
        return [_sample(given, index) for index, given in enumerate(_list(record, "samples"))]
    for texts, *others in _IN_STEP:
        # code, response or pred that is no list is some other data set's field, not the harness's
        if isinstance(record.get(texts), list) or (texts == "completions" and record.get(texts) is not None):
            return _in_step(record, texts, *others)
    return [_generated(record)] if "generation" in record else None


def with_samples(record: Record, samples: list[Sample]) -> Record:
    """Return a record with `samples`, in place of the lists that it came with."""
    if "samples" in record:
        return {**record, "samples": samples}
    replaced: set[str] = set(_SINGLE) if "generation" in record else set()
    for lists, texts in ((_SHARED, _SHARED[:1]), (_HARNESS, _HARNESS[:3])):
        if any(isinstance(record.get(name), list) for name in texts):
            replaced |= {name for name in lists if isinstance(record.get(name), list)}
    return {**{name: record[name] for name in record if name not in replaced}, "samples": samples}


def scores_of(record: Record) -> Record:
    """Return the scores of a record by rubric, {} for none; raise BadRecord where `score` is something else."""
    score = record.get("score", {})
    if not isinstance(score, dict):
        detail = f"score is {json_type(score)}, not an object; rename it: --map other=score"
        raise BadRecord("wrong type of score", detail)
    return score


def poses_problem(record: Record) -> bool:
    """Return whether a record is a problem, not a document."""
    return any(record.get(name) is not None for name in _POSING)


def _final(text: str, *, marked: bool = False) -> str | None:
    if "####" in text:
        return text.rsplit("####", 1)[1].strip().replace(",", "") or None
    found = last_boxed(text) if marked else text.strip()
    return None if found is None or found.lower() in _NO_ANSWER else found


def _string(record: Record, name: str) -> str:
    value = record[name]
    if not isinstance(value, str):
        raise BadRecord(f"wrong type of {name}", f"{name} is {json_type(value)}, not a string")
    return value


def _list(record: Record, name: str) -> list[Any]:
    value = record[name]
    if not isinstance(value, list):
        raise BadRecord(f"wrong type of {name}", f"{name} is {json_type(value)}, not an array")
    return value


def _last_turn(record: Record, name: str, role: str, *, required: bool = True) -> str:
    for turn in reversed(_list(record, name)):
        if not isinstance(turn, dict) or not isinstance(turn.get("content"), str):
            raise BadRecord(f"wrong type of {name}", f"{name} holds something other than {{role, content}}")
        if turn.get("role") == role:
            return cast(str, turn["content"])
    if required:
        raise BadRecord(f"no {role} message", f"{name} holds no {role} message")
    return ""


def _sample(given: Any, index: int) -> Sample:
    place = f"samples[{index}]"
    if not isinstance(given, dict):
        raise BadRecord("wrong type of samples", f"{place} is {json_type(given)}, not an object")
    sample = cast(Sample, {**new_sample(""), **given})
    sample["text"] = _optional(given.get("text"), str, f"{place}.text") or ""
    _optional(sample["answer"], str, f"{place}.answer")
    _optional(sample["correct"], bool, f"{place}.correct")
    _optional(sample["finish_reason"], str, f"{place}.finish_reason")
    sample["reward"] = _number(sample["reward"], f"{place}.reward")
    return sample


def _in_step(record: Record, texts: str, answers: str, correct: str, rewards: str) -> list[Sample]:
    completions = _list(record, texts)
    samples = []
    for index, completion in enumerate(completions):
        text = completion[0] if isinstance(completion, list) and len(completion) == 1 else completion
        samples.append(new_sample(_optional(text, str, f"{texts}[{index}]") or ""))

    def fill(name: str, field: str, read: Callable[[Any, str], Any]) -> None:
        values = record.get(name)
        if not isinstance(values, list):
            return
        if len(values) != len(samples):
            raise BadRecord(
                "lists out of step",
                f"{name} has {len(values)} items, {texts} has {len(samples)}: one each is needed",
            )
        for index, (sample, value) in enumerate(zip(samples, values, strict=True)):
            sample[field] = read(value, f"{name}[{index}]")  # type: ignore[literal-required]

    fill(answers, "answer", lambda value, place: _optional(value, str, place))
    fill(correct, "correct", lambda value, place: _optional(value, bool, place))
    fill(rewards, "reward", _number)
    fill("models", "model", lambda value, place: _optional(value, str, place))
    return samples


def _generated(record: Record) -> Sample:
    sample = new_sample(_optional(record["generation"], str, "generation") or "")
    sample["answer"] = _optional(record.get("predicted_answer"), str, "predicted_answer")
    sample["correct"] = _optional(record.get("symbolic_correct"), bool, "symbolic_correct")
    sample["reward"] = _number(record.get("reward_model_score"), "reward_model_score")
    return sample


def _optional(value: Any, kind: type[T], place: str) -> T | None:
    if value is None or isinstance(value, kind):
        return value
    name = "a boolean" if kind is bool else "a string"
    raise BadRecord(f"wrong type of {place.split('[')[0]}", f"{place} is {json_type(value)}, not {name}")


def _number(value: Any, place: str) -> float | None:
    if isinstance(value, list) and len(value) == 1:  # the harness writes each score as a list of one
        value = value[0]
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadRecord(f"wrong type of {place.split('[')[0]}", f"{place} is {json_type(value)}, not a number")
    try:
        return float(value)
    except OverflowError:
        raise BadRecord(f"wrong type of {place.split('[')[0]}", f"{place} is beyond the range of numbers") from None


def _field(record: Record, name: str) -> Any:
    """Return a field by its name, or by its path where no field has that name: score.quality."""
    if name in record:
        return record[name]
    value: Any = record
    for part in name.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value


def string_in(name: str) -> Callable[[Record], str]:
    """Return a function that reads a field as text; a number is read in its shortest form."""

    def read(record: Record) -> str:
        value = _field(record, name)
        if value is None:
            raise BadRecord(f"no {name}", f"the record has no {name}")
        if isinstance(value, bool) or not isinstance(value, str | int | float | BigInteger):
            raise BadRecord(f"wrong type of {name}", f"{name} is {json_type(value)}, not a string or a number")
        return str(value)

    return read


def number_in(name: str) -> Callable[[Record], float]:
    """Return a function that reads a field as a number."""

    def read(record: Record) -> float:
        number = _number(_field(record, name), name)
        if number is None:
            raise BadRecord(f"no {name}", f"the record has no {name}")
        return number

    return read
