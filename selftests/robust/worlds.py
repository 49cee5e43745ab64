# SPDX-License-Identifier: GPL-2.0
"""The networks that the tests of this directory work in.

Bench: one gateway, and at the other end of its wire nothing but this program.

    peer  wan ======== wan  gw  lan (dummy)

    gw	192.0.2.1/24, 2001:db8::1/64; lan 10.1.0.1/24, fd01::1/64
    peer	192.0.2.2 and 2001:db8::2, the configured one; a stranger is .3 and ::3
    remote	10.2.0.0/16 and fd02::/64, behind the peer

Pair: two gateways.

Every neighbour is known for ever and the peer's end has no address, so there is
nothing on the wire but what a test sends and what the gateway says to it.
"""

import os
import socket
import struct
import time

from kit import (Namespace, Sink, Wire, big_buffers, check, check_eq, check_list, child,
                 load_module, neighbour, pin, reap, settle, stop, veth, wait, write)
from packets import ESP, IPIP, IPV6, Esp, esp_of, ip, udp_data, udp_packet
from plane import AF_INET, AF_INET6, Plane, ace, drops_of, entry

PORT = 7000


class Family:
    """What differs between the two."""

    def __init__(self, af, gw, peer, stranger, lan, remote, lan_net, remote_net):
        self.af = af
        self.gw, self.peer, self.stranger = gw, peer, stranger
        self.lan, self.remote = lan, remote
        self.lan_net, self.remote_net = lan_net, remote_net
        self.inner = IPV6 if af == AF_INET6 else IPIP
        self.header = 40 if af == AF_INET6 else 20
        self.map = 'six' if af == AF_INET6 else 'four'
        self.name = 'IPv6' if af == AF_INET6 else 'IPv4'

    def datagram(self, number, size=8, dport=PORT, **options):
        """From behind the peer to the gateway's LAN, numbered."""
        return udp_packet(self.remote, self.lan, 6000, dport,
                          struct.pack('!I', number) + bytes(size - 4), **options)


V4 = Family(AF_INET, '192.0.2.1', '192.0.2.2', '192.0.2.3', '10.1.0.1', '10.2.0.5',
            '10.1.0.0/24', '10.2.0.0/16')
V6 = Family(AF_INET6, '2001:db8::1', '2001:db8::2', '2001:db8::3', 'fd01::1', 'fd02::5',
            'fd01::/64', 'fd02::/64')
BOTH = (V4, V6)


