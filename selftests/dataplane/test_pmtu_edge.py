#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""The plaintext MTU is exact: the largest packet passes whole, and one byte
more does not (PREFRAG-1, PREFRAG-9).

The sizes that are expected are computed from the RFCs (transforms.py) and
compared with what the module says, what it does, and what is on the wire.
"""

import ktap
import transforms
from interop import SHAPES, Interop, shape_name
from ktap import check, equal
from probe import Probe
from transforms import CBC_SHA1, CBC_SHA512, GCM_128, NULL_SHA1, NULL_SHA256

TRANSFORMS = [CBC_SHA1, CBC_SHA512, GCM_128, NULL_SHA1, NULL_SHA256]
OUTER = {4: 20, 6: 40}


def edge(interop, transform, mtu=1500, sweep=True):
    mode, outer, _ = interop.shape
    transport = mode == 'transport'
    interop.key(transform)
    wanted = transform.plaintext_mtu(mtu, OUTER[outer], transport)
    flow = interop.gateway.flow(interop.flow)
    equal('path MTU and plaintext MTU', (flow['path-mtu'], flow['plaintext-mtu']),
          (mtu, wanted))

    (near, src), (far, dst) = interop.ends()
    around = transform.align + 2 if sweep else 2
    with Probe(near, src, far, dst) as probe:
        for length in range(wanted - around, wanted + 1):
            probe.passes(length)
        probe.no_error()
        for length in range(wanted + 1, min(wanted + around, mtu + 1)):
            error = probe.refused(length)
            equal('MTU in the ICMP error', error.mtu, wanted)
            equal('sender and receiver in it', (error.src, error.dst), (src, dst))
    passed, refused = around + 1, min(wanted + around, mtu + 1) - wanted - 1
    check(refused, 'nothing was refused')
    packets, _ = interop.lab.capture.packets()
    interop.check_esp(packets, 'out')
    interop.check_sequence(packets, 'out')
    equal('lengths on the wire', [packet.length for packet in packets],
          [transform.packet_length(length, OUTER[outer], transport)
           for length in range(wanted - around, wanted + 1)])
    equal('packets on the wire', len(packets), passed)
    equal('drops', interop.gateway.drops(), {'too-big': refused})
    flow = interop.gateway.flow(interop.flow)
    equal('encaps and send errors', (flow['encaps'], flow['send-errors']),
          (passed, refused))


def set_mtu(interop, mtu):
    lab = interop.lab
    for netns, device in ((lab.r1, 'wan'), (lab.wire, 'r1'), (lab.wire, 'r2'),
                          (lab.wire, 'bridge'), (lab.r2, 'wan')):
        netns.ip(f'link set {device} mtu {mtu}')


def prefrag_9(interop):
    """The value that the reference shows for AES-CBC with SHA-1 at 1372 bytes."""
    equal('computed here', CBC_SHA1.plaintext_mtu(1372, 20), 1310)
    set_mtu(interop, 1372)
    edge(interop, CBC_SHA1, 1372)
    equal('plaintext MTU', interop.gateway.flow(interop.flow)['plaintext-mtu'], 1310)


def follows(interop, transform):
    """The device's MTU changes under an SA; every size of a whole block."""
    mode, outer, _ = interop.shape
    interop.key(transform)
    for mtu in [*range(1400, 1400 + transform.align + 1), 1500, 1280, 9000]:
        set_mtu(interop, mtu)
        flow = interop.gateway.flow(interop.flow)
        equal(f'path MTU and plaintext MTU at {mtu}',
              (flow['path-mtu'], flow['plaintext-mtu']),
              (mtu, transform.plaintext_mtu(mtu, OUTER[outer], mode == 'transport')))
    set_mtu(interop, 1500)


def main():
    with ktap.Test() as test:
        interop = test.cleanup(Interop())
        interop.commit()
        for shape in SHAPES:
            interop.take(shape)
            for transform in TRANSFORMS:
                test.case(f'{shape_name(*shape)} {transform}', edge, interop, transform)
        for shape in SHAPES:
            interop.take(shape)
            for transform in (CBC_SHA1, GCM_128, NULL_SHA256):
                test.case(f'{shape_name(*shape)} {transform}: follows the device',
                          follows, interop, transform)
        interop.take(('tunnel', 4, 4))
        test.case('PREFRAG-9: path MTU 1372, plaintext MTU 1310', prefrag_9, interop)
        set_mtu(interop, 1500)
        for transform in transforms.every():
            test.case(f'flow-get: {transform}', edge, interop, transform, sweep=False)


main()
