"""Bodies in which every byte has its place: a lost, doubled or moved piece is noticed."""

import random

PERIOD = 1_048_573  # a prime, so that no buffer size divides it
_BLOCK = memoryview(random.Random(7).randbytes(PERIOD) * 2)


def pattern(size, offset=0):
    """The bytes from `offset` on, of any size."""
    return b"".join(pieces(size, offset))


def pieces(size, offset=0, piece_size=256 * 1024):
    """The same, piece by piece and without a copy."""
    end = offset + size
    while offset < end:
        begin = offset % PERIOD
        count = min(piece_size, end - offset)
        yield _BLOCK[begin:begin + count]
        offset += count


class PatternCheck:
    """Takes a body as it comes and remembers the first place where it is wrong."""

    def __init__(self):
        self.size = 0
        self.wrong_at = None

    def feed(self, piece):
        for expected in pieces(len(piece), self.size):
            if self.wrong_at is None and bytes(piece[:len(expected)]) != bytes(expected):
                self.wrong_at = self.size
            piece = piece[len(expected):]
            self.size += len(expected)
