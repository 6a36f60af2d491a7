"""A small OpenAI-compatible server: chat completions, log-probabilities, models; and it misbehaves when told to."""

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self

Answer = Callable[[dict], dict]


class Refusal(Exception):
    """What a server says of a request that it does not take."""

    def __init__(self, status: int, message: str, **headers: str) -> None:
        super().__init__(message)
        self.status, self.message, self.headers = status, message, headers


class Drop(Exception):
    """The connection ends without an answer."""


@dataclass
class Server:
    """A server on a free port, as a context manager; `answer` makes a chat completion of a body, or raises."""

    answer: Answer
    models: list[str] = field(default_factory=lambda: ["tiny"])
    asked: list[tuple[float, dict, dict]] = field(default_factory=list)  # when, body, headers
    route: str = "/v1/chat/completions"
    closes_silently: bool = False  # after each answer, though it does not say so
    most: int = 0  # requests at the same time
    _now: int = 0

    def __enter__(self) -> Self:
        owner, lock = self, threading.Lock()

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_GET(self) -> None:
                if self.path == "/v1/models":
                    self._send(200, {"object": "list", "data": [{"id": name} for name in owner.models]})
                else:
                    self._send(404, {"detail": "Not Found"})

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                with lock:
                    owner.asked.append((time.monotonic(), body, dict(self.headers)))
                    owner._now += 1
                    owner.most = max(owner.most, owner._now)
                try:
                    assert self.path == owner.route
                    self._send(200, owner.answer(body))
                except Refusal as refusal:
                    self._send(refusal.status, {"error": {"message": refusal.message}}, refusal.headers)
                except (Drop, BrokenPipeError):
                    self.close_connection = True
                finally:
                    with lock:
                        owner._now -= 1

            def _send(self, status: int, answer: object, headers: dict[str, str] | None = None) -> None:
                data = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
                self.send_response(status)
                for name, value in ({"Content-Length": str(len(data))} | (headers or {})).items():
                    self.send_header(name.replace("_", "-"), value)
                self.end_headers()
                self.wfile.write(data)
                self.close_connection = self.close_connection or owner.closes_silently

            def log_message(self, format: str, *args: object) -> None:
                """Say nothing."""

        class Quiet(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 128

            def handle_error(self, request: object, client_address: object) -> None:
                """A client that went away is none of a test's business."""

        self._http = Quiet(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """Take no more connections."""
        self._http.shutdown()
        self._http.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_port}/v1"

    @property
    def texts(self) -> list[str]:
        """What was asked, in the order of arrival."""
        return [body["messages"][-1]["content"] for _, body, _ in self.asked]


def completion(text: str, reason: str = "stop", tokens: int = 1, **more: object) -> dict:
    message = {"role": "assistant", "content": text}
    return {
        "object": "chat.completion",
        "choices": [{"index": 0, "message": message, "finish_reason": reason, **more}],
        "usage": {"completion_tokens": tokens},
    }


def echo(body: dict) -> dict:
    return completion(f"{body['messages'][-1]['content']} {body['seed']}")


def tiny_model(folder: Path) -> Answer:
    """Return what answers with the model of a folder, as vLLM's server does."""
    import torch

    from mathkit.backends import Request
    from mathkit.backends.chat import token_ids
    from mathkit.backends.hf import TransformersModel, _load

    model, lock = TransformersModel(str(folder)), threading.Lock()
    network, tokenizer = _load(str(folder))

    def answer(body: dict) -> dict:
        goes_on = body["messages"][-1]["role"] == "assistant"
        assert (body.get("continue_final_message"), body.get("add_generation_prompt")) == (
            (True, False) if goes_on else (None, None)
        )
        ids = token_ids(tokenizer, body["messages"])
        room = network.config.max_position_embeddings
        if len(ids) + body["max_tokens"] > room:
            raise Refusal(400, f"This model's maximum context length is {room} tokens.")
        with lock:
            more: dict[str, Any] = {}
            if body.get("logprobs"):
                with torch.inference_mode():
                    chances = torch.log_softmax(network(torch.tensor([ids])).logits[0, -1].float(), dim=-1)
                best, tokens = chances.topk(body["top_logprobs"])
                words = tokenizer.convert_ids_to_tokens(tokens.tolist())
                told = [
                    {"token": word, "logprob": chance, "bytes": list(word.encode())}
                    for word, chance in zip(words, best.tolist(), strict=True)
                ]
                more["logprobs"] = {"content": [told[0] | {"top_logprobs": told}]}
            request = Request(
                "key", body["messages"], body["temperature"], body["top_p"], body["max_tokens"], body["seed"],
                tuple(body.get("stop", ())),
            )  # fmt: skip
            (((_, done),),) = model.complete([request])
        return completion(done.text, done.finish_reason, done.tokens, **more)

    return answer
