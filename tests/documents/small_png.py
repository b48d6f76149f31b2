"""Makes a picture of a page small: a page has few colours, so each dot is the number of one of 256."""

from __future__ import annotations

import struct
import zlib
from collections import Counter
from collections.abc import Iterator

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_MOST = 256


def small(png: bytes) -> bytes:
    """The same picture with at most 256 colours; what was closest stands for a colour that is left out."""
    width, height, channels, data = _read(png)
    dots = [row[at : at + 3] for row in _rows(data, width, channels) for at in range(0, len(row), channels)]
    counts = Counter(dots)
    palette = [dot for dot, _ in counts.most_common(_MOST)]
    numbers = {dot: number for number, dot in enumerate(palette)}
    for dot in counts.keys() - numbers.keys():
        numbers[dot] = min(range(len(palette)), key=lambda number: _distance(palette[number], dot))
    lines = (bytes(numbers[dot] for dot in dots[at : at + width]) for at in range(0, len(dots), width))
    packed = zlib.compress(b"".join(b"\0" + line for line in lines), 9)
    header = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    parts = ((b"IHDR", header), (b"PLTE", b"".join(palette)), (b"IDAT", packed), (b"IEND", b""))
    return _SIGNATURE + b"".join(_part(name, content) for name, content in parts)


def _part(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def _read(png: bytes) -> tuple[int, int, int, bytes]:
    """Width, height, channels and the filtered rows of a picture of eight bits a channel that is not interlaced."""
    packed, at = b"", len(_SIGNATURE)
    width = height = channels = 0
    while at < len(png):
        length, name = struct.unpack(">I4s", png[at : at + 8])
        content = png[at + 8 : at + 8 + length]
        if name == b"IHDR":
            width, height, _, kind = struct.unpack(">IIBB", content[:10])
            channels = {2: 3, 6: 4}[kind]
        packed += content if name == b"IDAT" else b""
        at += length + 12
    return width, height, channels, zlib.decompress(packed)


def _rows(data: bytes, width: int, channels: int) -> Iterator[bytes]:
    """The rows of a picture as they are, without the differences in which they are written."""
    length, above = width * channels, bytearray(width * channels)
    for at in range(0, len(data), length + 1):
        row = bytearray(data[at + 1 : at + 1 + length])
        _undo(data[at], row, above, channels)
        yield bytes(row)
        above = row


def _undo(kind: int, row: bytearray, above: bytearray, channels: int) -> None:
    for place in range(len(row) if kind else 0):
        left = row[place - channels] if place >= channels else 0
        corner = above[place - channels] if place >= channels else 0
        expected = (0, left, above[place], (left + above[place]) // 2, _paeth(left, above[place], corner))[kind]
        row[place] = (row[place] + expected) & 255


def _paeth(left: int, above: int, corner: int) -> int:
    guess = left + above - corner
    return min((left, above, corner), key=lambda value: abs(guess - value))


def _distance(left: bytes, right: bytes) -> int:
    return sum((mine - theirs) ** 2 for mine, theirs in zip(left, right, strict=True))
