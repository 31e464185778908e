# SPDX-License-Identifier: Apache-2.0
"""TensorFlow checkpoints (format V2) without TensorFlow.

A checkpoint is an index and a file of raw little-endian values. The index is a sorted table in LevelDB's format, uncompressed: blocks of
entries whose keys share prefixes, an index of the blocks, and a footer that says where that index is. The table maps a variable's name to
a BundleEntryProto: element type, shape, and the place of its values.
"""

import struct
from collections.abc import Iterator
from pathlib import Path

import numpy as np

MAGIC = 0xDB4775248B80FB57
FOOTER_BYTES = 48
FLOAT32 = 1


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """A number in groups of seven bits, and where the next field starts."""
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7


def _entries(index: bytes, offset: int, size: int) -> Iterator[tuple[bytes, bytes]]:
    """Keys and values of one block."""
    if index[offset + size] != 0:
        raise ValueError("A block of the index is compressed")
    block = index[offset:offset + size]
    restarts = struct.unpack_from("<I", block, size - 4)[0]
    end, at, key = size - 4 * (restarts + 1), 0, b""
    while at < end:
        shared, at = _varint(block, at)
        rest, at = _varint(block, at)
        length, at = _varint(block, at)
        key = key[:shared] + block[at:at + rest]
        at += rest
        yield key, block[at:at + length]
        at += length


def _fields(message: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Field numbers and values of a protocol buffer."""
    at = 0
    while at < len(message):
        tag, at = _varint(message, at)
        if tag & 7 == 0:
            value, at = _varint(message, at)
        elif tag & 7 == 2:
            length, at = _varint(message, at)
            value, at = message[at:at + length], at + length
        elif tag & 7 == 5:
            value, at = message[at:at + 4], at + 4
        else:
            raise ValueError(f"Unknown wire type {tag & 7}")
        yield tag >> 3, value


def read(index_path: Path, data_path: Path) -> dict[str, np.ndarray]:
    """All float32 variables of a checkpoint in one shard."""
    index, data = index_path.read_bytes(), data_path.read_bytes()
    footer = index[-FOOTER_BYTES:]
    if struct.unpack("<Q", footer[-8:])[0] != MAGIC:
        raise ValueError(f"{index_path} is not an index of a TensorFlow checkpoint")
    _, at = _varint(footer, 0)  # offset and size of the metaindex, which is empty
    _, at = _varint(footer, at)
    offset, at = _varint(footer, at)
    size, at = _varint(footer, at)
    variables = {}
    for _, handle in _entries(index, offset, size):
        block_offset, after = _varint(handle, 0)
        block_size, _ = _varint(handle, after)
        for key, value in _entries(index, block_offset, block_size):
            fields = dict(_fields(value))
            if not key or fields.get(1) != FLOAT32:  # the empty key holds the bundle's header
                continue
            shape = [dict(_fields(dimension)).get(1, 0) for number, dimension in _fields(fields.get(2, b"")) if number == 2]
            start, count = fields.get(4, 0), fields.get(5, 0) // 4
            variables[key.decode()] = np.frombuffer(data, "<f4", count, start).reshape(shape)
    return variables
