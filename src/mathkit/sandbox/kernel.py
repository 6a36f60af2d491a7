"""The calls to the Linux kernel that Python 3.11 has no name for."""

import ctypes
import os
import struct
from functools import cache

NEW_NAMESPACE, NEW_CGROUP, NEW_UTS, NEW_IPC = 0x00020000, 0x02000000, 0x04000000, 0x08000000
NEW_USER, NEW_PID, NEW_NET = 0x10000000, 0x20000000, 0x40000000
NO_SETUID, NO_DEVICES, NO_EXECUTE = 2, 4, 8
BIND, RECURSIVE, PRIVATE = 4096, 16384, 1 << 18
_DETACH = 2
_MOUNT_SETATTR, _HERE, _SUBTREE, _READ_ONLY = 442, -100, 0x8000, 1
_SET_DEATH_SIGNAL, _SET_SECCOMP, _SET_NO_NEW_PRIVILEGES = 1, 22, 38
_SECCOMP_FILTER = 2
_CAPABILITY_VERSION = 0x20080522


class Missing(Exception):
    """A mechanism that this machine does not offer, and why."""


@cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _check(result: int, mechanism: str) -> None:
    if result:
        raise Missing(f"{mechanism}: {os.strerror(ctypes.get_errno())}")


def unshare(flags: int, mechanism: str) -> None:
    """Leave the namespaces of these kinds for new ones (of processes: this process's children do)."""
    _check(_libc().unshare(flags), mechanism)


def mount(source: str, target: str, kind: str | None, flags: int, options: str | None = None) -> None:
    """Mount a file system, or change how one is mounted."""
    texts = [text.encode() if text is not None else None for text in (source, target, kind)]
    data = options.encode() if options is not None else None
    _check(_libc().mount(*texts, ctypes.c_ulong(flags), data), f"mounting {target}")


def close_to_writing(folder: str) -> None:
    """Make every file system that is mounted at a folder or below it read-only, and its programs mere programs."""
    changes = struct.pack("=QQQQ", _READ_ONLY | NO_SETUID, 0, 0, 0)
    arguments = (_HERE, folder.encode(), _SUBTREE, changes, ctypes.c_size_t(len(changes)))
    _check(_libc().syscall(_MOUNT_SETATTR, *arguments), "read-only mounts (mount_setattr, Linux 5.12)")


def change_root(folder: str) -> None:
    """Make a mounted folder the root, and let go of the old root."""
    os.chdir(folder)
    _check(_libc().pivot_root(b".", b"."), "pivot_root")
    _check(_libc().umount2(b".", _DETACH), "umount")
    os.chdir("/")


def set_host_name(name: bytes) -> None:
    """Name the machine, as processes of this namespace see it."""
    _check(_libc().sethostname(name, ctypes.c_size_t(len(name))), "sethostname")


def die_with_parent(signal: int) -> None:
    """Have the kernel send this process a signal when its parent ends."""
    _check(_libc().prctl(_SET_DEATH_SIGNAL, signal, 0, 0, 0), "prctl")


def drop_capabilities() -> None:
    """Give up every capability, for good."""
    _check(_libc().prctl(_SET_NO_NEW_PRIVILEGES, 1, 0, 0, 0), "no_new_privs")
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION, 0)
    none = (ctypes.c_uint32 * 6)()
    _check(_libc().capset(header, none), "capset")


def set_filter(instructions: bytes) -> None:
    """Let the kernel decide about this process's system calls by a BPF program; it cannot be undone."""

    class Program(ctypes.Structure):
        _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))

    program = Program(len(instructions) // 8, instructions)
    result = _libc().prctl(_SET_SECCOMP, _SECCOMP_FILTER, ctypes.byref(program), 0, 0)
    _check(result, "the system call filter (seccomp)")
