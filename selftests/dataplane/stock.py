# SPDX-License-Identifier: GPL-2.0
"""The independent peer: stock xfrm."""


class Stock:
    """States and policies of a namespace, towards one peer."""

    def __init__(self, netns, device='wan'):
        self.netns, self.device = netns, device

    def flush(self):
        self.netns.ip('xfrm state flush', 'xfrm policy flush')

    @staticmethod
    def states(local, peer, transform, keys, spis, mode, reqid=1, extra='', oseq=None):
        """Lines for a pair of states; keys and spis are (in, out)."""
        # pylint: disable=too-many-arguments
        flags = 'flag af-unspec' if mode == 'tunnel' else ''
        if transform.esn:
            flags = f'{flags or "flag"} esn'
        seq = ''
        if oseq is not None:
            seq = f'replay-oseq {oseq & 0xffffffff:#x}'
            if transform.esn:
                seq += f' replay-oseq-hi {oseq >> 32:#x}'
        common = f'reqid {reqid} mode {mode} replay-window 4096 {flags} {extra}'
        return [
            f'xfrm state add src {peer} dst {local} proto esp spi {spis[0]:#x}'
            f' {common} {transform.xfrm(keys[0])}',
            f'xfrm state add src {local} dst {peer} proto esp spi {spis[1]:#x}'
            f' {common} {seq} {transform.xfrm(keys[1])}',
        ]

    @staticmethod
    def policies(local, peer, mine, theirs, mode, reqid=1, extra='', selector=''):
        """Lines for the policies between two networks."""
        # pylint: disable=too-many-arguments
        lines = []
        for way in ('out', 'in') + (('fwd',) if mode == 'tunnel' else ()):
            out = way == 'out'
            src, dst = (mine, theirs) if out else (theirs, mine)
            tsrc, tdst = (local, peer) if out else (peer, local)
            lines.append(
                f'xfrm policy add src {src} dst {dst} {selector} dir {way} {extra}'
                f' tmpl src {tsrc} dst {tdst} proto esp reqid {reqid} mode {mode}')
        return lines

    def transport_policies(self, local, peer, reqid=1):
        """Between the two gateways; neighbour discovery stays in clear."""
        lines = []
        icmp = ('proto ipv6-icmp type 128', 'proto ipv6-icmp type 129') \
            if ':' in local else ('proto icmp',)
        for selector in icmp + ('proto udp', 'proto tcp'):
            lines += self.policies(local, peer, local, peer, 'transport', reqid,
                                   selector=selector)
        return lines

    def counters(self, dst, spi):
        """(bytes, packets) that a state has processed."""
        text = self.netns.run('ip', '-s', 'xfrm', 'state', 'get', 'dst', dst,
                              'proto', 'esp', 'spi', f'{spi:#x}')
        lines = text.split('lifetime current:')[1].splitlines()
        count, packets = lines[1].split(',')[:2]
        return int(count.split('(')[0]), int(packets.split('(')[0])

    def errors(self):
        """Counters of /proc/net/xfrm_stat that are not zero."""
        return {name: int(value) for name, value in
                (line.split() for line in self.netns.read('xfrm_stat').splitlines())
                if int(value)}
