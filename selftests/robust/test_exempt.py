#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
# timeout: 300
"""What a map leaves in clear though its rules are for any: IKE with its peers
and with nobody else, what hosts of a link tell each other; and what the gateway
sends to many goes out once.
"""

import socket
import struct

from kit import Log, Sink, add_case, case, check_eq, main, settle, wait
from packets import (HOPOPTS, addr, checksum, esp_of, fragments, icmp6, ip4, ip6, udp_data,
                     udp_packet)
from plane import ace, entry
from worlds import BOTH, PORT, V4, V6, Bench

IGMP = 2
bench = None
log = None


def setup():
    global bench, log       # pylint: disable=global-statement
    bench = Bench()
    log = Log()


def everything(family, *peers, **more):
    """permit ip any any, with these peers; its flow."""
    bench.plane.policy([entry(family.map, 10, [ace('any', 'any')], family.af, peers=peers),
                        *more.pop('entries', ())],
                       [bench.plane.bind('wan', family.map, family.gw, family.af)])
    bench.fresh()
    return bench.plane.flow_of(family.map, 10)


def frames():
    """IP packets on the wire, reports of groups among them."""
    got = []
    while True:
        try:
            frame = bench.wire.sock.recv(70000)
        except BlockingIOError:
            return got
        if frame[12:14] in (b'\x08\x00', b'\x86\xdd'):
            got.append(frame[14:])


# --- IKE

def says(family, port, to):
    """A program of the gateway speaks from the port of IKE, and is spoken to."""
    sink = Sink(bench.gw, family.gw, port)
    bench.wire.send(udp_packet(to, family.gw, port, port, struct.pack('!I', port)))
    sink.sock.sendto(struct.pack('!I', port), (to, port))
    return sink


def stranger(family):
    everything(family, family.peer)
    try:
        for number, port in enumerate((500, 4500), 1):
            says(family, port, family.stranger).close()
            check_eq('drops', bench.plane.settle(2 * number),
                     {'not-ipsec': number, 'no-sa': number})
        check_eq('in clear', bench.wire.take(), [])
        for port in (500, 4500):
            sink = says(family, port, family.peer)
            settle('from the peer', [port], sink.numbers)
            wired = []
            wait('to the peer', lambda w=wired: w.extend(bench.wire.take()) or w)
            check_eq('in clear', udp_data(wired[0]), struct.pack('!I', port))
            sink.close()
        check_eq('drops', bench.plane.drops(), {'not-ipsec': 2, 'no-sa': 2})
    finally:
        bench.policy()


def others(family):
    """Peers of all entries of the map, and of no other map."""
    def run(entries, clear):
        everything(family, family.peer, entries=entries)
        sink = says(family, 500, family.stranger)
        if clear:
            settle('from a stranger', [500], sink.numbers)
            wired = []
            wait('to a stranger', lambda: wired.extend(bench.wire.take()) or wired)
            check_eq('in clear', udp_data(wired[0]), struct.pack('!I', 500))
        else:
            check_eq('drops', bench.plane.settle(2), {'not-ipsec': 1, 'no-sa': 1})
        sink.close()
    other = [ace(family.lan_net, family.remote_net)]
    try:
        run([entry(family.map, 20, other, family.af, peers=[family.stranger])], True)
        run([entry(family.map, 20, other, family.af)], False)
        run([entry('other', 20, other, family.af, peers=[family.stranger])], False)
    finally:
        bench.policy()


for _family in BOTH:
    add_case(f'IKE with a peer is exempt, with a stranger it is not, {_family.name}',
             stranger, _family)
    add_case(f'the peers are those of all entries of the map, {_family.name}', others, _family)


@case('large IKE of a stranger is refused as a whole')
def large():
    for family in BOTH:
        everything(family, family.peer)
        try:
            whole = udp_packet(family.stranger, family.gw, 500, 500, bytes(3000))
            for part in fragments(whole, 1448):
                bench.wire.send(part)
            check_eq('drops', bench.plane.settle(1), {'not-ipsec': 1})
        finally:
            bench.policy()


# --- the link's own

def igmp(dst, ttl):
    body = struct.pack('!BBH4s', 0x11, 1, 0, bytes(4))
    body = body[:2] + struct.pack('!H', checksum(body)) + body[4:]
    return ip4(V4.peer, dst, IGMP, body, ttl=ttl, options=b'\x94\x04\0\0')


