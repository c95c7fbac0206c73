"""What a catalogue's model strings may name: LiteLLM's providers, and the embedded models."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

EMBEDDED = "embedded"


@dataclass(frozen=True, slots=True)
class Served:
    """What can be called here; `other_uses` gives the model strings that answer no prompt, with what they are for.

    It is a function, since the list is long, and of no use to a catalogue of embedded models alone.
    """

    providers: frozenset[str]
    embedded: tuple[str, ...]
    other_uses: Callable[[], Mapping[str, str]] = dict

    def problem(self, model: str, *, has_address: bool) -> str | None:
        """Why a model string can't be called, in a few words, or None.

        What an address of the user's own (`has_address`) serves under a known name is for the user to say.
        """
        provider, _, name = model.partition("/")
        if provider == EMBEDDED:
            there = f"there is no such embedded model; there are {', '.join(self.embedded)}"
            return None if name in self.embedded else there
        if provider not in self.providers:
            near = get_close_matches(provider, self.providers, n=1)
            return f"LiteLLM has no provider {provider!r}" + (f"; {near[0]} is meant?" if near else "")
        use = None if has_address else self.other_uses().get(model)
        return None if use is None else f"is a model for {use.replace('_', ' ')}: it answers no prompt"
