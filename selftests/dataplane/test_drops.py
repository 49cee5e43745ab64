#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
# cpus: 1
"""Packets that cannot be protected or read: each is dropped, counted once under
its own name, and nothing of it leaves in clear.
"""

import socket
import struct

import ktap
import traffic
from interop import Interop
from ktap import equal
from netns import wait_for
from transforms import GCM_128

IPPROTO_RAW, HOPOPTS, DSTOPTS, FRAGMENT, UDP = 255, 0, 60, 44, 17
IPV6_HDRINCL = 36


def begin(interop, shape, mode=None):
    """New SAs; mode: of the SAs, if it is not that of the shape."""
    interop.take(shape)
    interop.key(GCM_128)
    if mode:
        ours, theirs = interop.outer
        keys = GCM_128.keys(), GCM_128.keys()
        interop.gateway.flush()
        interop.gateway.pair(interop.flow, ours, theirs, GCM_128, keys, interop.spis, mode)
    interop.gateway.clear_counters()
    interop.lab.capture.frames()


def only(interop, reason, count, way='send-errors', of_flow=True):
    """Exactly these drops, and nothing has gone out."""
    wait_for(f'{count} {reason}',
             lambda: interop.gateway.drops().get(reason) == count)
    equal('drops', interop.gateway.drops(), {reason: count})
    equal('on the wire', interop.lab.capture.packets()[0], [])
    flow = interop.gateway.flow(interop.flow)
    equal(f'{way} of the flow', flow[way], count if of_flow else 0)
    equal('encaps', flow['encaps'], 0)


def raw(netns, packet, dst):
    """Sends a packet with the header that it brings."""
    family = traffic.family_of(dst)
    with netns.socket(family, socket.SOCK_RAW, IPPROTO_RAW) as sock:
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, IPV6_HDRINCL, 1)
        sock.sendto(packet, (dst, 0))


def ipv4(src, dst, payload, flags=0):
    header = struct.pack('!BBHHHBBH', 0x45, 0, 20 + len(payload), 1, flags, 64,
                         UDP, 0) + socket.inet_aton(src) + socket.inet_aton(dst)
    return header[:10] + struct.pack('!H', traffic.checksum(header)) + header[12:] + payload


def ipv6(src, dst, nexthdr, payload):
    return struct.pack('!IHBB', 6 << 28, len(payload), nexthdr, 64) + \
        socket.inet_pton(socket.AF_INET6, src) + \
        socket.inet_pton(socket.AF_INET6, dst) + payload


def datagram(size=32):
    return struct.pack('!HHHH', 7000, 7001, 8 + size, 0) + bytes(size)


def no_route(interop, outer, inner):
    """The peer cannot be reached any more; it is where it was afterwards."""
    begin(interop, ('tunnel', outer, inner))
    lab = interop.lab
    (near, src), (far, dst) = interop.ends()
    bits = {4: 32, 6: 128}[outer]
    traffic.ping(near, src, dst, 1)
    begin(interop, ('tunnel', outer, inner))
    lab.r1.ip(f'route add unreachable {lab.outer2[outer]}/{bits}')
    try:
        with traffic.Udp(near, src, far, dst) as udp:
            for number in range(3):
                udp.send(number, 100)
            only(interop, 'no-route', 3)
    finally:
        lab.r1.ip(f'route del unreachable {lab.outer2[outer]}/{bits}')
    traffic.ping(near, src, dst, 2)


def transport_address(interop, version):
    """A transport mode SA serves a flow of other addresses than its own."""
    begin(interop, ('tunnel', version, version), 'transport')
    (near, src), (far, dst) = interop.ends()
    with traffic.Udp(near, src, far, dst) as udp:
        for number in range(3):
            udp.send(number, 100)
        only(interop, 'transport-address-mismatch', 3)


def transport_fragment(interop, version):
    """Transport mode protects whole packets alone (RFC 4303 3.1.1)."""
    begin(interop, ('transport', version, version))
    src, dst = interop.outer
    if version == 4:
        packets = [ipv4(src, dst, datagram(), 0x2000), ipv4(src, dst, datagram(), 5)]
    else:
        packets = [ipv6(src, dst, FRAGMENT, struct.pack('!BBHI', UDP, 0, flags, 7) +
                        datagram()) for flags in (1, 40)]
    for packet in packets:
        raw(interop.lab.r1, packet, dst)
    only(interop, 'fragmentation-failed', 2)


def with_ports(interop):
    """A map that selects by ports, so that one must get to see them."""
    lab, gateway = interop.lab, interop.gateway
    entry = gateway.entry('site6', 10, lab.outer2[6], (lab.net1[6], lab.net2[6]))
    for rule in entry['rules']:
        rule.update({'proto': UDP, 'dport-min': 7001, 'dport-max': 7001})
    gateway.commit([gateway.binding('wan', 'site6', lab.outer1[6])], [entry])


def endless(src, dst):
    """Chains of headers that lead out of the packet."""
    return [ipv6(src, dst, DSTOPTS, struct.pack('!BB6x', DSTOPTS, 200) + datagram()),
            ipv6(src, dst, HOPOPTS, struct.pack('!BB6x', DSTOPTS, 0))]


def unreadable_v6(interop, way):
    """IPv6 headers in front of the ports that cannot be walked."""
    begin(interop, ('tunnel', 6, 6))
    lab = interop.lab
    if way == 'out':
        packets = endless(lab.lan1[6], lab.host2[6])
        for packet in packets:
            raw(lab.r1, packet, lab.host2[6])
    else:
        packets = endless(lab.host2[6], lab.host1[6])
        # The peer has lost its policies and sends in clear.
        interop.stock.flush()
        for packet in packets:
            raw(lab.r2, packet, lab.host1[6])
    only(interop, 'unreadable-header', len(packets), of_flow=False)


def main():
    with ktap.Test() as test:
        interop = test.cleanup(Interop())
        interop.commit()
        for outer, inner in ((4, 4), (4, 6), (6, 4), (6, 6)):
            test.case(f'v{inner} in v{outer}: no route to the peer', no_route, interop,
                      outer, inner)
        for version in (4, 6):
            test.case(f'v{version}: transport mode, other addresses', transport_address,
                      interop, version)
            test.case(f'v{version}: transport mode, a fragment', transport_fragment,
                      interop, version)
        test.case('v6: a map that selects by ports', with_ports, interop)
        for way in ('out', 'in'):
            test.case(f'v6: headers without an end, {way}', unreadable_v6, interop, way)


main()
