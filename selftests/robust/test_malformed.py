#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
# timeout: 500
# takes: 60
"""Packets that no honest peer sends: each ends in the counter of its reason and
nowhere else.  They are injected on the wire of a gateway, most of them sealed
with the right keys, because only such get to the later checks.
"""

import itertools
import os
import random
import socket
import struct
import time

from kit import (Log, add_case, case, check, check_eq, check_in, main, read, scale, settle,
                 wait, write)
from packets import (DSTOPTS, ESP, FRAGMENT, HOPOPTS, ICMP, IPIP, IPV6, MF, NONE, TCP, UDP,
                     addr, fragments, fragments4, ip4, ip6, option_header, udp,
                     udp_packet)
from plane import ace, drops_of
from worlds import BOTH, PORT, V4, V6, Bench

GCM = ('aes-gcm-16', 'none')
CBC = ('aes-cbc', 'hmac-sha2-256-128')
NUL = ('null', 'hmac-sha1-96')
ALGORITHMS = (GCM, CBC, NUL)

bench = None
log = None


def setup():
    global bench, log       # pylint: disable=global-statement
    bench = Bench()
    # What the gateway answers to accepted garbage finds no SA.
    bench.plane.ignore = {'no-sa'}
    log = Log()


def begin(family, algorithms=GCM, flow=None, **more):
    """A fresh case with one inbound SA."""
    bench.fresh()
    sa = bench.esp(*algorithms)
    bench.inbound(family, sa, flow, **more)
    return sa


def inject(family, esp, **options):
    bench.wire.send(bench.outer(family, bytes(esp), **options))


numbers = itertools.count(1)


def one(family, sa, text_or_payload, reason, *, nexthdr=None, text=False, **outer):
    """One authentic packet must end like this: a reason, or None if it is
    accepted."""
    seq = next(numbers)
    esp = sa.seal_text(seq, text_or_payload) if text else \
        sa.seal(seq, family.inner if nexthdr is None else nexthdr, text_or_payload)
    before = bench.plane.stats()
    total = bench.plane.counted()
    inject(family, esp, **outer)
    drops = bench.plane.settle(total + 1)
    after = {k: v - before['drop'].get(k, 0)
             for k, v in drops.items()}
    after = {k: v for k, v in after.items() if v}
    check_eq('ended as', after, {reason: 1} if reason else {})


# --- integrity

def corrupt(family, algorithms):
    sa = begin(family, algorithms, window=1024)
    good = sa.seal(1, family.inner, family.datagram(0))
    sent = 0
    # Each byte behind SPI and number in turn, one bit of it.
    for at in range(8, len(good)):
        esp = bytearray(good)
        esp[at] ^= 1 << at % 8
        inject(family, esp)
        sent += 1
    bench.expect(family, sa, sent, [], {'integrity': sent})
    # It was not their number's fault.
    inject(family, good)
    bench.expect(family, sa, sent + 1, [0], {'integrity': sent})
    check_eq('receive errors', bench.plane.flow(bench.flow[family])['recv-errors'], sent)


for _algorithms in ALGORITHMS:
    add_case(f'each byte corrupt in turn: {_algorithms[0]}', corrupt, V4, _algorithms)
add_case('each byte corrupt in turn: IPv6', corrupt, V6, GCM)


