"""Programs that try to get out, to stay, or to take everything.

Each prints ESCAPED when it gets what it must not have. Names in capitals are filled in by the test: SECRET a file
outside, FOLDER the folder it lies in, PORT a port on which the test listens, ABSTRACT its abstract socket, VICTIM a
process outside. The second part of a row says how it may end: its exit status, or several.
"""

RAISED = {1}
ANY = {0, 1}
LATE = {124}

ATTACKS: dict[str, tuple[str, set[int]]] = {
    # the network
    "connect to a port of this machine": (
        "import socket\nsocket.create_connection(('127.0.0.1', PORT), timeout=1)\nprint('ESCAPED')", RAISED),
    "look up a name": ("import socket\nprint('ESCAPED', socket.getaddrinfo('localhost.localdomain', 80))", RAISED),
    "ask over http": ("import urllib.request as u\nu.urlopen('http://127.0.0.1:PORT', timeout=1)\nprint('ESCAPED')",
                      RAISED),
    "listen": ("import socket\ns = socket.socket()\ns.bind(('0.0.0.0', 0))\nprint('ESCAPED')", RAISED),
    "reach the host of a virtual machine": ("import socket\nsocket.socket(40, 1).connect((2, 22))\nprint('ESCAPED')",
                                            RAISED),
    "a raw packet": ("import socket\nsocket.socket(socket.AF_PACKET, socket.SOCK_RAW)\nprint('ESCAPED')", RAISED),
    "ask the kernel for routes": ("import socket\nsocket.socket(socket.AF_NETLINK, 3)\nprint('ESCAPED')", RAISED),
    "an abstract socket outside": (
        "import socket\ns = socket.socket(socket.AF_UNIX)\ns.connect('\\0ABSTRACT')\nprint('ESCAPED')", RAISED),
    # files
    "read a file outside": ("print('ESCAPED', open('SECRET').read())", RAISED),
    "read the users": ("print('ESCAPED', open('/etc/passwd').read())", RAISED),
    "list the folder outside": ("import os\nprint('ESCAPED', os.listdir('FOLDER'))", RAISED),
    "write outside": ("open('FOLDER/planted', 'w').write('x')\nprint('ESCAPED')", RAISED),
    "write to the root": ("open('/planted', 'w')\nprint('ESCAPED')", RAISED),
    "write into the installation": (
        "import os, sympy\nfolder = os.path.dirname(sympy.__file__)\n"
        "open(folder + '/planted.py', 'w')\nprint('ESCAPED')", RAISED),
    "change the installation": (
        "import os, sympy\nos.chmod(sympy.__file__, 0o777)\nprint('ESCAPED')", RAISED),
    "remove the installation": ("import os, sympy\nos.remove(sympy.__file__)\nprint('ESCAPED')", RAISED),
    "through a link": ("import os\nos.symlink('SECRET', 'link')\nprint('ESCAPED', open('link').read())", RAISED),
    "through a hard link": ("import os, sympy\nos.link(sympy.__file__, 'link')\nprint('ESCAPED')", RAISED),
    "upwards": ("print('ESCAPED', open('../' * 30 + 'SECRET').read())", RAISED),
    "through /proc/1/root": ("print('ESCAPED', open('/proc/1/root/SECRET').read())", RAISED),
    "through /proc/self": ("import os\nprint('ESCAPED', os.listdir('/proc/self/fd'))", RAISED),
    "the disk itself": (
        "import os\nos.mknod('disk', 0o60666, os.makedev(254, 0))\nopen('disk', 'rb').read(1)\nprint('ESCAPED')",
        RAISED),
    "a new root": (
        "import os\nos.mkdir('x')\nos.chroot('x')\nos.chdir('../' * 30)\nos.chroot('.')\nprint('ESCAPED')", RAISED),
    "mount": ("import ctypes\nlibc = ctypes.CDLL(None)\n"
              "print('ESCAPED' if libc.mount(b'proc', b'/scratch', b'proc', 0, None) == 0 else 'no')", {0}),
    "a user namespace of its own": (
        "import ctypes\nprint('ESCAPED' if ctypes.CDLL(None).unshare(0x10020000) == 0 else 'no')", {0}),
    "back into another namespace": (
        "import ctypes, os\nlibc = ctypes.CDLL(None)\n"
        "print('ESCAPED' if any(libc.setns(fd, 0) == 0 for fd in range(64)) else 'no')", {0}),
    "by a handle": ("import ctypes\nhandle = ctypes.create_string_buffer(136)\n"
                    "found = ctypes.CDLL(None).open_by_handle_at(-100, handle, 0)\n"
                    "print('ESCAPED' if found >= 0 else 'no')", {0}),
    # what was inherited
    "the environment": ("import os\nif os.environ or os.environb: print('ESCAPED', dict(os.environ))", {0}),
    "the environment as libc has it": (
        "import ctypes\nctypes.CDLL(None).getenv.restype = ctypes.c_char_p\n"
        "print([name for name in (b'HOME', b'MATHKIT_SECRET') if ctypes.CDLL(None).getenv(name)] and 'ESCAPED')", {0}),
    "inherited descriptors": (
        "import os\nfor fd in range(3, 4096):\n    try:\n        os.write(fd, b'x')\n    except OSError: continue\n"
        "    print('ESCAPED', fd)", {0}),
    "speak for the server": (
        "import os, socket\nfor fd in range(4096):\n    try:\n"
        "        socket.socket(fileno=os.dup(fd)).send(b'{\"status\": 0}\\n')\n"
        "    except OSError: continue\n    print('ESCAPED', fd)", {0}),
    "the text of the call before": (
        "import gc, sys\nframe = sys._getframe()\nwhile frame:\n"
        "    if 'earlier' + '-program' in repr(frame.f_locals)[:10**6]: print('ESCAPED')\n    frame = frame.f_back\n"
        "print(sum('earlier-' 'program' in found for found in gc.get_objects() if type(found) is str) and 'ESCAPED')",
        {0}),
    "the standard input": ("input()\nprint('ESCAPED')", RAISED),
    # other processes
    "kill the process outside": ("import os\nos.kill(VICTIM, 9)\nprint('ESCAPED')", RAISED),
    "kill the server": (
        "import os\nfor number in range(-1, 300):\n    if number not in (0, os.getpid()):\n        try:\n"
        "            os.kill(number, 9)\n        except OSError: continue\n        print('ESCAPED', number)", {0}),
    "kill the parent": ("import os\nif os.getppid(): os.kill(os.getppid(), 9)\nprint('alone')", {0}),
    "kill its group": ("import os, signal\nos.killpg(0, signal.SIGKILL)\nprint('still here')", {0, 137}),
    "trace": ("import ctypes\nprint([n for n in range(2, 300) if ctypes.CDLL(None).ptrace(16, n, 0, 0) == 0] "
              "and 'ESCAPED')", {0}),
    "read another's memory": (
        "import ctypes\nprint('ESCAPED' if ctypes.CDLL(None).process_vm_readv(1, None, 0, None, 0, 0) == 0 else 'no')",
        {0}),
    "fork bomb": ("import os\nwhile True: os.fork()\nprint('ESCAPED')", RAISED),
    "fork bomb by clone": (
        "import ctypes\nlibc = ctypes.CDLL(None)\n"
        "if any(libc.syscall(56, 17, 0, 0, 0, 0) != -1 for _ in range(100)): print('ESCAPED')", {0}),
    "a daemon": ("import os\nif os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n"
                 "        while True: pass\nprint('ESCAPED')", RAISED),
    "a shell": ("import os\nprint('ESCAPED' if os.system('true') == 0 else 'no')", {0}),
    "a subprocess": ("import subprocess, sys\nsubprocess.run([sys.executable, '-c', '1'])\nprint('ESCAPED')", RAISED),
    "another program": ("import os, sys\nos.execv(sys.executable, ['python', '-c', 'print(\"ESCAPED\")'])", RAISED),
    "a program from memory": ("import os\nos.memfd_create('x')\nprint('ESCAPED')", RAISED),
    "a library of its own": (
        "import ctypes, shutil, math\nshutil.copy(math.__file__, 'own.so')\nctypes.CDLL('./own.so')\nprint('ESCAPED')",
        RAISED),
    # more than its share
    "threads without end": (
        "import threading, time\nthreading.stack_size(32768)\nfor n in range(200):\n"
        "    threading.Thread(target=time.sleep, args=(9,), daemon=True).start()\nprint('ESCAPED')", RAISED),
    "all the memory": ("x = bytearray(64 << 30)\nprint('ESCAPED')", RAISED),
    "memory bit by bit": ("x = []\nwhile True: x.append(bytearray(1 << 28))", RAISED),
    "memory that no process holds": (
        "import ctypes\nprint('ESCAPED' if ctypes.CDLL(None).shmget(0, 1 << 30, 0o1600) >= 0 else 'no')", {0}),
    "an endless loop": ("while True: pass", LATE),
    "a loop that heeds nothing": (
        "import signal, time\nfor n in range(1, 65):\n    try: signal.signal(n, signal.SIG_IGN)\n"
        "    except (OSError, ValueError): pass\nwhile True:\n    try: time.sleep(9)\n"
        "    except BaseException: pass", LATE),
    "a loop in C": ("sum(range(10**15))", LATE),
    "sleep": ("import time\ntime.sleep(1000)", LATE),
    "endless output": ("while True: print('x' * 1000)", {153}),
    "endless errors": ("import sys\nwhile True: sys.stderr.write('x' * 1000)", {153}),
    "output past Python": ("import os\nwhile True: os.write(1, b'x' * 65536)", {153}),
    "fill the disk": ("n = 0\nwhile True:\n    open(str(n), 'wb').write(bytes(1 << 24))\n    n += 1", RAISED),
    "one large file": ("import signal\nsignal.signal(signal.SIGXFSZ, signal.SIG_IGN)\nwith open('x', 'wb') as f:\n"
                       "    while True: f.write(bytes(1 << 20))", RAISED),
    "a hole for a file": ("import os, signal\nsignal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
                          "os.truncate(os.open('x', os.O_CREAT | os.O_RDWR), 1 << 40)\nprint('ESCAPED')", RAISED),
    "files without end": ("n = 0\nwhile True:\n    open(str(n), 'w').close()\n    n += 1", RAISED),
    "folders without end": ("import os\nwhile True:\n    os.mkdir('x')\n    os.chdir('x')", RAISED),
    "descriptors without end": ("import os\nwhile True: os.pipe()", RAISED),
    "a zip bomb": (
        "import io, zlib\nbomb = zlib.compress(bytes(1 << 28), 9)\n"
        "data = b''.join(zlib.decompress(bomb) for _ in range(20))\nprint('ESCAPED')", {1, 124}),
    "its limits": ("import resource as r\nfor which in (r.RLIMIT_AS, r.RLIMIT_CPU, r.RLIMIT_FSIZE, r.RLIMIT_NOFILE):\n"
                   "    try: r.setrlimit(which, (r.RLIM_INFINITY, r.RLIM_INFINITY))\n"
                   "    except (ValueError, OSError): continue\n    print('ESCAPED')", {0}),
    "privileges": (
        "import os\nfor gain in (lambda: os.setgroups([0]), lambda: os.setuid(12), lambda: os.nice(-5),\n"
        "             lambda: os.chown('/scratch', 12, 12)):\n    try: gain()\n    except OSError: continue\n"
        "    print('ESCAPED')", {0}),
    "the name of the machine": ("import socket\nsocket.sethostname('ESCAPED')\nprint(socket.gethostname())", RAISED),
    "the kernel's log": ("import ctypes\nprint('ESCAPED' if ctypes.CDLL(None).klogctl(10, 0, 0) >= 0 else 'no')", {0}),
    # confusion
    "close everything": ("import os\nos.closerange(0, 4096)", ANY),
    "closed output": ("import os, sys\nsys.stdout.close()\nsys.stderr.close()", ANY),
    "crash": ("import ctypes\nctypes.string_at(0)", {139}),
    "abort": ("import os\nos.abort()", {134, 139}),
    "recursion": ("import sys\nsys.setrecursionlimit(10**9)\nf = lambda n: f(n + 1)\nf(0)", {1, 124, 139}),
    "no traceback": ("class E(BaseException):\n    def __str__(self): raise E\nraise E", RAISED),
    "a deep expression": ("(" * 5000 + ")" * 5000, RAISED),
    "a null character": ("print(1)\0", RAISED),
    "not Python": ("The answer is 3.", RAISED),
    "a lone surrogate": ("print('\ud800')", ANY),
    "leave in the middle": ("import os\nos._exit(7)", {7}),
}  # fmt: skip

