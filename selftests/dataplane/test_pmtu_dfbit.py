#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
# cpus: 1
# timeout: 600
# takes: 50
"""What happens to packets that are too big, by the table PREFRAG-T: DF bit of
the packet, `crypto ipsec df-bit`, fragmentation before or after encryption.

NULL encryption lets the wire show the fragments inside.
"""

import math

import ktap
import traffic
from interop import Interop
from ktap import check, equal
from probe import Probe
from traffic import PMTUDISC_DONT, PMTUDISC_PROBE
from transforms import CBC_SHA1, GCM_128, NULL_SHA1
from wire import ESP, Packet

BEFORE, AFTER = 'before-encryption', 'after-encryption'

# ID: (fragmentation, df-bit, DF of the packet, result)
ROWS = {
    'PREFRAG-T1': (BEFORE, 'clear', 0, BEFORE),
    'PREFRAG-T2': (BEFORE, 'clear', 1, BEFORE),
    'PREFRAG-T3': (AFTER, 'clear', 0, AFTER),
    'PREFRAG-T4': (AFTER, 'clear', 1, AFTER),
    'PREFRAG-T5': (BEFORE, 'set', 0, BEFORE),
    'PREFRAG-T6': (BEFORE, 'set', 1, 'dropped'),
    'PREFRAG-T7': (AFTER, 'set', 0, AFTER),
    'PREFRAG-T8': (AFTER, 'set', 1, 'dropped'),
    'PREFRAG-T9': (BEFORE, 'copy', 0, BEFORE),
    'PREFRAG-T10': (BEFORE, 'copy', 1, 'dropped'),
    'PREFRAG-T11': (AFTER, 'copy', 0, AFTER),
    'PREFRAG-T12': (AFTER, 'copy', 1, 'dropped'),
}

MTU = 1500
OUTER = {4: 20, 6: 40}
# One that just does not fit, one that needs more than two fragments. With DF,
# what is longer than the device's MTU is refused by the stack before it comes
# to us.
LENGTHS = {0: (1490, 4001), 1: (1490, 1500)}


def configure(interop, fragmentation, df_bit):
    """Another setting, which does not disturb the SAs."""
    change = interop.commit(fragmentation=fragmentation, df_bit=df_bit)
    equal('flows added and removed', (change['flows-added'], change['flows-removed']),
          (0, 0))