class Bench:
    def __init__(self, kind='manual', **more):
        load_module()
        pin()
        self.gw = Namespace('gw')
        self.peer = Namespace('peer')
        self.spi = 0x1000
        veth(self.gw, 'wan', self.peer, 'wan')
        self.gw.ip('link add lan type dummy')
        self.gw.ip('link set lan up')
        for family in BOTH:
            length = '/64' if family is V6 else '/24'
            nodad = ' nodad' if family is V6 else ''
            self.gw.ip(f'addr add {family.gw}{length} dev wan{nodad}')
            self.gw.ip(f'addr add {family.lan}{length} dev lan{nodad}')
            neighbour(self.gw, 'wan', self.peer.mac('wan'), family.peer, family.stranger)
            self.gw.ip(f'route add {family.remote_net} via {family.peer}')
        # What gives up on incomplete packets must not answer in a later case.
        for key in ('ipv4.ipfrag_time', 'ipv6.ip6frag_time',
                    'netfilter.nf_conntrack_frag6_timeout'):
            self.gw.sysctl('net.' + key, 3600)
        self.wire = Wire(self.peer, 'wan', self.gw.mac('wan'))
        self.sinks = {f: Sink(self.gw, f.lan, PORT) for f in BOTH}
        self.plane = Plane(self.gw)
        self.kind = kind
        self.more = more
        self.flow = {}
        self.policy()

    def policy(self):
        """permit ip LAN REMOTE for both families, for all tests that want no
        other."""
        self.commit({f: [ace(f.lan_net, f.remote_net)] for f in BOTH})

    def commit(self, rules, local=True, **more):
        """One entry for each family with these rules; the flows of the first
        permit of each are in self.flow."""
        entries = [entry(f.map, 10, aces, f.af, kind=self.kind, peers=[f.peer],
                         **{**self.more, **more}) for f, aces in rules.items()]
        bindings = [self.plane.bind('wan', f.map, f.gw if local else None, f.af)
                    for f in rules]
        reply = self.plane.policy(entries, bindings)
        self.flow = {}
        for family, aces in rules.items():
            for index, one in enumerate(aces):
                if one['action'] == 'permit':
                    self.flow[family] = self.plane.flow_of(family.map, 10, index)
                    break
        return reply

    def fresh(self):
        """Begins a case: all counters are zero, nothing is waiting to be read."""
        self.wire.take()
        for sink in self.sinks.values():
            sink.take()
        self.plane.sa_flush()
        self.plane.stats_clear()
        check_eq('drops at the beginning', self.plane.drops(), {})

    def esp(self, *algorithms, **more):
        """Keys for another SA."""
        self.spi += 1
        return Esp(self.spi, *algorithms, **more)

    def inbound(self, family, sa, flow=None, window=64, **more):
        return self.plane.sa_install('in', sa, flow or self.flow[family], family.peer,
                                     family.gw, replay_window=window, **more)

    def outbound(self, family, sa, flow=None, **more):
        return self.plane.sa_install('out', sa, flow or self.flow[family], family.gw,
                                     family.peer, **more)

    def outer(self, family, esp, **options):
        """The IP packet around an ESP packet from the peer."""
        return ip(options.pop('src', family.peer), options.pop('dst', family.gw), ESP, esp,
                  **options)

    def send(self, family, sa, seq, number, **options):
        """Injects a numbered datagram under a sequence number."""
        esp = sa.seal(seq, family.inner, family.datagram(number))
        self.wire.send(self.outer(family, esp, **options))

    def delivered(self, family, wanted, what='delivered'):
        """Exactly these numbers come out, in this order."""
        sink = self.sinks[family]
        got = []

        def count():
            got.extend(sink.numbers())
            return len(got)
        settle(f'number of packets {what}', len(wanted), count)
        check_list(what, got, wanted)

    def expect(self, family, sa, sent, accepted, drops, what=''):
        """After so many packets: these numbers are delivered, the others are
        dropped for these reasons, in the namespace, the SA and the flow."""
        check_eq('expected counters', len(accepted) + sum(drops.values()), sent)
        check_eq(f'{what} drops of the namespace', self.plane.settle(sent), drops)
        self.delivered(family, accepted, f'{what} delivered')
        shown = self.plane.sa('in', sa.spi, family.gw)
        check_eq(f'{what} drops of the SA',
                 drops_of(shown), drops)
        check_eq(f'{what} packets of the SA', shown['packets'], len(accepted))
        check_eq(f'{what} decaps', self.plane.stats()['decaps'], len(accepted))
        return shown


class Script:
    """Sequence numbers to inject, each with what must become of it; old is the
    reason for which numbers behind the window are dropped."""

    def __init__(self, old='replay'):
        self.reason = old
        self.steps = []

    def ok(self, *numbers):
        self.steps += [(n, None) for n in numbers]
        return self

    def old(self, *numbers):
        self.steps += [(n, self.reason) for n in numbers]
        return self

    def zero(self):
        """At the beginning, where the number is just zero."""
        self.steps.append((0, 'replay'))
        return self

    def twice(self, *numbers):
        self.steps += [(n, 'replay-duplicate') for n in numbers]
        return self

    def play(self, bench, family, sa, what=''):
        """Injects, and checks that each ended as it says; returns sa-get."""
        accepted, drops = [], {}
        for number, (seq, reason) in enumerate(self.steps):
            bench.send(family, sa, seq, number)
            if reason:
                drops[reason] = drops.get(reason, 0) + 1
            else:
                accepted.append(number)
        return bench.expect(family, sa, len(self.steps), accepted, drops, what)


