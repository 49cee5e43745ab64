#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
# timeout: 400
"""What a map protects neither comes in nor goes out in clear, and nothing else
is touched: rejection, its exemptions, fragments, the hub that relays between two
peers, order of entries and rules.
"""

import ipaddress
import random
import socket
import struct

from kit import (Log, Sink, Wire, add_case, case, check, check_eq, check_list, main, neighbour,
                 scale, settle, temporary, veth, wait)
from packets import (DSTOPTS, ESP, FRAGMENT, HOPOPTS, ICMP, TCP, UDP, addr, checksum, esp_of, fragments,
                     icmp6, ip, ip6, option_header, udp, udp_data, udp_packet)
from plane import ace, entry
from worlds import BOTH, PORT, V4, V6, Bench, Source

bench = None
log = None
rng = random.Random(7)


def setup():
    global bench, log       # pylint: disable=global-statement
    bench = Bench()
    log = Log()


def host(address):
    return address + ('/128' if ':' in address else '/32')


def with_rules(family, *rules, **more):
    """For one case: another policy."""
    def wrap(function):
        def run():
            bench.commit({family: list(rules)}, **more)
            bench.fresh()
            try:
                function(family)
            finally:
                bench.policy()
        return run
    return wrap


def both(name, rules, **more):
    """A case for each family, with the rules that rules(family) gives."""
    def register(function):
        for family in BOTH:
            add_case(f'{name}, {family.name}',
                     with_rules(family, *rules(family), **more)(function))
        return function
    return register


def barrier(family):
    """A packet that nobody protects; when it has come all before it have."""
    sink = bench.sinks[family]
    other = 'fd77::7' if family is V6 else '10.77.0.7'
    number = rng.randrange(1 << 31)
    bench.wire.send(udp_packet(other, family.lan, 6000, PORT,
                               struct.pack('!I', number)))
    got = []
    wait('the barrier', lambda: got.extend(sink.numbers()) or number in got)
    got.remove(number)
    return got


# --- coming in

@both('what the map protects is refused in clear', lambda f: [ace(f.lan_net, f.remote_net)])
def refused(family):
    lan, remote = family.lan, family.remote
    packets = [family.datagram(n) for n in range(20)]
    packets += [ip(remote, lan, proto, bytes(40)) for proto in (0, ICMP, TCP, 47, 58, 89, 132, 255)]
    # Not only to this host: what it would forward, too.
    inside = lan[:-1] + '77'
    packets += [udp_packet(remote, inside, 1, 2, bytes(8))]
    for packet in packets:
        bench.wire.send(packet)
    check_eq('drops', bench.plane.settle(len(packets)), {'not-ipsec': len(packets)})
    flow = bench.plane.flow(bench.flow[family])
    check_eq('receive errors of the flow', flow['recv-errors'], len(packets))
    check_eq('delivered', barrier(family), [])
    check_eq('drops', bench.plane.drops(), {'not-ipsec': len(packets)})


@both('the same inside of ESP is accepted', lambda f: [ace(f.lan_net, f.remote_net)])
def accepted(family):
    sa = bench.esp()
    bench.inbound(family, sa)
    for number in range(20):
        bench.wire.send(family.datagram(number))
        bench.send(family, sa, number + 1, 100 + number)
    check_eq('drops', bench.plane.settle(40), {'not-ipsec': 20})
    bench.delivered(family, list(range(100, 120)))


@both('what no rule protects passes in both directions',
      lambda f: [ace(f.lan_net, f.remote_net, proto=UDP, dport=6000)])
