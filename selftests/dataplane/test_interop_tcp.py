#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
# takes: 60
# cpus: 1
"""TCP in bulk against stock xfrm, both directions, with segmentation and
receive offload and once without: every family of ciphers, IPv4 and IPv6 inside
and outside, tunnel and transport mode.

Packets that leave come as GSO packets, which the gateway has to segment; those
that arrive are put together again by the receiver.
"""

import itertools

import ktap
import transforms
from interop import SHAPES, Interop, shape_name
from ktap import check, equal
from transforms import CBC_SHA1, CBC_SHA512, GCM_128, NULL_SHA256
from wire import ESP

BYTES = 2 << 20

TRANSFORMS = [CBC_SHA1, CBC_SHA512, GCM_128, NULL_SHA256,
              transforms.find('aes-gcm-16', 256, esn=True)]


def wire_is_ours(interop):
    """Only ESP, each packet once, as many as both ends count."""
    transport = interop.shape[0] == 'transport'
    counts = []
    for way, packets in zip(('out', 'in'), interop.lab.capture.packets()):
        longest = max(packet.length for packet in packets)
        check(longest <= 1500, f'{way}: a packet of {longest} bytes')
        equal(f'{way}: protocols', {packet.proto for packet in packets}, {ESP})
        if transport and way == 'out':
            # The stack of the gateway learns of no smaller MTU to the peer.
            packets = first_fragments(packets)
        else:
            interop.check_esp(packets, way)
        interop.check_sequence(packets, way)
        counts.append(len(packets))
    interop.check_sas(counts, refused=None)
    return counts


def first_fragments(packets):
    """Each ESP packet by its beginning; none lacks its end."""
    first = [packet for packet in packets if not packet.fragment]
    equal('ends of fragmented packets',
          sum(packet.fragment > 0 and not packet.more for packet in packets),
          sum(packet.more for packet in first))
    return first


def bulk(interop, transform, back):
    interop.key(transform)
    interop.tcp(BYTES, back)
    counts = wire_is_ours(interop)
    full = BYTES // 1460
    check(counts[back] >= full, f'{counts[back]} packets carried {BYTES} bytes')


def super_packets_out(interop):
    """More ESP packets leave than the host hands to the gateway."""
    interop.key(GCM_128)
    before = interop.lab.h1.device('lan')[1]
    interop.tcp(BYTES)
    handed = interop.lab.h1.device('lan')[1] - before
    out, _ = wire_is_ours(interop)
    check(handed * 4 < out, f'{handed} packets from the host, {out} on the wire')


def without_offload(interop, back):
    interop.key(CBC_SHA1)
    before = interop.lab.h1.device('lan')
    interop.tcp(BYTES // 4, back)
    # The last ones are still under way when both programs are done.
    counts = wire_is_ours(interop)
    after = interop.lab.h1.device('lan')
    equal('packets sent and received by the host',
          (after[1] - before[1], after[0] - before[0]), tuple(counts))


def set_offload(interop, state):
    lab = interop.lab
    for netns, device in ((lab.h1, 'lan'), (lab.r1, 'lan'), (lab.r1, 'wan'),
                          (lab.r2, 'wan'), (lab.r2, 'lan'), (lab.h2, 'lan')):
        for feature in ('tx', 'sg', 'tso', 'gso', 'gro'):
            netns.run('ethtool', '-K', device, feature, state, check=False)
        shown = netns.run('ethtool', '-k', device)
        check(f'generic-segmentation-offload: {state}' in shown, f'{device}: {shown}')


def main():
    with ktap.Test() as test:
        interop = test.cleanup(Interop())
        interop.commit()
        test.case('offloads are on', set_offload, interop, 'on')
        for shape in SHAPES:
            interop.take(shape)
            for transform, back in itertools.product(TRANSFORMS, (False, True)):
                way = 'in' if back else 'out'
                test.case(f'{shape_name(*shape)} {transform} {way}', bulk, interop,
                          transform, back)
        for version in (4, 6):
            interop.take(('tunnel', version, version))
            test.case(f'v{version}: GSO packets are segmented', super_packets_out, interop)
        test.case('offloads are off', set_offload, interop, 'off')
        for version, back in itertools.product((4, 6), (False, True)):
            interop.take(('tunnel', version, version))
            test.case(f'v{version} without offload {"in" if back else "out"}',
                      without_offload, interop, back)


main()
