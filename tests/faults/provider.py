"""A provider of the fault tests in a process of its own, with a durable account.

`python -m tests.faults.provider SOCKET LOG` answers one JSON line per connection to its Unix socket. Each request is in
the log, with what it charges, before the answer leaves, so that whatever happens to the client, the log says what was
served. How a request ends hangs on its prompt and on how often that prompt has come: most are answered, some are
refused, cut off or never answered, and what is cut off or never answered is charged as well.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias, cast

Behaviour: TypeAlias = Literal["ok", "429", "500", "filtered", "cut", "silent"]

# Nano-USD per token, in and out, of the catalogue in tests/fakes/desks.py: reckoned here independently of `policies`.
RATES = {"small": (1_000, 2_000), "large": (10_000, 30_000), "spare": (3_000, 4_000)}
PERCENT: dict[Behaviour, int] = {"429": 3, "500": 3, "filtered": 2, "cut": 2, "silent": 1}
CHARGED = ("ok", "cut", "silent")
ANSWER_TOKENS = 7
THINKING_S = 0.02  # or the tests would be about how fast calls can be made


@dataclass(frozen=True, slots=True)
class Served:
    """One request as the provider accounts for it; what it charged is in nano-USD."""

    prompt: str
    model: str
    behaviour: Behaviour
    input_tokens: int
    output_tokens: int
    charge: int


def behave(prompt: str, nth: int) -> Behaviour:
    """How the nth request with a prompt ends: the same each time that it is asked."""
    dice = int.from_bytes(hashlib.sha256(f"{prompt}/{nth}".encode()).digest()[:4]) % 100
    for behaviour, percent in PERCENT.items():
        if dice < percent:
            return behaviour
        dice -= percent
    return "ok"


def serve_one(prompt: str, model: str, nth: int) -> Served:
    """What a request comes to."""
    behaviour = behave(prompt, nth)
    n_in, n_out = len(prompt.split()), ANSWER_TOKENS if behaviour in CHARGED else 0
    rate_in, rate_out = RATES[model]
    charge = n_in * rate_in + n_out * rate_out if behaviour in CHARGED else 0
    return Served(prompt, model, behaviour, n_in, n_out, charge)


def read_log(path: Path) -> list[Served]:
    """The provider's account, in the order in which it served."""
    lines = path.read_text().splitlines()
    return [Served(*cast("tuple[str, str, Behaviour, int, int, int]", json.loads(line))) for line in lines]


async def serve(socket: str, log: int) -> None:
    """Answer until killed; says so once it listens."""
    times: Counter[str] = Counter()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked = json.loads(await reader.readline())
        prompt, model = asked["prompt"], asked["model"]
        times[prompt] += 1
        served = serve_one(prompt, model, times[prompt])
        os.write(log, (json.dumps([getattr(served, name) for name in Served.__slots__]) + "\n").encode())
        if served.behaviour == "silent":
            await reader.read()  # until the client gives up
        elif served.behaviour != "cut":
            await asyncio.sleep(THINKING_S)
            reply = [served.behaviour, served.input_tokens, served.output_tokens]
            writer.write((json.dumps(reply) + "\n").encode())
        writer.close()

    async def answer_unless_gone(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await answer(reader, writer)
        except (OSError, ValueError):  # the client was killed in the middle of its line
            writer.close()

    server = await asyncio.start_unix_server(answer_unless_gone, socket)
    print("listening", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    asyncio.run(serve(sys.argv[1], os.open(sys.argv[2], flags, 0o600)))