def unprotected(family):
    # Another protocol, other ports, other networks.
    sink = Sink(bench.gw, family.lan, PORT + 5)
    for number, (src, sport) in enumerate(((family.remote, 5999), (family.remote, 6001),
                                           (family.peer, 6000))):
        bench.wire.send(udp_packet(src, family.lan, sport, PORT + 5, struct.pack('!I', number)))
    got = []
    wait('clear packets', lambda: got.extend(sink.numbers()) or len(got) >= 3)
    check_eq('delivered', got, [0, 1, 2])
    source = Source(bench, family)
    source.send(5)          # to PORT, not to 6000
    wired = []
    wait('a packet on the wire', lambda: wired.extend(bench.wire.take()) or wired)
    check_eq('in clear', udp_data(wired[0])[:4], struct.pack('!I', 5))
    check_eq('drops', bench.plane.drops(), {})
    source.close()
    sink.close()


def clear_fragments(family, rules, dport, passes):
    """Fragments in clear: none of a protected datagram gets in, and later ones
    count as protected if any rule for their addresses and protocol does."""
    bench.commit({family: rules})
    bench.fresh()
    try:
        packet = udp_packet(family.remote, family.lan, 6000, dport, bytes(1000))
        parts = fragments(packet, 256)
        for part in parts:
            bench.wire.send(part)
        lost = len(parts) - passes
        check_eq('drops', bench.plane.settle(lost), {'not-ipsec': lost})
        check_eq('delivered', barrier(family), [])
        check_eq('drops', bench.plane.drops(), {'not-ipsec': lost})
    finally:
        bench.policy()


for _family in BOTH:
    add_case(f'fragments in clear, rule without ports, {_family.name}: all refused',
             clear_fragments, _family, [ace(_family.lan_net, _family.remote_net)], PORT, 0)
    add_case(f'fragments in clear, rule with this protocol, {_family.name}: all refused',
             clear_fragments, _family, [ace(_family.lan_net, _family.remote_net, proto=UDP)],
             PORT, 0)
    add_case(f'fragments in clear, rule with this port, {_family.name}: all refused',
             clear_fragments, _family,
             [ace(_family.lan_net, _family.remote_net, proto=UDP, sport=PORT)], PORT, 0)
    add_case(f'fragments in clear, rule with another port, {_family.name}: later ones refused',
             clear_fragments, _family,
             [ace(_family.lan_net, _family.remote_net, proto=UDP, sport=PORT)], PORT + 1, 1)


@case('IPv6 extension headers do not hide a protected protocol')
def hidden():
    def run(family):
        data = udp(family.remote, family.lan, 6000, PORT, bytes(8))
        chains = ((HOPOPTS, option_header(UDP)), (DSTOPTS, option_header(UDP, 64)),
                  (HOPOPTS, option_header(DSTOPTS) + option_header(UDP)),
                  (FRAGMENT, struct.pack('!BBHI', UDP, 0, 0, 1)),
                  (DSTOPTS, option_header(FRAGMENT) + struct.pack('!BBHI', UDP, 0, 1, 2)),
                  (DSTOPTS, option_header(FRAGMENT) + struct.pack('!BBHI', UDP, 0, 80, 2)))
        for first, chain in chains:
            bench.wire.send(ip6(family.remote, family.lan, first, chain + data))
        check_eq('drops', bench.plane.settle(len(chains)), {'not-ipsec': len(chains)})
        check_eq('delivered', barrier(family), [])
    with_rules(V6, ace(V6.lan_net, V6.remote_net, proto=UDP, sport=PORT))(run)()


# --- exemptions

GATEWAYS = 'a map between the gateways'


@both(f'{GATEWAYS}: ESP passes, other packets do not', lambda f: [ace(host(f.gw), host(f.peer))])
def gateways(family):
    sa = bench.esp()
    bench.inbound(family, sa)
    sink = Sink(bench.gw, family.gw, PORT)
    bench.wire.send(udp_packet(family.peer, family.gw, 6000, PORT, bytes(4)))
    inner = udp_packet(family.peer, family.gw, 6000, PORT, struct.pack('!I', 3))
    bench.wire.send(bench.outer(family, sa.seal(1, family.inner, inner)))
    check_eq('drops', bench.plane.settle(2), {'not-ipsec': 1})
    settle('delivered', [3], sink.numbers)
    sink.close()
    # AH is no clear text either; in IPv6 it looks like an extension header.
    ah = struct.pack('!BBHII', UDP, 4, 0, 0x999, 1) + bytes(12)
    bench.wire.send(ip(family.peer, family.gw, 51, ah + udp(family.peer, family.gw, 1, 2, b'')))
    bench.wire.send(udp_packet(family.peer, family.gw, 6000, PORT, bytes(4)))
    # The answer that there is no AH here is protected.
    settle('refused', 2, lambda: bench.plane.drops().get('not-ipsec'))


