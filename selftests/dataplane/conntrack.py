# SPDX-License-Identifier: GPL-2.0
"""Connection tracking entries of a namespace."""

import re


class Entry:
    """proto; original and reply: {src, dst, sport, dport, packets ...}; flags."""

    def __init__(self, line):
        words = line.split()
        self.proto = words[2]
        self.flags = set(re.findall(r'\[(\w+)\]', line))
        self.original, self.reply = {}, {}
        for key, value in re.findall(r'(\w+)=(\S+)', line):
            way = self.reply if key in self.original and \
                (key in ('src', 'dst') or 'src' in self.reply) else self.original
            way.setdefault(key, value)
        self.line = line

    def __repr__(self):
        return self.line


def entries(netns, proto, src, dst):
    """Those of a protocol whose original direction is src to dst."""
    version = 'ipv6' if ':' in src else 'ipv4'
    text = netns.run('conntrack', '-L', '-f', version, '-o', 'extended')
    found = [Entry(line) for line in text.splitlines()]
    return [entry for entry in found if entry.proto == proto and
            (entry.original.get('src'), entry.original.get('dst')) == (src, dst)]


def flush(netns):
    netns.run('conntrack', '-F')