def mld(src, hops, alert=True):
    """A general query."""
    plain = icmp6(src, 'ff02::1', 130, 0, struct.pack('!HH', 1, 0) + bytes(16), hops=hops)
    if not alert:
        return plain
    return ip6(src, 'ff02::1', HOPOPTS, b'\x3a\0\x05\x02\0\0\1\0' + plain[40:], hops=hops)


def is_report(packet):
    if packet[0] >> 4 == 4:
        return packet[9] == IGMP
    return packet[6] == HOPOPTS and packet[40] == 58 and packet[48] in (131, 143)


@case('permit any any: who listens to which group is told and asked in clear')
def listeners():
    for family, group in ((V4, '239.1.2.3'), (V6, 'ff05::123')):
        everything(family, family.peer)
        with bench.gw:
            sock = socket.socket(family.af, socket.SOCK_DGRAM)
            index = socket.if_nametoindex('wan')
        try:
            if family is V4:
                sock.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP,
                                struct.pack('4s4si', addr(group), bytes(4), index))
            else:
                bench.gw.ip('addr add fe80::1/64 dev wan nodad')
                sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP,
                                addr(group) + struct.pack('I', index))
            wait('a report', lambda: any(is_report(p) for p in frames()))
            good = igmp('224.0.0.1', 1) if family is V4 else mld('fe80::2', 1)
            bench.wire.send(good)
            wait('the answer to a query', lambda: any(is_report(p) for p in frames()))
            check_eq('drops', bench.plane.drops(), {})
            # From further away, or to one host, it is no such thing.
            bad = (igmp('224.0.0.1', 2), igmp(V4.gw, 1)) if family is V4 else \
                (mld('fe80::2', 255), mld('fe80::2', 64), mld(V6.peer, 1))
            for packet in bad:
                bench.wire.send(packet)
            check_eq('drops', bench.plane.settle(len(bad)), {'not-ipsec': len(bad)})
        finally:
            sock.close()
            if family is V6:
                bench.gw.ip('addr del fe80::1/64 dev wan')
            bench.policy()


# --- to many

def many(family, group):
    """The stack has IPv4 pass POST_ROUTING twice, with a copy for its own
    listeners."""
    flow = everything(family, family.peer)
    sa = bench.esp()
    bench.outbound(family, sa, flow=flow)
    sink = Sink(bench.gw, '0.0.0.0' if family is V4 else '::', PORT + 7)
    with bench.gw:
        index = socket.if_nametoindex('wan')
        sock = socket.socket(family.af, socket.SOCK_DGRAM)
    try:
        sock.bind((family.gw, 0))
        if family is V6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, index)
            sink.sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP,
                                 addr(group) + struct.pack('I', index))
        elif group.startswith('239'):
            where = struct.pack('4s4si', bytes(4), bytes(4), index)
            sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, where)
            sink.sock.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, addr(group) + where[4:])
        else:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        bench.wire.take()
        for number in range(3):
            sock.sendto(struct.pack('!I', number), (group, PORT + 7))
        if family is V4:
            settle('own listeners', 3, Counter(sink))
        check_eq('drops', bench.plane.settle(3), {})
        wired = [p for p in bench.wire.take() if not is_report(p)]
        inner = [udp_data(sa.open(esp_of(p))[2]) for p in wired]
        check_eq('on the wire', inner, [struct.pack('!I', n) for n in range(3)])
        check_eq('encaps', bench.plane.stats()['encaps'], 3)
        check_eq('of the SA', bench.plane.sa('out', sa.spi, family.peer)['packets'], 3)
    finally:
        sock.close()
        sink.close()
        bench.policy()


class Counter:
    """How many datagrams have come."""

    def __init__(self, sink):
        self.sink = sink
        self.count = 0

    def __call__(self):
        self.count += len(self.sink.take())
        return self.count


add_case('multicast of the gateway goes out once, IPv4', many, V4, '239.1.2.3')
add_case('broadcast of the gateway goes out once', many, V4, '192.0.2.255')
add_case('multicast of the gateway goes out once, IPv6', many, V6, 'ff05::123')


@case('the kernel has said nothing')
def quiet():
    check_eq('kernel messages', log.quiet(), [])


if __name__ == '__main__':
    main(setup)