@both(f'{GATEWAYS}: IKE passes in both directions', lambda f: [ace(host(f.gw), host(f.peer))])
def ike(family):
    for port in (500, 4500):
        sink = Sink(bench.gw, family.gw, port)
        packet = udp_packet(family.peer, family.gw, port, port, struct.pack('!I', port))
        bench.wire.send(packet)
        # From behind a NAT the source is another.
        bench.wire.send(udp_packet(family.peer, family.gw, 40000, port, struct.pack('!I', port)))
        got = []
        wait('IKE', lambda g=got, s=sink: g.extend(s.numbers()) or len(g) == 2)
        check_eq('delivered', got, [port, port])
        # Negotiations with certificates do not fit into one packet.
        whole = udp_packet(family.peer, family.gw, port, port,
                           struct.pack('!I', 77) + bytes(3000))
        for part in fragments(whole, 1448):
            bench.wire.send(part)
        settle('large IKE', [77], sink.numbers)
        sink.sock.sendto(struct.pack('!I', 9) + bytes(3000), (family.peer, port))
        wired = []
        wait('its answer', lambda w=wired: w.extend(bench.wire.take()) or len(w) >= 3)
        check('none of it ESP', not any(p[9 if family is V4 else 6] == ESP for p in wired))
        sink.close()
    check_eq('drops', bench.plane.drops(), {})


@both(f'{GATEWAYS}: IKE to and from other addresses and ports is protected',
      lambda f: [ace(host(f.gw), host(f.peer)), ace(f.lan_net, f.remote_net)])
def no_ike(family):
    bench.wire.send(udp_packet(family.remote, family.lan, 500, 500, bytes(8)))
    bench.wire.send(udp_packet(family.peer, family.gw, 500, 501, bytes(8)))
    bench.wire.send(ip(family.peer, family.gw, TCP, struct.pack('!HH', 500, 500) + bytes(16)))
    check_eq('drops', bench.plane.settle(3), {'not-ipsec': 3})
    # What a host behind us calls IKE is for its own peers.
    sender = Sink(bench.gw, family.lan, 500)
    sender.sock.sendto(bytes(8), (family.remote, 500))
    check_eq('drops', bench.plane.settle(4), {'not-ipsec': 3, 'no-sa': 1})
    check_eq('on the wire', bench.wire.take(), [])
    sender.close()


@both('without a local address nothing is exempt', lambda f: [ace(host(f.gw), host(f.peer))],
      local=False)
def no_local(family):
    sa = bench.esp()
    bench.inbound(family, sa)
    bench.wire.send(udp_packet(family.peer, family.gw, 500, 500, bytes(8)))
    bench.send(family, sa, 1, 1)
    check_eq('drops', bench.plane.settle(2), {'not-ipsec': 2})


