"""The client of the fault tests' provider: real requests over its socket, errors classified as a real client would."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass

from tasks.models.client import CallError, Completion, ModelCall
from tests.fakes.clients import failed, rate_limited, refused


@dataclass(frozen=True, slots=True)
class SocketClient:
    """Sends each call as one request; a provider that is silent for the call's time-out is given up."""

    socket: str

    async def complete(self, call: ModelCall) -> Completion:
        try:
            async with asyncio.timeout(call.timeout_s):
                line = await self._ask(call)
        except TimeoutError as error:
            raise CallError("silent", status="timeout", error_type="timeout", is_retryable=True) from error
        if not line:
            raise failed("connection")
        behaviour, n_in, n_out = json.loads(line)
        match behaviour:
            case "429":
                raise rate_limited(0.0)
            case "500":
                raise failed()
            case "filtered":
                raise refused()
        return Completion("an answer of a few words", n_in, n_out, 0, None, "stop")

    async def _ask(self, call: ModelCall) -> bytes:
        """One request on a connection of its own; the answer's line, empty where it was cut off."""
        reader, writer = await asyncio.open_unix_connection(self.socket)
        try:
            model = call.deployment.litellm_model.removeprefix("openai/")
            writer.write((json.dumps({"prompt": call.messages[-1].content, "model": model}) + "\n").encode())
            return await reader.readline()
        finally:
            writer.close()
