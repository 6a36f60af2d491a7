"""Vote among the samples of a problem: plain majority, or weighted by reward.

Weighted voting is Uesato et al. (arXiv 2211.14275, section 2.5): the answer with the greatest sum of its samples'
estimated chances to be right wins. A reward model's unbounded scores are mapped to weights first, for sums of raw
scores make an answer lose by being frequent where scores are negative.
"""

import math
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Literal, TypedDict

from mathkit.answers import Grader
from mathkit.answers.samples import answer_of_sample
from mathkit.dialects import answer_of, problem_of, samples_of, with_samples
from mathkit.errors import BadRecord
from mathkit.parallel import ordered_map
from mathkit.prompts import as_training_example
from mathkit.records import Kept, Outcome, Record, Rejected, Sample

RewardMap = Literal["sigmoid", "softmax", "rank"]


class AnswerClass(TypedDict):
    """An answer that samples gave, in its most frequent form."""

    answer: str
    votes: int
    weight: float


class Vote(TypedDict):
    """The outcome of a vote."""

    answer: str | None  # None where no sample has an answer
    votes: int
    share: float  # of the weight of all samples that have an answer
    margin: float  # share less that of the runner-up
    tie: bool  # another answer has the same weight
    classes: list[AnswerClass]  # heaviest first
    correct: bool | None  # None without a gold answer


def rewarded(record: Record) -> list[Sample]:
    """Return the samples of a record; raise BadRecord where one has no reward."""
    samples = samples_of(record)
    for index, sample in enumerate(samples):
        if sample["reward"] is None:
            raise BadRecord("no reward", f"samples[{index}] has no reward, which --weights reward needs")
    return samples


def add_votes(
    records: Iterable[Record],
    *,
    weights: Literal["none", "reward"],
    reward_map: RewardMap,
    top_k: int | None,
    min_share: float,
    as_messages: bool,
    system: str,
    jobs: int,
) -> Iterator[Outcome]:
    """Yield each record with `vote`, and with `chosen` on its samples where `top_k` asks for the best of them.

    A record whose winner's share is below `min_share` is rejected. `as_messages` writes the chosen samples (one
    where `top_k` is None) as training examples instead, and rejects a record that has none.
    """
    with Grader(jobs) as grader:

        def vote(record: Record) -> Outcome:
            samples = samples_of(record)
            outcome, winners = _vote(record, samples, grader, weights, reward_map)
            voted = {**record, "vote": outcome}
            if outcome["share"] < min_share:
                return Rejected(voted, "share too small", {"share": outcome["share"]})
            if top_k is None and not as_messages:
                return voted
            written = [index for index in winners if samples[index]["text"] or not as_messages]
            chosen = set(_best(samples, written, top_k or 1))
            for index, sample in enumerate(samples):
                sample["chosen"] = index in chosen
                sample["reason"] = "chosen by vote" if index in chosen else "not chosen by vote"
            if not as_messages:
                return with_samples(voted, samples)
            if not chosen:
                return Rejected(voted, "no solution with an answer")
            return Kept(
                [
                    as_training_example(f"{record['id']}/{index}", system, problem_of(record), samples[index]["text"])
                    for index in sorted(chosen)
                ]
            )

        yield from ordered_map(vote, records, jobs)


def _vote(
    record: Record,
    samples: list[Sample],
    grader: Grader,
    weights: Literal["none", "reward"],
    reward_map: RewardMap,
) -> tuple[Vote, list[int]]:
    """Return the vote of a record and the positions of the samples that gave the winning answer."""
    for sample in samples:
        sample["answer"] = answer_of_sample(sample)
    answered = [(index, sample["answer"]) for index, sample in enumerate(samples) if sample["answer"]]
    scores = weigh([sample["reward"] or 0.0 for sample in samples], reward_map) if weights == "reward" else None

    classes: list[tuple[float, float, list[int]]] = []  # weight, best reward, samples
    for group in grader.groups([answer for _, answer in answered], "strict"):
        members = [answered[position][0] for position in group]
        weight = math.fsum(scores[index] for index in members) if scores else float(len(members))
        rewards = [reward for index in members if (reward := samples[index]["reward"]) is not None]
        classes.append((weight, max(rewards, default=-math.inf), members))
    # the heaviest answer; of those that tie the best rewarded, then the first seen
    classes.sort(key=lambda entry: (-entry[0], -entry[1], entry[2][0]))
    # the others by what they say, so that only a tie for the first place depends on the order of the samples
    classes[1:] = sorted(classes[1:], key=lambda entry: (-entry[0], -entry[1], _form(samples, entry[2])))

    gold = answer_of(record)
    if not classes:
        correct = None if gold is None else False
        return Vote(answer=None, votes=0, share=0.0, margin=0.0, tie=False, classes=[], correct=correct), []
    total = math.fsum(weight for weight, _, _ in classes)
    heaviest, _, winners = classes[0]
    runner_up = classes[1][0] if len(classes) > 1 else 0.0
    shown = [
        AnswerClass(answer=_form(samples, members), votes=len(members), weight=round(weight, 6))
        for weight, _, members in classes
    ]
    outcome = Vote(
        answer=shown[0]["answer"],
        votes=shown[0]["votes"],
        share=round(heaviest / total, 6) if total else 0.0,
        margin=round((heaviest - runner_up) / total, 6) if total else 0.0,
        tie=len(classes) > 1 and math.isclose(heaviest, runner_up, rel_tol=1e-12),
        classes=shown,
        correct=None if gold is None else grader.equal(shown[0]["answer"], gold, "strict")[0],
    )
    return outcome, winners


def _form(samples: list[Sample], members: list[int]) -> str:
    """Return the most frequent form of an answer, the shortest of those that tie, whatever the order."""
    forms = Counter(str(samples[index]["answer"]) for index in members)
    return min(forms, key=lambda text: (-forms[text], len(text), text))


def weigh(rewards: list[float], reward_map: RewardMap) -> list[float]:
    """Map a problem's rewards to weights.

    sigmoid: the estimated chance to be right. softmax: the share of the exponentials. rank: the share of the
    problem's samples that a reward is not below, ties in the middle.

    >>> weigh([0.0, 0.0], "sigmoid"), weigh([1.0, 1.0], "softmax"), weigh([3.0, -1.0], "rank")
    ([0.5, 0.5], [0.5, 0.5], [1.0, 0.5])
    """
    match reward_map:
        case "sigmoid":
            return [_sigmoid(reward) for reward in rewards]
        case "softmax":
            top = max(rewards, default=0.0)
            powers = [math.exp(reward - top) for reward in rewards]
            return [power / math.fsum(powers) for power in powers]
        case "rank":
            return [
                (sum(other < reward for other in rewards) + (rewards.count(reward) + 1) / 2) / len(rewards)
                for reward in rewards
            ]


def _sigmoid(reward: float) -> float:
    if reward >= 0:
        return 1 / (1 + math.exp(-reward))
    power = math.exp(reward)  # does not overflow
    return power / (1 + power)


def _best(samples: list[Sample], members: list[int], count: int) -> list[int]:
    """Return the positions of the best rewarded samples, the first seen of those that tie, and no text twice."""

    def rank(index: int) -> tuple[float, int]:
        reward = samples[index]["reward"]
        return (math.inf if reward is None else -reward, index)

    different: dict[str, int] = {}
    for index in sorted(members, key=rank):
        different.setdefault(samples[index]["text"] or str(index), index)
    return list(different.values())[:count]