@case('permit ipv6 any any: neighbour discovery works, nothing else passes')
def discovery():
    def run(family):
        mine = bench.peer.mac('wan')
        stranger = family.stranger
        bench.gw.ip(f'neigh del {stranger} dev wan')
        solicited = str(ipaddress.IPv6Address(int(ipaddress.IPv6Address('ff02::1:ff00:0')) |
                                              int(ipaddress.IPv6Address(family.gw)) & 0xffffff))
        ask = icmp6(stranger, solicited, 135, 0, bytes(4) + addr(family.gw) + b'\1\1' + mine,
                    hops=255)
        multicast = b'\x33\x33' + addr(solicited)[-4:]
        bench.wire.header = multicast + bench.wire.header[6:]
        bench.wire.send(ask)
        bench.wire.header = bench.gw.mac('wan') + bench.wire.header[6:]
        answers = []
        wait('an advertisement', lambda: answers.extend(
            p for p in bench.wire.take() if p[6] == 58 and p[40] == 136) or answers)
        check_eq('it is about', answers[0][48:64], addr(family.gw))
        check_eq('drops', bench.plane.drops(), {})
        # The same from further away, and other ICMP, is no discovery.
        for bad in (icmp6(stranger, family.gw, 135, 0, bytes(4) + addr(family.gw), hops=254),
                    icmp6(stranger, family.gw, 128, 0, bytes(8), hops=255),
                    icmp6(stranger, family.gw, 1, 0, bytes(48), hops=255)):
            bench.wire.send(bad)
        check_eq('drops', bench.plane.settle(3), {'not-ipsec': 3})
    try:
        with_rules(V6, ace('any', 'any'))(run)()
    finally:
        neighbour(bench.gw, 'wan', bench.peer.mac('wan'), V6.stranger)


@case('permit ipv6 any any: the way to an unknown peer is found')
def discovery_out():
    def run(family):
        mine = bench.peer.mac('wan')
        bench.gw.ip(f'neigh del {family.peer} dev wan')
        sa = bench.esp()
        bench.outbound(family, sa)
        source = Source(bench, family)
        source.send(1)
        asked = []
        wait('a solicitation', lambda: asked.extend(
            p for p in bench.wire.take() if p[6] == 58 and p[40] == 135) or asked)
        bench.wire.send(icmp6(family.peer, family.gw, 136, 0, b'\x60\0\0\0' + addr(family.peer) +
                              b'\2\1' + mine, hops=255))
        sent = []
        wait('the packet', lambda: sent.extend(
            p for p in bench.wire.take() if p[6] == ESP) or sent)
        check_eq('inside', udp_data(sa.open(esp_of(sent[0]))[2])[:4], struct.pack('!I', 1))
        source.close()
    try:
        with_rules(V6, ace('any', 'any'))(run)()
    finally:
        neighbour(bench.gw, 'wan', bench.peer.mac('wan'), V6.peer)


# --- going out

class Forwarder:
    """Sends any packet as if it had been forwarded: through a raw socket."""

    def __init__(self, family):
        self.family = family
        with bench.gw:
            self.sock = socket.socket(family.af, socket.SOCK_RAW, socket.IPPROTO_RAW)
            if family is V6:
                self.sock.setsockopt(socket.IPPROTO_IPV6, 36, 1)     # IPV6_HDRINCL

    def send(self, packet, to):
        self.sock.sendto(packet, (to, 0))

    def close(self):
        self.sock.close()


def fragments_out(family, rules, dport):
    """Fragments that the gateway forwards: each leaves in ESP.  They come in by
    the gateway's other interface."""
    bench.commit({family: rules})
    bench.fresh()
    try:
        with temporary('hosts') as hosts:
            veth(bench.gw, 'hosts', hosts, 'eth')
            wire = Wire(hosts, 'eth', bench.gw.mac('hosts'))
            inside = family.lan[:-1] + '9'
            bench.gw.ip(f'route add {inside} dev hosts')
            neighbour(bench.gw, 'hosts', hosts.mac('eth'), inside)
            sa = bench.esp()
            bench.outbound(family, sa)
            packet = udp_packet(inside, family.remote, 6000, dport, bytes(1000))
            parts = fragments(packet, 256)
            for part in parts:
                wire.send(part)
            got = []
            wait(f'{len(parts)} packets on the wire',
                 lambda: got.extend(bench.wire.take()) or len(got) >= len(parts))
            inner = []
            for one in got:
                esp = esp_of(one)
                check(f'ESP on the wire: {one.hex()[:120]}', esp is not None)
                inner.append(sa.open(esp)[2])
            # Only the TTL changes on the way.
            at = 7 if family is V6 else 8
            check_list('fragments', [p[:at] + p[40 if family is V6 else 20:] for p in inner],
                       [p[:at] + p[40 if family is V6 else 20:] for p in parts])
            check_eq('drops', bench.plane.drops(), {})
            wire.close()
    finally:
        bench.policy()


