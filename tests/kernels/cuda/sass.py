"""Instructions of a cubin, counted. Needs neither cuobjdump nor nvdisasm.

A cubin is an ELF file with a section .text.NAME for each function NAME. Since Volta an instruction
is 16 bytes; its lowest 9 bits name the operation, the 3 above them the form of its operands
(registers, a constant, an immediate). Nothing of that is documented, so opcodes.py learns the
operations from kernels that contain them.
"""

import collections
import struct

INSTRUCTION_BYTES = 16
OPERATION_BITS = 9
# Bits 72 to 104 hold modifiers (element types, sizes); registers lie below, scheduling above.
MODIFIER_SHIFT = 72
MODIFIER_BITS = 33


def sections(elf):
    """(name, bytes) of every section of a little-endian 64-bit ELF file."""
    if elf[:4] != b"\x7fELF" or elf[4] != 2 or elf[5] != 1:
        raise ValueError("no 64-bit little-endian ELF file")
    (table,) = struct.unpack_from("<Q", elf, 0x28)
    entry_bytes, count, names_index = struct.unpack_from("<HHH", elf, 0x3A)

    def header(index):
        name, kind, _, _, offset, size = struct.unpack_from(
            "<IIQQQQ", elf, table + index * entry_bytes
        )
        return name, kind, offset, size

    names_at = header(names_index)[2]
    for index in range(count):
        name, kind, offset, size = header(index)
        end = elf.index(b"\0", names_at + name)
        no_bits = kind == 8  # takes no room in the file
        yield elf[names_at + name : end].decode(), b"" if no_bits else elf[offset : offset + size]


def words(elf):
    """{function: its instructions as integers of 128 bits}."""
    found = {}
    for name, content in sections(elf):
        if not name.startswith(".text."):
            continue
        if len(content) % INSTRUCTION_BYTES:
            raise ValueError(f"{name} has {len(content)} bytes, no multiple of {INSTRUCTION_BYTES}")
        found[name.removeprefix(".text.")] = [
            int.from_bytes(content[at : at + INSTRUCTION_BYTES], "little")
            for at in range(0, len(content), INSTRUCTION_BYTES)
        ]
    return found


def operation(word):
    return word & ((1 << OPERATION_BITS) - 1)


def modifiers(word):
    return (word >> MODIFIER_SHIFT) & ((1 << MODIFIER_BITS) - 1)


def histogram(instructions):
    """How often each operation occurs."""
    return collections.Counter(operation(word) for word in instructions)
