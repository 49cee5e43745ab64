#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
# cpus: 1
"""NAT and a stateful firewall on the gateway, together with a crypto map.

Rules see addresses behind source NAT, as on IOS; replies come back and are
translated; conntrack has one confirmed entry for each connection, with every
packet of both directions in it, and the firewall passes by its state alone.
"""

import conntrack
import ktap
import nfqueue
import traffic
from interop import Interop
from ktap import check, equal
from transforms import CBC_SHA1, GCM_128

# In no interface and no route: it only exists in the translation.
POOL = {4: '10.9.0.1', 6: 'fd09::1'}
SERVICE = {4: '10.1.0.100', 6: 'fd01::100'}
BYTES = 1 << 20
SIZES = list(range(4, 40))
PINGS = 3

# In front of our hook, where source NAT usually is.
FILTER = '''
table inet filter {
    chain forward {
        type filter hook forward priority filter; policy drop;
        ct state established,related accept
        ct state invalid counter drop
        iifname "lan" ct state new accept
        iifname "wan" ct status dnat accept
    }
    chain input {
        type filter hook input priority filter; policy drop;
        iifname "lo" accept
        icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept
        meta l4proto esp accept
        ct state established,related accept
    }
}
'''

L4 = {4: 'ip', 6: 'ip6'}


def nat_table(version, post='', pre=''):
    return f'''
table {L4[version]} nat {{
    chain postrouting {{
        type nat hook postrouting priority srcnat; policy accept;
        {post}
    }}
    chain prerouting {{
        type nat hook prerouting priority dstnat; policy accept;
        {pre}
    }}
}}
'''


def rules(interop, version, post='', pre='', more=''):
    r1 = interop.lab.r1
    r1.nft('flush ruleset\n' + FILTER + nat_table(version, post, pre) + more)
    # Packets and bytes of both directions in every entry.
    r1.sysctl('netfilter/nf_conntrack_acct', 1)
    conntrack.flush(r1)


def one_entry(interop, proto, original, reply, packets=None):
    """Exactly one, confirmed, with these ends and so many packets (there, back)."""
    # pylint: disable=too-many-arguments
    found = conntrack.entries(interop.lab.r1, proto, *original)
    equal(f'{proto} entries', len(found), 1)
    entry = found[0]
    check('UNREPLIED' not in entry.flags, f'no reply was seen: {entry}')
    equal(f'reply direction of {entry}',
          (entry.reply['src'], entry.reply['dst']), reply)
    if proto == 'tcp':
        check('ASSURED' in entry.flags, f'not assured: {entry}')
    if packets:
        equal(f'packets of {entry}',
              (int(entry.original['packets']), int(entry.reply['packets'])), packets)
    return entry


def wire_is_ours(interop):
    ways = interop.lab.capture.packets()
    for way, packets in zip(('out', 'in'), ways):
        interop.check_esp(packets, way)
        interop.check_sequence(packets, way)
    interop.check_sas([len(packets) for packets in ways])
    return [len(packets) for packets in ways]


def icmp_name(version):
    return {4: 'icmp', 6: 'icmpv6'}[version]


def out_through(interop, version, seen_as):
    """All protocols from h1 to h2, which sees them come from seen_as."""
    lab = interop.lab
    src, dst = lab.host1[version], lab.host2[version]
    translated = (src, dst), (dst, seen_as)

    traffic.ping(lab.h1, src, dst, PINGS)
    one_entry(interop, icmp_name(version), *translated, (PINGS, PINGS))
    with traffic.Udp(lab.h1, src, lab.h2, dst) as udp:
        equal('UDP seen from', udp.echo(SIZES)[0], seen_as)
    one_entry(interop, 'udp', *translated, (len(SIZES), len(SIZES)))
    equal('packets on the wire', wire_is_ours(interop), [PINGS + len(SIZES)] * 2)
    lab.capture.frames()

    equal('TCP seen from', traffic.tcp(lab.h1, src, lab.h2, dst, BYTES), seen_as)
    entry = one_entry(interop, 'tcp', *translated)
    # GSO packets count once there, and so do merged ones.
    check(int(entry.original['bytes']) > BYTES, f'too few bytes: {entry}')
    ways = lab.capture.packets()
    for way, packets in zip(('out', 'in'), ways):
        interop.check_esp(packets, way)
    # Path MTU discovery may have cost a few, which tells that it works.
    small = PINGS + len(SIZES)
    interop.check_sas([small + len(packets) for packets in ways], refused=None)


def masquerade(interop, version):
    lab = interop.lab
    interop.protect(version, lab.outer1[version], lab.net2[version], GCM_128)
    rules(interop, version, 'oifname "wan" masquerade')
    out_through(interop, version, lab.outer1[version])


