"""What a model behind servers does when they fail, are slow, come and go."""

import email.utils
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from mathkit.backends import Choice, Completion, Request, open_model, servers
from mathkit.backends.draw import Sampling, draw
from mathkit.backends.http import ServedModel
from mathkit.errors import Unavailable, UsageError
from tests.backends.serving import Drop, Refusal, Server, completion, echo
from tests.conftest import heed_ctrl_c, jsonl, run_mathkit

ONE = Sampling(samples=1, temperatures=[0.0], top_p=1.0, max_tokens=12, seed=1)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(servers, "_FIRST_PAUSE", 0.002)
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)


def ask(model: Any, *texts: str) -> dict[str, Completion]:
    """Return the completions of user turns."""
    requests = (Request(text, [{"role": "user", "content": text}], 0.0, 1.0, 12, 1) for text in texts)
    return {request.key: completion for batch in model.complete(requests) for request, completion in batch}


def opened(*places: str, options: Iterable[str] = ()) -> Any:
    return open_model(places, None, list(options))


class Times:
    """What answers after so many troubles for a text."""

    def __init__(self, trouble: Exception, *, of: str, times: int) -> None:
        self.trouble, self.text, self.left = trouble, of, times

    def __call__(self, body: dict) -> dict:
        if body["messages"][-1]["content"] == self.text and self.left:
            self.left -= 1
            raise self.trouble
        return echo(body)


@pytest.mark.parametrize(
    "trouble",
    [Refusal(500, "oops"), Refusal(503, "busy"), Refusal(429, "slow down"), Refusal(408, "late"), Drop()],
    ids=repr,
)
def test_what_passes_is_asked_again(trouble: Exception) -> None:
    with Server(Times(trouble, of="b", times=3)) as server:
        done = ask(opened(f"{server.url}#m"), "a", "b", "c")
    assert {key: one.text for key, one in done.items()} == {"a": "a 1", "b": "b 1", "c": "c 1"}
    assert server.texts.count("b") == 4
    assert len(server.texts) == 6


@pytest.mark.parametrize("trouble", [Refusal(500, "oops"), Refusal(429, "slow down"), Drop()], ids=repr)
def test_what_does_not_pass_costs_its_own_record_alone(trouble: Exception) -> None:
    with Server(Times(trouble, of="b", times=99)) as server:
        done = ask(opened(f"{server.url}#m", options=["retries=2"]), "a", "b", "c")
    asked = server.texts.count("b")  # once more where it may only have been a connection closed while idle
    assert asked == 3 or (isinstance(trouble, Drop) and asked == 4)
    assert done["b"].failure is not None
    assert server.url in done["b"].failure
    assert "asked 3 times" in done["b"].failure
    assert (done["a"].text, done["c"].text) == ("a 1", "c 1")


def test_a_refused_request_is_asked_once() -> None:
    with Server(Times(Refusal(400, "no such thing\nas that"), of="b", times=99)) as server:
        done = ask(opened(f"{server.url}#m"), "a", "b")
    assert server.texts.count("b") == 1
    assert done["b"].failure == f"{server.url}: status 400: no such thing as that"


@pytest.mark.parametrize("message", [
    "This model's maximum context length is 4096 tokens. However, you requested 5000 tokens",
    "The decoder prompt (length 5000) is longer than the maximum model length of 4096",
    "the request exceeds the available context size, try increasing it",
    "Input is too long for requested model.",
])  # fmt: skip
def test_a_prompt_that_is_too_long_is_no_failure(message: str) -> None:
    with Server(Times(Refusal(400, message), of="b", times=99)) as server:
        assert ask(opened(f"{server.url}#m"), "b")["b"] == Completion("", "prompt_too_long", 0)


def test_a_server_is_not_asked_before_it_says_so() -> None:
    with Server(Times(Refusal(429, "slow down", Retry_After="1"), of="b", times=1)) as server:
        assert ask(opened(f"{server.url}#m", options=["concurrency=1"]), "b", "c")["b"].text == "b 1"
    first, second, *_ = [when for when, _, _ in server.asked]
    assert second - first >= 1


