"""A scripted OpenAI-compatible server on loopback: real HTTP, one scripted behaviour per request, everything counted.

In a test: `with ScriptedProvider(["429:2", "500", "ok:Paris"]) as provider: … provider.base_url …`.
From outside: `python tests/fakes/provider.py --port 0 --script 429:2,ok` prints its port on the first line;
`GET /counts` answers with what it has served so far, so that a test that kills its client can still count.

A behaviour is `KIND[:ARGUMENT]`: `ok[:text]`, `echo` (the last message comes back), `429[:Retry-After]`, any other
HTTP status from 400 up, `slow[:seconds]` before an `ok`, `cut` (half a body, then the connection is closed), `drop`
(closed before any answer), `malformed` (a body that is not JSON), `html`, `empty` (no choices), `nousage`, `refused`
(finish_reason content_filter), `leak` (a 500 that repeats the request's Authorization header), `blame` (a 400 that says
what `blame` makes of the request). When the script is over, `default` is repeated.
"""

from __future__ import annotations

import argparse
import json
import socket
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType

Answer = Callable[[Mapping[str, object]], str]
Blame = Callable[[Mapping[str, str], Mapping[str, object]], str]


@dataclass(frozen=True, slots=True)
class Received:
    """One request as it arrived; `behaviour` is what it was answered with."""

    path: str
    headers: Mapping[str, str]
    body: Mapping[str, object]
    behaviour: str
    received_at: float  # monotonic seconds

    @property
    def model(self) -> str:
        return str(self.body.get("model", ""))

    @property
    def prompt(self) -> str:
        return last_content(self.body)


@dataclass
class Tally:
    """What a provider has served; guarded by its own lock."""

    requests: list[Received] = field(default_factory=list)
    input_tokens: int = 0
    output_tokens: int = 0
    in_flight: int = 0
    most_in_flight: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)


