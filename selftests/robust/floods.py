# SPDX-License-Identifier: GPL-2.0
"""Two gateways that may be taken away at any time, and traffic through them
that does not mind.

    hosts eth1 --- lan gw1 wan ======== wan gw2 lan --- eth2 hosts

Both ends are in one namespace, which stays, and so do the processes that send
from it: they know devices by name and addresses by heart.  Nobody who sends
has a socket in a gateway, as that would keep its namespace.

    10.1.0.0/16, fd01::/64	behind gw1; 2 behind gw2
    10.9.0.0/16			what no SA is ever made for: it waits
"""

import contextlib
import ctypes
import errno
import os
import socket
import struct
import threading
import time

from kit import Namespace, check, check_eq, child, libc, load_module, read, run, stop, wait
from packets import ESP, Esp, fragments4, ip, udp_packet
from plane import AF_INET, AF_INET6, Plane, ace, entry

FAMILIES = (AF_INET, AF_INET6)
MAPS = {AF_INET: 'four', AF_INET6: 'six'}
SYS_DELETE_MODULE = 176
# So many packets of each SA are traffic.
ENOUGH = 5


def mac(*end):
    return bytes((2, 0, 0, 0) + end)


def lan_mac(n):
    return mac(n, 1)


def host_mac(n):
    """Of a host, not of the device: who captures there sees the packets, and
    no stack answers them."""
    return mac(n, 2)


def wan_mac(n):
    return mac(0, n)


def wan(n, family=AF_INET):
    return f'192.0.2.{n}' if family == AF_INET else f'2001:db8::{n}'


def host(n, family=AF_INET):
    return f'10.{n}.0.2' if family == AF_INET else f'fd0{n}::2'


def net(n, family=AF_INET):
    return f'10.{n}.0.0/16' if family == AF_INET else f'fd0{n}::/64'


# --- the hosts

def frames(n):
    """What the host behind gateway n sends, over and over."""
    far = 3 - n
    inner = []
    for family in FAMILIES:
        here, there = host(n, family), host(far, family)
        inner += [udp_packet(here, there, 6000, 7000, bytes(200)),
                  udp_packet(here, there, 6000, 7000, bytes(30)),
                  # Too large for the tunnel: split, if its family may do that.
                  udp_packet(here, there, 6000, 7000, bytes(1400)),
                  udp_packet(here, host(9, family), 6000, 7000, bytes(60)),
                  # ESP that is not authentic, or that nobody knows.
                  ip(wan(far, family), wan(n, family), ESP,
                     struct.pack('!II', 0x1000 + far, 1 << 30) + bytes(60)),
                  ip(wan(far, family), wan(n, family), ESP,
                     struct.pack('!II', 0x7777, 1) + bytes(60))]
    # Refused for its size, which the host is told.
    inner.append(udp_packet(host(n), host(far), 6000, 7000, bytes(1450), frag=0x4000))
    inner += fragments4(udp_packet(host(n), host(far), 6000, 7000, bytes(2000)), 1480)
    return [lan_mac(n) + host_mac(n) +
            (b'\x86\xdd' if packet[0] >> 4 == 6 else b'\x08\x00') + packet for packet in inner]


class Hosts:
    """Both of them, and the flood."""

    def __init__(self):
        self.ns = Namespace('hosts')
        self.pids = []

    def flood(self):
        """Begins before there is a gateway."""
        for n in (1, 2):
            self.pids.append(child(self._send, n))

    def stop_flood(self):
        for pid in self.pids:
            stop(pid)
        self.pids = []

    def _send(self, n):
        os.sched_setaffinity(0, {n % os.cpu_count()})
        # Under emulation the commands of the test would hardly get a turn.
        os.nice(19)
        with self.ns:
            sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        every = frames(n)
        while True:
            start = time.monotonic()
            for frame in every:
                try:
                    sock.sendto(frame, (f'eth{n}', 0))
                except OSError:
                    # Its gateway has gone, or its queue is full.
                    time.sleep(0.002)
            # The other half of the time is for those who take things away.
            time.sleep(time.monotonic() - start)

    def joined(self, n):
        """Whether the link to a gateway is there, which ends with the gateway."""
        return f'eth{n}' in read_devices(self.ns)

    def receive(self, what):
        """Waits until each host hears from the other one in both families, by
        packets that come from now on."""
        with self.ns, socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM,
                                    socket.htons(3)) as sock:
            sock.setsockopt(263, 23, 1)         # SOL_PACKET, PACKET_IGNORE_OUTGOING
            sock.setblocking(False)
            missing = {(f'eth{n}', family) for n in (1, 2) for family in FAMILIES}

            def heard():
                with contextlib.suppress(BlockingIOError):
                    while missing:
                        packet, (dev, *_) = sock.recvfrom(2048)
                        missing.discard((dev, heard_from(packet, dev)))
                return not missing
            wait(f'{what}: {missing} hear from the other side', heard, 60)


