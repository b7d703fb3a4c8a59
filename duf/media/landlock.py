"""Linux's Landlock, by which a process gives up files, the network and other processes for good, without any rights.

What is already open stays usable. The packages that bind it know neither its rules for the network nor those for
signals, and we need no exceptions from any of them: three calls of the system are all there is to it.
"""

import ctypes

CREATE_RULESET, RESTRICT_SELF = 444, 446  # the same on every processor
VERSION = 1  # a flag: tell which version the kernel has
NO_NEW_PRIVILEGES = 38  # of prctl; without it the kernel refuses
# Every action that a version knows: on files (read, write, execute, remove, make, ...), TCP, and across processes.
FILES = {1: 0x1FFF, 2: 0x3FFF, 3: 0x7FFF, 4: 0x7FFF, 5: 0xFFFF}
TCP, PROCESSES = 0b11, 0b11  # bind and connect; abstract sockets and signals
TCP_SINCE, PROCESSES_SINCE = 4, 6


def version_of_kernel() -> int:
    """The version of Landlock; 0 where the kernel has none, or what surrounds this process does not let it be asked."""
    version: int = ctypes.CDLL(None).syscall(CREATE_RULESET, None, 0, VERSION)
    return max(0, version)


def give_up_everything() -> int:
    """In this thread and all that it begins. The version of Landlock, or 0 where the kernel has none: then nothing."""
    system, version = ctypes.CDLL(None), version_of_kernel()
    if not version:
        return 0
    actions = [FILES[min(version, max(FILES))]]
    actions += [TCP] * (version >= TCP_SINCE) + [PROCESSES] * (version >= PROCESSES_SINCE)
    ruleset = (ctypes.c_uint64 * len(actions))(*actions)
    handle: int = system.syscall(CREATE_RULESET, ruleset, ctypes.sizeof(ruleset), 0)
    if handle < 0 or system.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0) or system.syscall(RESTRICT_SELF, handle, 0):
        return 0
    return version
