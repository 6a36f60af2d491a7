"""mathkit vote."""

from typing import Annotated, Literal

from typer import Option

from mathkit.cli import options
from mathkit.jsonl import Stream
from mathkit.prompts import CHAIN_OF_THOUGHT


def vote(
    stream: Stream,
    weights: Annotated[
        Literal["none", "reward"],
        Option(metavar="none|reward", help="Count samples, or add up their rewards."),
    ] = "none",
    reward_map: Annotated[
        Literal["sigmoid", "softmax", "rank"],
        Option(metavar="MAP", help="From rewards to weights: sigmoid, softmax or rank."),
    ] = "sigmoid",
    top_k: Annotated[
        int | None, Option(min=1, metavar="K", help="Choose the K best samples of the winning answer.")
    ] = None,
    min_share: Annotated[
        float,
        options.share_option("Reject a problem whose winner has less of the weight of the samples with an answer."),
    ] = 0.0,
    as_: options.As = "groups",
    system: options.System = CHAIN_OF_THOUGHT,
) -> None:
    """Vote among the samples of each problem and add the outcome as vote.

    Answers that are mathematically equal are one answer. Ties go to the answer with the best reward, then to the one
    seen first, and are shown; no answer never wins.

    Example:
        cat examples/data/sampled.jsonl | mathkit vote --top-k 2 | tail -1
    """
    from mathkit.dialects import answer_of, has_samples, problem_of
    from mathkit.stages.vote import add_votes, rewarded

    needs = [has_samples, answer_of]
    if weights == "reward":
        needs.append(rewarded)
    if as_ == "messages":
        needs.append(problem_of)
    stream.write(
        add_votes(
            stream.read(*needs), weights=weights, reward_map=reward_map, top_k=top_k, min_share=min_share,
            as_messages=as_ == "messages", system=system, jobs=stream.jobs,
        )
    )  # fmt: skip
