# SPDX-License-Identifier: GPL-2.0
"""What the Python tests of this directory are made of: KTAP, waiting,
namespaces that one process works in side by side, checks.

    from kit import *

    @case('a duplicate is refused')
    def duplicate():
        check_eq('delivered', got, [1])

    main()

Cases run in the order of their definition.  A failed check, or any other
exception, fails its case and no other.
"""

import contextlib
import ctypes
import fcntl
import os
import select
import signal
import socket
import struct
import subprocess
import sys
import time
import traceback

HERE = os.path.dirname(os.path.realpath(__file__))
SELFTESTS = os.path.dirname(HERE)
VERDICT = os.path.join(SELFTESTS, 'lib', 'verdict.sh')

# How much longer than on a plain kernel one may have to wait.
SLOW = int(os.environ.get('TEST_SLOW', '1'))
DEBUG_KERNEL = '-dbg' in os.uname().release

CLONE_NEWNET = 0x40000000
SO_RCVBUFFORCE = 33
SO_SNDBUFFORCE = 32

libc = ctypes.CDLL(None, use_errno=True)


def scale(env, plain, debug):
    """A number of rounds: from the environment, else by kind of kernel."""
    return int(os.environ.get(env, debug if DEBUG_KERNEL else plain))


# --- cases

class Failure(Exception):
    """A check does not hold."""


class Skip(Exception):
    """A case that cannot be tried here, and why."""


_cases = []
_cleanups = []


def case(name, *args, when=True):
    """Registers a function as a case; more arguments are its own."""
    def register(function):
        if when:
            _cases.append((name, function, args))
        return function
    return register


def add_case(name, function, *args):
    _cases.append((name, function, args))


def at_exit(function):
    """Runs after the last case, the latest first."""
    _cleanups.append(function)


def diag(*words):
    for line in ' '.join(str(w) for w in words).splitlines():
        print('#', line, flush=True)


def _run(number, name, function, args):
    name = name.replace('#', '')
    begin = time.monotonic()
    try:
        function(*args)
    except Skip as why:
        print(f'ok {number} - {name} # SKIP {why}', flush=True)
        return True
    except Failure as why:
        where = traceback.extract_tb(sys.exc_info()[2])
        line = next((f.lineno for f in reversed(where)
                     if os.path.basename(f.filename) != 'kit.py'), 0)
        diag(f'line {line}: {why}')
    except Exception:       # pylint: disable=broad-except
        diag(traceback.format_exc())
    else:
        print(f'ok {number} - {name}', flush=True)
        if os.environ.get('TEST_TIMES'):
            diag(f'{time.monotonic() - begin:.1f} s')
        return True
    print(f'not ok {number} - {name}', flush=True)
    return False


def _verdict(number):
    said = subprocess.run([VERDICT, 'check'], capture_output=True, text=True, check=False)
    if said.returncode:
        diag(said.stdout + said.stderr)
    print(f'{"not " if said.returncode else ""}ok {number} - nothing is left behind')
    return said.returncode == 0


def main(setup=None):
    """Runs all cases; setup first, whose failure fails them all.  Arguments of
    the test are parts of names: only such cases run."""
    if 'VM_GUEST' not in os.environ:
        sys.exit(f'{sys.argv[0]}: runs in the guest only: selftests/vm/run -- {sys.argv[0]}')
    alone = 'KTAP_RUNNER' not in os.environ
    if alone:
        subprocess.run([VERDICT, 'begin', sys.argv[0]], check=True)
    print('KTAP version 1', flush=True)
    wanted = [c for c in _cases if not sys.argv[1:] or any(a in c[0] for a in sys.argv[1:])]
    good = True
    count = 0
    try:
        if setup:
            setup()
    except Exception:       # pylint: disable=broad-except
        diag(traceback.format_exc())
        count, good, wanted = 1, False, []
        print('not ok 1 - setup', flush=True)
    try:
        for count, (name, function, args) in enumerate(wanted, 1):
            good &= _run(count, name, function, args)
    finally:
        for function in reversed(_cleanups):
            try:
                function()
            except Exception:       # pylint: disable=broad-except
                diag(traceback.format_exc())
                good = False
        _kill_children()
    if alone:
        count += 1
        good &= _verdict(count)
    print(f'1..{count}', flush=True)
    sys.exit(0 if good else 1)


# --- checks

def fail(why):
    raise Failure(why)


def check(what, condition):
    if not condition:
        fail(what)


def check_eq(what, got, wanted):
    if got != wanted:
        fail(f'{what}: got {got!r}, wanted {wanted!r}')


def check_in(what, got, low, high):
    if not low <= got <= high:
        fail(f'{what}: got {got}, wanted {low} to {high}')


def check_list(what, got, wanted):
    """Lists that may be long: says where they begin to differ."""
    if got == wanted:
        return
    at = next((i for i, (g, w) in enumerate(zip(got, wanted)) if g != w),
              min(len(got), len(wanted)))
    missing = sorted(set(wanted) - set(got))[:8]
    extra = sorted(set(got) - set(wanted))[:8]
    fail(f'{what}: {len(got)} instead of {len(wanted)}, differ from {at} on: '
         f'got {got[at:at + 8]}, wanted {wanted[at:at + 8]}; '
         f'missing {missing}, too much {extra}')


