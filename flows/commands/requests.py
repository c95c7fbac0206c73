"""From options to the request of a flow, whose own bounds hold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from policies.documents import sentence_of
from policies.errors import BadInputError

RequestT = TypeVar("RequestT", bound=BaseModel)


def request_of(kind: type[RequestT], fields: Mapping[str, object]) -> RequestT:
    """What the options ask for; raises `BadInputError` that names the option of a value out of range."""
    try:
        return kind.model_validate(fields)
    except ValidationError as error:
        details = error.errors(include_url=False)[0]
        option = "--" + str(details["loc"][0]).replace("_", "-")
        raise BadInputError(sentence_of(details), field=option, value=details["input"]) from error
