#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
# timeout: 300
"""Fragments in clear among protected ones: they do not meet, whoever puts them
together, and what may pass in clear is put together nonetheless.
"""

import contextlib
import struct

from kit import (Log, Sink, add_case, case, check, check_eq, main, settle)
from packets import ESP, FRAGMENT, TCP, UDP, checksum, fragments, udp_packet
from plane import ace
from worlds import BOTH, PORT, V4, V6, Bench

bench = None
log = None


def setup():
    global bench, log       # pylint: disable=global-statement
    bench = Bench()
    log = Log()


def host(address):
    return address + ('/128' if ':' in address else '/32')


@contextlib.contextmanager
def rules(*given, family):
    bench.commit({family: list(given)})
    bench.fresh()
    try:
        yield
    finally:
        bench.policy()


@contextlib.contextmanager
def conntrack():
    """It reassembles in PRE_ROUTING."""
    bench.gw.run('nft', 'add table inet track; add chain inet track pre '
                 '{ type filter hook prerouting priority 0; }; '
                 'add rule inet track pre ct state new accept')
    try:
        yield
    finally:
        bench.gw.run('nft', 'delete table inet track')


def maybe(tracked):
    return conntrack() if tracked else contextlib.nullcontext()


def seal(family, sa, seq, packet):
    return bench.outer(family, sa.seal(seq, family.inner, packet))


def mixed(family):
    """The first fragment in clear, the last one protected. Put together before
    they are looked at, they would bear the mark of the last."""
    bench.fresh()
    sa = bench.esp()
    bench.inbound(family, sa)
    forged = fragments(family.datagram(666, 2000), 1024)
    with conntrack():
        bench.wire.send(forged[0])
        bench.wire.send(seal(family, sa, 1, forged[1]))
        good = fragments(family.datagram(5, 2000), 1024)
        bench.wire.send(seal(family, sa, 2, good[0]))
        bench.wire.send(seal(family, sa, 3, good[1]))
        check_eq('drops', bench.plane.settle(4), {'not-ipsec': 1})
        bench.delivered(family, [5])


for _family in BOTH:
    add_case(f'conntrack does not mix a fragment in clear with a protected one, {_family.name}',
             mixed, _family)


def claim(fragment, proto):
    """A later fragment of IPv6 that says so of what it is a part."""
    assert fragment[6] == FRAGMENT and fragment[40] == UDP
    return fragment[:40] + bytes((proto,)) + fragment[41:]


def lie(given, proto):
    """Nobody asks a later fragment of IPv6 of which protocol it is when it is put
    together with the first."""
    with rules(*given, family=V6):
        sa = bench.esp()
        bench.inbound(V6, sa)
        first, last = fragments(V6.datagram(666, 2000), 1024)
        bench.wire.send(seal(V6, sa, 1, first))
        bench.wire.send(claim(last, proto))
        first, last = fragments(V6.datagram(5, 2000), 1024)
        bench.wire.send(claim(last, proto))
        bench.wire.send(seal(V6, sa, 2, first))
        bench.wire.send(seal(V6, sa, 3, last))
        check_eq('drops', bench.plane.settle(3), {})
        bench.delivered(V6, [5])


LAN = (V6.lan_net, V6.remote_net)
add_case('a later fragment of IPv6 lies: TCP, where the rule has UDP', lie,
         [ace(*LAN, proto=UDP)], TCP)
add_case('a later fragment of IPv6 lies: a protocol that is denied', lie,
         [ace(*LAN, 'deny', proto=TCP), ace(*LAN)], TCP)
add_case('a later fragment of IPv6 lies: one that no rule has', lie, [ace(*LAN, proto=UDP)], 99)


def injected(family, tracked, proto=UDP):
    """The exemption of IKE, which only a first fragment can show, is no way into
    a protected datagram."""
    def forge(fragment):
        return fragment if proto == UDP else claim(fragment, proto)

    def datagram(number):
        return udp_packet(family.peer, family.gw, 6000, PORT,
                          struct.pack('!I', number) + bytes(2000))
    with rules(ace(host(family.gw), host(family.peer)), family=family), maybe(tracked):
        sa = bench.esp()
        bench.inbound(family, sa)
        sink = Sink(bench.gw, family.gw, PORT)
        first, last = fragments(datagram(666), 1024)
        bench.wire.send(seal(family, sa, 1, first))
        bench.wire.send(forge(last))
        first, last = fragments(datagram(667), 1024)
        bench.wire.send(forge(last))
        bench.wire.send(seal(family, sa, 2, first))
        # Whole, and no IKE.
        for part in fragments(datagram(668), 1024):
            bench.wire.send(part)
        for seq, part in enumerate(fragments(datagram(5), 1024), 3):
            bench.wire.send(seal(family, sa, seq, part))
        check_eq('drops', bench.plane.settle(5), {'not-ipsec': 1})
        settle('delivered', [5], sink.numbers)
        sink.close()