def test_a_server_that_asks_for_hours_is_not_waited_for() -> None:
    with Server(Times(Refusal(429, "tomorrow", Retry_After="86400"), of="b", times=1)) as server:
        assert "tomorrow" in str(ask(opened(f"{server.url}#m"), "b")["b"].failure)


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("7", 7, 7),
        ("0.5", 0.5, 0.5),
        ("-3", 0, 0),
        (email.utils.formatdate(time.time() + 3600, usegmt=True), 3000, 3600),
        (email.utils.formatdate(0), 0, 0),
    ],
)
def test_retry_after_is_seconds_or_a_date(text: str, low: float, high: float) -> None:
    found = servers._retry_after(_Headers(text))  # type: ignore[arg-type]
    assert found is not None
    assert low <= found <= high


@pytest.mark.parametrize("text", [None, "", "soon", "nan"])
def test_what_is_no_time_is_none(text: str | None) -> None:
    assert servers._retry_after(_Headers(text)) is None  # type: ignore[arg-type]


class _Headers:
    def __init__(self, text: str | None) -> None:
        self.text = text

    def getheader(self, name: str) -> str | None:
        return self.text


def test_pauses_double_up_to_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(servers, "_FIRST_PAUSE", 0.5)
    assert [servers._pause(failures) for failures in (1, 2, 3, 6, 7, 2000)] == [0.5, 1, 2, 16, 30, 30]


def test_a_slow_answer_is_given_up() -> None:
    release = threading.Event()

    def slow(body: dict) -> dict:
        if body["messages"][-1]["content"] == "b":
            release.wait(30)
        return echo(body)

    with Server(slow) as server:
        done = ask(opened(f"{server.url}#m", options=["timeout=1", "retries=1"]), "a", "b")
        release.set()
    assert done["a"].text == "a 1"
    assert done["b"].failure == f"{server.url}: no answer within 1 s (asked 2 times)"


def test_a_connection_that_was_closed_while_idle_is_no_trouble() -> None:
    with Server(echo, closes_silently=True) as server:
        done = ask(opened(f"{server.url}#m", options=["retries=0", "concurrency=1"]), *"abcdef")
    assert all(one.failure is None for one in done.values())


def test_no_more_are_asked_at_once_than_told() -> None:
    def slow(body: dict) -> dict:
        time.sleep(0.02)
        return echo(body)

    with Server(slow) as server:
        ask(opened(f"{server.url}#m", options=["concurrency=3"]), *map(str, range(30)))
    assert server.most == 3


def test_a_slow_one_is_not_left_far_behind() -> None:
    release = threading.Event()
    taken = []

    def slow(body: dict) -> dict:
        if body["messages"][-1]["content"] == "0":
            release.wait(30)
        return echo(body)

    def requests() -> Iterable[Request]:
        for number in range(200):
            taken.append(number)
            yield Request(str(number), [{"role": "user", "content": str(number)}], 0.0, 1.0, 12, 1)

    with Server(slow) as server:
        done = 0
        for batch in opened(f"{server.url}#m", options=["concurrency=2"]).complete(requests()):
            done += len(batch)
            if done == 63:  # all but the first, of 16 times twice the two at once
                assert len(taken) == 64
                release.set()
    assert done == 200


def test_prompts_are_spread_over_servers() -> None:
    def slow(body: dict) -> dict:
        time.sleep(0.02)
        return echo(body)

    with Server(slow) as one, Server(slow) as other:
        done = ask(opened(f"{one.url}#m", f"{other.url}#m", options=["concurrency=2"]), *map(str, range(20)))
    assert len(done) == 20
    assert min(len(one.asked), len(other.asked)) >= 5


@pytest.mark.parametrize("retries", [1, 8])
def test_a_server_that_is_down_is_left_alone(monkeypatch: pytest.MonkeyPatch, retries: int) -> None:
    monkeypatch.setattr(servers, "_FIRST_PAUSE", 5)
    with Server(echo) as one, Server(echo) as down:
        down.stop()
        texts = list(map(str, range(50)))
        done = ask(opened(f"{down.url}#m", f"{one.url}#m", options=["concurrency=1", f"retries={retries}"]), *texts)
    assert all(completion.failure is None for completion in done.values())
    assert sorted(one.texts) == sorted(texts)


