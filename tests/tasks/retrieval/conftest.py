"""A cheap encoder that implements the real protocol, a folder of documents in every format, and small PDFs."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from pypdf import PdfReader, PdfWriter


class WordEncoder:
    """Each word adds one fixed direction, so texts that share words are near; counts the texts that it was given."""

    def __init__(self) -> None:
        self.n_encoded = 0

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        self.n_encoded += len(texts)
        return np.stack([self._vector(text) for text in texts])

    def _vector(self, text: str) -> np.ndarray:
        total = np.full(64, 1e-6, dtype=np.float32)
        for word in text.lower().split():
            total[hashlib.sha256(word.encode()).digest()[0] % 64] += 1
        return total / np.linalg.norm(total)


def make_pdf(*pages: str) -> bytes:
    """A PDF with one line of text on each page."""
    kids = " ".join(f"{4 + 2 * i} 0 R" for i in range(len(pages)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for i, text in enumerate(pages):
        stream = f"BT /F1 12 Tf 72 720 Td ({text}) Tj ET".encode() if text else b""
        objects += [
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents {5 + 2 * i} 0 R"
            " /Resources << /Font << /F1 3 0 R >> >> >>".encode(),
            b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        ]
    out = io.BytesIO(b"%PDF-1.4\n")
    out.seek(0, io.SEEK_END)
    offsets = []
    for number, body in enumerate(objects, start=1):
        offsets.append(out.tell())
        out.write(b"%d 0 obj\n%s\nendobj\n" % (number, body))
    start = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    out.write(b"".join(b"%010d 00000 n \n" % offset for offset in offsets))
    out.write(b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start))
    return out.getvalue()


def encrypt_pdf(pdf: bytes, password: str, *, algorithm: str = "RC4-128") -> bytes:
    """The same PDF behind a password."""
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf)))
    writer.encrypt(password, "owner", algorithm=algorithm)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


@pytest.fixture
def encoder() -> WordEncoder:
    return WordEncoder()


@pytest.fixture(scope="session")
def pdf() -> Callable[..., bytes]:
    return make_pdf


@pytest.fixture(scope="session")
def encrypt() -> Callable[..., bytes]:
    return encrypt_pdf


@pytest.fixture(scope="session")
def encrypted_pdf() -> bytes:
    return encrypt_pdf(make_pdf("secret text"), "password")


@pytest.fixture
def library(tmp_path: Path) -> Path:
    """A folder with one document of each kind, a hidden one, and one of another type."""
    folder = tmp_path / "library"
    (folder / "guides").mkdir(parents=True)
    (folder / "notes.txt").write_text("Bees make honey.\n\nAnts carry leaves.\n", encoding="utf-8")
    (folder / "guides" / "trains.md").write_text("# Trains\nSteam.\n## Signals\nRed means stop.\n", encoding="utf-8")
    (folder / "page.html").write_text(
        "<html><head><title>Cats</title><style>p{}</style></head><body><h1>Food</h1><p>Cats eat <b>fish</b>.</p>"
        "<script>track()</script></body></html>",
        encoding="utf-8",
    )
    (folder / "paper.pdf").write_bytes(make_pdf("Volcanoes erupt lava", "Glaciers move slowly"))
    (folder / ".hidden.txt").write_text("unseen", encoding="utf-8")
    (folder / "logo.png").write_bytes(b"\x89PNG")
    return folder