@case('each bit of the sequence number corrupt in turn')
def corrupt_number():
    sa = begin(V4)
    good = sa.seal(0x00ff00ff, 4, V4.datagram(0))
    for bit in range(32):
        esp = bytearray(good)
        esp[4 + bit // 8] ^= 1 << bit % 8
        inject(V4, esp)
    inject(V4, good)
    bench.expect(V4, sa, 33, [0], {'integrity': 32})


@case('ICV of another SA, and another algorithm')
def other_keys():
    sa = begin(V4)
    other = bench.esp()
    other.spi = sa.spi
    inject(V4, other.seal(1, 4, V4.datagram(0)))
    other = bench.esp(*CBC)
    other.spi = sa.spi
    inject(V4, other.seal(1, 4, V4.datagram(0)))
    bench.expect(V4, sa, 2, [], {'integrity': 2})


@case('SA of one family: the same SPI to the other one is unknown')
def other_family():
    sa = begin(V4)
    inject(V6, sa.seal(1, IPV6, V6.datagram(0)))
    check_eq('drops', bench.plane.settle(1), {'invalid-spi': 1})


# --- unknown SPI

def unknown(family):
    bench.fresh()
    listening = bench.plane.events()
    sa = bench.esp()
    inject(family, sa.seal(1, family.inner, family.datagram(0)))
    check_eq('drops', bench.plane.settle(1), {'invalid-spi': 1})
    event = listening.await_one('invalid-spi')
    check_eq('source', event['src'], family.peer)
    check_eq('destination', event['dst'], family.gw)
    check_eq('SPI', event['spi'], sa.spi)
    check_eq('protocol', event['proto'], 50)
    check_eq('left out', event.get('count', 0), 0)
    # A stranger is counted, but makes no event: anybody could send these.
    inject(family, sa.seal(2, family.inner, family.datagram(0)), src=family.stranger)
    check_eq('drops', bench.plane.settle(2), {'invalid-spi': 2})
    inject(family, sa.seal(3, family.inner, family.datagram(0)))
    wait('the event after it', lambda: len(listening.of('invalid-spi')) == 2)
    check_eq('sources', {e['src'] for e in listening.of('invalid-spi')}, {family.peer})
    listening.close()


for _family in BOTH:
    add_case(f'unknown SPI, {_family.name}: an event for a peer, none for a stranger',
             unknown, _family)


@case('unknown SPI: events are limited, the counter is not')
def unknown_flood():
    bench.fresh()
    listening = bench.plane.events()
    sa = bench.esp()
    packet = bench.outer(V4, sa.seal(1, 4, V4.datagram(0)))
    start = time.monotonic()
    count = 1000
    for _ in range(count):
        bench.wire.send(packet)
    check_eq('drops', bench.plane.settle(count), {'invalid-spi': count})
    told = len(listening.of('invalid-spi'))
    elapsed = time.monotonic() - start
    # A burst of ten, then ten a second.
    check_in('events', told, 1, 10 + int(elapsed * 10) + 1)

    def next_event():
        bench.wire.send(packet)
        nonlocal count
        count += 1
        return len(listening.of('invalid-spi')) > told
    wait('an event after the flood', next_event)
    events = listening.of('invalid-spi')
    check_eq('spoken for', sum(1 + e.get('count', 0) for e in events), count)
    listening.close()


@case('reserved SPIs 0 and 255')
def reserved():
    bench.fresh()
    sa = bench.esp()
    for sa.spi in (0, 1, 255):
        inject(V4, sa.seal(1, 4, V4.datagram(0)))
    check_eq('drops', bench.plane.settle(3), {'invalid-spi': 3})


@case('on an SPI that is only reserved the peer is early, which is no event')
def larval():
    bench.fresh()
    listening = bench.plane.events()
    spi = bench.plane.spi_reserve(addr(V4.gw), **{'hold-seconds': 300})
    sa = bench.esp()
    sa.spi = spi
    inject(V4, sa.seal(1, 4, V4.datagram(0)))
    check_eq('drops', bench.plane.settle(1), {'larval-spi': 1})
    other = bench.esp()

    def told():
        # The cases before this one may have used up what is told in a second.
        inject(V4, other.seal(1, 4, V4.datagram(0)))
        return listening.of('invalid-spi')
    wait('event invalid-spi', told)
    check_eq('events', {e['spi'] for e in listening.of('invalid-spi')}, {other.spi})
    listening.close()
    bench.inbound(V4, sa)
    inject(V4, sa.seal(2, 4, V4.datagram(7)))
    bench.delivered(V4, [7])


# --- length

def truncated(family, algorithms):
    """RFC 4303: 8 bytes, IV, whole blocks of at least the trailer, ICV."""
    sa = begin(family, algorithms)
    good = sa.seal(1, family.inner, family.datagram(0, 60))
    wanted = {'truncated': 0, 'integrity': 0}
    for length in range(len(good)):
        text = length - sa.overhead()
        whole = text >= 2 and text % sa.align == 0
        wanted['integrity' if whole else 'truncated'] += 1
        inject(family, good[:length])
    drops = bench.plane.settle(len(good))
    check_eq('drops', drops, wanted)
    bench.delivered(family, [])
    # Those without an SPI belong to no SA.
    mine = bench.plane.sa_drops('in', sa.spi, family.gw)
    check_eq('drops of the SA', mine, {**wanted, 'truncated': wanted['truncated'] - 8})
    inject(family, good)
    bench.delivered(family, [0])


for _family in BOTH:
    for _algorithms in ALGORITHMS if _family is V4 else (GCM,):
        add_case(f'cut off at every length: {_family.name} {_algorithms[0]}',
                 truncated, _family, _algorithms)


def longer(family):
    sa = begin(family)
    good = sa.seal(1, family.inner, family.datagram(0))
    wanted = {'truncated': 0, 'integrity': 0}
    for extra in range(1, 33):
        wanted['truncated' if extra % 4 else 'integrity'] += 1
        inject(family, good + os.urandom(extra))
    bench.expect(family, sa, 32, [], wanted)
    # Behind the IP packet is not in the packet.
    bench.wire.send(bench.outer(family, good) + b'ethernet padding')
    bench.expect(family, sa, 33, [0], wanted)


for _family in BOTH:
    add_case(f'random bytes behind the ICV, {_family.name}', longer, _family)


# --- padding and next header

def padding(family, algorithms):
    sa = begin(family, algorithms, window=1024)
    inner = family.datagram(0)
    block = sa.align
    blocks = -(-(len(inner) + 2) // block) * block
    body = inner + bytes(blocks - len(inner) - 2)
    for pad in range(256):
        if pad > blocks - 2:
            reason = 'bad-padding'
        elif pad + len(inner) > blocks - 2:
            # It takes something of the inner packet away.
            reason = 'bad-inner-header'
        else:
            reason = None
        one(family, sa, body + bytes((pad, family.inner)), reason, text=True)


for _algorithms in (CBC, NUL):
    add_case(f'every padding length: {_algorithms[0]}', padding, V4, _algorithms)
add_case('every padding length: IPv6', padding, V6, GCM)


@case('longest padding, and padding against traffic analysis behind the packet')
def long_padding():
    sa = begin(V4)
    inject(V4, sa.seal(1, 4, V4.datagram(0), extra=252))
    inject(V4, sa.seal(2, 4, V4.datagram(1) + bytes(500)))
    inject(V4, sa.seal(3, 4, V4.datagram(2) + os.urandom(333), extra=128))
    bench.expect(V4, sa, 3, [0, 1, 2], {})


@case('every next header but an IP packet, in tunnel mode')
def next_header():
    sa = begin(V4, window=1024)
    for nexthdr in range(256):
        if nexthdr == IPIP:
            continue
        reason = {NONE: 'dummy-packet', IPV6: 'bad-inner-header'}.get(nexthdr, 'bad-next-header')
        one(V4, sa, V4.datagram(0), reason, nexthdr=nexthdr)
    bench.delivered(V4, [])


@case('dummy packets: any payload, even none; no error of the flow')
def dummy():
    sa = begin(V4)
    for payload in (b'', os.urandom(1), os.urandom(1400), V4.datagram(0)):
        one(V4, sa, payload, 'dummy-packet', nexthdr=NONE)
    check_eq('receive errors', bench.plane.flow(bench.flow[V4]).get('recv-errors', 0), 0)
    check_eq('drops of the SA', bench.plane.sa_drops('in', sa.spi, V4.gw), {'dummy-packet': 4})


# --- the inner packet

@case('inner IPv4 header: version, length of the header, total length')
def inner_ipv4():
    sa = begin(V4, window=1024)
    data = udp(V4.remote, V4.lan, 6000, PORT, bytes(8))

    def inner(**options):
        return ip4(V4.remote, V4.lan, UDP, data, **options)
    bad = 'bad-inner-header'
    for version in range(16):
        one(V4, sa, inner(version=version), None if version == 4 else bad)
    for ihl in range(16):
        # The last ones reach beyond the packet of 36 bytes.
        one(V4, sa, inner(ihl=ihl), None if 5 <= ihl <= 9 else bad)
    for length in (0, 1, 19, 37, 38, 100, 0x7fff, 0xffff):
        one(V4, sa, inner(length=length), bad)
    for length in (20, 28, 35, 36):
        one(V4, sa, inner(length=length), None)
    for length in range(20):
        one(V4, sa, inner()[:length], bad)


@case('inner IPv6 header: version, length')
def inner_ipv6():
    sa = begin(V6, window=1024)
    data = udp(V6.remote, V6.lan, 6000, PORT, bytes(8))

    def inner(**options):
        return ip6(V6.remote, V6.lan, UDP, data, **options)
    bad = 'bad-inner-header'
    for version in range(16):
        one(V6, sa, inner(version=version), None if version == 6 else bad)
    for length in (17, 18, 100, 0xffff):
        one(V6, sa, inner(length=length), bad)
    for length in (0, 8, 15, 16):
        one(V6, sa, inner(length=length), None)
    for length in range(40):
        one(V6, sa, inner()[:length], bad)
    # A jumbogram has a length of 0 and an option that says more.
    jumbo = bytes((UDP, 0, 0xc2, 4)) + struct.pack('!I', 70000) + data
    one(V6, sa, ip6(V6.remote, V6.lan, HOPOPTS, jumbo, length=0), bad)


@case('a wrong checksum of the inner header is the stack\'s affair')
def inner_checksum():
    sa = begin(V4)
    one(V4, sa, ip4(V4.remote, V4.lan, UDP, udp(V4.remote, V4.lan, 1, PORT, bytes(8)),
                    header_sum=1), None)
    inject(V4, sa.seal(next(numbers), 4, V4.datagram(3)))
    bench.delivered(V4, [3])


def selector(family):
    sa = begin(family)
    lan, remote = family.lan, family.remote
    far = 'fd09::1' if family is V6 else '10.9.0.1'
    cases = ((remote, far), (far, lan), (lan, remote), (far, far), (family.peer, family.gw),
             (lan, lan), (remote, remote))
    for src, dst in cases:
        one(family, sa, udp_packet(src, dst, 6000, PORT, bytes(8)), 'selector-mismatch')
    one(family, sa, family.datagram(4), None)
    bench.delivered(family, [4])


for _family in BOTH:
    add_case(f'inner addresses outside of the selector, {_family.name}', selector, _family)


@case('inner packet of the other family')
def selector_family():
    sa = begin(V4)
    one(V4, sa, V6.datagram(0), 'selector-mismatch', nexthdr=IPV6)
    sa = begin(V6)
    one(V6, sa, V4.datagram(0), 'selector-mismatch', nexthdr=IPIP)


@case('protocol and ports outside of the selector; later fragments pass')
def selector_ports():
    bench.commit({V4: [ace(V4.lan_net, V4.remote_net, proto=UDP, sport=(PORT, PORT),
                           dport=(6000, 6010))]})
    try:
        sa = begin(V4)
        data = bytes(8)

        def packet(sport, dport, proto=UDP, **options):
            return ip4(V4.remote, V4.lan, proto, udp(V4.remote, V4.lan, sport, dport, data),
                       **options)
        one(V4, sa, packet(6000, PORT), None)
        one(V4, sa, packet(6010, PORT), None)
        for sport, dport in ((5999, PORT), (6011, PORT), (6000, PORT - 1), (6000, PORT + 1),
                             (PORT, 6000)):
            one(V4, sa, packet(sport, dport), 'selector-mismatch')
        for proto in (0, ICMP, TCP, ESP, 132, 255):
            one(V4, sa, packet(6000, PORT, proto), 'selector-mismatch')
        # Nothing in a later fragment tells its ports.
        one(V4, sa, packet(1, 2, frag=100), None)
        one(V4, sa, packet(1, 2, TCP, frag=100), 'selector-mismatch')
        one(V4, sa, packet(6000, PORT, frag=MF), None)
        one(V4, sa, packet(1, PORT, frag=MF), 'selector-mismatch')
    finally:
        bench.policy()


@case('congestion marks (RFC 6040): CE is carried in, and refused where nobody asked')
def congestion():
    sa = begin(V4)
    for inner, outer, reason in ((0, 3, 'bad-inner-header'), (0, 0, None), (2, 3, None),
                                 (1, 3, None), (3, 0, None), (0, 2, None)):
        one(V4, sa, V4.datagram(0, tos=inner), reason, tos=outer)
    sa = begin(V6)
    for inner, outer, reason in ((0, 3, 'bad-inner-header'), (2, 3, None), (0, 0, None)):
        one(V6, sa, V6.datagram(0, tclass=inner), reason, tclass=outer)


@case('ESP within ESP is opened layer by layer')
def nested():
    # What is inside is for the gateway itself, so the outer flow has to select
    # it, and the inner one what is in there.
    bench.commit({V4: [ace(V4.gw, V4.peer), ace(V4.lan_net, V4.remote_net)]})
    try:
        bench.fresh()
        outer, inner = bench.esp(), bench.esp()
        bench.inbound(V4, outer, bench.plane.flow_of(V4.map, 10, 0))
        bench.inbound(V4, inner, bench.plane.flow_of(V4.map, 10, 1))
        packet = bench.outer(V4, inner.seal(1, 4, V4.datagram(9)))
        inject(V4, outer.seal(1, 4, packet))
        check_eq('drops', bench.plane.settle(2), {})
        bench.delivered(V4, [9])
    finally:
        bench.policy()


# --- transport mode

def transport(family):
    """What a transport mode SA gets, and a tunnel mode SA must not."""
    host = '/128' if family is V6 else '/32'
    bench.commit({family: [ace(family.gw + host, family.peer + host)]})
    sink = None
    try:
        sa = begin(family, mode='transport')
        from kit import Sink        # pylint: disable=import-outside-toplevel
        sink = Sink(bench.gw, family.gw, PORT + 1)
        data = udp(family.peer, family.gw, 6000, PORT + 1, struct.pack('!I', 5))
        one(family, sa, data, None, nexthdr=UDP)
        settle('delivered', [5], sink.numbers)
        # A whole packet within: it is a tunnel's, but for this very host.
        one(family, sa, udp_packet(family.peer, family.gw, 6000, PORT + 1, bytes(4)), None,
            nexthdr=family.inner)
        one(family, sa, b'', 'dummy-packet', nexthdr=NONE)
        # Between others the outer addresses do not say so.
        inject(family, sa.seal(next(numbers), UDP, data), src=family.stranger)
        drops = bench.plane.settle(4)
        check_eq('from a stranger', drops, {'dummy-packet': 1, 'selector-mismatch': 1})
        tunnel = bench.esp()
        bench.inbound(family, tunnel)
        one(family, tunnel, data, 'bad-next-header', nexthdr=UDP)
    finally:
        if sink:
            sink.close()
        bench.policy()


for _family in BOTH:
    add_case(f'transport mode, {_family.name}', transport, _family)


@case('transport mode: the IPv4 header\'s options stay')
def transport_options():
    bench.commit({V4: [ace(V4.gw + '/32', V4.peer + '/32')]})
    try:
        sa = begin(V4, mode='transport')
        data = udp(V4.peer, V4.gw, 6000, PORT, bytes(8))
        one(V4, sa, data, None, nexthdr=UDP, options=bytes((1, 1, 1, 0)))
    finally:
        bench.policy()


# --- fragments of the outer packet

ORDERS = {'in order': lambda parts: parts, 'last one first': lambda parts: parts[::-1],
          'each twice': lambda parts: [p for p in parts for _ in (0, 1)]}


def fragmented(family, order, size):
    sa = begin(family, CBC)
    packet = bench.outer(family, sa.seal(1, family.inner, family.datagram(3, 1000)))
    parts = fragments(packet, size)
    check('several parts', len(parts) > 1)
    for part in ORDERS[order](parts):
        bench.wire.send(part)
    bench.expect(family, sa, 1, [3], {})


for _family in BOTH:
    for _order in ORDERS:
        for _size in (8, 512):
            if _size == 512 or _order == 'last one first':
                add_case(f'ESP in fragments of {_size}, {_order}, {_family.name}',
                         fragmented, _family, _order, _size)


def incomplete(family):
    sa = begin(family)
    for number in range(6):
        packet = bench.outer(family, sa.seal(number + 1, family.inner,
                                             family.datagram(number, 1000)))
        parts = fragments(packet, 256)
        del parts[number % len(parts)]
        for part in parts:
            bench.wire.send(part)
    # What is whole comes behind them, so they have been seen when it has.
    inject(family, sa.seal(99, family.inner, family.datagram(99)))
    bench.expect(family, sa, 1, [99], {})


for _family in BOTH:
    add_case(f'ESP with a fragment missing, {_family.name}: nothing comes of it', incomplete,
             _family)


@case('overlapping fragments make no packet')
def overlap():
    sa = begin(V4)
    packet = bench.outer(V4, sa.seal(1, 4, V4.datagram(1, 1000)))
    parts = fragments4(packet, 256)
    # One that claims another's place, and one that reaches into the next.
    twisted = bytearray(parts[1])
    struct.pack_into('!H', twisted, 6, MF | 16)
    struct.pack_into('!H', twisted, 10, 0)
    from packets import checksum        # pylint: disable=import-outside-toplevel
    struct.pack_into('!H', twisted, 10, checksum(bytes(twisted[:20])))
    for part in (parts[0], bytes(twisted), *parts[2:]):
        bench.wire.send(part)
    inject(V4, sa.seal(2, 4, V4.datagram(2)))
    bench.expect(V4, sa, 1, [2], {})


def fragmented_protected(family):
    """Though the map selects everything between the gateways, fragments of its
    own ESP are no clear text, neither first nor later ones."""
    host = '/128' if family is V6 else '/32'
    bench.commit({family: [ace(family.gw + host, family.peer + host),
                           ace(family.lan_net, family.remote_net)]})
    try:
        bench.fresh()
        sa = bench.esp()
        bench.inbound(family, sa, bench.plane.flow_of(family.map, 10, 1))
        packet = bench.outer(family, sa.seal(1, family.inner, family.datagram(3, 1000)))
        for part in fragments(packet, 256):
            bench.wire.send(part)
        bench.expect(family, sa, 1, [3], {})
    finally:
        bench.policy()


for _family in BOTH:
    add_case(f'fragments of ESP pass a map between the gateways, {_family.name}',
             fragmented_protected, _family)


def oversize(family):
    """As large as IP can be."""
    sa = begin(family)
    room = 65535 - (20 if family is V4 else 0) - sa.overhead() - 2
    data = room - room % 4 - family.header - 8 - 8
    packet = bench.outer(family, sa.seal(1, family.inner, family.datagram(3, data)))
    for part in fragments(packet, 1448):
        bench.wire.send(part)
    shown = bench.expect(family, sa, 1, [3], {})
    check_eq('bytes', shown['bytes'], data + 8 + family.header)


for _family in BOTH:
    add_case(f'the largest packet there is, {_family.name}', oversize, _family)


# --- IPv6 extension headers in front of ESP

@case('IPv6 extension headers in front of ESP')
def extensions():
    sa = begin(V6)
    headers = (
        (HOPOPTS, option_header(ESP)),
        (DSTOPTS, option_header(ESP, 16)),
        (HOPOPTS, option_header(DSTOPTS) + option_header(ESP, 64)),
        (FRAGMENT, struct.pack('!BBHI', ESP, 0, 0, 77)),        # an atomic fragment
        (HOPOPTS, option_header(FRAGMENT) + struct.pack('!BBHI', ESP, 0, 0, 78)),
        (FRAGMENT, struct.pack('!BBHI', DSTOPTS, 0, 0, 79) + option_header(ESP)),
    )
    for number, (first, chain) in enumerate(headers):
        esp = sa.seal(number + 1, IPV6, V6.datagram(number))
        bench.wire.send(ip6(V6.peer, V6.gw, first, chain + esp))
    bench.expect(V6, sa, len(headers), list(range(len(headers))), {})


@case('IPv6 extension headers in front of ESP, transport mode')
def extensions_transport():
    from kit import Sink        # pylint: disable=import-outside-toplevel
    bench.commit({V6: [ace(V6.gw + '/128', V6.peer + '/128')]})
    sink = Sink(bench.gw, V6.gw, PORT + 1)
    try:
        sa = begin(V6, mode='transport')
        chains = ((ESP, b''), (DSTOPTS, option_header(ESP)),
                  (HOPOPTS, option_header(DSTOPTS) + option_header(ESP)))
        for number, (first, chain) in enumerate(chains):
            data = udp(V6.peer, V6.gw, 6000, PORT + 1, struct.pack('!I', number))
            bench.wire.send(ip6(V6.peer, V6.gw, first, chain + sa.seal(number + 1, UDP, data)))
        check_eq('drops', bench.plane.settle(len(chains)), {})
        got = []
        wait('all delivered', lambda: got.extend(sink.numbers()) or len(got) == len(chains))
        check_eq('delivered', got, list(range(len(chains))))
    finally:
        sink.close()
        bench.policy()


# --- what the stack refuses

@case('packets that find netdev_max_backlog full behind the SA are counted as lost')
def backlog():
    """A burst that comes within one round of softirqs: the link sends off every
    two seconds what it was given in them, however long the giving took."""
    sa = begin(V4)
    count = 50
    bench.peer.run('tc qdisc add dev wan root netem slot 2s 2s')
    # With these veth receives by NAPI, in batches.
    bench.peer.run('ethtool -K wan tso off')
    bench.gw.run('ethtool -K wan gro on')
    limit = read('/proc/sys/net/core/netdev_max_backlog')
    write('/proc/sys/net/core/netdev_max_backlog', '0')
    try:
        for number in range(count):
            bench.send(V4, sa, number + 1, number)
        drops = bench.plane.settle(count)
        check_eq('reasons', set(drops), {'backlog-full'})
        delivered = []
        settle('delivered', count - drops['backlog-full'],
               lambda: delivered.extend(bench.sinks[V4].numbers()) or len(delivered))
        check_eq('decaps', bench.plane.stats()['decaps'], len(delivered))
        shown = bench.plane.sa('in', sa.spi, V4.gw)
        check_eq('packets of the SA', shown['packets'], len(delivered))
        check_eq('drops of the SA', drops_of(shown), drops)
        flow = bench.plane.flow(bench.flow[V4])
        check_eq('the flow', (flow['decaps'], flow['recv-errors']),
                 (len(delivered), count - len(delivered)))
    finally:
        write('/proc/sys/net/core/netdev_max_backlog', limit.strip())
        bench.peer.run('tc qdisc del dev wan root')
        bench.gw.run('ethtool -K wan gro off')
        bench.peer.run('ethtool -K wan tso on')


@case('an outgoing packet of IPv6 whose headers have no end, transport mode')
def endless():
    bench.commit({V6: [ace(V6.gw + '/128', V6.peer + '/128')]})
    try:
        bench.fresh()
        sa = bench.esp()
        bench.outbound(V6, sa, mode='transport')
        with bench.gw:
            sock = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_RAW)
        sock.sendto(ip6(V6.gw, V6.peer, DSTOPTS, b''), (V6.peer, 0))
        sock.close()
        check_eq('drops', bench.plane.settle(1), {'unreadable-header': 1})
        check_eq('on the wire', bench.wire.take(), [])
    finally:
        bench.policy()


# --- at random, but each time the same

def mutate(rng, packet):
    """A few changes at random places; sometimes none."""
    packet = bytearray(packet)
    for _ in range(rng.choice((0, 1, 1, 1, 2, 5, 30))):
        if not packet:
            break
        kind = rng.randrange(6)
        at = rng.randrange(len(packet))
        if kind < 3:
            packet[at] = rng.choice((0, 1, 0x7f, 0x80, 0xff, rng.randrange(256)))
        elif kind == 3:
            del packet[at:at + rng.randrange(1, 40)]
        elif kind == 4:
            packet[at:at] = rng.randbytes(rng.randrange(1, 40))
        else:
            del packet[at:]
    return bytes(packet)


FUZZ = scale('FUZZ_PACKETS', 4000, 600)


def accounted(sent):
    """Every packet is either accepted or dropped for one reason."""
    settle('packets accounted for', sent, bench.plane.counted, 60)
    return bench.plane.drops()


def fuzz_outside(family, algorithms):
    """ESP packets changed on the way."""
    rng = random.Random(20)
    sa = begin(family, algorithms, window=4096)
    strangers = 0
    for number in range(FUZZ):
        good = sa.seal(number + 1, family.inner, family.datagram(number, rng.randrange(4, 300)))
        esp = mutate(rng, good)
        strangers += esp[:4] != good[:4] and len(esp) >= 8
        inject(family, esp)
    drops = accounted(FUZZ)
    # Nothing forged is accepted: what is delivered is what was sent.
    check('some were changed', sum(drops.values()) > FUZZ // 3)
    check_eq('those with another SPI', drops.get('invalid-spi', 0), strangers)
    check_eq('reasons', set(drops) - {'integrity', 'truncated', 'invalid-spi', 'replay',
                                      'replay-duplicate'}, set())


def fuzz_inside(family, mode):
    """Authentic packets with anything inside."""
    rng = random.Random(21)
    host = '/128' if family is V6 else '/32'
    if mode == 'transport':
        bench.commit({family: [ace(family.gw + host, family.peer + host)]})
    try:
        sa = begin(family, NUL, window=4096, mode=mode)
        for number in range(FUZZ):
            if mode == 'tunnel':
                inner = family.datagram(number, rng.randrange(4, 200))
            else:
                inner = udp(family.peer, family.gw, 6000, PORT, rng.randbytes(20))
            text = bytearray(mutate(rng, inner))
            nexthdr = family.inner if mode == 'tunnel' else UDP
            if not rng.randrange(8):
                nexthdr = rng.randrange(256)
            # ESP inside of ESP would count twice.
            if nexthdr == ESP:
                nexthdr = NONE
            text += sa.trailer(len(text), nexthdr)
            if not rng.randrange(8):
                text[-2] = rng.randrange(256)
            inject(family, sa.seal_text(number + 1, bytes(text)))
        drops = accounted(FUZZ)
        check('some were dropped', sum(drops.values()) > FUZZ // 10)
        check_eq('reasons', set(drops) - {'bad-padding', 'bad-next-header', 'bad-inner-header',
                                          'selector-mismatch', 'dummy-packet'}, set())
    finally:
        bench.policy()


for _family in BOTH:
    add_case(f'{FUZZ} changed packets, {_family.name}: each is accounted for',
             fuzz_outside, _family, GCM)
add_case(f'{FUZZ} changed packets, AES-CBC: each is accounted for', fuzz_outside, V4, CBC)
for _family in BOTH:
    for _mode in ('tunnel', 'transport'):
        add_case(f'{FUZZ} authentic packets with garbage inside, {_family.name} {_mode}: '
                 'each is accounted for', fuzz_inside, _family, _mode)


@case('it still works, and the kernel has said nothing')
def after_all():
    sa = begin(V4)
    bench.send(V4, sa, 1, 5)
    bench.expect(V4, sa, 1, [5], {})
    check_eq('kernel messages', log.quiet(), [])


if __name__ == '__main__':
    main(setup)
