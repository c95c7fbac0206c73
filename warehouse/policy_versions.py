"""The versions of rules and catalogues that were published: what decisions name by their hashes."""

from __future__ import annotations

from warehouse.evidence import read_facts
from warehouse.home import Home
from warehouse.records import PolicyKind, PolicySeen


def list_policies(home: Home, kind: PolicyKind) -> tuple[PolicySeen, ...]:
    """Every version of a kind, the latest first; nothing where nothing was published yet."""
    if not home.published.exists():
        return ()
    return read_facts(home, "policy_versions", {"kind": kind, "version": None}, PolicySeen)


def policy_seen(home: Home, kind: PolicyKind, version: str) -> PolicySeen | None:
    """One version; None where the warehouse does not have it."""
    found = read_facts(home, "policy_versions", {"kind": kind, "version": version}, PolicySeen)
    return found[0] if found else None