def read_devices(ns):
    with ns:
        return [name for _, name in socket.if_nameindex()]


def heard_from(packet, dev):
    """The family of a whole datagram from the other host, else None."""
    far = 3 - int(dev[-1])
    if packet[0] >> 4 == 4:
        right = packet[9] == 17 and packet[12:16] == socket.inet_aton(host(far))
        return AF_INET if right else None
    right = packet[6] == 17 and packet[8:24] == socket.inet_pton(AF_INET6, host(far, AF_INET6))
    return AF_INET6 if right else None


# --- the gateways

class Gateway:
    """One of the two; its policy and SAs are those that Site makes."""

    def __init__(self, n):
        self.n = n
        self.ns = Namespace(f'gw{n}')
        self.plane = None
        self.flow = {}

    def addresses(self):
        """For ip -batch."""
        n, far = self.n, 3 - self.n
        yield from (f'link set {dev} up' for dev in ('lan', 'wan'))
        for family, nodad in ((AF_INET, ''), (AF_INET6, ' nodad')):
            length = 24 if family == AF_INET else 64
            yield f'addr add {wan(n, family)}/{length} dev wan{nodad}'
            yield f'addr add {net(n, family).replace("0.0/", "0.1/").replace("::/", "::1/")} ' \
                  f'dev lan{nodad}'
            yield f'neigh replace {wan(far, family)} dev wan nud permanent ' \
                  f'lladdr {wan_mac(far).hex(":")}'
            yield f'neigh replace {host(n, family)} dev lan nud permanent ' \
                  f'lladdr {host_mac(n).hex(":")}'
            for where in (far, 9):
                yield f'route add {net(where, family)} via {wan(far, family)}'

    def connect(self):
        self.plane = Plane(self.ns)

    def policy(self):
        """Each family has a flow with SAs and one whose packets wait."""
        far = 3 - self.n
        self.plane.policy(
            [entry(MAPS[f], seq, [ace(net(self.n, f), net(to, f))], f, kind='isakmp',
                   peers=[wan(far, f)]) for f in FAMILIES for seq, to in ((10, far), (20, 9))],
            [self.plane.bind('wan', MAPS[f], wan(self.n, f), f) for f in FAMILIES])
        self.flow = {f: self.plane.flow_of(MAPS[f], 10) for f in FAMILIES}

    def traffic(self):
        """Whether every SA is in use and packets wait."""
        sas = [sa for sa in self.plane.sas() if sa['state'] != 'larval']
        return len(sas) == 4 and all(sa['packets'] >= ENOUGH for sa in sas) and \
            self.plane.stats()['held'] > 0

    def dump(self):
        """Dumps SAs and flows in a process of its own, without end."""
        return child(self._dump, [self._request(op) for op in ('sa-get', 'flow-get')])

    def _request(self, op):
        netlink = self.plane.family.nlproto
        body = netlink.message(0x301, self.plane.operation(op).req_value, 1, 1)
        return struct.pack('I', len(body) + 4) + body

    def _dump(self, requests):
        with self.ns:
            sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 16)
        while True:
            for request in requests:
                sock.send(request)
                while struct.unpack_from('IH', sock.recv(1 << 17))[1] not in (2, 3):
                    pass

    def close(self):
        if self.plane:
            self.plane.close()
        self.plane = None