for _family in BOTH:
    add_case(f'forwarded fragments leave in ESP, rule without ports, {_family.name}',
             fragments_out, _family, [ace(_family.lan_net, _family.remote_net)], PORT)
    add_case(f'forwarded fragments leave in ESP, rule with this protocol, {_family.name}',
             fragments_out, _family, [ace(_family.lan_net, _family.remote_net, proto=UDP)], PORT)
    add_case(f'forwarded fragments leave in ESP, rule with this port, {_family.name}',
             fragments_out, _family,
             [ace(_family.lan_net, _family.remote_net, proto=UDP, dport=PORT)], PORT)


# --- the hub

def hub(family, via):
    """Decrypted from one peer, routed back out of the same interface, encrypted
    to the other one (CMAP-10); nothing else is on the wire, no redirect either."""
    other = 'fd03::/64' if family is V6 else '10.3.0.0/16'
    far = 'fd03::7' if family is V6 else '10.3.0.7'
    if via:
        bench.gw.ip(f'route replace {other} via {family.stranger}')
    else:
        # With both on the link the stack would like to send a redirect.
        bench.gw.ip(f'route replace {other} dev wan')
        bench.gw.ip(f'route replace {family.remote_net} dev wan')
    for name in ('all', 'wan') if family is V4 else ():
        bench.gw.sysctl(f'net.ipv4.conf.{name}.send_redirects', 1)
    bindings = [bench.plane.bind('wan', family.map, family.gw, family.af)]
    bench.plane.policy([
        entry(family.map, 10, [ace(other, family.remote_net)], family.af, peers=[family.peer]),
        entry(family.map, 20, [ace(family.remote_net, other)], family.af,
              peers=[family.stranger])], bindings)
    try:
        bench.fresh()
        flows = {seq: bench.plane.flow_of(family.map, seq) for seq in (10, 20)}
        sas = {name: bench.esp() for name in ('in10', 'out10', 'in20', 'out20')}
        ends = {10: family.peer, 20: family.stranger}
        for seq, end in ends.items():
            bench.plane.sa_install('in', sas[f'in{seq}'], flows[seq], end, family.gw,
                                   **{'replay-window': 64})
            bench.plane.sa_install('out', sas[f'out{seq}'], flows[seq], family.gw, end)
        count = 30
        for number in range(count):
            there = udp_packet(family.remote, far, 1, 2, struct.pack('!I', number))
            back = udp_packet(far, family.remote, 2, 1, struct.pack('!I', 1000 + number))
            bench.wire.send(bench.outer(family, sas['in10'].seal(number + 1, family.inner, there)))
            bench.wire.send(bench.outer(family, sas['in20'].seal(number + 1, family.inner, back),
                                        src=family.stranger))
        wired = []
        # Between the relayed packets there may be redirects, in ESP as well.
        settle('received', 2 * count, lambda: bench.plane.stats()['decaps'])
        wait('relayed packets', lambda: wired.extend(bench.wire.take()) or
             len(wired) >= bench.plane.stats()['encaps'])
        redirects = 0
        got = {10: [], 20: []}
        for packet in wired:
            esp = esp_of(packet)
            check(f'only ESP on the wire: {packet.hex()[:120]}', esp is not None)
            for seq, end in ends.items():
                if esp[:4] == struct.pack('!I', sas[f'out{seq}'].spi):
                    inner = sas[f'out{seq}'].open(esp)[2]
                    at = 24 if family is V6 else 16
                    check_eq('to', packet[at:at + len(addr(end))], addr(end))
                    if inner[20:21] == b'\x05' and inner[9] == ICMP and family is V4:
                        redirects += 1
                        continue
                    got[seq].append(struct.unpack('!I', udp_data(inner)[:4])[0])
        check_eq('to the second peer', got[20], list(range(count)))
        check_eq('to the first peer', got[10], list(range(1000, 1000 + count)))
        check_eq('drops', bench.plane.drops(), {})
        for name, sa in sas.items():
            end = ends[int(name[-2:])]
            shown = bench.plane.sa('in', sa.spi, family.gw) if name.startswith('in') else \
                bench.plane.sa('out', sa.spi, end)
            check(f'packets of {name}', shown['packets'] >= count)
        if via:
            check_eq('redirects', redirects, 0)
        check_eq('encaps', bench.plane.stats()['encaps'], 2 * count + redirects)
        # The same in clear is refused on this very interface.
        bench.wire.send(udp_packet(family.remote, far, 1, 2, bytes(4)))
        settle('drops', {'not-ipsec': 1}, bench.plane.drops)
    finally:
        bench.gw.ip(f'route del {other}')
        bench.gw.ip(f'route replace {family.remote_net} via {family.peer}')
        bench.policy()