# What one call leaves, and how the next one looks for it.
REMAINS: dict[str, tuple[str, str]] = {
    "a file": ("open('left', 'w').write('x')", "import os\nif os.listdir('.'): print('ESCAPED')"),
    "a file elsewhere": (
        "import os, tempfile\nos.write(tempfile.mkstemp(prefix='left')[0], b'x')",
        "import os\nif 'left' in str(os.listdir('/tmp') + os.listdir('/scratch')): print('ESCAPED')"),
    "a name": ("left = 1", "if 'left' in globals(): print('ESCAPED')"),
    "a builtin": ("import builtins\nbuiltins.abs = None", "if abs is None: print('ESCAPED')"),
    "a module": ("import math, sys\nsys.modules['math'] = None", "import math"),
    "a changed library": ("import sympy\nsympy.sqrt = None", "import sympy\nif not sympy.sqrt: print('ESCAPED')"),
    "a cached result": (
        "import sympy\nsympy.Symbol('x')._assumptions['prime'] = True",
        "import sympy\nif sympy.Symbol('x').is_prime: print('ESCAPED')"),
    "an environment variable": ("import os\nos.environ['LEFT'] = 'x'", "import os\nif os.environ: print('ESCAPED')"),
    "a lower limit": (
        "import resource as r\nr.setrlimit(r.RLIMIT_NOFILE, (3, 3))",
        "import resource as r\nif r.getrlimit(r.RLIMIT_NOFILE)[0] < 10: print('ESCAPED')"),
    "a key in the kernel": (
        "import ctypes\nctypes.CDLL(None).syscall(248, b'user', b'left', b'x', 1, -4)",
        "import ctypes\nprint('ESCAPED' if ctypes.CDLL(None).syscall(249, b'user', b'left', None, -4) >= 0 else '')"),
    "an abstract socket": (
        "import socket\ns = socket.socket(socket.AF_UNIX)\ns.bind('\\0left')\ns.listen()",
        "import socket\ns = socket.socket(socket.AF_UNIX)\nif s.connect_ex('\\0left') == 0: print('ESCAPED')"),
    "a seed": ("import random\nrandom.seed(1)", "import random\na = random.Random(1).random()\n"
               "if random.random() == a: print('ESCAPED')"),
    "a working folder": ("import os\nos.chdir('/usr')", "import os\nif os.getcwd() != '/scratch': print('ESCAPED')"),
    "a mask": ("import os\nos.umask(0o777)", "import os\nif os.umask(0) == 0o777: print('ESCAPED')"),
}  # fmt: skip