class ScriptedProvider:
    """A threaded loopback server that answers by script; a context manager."""

    def __init__(
        self,
        script: Iterable[str] = (),
        *,
        default: str = "ok",
        answer: Answer | None = None,
        blame: Blame | None = None,
        port: int = 0,
    ) -> None:
        self.tally = Tally()
        self.default = default
        self.answer = answer  # text of `ok` without an argument, from the request's body
        self.blame = blame  # the message of `blame`, from the request's headers and body
        self._script = list(script)
        self._stopping = threading.Event()
        self._server = _Server(("127.0.0.1", port), _Handler)
        self._server.provider = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    @property
    def requests(self) -> list[Received]:
        with self.tally.lock:
            return list(self.tally.requests)

    @property
    def n_requests(self) -> int:
        return len(self.requests)

    def counts(self) -> dict[str, object]:
        """Requests by behaviour kind and the tokens reported so far, as `GET /counts` shows them."""
        kinds: dict[str, int] = {}
        for received in self.requests:
            kind = received.behaviour.split(":", 1)[0]
            kinds[kind] = kinds.get(kind, 0) + 1
        tally = self.tally
        return {
            "requests": sum(kinds.values()),
            "by_kind": kinds,
            "input_tokens": tally.input_tokens,
            "output_tokens": tally.output_tokens,
            "most_in_flight": tally.most_in_flight,
            "prompts": [received.prompt for received in self.requests],
        }

    def extend(self, script: Iterable[str]) -> None:
        """Add behaviours to the end of the script."""
        with self.tally.lock:
            self._script.extend(script)

    def take(self, path: str, headers: Mapping[str, str], body: Mapping[str, object]) -> str:
        """Record a request and say how to answer it."""
        with self.tally.lock:
            behaviour = self._script.pop(0) if self._script else self.default
            self.tally.requests.append(Received(path, headers, body, behaviour, time.monotonic()))
            return behaviour

    def pause(self, seconds: float) -> None:
        """Sleep, but no longer than the server lives."""
        self._stopping.wait(seconds)

    def __enter__(self) -> ScriptedProvider:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopping.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 256
    provider: ScriptedProvider

    def handle_error(self, request: object, client_address: object) -> None:
        """Stay silent: clients that hang up are part of the script."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def log_message(self, format: str, *args: object) -> None:
        """Stay silent."""

    def do_GET(self) -> None:
        self._send(200, json.dumps(self.server.provider.counts()).encode())

    def do_POST(self) -> None:
        provider, tally = self.server.provider, self.server.provider.tally
        raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = json.loads(raw or b"{}")
        behaviour = provider.take(self.path, {k.lower(): v for k, v in self.headers.items()}, body)
        with tally.lock:
            tally.in_flight += 1
            tally.most_in_flight = max(tally.most_in_flight, tally.in_flight)
        try:
            self._act(behaviour, body)
        finally:
            with tally.lock:
                tally.in_flight -= 1

    def _act(self, behaviour: str, body: Mapping[str, object]) -> None:
        kind, _, argument = behaviour.partition(":")
        if kind.isdigit():
            retry_after = {"Retry-After": argument} if argument else {}
            self._send(int(kind), error_body(int(kind)), retry_after)
        elif kind == "leak":
            self._send(500, json.dumps({"error": {"message": f"bad header {self.headers['Authorization']}"}}).encode())
        elif kind == "blame":
            blame = self.server.provider.blame
            message = blame(dict(self.headers.items()), body) if blame else "scripted blame"
            self._send(400, json.dumps({"error": {"message": message, "code": "400"}}).encode())
        elif kind == "drop":
            self._hang_up()
        elif kind == "cut":
            self._send(200, self._completion("ok", "half an answer", body), cut=True)
        elif kind in ("malformed", "html"):
            text = b'{"choices": [{"message": ' if kind == "malformed" else b"<html><body>Welcome</body></html>"
            self._send(200, text, {"Content-Type": "application/json" if kind == "malformed" else "text/html"})
        else:
            if kind == "slow":
                self.server.provider.pause(float(argument or 5))
                argument = ""
            self._send(200, self._completion(kind, argument, body))

    def _completion(self, kind: str, argument: str, body: Mapping[str, object]) -> bytes:
        answer = self.server.provider.answer
        text = argument or (answer(body) if answer else "ok")
        if kind == "echo":
            text = last_content(body)
        reply = completion_body(text, body, is_refused=kind == "refused")
        if kind == "empty":
            reply["choices"] = []
        if kind == "nousage":
            del reply["usage"]
        else:
            tally = self.server.provider.tally
            with tally.lock:
                tally.input_tokens += count_input(body)
                tally.output_tokens += count_words(text)
        return json.dumps(reply).encode()

    def _send(self, status: int, body: bytes, headers: Mapping[str, str] | None = None, *, cut: bool = False) -> None:
        self.send_response(status)
        headers = {"Content-Type": "application/json", **(headers or {})}
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if cut else body)
        self.wfile.flush()
        if cut:
            self._hang_up()

    def _hang_up(self) -> None:
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)


def last_content(body: Mapping[str, object]) -> str:
    """The content of the last message of a chat request."""
    messages = body.get("messages")
    return str(messages[-1].get("content", "")) if isinstance(messages, list) and messages else ""


def count_words(text: str) -> int:
    """The fake's token rule: whitespace-separated words."""
    return len(text.split())


def count_input(body: Mapping[str, object]) -> int:
    """Words over all the messages of a chat request."""
    messages = body.get("messages")
    return sum(count_words(str(m.get("content", ""))) for m in messages) if isinstance(messages, list) else 0


def completion_body(text: str, body: Mapping[str, object], *, is_refused: bool = False) -> dict[str, object]:
    """A chat completion as OpenAI words it."""
    n_in, n_out = count_input(body), count_words(text)
    message = {"role": "assistant", "content": "" if is_refused else text}
    return {
        "id": "chatcmpl-same-id-every-time",  # provider ids can collide: nothing may use them as keys
        "object": "chat.completion",
        "created": 0,
        "model": body.get("model", ""),
        "choices": [{"index": 0, "message": message, "finish_reason": "content_filter" if is_refused else "stop"}],
        "usage": {
            "prompt_tokens": n_in,
            "completion_tokens": n_out,
            "total_tokens": n_in + n_out,
            "prompt_tokens_details": {"cached_tokens": 0},
        },
    }


def error_body(status: int) -> bytes:
    """An error as OpenAI words it."""
    error = {"message": f"scripted failure {status}", "type": "scripted", "param": None, "code": str(status)}
    return json.dumps({"error": error}).encode()


def main() -> None:
    """Serve until killed; the first line on stdout is the port."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--script", default="", help="behaviours, separated by commas")
    parser.add_argument("--default", default="ok", help="what to do when the script is over")
    options = parser.parse_args()
    script = [part for part in options.script.split(",") if part]
    with ScriptedProvider(script, default=options.default, port=options.port) as provider:
        print(provider.port, flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    main()
