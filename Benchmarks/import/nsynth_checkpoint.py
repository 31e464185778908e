# SPDX-License-Identifier: Apache-2.0
"""Writes a checkpoint laid out as NSynth's public one: the same 1,495 tensors of the same shapes, 986,763,532 bytes, in the order
of their names. The encoder's tensors are random; all others are zeros, and holes in the file. No TensorFlow, no NumPy.

The variables are those of Magenta's graph (magenta/models/nsynth/wavenet/h512_bo16.py): each with an average and two of Adam's
slots, except that the decoder's last residual convolution leads nowhere, so that Adam has no slots for it.
"""
import argparse
import array
import os
import random
import struct
import sys

PREFIX = "model.ckpt-200000"
VARIABLES, BYTES = 1_495, 986_763_532


def trainable():
    """Names and shapes."""
    def convolution(name, taps, inputs, outputs):
        yield f"{name}/W", (1, taps, inputs, outputs)
        yield f"{name}/biases", (outputs,)

    yield from convolution("ae_startconv", 3, 1, 128)
    for block in range(1, 31):
        yield from convolution(f"ae_dilatedconv_{block}", 3, 128, 128)
        yield from convolution(f"ae_res_{block}", 1, 128, 128)
    yield from convolution("ae_bottleneck", 1, 128, 16)
    yield from convolution("startconv", 3, 1, 512)
    yield from convolution("skip_start", 1, 512, 256)
    for block in range(1, 31):
        yield from convolution(f"dilatedconv_{block}", 3, 512, 1024)
        yield from convolution(f"cond_map_{block}", 1, 16, 1024)
        yield from convolution(f"res_{block}", 1, 512, 512)
        yield from convolution(f"skip_{block}", 1, 512, 256)
    yield from convolution("fc1", 1, 256, 256)
    yield from convolution("cond_map_fc1", 1, 16, 256)
    yield from convolution("logit", 1, 256, 256)


def all_variables():
    """Names, TensorFlow's type numbers and shapes, sorted by name."""
    float32, int32 = 1, 3
    variables = [("beta1_power", float32, ()), ("beta2_power", float32, ()), ("global_step", int32, ())]
    for name, shape in trainable():
        slots = ["", "/ExponentialMovingAverage"] + ([] if name.startswith("res_30/") else ["/Adam", "/Adam_1"])
        variables += [(name + slot, float32, shape) for slot in slots]
    return sorted(variables, key=lambda variable: variable[0].encode())


# CRC-32C, the polynomial 0x1EDC6F41 reflected.
TABLE = []
for byte in range(256):
    value = byte
    for _ in range(8):
        value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)
    TABLE.append(value)


def crc32c(data):
    value = 0xFFFFFFFF
    for byte in data:
        value = TABLE[(value ^ byte) & 0xFF] ^ value >> 8
    return value ^ 0xFFFFFFFF


def crc32c_of_zeros(count):
    """A byte of zeros is a linear map of the checksum's bits: its power by squaring."""
    def apply(matrix, value):
        result = 0
        for bit in range(32):
            if value >> bit & 1:
                result ^= matrix[bit]
        return result

    step = [TABLE[(1 << bit) & 0xFF] ^ (1 << bit) >> 8 for bit in range(32)]
    value = 0xFFFFFFFF
    while count:
        if count & 1:
            value = apply(step, value)
        step = [apply(step, column) for column in step]
        count >>= 1
    return value ^ 0xFFFFFFFF


def masked(checksum):
    return ((checksum >> 15 | checksum << 17) + 0xA282EAD8) & 0xFFFFFFFF


def varint(value):
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes(out) + bytes([value])


def field(number, value):
    return varint(number << 3) + varint(value) if value else b""


def message(number, body):
    return varint(number << 3 | 2) + varint(len(body)) + body


def entry(kind, shape, offset, size, checksum):
    """A BundleEntryProto."""
    dimensions = b"".join(message(2, field(1, size)) for size in shape)
    return (field(1, kind) + message(2, dimensions) + field(4, offset) + field(5, size)
            + varint(6 << 3 | 5) + struct.pack("<I", masked(checksum)))


def block(entries, interval=16):
    out, restarts, last = bytearray(), [], b""
    for index, (key, value) in enumerate(entries):
        shared = 0
        if index % interval == 0:
            restarts.append(len(out))
        else:
            shared = len(os.path.commonprefix([last, key]))
        out += varint(shared) + varint(len(key) - shared) + varint(len(value)) + key[shared:] + value
        last = key
    return bytes(out) + b"".join(struct.pack("<I", number) for number in (restarts or [0]) + [len(restarts or [0])])


def table(entries):
    """One data block, an empty metaindex, an index."""
    out = bytearray()

    def add(contents):
        handle = varint(len(out)) + varint(len(contents))
        out.extend(contents + b"\0" + struct.pack("<I", masked(crc32c(contents + b"\0"))))
        return handle

    data = add(block(entries))
    handles = add(block([]))
    # The index block has a restart at every key; its key is the shortest after the last one's.
    handles += add(block([(bytes([entries[-1][0][0] + 1]), data)], interval=1))
    return bytes(out) + handles.ljust(40, b"\0") + bytes.fromhex("57fb808b247547db")


def write(folder, seed=1):
    """Writes both files; returns the prefix."""
    os.makedirs(folder, exist_ok=True)
    prefix = os.path.join(folder, PREFIX)
    encoder = {name for name, _ in trainable() if name.startswith("ae_")}
    numbers = random.Random(seed)
    # BundleHeaderProto: one shard, little-endian, version 1.
    entries, offset = [(b"", field(1, 1) + message(3, field(1, 1)))], 0
    with open(f"{prefix}.data-00000-of-00001", "wb") as file:
        for name, kind, shape in all_variables():
            count = 1
            for size in shape:
                count *= size
            size = 4 * count
            checksum = crc32c_of_zeros(size)
            if name in encoder:
                values = array.array("f", (numbers.gauss(0, 0.05) for _ in range(count)))
                if sys.byteorder == "big":
                    values.byteswap()
                checksum = crc32c(values.tobytes())
                file.seek(offset)
                file.write(values.tobytes())
            entries.append((name.encode(), entry(kind, shape, offset, size, checksum)))
            offset += size
        file.truncate(offset)
    with open(f"{prefix}.index", "wb") as file:
        file.write(table(entries))
    assert len(entries) - 1 == VARIABLES and offset == BYTES, (len(entries) - 1, offset)
    return prefix


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("folder")
    print(write(parser.parse_args().folder))