def test_a_server_that_breaks_off_goes_to_the_other_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(servers, "_FIRST_PAUSE", 1000)

    def broken(body: dict) -> dict:
        raise Drop

    with Server(echo) as one, Server(broken) as other:
        done = ask(opened(f"{other.url}#m", f"{one.url}#m", options=["concurrency=2"]), *map(str, range(20)))
    assert all(completion.failure is None for completion in done.values())
    assert len(other.asked) <= 4


def test_servers_that_go_away_for_good_do_not_hold_the_run_up() -> None:
    with Server(echo) as server:
        model = opened(f"{server.url}#m", options=["concurrency=1", "retries=3"])
        server.closes_silently = True

        def texts() -> Iterable[Request]:
            for number in range(40):
                if number == 5:
                    server.stop()
                yield Request(str(number), [{"role": "user", "content": str(number)}], 0.0, 1.0, 12, 1)

        done = {request.key: one for batch in model.complete(texts()) for request, one in batch}
    failures = [one.failure for one in done.values() if one.failure]
    assert len(done) == 40
    assert "asked 4 times" in failures[0]
    assert all("asked once" in failure for failure in failures[1:])


def test_a_completion_that_is_none_is_a_failure() -> None:
    answers: dict[str, Any] = {
        "a": {"choices": []}, "b": [], "c": {"choices": [{"message": None}]}, "d": b"<html>", "e": completion("e"),
        "f": completion(None, "length", 3),  # type: ignore[arg-type]
    }  # fmt: skip
    with Server(lambda body: answers[body["messages"][-1]["content"]]) as server:
        done = ask(opened(f"{server.url}#m", options=["retries=1"]), *answers)
    assert {key for key, one in done.items() if one.failure is None} == {"e", "f"}
    assert done["f"] == Completion("", "length", 3)
    assert "not JSON" in str(done["d"].failure)


