"""The recipes on records in memory, with a model that says what is written down for it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from mathkit.backends.draw import Sampling, draw
from mathkit.recipes.documents import Extract
from mathkit.recipes.made import Recipe
from mathkit.recipes.personas import Persona
from mathkit.recipes.programs import OUTPUT, Decompose, Solve
from mathkit.recipes.seeds import SelfInstruct
from mathkit.recipes.translations import Translate, lost
from mathkit.recipes.variations import KINDS, Augment
from mathkit.recipes.wording import Wording
from mathkit.records import Failed, Kept, Outcome, Refused, Rejected
from mathkit.stages.synth import Limits, synthesize
from tests.scripted import LENGTH, TOO_LONG, Scripted

LIMITS = Limits(shortest=4, longest=400, similarity="rouge-l", most_similar=0.7)
APPLES = {"id": "a", "problem": "Tom has 3 apples and buys 4 more. How many has he?", "answer": "7"}
PEARS = {"id": "b", "problem": "小明有12个梨，吃了5个，还剩几个？", "answer": "7"}


@dataclass(frozen=True)
class Ran:
    stdout: str = ""
    stderr: str = ""
    status: int = 0
    seconds: float = 0.0


def make(
    recipe: Recipe, records: list[dict], replies: list[str] | Scripted, *, limits: Limits = LIMITS, samples: int = 1,
    jobs: int = 1, shots: list[tuple[str, str]] | None = None,
) -> list[Outcome]:  # fmt: skip
    model = replies if isinstance(replies, Scripted) else Scripted(replies)
    how = Sampling(samples, [0.7], 1.0, 100, 0)

    def ask(items: Any, *, once: bool) -> Any:
        return draw(model, items, replace(how, samples=1) if once else how)

    return list(synthesize(records, recipe, ask, system="", shots=shots or [], limits=limits, jobs=jobs))


def kept(outcomes: list[Outcome]) -> list[dict]:
    return [record for outcome in outcomes if isinstance(outcome, Kept) for record in outcome.records]


def reasons(outcomes: list[Outcome]) -> list[str]:
    return [outcome.reason for outcome in outcomes if isinstance(outcome, Refused | Rejected)]


def augment(*kinds: str, lang: str | None = None) -> Augment:
    return Augment(Wording("augment", {}), lang, kinds or KINDS)


def solve(outputs: dict[str, Ran], kind: type[Solve] = Solve) -> Solve:
    run: Callable[[str], Ran] = lambda code: outputs[code.strip()]  # noqa: E731
    return kind(Wording(kind.name, {}), None, run=run, equal=lambda one, other: one == other)


def translate(lang: str | None = None) -> Translate:
    return Translate(Wording("translate", {}), lang)


def block(number: int, text: str) -> str:
    return f"##{number}\n{text}\n##end{number}\n"


def test_a_reply_gives_several_records_which_name_their_parent() -> None:
    reply = block(1, "A boat sails 30 km in 2 hours. How fast is it?") + block(5, "What is half of a third of 60?")
    (outcome,) = make(augment(), [{**APPLES, "source": "x", "steps": 1}], [reply])
    assert isinstance(outcome, Kept)
    assert outcome.inputs == 1
    first, second = outcome.records
    assert (first["id"], second["id"]) == ("a/augment/0", "a/augment/1")
    assert first["synth"] == {
        "recipe": "augment", "parents": ["a"], "model": "scripted", "seed": first["synth"]["seed"], "kind": "numbers",
    }  # fmt: skip
    assert second["synth"]["kind"] == "complexity"
    assert first["source"] == "x"
    assert "answer" not in first and "steps" not in first  # they are the parent's


def test_every_candidate_is_kept_or_refused_and_every_record_told_of_once() -> None:
    replies = [
        block(1, "Short one?") + block(2, APPLES["problem"]) + block(3, "word " * 401) + block(4, "小明有几个苹果呢？")
        + block(5, "In the figure below, what is the angle?") + block(7, "Nobody asked for a seventh."),
        "no block at all",
        "##1\nThis one goes on and" + LENGTH,
    ]  # fmt: skip
    records = [APPLES, {**APPLES, "id": "b"}, {**APPLES, "id": "c"}]
    outcomes = make(augment(), records, replies)
    refused = [(outcome.record["id"], outcome.reason) for outcome in outcomes if isinstance(outcome, Refused)]
    assert refused == [
        ("a/augment/0", "too short"), ("a/augment/1", "too similar to a seed"), ("a/augment/2", "too long"),
        ("a/augment/3", "wrong language"), ("a/augment/4", "refers to a figure"), ("a/augment/5", "did not parse"),
        ("b/augment/0", "did not parse"), ("c/augment/0", "truncated"),
    ]  # fmt: skip
    rejected = [outcome for outcome in outcomes if isinstance(outcome, Rejected)]
    assert [(one.record, one.reason) for one in rejected] == [(record, "nothing fit was made") for record in records]
    assert [one.evidence["refused"] for one in rejected] == [6, 1, 1]


def test_what_stands_before_a_cut_is_kept() -> None:
    outcomes = make(augment(), [APPLES], [block(1, "How fast is 90 km in 2 hours?") + "##2\nA third" + LENGTH])
    assert [record["id"] for record in kept(outcomes)] == ["a/augment/0"]
    assert reasons(outcomes) == ["truncated"]


def test_the_limit_of_similarity_and_its_evidence() -> None:
    near = "Tom has 3 apples and buys 9 more. How many has he?"
    outcomes = make(augment("numbers"), [APPLES], [block(1, near)])
    (refused, _) = outcomes
    assert isinstance(refused, Refused)
    assert refused.evidence == {"similar_to": "a", "similarity": 0.9167, "same_subject": True}
    only_equal = replace(LIMITS, most_similar=1.0)
    (made,) = kept(make(augment("numbers"), [APPLES], [block(1, near)], limits=only_equal))
    assert made["problem"] == near


def test_what_was_accepted_is_known_to_all_that_comes_later() -> None:
    new = "A train needs 2 hours for 180 km. How fast is it?"
    outcomes = make(augment("numbers"), [APPLES, PEARS | {"problem": "Ann eats 5 of 12 pears."}], [block(1, new)] * 2)
    (refused,) = [outcome for outcome in outcomes if isinstance(outcome, Refused)]
    assert refused.reason == "too similar to another"
    assert refused.evidence["similar_to"] == "a/augment/0"


@pytest.mark.parametrize("jobs", [1, 4])
def test_chinese_comes_through_and_is_asked_in_chinese(jobs: int) -> None:
    text = "一列火车2小时行驶180千米，平均每小时行驶多少千米？𠮷"
    model = Scripted([block(1, "题目：" + text)])
    (made,) = kept(make(augment("numbers"), [PEARS], model, jobs=jobs))
    assert made["problem"] == text
    assert made["lang"] == "zh"
    (message,) = model.asked[0]
    assert "数学老师" in message["content"] and PEARS["problem"] in message["content"]


def test_another_language_can_be_wanted() -> None:
    model = Scripted([block(1, "A train needs 2 hours for 180 km. How fast is it?")])
    (made,) = kept(make(augment("numbers", lang="en"), [PEARS], model))
    assert made["lang"] == "en"
    assert "mathematics teacher" in model.asked[0][0]["content"]


def test_ten_variations_of_any_kind() -> None:
    model = Scripted([block(10, "How many days have 3 weeks and a half?")])
    (made,) = kept(make(augment("ten"), [APPLES], model))
    assert made["synth"]["kind"] == "ten"
    assert "10. " in model.asked[0][0]["content"]


def test_braces_in_a_problem_are_no_places_to_fill() -> None:
    model = Scripted(["nothing"])
    make(augment("numbers"), [{"id": 1, "problem": "Find {kinds} of {count} in {problem}."}], model)
    assert "Find {kinds} of {count} in {problem}." in model.asked[0][0]["content"]


@pytest.mark.parametrize("recipe", [augment(), translate(), solve({})], ids=lambda recipe: recipe.name)
def test_a_prompt_without_room_for_a_reply_is_told_from_a_bad_reply(recipe: Recipe) -> None:
    assert reasons(make(recipe, [APPLES], [TOO_LONG]))[0] == "prompt too long"


def test_examples_stand_before_the_question() -> None:
    model = Scripted(["nothing"])
    make(augment("numbers"), [APPLES], model, shots=[("asked", "replied")])
    assert [(m["role"], m["content"]) for m in model.asked[0][:2]] == [("user", "asked"), ("assistant", "replied")]


def extract() -> Extract:
    return Extract(Wording("extract", {}), None, 1000)


def test_a_document_is_asked_about_twice_and_gives_several_pairs() -> None:
    document = {"id": "d", "text": "1. Solve x+1=3. It is 2. 2. What is 2+2? 4.", "url": "u"}
    model = Scripted([
        block(1, "Question: Solve x+1=3.\nAnswer: 2") + block(2, "Question: What is 2+2?\nAnswer: 4"),
        block(1, "Question: Solve $x+1=3$ for $x$.\nAnswer: Subtract: \\boxed{2}.") + block(2, "Question: 2+2?"),
        block(1, "Question: Solve this for x: $x+1=3$.\nAnswer: It is 2."),
    ])  # fmt: skip
    outcomes = make(extract(), [document], model, samples=2, limits=replace(LIMITS, most_similar=1.0))
    assert len(model.asked) == 3  # the first question is put once
    assert "Question: What is 2+2?\nAnswer: 4" in model.asked[1][0]["content"]
    first, second = kept(outcomes)
    assert (first["problem"], first["answer"], first["url"]) == ("Solve $x+1=3$ for $x$.", "2", "u")
    assert "answer" not in second
    assert reasons(outcomes) == ["no question and answer"]


def test_documents_without_pairs_keep_their_places_and_cost_one_question() -> None:
    documents = [{"id": number, "text": "What is 2+2? It is 4." if number % 3 else "x" * 1001} for number in range(300)]
    asked: list[Any] = []

    class Both(Scripted):
        def complete(self, requests: Any) -> Any:
            for request in requests:
                asked.append(request)
                self._replies = iter(["void"])
                yield from super().complete([request])

    outcomes = make(extract(), documents, Both([]))
    assert [outcome.record["id"] for outcome in outcomes if isinstance(outcome, Rejected)] == list(range(300))
    assert set(reasons(outcomes)) == {"no question and answer", "longer than --max-text"}
    assert len(asked) == 200


def test_a_failed_reply_is_a_failed_record() -> None:
    class Down(Scripted):
        def complete(self, requests: Any) -> Any:
            for batch in super().complete(requests):
                yield [(request, replace(completion, failure="no server")) for request, completion in batch]

    (outcome,) = make(extract(), [{"id": "d", "text": "t"}], Down([""]))
    assert outcome == Failed({"id": "d", "text": "t"}, "no server")


def seeds(**options: int) -> SelfInstruct:
    defaults = {"examples": 3, "new": 2, "keywords": 1, "seed": 0}
    return SelfInstruct(Wording("self-instruct", {}), None, **{**defaults, **options})


FIELD = [
    {"id": n, "subject": "geometry", "problem": text}
    for n, text in enumerate(["Draw a rhombus of side 2.", "Find the radius of this ball.", "Measure the angle there.",
                              "Halve a pyramid of height 6."])
]  # fmt: skip
OTHER = {"id": "o", "subject": "chance", "problem": "Toss a coin twice and count heads."}


def test_examples_and_keywords_are_of_the_same_sub_discipline() -> None:
    model = Scripted(["nothing"] * 5)
    make(seeds(), [*FIELD, OTHER], model)
    prompts = [messages[0]["content"] for messages in model.asked]
    for record, prompt in zip(FIELD, prompts, strict=False):
        assert prompt.count("Problem ") == 3
        assert f"Problem 3: {record['problem']}" in prompt
        assert "coin" not in prompt and "geometry" in prompt
        (missing,) = [other["problem"] for other in FIELD if other["problem"] not in prompt]
        keyword = prompt.split("close to them: ")[1].split(".")[0]
        assert keyword in missing.lower()
    assert "geometry" not in prompts[-1] and prompts[-1].count("Problem ") == 1


def test_at_most_a_quarter_of_the_examples_are_a_models() -> None:
    made = [{**record, "id": f"m{record['id']}", "synth": {"recipe": "self-instruct"}} for record in FIELD]
    model = Scripted(["nothing"] * 8)
    people = [{**record, "problem": record["problem"] + " By hand."} for record in FIELD]
    make(seeds(examples=4), [*people, *made], model)
    for messages in model.asked[:4]:
        assert messages[0]["content"].count(" By hand.") == 3


def test_all_seeds_are_known_before_the_first_question_and_ids_that_are_taken_stay() -> None:
    taken = {"id": "0/self-instruct/0", "problem": "Something made before of the first one."}
    replies = [block(1, OTHER["problem"]) + block(2, "A cube has 12 edges of 3 cm each. What is its volume?")]
    outcomes = make(seeds(), [FIELD[0], OTHER, taken], [*replies, "", ""])
    (refused, *_) = outcomes
    assert isinstance(refused, Refused)
    assert (refused.reason, refused.evidence["same_subject"]) == ("too similar to a seed", False)
    assert [record["id"] for record in kept(outcomes)] == ["0/self-instruct/2"]


def test_a_persona_is_inferred_or_known_or_drawn() -> None:
    recipe = Persona(Wording("persona", {}), None, personas=[], longest=1000, seed=0)
    model = Scripted(["A pilot.", "Math problem: A plane flies 900 km in 90 minutes. How fast is it?"])
    (made,) = kept(make(recipe, [{"id": "t", "text": "On clouds."}], model))
    assert made["problem"] == "A plane flies 900 km in 90 minutes. How fast is it?"
    assert made["synth"]["persona"] == "A pilot."
    assert "Person: A pilot." in model.asked[1][0]["content"]

    assert (
        reasons(make(recipe, [{"id": "t", "text": "On clouds."}], ["A pilot.", "Clouds are nice."]))[0]
        == "did not parse"
    )
    assert reasons(make(recipe, [{"id": "t", "text": "On clouds."}], ["A pil" + LENGTH])) == ["truncated"]

    known = Scripted(["数学题：护士每小时输液125毫升，4小时输多少毫升？"])
    (made,) = kept(make(recipe, [{"id": "p", "persona": "一位护士"}], known))
    assert (made["lang"], len(known.asked)) == ("zh", 1)

    drawn = Persona(Wording("persona", {}), None, personas=["A cook."], longest=1000, seed=0)
    model = Scripted(["Math problem: A cook halves 6 eggs for 4 guests. How many halves are there?"])
    (made,) = kept(make(drawn, [APPLES], model))
    assert APPLES["problem"] in model.asked[0][0]["content"]
    assert made["synth"]["persona"] == "A cook."


def test_a_translation_has_all_parts_and_keeps_the_answer() -> None:
    record = {"id": "t", "problem": "Is $x^2=4$ for 2?", "solution": "Yes: $2^2=4$.", "answer": "Yes", "level": 3}
    reply = block(1, "题目：对2来说，$x^2 = 4$ 成立吗？\n解答：成立：$2^2=4$。\n答案：成立")
    (made,) = kept(make(translate(), [record], [reply]))
    assert (made["answer"], made["lang"], made["level"]) == ("成立", "zh", 3)
    without = block(1, "题目：对2来说，$x^2 = 4$ 成立吗？\n答案：成立")
    assert reasons(make(translate(), [record], [without])) == ["did not parse", "nothing fit was made"]
    outcomes = make(translate("en"), [record], [])
    assert reasons(outcomes) == ["in that language already"]


@pytest.mark.parametrize(
    ("source", "translated", "reason"),
    [
        ("Half of 10 is 5.", "10的一半是5。", None),
        ("She has two cats and 3 dogs.", "她有2只猫和3只狗。", None),
        ("She has 2 cats.", "她有两只猫。", "numbers changed"),
        ("It costs $3.00 or $1.00.", "价格是3元或1元。", None),
        ("Pay $1{,}250 at once.", "一次付1250元。", None),
        ("Take 0.5 of it.", "取其中的0.05。", "numbers changed"),
        (r"Let $a_1 = \dfrac{1}{2}$.", r"设 $a_1=\frac{1}{2}$。", None),
        (r"Let $a = b$.", r"设 $a \ne b$。", "formulas changed"),
        (r"If $x > 0$, then $y < 0$.", r"若 $x > 0$，则 $y > 0$。", "formulas changed"),
        (r"\[ x \text{ is even} \]", r"\[ x \text{ 是偶数} \]", None),
        (r"Use \sqrt{2} here.", "这里用2的平方根。", "formulas changed"),
        ("全角１２个", "12 of them", None),
    ],
)
def test_numbers_and_formulas_survive_a_translation(source: str, translated: str, reason: str | None) -> None:
    found = lost(source, translated)
    assert (found and found[0]) == reason


SOLUTION = "3 and 4 are added.\n```python\nprint(3 + 4)\n```\n"
RUNS = {"print(3 + 4)": Ran("7\n")}


def test_a_solution_holds_what_its_program_really_printed() -> None:
    imagined = SOLUTION + OUTPUT + "\n8\n```\nSo it is 8."
    (made,) = kept(make(solve(RUNS), [APPLES], [imagined]))
    assert made["solution"] == SOLUTION + OUTPUT + "\n7\n```\nThe answer is $\\boxed{7}$."
    assert (made["problem"], made["answer"], made["synth"]["checked"]) == (APPLES["problem"], "7", "answer")


@pytest.mark.parametrize(
    ("reply", "ran", "reason"),
    [
        (SOLUTION, Ran("8\n"), "answer disagreement"),
        (SOLUTION, Ran("", "ZeroDivisionError: division by zero", 1), "program failed"),
        (SOLUTION, Ran("7\n", "", 124), "program failed"),
        (SOLUTION, Ran("  \n"), "no output"),
        (SOLUTION, Ran("7" * 3000), "too long an output"),
        ("It is 7.", Ran(), "no program"),
        ("```python\nprint(3 +" + LENGTH, Ran(), "truncated"),
        ("It takes long" + LENGTH, Ran(), "truncated"),
        ("我们把它们加起来，三加四等于七。\n```python\nprint(3 + 4)\n```", Ran("7"), "wrong language"),
    ],
)
def test_a_solution_that_does_not_hold_is_refused(reply: str, ran: Ran, reason: str) -> None:
    outcomes = make(solve({"print(3 + 4)": ran}), [APPLES], [reply])
    assert reasons(outcomes)[0] == reason
    assert not kept(outcomes)


def test_without_an_answer_the_program_must_only_run() -> None:
    record = {"id": "n", "problem": "小明有3个苹果，又买了4个。一共几个？"}
    reply = "两数相加。\n```python\na = 3\n```\n再算：\n```python\nprint('和', a + 4)\nprint(a + 4)\n```"
    runs = {"a = 3\n\nprint('和', a + 4)\nprint(a + 4)": Ran("和 7\n7\n")}
    (made,) = kept(make(solve(runs), [record], [reply]))
    assert (made["answer"], made["synth"]["checked"]) == ("7", "ran")
    assert made["solution"].endswith("```output\n和 7\n7\n```\n答案是 $\\boxed{7}$。")


def test_the_same_solution_twice_counts_once() -> None:
    outcomes = make(solve(RUNS), [APPLES], [SOLUTION] * 3, samples=3)
    assert len(kept(outcomes)) == 1
    assert reasons(outcomes) == ["the same as another"] * 2


def test_a_decomposition_names_its_sub_tasks() -> None:
    reply = "1. Count the apples at first.\n2. **Add** those bought.\n" + SOLUTION.partition("\n")[2]
    (made,) = kept(make(solve(RUNS, Decompose), [APPLES], [reply]))
    assert made["subtasks"] == ["Count the apples at first.", "**Add** those bought."]
    assert reasons(make(solve(RUNS, Decompose), [APPLES], [SOLUTION]))[0] == "did not parse"


@pytest.mark.parametrize("jobs", [1, 3])
def test_programs_run_side_by_side_and_come_out_in_order(jobs: int) -> None:
    records = [{"id": n, "problem": f"What is {n} and nothing more?", "answer": str(n)} for n in range(40)]
    runs = {f"print({n})": Ran(f"{n}\n") for n in range(40)}
    replies = [f"It is so.\n```python\nprint({n})\n```" for n in range(40)]
    assert [record["id"] for record in kept(make(solve(runs), records, replies, jobs=jobs))] == [
        f"{n}/solve/0" for n in range(40)
    ]


@pytest.mark.parametrize(
    "reply",
    ["##1\n" * 3000, " " * 20000, "problem" + " " * 20000, "Problem: " * 3000, "\\(" * 9000, "$a " * 8000, "*" * 20000,
     "```python\n" * 3000, "##end\n" * 4000, "\n" * 20000, "(" * 20000, "the " * 8000],
    ids=lambda reply: repr(reply[:10]),
)  # fmt: skip
def test_no_reply_is_too_much(reply: str) -> None:
    """Read in far less than a second; quadratic expressions would take a minute."""
    for recipe in (augment(), translate(), Persona(Wording("persona", {}), None, personas=["x"], longest=9, seed=0)):
        assert not kept(make(recipe, [APPLES], [reply], limits=replace(LIMITS, longest=1)))
    assert lost(reply, reply) is None
