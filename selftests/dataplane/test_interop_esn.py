#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
# takes: 45
# cpus: 1
"""Sequence numbers from stock xfrm over the edge of 32 bits (RFC 4303 A2).

With ESN the receiver has to work out the high half, which goes into the ICV;
without, the peer must stop, and nothing that it sent before is lost.
"""

import ktap
import traffic
import transforms
from interop import Interop
from ktap import check, equal
from transforms import CBC_SHA512, GCM_128

EDGE = 1 << 32
# Below the last window before the edge: a first packet from within it would,
# at a receiver that has seen none, belong to the subspace before.
BEFORE = 200


def crosses(interop, udp, transform):
    """The peer's numbers go from 2^32 - 200 to beyond 2^32."""
    interop.key(transform, oseq=EDGE - BEFORE)
    sizes = [100] * 50
    for _ in range(6):
        udp.echo(sizes)
    total = 6 * len(sizes)
    out, came = interop.lab.capture.packets()
    interop.check_esp(came, 'in')
    first = EDGE - BEFORE + 1
    equal('numbers of the peer on the wire', sorted(packet.seq for packet in came),
          sorted((first + i) % EDGE for i in range(total)))
    interop.check_sequence(out, 'out')
    interop.check_sas([total] * 2)
    equal('highest number received', interop.gateway.sas(interop.flow)['in'][0]['sequence'],
          first + total - 1)


def crosses_in_one_burst(interop, udp, transform):
    """The same with packets on both sides of the edge in the window at once."""
    interop.key(transform, oseq=EDGE - BEFORE)
    udp.echo([64] * (BEFORE - 20))
    udp.echo([64] * 60)
    interop.check_sas([BEFORE + 40] * 2)
    came = interop.lab.capture.packets()[1]
    check(any(packet.seq > EDGE - 20 for packet in came) and
          any(packet.seq < 20 for packet in came), 'the edge was not crossed')


def stops(interop, udp, transform):
    """Without ESN the last number is 2^32 - 1; all before it arrive."""
    interop.key(transform, oseq=EDGE - 41)
    udp.echo([64] * 40)
    interop.check_sas([40] * 2)
    came = interop.lab.capture.packets()[1]
    equal('last number of the peer', max(packet.seq for packet in came), EDGE - 1)
    interop.check_esp(came, 'in')


def main():
    with ktap.Test() as test:
        interop = test.cleanup(Interop())
        interop.commit()
        for version in (4, 6):
            interop.take(('tunnel', version, version))
            (near, src), (far, dst) = interop.ends()
            traffic_test(test, interop, version, near, src, far, dst)


def traffic_test(test, interop, version, near, src, far, dst):
    # pylint: disable=too-many-arguments
    with traffic.Udp(near, src, far, dst) as udp:
        for transform in transforms.every():
            if transform.esn:
                test.case(f'v{version} {transform}: over 2^32', crosses, interop, udp,
                          transform)
        for transform in (transforms.find('aes-gcm-16', 128, esn=True),
                          transforms.find('aes-cbc', 128, 'hmac-sha1-96', esn=True)):
            test.case(f'v{version} {transform}: a window over 2^32',
                      crosses_in_one_burst, interop, udp, transform)
        for transform in (GCM_128, CBC_SHA512):
            test.case(f'v{version} {transform}: up to the last number', stops, interop,
                      udp, transform)


main()