class Site:
    """Both gateways with everything that can be in use."""

    def __init__(self, hosts):
        load_module()
        self.hosts = hosts
        self.gateways = [Gateway(n) for n in (1, 2)]
        self.listening = []
        self.dumping = []
        lines = []
        for gateway in self.gateways:
            n = gateway.n
            lines.append(f'link add lan address {lan_mac(n).hex(":")} netns gw{n} '
                         f'type veth peer name eth{n} netns hosts')
        lines.append(f'link add wan address {wan_mac(1).hex(":")} netns gw1 '
                     f'type veth peer name wan address {wan_mac(2).hex(":")} netns gw2')
        batch(lines)
        for gateway in self.gateways:
            batch(gateway.addresses(), '-n', gateway.ns.name)
        batch([f'link set eth{n} up' for n in (1, 2)], '-n', 'hosts')

    def protect(self, *algorithms):
        """Policy and SAs, a stage that is not committed, reserved SPIs, who
        listens and who dumps; returns when all of it is in use."""
        for gateway in self.gateways:
            gateway.connect()
            gateway.policy()
        for family in FAMILIES:
            self._sas(family, algorithms)
        for gateway in self.gateways:
            plane = gateway.plane
            for family in FAMILIES:
                plane.spi_reserve(wan(gateway.n, family), **{'hold-seconds': 1})
            plane.stage()
            plane.add({'map': 'other', 'family': AF_INET, 'seq': 1, 'kind': 'manual'},
                      [ace('any', 'any')])
            self.listening.append(plane.events())
            self.dumping.append(gateway.dump())
            wait(f'traffic through gw{gateway.n}', gateway.traffic, 60)
        self.hosts.receive('protected')

    def _sas(self, family, algorithms):
        """Inbound ones first, so that nothing comes before its SA."""
        made = {n: Esp(0x1000 + n, *algorithms) for n in (1, 2)}
        for direction in ('in', 'out'):
            for gateway in self.gateways:
                n, far = gateway.n, 3 - gateway.n
                here, there = wan(n, family), wan(far, family)
                common = {'liveness-seconds': 1, 'idle-seconds': 1, 'hard-seconds': 3600}
                if direction == 'in':
                    gateway.plane.sa_install('in', made[far], gateway.flow[family], there, here,
                                             **{'replay-window': 1024, 'hard-seconds': 3600})
                else:
                    gateway.plane.sa_install('out', made[n], gateway.flow[family], here, there,
                                             **common)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.delete()

    def check_empty(self):
        """A module that was loaded anew knows nothing of what was before."""
        for gateway in self.gateways:
            gateway.connect()
            plane, stats = gateway.plane, gateway.plane.stats()
            check_eq('flows and SAs', (plane.flows(), plane.sas()), ([], []))
            check_eq('counters', [stats[name] for name in ('encaps', 'decaps', 'held')],
                     [0, 0, 0])
            gateway.close()

    def let_go(self):
        """Closes every socket in the gateways."""
        for pid in self.dumping:
            stop(pid)
        for one in self.listening:
            one.close()
        self.dumping, self.listening = [], []
        for gateway in self.gateways:
            gateway.close()

    def delete(self):
        """Deletes both; they go with their last socket.  Returns at their end,
        which the devices show that lead to them."""
        for gateway in self.gateways:
            gateway.ns.delete()
        self.let_go()
        for gateway in self.gateways:
            wait(f'end of gw{gateway.n}', lambda n=gateway.n: not self.hosts.joined(n), 60)


def batch(lines, *options):
    run('ip', *options, '-batch', '-', stdin=''.join(line + '\n' for line in lines))


# --- the module

class Unload(threading.Thread):
    """What rmmod does, on the side: one that hangs fails the test. A dump that
    is under way uses the module, so it may take some attempts."""

    def __init__(self):
        super().__init__(daemon=True)
        self.why = None
        self.start()

    def run(self):
        # Not by fork and exec: a child has a share in our sockets for a while.
        while libc.syscall(SYS_DELETE_MODULE, b'cryptomap', os.O_NONBLOCK):
            if ctypes.get_errno() != errno.EAGAIN:
                self.why = os.strerror(ctypes.get_errno())
                return
            time.sleep(0.001)

    def end(self):
        """Waits until the module has gone, with all that was its own."""
        wait('end of the module', lambda: not self.is_alive(), 120)
        check(f'unloading: {self.why}', self.why is None)
        left = [line.split()[0] for line in read('/proc/slabinfo').splitlines()
                if line.startswith('cm_')]
        check_eq('slab caches of the module', left, [])
        check('the module is there no more', not os.path.isdir('/sys/module/cryptomap'))
