"""Namespaces of their own for the server and its programs: no network, no other process, hardly a file.

They see the Python installation and the system's libraries, read-only, three devices, and a scratch folder that is
new and empty for each call. No privileges are needed for that; where the process has them, it puts them down first.
"""

import importlib.util
import os
import platform
import resource
import site
import stat
import sys
import sysconfig
from contextlib import suppress
from pathlib import Path

from mathkit.sandbox import kernel
from mathkit.sandbox.filter import instructions, machines
from mathkit.sandbox.kernel import Missing

SCRATCH = "/scratch"
_MACHINE_NAME = b"sandbox"
_NEW_ROOT = "/tmp"  # any folder that every system has: it is mounted over where only the server sees it
_LIBRARIES = ("/lib", "/lib32", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/etc/ld.so.cache")
_DEVICES = ("/dev/null", "/dev/zero", "/dev/urandom")
_NOBODY = 65534
_SCRATCH_OPTIONS = "size=64m,nr_inodes=1024,mode=0700"


def enter() -> None:
    """Move this process into namespaces of its own; raise Missing where the machine does not let it."""
    if sys.platform != "linux":
        raise Missing(f"namespaces: not on {sys.platform}, but on Linux")
    if platform.machine() not in machines:
        raise Missing(f"the system call filter (seccomp): not known for {platform.machine()}")
    _enter_user_namespace()
    everything = kernel.NEW_NAMESPACE | kernel.NEW_NET | kernel.NEW_IPC | kernel.NEW_UTS | kernel.NEW_CGROUP
    kernel.unshare(everything, "mount, network, ipc, uts and cgroup namespaces")
    kernel.set_host_name(_MACHINE_NAME)
    kernel.mount("none", "/", None, kernel.PRIVATE | kernel.RECURSIVE)
    seen = _open_what_is_seen()  # as the user of before, who may have been root
    os.setresgid(0, 0, 0)
    os.setresuid(0, 0, 0)
    _build_root(seen)


def begin_processes() -> None:
    """Have the next fork begin a namespace of processes: when the first of them ends, all the others do."""
    kernel.unshare(kernel.NEW_PID, "pid namespaces")


def mount_scratch() -> None:
    """Give this process alone a new scratch folder, and go there."""
    kernel.unshare(kernel.NEW_NAMESPACE, "mount namespaces")
    hardened = kernel.NO_SETUID | kernel.NO_DEVICES | kernel.NO_EXECUTE
    kernel.mount("tmpfs", SCRATCH, "tmpfs", hardened, _SCRATCH_OPTIONS)
    os.chdir(SCRATCH)


def give_up_rights() -> None:
    """Leave this process no right but to compute."""
    kernel.drop_capabilities()
    kernel.set_filter(instructions(platform.machine()))


def limit(seconds: float, memory: int, *, processes: bool) -> None:
    """Set the limits on a program; they cannot be raised again."""
    limits = {
        resource.RLIMIT_CPU: int(seconds) + 1,
        resource.RLIMIT_AS: memory,
        resource.RLIMIT_FSIZE: 32 << 20,
        resource.RLIMIT_NOFILE: 128,
        resource.RLIMIT_CORE: 0,
    }
    if processes:  # counted in this namespace; elsewhere it would count all that the user runs
        limits[resource.RLIMIT_NPROC] = 64
    for which, most in limits.items():
        hard = resource.getrlimit(which)[1]
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(which, (most, most))


def _enter_user_namespace() -> None:
    """Become what will be root of a new user namespace: outside of it this user, or nobody where this user is root."""
    user, group = os.geteuid(), os.getegid()
    if user == 0 and _readable_by_all():
        with suppress(PermissionError):  # root of a container that may not change users
            os.setgroups([])
            user = group = _NOBODY
    started, start = os.pipe()
    process = os.getpid()
    helper = os.fork()
    if not helper:  # only a process outside may map another user than its own
        status = 1
        try:
            os.close(start)
            if os.read(started, 1):
                status = _map_users(process, user, group)
        finally:
            os._exit(status)
    try:
        kernel.unshare(kernel.NEW_USER, "user namespaces")
        os.write(start, b"!")
    finally:
        os.close(start)
        os.close(started)
        number = os.waitstatus_to_exitcode(os.waitpid(helper, 0)[1])
    if number:
        raise Missing(f"mapping users into a user namespace: {os.strerror(number)}")


def _map_users(process: int, user: int, group: int) -> int:
    """Map root inside to a user and group outside; return 0 or the error's number."""
    try:
        for name, text in (("setgroups", "deny"), ("uid_map", f"0 {user} 1"), ("gid_map", f"0 {group} 1")):
            Path(f"/proc/{process}/{name}").write_text(text, encoding="ascii")
    except OSError as error:
        return error.errno or 1
    return 0


def _installation() -> list[str]:
    """Return the folders that the Python installation consists of."""
    paths = sysconfig.get_paths()
    library = {paths[name] for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    return sorted(filter(os.path.isdir, {sys.base_prefix + "/lib", *library, *site.getsitepackages()}))


def _readable_by_all() -> bool:
    specs = [importlib.util.find_spec(name) for name in ("sympy", "numpy")]
    files = [os.__file__, *(spec.origin for spec in specs if spec and spec.origin)]
    wanted = stat.S_IROTH | stat.S_IXOTH
    return all(Path(folder).stat().st_mode & wanted == wanted for folder in _installation()) and all(
        Path(file).stat().st_mode & stat.S_IROTH for file in files
    )


def _open_what_is_seen() -> dict[str, int | str]:
    """Return the paths that programs see, with descriptors of what is there, or where a link leads.

    Descriptors, as the new root hides part of the old one while it is built.
    """
    seen: dict[str, int | str] = {}
    for path in sorted({*_LIBRARIES, *_DEVICES, *_installation()}):
        if Path(path).is_symlink():
            seen[path] = str(Path(path).readlink())
        elif Path(path).exists():
            seen[path] = os.open(path, os.O_PATH)
    return seen


def _build_root(seen: dict[str, int | str]) -> None:
    """Put together the file system that the programs see, and let go of the other one."""
    kernel.mount("tmpfs", _NEW_ROOT, "tmpfs", kernel.NO_SETUID | kernel.NO_DEVICES, "size=1m,mode=0755")
    for path, there in seen.items():
        _show(path, there)
        if isinstance(there, int):
            os.close(there)
    Path(_NEW_ROOT + SCRATCH).mkdir()
    if not Path(_NEW_ROOT + "/tmp").exists():
        Path(_NEW_ROOT + "/tmp").symlink_to(SCRATCH)
    kernel.change_root(_NEW_ROOT)
    kernel.close_to_writing("/")


def _show(path: str, there: int | str) -> None:
    """Let a file, folder or link of the old root be seen under its path in the new one."""
    target = Path(_NEW_ROOT + path)
    if not os.path.lexists(target):  # else a folder above it is shown already
        target.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(there, str):
            target.symlink_to(there)
            return
        if stat.S_ISDIR(os.fstat(there).st_mode):
            target.mkdir()
        else:
            target.touch()
        kernel.mount(f"/proc/self/fd/{there}", str(target), None, kernel.BIND | kernel.RECURSIVE)