@pytest.mark.parametrize(("status", "advice"), [(401, "OPENAI_API_KEY"), (403, "OPENAI_API_KEY"), (404, "the address")])
def test_a_server_that_does_not_let_us_in_is_unavailable(
    status: int, advice: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")

    def refuse(body: dict) -> dict:
        raise Refusal(status, "wrong key sk-secret")

    with Server(refuse) as server, pytest.raises(Unavailable, match=advice) as error:
        ask(opened(f"{server.url}#m"), "a")
    assert "sk-secret" not in str(error.value)
    assert server.asked[0][2]["Authorization"] == "Bearer sk-secret"


def test_no_server_is_unavailable_and_says_so_at_once() -> None:
    with Server(echo) as server:
        url = server.url
    for place in (f"{url}#m", url):
        done = run_mathkit("eval", "--model", place, stdin=jsonl({"problem": "p", "answer": "1"}))
        assert done.status == 69, done.stderr
        assert f"mathkit eval: --model {url}: cannot be reached: " in done.stderr


def test_ctrl_c_does_not_wait_for_answers(tmp_path: Path) -> None:
    asked, release = threading.Event(), threading.Event()

    def slow(body: dict) -> dict:
        asked.set()
        release.wait(60)
        return echo(body)

    problems = tmp_path / "problems.jsonl"
    problems.write_bytes(jsonl({"problem": "p", "answer": "1"}))
    with Server(slow) as server:
        process = subprocess.Popen(
            [sys.executable, "-m", "mathkit", "eval", "-q", "--model", f"{server.url}#m", str(problems)],
            stderr=subprocess.PIPE, preexec_fn=heed_ctrl_c,
        )  # fmt: skip
        assert asked.wait(60)
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 130
        assert not release.is_set()
        release.set()
        assert process.stderr
        assert process.stderr.read().startswith(b"mathkit eval: interrupted; ")
        process.stderr.close()


def test_a_failed_record_ends_the_run_with_75(tmp_path: Path) -> None:
    def answer(body: dict) -> dict:
        if "bad" in body["messages"][-1]["content"]:
            raise Refusal(400, "I will not")
        return completion("It is 1.")

    problems = jsonl(*({"id": word, "problem": word, "answer": "1"} for word in ("good", "bad", "fine")))
    with Server(answer) as server:
        done = run_mathkit("eval", "-q", "--model", f"{server.url}#m", stdin=problems, OPENAI_API_KEY="sk-secret")
    assert done.status == 75, done.stderr
    assert [record["id"] for record in done.records] == ["good", "fine"]
    assert "sk-secret" not in done.stderr


def test_the_only_model_of_a_server_needs_no_name() -> None:
    with Server(echo, ["only"]) as one, Server(echo, ["this", "that"]) as two:
        assert opened(one.url).name == "only"
        with pytest.raises(UsageError, match="it has this, that; name one"):
            opened(two.url)


def test_what_one_server_gave_is_not_asked_of_another(tmp_path: Path) -> None:
    tape = str(tmp_path / "tape")
    items = [(text, [{"role": "user", "content": text}]) for text in "abc"]
    with Server(echo) as one:
        first = list(draw(open_model(f"{one.url}#m", tape), items, ONE))
    with Server(echo) as other:
        assert list(draw(open_model(f"{other.url}#m", tape), items, ONE)) == first
    assert not other.asked


@pytest.mark.parametrize(("places", "options", "message"), [
    (["http://h/v1#a", "http://i/v1#b"], [], "one model, not a and b"),
    (["http://h/v1#a", "hf:x"], [], "several servers of one"),
    (["http://key:secret@h/v1#a"], [], "an address is"),
    (["http:///v1#a"], [], "an address is"),
    (["http://h:99999/v1#a"], [], "an address is"),
    (["http://h/v1#a"], ["tensor-parallel-size=2"], "concurrency, retries, timeout"),
    (["http://h/v1#a"], ["concurrency=0"], "whole number from 1"),
    (["http://h/v1#a"], ["timeout"], "KEY=VALUE"),
    (["hf:x"], ["timeout=1"], "hf:x has no options"),
])  # fmt: skip
def test_what_makes_no_sense_is_a_usage_error(places: list[str], options: list[str], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        opened(*places, options=options)


def weigh(server: Server, *answers: str) -> Any:
    choice = Choice("key", [{"role": "user", "content": "?"}], answers)
    (((_, weighed),),) = ServedModel([f"{server.url}#m"], {}).weigh([choice])
    return weighed


def test_answers_are_found_among_the_tokens_and_bounded_where_not() -> None:
    def answer(body: dict) -> dict:
        assert (body["logprobs"], body["top_logprobs"], body["max_tokens"]) == (True, 20, 1)
        top = [("Yes", -0.5), (" No", -1.5), ("May", -3.0), (" ", -4.0), ("Ye", -5.0)]
        told = [{"token": token, "logprob": chance} for token, chance in top]
        return completion("Yes", logprobs={"content": [{"token": "Yes", "logprob": -0.5, "top_logprobs": told}]})

    with Server(answer) as server:
        assert weigh(server, "Yes", "No", "Maybe").log_probabilities == (-0.5, -1.5, -3.0)
        bound = weigh(server, "Yes", "Never").log_probabilities[1]
    assert bound == -5.0


def test_characters_of_several_tokens_are_found_by_their_bytes() -> None:
    def answer(body: dict) -> dict:
        top = [("\ufffd", list("是".encode()[:2]), -0.1), ("\ufffd", list("否".encode()[:2]), -2.5)]
        told = [{"token": token, "bytes": data, "logprob": chance} for token, data, chance in top]
        return completion("", logprobs={"content": [told[0] | {"top_logprobs": told}]})

    with Server(answer) as server:
        assert weigh(server, "是", "否").log_probabilities == (-0.1, -2.5)


def test_without_log_probabilities_nothing_is_weighed() -> None:
    with Server(lambda body: completion("Yes")) as server:
        assert weigh(server, "Yes", "No").failure == "the server gives no log-probabilities"
