"""The weights of a run: pinned when it begins, so that it goes by them to its end; and what stands in for lost ones."""

from __future__ import annotations

from policies.errors import BadInputError
from tasks.manifest import Manifest
from tasks.run_folder import RunFolder
from warehouse.home import Home
from warehouse.weights import show_weights
from warehouse.weights_in_force import BY_RULES, WeightsInForce, read_document


def pinned_weights(folder: RunFolder, manifest: Manifest, home: Home) -> WeightsInForce:
    """The weights that a run began with; of a file that is gone or damaged, the ledger's copy of the same version.

    Without either the rules alone decide what is left of the run.
    """
    name = manifest.weights_version
    if name is None:
        return WeightsInForce(problem=manifest.weights_problem)
    try:
        text = folder.weights.read_text()
        return WeightsInForce(read_document(text, name=name), text, manifest.weights_problem)
    except (OSError, UnicodeDecodeError):
        problem = "the run's file of them can't be read"
    except BadInputError as error:
        problem = f"the run's file of them {error.problem.replace('are', 'is', 1)}"
    try:
        text = show_weights(home, name).document
        return WeightsInForce(read_document(text, name=name), text, manifest.weights_problem)
    except BadInputError:
        return WeightsInForce(problem=f"weights {name} are lost: {problem}, and the ledger has none; {BY_RULES}")
