# SPDX-License-Identifier: GPL-2.0
"""A processor that handles packets but does no work in the background.

What asynchronous ciphers have been asked there stays with them, for as long as
a test likes, while it goes on on another processor.
"""

import contextlib
import ctypes
import mmap
import os
import traceback

from ktap import check
from netns import wait_for

MCL_CURRENT, MCL_FUTURE = 1, 2
# Packets that are too many for one go come before what sends them, that comes
# before what is done in the background.
WORKER, SENDER, SOFTIRQ = 1, 50, 51
# Kernels that have it do not throttle real-time processes in favour of others,
# as it guarantees those their share.
FAIR_SERVER = '/sys/kernel/debug/sched/fair_server'
LIBC = ctypes.CDLL(None, use_errno=True)


def threads(prefix):
    """Kernel threads whose names begin so: [(name, process)]."""
    found = []
    for process in os.listdir('/proc'):
        if process.isdigit():
            with contextlib.suppress(FileNotFoundError, ProcessLookupError), \
                 open(f'/proc/{process}/comm', encoding='ascii') as file:
                name = file.read().strip()
                if name.startswith(prefix):
                    found.append((name, int(process)))
    return found


def workers(cpu):
    """The ordinary ones; those in a hurry have an H behind their number."""
    return [process for name, process in threads(f'kworker/{cpu}:')
            if not name.split(':')[1].lstrip('0123456789').startswith('H')]


def softirq_thread(cpu):
    (_, process), = threads(f'ksoftirqd/{cpu}')
    return process


def set_priority(process, priority):
    """Real-time, or 0: as all others."""
    with contextlib.suppress(ProcessLookupError):
        os.sched_setscheduler(process, os.SCHED_FIFO if priority else os.SCHED_OTHER,
                              os.sched_param(priority))


@contextlib.contextmanager
def setting(path, value):
    """A file of the kernel's says something else for a while."""
    with open(path, 'r+', encoding='ascii') as file:
        before = file.read()
        file.write(value)
    try:
        yield
    finally:
        with open(path, 'w', encoding='ascii') as file:
            file.write(before)


@contextlib.contextmanager
def priorities(cpu):
    """Real-time processes may keep a processor for themselves."""
    with contextlib.ExitStack() as stack:
        if not os.path.exists(FAIR_SERVER):
            stack.enter_context(setting('/proc/sys/kernel/sched_rt_runtime_us', '-1'))
        set_priority(softirq_thread(cpu), SOFTIRQ)
        try:
            yield
        finally:
            for process in [softirq_thread(cpu)] + workers(cpu):
                set_priority(process, 0)


def occupy(cpu, work, keep, state):
    """In a process of its own: does the work and does not sleep until it may end."""
    for name in os.listdir('/proc/self/fd'):
        # Sockets would keep their namespaces.
        if int(name) > 2 and int(name) != keep:
            with contextlib.suppress(OSError):
                os.close(int(name))
    # No page of it has to be read from a disk.
    if LIBC.mlockall(MCL_CURRENT | MCL_FUTURE):
        raise OSError(ctypes.get_errno(), 'mlockall')
    os.sched_setaffinity(0, {cpu})
    set_priority(0, SENDER)
    # None of them runs now, so none makes another one.
    for process in workers(cpu):
        set_priority(process, WORKER)
    work()
    state[0] = 1
    while not state[1]:
        pass


@contextlib.contextmanager
def held(cpu, work, keep):
    """Within, work has been done on a processor, and what follows waits.

    work: sends packets and does not sleep
    keep: the descriptor that it needs; it has no other
    """
    state = mmap.mmap(-1, mmap.PAGESIZE)
    with priorities(cpu):
        child = os.fork()
        if not child:
            status = 1
            try:
                occupy(cpu, work, keep, state)
                status = 0
            except BaseException:  # pylint: disable=broad-except
                traceback.print_exc()
            finally:
                state[0] = 1
                os._exit(status)
        try:
            wait_for('the end of the work', lambda: state[0])
            yield
        finally:
            state[1] = 1
            _, status = os.waitpid(child, 0)
        check(status == 0, 'the work was not done')
