#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
# cpus: 1
"""The gateway translates the addresses of its hosts, and what they send does
not fit through the tunnel: the ICMP error goes to the host, is about the packet
as the host has sent it, and leaves the connection tracked as it was.
"""

import conntrack
import ktap
import traffic
from interop import Interop
from ktap import check, equal
from probe import Probe
from transforms import GCM_128
from wire import ICMPV6, Capture

POOL = {4: '10.9.0.1', 6: 'fd09::1'}
L4 = {4: 'ip', 6: 'ip6'}
ICMP = {4: 1, 6: ICMPV6}
OUTER = {4: 20, 6: 40}
BYTES = 1 << 20


def configure(interop, version, masquerade):
    """Source NAT, a firewall that lives of connection tracking, a crypto map."""
    lab = interop.lab
    seen_as = lab.outer1[version] if masquerade else POOL[version]
    interop.protect(version, seen_as, lab.net2[version], GCM_128)
    rule = 'oifname "wan" masquerade' if masquerade else \
        f'{L4[version]} daddr {lab.net2[version]} snat to {POOL[version]}'
    lab.r1.nft(f'''
flush ruleset
table inet filter {{
    chain forward {{
        type filter hook forward priority filter; policy drop;
        ct state established,related accept
        ct state invalid counter drop
        iifname "lan" ct state new accept
    }}
}}
table {L4[version]} nat {{
    chain postrouting {{
        type nat hook postrouting priority srcnat; policy accept;
        {rule}
    }}
}}
''')
    lab.r1.sysctl('netfilter/nf_conntrack_acct', 1)
    conntrack.flush(lab.r1)
    interop.flush_pmtu()
    return seen_as


def refused(interop, version, masquerade, local=False, warm=False):
    """warm: a packet that fits has passed before, so an entry exists."""
    lab = interop.lab
    seen_as = configure(interop, version, masquerade)
    fits = interop.transform.plaintext_mtu(1500, OUTER[version])
    near, src = (lab.r1, lab.lan1[version]) if local else (lab.h1, lab.host1[version])
    dst = lab.host2[version]
    inside = Capture(lab.r1, 'lan')
    with Probe(near, src, lab.h2, dst) as probe:
        if warm:
            probe.passes(100)
        error = probe.refused(fits + 1)
        equal('MTU in the ICMP error', error.mtu, fits)
        equal('what it is about', (error.src, error.dst), (src, dst))
        if not local:
            equal('sender of it', error.sender, lab.lan1[version])
        probe.passes(fits)
        probe.no_error()
        found = conntrack.entries(lab.r1, 'udp', src, dst)
    equal('entries', len(found), 1)
    entry = found[0]
    equal('reply direction', (entry.reply['src'], entry.reply['dst']), (dst, seen_as))
    equal('ports', (entry.reply['sport'], entry.reply['dport']),
          (entry.original['dport'], entry.original['sport']))
    errors = [packet for packet in inside.packets()[1] if packet.proto == ICMP[version]]
    inside.close()
    equal('errors to the LAN', [(packet.src, packet.dst) for packet in errors],
          [] if local else [(lab.lan1[version], src)])
    packets = lab.capture.packets()[0]
    interop.check_esp(packets, 'out')
    equal('packets on the wire', len(packets), 1 + warm)
    equal('drops', interop.gateway.drops(), {'too-big': 1})


def bulk(interop, version, masquerade):
    """TCP learns of the smaller MTU behind NAT and completes."""
    lab = interop.lab
    seen_as = configure(interop, version, masquerade)
    src, dst = lab.host1[version], lab.host2[version]
    equal('seen from', traffic.tcp(lab.h1, src, lab.h2, dst, BYTES), seen_as)
    found = conntrack.entries(lab.r1, 'tcp', src, dst)
    equal('entries', len(found), 1)
    check('ASSURED' in found[0].flags, f'not assured: {found[0]}')
    equal('reply direction', (found[0].reply['src'], found[0].reply['dst']),
          (dst, seen_as))
    packets = lab.capture.packets()[0]
    interop.check_esp(packets, 'out')
    drops = interop.gateway.drops()
    check(drops.pop('too-big', 0), 'nothing was refused')
    equal('drops', drops, {})


def main():
    with ktap.Test() as test:
        interop = test.cleanup(Interop())
        for version in (4, 6):
            for masquerade in (False, True):
                what = f'v{version} {"masquerade" if masquerade else "pool"}'
                for warm in (False, True):
                    test.case(f'{what}: a host{", known" if warm else ""}', refused,
                              interop, version, masquerade, warm=warm)
                test.case(f'{what}: the gateway itself', refused, interop, version,
                          masquerade, local=True)
                test.case(f'{what}: TCP', bulk, interop, version, masquerade)


main()
