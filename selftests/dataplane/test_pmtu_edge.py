#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
# cpus: 1
# timeout: 600
"""The plaintext MTU is exact: the largest packet passes whole, and one byte
more does not (PREFRAG-1, PREFRAG-9).

The sizes that are expected are computed from the RFCs (transforms.py) and
compared with what the module says, what it does, and what is on the wire.
"""

import ktap
import transforms
from interop import SHAPES, Interop, shape_name
from ktap import equal
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
        for length in range(wanted + 1, wanted + around):
            if transport:
                # It goes where its ESP goes: see shares_route() in pmtu.c.
                probe.passes(length)
                continue
            error = probe.refused(length)
            equal('MTU in the ICMP error', error.mtu, wanted)
            equal('sender and receiver in it', (error.src, error.dst), (src, dst))
    passed, beyond = around + 1, around - 1
    packets, _ = interop.lab.capture.packets()
    whole, pieces = packets[:passed], packets[passed:]
    interop.check_esp(whole, 'out')
    interop.check_sequence(whole, 'out')
    equal('lengths on the wire', [packet.length for packet in whole],
          [transform.packet_length(length, OUTER[outer], transport)
           for length in range(wanted - around, wanted + 1)])
    equal('MTU beyond which nothing is whole',
          ([packet.is_fragment for packet in pieces], len(pieces)),
          ([True] * len(pieces), 2 * beyond if transport else 0))
    refused = 0 if transport else beyond
    flow = interop.gateway.flow(interop.flow)
    equal('encaps and send errors', (flow['encaps'], flow['send-errors']),
          (passed + beyond - refused, refused))
    equal('drops', interop.gateway.drops(), {'too-big': refused} if refused else {})
    equal('path MTU afterwards', flow['path-mtu'], mtu)


def set_mtu(interop, mtu):
    interop.lab.r1.set_mtu('wan', mtu)


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
