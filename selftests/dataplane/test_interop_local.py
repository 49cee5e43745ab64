#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
# cpus: 1
"""Traffic of the gateway itself through its tunnel, against stock xfrm."""

import itertools

import ktap
import traffic
from interop import Interop, shape_name
from ktap import equal
from transforms import CBC_SHA1, GCM_128, NULL_SHA256

SIZES = list(range(4, 40)) + [1200]
PINGS = 3


def from_the_gateway(interop, transform):
    """From its LAN address, as `ping -I`: out, and replies to itself."""
    lab, (_, _, inner) = interop.lab, interop.shape
    interop.key(transform)
    traffic.ping(lab.r1, lab.lan1[inner], lab.host2[inner], PINGS)
    traffic.ping(lab.h2, lab.host2[inner], lab.lan1[inner], PINGS)
    with traffic.Udp(lab.r1, lab.lan1[inner], lab.h2, lab.host2[inner]) as udp:
        udp.echo(SIZES)
    with traffic.Udp(lab.h2, lab.host2[inner], lab.r1, lab.lan1[inner]) as udp:
        udp.echo(SIZES)
    total = 2 * PINGS + 2 * len(SIZES)
    interop.check_sas([total] * 2)
    for way, packets in zip(('out', 'in'), lab.capture.packets()):
        interop.check_esp(packets, way)
        interop.check_sequence(packets, way)
        equal(f'{way}: packets on the wire', len(packets), total)


def gateway_to_gateway(interop, transform):
    """A tunnel mode SA for the LAN addresses of both gateways."""
    lab, (_, _, inner) = interop.lab, interop.shape
    interop.key(transform)
    traffic.ping(lab.r1, lab.lan1[inner], lab.lan2[inner], PINGS)
    traffic.ping(lab.r2, lab.lan2[inner], lab.lan1[inner], PINGS)
    interop.check_sas([2 * PINGS] * 2)
    for way, packets in zip(('out', 'in'), lab.capture.packets()):
        interop.check_esp(packets, way)
        equal(f'{way}: packets on the wire', len(packets), 2 * PINGS)


def bulk(interop, transform, back):
    """TCP of the gateway's own sockets; the way out charges the socket."""
    lab, (_, _, inner) = interop.lab, interop.shape
    interop.key(transform)
    traffic.tcp(lab.r1, lab.lan1[inner], lab.h2, lab.host2[inner], 2 << 20, back=back)
    ways = lab.capture.packets()
    for way, packets in zip(('out', 'in'), ways):
        interop.check_esp(packets, way)
        interop.check_sequence(packets, way)
    interop.check_sas([len(packets) for packets in ways], refused=None)


def other_address(interop):
    """From an address that no rule selects: in clear, and not counted."""
    lab, (_, outer, inner) = interop.lab, interop.shape
    if outer != inner:
        raise ktap.Skip('no clear way')
    interop.key(GCM_128)
    # The peer takes it: its policies say nothing of this address either.
    traffic.ping(lab.r1, lab.outer1[inner], lab.lan2[inner], PINGS)
    out, came = lab.capture.packets()
    equal('in clear out', [p.src for p in out], [lab.outer1[inner]] * PINGS)
    equal('in clear in', [p.dst for p in came], [lab.outer1[inner]] * PINGS)
    interop.check_sas([0, 0])


def neighbours(interop):
    """Neighbour discovery between the gateways stays in clear (v6 any any)."""
    lab = interop.lab
    interop.protect(6, '::/0', '::/0', GCM_128, peer=(lab.net1[6], lab.net2[6]))
    for netns in (lab.r1, lab.r2):
        netns.ip('neigh flush dev wan')
    traffic.ping(lab.h1, lab.host1[6], lab.host2[6], PINGS)
    for way, packets in zip(('out', 'in'), lab.capture.packets()):
        interop.check_esp(packets, way)
        equal(f'{way}: packets on the wire', len(packets), PINGS)
    interop.check_sas([PINGS] * 2)


def main():
    with ktap.Test() as test:
        interop = test.cleanup(Interop())
        interop.commit()
        for outer, inner in itertools.product((4, 6), (4, 6)):
            shape = ('tunnel', outer, inner)
            interop.take(shape)
            for transform in (CBC_SHA1, GCM_128, NULL_SHA256):
                test.case(f'{shape_name(*shape)} {transform}: gateway to host',
                          from_the_gateway, interop, transform)
            test.case(f'{shape_name(*shape)}: gateway to gateway', gateway_to_gateway,
                      interop, GCM_128)
            for back in (False, True):
                test.case(f'{shape_name(*shape)}: TCP {"to" if back else "from"} the gateway',
                          bulk, interop, GCM_128, back)
            test.case(f'{shape_name(*shape)}: another address goes in clear',
                      other_address, interop)
        test.case('IPv6 any any spares neighbour discovery', neighbours, interop)


main()