for _family in BOTH:
    add_case(f'hub between two peers on one interface, {_family.name}', hub, _family, True)
    add_case(f'hub between two peers on one interface, routes without gateway, {_family.name}',
             hub, _family, False)


def ttl(family):
    """An error of this gateway about a packet that came protected quotes it, and
    goes back protected as that packet's answer would."""
    inside = family.lan[:-1] + '9'
    bench.fresh()
    sa, back = bench.esp(), bench.esp()
    bench.inbound(family, sa)
    bench.outbound(family, back)
    packet = udp_packet(family.remote, inside, 1, 2, b'secret' * 20,
                        **({'hops': 1} if family is V6 else {'ttl': 1}))
    bench.gw.ip(f'route add {inside} dev lan')
    try:
        bench.wire.send(bench.outer(family, sa.seal(1, family.inner, packet)))
        wired = []
        wait('the error', lambda: wired.extend(bench.wire.take()) or wired)
        esp = esp_of(wired[0])
        check(f'nothing in clear: {wired[0].hex()}', esp is not None)
        inner = back.open(esp)[2]
        icmp = inner[40:] if family is V6 else inner[20:]
        check_eq('time exceeded', icmp[0], 3 if family is V6 else 11)
        check('it quotes the packet', b'secret' in icmp)
        check_eq('drops', bench.plane.settle(2), {})
    finally:
        bench.gw.ip(f'route del {inside} dev lan')


def foreign_error(family):
    """The same from the peer's side is accepted if it is about what this end has
    sent through the flow, and only then."""
    bench.fresh()
    sa = bench.esp()
    bench.inbound(family, sa)
    kind, code = (1, 4) if family is V6 else (3, 3)

    def error(src, dst):
        quoted = udp_packet(src, dst, PORT, 6000, bytes(8))
        if family is V6:
            return icmp6(family.peer, family.lan, kind, code, bytes(4) + quoted)
        body = struct.pack('!BBHI', kind, code, 0, 0) + quoted
        return ip(family.peer, family.lan, ICMP, struct.pack(
            '!BBHI', kind, code, checksum(body), 0) + quoted)
    for number, (src, dst, drops) in enumerate((
            (family.lan, family.remote, {}),
            (family.remote, family.lan, {'selector-mismatch': 1}),
            (family.peer, family.remote, {'selector-mismatch': 2}))):
        bench.wire.send(bench.outer(family, sa.seal(number + 1, family.inner, error(src, dst))))
        check_eq(f'drops after {src} to {dst}', bench.plane.settle(number + 1), drops)


for _family in BOTH:
    add_case(f'an ICMP error about a protected packet goes protected, {_family.name}',
             ttl, _family)
    add_case(f'an ICMP error from behind the peer about a protected packet, {_family.name}',
             foreign_error, _family)


