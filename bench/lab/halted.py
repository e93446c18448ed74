"""A kernel that halts its processor for ever: a machine that runs and asks nothing of its host."""

from __future__ import annotations

SECTOR = 512
JUMP_TO_CODE = bytes([0xEB, 0x66])
CODE = bytes([0xFA, 0xF4, 0xEB, 0xFD])
"""cli; hlt; and again, should something wake it."""


def halted_kernel() -> bytes:
    """Only what the boot protocol of Linux (Documentation/arch/x86/boot.rst) has to have: its entry is in real mode."""
    image = bytearray(4 * SECTOR)

    def put(offset: int, value: bytes) -> None:
        image[offset : offset + len(value)] = value

    put(0x1F1, bytes([1]))  # setup_sects: a sector of code after the boot sector
    put(0x1FE, bytes([0x55, 0xAA]))
    put(0x200, JUMP_TO_CODE)
    put(0x202, b"HdrS")
    put(0x206, (0x0202).to_bytes(2, "little"))  # the protocol's version
    put(0x211, bytes([1]))  # loadflags: LOADED_HIGH
    put(0x200 + len(JUMP_TO_CODE) + JUMP_TO_CODE[1], CODE)
    return bytes(image)
