#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
# cpus: 1
# timeout: 600
# takes: 60
"""A router between the gateways has a smaller MTU and tells so by ICMP.

Our gateway learns it from what the router says about its ESP packets; then
hosts and programs hear of the plaintext MTU that follows (PREFRAG-1,
PREFRAG-9), and no ESP packet is fragmented any more. What is told of packets
that the gateway never sent, or what no link can have, does no harm.
"""

import socket
import struct

import ktap
import traffic
from interop import SHAPES, Interop, shape_name
from ktap import check, equal
from netns import wait_for
from probe import Probe
from traffic import PMTUDISC_DONT, PMTUDISC_WANT
from transforms import CBC_SHA1, GCM_128
from wire import ESP, Capture

MTU, SMALL = 1500, 1400
OUTER = {4: 20, 6: 40}
# The least that Linux believes of a path: net.ipv4.route.min_pmtu, RFC 8200.
LEAST = {4: 552, 6: 1280}
FRAG_NEEDED, PACKET_TOO_BIG = (3, 4), (2, 0)
BYTES = 1 << 20


class World:
    """The tunnel, and a second capture behind the router."""

    def __init__(self):
        self.interop = Interop(router=True)
        self.lab = self.interop.lab
        self.beyond = Capture(self.lab.wire, 'r2')

    def close(self):
        self.beyond.close()
        self.interop.close()

    def begin(self, shape, transform, mtu=SMALL):
        """Nobody knows anything of a link between the routers that has this MTU."""
        self.lab.wire.set_mtu('r2', mtu)
        self.lab.r2.set_mtu('wan', mtu)
        self.interop.take(shape)
        self.interop.key(transform)
        self.interop.flush_pmtu()
        (near, src), (_, dst) = self.interop.ends()
        traffic.ping(near, src, dst, 1)
        self.interop.key(transform)
        self.expect(MTU)
        self.lab.capture.frames()
        self.beyond.frames()

    @property
    def outer(self):
        return self.interop.shape[1]

    @property
    def inner(self):
        return self.interop.shape[2]

    def plaintext(self, path):
        return self.interop.transform.plaintext_mtu(path, OUTER[self.outer])

    def told(self, path):
        """What a sender hears: no IPv6 packet need be smaller than 1280."""
        return max(self.plaintext(path), 1280 if self.inner == 6 else 0)

    def mtus(self):
        flow = self.interop.gateway.flow(self.interop.flow)
        return flow['path-mtu'], flow['plaintext-mtu']

    def expect(self, path):
        equal('path MTU and plaintext MTU', self.mtus(), (path, self.plaintext(path)))

    def learn(self, path=SMALL):
        """A packet that fits our own link is too long for the router's."""
        (near, src), (far, dst) = self.interop.ends()
        with Probe(near, src, far, dst) as probe:
            probe.length(self.plaintext(MTU))
            wait_for('a smaller path MTU', lambda: self.mtus()[0] != MTU)
            self.expect(path)
            probe.no_error()
            equal('arrived', probe.arrived(), {})

    def whole(self, count=None):
        """What the router passed on is ESP and whole."""
        packets = self.beyond.packets()[1]
        self.interop.check_esp(packets, 'out')
        check(all(packet.length <= SMALL for packet in packets), 'longer than the link')
        if count is not None:
            equal('ESP packets behind the router', len(packets), count)


def refused_then_fits(world, near, src):
    """The first packet that does not fit is refused, the largest one passes."""
    fits = world.told(SMALL)
    far, dst = world.interop.ends()[1]
    with Probe(near, src, far, dst) as probe:
        error = probe.refused(fits + 1)
        equal('MTU in the ICMP error', error.mtu, fits)
        equal('what it is about', (error.src, error.dst), (src, dst))
        if near is world.lab.r1:
            equal('error of the socket', probe.local_error(), 'EMSGSIZE')
        probe.passes(fits)
        probe.no_error()
    world.whole(1)
    return error


def host(world, shape, transform):
    world.begin(shape, transform)
    world.learn()
    error = refused_then_fits(world, *world.interop.ends()[0])
    equal('sender of it', error.sender, world.lab.lan1[world.inner])
    equal('drops', world.interop.gateway.drops(), {'too-big': 1})


def program(world, shape, transform):
    world.begin(shape, transform)
    world.learn()
    refused_then_fits(world, world.lab.r1, world.lab.lan1[world.inner])
    equal('drops', world.interop.gateway.drops(), {'too-big': 1})


def split_by_source(world, shape, transform):
    """A sender that splits by what it has heard, as most programs leave it to do."""
    world.begin(shape, transform)
    world.learn()
    (near, src), (far, dst) = world.interop.ends()
    with Probe(near, src, far, dst, PMTUDISC_WANT) as probe:
        equal('MTU in the ICMP error', probe.refused(MTU).mtu, world.told(SMALL))
        probe.passes(MTU)
        probe.no_error()
    world.whole(2)
    equal('drops', world.interop.gateway.drops(), {'too-big': 1})


def split_by_gateway(world, shape, transform):
    """Without DF the gateway splits in front of encryption (PREFRAG-T9)."""
    world.begin(shape, transform)
    world.learn()
    (near, src), (far, dst) = world.interop.ends()
    with Probe(near, src, far, dst, PMTUDISC_DONT) as probe:
        probe.passes(MTU)
        probe.no_error()
    world.whole(2)
    world.interop.gateway.no_drops()