# --- order

def selects(rule, packet):
    """What a rule says about a packet: a model of our own."""
    src, dst, proto, sport, dport = packet
    if rule['proto'] not in (0, proto):
        return False
    for key, value in (('src', src), ('dst', dst)):
        if key in rule:
            mask = rule[key + '-mask']
            if any((a ^ b) & m for a, b, m in zip(rule[key], addr(value), mask)):
                return False
    if proto == UDP:
        for key, value in (('sport', sport), ('dport', dport)):
            if key + '-min' in rule and \
                    not rule[key + '-min'] <= value <= rule[key + '-max']:
                return False
    return True


def decide(entries, packet):
    """Entry and index of the permit that decides, or None: in clear."""
    for seq in sorted(entries):
        for index, rule in enumerate(entries[seq]):
            if selects(rule, packet):
                if rule['action'] == 'permit':
                    return seq, index
                break
    return None


def random_rule(family):
    """Few networks and ports, so that much overlaps."""
    def network(base):
        if rng.random() < 0.15:
            return 'any'
        if family is V6:
            return rng.choice((f'{base}::/16', f'{base}:{rng.randrange(2)}::/32',
                               f'{base}:{rng.randrange(2)}:{rng.randrange(2)}::/48',
                               f'{base}:{rng.randrange(2)}:{rng.randrange(2)}::{rng.randrange(1, 3)}'))
        # Wildcards that are no prefixes, too.
        return rng.choice((f'{base}.0.0.0/8', f'{base}.{rng.randrange(2)}.0.0/16',
                           f'{base}.{rng.randrange(2)}.{rng.randrange(2)}.0/24',
                           f'{base}.{rng.randrange(2)}.{rng.randrange(2)}.{rng.randrange(1, 3)}',
                           f'{base}.{rng.randrange(2)}.0.{rng.randrange(1, 3)} 0.0.255.0'))
    more = {}
    if rng.random() < 0.6:
        more['proto'] = UDP
        for key in ('sport', 'dport'):
            if rng.random() < 0.4:
                low = rng.randrange(1000, 1006)
                more[key] = (low, rng.randrange(low, 1007))
    names = ('fd11', 'fd22') if family is V6 else ('11', '22')
    return ace(network(names[0]), network(names[1]),
               rng.choice(('permit', 'permit', 'deny')), **more)


def random_packet(family):
    def address(base):
        a, b, c = rng.randrange(2), rng.randrange(2), rng.randrange(1, 3)
        return f'{base}:{a}:{b}::{c}' if family is V6 else f'{base}.{a}.{b}.{c}'
    names = ('fd11', 'fd22') if family is V6 else ('11', '22')
    proto = rng.choice((UDP, UDP, UDP, 47))
    return (address(names[0]), address(names[1]), proto,
            rng.randrange(1000, 1007), rng.randrange(1000, 1007))


def stage_in_pieces(family, entries, bindings):
    """Any order of messages and rules must come to the same policy."""
    plane = bench.plane
    plane.stage()
    pieces = [(seq, i, rule) for seq, rules in entries.items() for i, rule in enumerate(rules)]
    rng.shuffle(pieces)
    bound = rng.randrange(len(pieces))
    while pieces:
        if bound is not None and len(pieces) <= bound + 1:
            plane.add(bindings=bindings)
            bound = None
        seq = pieces[0][0]
        count = rng.randrange(1, 4)
        some = [p for p in pieces if p[0] == seq][:count]
        pieces = [p for p in pieces if p not in some]
        plane.add({'map': family.map, 'family': family.af, 'seq': seq, 'kind': 'manual',
                   'peer': [addr(family.peer)]}, [{**r, 'index': i} for _, i, r in some])
    if bound is not None:
        plane.add(bindings=bindings)
    return plane.commit()


ORDERS = scale('ORDERS', 50, 10)
PACKETS = 40