class Source:
    """A socket on the gateway's LAN address that sends numbered datagrams to
    behind the peer."""

    def __init__(self, bench, family, port=6001, remote=None, size=8):
        self.bench, self.family = bench, family
        self.address = remote or family.remote
        self.size = size
        with bench.gw:
            self.sock = big_buffers(socket.socket(family.af, socket.SOCK_DGRAM))
            self.sock.bind((family.lan, port))

    def send(self, *numbers, size=None):
        for number in numbers:
            self.sock.sendto(struct.pack('!I', number) + bytes((size or self.size) - 4),
                             (self.address, PORT))

    def close(self):
        self.sock.close()


class Receiver:
    """Reads what the gateway sends to its peer: each packet on the wire is ESP
    of one of these SAs, whole and with the next number, or the check fails.
    With several CPUs that send, the wire may mix what each of them sends:
    then ordered is false, and finish() puts the numbers in order."""

    def __init__(self, bench, family, *sas, ordered=True):
        self.bench, self.family = bench, family
        self.ordered = ordered
        self.sas = {}
        self.last = {}
        self.packets = []       # of each: order of its SA, its number there, our number
        self.got = []           # our numbers
        self.spis = []          # the SA of each
        for sa in sas:
            self.add(sa)

    def add(self, sa):
        self.sas[sa.spi] = sa
        self.last[sa.spi] = 0

    def read(self):
        """Takes in what is on the wire; how many datagrams so far."""
        for packet in self.bench.wire.take():
            esp = esp_of(packet)
            check(f'only ESP on the wire: {packet.hex()[:160]}', esp is not None)
            spi, = struct.unpack_from('!I', esp)
            check(f'ESP of a known SA: SPI {spi:#x}', spi in self.sas)
            seq, nexthdr, inner = self.sas[spi].open(esp)
            check_eq('next header', nexthdr, self.family.inner)
            if self.ordered:
                check_eq(f'number on SA {spi:#x}', seq, self.last[spi] + 1)
            self.last[spi] = seq
            self.got.append(struct.unpack_from('!I', udp_data(inner))[0])
            self.packets.append((list(self.sas).index(spi), seq, self.got[-1]))
            self.spis.append(spi)
        check_eq('frames that the capture lost', self.bench.wire.lost(), 0)
        return len(self.got)

    def protected(self):
        """Our numbers in the order in which they were protected; no number of an
        SA is missing or there twice."""
        self.packets.sort()
        for spi, position in zip(self.sas, range(len(self.sas))):
            seqs = [seq for at, seq, _ in self.packets if at == position]
            check_list(f'numbers of SA {spi:#x}', seqs, list(range(1, len(seqs) + 1)))
        return [number for _, _, number in self.packets]

    def expect(self, wanted, what='received by the peer'):
        """Exactly these numbers, in this order."""
        settle(f'number of packets {what}', len(wanted), self.read)
        check_list(what, self.got, wanted)


# --- two gateways

class Side:
    """One of the two gateways of a Pair."""

    def __init__(self, name, number):
        self.ns = Namespace(name)
        self.number = number
        self.wan = f'192.0.2.{number}'
        self.lan = f'10.{number}.0.1'
        self.net = f'10.{number}.0.0/16'
        self.ns.ip('link add lan type dummy')
        self.ns.ip('link set lan up')
        self.ns.ip(f'addr add {self.lan}/16 dev lan')
        self.plane = None
        self.flow = None

    def settle_address(self, other):
        self.ns.ip(f'addr add {self.wan}/24 dev wan')
        neighbour(self.ns, 'wan', other.ns.mac('wan'), other.wan)
        self.ns.ip(f'route add {other.net} via {other.wan}')


