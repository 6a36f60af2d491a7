"""A reward model in Qwen's layout gives the numbers that its definition says, whatever else is in the batch."""

from pathlib import Path

import pytest

from mathkit.backends import Reward, Solution, open_reward_model
from mathkit.backends.tape import Tape
from mathkit.errors import Unavailable, UsageError
from tests.backends.serving import Refusal, Server
from tests.backends.tiny import save_tiny_model, save_tiny_reward_model
from tests.conftest import jsonl, run_mathkit


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_tiny_reward_model(tmp_path_factory.mktemp("reward"))


def ask(*texts: str) -> list[Solution]:
    return [
        Solution(text, [{"role": "user", "content": "one plus two"}, {"role": "assistant", "content": text}])
        for text in texts
    ]


def test_a_reward_is_the_head_on_the_last_token(tiny: Path, tmp_path: Path) -> None:
    import torch
    from safetensors.torch import load_file
    from transformers import AutoTokenizer, LlamaModel

    texts = ["three", "the answer is three and three apples", "two " * 200]
    model = Tape(str(tmp_path / "tape"), open_reward_model(str(tiny), None))
    found = {solution.key: reward.value for batch in model.rate(ask(*texts)) for solution, reward in batch}
    assert found.pop(texts[2]) is None
    weights = load_file(tiny / "model.safetensors")
    tokenizer, backbone = AutoTokenizer.from_pretrained(tiny), LlamaModel.from_pretrained(tiny).eval()
    for text, reward in found.items():
        tokens = tokenizer(f"<s> one plus two </s> <s> {text} </s>", return_tensors="pt")["input_ids"]
        with torch.inference_mode():
            last = backbone(tokens).last_hidden_state[0, -1]
        inner = torch.relu(weights["score.0.weight"] @ last + weights["score.0.bias"])
        expected = weights["score.2.weight"] @ inner + weights["score.2.bias"]
        assert reward == pytest.approx(float(expected), abs=1e-4)
    assert len(set(found.values())) == 2


def test_what_is_no_reward_model_is_said(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="no directory of a reward model"):
        list(open_reward_model(str(tmp_path), None).rate(ask("a")))
    with pytest.raises(Unavailable, match=r"has no reward head: score\.0\.weight is missing"):
        list(open_reward_model(f"hf:{save_tiny_model(tmp_path)}", None).rate(ask("a")))
    with pytest.raises(UsageError, match="a reward model is"):
        open_reward_model("magic:x", None)


def test_samples_get_their_rewards_and_the_best_are_chosen(tiny: Path) -> None:
    row = {"id": 1, "problem": "one plus two", "samples": [{"text": "three"}, {"text": "two"}, {"text": "one"}]}
    done = run_mathkit("score", "--reward-model", tiny, "--top-m", 1, "--system", "", stdin=jsonl(row))
    assert done.status == 0, done.stderr
    samples = done.records[0]["samples"]
    best = max(samples, key=lambda sample: sample["reward"])
    assert [sample["chosen"] for sample in samples] == [sample is best for sample in samples]
    assert "score" not in done.records[0]


def test_a_served_reward_model_tells_the_reward_of_the_last_token(tmp_path: Path) -> None:
    def pooling(body: dict) -> dict:
        text = body["messages"][-1]["content"]
        assert (body["model"], body["task"]) == ("rm", "token_classify")
        if text == "long":
            raise Refusal(400, "This model's maximum context length is 128 tokens.")
        if text == "odd":
            return {"data": []}
        return {"data": [{"index": 0, "data": [[0.5], [-1.0], [float(len(text))]]}]}

    with Server(pooling, route="/pooling") as server:
        model = open_reward_model(f"{server.url}#rm", str(tmp_path / "tape"))
        found = {one.key: reward for batch in model.rate(ask("three", "long", "odd")) for one, reward in batch}
    assert model.name == "rm"
    assert found["three"] == Reward(5.0)
    assert found["long"] == Reward(None)
    assert found["odd"].failure == "the server's answer is no reward (IndexError)"
    del model
    recorded = open_reward_model(f"tape:{tmp_path / 'tape'}", None)
    assert [reward for batch in recorded.rate(ask("long", "three")) for _, reward in batch] == [
        Reward(None),
        Reward(5.0),
    ]