def pool(interop, version):
    lab = interop.lab
    interop.protect(version, POOL[version], lab.net2[version], CBC_SHA1)
    rules(interop, version, f'{L4[version]} daddr {lab.net2[version]} snat to {POOL[version]}')
    out_through(interop, version, POOL[version])


def exempt(interop, version):
    """No translation for the tunnel, as most configurations have it."""
    lab = interop.lab
    interop.protect(version, lab.net1[version], lab.net2[version], GCM_128)
    rules(interop, version, f'''{L4[version]} daddr {lab.net2[version]} accept
        oifname "wan" masquerade''')
    out_through(interop, version, lab.host1[version])


def before_nat(interop, version):
    """A rule for the addresses before NAT selects nothing."""
    lab = interop.lab
    interop.protect(version, lab.net1[version], lab.net2[version], GCM_128)
    rules(interop, version, 'oifname "wan" masquerade')
    interop.stock.flush()
    traffic.ping(lab.h1, lab.host1[version], lab.host2[version], PINGS)
    out, _ = lab.capture.packets()
    equal('in clear, from', [packet.src for packet in out], [lab.outer1[version]] * PINGS)
    flow = interop.gateway.flow(interop.flow)
    equal('counters', (flow['encaps'], flow['decaps']), (0, 0))


def part(interop, version):
    """Translated and not, two entries of one map, side by side."""
    lab = interop.lab
    src, dst = lab.host1[version], lab.host2[version]
    interop.protect(version, POOL[version], dst, GCM_128)
    rules(interop, version, f'{L4[version]} daddr {dst} snat to {POOL[version]}')
    with traffic.Udp(lab.h1, src, lab.h2, dst) as udp:
        equal('UDP seen from', udp.echo(SIZES)[0], POOL[version])
    equal('packets on the wire', wire_is_ours(interop), [len(SIZES)] * 2)
    # The other router's own address: neither rule says anything of it.
    traffic.ping(lab.h1, src, lab.lan2[version], PINGS)
    out, _ = lab.capture.packets()
    equal('in clear, from', [packet.src for packet in out], [src] * PINGS)
    interop.check_sas([len(SIZES)] * 2)


def dnat(interop, version):
    """Decrypted packets are translated on arrival, their replies back."""
    lab = interop.lab
    src, dst, service = lab.host2[version], lab.host1[version], SERVICE[version]
    interop.protect(version, lab.net1[version], lab.net2[version], GCM_128)
    rules(interop, version,
          pre=f'iifname "wan" {L4[version]} daddr {service} dnat to {dst}')
    translated = (src, service), (dst, src)
    traffic.ping(lab.h2, src, service, PINGS)
    one_entry(interop, icmp_name(version), *translated, (PINGS, PINGS))
    with traffic.Udp(lab.h2, src, lab.h1, service, bind=dst) as udp:
        udp.echo(SIZES)
    one_entry(interop, 'udp', *translated, (len(SIZES), len(SIZES)))
    equal('packets on the wire', wire_is_ours(interop), [PINGS + len(SIZES)] * 2)
    traffic.tcp(lab.h2, src, lab.h1, service, BYTES)
    one_entry(interop, 'tcp', *translated)
    small = PINGS + len(SIZES)
    interop.check_sas([small + len(packets) for packets in lab.capture.packets()])


def not_let_in(interop, version):
    """What the firewall does not pass is decrypted, and dropped there."""
    lab = interop.lab
    interop.protect(version, lab.net1[version], lab.net2[version], GCM_128)
    rules(interop, version)
    with traffic.Udp(lab.h2, lab.host2[version], lab.h1, lab.host1[version]) as udp:
        for number in range(5):
            udp.send(number, 50)
        # Behind them, what passes: an answer to a host of ours.
        traffic.ping(lab.h1, lab.host1[version], lab.host2[version], PINGS)
        equal('arrived', udp.arrived(), {})
    flow = interop.gateway.flow(interop.flow)
    equal('encaps, decaps', (flow['encaps'], flow['decaps']), (PINGS, PINGS + 5))
    equal('entries', conntrack.entries(lab.r1, 'udp', lab.host2[version],
                                       lab.host1[version]), [])


def local_masquerade(interop, version):
    """The gateway's own traffic is translated, too."""
    lab = interop.lab
    interop.protect(version, POOL[version], lab.net2[version], GCM_128)
    rules(interop, version, f'{L4[version]} daddr {lab.net2[version]} snat to {POOL[version]}')
    with traffic.Udp(lab.r1, lab.outer1[version], lab.h2, lab.host2[version]) as udp:
        equal('UDP seen from', udp.echo(SIZES)[0], POOL[version])
    one_entry(interop, 'udp', (lab.outer1[version], lab.host2[version]),
              (lab.host2[version], POOL[version]), (len(SIZES), len(SIZES)))
    equal('packets on the wire', wire_is_ours(interop), [len(SIZES)] * 2)


