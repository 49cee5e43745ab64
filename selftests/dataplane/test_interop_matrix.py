#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
# cpus: 1
# timeout: 600
# takes: 90
"""Every transform against stock xfrm, in both directions: AES-CBC, AES-GCM and
NULL with every integrity algorithm, with and without ESN; IPv4 and IPv6 inside
and outside; tunnel and transport mode.

Each case sends pings from both sides and numbered datagrams of many sizes
there and back, and compares what was on the wire, packet by packet (SPI,
sequence number, IV, exact length), and the counters of both ends.
"""

import ktap
import traffic
import transforms
from interop import SHAPES, Interop, shape_name
from ktap import check, equal

# Every padding of every block size, and some long ones.
SIZES = list(range(4, 4 + 32)) + [100, 333, 1000, 1201, 1300]
PINGS = 2
PING_SIZE = 56


def exchange(interop, udp):
    """Sends it all; returns the sizes of the packets of either direction."""
    (near, src), (far, dst) = interop.ends()
    traffic.ping(near, src, dst, PINGS, PING_SIZE)
    traffic.ping(far, dst, src, PINGS, PING_SIZE)
    udp.echo(SIZES)
    header = traffic.ip_header(src) + 8
    return [header + PING_SIZE] * 2 * PINGS + [header + size for size in SIZES]


def carries(interop, udp, transform):
    mode, outer, _ = interop.shape
    interop.key(transform)
    sizes = exchange(interop, udp)
    interop.check_sas([len(sizes)] * 2, [sum(sizes)] * 2)
    equal('xfrm errors of the peer', interop.stock.errors(), {})

    header = {4: 20, 6: 40}[outer]
    lengths = sorted(transform.packet_length(size, header, mode == 'transport')
                     for size in sizes)
    plain = traffic.content(len(SIZES) - 1, SIZES[-1])[:100]
    for way, packets in zip(('out', 'in'), interop.lab.capture.packets()):
        interop.check_esp(packets, way)
        interop.check_sequence(packets, way)
        equal(f'{way}: lengths on the wire', sorted(p.length for p in packets), lengths)
        in_clear = sum(plain in packet.payload for packet in packets)
        if transform.cipher is transforms.NULL:
            equal(f'{way}: the text is in clear with NULL', in_clear, 1)
        else:
            check(not in_clear, f'{way}: the text is in clear')


def main():
    with ktap.Test() as test:
        interop = test.cleanup(Interop())
        interop.commit()
        for shape in SHAPES:
            interop.take(shape)
            (near, src), (far, dst) = interop.ends()
            with traffic.Udp(near, src, far, dst) as udp:
                for transform in transforms.every():
                    test.case(f'{shape_name(*shape)} {transform}', carries,
                              interop, udp, transform)


main()