def wait(what, condition, seconds=10):
    """Polls until the condition is true and returns its value.  The time is a
    bound on a hang, no measure."""
    end = time.monotonic() + seconds * SLOW
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            fail(f'waited in vain: {what}')
        time.sleep(0.01)


def settle(what, wanted, value, seconds=10):
    """Polls until value() is what is wanted; tells the last one if it never is.
    The time is for a value that stays as it is, however long others take."""
    end = time.monotonic() + seconds * SLOW
    last = None
    while True:
        got = value()
        if got == wanted:
            return
        if got != last:
            last = got
            end = time.monotonic() + seconds * SLOW
        if time.monotonic() > end:
            fail(f'{what}: stays {got!r}, wanted {wanted!r}')
        time.sleep(0.01)


# --- programs and files

def run(*command, ok=True, stdin=None):
    """A program's output; its failure is one of the case."""
    if len(command) == 1 and isinstance(command[0], str):
        command = command[0].split()
    said = subprocess.run(command, capture_output=True, text=True, check=False, input=stdin)
    if ok and said.returncode:
        fail(f'{" ".join(command)}: status {said.returncode}: {said.stdout}{said.stderr}')
    return said.stdout


def succeeds(*command):
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def read(path):
    with open(path, encoding='ascii', errors='replace') as file:
        return file.read()


def write(path, text):
    with open(path, 'w', encoding='ascii') as file:
        file.write(text)


def pin(cpu=0):
    """On one CPU packets keep their order through veth's queues."""
    os.sched_setaffinity(0, {cpu})


def unpin():
    os.sched_setaffinity(0, range(os.cpu_count()))


# --- children

_children = {}


def child(function, *args):
    """Runs a function in a process of its own; returns its id."""
    sys.stdout.flush()
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            function(*args)
            status = 0
        except Exception:       # pylint: disable=broad-except
            diag(traceback.format_exc())
        finally:
            sys.stdout.flush()
            os._exit(status)
    _children[pid] = function.__name__
    return pid


def reap(pid, seconds=60):
    """Waits for a child's end and fails if it failed."""
    ended = _Ended(pid)
    wait(f"end of {_children.get(pid)}", ended, seconds)
    _children.pop(pid, None)
    check_eq('status of the child', ended.status, 0)


class _Ended:
    def __init__(self, pid):
        self.pid = pid
        self.status = None

    def __call__(self):
        pid, status = os.waitpid(self.pid, os.WNOHANG)
        if pid:
            self.status = status
        return pid


def stop(pid):
    """Ends a child."""
    if _children.pop(pid, None) is not None:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def _kill_children():
    for pid in list(_children):
        stop(pid)


# --- namespaces

_home = None


def _setns(fd):
    if libc.setns(fd, CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), 'setns')


class Namespace:
    """A network namespace.  Inside of `with ns:` this thread is in it; sockets
    opened there stay there."""

    def __init__(self, name):
        global _home            # pylint: disable=global-statement
        if _home is None:
            _home = os.open('/proc/self/ns/net', os.O_RDONLY)
        self.name = name
        self.fd = None
        self.depth = 0
        run('ip', 'netns', 'add', name)
        self.fd = os.open(f'/run/netns/{name}', os.O_RDONLY)
        at_exit(self.delete)
        with self:
            for key in ('net/ipv4/ip_forward', 'net/ipv6/conf/all/forwarding'):
                write('/proc/sys/' + key, '1')
            # Whether an error comes must not hang on what came before it.
            for key in ('net/ipv4/icmp_ratelimit', 'net/ipv6/icmp/ratelimit'):
                write('/proc/sys/' + key, '0')
            for key in ('accept_dad', 'router_solicitations', 'accept_ra'):
                for which in ('all', 'default'):
                    write(f'/proc/sys/net/ipv6/conf/{which}/{key}', '0')
        self.ip('link set lo up')

    def __enter__(self):
        _setns(self.fd)
        return self

    def __exit__(self, *_):
        _setns(_home)

    def delete(self):
        if self.fd is None:
            return
        os.close(self.fd)
        self.fd = None
        run('ip', 'netns', 'del', self.name)

    def ip(self, command):
        """ip(8) inside; the command as one string."""
        return run('ip', '-n', self.name, *command.split())

    def run(self, *command, **options):
        if len(command) == 1:
            command = command[0].split()
        return run('ip', 'netns', 'exec', self.name, *command, **options)

    def sysctl(self, key, value):
        with self:
            write('/proc/sys/' + key.replace('.', '/'), str(value))

    def ifindex(self, dev):
        with self:
            return socket.if_nametoindex(dev)

    def mac(self, dev):
        with self:
            return mac_of(dev)