def denied_ike(family, tracked):
    """All fragments of large IKE meet, also where the first one is in clear by a
    deny rule, which the others cannot be seen to match."""
    with rules(ace(host(family.gw), host(family.peer), 'deny', proto=UDP, sport=500),
               ace(host(family.gw), host(family.peer)), family=family), maybe(tracked):
        sink = Sink(bench.gw, family.gw, 500)
        whole = udp_packet(family.peer, family.gw, 500, 500, struct.pack('!I', 77) + bytes(3000))
        for part in reversed(fragments(whole, 1024)):
            bench.wire.send(part)
        settle('large IKE', [77], sink.numbers)
        sink.close()
        check_eq('drops', bench.plane.drops(), {})


for _family in BOTH:
    for _tracked in (False, True):
        _with = ' with conntrack' if _tracked else ''
        add_case(f'fragments in clear do not get into a datagram that IKE looks like{_with}, '
                 f'{_family.name}', injected, _family, _tracked)
        add_case(f'fragments of IKE meet behind a deny{_with}, {_family.name}',
                 denied_ike, _family, _tracked)
add_case('the exemption of ESP is no way in for a fragment of IPv6 that claims it',
         injected, V6, False, ESP)


def others(family, proto, tracked):
    """What no rule is for is whole and in clear, though it comes in parts."""
    with rules(ace(family.lan_net, family.remote_net, proto=proto), family=family), \
            maybe(tracked):
        for part in reversed(fragments(family.datagram(7, 3000), 1024)):
            bench.wire.send(part)
        bench.delivered(family, [7])
        check_eq('drops', bench.plane.drops(), {})


for _family in BOTH:
    for _tracked in (False, True):
        add_case(f'fragments of another protocol than the rule\'s pass, {_family.name}'
                 f'{" with conntrack" if _tracked else ""}', others, _family, TCP, _tracked)


def forwarded(tracked):
    """Put together on the way in, IPv6 leaves again in fragments."""
    with rules(ace(*LAN, proto=TCP), family=V6), maybe(tracked):
        bench.gw.ip(f'route add {V6.lan[:-1]}9 via {V6.stranger}')
        try:
            parts = fragments(udp_packet(V6.remote, V6.lan[:-1] + '9', 1, 2, bytes(3000)), 1024)
            for part in parts:
                bench.wire.send(part)
            got = []

            def count():
                got.extend(p for p in bench.wire.take() if p[6] in (FRAGMENT, UDP))
                return len(got)
            settle('fragments on the wire', len(parts), count)
            check_eq('what they carry', [p[48:] for p in got], [p[48:] for p in parts])
            check_eq('drops', bench.plane.drops(), {})
        finally:
            bench.gw.ip(f'route del {V6.lan[:-1]}9')


for _tracked in (False, True):
    add_case(f'a router of IPv6 passes them on{" with conntrack" if _tracked else ""}',
             forwarded, _tracked)


def impossible(family):
    """What cannot be put together is dropped and counted."""
    with rules(ace(host(family.gw), host(family.peer)), family=family):
        whole = udp_packet(family.peer, family.gw, 500, 500, bytes(3000))
        parts = fragments(whole, 1024)
        bench.wire.send(parts[1])
        # One that begins eight bytes earlier.
        other = bytearray(parts[1])
        at, step = (42, 8) if family is V6 else (6, 1)
        struct.pack_into('!H', other, at, struct.unpack_from('!H', other, at)[0] - step)
        if family is V4:
            struct.pack_into('!H', other, 10, 0)
            struct.pack_into('!H', other, 10, checksum(bytes(other[:20])))
        bench.wire.send(bytes(other))
        settle('drops', {'reassembly-failed': 1}, bench.plane.drops)


for _family in BOTH:
    add_case(f'overlapping fragments in clear are counted, {_family.name}', impossible, _family)


@case('the limits of the stack bound what waits to be whole')
def bounded():
    limit = 256 << 10
    keys = {V4: 'net.ipv4.ipfrag_high_thresh', V6: 'net.netfilter.nf_conntrack_frag6_high_thresh'}
    low = {V4: 'net.ipv4.ipfrag_low_thresh', V6: 'net.netfilter.nf_conntrack_frag6_low_thresh'}
    for family in BOTH:
        bench.gw.sysctl(low[family], limit // 2)
        bench.gw.sysctl(keys[family], limit)
        with rules(ace(host(family.gw), host(family.peer)), family=family):
            for _ in range(1000):
                whole = udp_packet(family.peer, family.gw, 500, 500, bytes(2000))
                bench.wire.send(fragments(whole, 1024)[1])
            drops = bench.plane.drops()
            check(f'refused: {drops}', drops.get('reassembly-failed', 0) > 0)
            check_eq('for no other reason', set(drops), {'reassembly-failed'})


@case('the kernel has said nothing')
def quiet():
    check_eq('kernel messages', log.quiet(), [])


if __name__ == '__main__':
    main(setup)