class Pair:
    """gw1 and gw2, both ours, on one wire; 10.1.0.0/16 is behind the one,
    10.2.0.0/16 behind the other.

    A stream is lossless here: queues of the stack are as long as need be."""

    def __init__(self, kind='isakmp', names=('gw1', 'gw2')):
        load_module()
        write('/proc/sys/net/core/netdev_max_backlog', '100000')
        self.kind = kind
        self.spi = 0x2000
        self.one, self.two = (Side(n, i) for i, n in enumerate(names, 1))
        veth(self.one.ns, 'wan', self.two.ns, 'wan')
        self.one.settle_address(self.two)
        self.two.settle_address(self.one)
        self.connect()

    def sides(self):
        """Each with the other one."""
        return ((self.one, self.two), (self.two, self.one))

    def connect(self):
        """Netlink to both, with the policy that protects LAN to LAN."""
        for side, other in self.sides():
            side.plane = Plane(side.ns)
            self.policy(side, other)

    def close(self):
        for side, _ in self.sides():
            side.plane.close()

    def policy(self, side, other, more=(), before=(), **options):
        """The policy, with other entries around the one that matters."""
        reply = side.plane.policy(
            [*before, entry('vpn', 10, [ace(side.net, other.net)], kind=self.kind,
                            peers=[other.wan], **options), *more],
            [side.plane.bind('wan', 'vpn', side.wan)])
        side.flow = side.plane.flow_of('vpn', 10)
        return reply

    def esp(self, *algorithms, **more):
        self.spi += 1
        return Esp(self.spi, *algorithms, **more)

    def sas(self, *algorithms, window=1024, **more):
        """SAs in both directions, inbound ones first; by (from, to)."""
        made = {}
        for side, other in self.sides():
            sa = made[(other, side)] = self.esp(*algorithms, **more)
            side.plane.sa_install('in', sa, side.flow, other.wan, side.wan,
                                  **{'replay-window': window})
        for side, other in self.sides():
            side.plane.sa_install('out', made[(side, other)], side.flow, side.wan, other.wan)
        return made

    def drops(self):
        return [side.plane.drops() for side, _ in self.sides()]


class Stream:
    """Numbered datagrams from behind one gateway to behind the other, sent by a
    process of its own, at most rate a second, until end()."""

    def __init__(self, side, other, rate=1000, port=PORT, cpu=None, size=64):
        self.sink = Sink(other.ns, other.lan, port)
        self.orders, self.answers = os.pipe(), os.pipe()
        self.got = []
        self.pid = child(self._run, side, other, rate, port, cpu, size)

    def _run(self, side, other, rate, port, cpu, size):
        os.set_blocking(self.orders[0], False)
        if cpu is not None:
            os.sched_setaffinity(0, {cpu % os.cpu_count()})
        else:
            os.sched_setaffinity(0, range(os.cpu_count()))
        with side.ns:
            sock = big_buffers(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
            sock.bind((side.lan, 0))
        padding = bytes(size - 4)
        number = 0
        start = time.monotonic()
        while True:
            for _ in range(8):
                sock.sendto(struct.pack('!I', number) + padding, (other.lan, port))
                number += 1
            try:
                if os.read(self.orders[0], 1):
                    break
            except BlockingIOError:
                pass
            time.sleep(max(0, start + number / rate - time.monotonic()))
        os.write(self.answers[1], struct.pack('!I', number))

    def read(self):
        """How many have come so far."""
        self.got += self.sink.numbers()
        return len(self.got)

    def end(self):
        """Stops the sender; how many it has sent."""
        os.write(self.orders[1], b'x')
        sent, = struct.unpack('!I', os.read(self.answers[0], 4))
        reap(self.pid)
        return sent

    def whole(self, what='stream'):
        """Ends it: every number must have come, once and in order."""
        sent = self.end()
        settle(f'{what}: numbers received', sent, self.read)
        check_list(what, self.got, list(range(sent)))
        return sent

    def progress(self, count=20):
        """Waits until so many more have come."""
        wait('the stream to go on', lambda n=self.read(): self.read() >= n + count, 30)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        stop(self.pid)
        for fd in (*self.orders, *self.answers):
            os.close(fd)
        self.sink.close()
