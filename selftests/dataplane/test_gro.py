#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
# cpus: 1
"""Decrypted packets pass GRO: segments of one burst become one packet again,
and none overtakes another.

The host behind the peer sends one super-packet, which the peer has to cut into
ESP packets. They arrive as one burst, whatever the machine's speed, and so are
merged completely. A capture near the gateway makes it decrypt a copy instead
of the packet itself; both are tried.
"""

import itertools
import struct

import ktap
import traffic
from interop import SHAPES, Interop, shape_name
from ktap import equal
from netns import wait_for
from sender import ACK, PSH, TCP, Sender, super_packet
from transforms import CBC_SHA1, GCM_128
from wire import Capture

SEGMENTS, SEGMENT = 10, 1000


def segments(packets, src):
    """(sequence number, data) of the TCP packets from an address."""
    return [(struct.unpack_from('!I', packet.payload, 4)[0],
             packet.payload[(packet.payload[12] >> 4) * 4:])
            for packet in packets if packet.proto == TCP and packet.src == src]


def burst(interop, transform, tapped, parts):
    """Super-packets; what the first hop behind decryption gets is compared.

    parts: flags of each super-packet
    """
    lab, (_, _, inner) = interop.lab, interop.shape
    interop.key(transform)
    (_, ours), (far, theirs) = interop.ends()
    # Both gateways know how to reach each other, so nothing waits for that.
    traffic.ping(far, theirs, ours, 1)
    sender = Sender(lab.h2, 'lan', (lab.r2, 'lan'), inner)
    behind = Capture(lab.r1, 'lan')
    arrived = Capture(lab.r1, 'wan') if tapped else None
    data = [traffic.content(i, SEGMENTS * SEGMENT) for i in range(len(parts))]
    whole = []
    try:
        lab.capture.enable(tapped)
        for i, flags in enumerate(parts):
            seq = 1 + i * SEGMENTS * SEGMENT
            whole.append((seq, data[i]))
            sender.send(super_packet(theirs, ours, seq, data[i], flags), SEGMENT)
        count = 1 + len(parts) * SEGMENTS
        wait_for(f'{count} decrypted packets', lambda:
                 interop.gateway.flow(interop.flow)['decaps'] == count)
        equal('packets that go on', segments(behind.packets()[1], theirs), whole)
        if tapped:
            seen = [packet for packet in arrived.packets()[0] if packet.version == inner]
            equal('packets that a capture at the gateway shows decrypted',
                  segments(seen, theirs), whole)
    finally:
        lab.capture.enable(True)
        for thing in (sender, behind, arrived):
            if thing:
                thing.close()
    interop.gateway.no_drops()


def offload(interop):
    for device in ('lan', 'wan'):
        interop.lab.r1.run('ethtool', '-K', device, 'gro', 'on')


def main():
    with ktap.Test() as test:
        interop = test.cleanup(Interop())
        interop.commit()
        test.case('GRO is on', offload, interop)
        for shape in SHAPES:
            if shape[0] != 'tunnel':
                continue
            interop.take(shape)
            for transform, tapped in itertools.product((GCM_128, CBC_SHA1), (False, True)):
                what = f'{shape_name(*shape)} {transform}{", tapped" if tapped else ""}'
                test.case(f'{what}: merged', burst, interop, transform, tapped, [ACK])
                test.case(f'{what}: in order', burst, interop, transform, tapped,
                          [ACK | PSH, ACK, ACK | PSH])


main()
