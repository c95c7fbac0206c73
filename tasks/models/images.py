"""Images of prompts: what is in them, what is sent of them, and what the ledger says in their place."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path
from typing import TypeAlias
from urllib.parse import urlsplit

import imagesize

from policies.tokens import LARGEST_IMAGE_TOKENS, estimate_image_tokens
from tasks.models.client import CallError, Image, Message

# What every provider of vision models takes. The first bytes tell, whatever a file is called.
SIGNATURES = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF87a": "image/gif",
    b"GIF89a": "image/gif",
}
MAX_BYTES = 5_000_000  # the smallest limit of the large providers (Anthropic's API)
DATA, HTTPS = "data:", "https://"

Content: TypeAlias = str | list[dict[str, object]]


class ImageError(CallError):
    """An image that can't be sent: nothing was sent, and no other model would fare better."""

    def __init__(self, message: str) -> None:
        super().__init__(message, status="error", error_type="image", is_retryable=False, is_sent=False)


def describe_image(source: str, data: bytes) -> Image:
    """What the bytes of an image are; raises `ValueError` with what is wrong with them."""
    if len(data) > MAX_BYTES:
        raise ValueError(f"has {len(data)} bytes; an image may have {MAX_BYTES}")
    media_type = media_type_of(data)
    if media_type is None:
        raise ValueError("is no PNG, JPEG, WebP or GIF" if data else "is empty")
    try:
        width, height = imagesize.get(BytesIO(data))
    except (ValueError, OSError, IndexError) as error:
        raise ValueError("is damaged: its size can't be read") from error
    if width <= 0 or height <= 0:
        raise ValueError("is damaged: its size can't be read")
    return Image(source, sha256_of(data), estimate_image_tokens(width, height), media_type, len(data))


def describe_address(source: str) -> Image:
    """An image that the provider fetches by itself; it counts as the largest. Raises `ValueError` for no such address.

    Its fingerprint is the address's.
    """
    try:
        address = urlsplit(source)
    except ValueError as error:
        raise ValueError("is no address") from error
    if not address.hostname or address.username is not None or address.password is not None:
        raise ValueError("must be an https address without user and password")
    if not source.isprintable() or " " in source:
        raise ValueError("must not hold spaces or control characters")
    return Image(source, sha256_of(source.encode()), LARGEST_IMAGE_TOKENS)


def media_type_of(data: bytes) -> str | None:
    """The media type that the first bytes tell; None for none that can be sent."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for signature, kind in SIGNATURES.items() if data.startswith(signature)), None)


def decode_data_uri(uri: str) -> bytes:
    """The bytes of `data:image/…;base64,…`; raises `ValueError` where it is none."""
    head, comma, content = uri.partition(",")
    if not comma or not head.lower().endswith(";base64"):
        raise ValueError("must be a data URI with base64")
    if len(content) > MAX_BYTES * 4 // 3 + 4:
        raise ValueError(f"has more than the {MAX_BYTES} bytes that an image may have")
    try:
        return base64.b64decode(content, validate=True)
    except binascii.Error as error:
        raise ValueError("is no valid base64") from error


def sha256_of(data: bytes) -> str:
    """The SHA-256 in hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def check_images(messages: Iterable[Message]) -> None:
    """Raise `ImageError` where a file is not what it was when its call was prepared."""
    for message in messages:
        for image in message.images:
            if not image.source.startswith((DATA, HTTPS)):
                read_unchanged(image)


def read_unchanged(image: Image) -> bytes:
    """The bytes of a file, which must be what they were."""
    name = Path(image.source).name
    try:
        data = Path(image.source).read_bytes()
    except OSError as error:
        raise ImageError(f"the image {name} can't be read any more: {error.strerror}") from error
    if sha256_of(data) != image.sha256:
        raise ImageError(f"the image {name} has changed since its call was prepared")
    return data


def content_of(message: Message) -> Content:
    """A message as OpenAI's interface has it: its text, or a part for the text and one for each image.

    Raises `ImageError` like `check_images`.
    """
    if not message.images:
        return message.content
    parts: list[dict[str, object]] = [{"type": "text", "text": message.content}]
    parts += [{"type": "image_url", "image_url": {"url": address_of(image)}} for image in message.images]
    return parts


def address_of(image: Image) -> str:
    """What is sent of an image: an address as it is, all else as a data URI of the type that its bytes tell."""
    if image.source.startswith(HTTPS):
        return image.source
    data = decode_data_uri(image.source) if image.source.startswith(DATA) else read_unchanged(image)
    return f"data:{image.media_type};base64,{base64.b64encode(data).decode()}"


def shown_text(message: Message) -> str:
    """A message as the ledger may have it: in the place of each image what it was, and never its bytes."""
    return "\n".join([message.content, *map(describe_briefly, message.images)])


def describe_briefly(image: Image) -> str:
    """One image in brackets."""
    if image.n_bytes is None:
        address = urlsplit(image.source)
        return f"[image {HTTPS}{address.netloc}{address.path}, sha256 of the address {image.sha256}]"
    return f"[image {image.media_type}, {image.n_bytes} bytes, sha256 {image.sha256}]"