def unlearnt(world, shape, transform):
    """Without DF nobody is told; the router splits and the peer reassembles."""
    world.begin(shape, transform)
    (near, src), (far, dst) = world.interop.ends()
    length = world.plaintext(MTU)
    with Probe(near, src, far, dst, PMTUDISC_DONT) as probe:
        probe.passes(length)
        probe.no_error()
    fragments = world.beyond.packets()[1]
    equal('fragments of ESP', [(packet.proto, packet.is_fragment) for packet in fragments],
          [(ESP, True)] * 2)
    world.expect(MTU)
    world.interop.gateway.no_drops()


def bulk(world, shape, transform, local=False, back=False):
    """TCP, whose packets have DF, finds its way without help and completes."""
    # pylint: disable=too-many-arguments
    world.begin(shape, transform)
    lab, (far, dst) = world.lab, world.interop.ends()[1]
    near, src = (lab.r1, lab.lan1[world.inner]) if local else world.interop.ends()[0]
    traffic.tcp(near, src, far, dst, BYTES, back=back)
    world.whole()
    drops = world.interop.gateway.drops()
    drops.pop('too-big', 0)
    equal('drops', drops, {})
    if not back:
        world.expect(SMALL)
        packets = [packet for packet in lab.capture.packets()[0] if packet.proto == ESP]
        lost = [packet for packet in packets if packet.length > SMALL]
        check(lost, 'no packet was too long for the router')
        check(len(packets) - len(lost) > BYTES // SMALL, 'too few packets')
        equal('encaps on the wire', len(packets),
              world.interop.gateway.flow(world.interop.flow)['encaps'])


def tell(world, mtu, spi=None, src=None, dst=None):
    """An ICMP error about an ESP packet, forged on the way."""
    # pylint: disable=too-many-arguments
    lab, outer = world.lab, world.outer
    src, dst = src or lab.outer1[outer], dst or lab.outer2[outer]
    esp = struct.pack('!II', world.interop.spis[1] if spi is None else spi, 1)
    if outer == 4:
        quoted = struct.pack('!BBHHHBBH', 0x45, 0, 1500, 1, 0x4000, 63, ESP, 0) + \
            socket.inet_aton(src) + socket.inet_aton(dst) + esp
        message = struct.pack('!BBHHH', *FRAG_NEEDED, 0, 0, mtu) + quoted
        message = message[:2] + struct.pack('!H', traffic.checksum(message)) + message[4:]
    else:
        quoted = struct.pack('!IHBB', 6 << 28, 1460, ESP, 63) + \
            socket.inet_pton(socket.AF_INET6, src) + \
            socket.inet_pton(socket.AF_INET6, dst) + esp
        message = struct.pack('!BBHI', *PACKET_TOO_BIG, 0, mtu) + quoted
    with traffic.icmp_socket(lab.wire, traffic.family_of(src)) as sock:
        sock.sendto(message, (lab.outer1[outer], 0))


def settle(world):
    """What was sent to the gateway before has been looked at by now."""
    (near, src), (_, dst) = world.interop.ends()
    traffic.ping(world.lab.wire, {4: '192.0.2.254', 6: '2001:db8::fe'}[world.outer],
                 world.lab.outer1[world.outer])
    traffic.ping(near, src, dst)


def forged_unknown(world, shape, transform):
    """Errors about packets that were not ours."""
    world.begin(shape, transform, MTU)
    other = {4: '198.51.100.77', 6: '2001:db8:1::77'}[world.outer]
    for about in ({'spi': 0x12345678}, {'spi': 0}, {'spi': world.interop.spis[0]},
                  {'dst': other}):
        tell(world, SMALL, **about)
        settle(world)
        world.expect(MTU)
    # This one is believed, so the others were well made.
    tell(world, SMALL)
    settle(world)
    world.expect(SMALL)
    world.interop.gateway.no_drops()


def forged_sizes(world, shape, transform):
    """MTUs that are too small, or no smaller; all traffic goes on."""
    for mtu in (0, 1, 67, 68, LEAST[4] - 1, 1279, MTU, MTU + 1, 65535):
        world.begin(shape, transform, MTU)
        tell(world, mtu)
        settle(world)
        path = MTU
        if world.outer == 4 and mtu < MTU:
            path = max(mtu, LEAST[4])
        world.expect(path)
        (near, src), (far, dst) = world.interop.ends()
        with Probe(near, src, far, dst) as probe:
            probe.passes(world.told(path))
            probe.no_error()
        with Probe(near, src, far, dst, PMTUDISC_DONT) as probe:
            if world.inner == 4:
                probe.passes(MTU)
            else:
                probe.passes(1280)
            probe.no_error()
        world.interop.gateway.no_drops()


def main():
    with ktap.Test() as test:
        world = test.cleanup(World())
        world.interop.commit()
        for shape in SHAPES:
            if shape[0] != 'tunnel':
                continue
            what = shape_name(*shape)
            for transform in (GCM_128, CBC_SHA1):
                for name, case in (('a host', host), ('the gateway itself', program),
                                   ('a sender that splits', split_by_source)):
                    test.case(f'{what} {transform}: {name}', case, world, shape, transform)
            if shape[2] == 4:
                test.case(f'{what}: split by the gateway', split_by_gateway, world, shape,
                          GCM_128)
            if shape[1:] == (4, 4):
                test.case(f'{what}: without DF nothing is learnt', unlearnt, world, shape,
                          GCM_128)
            for local, back in ((False, False), (True, False), (False, True)):
                way = {(False, False): 'of a host', (True, False): 'of the gateway',
                       (False, True): 'to a host'}[local, back]
                test.case(f'{what}: TCP {way}', bulk, world, shape, GCM_128, local, back)
            for name, case in (('errors about what we did not send', forged_unknown),
                               ('sizes that cannot be', forged_sizes)):
                test.case(f'{what}: {name}', case, world, shape, GCM_128)


main()
