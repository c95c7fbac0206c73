"""What the process knows to be secret is masked in texts from then on."""

from __future__ import annotations

import pytest

from tasks.redaction.redactor import MASK
from tasks.redaction.vault import mask_known, redact, redact_text
from tasks.settings import load_settings


def test_what_settings_name_is_masked_from_then_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HARMLESS_NAME", "violet-umbrella")
    monkeypatch.setenv("VAULT_TEST_TOKEN", "plainword-of-vault-77")
    monkeypatch.setenv("POINTSMAN_SECRET_VARIABLES", "HARMLESS_NAME, NOT_SET")
    assert redact("a violet-umbrella") == "a violet-umbrella"
    load_settings()
    assert redact("a violet-umbrella, plainword-of-vault-77") == f"a {MASK}, {MASK}"
    assert mask_known("a violet-umbrella") == f"a {MASK}"


def test_people_are_masked_in_texts_but_never_in_names_and_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POINTSMAN_REDACT_ALSO", "emails,phones")
    load_settings()
    assert redact_text("ann@example.org, +44 20 7946 0958") == f"{MASK}, {MASK}"
    assert redact("ann@example.org") == "ann@example.org"
    monkeypatch.setenv("POINTSMAN_REDACT_ALSO", "")
    load_settings()
    assert redact_text("ann@example.org") == "ann@example.org"