def output_firewall(interop, version):
    """ESP passes OUTPUT and INPUT as packets of the gateway itself."""
    lab = interop.lab
    interop.protect(version, lab.net1[version], lab.net2[version], GCM_128)
    rules(interop, version, more=f'''
table inet count {{
    counter sent {{ }}
    counter got {{ }}
    chain output {{
        type filter hook output priority filter;
        {L4[version]} saddr {lab.outer1[version]} {L4[version]} daddr {lab.outer2[version]} meta l4proto esp counter name sent
    }}
    chain input {{
        type filter hook input priority filter - 1;
        iifname "wan" meta l4proto esp counter name got
    }}
}}''')
    traffic.ping(lab.h1, lab.host1[version], lab.host2[version], PINGS)
    for name in ('sent', 'got'):
        text = lab.r1.run('nft', 'list', 'counter', 'inet', 'count', name)
        check(f'packets {PINGS} ' in text, f'{name}: {text}')
    equal('packets on the wire', wire_is_ours(interop), [PINGS] * 2)
    # And can be stopped there; nothing goes in clear instead.
    lab.r1.nft('add rule inet count output meta l4proto esp drop')
    with traffic.Udp(lab.h1, lab.host1[version], lab.h2, lab.host2[version]) as udp:
        for number in range(5):
            udp.send(number, 50)
        # The packets went through the gateway's softirq before send returned,
        # or they are counted soon.
        wait_for_encaps(interop, PINGS + 5)
    equal('on the wire', lab.capture.packets(), ([], []))


def wait_for_encaps(interop, count):
    # pylint: disable=import-outside-toplevel
    from netns import wait_for
    wait_for(f'{count} encaps',
             lambda: interop.gateway.flow(interop.flow)['encaps'] == count)


BEHIND = 'priority 250'


def hook_behind(interop, version):
    """A hook behind ours drops: nothing is encrypted, nothing leaves."""
    lab = interop.lab
    interop.protect(version, lab.net1[version], lab.net2[version], GCM_128)
    rules(interop, version, more=f'''
table inet behind {{
    chain postrouting {{
        type filter hook postrouting {BEHIND};
        udp dport 5002 counter drop
    }}
}}''')
    with traffic.Udp(lab.h1, lab.host1[version], lab.h2, lab.host2[version]) as udp:
        for number in range(5):
            udp.send(number, 50)
        traffic.ping(lab.h1, lab.host1[version], lab.host2[version], PINGS)
    text = lab.r1.run('nft', 'list', 'table', 'inet', 'behind')
    check('packets 5 ' in text, f'dropped behind us: {text}')
    equal('packets on the wire', wire_is_ours(interop), [PINGS] * 2)


def queue_behind(interop, version):
    """A hook behind ours sends to userspace; what comes back is protected."""
    lab = interop.lab
    interop.protect(version, lab.net1[version], lab.net2[version], GCM_128)
    src, dst = lab.host1[version], lab.host2[version]
    with nfqueue.Queue(lab.r1, 7) as queue:
        rules(interop, version, more=f'''
table inet behind {{
    chain postrouting {{
        type filter hook postrouting {BEHIND};
        udp dport 5002 queue num 7
    }}
}}''')
        with traffic.Udp(lab.h1, src, lab.h2, dst) as udp:
            for number in range(10):
                udp.send(number, 100)
            held = [queue.receive() for _ in range(10)]
            # They wait in userspace, neither protected nor lost.
            equal('on the wire', lab.capture.packets(), ([], []))
            for i, packet in enumerate(held):
                check(packet.src == src, f'queued: {packet}')
                queue.verdict(packet, accept=i % 2 == 0)
            wait_for_encaps(interop, 5)
            equal('arrived', sorted(udp.arrived()), [0, 2, 4, 6, 8])
    equal('packets on the wire', wire_is_ours(interop), [5, 0])


CASES = [
    ('masquerade', masquerade),
    ('source NAT to a pool', pool),
    ('exemption from NAT', exempt),
    ('rules see addresses behind NAT', before_nat),
    ('part of the traffic translated', part),
    ('destination NAT on arrival', dnat),
    ('the firewall refuses new connections from the tunnel', not_let_in),
    ('source NAT of the gateway itself', local_masquerade),
    ('ESP passes OUTPUT and INPUT', output_firewall),
    ('a hook behind ours drops', hook_behind),
    ('a hook behind ours queues to userspace', queue_behind),
]


def main():
    with ktap.Test() as test:
        interop = test.cleanup(Interop())
        for version in (4, 6):
            for name, case in CASES:
                test.case(f'v{version}: {name}', case, interop, version)


main()