def mac_of(dev):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        said = fcntl.ioctl(sock, 0x8927, struct.pack('256s', dev.encode()))
    return said[18:24]


@contextlib.contextmanager
def temporary(name):
    """A namespace of one case."""
    ns = Namespace(name)
    try:
        yield ns
    finally:
        ns.delete()


def veth(ns1, dev1, ns2, dev2, mtu=1500):
    """A link, up at both ends; no address of its own, so that nothing but what
    a test sends is on it."""
    run('ip', 'link', 'add', dev1, 'netns', ns1.name, 'mtu', str(mtu),
        'type', 'veth', 'peer', 'name', dev2, 'netns', ns2.name, 'mtu', str(mtu))
    for ns, dev in ((ns1, dev1), (ns2, dev2)):
        ns.ip(f'link set dev {dev} addrgenmode none')
    ns1.ip(f'link set dev {dev1} up')
    ns2.ip(f'link set dev {dev2} up')


def neighbour(ns, dev, mac, *addresses):
    """Known for ever: no ARP between the packets of a test."""
    for address in addresses:
        ns.ip(f'neigh replace {address} dev {dev} lladdr {mac.hex(":")} nud permanent')


# --- sockets

def big_buffers(sock):
    sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 128 << 20)
    sock.setsockopt(socket.SOL_SOCKET, SO_SNDBUFFORCE, 128 << 20)
    return sock


def family_of(address):
    return socket.AF_INET6 if ':' in address else socket.AF_INET


# Where hosts report their groups (MLDv2).
MLD_ROUTERS = socket.inet_pton(socket.AF_INET6, 'ff02::16')


class Wire:
    """The end of a link, frame by frame, out and in; without the reports of
    multicast groups, which a host sends when it likes."""

    ETH_P_ALL = 3
    SOL_PACKET = 263
    PACKET_IGNORE_OUTGOING = 23

    def __init__(self, ns, dev, to_mac):
        with ns:
            self.sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW,
                                      socket.htons(self.ETH_P_ALL))
            self.sock.setsockopt(self.SOL_PACKET, self.PACKET_IGNORE_OUTGOING, 1)
            big_buffers(self.sock)
            self.sock.bind((dev, self.ETH_P_ALL))
            self.header = to_mac + mac_of(dev)
        self.sock.setblocking(False)

    def close(self):
        self.sock.close()

    def send(self, packet):
        """Sends an IP packet."""
        proto = b'\x86\xdd' if packet[0] >> 4 == 6 else b'\x08\x00'
        select.select([], [self.sock], [])
        self.sock.send(self.header + proto + packet)

    def send_as(self, proto, packet):
        """Sends a packet whose first byte does not tell what it is."""
        select.select([], [self.sock], [])
        self.sock.send(self.header + struct.pack('!H', proto) + packet)

    def take(self):
        """IP packets that have come since; not all, if more come all the time."""
        got = []
        while len(got) < 4096:
            try:
                frame = self.sock.recv(70000)
            except BlockingIOError:
                break
            if frame[12:14] == b'\x08\x00' or \
                    (frame[12:14] == b'\x86\xdd' and frame[38:54] != MLD_ROUTERS):
                got.append(frame[14:])
        return got

    def lost(self):
        """Frames that the capture itself has lost since the last call."""
        said = self.sock.getsockopt(self.SOL_PACKET, 6, 12)
        return struct.unpack('II', said[:8])[1]


class Sink:
    """Receives datagrams."""

    def __init__(self, ns, address, port, proto=0):
        kind = socket.SOCK_DGRAM
        with ns:
            self.sock = big_buffers(socket.socket(family_of(address), kind, proto))
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self.sock.bind((address, port))
        self.sock.setblocking(False)

    def close(self):
        self.sock.close()

    def take(self):
        """What has come since the last call."""
        got = []
        while True:
            try:
                got.append(self.sock.recv(70000))
            except BlockingIOError:
                return got

    def numbers(self):
        """Datagrams that begin with a number of 4 bytes: the numbers."""
        return [struct.unpack_from('!I', data)[0] for data in self.take()]


# --- the kernel's log

class Log:
    """Lines that the kernel logs from now on."""

    def __init__(self):
        self.fd = os.open('/dev/kmsg', os.O_RDONLY | os.O_NONBLOCK)
        os.lseek(self.fd, 0, os.SEEK_END)

    def lines(self):
        got = []
        while True:
            try:
                record = os.read(self.fd, 8192).decode(errors='replace')
            except BlockingIOError:
                return got
            except BrokenPipeError:
                got.append('kernel log overrun')
                continue
            got.append(record.split(';', 1)[-1].rstrip('\n'))

    def quiet(self):
        """What was said about anything but devices coming and going."""
        usual = ('promiscuous mode', 'link becomes ready', 'renamed from',
                 'selftest ', 'alg: ', 'netem: version', 'hrtimer: interrupt took',
                 'cryptomap: loading out-of-tree')
        return [l for l in self.lines() if not any(u in l for u in usual)]


def load_module():
    run('modprobe', 'cryptomap')