def order(family):
    bench.gw.ip(f'route replace {"fd22::/16" if family is V6 else "22.0.0.0/8"} via {family.peer}')
    forward = Forwarder(family)
    bindings = [bench.plane.bind('wan', family.map, family.gw, family.af)]
    try:
        for _ in range(ORDERS // 5):
            entries = {seq: [random_rule(family) for _ in range(rng.randrange(1, 7))]
                       for seq in rng.sample(range(1, 100), rng.randrange(1, 6))}
            bench.plane.clear_policy()
            flows = None
            for _ in range(5):
                stage_in_pieces(family, entries, bindings)
                now = {(f['seq'], f['rule'].get('index', 0)): f['id'] for f in bench.plane.flows()}
                check('flows stay the same', flows in (None, now))
                flows = now
                judge(family, forward, entries, flows)
    finally:
        forward.close()
        bench.policy()


def flow_key(rule):
    return tuple(sorted((k, v) for k, v in rule.items() if k != 'index'))


def judge(family, forward, entries, flows):
    """Sends random packets; each is dropped for the want of an SA of the flow
    that the model names, or leaves in clear."""
    bench.fresh()
    wanted = {}
    clear = []
    for number in range(PACKETS):
        src, dst, proto, sport, dport = random_packet(family)
        what = decide(entries, (src, dst, proto, sport, dport))
        payload = struct.pack('!HH', sport, dport) + struct.pack('!I', number) + bytes(12)
        if proto == UDP:
            payload = udp(src, dst, sport, dport, struct.pack('!I', number))
        packet = ip(src, dst, proto, payload)
        if what is None:
            clear.append(packet[24 if family is V4 else 40:][-4:])
        else:
            # A rule that is the same as an earlier one of its entry is that one.
            rules = entries[what[0]]
            first = next(i for i, r in enumerate(rules) if r['action'] == 'permit' and
                         flow_key(r) == flow_key(rules[what[1]]))
            key = flows[(what[0], first)]
            wanted[key] = wanted.get(key, 0) + 1
        forward.send(packet, dst)
    lost = PACKETS - len(clear)
    settle('drops', {'no-sa': lost} if lost else {}, bench.plane.drops)
    got = {f['id']: f['send-errors'] for f in bench.plane.flows() if f['send-errors']}
    check_eq(f'drops of flows under {entries}', got, wanted)
    wired = []
    wait('clear packets', lambda: wired.extend(bench.wire.take()) or len(wired) >= len(clear))
    check_list('in clear', [p[24 if family is V4 else 40:][-4:] for p in wired], clear)


for _family in BOTH:
    add_case(f'{ORDERS} policies with overlaps and denies in random order, {_family.name}',
             order, _family)


@case('deny goes on with the next entry, not with the next rule')
def deny():
    bindings = [bench.plane.bind('wan', V4.map, V4.gw)]
    bench.plane.policy([
        entry(V4.map, 10, [ace('10.1.0.0/24', '10.2.0.0/24', 'deny'),
                           ace('10.1.0.0/24', '10.2.0.0/16')], peers=[V4.peer]),
        entry(V4.map, 20, [ace('10.1.0.0/24', '10.2.0.5')], peers=[V4.peer])], bindings)
    try:
        bench.fresh()
        for address in ('10.2.0.5', '10.2.0.6', '10.2.1.6'):
            source = Source(bench, V4, remote=address)
            source.send(int(address[-1]))
            source.close()
        settle('drops', {'no-sa': 2}, bench.plane.drops)
        got = {(f['seq'], f['rule'].get('index', 0)): f['send-errors']
               for f in bench.plane.flows()}
        check_eq('flows', got, {(10, 1): 1, (20, 0): 1})
        wired = bench.wire.take()
        check_eq('in clear', [udp_data(p)[:4] for p in wired], [struct.pack('!I', 6)])
    finally:
        bench.policy()


@case('the kernel has said nothing')
def quiet():
    check_eq('kernel messages', log.quiet(), [])


if __name__ == '__main__':
    main(setup)
