"""A kernel that knows no IPv6, for one program: it cannot open sockets of that family, as after booting with ipv6.disable=1.

    python3 without_ipv6.py PROGRAM ARGUMENTS…
"""

import ctypes
import errno
import os
import platform
import socket
import struct
import sys

SET_SECCOMP, SET_NO_NEW_PRIVS, MODE_FILTER = 22, 38, 2  # prctl(2)
LOAD, JUMP_IF_EQUAL, RETURN = 0x20, 0x15, 0x06  # bpf_common.h: 32 bits at a place of struct seccomp_data
NUMBER, FIRST_ARGUMENT = 0, 16  # such places
ALLOW, FAIL_WITH = 0x7FFF0000, 0x00050000
SOCKET = {"x86_64": 41, "aarch64": 198}  # the system call's number


def refuse_ipv6():
    steps = [
        (LOAD, 0, 0, NUMBER),
        (JUMP_IF_EQUAL, 0, 3, SOCKET[platform.machine()]),
        (LOAD, 0, 0, FIRST_ARGUMENT),
        (JUMP_IF_EQUAL, 0, 1, socket.AF_INET6),
        (RETURN, 0, 0, FAIL_WITH | errno.EAFNOSUPPORT),
        (RETURN, 0, 0, ALLOW),
    ]
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in steps))
    program = ctypes.create_string_buffer(struct.pack("HP", len(steps), ctypes.addressof(code)))
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    if prctl(SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 or prctl(SET_SECCOMP, MODE_FILTER, program, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "cannot filter system calls")


if __name__ == "__main__":
    refuse_ipv6()
    os.execvp(sys.argv[1], sys.argv[1:])