def expected_fragments(plaintext, length, header=20):
    """Lengths of fragments as equal as eight-byte units allow (PREFRAG-1)."""
    payload = length - header
    count = math.ceil(payload / ((plaintext - header) // 8 * 8))
    size = math.ceil(math.ceil(payload / count) / 8) * 8
    return [header + min(size, payload - at) for at in range(0, payload, size)]


def outer_df(version, df_bit, inner):
    return version == 4 and {'copy': bool(inner), 'set': True, 'clear': False}[df_bit]


def check_before(interop, packets, plaintext, length, df):
    """ESP packets, none of them a fragment, that carry equal fragments."""
    wanted = expected_fragments(plaintext, length)
    interop.check_esp(packets, 'out')
    equal('packets on the wire', len(packets), len(wanted))
    equal('DF outside', [packet.df for packet in packets], [df] * len(packets))
    equal('lengths outside', [packet.length for packet in packets],
          [interop.transform.packet_length(size, OUTER[interop.shape[1]])
           for size in wanted])
    check(all(packet.length <= MTU for packet in packets), 'longer than the MTU')
    if interop.transform is NULL_SHA1:
        inside = [Packet(packet.payload[8:]) for packet in packets]
        equal('lengths inside', [packet.length for packet in inside], wanted)
        equal('fragments inside', [packet.is_fragment for packet in inside],
              [True] * len(inside))


def check_after(interop, packets, length):
    """One ESP packet in fragments that the peer puts together."""
    wanted = interop.transform.packet_length(length, OUTER[interop.shape[1]])
    header = {4: 20, 6: 40}[interop.shape[1]]
    check(len(packets) == math.ceil((wanted - header) / (MTU - header - 8)) or
          len(packets) == math.ceil((wanted - header) / (MTU - header)),
          f'{len(packets)} fragments of {wanted} bytes: {packets}')
    check(all(packet.is_fragment and packet.proto == ESP for packet in packets),
          f'not fragments of ESP: {packets}')
    equal('identifications', len({packet.id for packet in packets}), 1)
    equal('whole length', sum(len(packet.payload) for packet in packets),
          wanted - header)
    check(all(packet.length <= MTU for packet in packets), 'longer than the MTU')
    equal('SPI', packets[0].spi, interop.spis[1])


def reassembled(netns, version):
    return netns.snmp({4: 'Ip.ReasmOKs', 6: 'Ip6.ReasmOKs'}[version])


def row(interop, name, length):
    fragmentation, df_bit, df, result = ROWS[name]
    lab, outer = interop.lab, interop.shape[1]
    configure(interop, fragmentation, df_bit)
    interop.flush_pmtu()
    interop.gateway.clear_counters()
    lab.capture.frames()
    plaintext = interop.gateway.flow(interop.flow)['plaintext-mtu']
    peer, host = reassembled(lab.r2, outer), reassembled(lab.h2, 4)

    (near, src), (far, dst) = interop.ends()
    how = PMTUDISC_PROBE if df else PMTUDISC_DONT
    with Probe(near, src, far, dst, how) as probe:
        if result == 'dropped':
            error = probe.refused(length)
            equal('MTU in the ICMP error', error.mtu, plaintext)
            equal('sender of it', error.sender, lab.lan1[4])
            equal('what it is about', (error.src, error.dst), (src, dst))
        else:
            probe.passes(length)
            probe.no_error()
    packets, _ = lab.capture.packets()
    flow = interop.gateway.flow(interop.flow)
    if result == 'dropped':
        equal('on the wire', packets, [])
        equal('drops', interop.gateway.drops(), {'too-big': 1})
        return
    interop.gateway.no_drops()
    equal('encaps', flow['encaps'],
          len(packets) if result == BEFORE else 1)
    at_peer = reassembled(lab.r2, outer) - peer
    at_host = reassembled(lab.h2, 4) - host
    if result == BEFORE:
        check_before(interop, packets, plaintext, length,
                     outer_df(outer, df_bit, 0))
        equal('reassembled by peer and host', (at_peer, at_host), (0, 1))
    else:
        check_after(interop, packets, length)
        equal('reassembled by peer and host', (at_peer, at_host), (1, 0))


def what_fits(interop, df_bit):
    """DF of the outer header of packets that fit (DF-2)."""
    outer = interop.shape[1]
    configure(interop, BEFORE, df_bit)
    plaintext = interop.gateway.flow(interop.flow)['plaintext-mtu']
    (near, src), (far, dst) = interop.ends()
    for df, how in ((0, PMTUDISC_DONT), (1, PMTUDISC_PROBE)):
        interop.lab.capture.frames()
        with Probe(near, src, far, dst, how) as probe:
            probe.passes(100)
            probe.passes(plaintext)
        packets, _ = interop.lab.capture.packets()
        interop.check_esp(packets, 'out')
        equal(f'DF outside for DF {df} inside', [packet.df for packet in packets],
              [outer_df(outer, df_bit, df)] * 2)


def fragments_in(interop, fragmentation):
    """Fragments of the host's own, smaller than its MTU, each on its own."""
    lab = interop.lab
    configure(interop, fragmentation, 'copy')
    interop.flush_pmtu()
    interop.gateway.clear_counters()
    lab.capture.frames()
    lab.h1.set_mtu('lan', 1500)
    (near, src), (far, dst) = interop.ends()
    try:
        with Probe(near, src, far, dst, PMTUDISC_DONT) as probe:
            probe.passes(4001)
    finally:
        lab.h1.set_mtu('lan', 9000)
    interop.gateway.no_drops()
    packets, _ = lab.capture.packets()
    check(all(packet.length <= MTU for packet in packets), 'longer than the MTU')
    # 1500, 1500, 1061: two of them do not fit.
    equal('packets on the wire', len(packets), 5)
    equal('encaps', interop.gateway.flow(interop.flow)['encaps'],
          5 if fragmentation == BEFORE else 3)


def fragments_tracked(interop):
    """Connection tracking has put the host's fragments together."""
    lab = interop.lab
    lab.r1.nft('''
table ip track {
    chain forward {
        type filter hook forward priority 0; policy drop;
        ct state new,established accept
    }
}
''')
    configure(interop, BEFORE, 'copy')
    interop.flush_pmtu()
    interop.gateway.clear_counters()
    lab.capture.frames()
    plaintext = interop.gateway.flow(interop.flow)['plaintext-mtu']
    lab.h1.set_mtu('lan', 1500)
    (near, src), (far, dst) = interop.ends()
    try:
        with Probe(near, src, far, dst, PMTUDISC_DONT) as probe:
            probe.passes(4001)
    finally:
        lab.h1.set_mtu('lan', 9000)
        lab.r1.nft('delete table ip track')
    interop.gateway.no_drops()
    check_before(interop, lab.capture.packets()[0], plaintext, 4001, False)


def local(interop, fragmentation, length):
    """The gateway's own datagram, which the stack has not split yet."""
    lab = interop.lab
    configure(interop, fragmentation, 'copy')
    interop.flush_pmtu()
    interop.gateway.clear_counters()
    lab.capture.frames()
    plaintext = interop.gateway.flow(interop.flow)['plaintext-mtu']
    # WANT: as nearly every program.
    for how in (PMTUDISC_DONT, traffic.PMTUDISC_WANT):
        with Probe(lab.r1, lab.lan1[4], lab.h2, lab.host2[4], how) as probe:
            probe.passes(length)
        packets, _ = lab.capture.packets()
        if fragmentation == BEFORE:
            check_before(interop, packets, plaintext, length, False)
        else:
            check_after(interop, packets, length)
    interop.gateway.no_drops()


def local_df(interop):
    """A program of the gateway that asked for DF gets EMSGSIZE."""
    lab = interop.lab
    configure(interop, BEFORE, 'copy')
    interop.flush_pmtu()
    interop.gateway.clear_counters()
    plaintext = interop.gateway.flow(interop.flow)['plaintext-mtu']
    with Probe(lab.r1, lab.lan1[4], lab.h2, lab.host2[4]) as probe:
        error = probe.refused(plaintext + 1)
        equal('MTU in the ICMP error', error.mtu, plaintext)
        equal('error of the socket', probe.local_error(), 'EMSGSIZE')
        probe.passes(plaintext)
    equal('drops', interop.gateway.drops(), {'too-big': 1})


def bulk(interop, name):
    """TCP with super-packets under each row; DF is set in all of them."""
    fragmentation, df_bit, _, result = ROWS[name]
    configure(interop, fragmentation, df_bit)
    interop.lab.capture.frames()
    interop.flush_pmtu()
    interop.gateway.clear_counters()
    interop.tcp(1 << 20)
    packets, came = interop.lab.capture.packets()
    check(all(packet.length <= MTU for packet in packets + came), 'longer than the MTU')
    check(all(packet.proto == ESP for packet in packets + came), 'not only ESP')
    fragments = sum(packet.is_fragment for packet in packets)
    drops = interop.gateway.drops()
    if result == 'dropped':
        # Path MTU discovery has made the sender send less at once.
        check(drops.pop('too-big', 0), 'nothing was refused')
        equal('fragments', fragments, 0)
    elif result == BEFORE:
        equal('fragments', fragments, 0)
    else:
        check(fragments, 'no fragments')
    equal('drops', drops, {})
    if result != AFTER:
        interop.check_esp(packets, 'out')


def main():
    with ktap.Test() as test:
        interop = test.cleanup(Interop())
        interop.commit()
        lab = interop.lab
        for netns in (lab.h1, lab.r1, lab.r2, lab.h2):
            netns.set_mtu('lan', 9000)
        for transform, outer in ((NULL_SHA1, 4), (GCM_128, 4), (CBC_SHA1, 6)):
            interop.take(('tunnel', outer, 4))
            interop.key(transform)
            what = f'{transform}{" in v6" if outer == 6 else ""}'
            for name, (_, _, df, _) in ROWS.items():
                for length in LENGTHS[df]:
                    test.case(f'{name}: {length} bytes, {what}', row, interop, name,
                              length)
            for df_bit in ('copy', 'set', 'clear'):
                test.case(f'DF-2: df-bit {df_bit}, what fits, {what}', what_fits, interop,
                          df_bit)
        interop.take(('tunnel', 4, 4))
        interop.key(NULL_SHA1)
        for fragmentation in (BEFORE, AFTER):
            test.case(f'fragments of the sender, {fragmentation}', fragments_in, interop,
                      fragmentation)
            for length in (1490, 4001):
                test.case(f'of the gateway itself: {length} bytes, {fragmentation}', local,
                          interop, fragmentation, length)
        test.case('fragments of the sender, reassembled by conntrack', fragments_tracked,
                  interop)
        test.case('of the gateway itself, with DF', local_df, interop)
        for name in ROWS:
            if ROWS[name][2]:
                test.case(f'{name}: TCP', bulk, interop, name)


main()
