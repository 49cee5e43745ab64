# SPDX-License-Identifier: GPL-2.0
"""One tunnel between our gateway and stock xfrm, re-keyed from case to case."""

import itertools

import traffic
from gateway import Gateway
from ktap import check, equal
from lab import Lab
from netns import wait_for
from stock import Stock
from wire import ESP

# (mode, outer version, inner version)
SHAPES = [('tunnel', outer, inner) for outer, inner in itertools.product((4, 6), (4, 6))] + \
         [('transport', version, version) for version in (4, 6)]


def shape_name(mode, outer, inner):
    return f'{mode} v{inner}' + ('' if inner == outer else f' in v{outer}')


# TIME_WAIT, CLOSE, LISTEN: who is in another state has something to say or to hear.
TCP_QUIET = {'06', '07', '0A'}


def tcp_is_quiet(netns):
    """Whether no TCP socket of the namespace waits for anything."""
    lines = (netns.read('tcp').splitlines()[1:] + netns.read('tcp6').splitlines()[1:])
    return {line.split()[3] for line in lines} <= TCP_QUIET


class Interop:
    """Topology, policies of both ends, and the pair of SAs in force."""

    # pylint: disable=too-many-instance-attributes
    def __init__(self, **options):
        self.lab = Lab(**options)
        self.gateway = Gateway(self.lab.r1)
        self.stock = Stock(self.lab.r2)
        self.shape = None
        self.spis = self.transform = self.keys = self.base = None
        self.serial = 0

    def close(self):
        self.gateway.close()
        self.lab.close()

    def commit(self, **binding):
        """A map for each family: LAN to LAN first, then gateway to gateway."""
        lab, gateway = self.lab, self.gateway
        bindings, entries = [], []
        for version in (4, 6):
            name = f'site{version}'
            bindings.append(gateway.binding('wan', name, lab.outer1[version], **binding))
            for seq, src, dst in ((10, lab.net1, lab.net2),
                                  (20, lab.outer1, lab.outer2)):
                entries.append(gateway.entry(name, seq, lab.outer2[version],
                                             (src[version], dst[version])))
        return gateway.commit(bindings, entries)

    def ends(self):
        """Where traffic of the shape comes from and goes to: (namespace, address)."""
        lab, (mode, _, inner) = self.lab, self.shape
        if mode == 'tunnel':
            return (lab.h1, lab.host1[inner]), (lab.h2, lab.host2[inner])
        return (lab.r1, lab.outer1[inner]), (lab.r2, lab.outer2[inner])

    @property
    def flow(self):
        mode, _, inner = self.shape
        return self.gateway.flows[f'site{inner}', 10 if mode == 'tunnel' else 20]

    @property
    def outer(self):
        return self.lab.outer1[self.shape[1]], self.lab.outer2[self.shape[1]]

    def take(self, shape):
        """Traffic of this shape from now on; both ends lose their SAs."""
        self.shape = shape
        mode, _, inner = shape
        ours, theirs = self.outer
        self.gateway.flush()
        self.stock.flush()
        if mode == 'tunnel':
            lines = self.stock.policies(theirs, ours, self.lab.net2[inner],
                                        self.lab.net1[inner], mode)
        else:
            lines = self.stock.transport_policies(theirs, ours)
        self.lab.r2.ip(*lines)

    def protect(self, version, mine, theirs, transform, peer=None, **binding):
        """Instead: one tunnel of this IP version for other networks, keyed.

        peer: what the other end protects, as (ours, its), if not the same
        """
        # pylint: disable=too-many-arguments
        lab, gateway = self.lab, self.gateway
        name = f'site{version}'
        gateway.commit([gateway.binding('wan', name, lab.outer1[version], **binding)],
                       [gateway.entry(name, 10, lab.outer2[version], (mine, theirs))])
        self.stock.flush()
        self.shape = 'tunnel', version, version
        peer_mine, peer_theirs = peer or (mine, theirs)
        lab.r2.ip(*self.stock.policies(*self.outer[::-1], peer_theirs, peer_mine,
                                       'tunnel'))
        self.key(transform)

    def key(self, transform, oseq=None, window=4096):
        """New SAs at both ends; the old ones are gone.

        The windows are wide: these tests are not about replay, and processors of a
        busy machine let packets overtake each other by more than 64.
        """
        mode = self.shape[0]
        ours, theirs = self.outer
        keys = transform.keys(), transform.keys()
        self.serial += 1
        # As seen by r1.
        self.spis = 0x10000000 + self.serial, 0x20000000 + self.serial
        self.gateway.flush(flow=self.flow)
        self.gateway.pair(self.flow, ours, theirs, transform, keys, self.spis, mode,
                          window)
        self.lab.r2.ip('xfrm state flush',
                       *self.stock.states(theirs, ours, transform, keys[::-1],
                                          self.spis[::-1], mode, oseq=oseq))
        self.transform, self.keys = transform, keys
        self.base = self.gateway.flow(self.flow)
        self.lab.capture.frames()
        self.gateway.clear_counters()

    def renew(self, mode=None, window=4096):
        """Our SAs anew with the same keys, before any packet; the peer keeps its own."""
        self.gateway.flush(flow=self.flow)
        self.gateway.pair(self.flow, *self.outer, self.transform, self.keys, self.spis,
                          mode or self.shape[0], window)
        self.gateway.clear_counters()

    def check_sas(self, packets, size=None, refused=0):
        """The counters of both ends: so many (out, in) packets and bytes.

        refused: as many were too big; None for any number of them, as path MTU
        discovery of TCP has it
        """
        # First, since they explain what is missing below.
        drops = self.gateway.drops()
        too_big = drops.pop('too-big', 0)
        equal('dropped packets', drops, {})
        sas = self.gateway.sas(self.flow)
        flow = self.gateway.flow(self.flow)
        for i, (way, counter, peer_dst) in enumerate((
                ('out', 'encaps', self.outer[1]), ('in', 'decaps', self.outer[0]))):
            equal(f'number of {way} SAs', len(sas[way]), 1)
            sa = sas[way][0]
            spi = self.spis[way == 'out']
            equal(f'{way}: SPI', sa['spi'], spi)
            equal(f'{way}: packets of the SA', sa['packets'], packets[i])
            equal(f'{way}: {counter} of the flow', flow[counter], packets[i])
            equal(f'{way}: packets of the stock state',
                  self.stock.counters(peer_dst, spi)[1], packets[i])
            if size is not None:
                equal(f'{way}: bytes of the SA', sa['bytes'], size[i])
        if refused is not None:
            equal('packets that were too big', too_big, refused)
        equal('errors of the flow', (flow['send-errors'], flow['recv-errors']),
              (too_big, 0))

    def check_esp(self, packets, way):
        """All are ESP of the SA of this way ('out', 'in'), each number once."""
        ours, theirs = self.outer
        ends = (ours, theirs) if way == 'out' else (theirs, ours)
        spi = self.spis[way == 'out']
        for packet in packets:
            check(packet.proto == ESP and not packet.is_fragment and
                  (packet.src, packet.dst) == ends,
                  f'{way}: not ESP between the gateways: {packet}')
            equal(f'{way}: SPI on the wire', packet.spi, spi)
        ivs = [packet.payload[8:8 + self.transform.cipher.iv] for packet in packets]
        if self.transform.cipher.iv:
            equal(f'{way}: different IVs', len(set(ivs)), len(packets))

    def check_sequence(self, packets, way, first=1):
        numbers = sorted(packet.seq for packet in packets)
        equal(f'{way}: sequence numbers', numbers,
              list(range(first, first + len(packets))))

    def flush_pmtu(self):
        """Whoever has learned of a smaller MTU forgets it."""
        for netns in self.lab.all:
            netns.ip('route flush cache')
            netns.run('ip', '-6', 'route', 'flush', 'cache')

    def tcp(self, count, back=False):
        """Sends so many bytes; nothing of it is under way any more after that."""
        (near, src), (far, dst) = self.ends()
        traffic.tcp(near, src, far, dst, count, back=back)
        for host in near, far:
            wait_for('the end of the connection', lambda netns=host: tcp_is_quiet(netns))
