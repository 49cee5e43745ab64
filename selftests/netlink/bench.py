# SPDX-License-Identifier: GPL-2.0
"""What the netlink tests work on: a namespace with two interfaces, a policy
that is good in every way, and an SA that is, too.  A test breaks one thing.
"""

import errno
import os
import socket
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), '..', 'lib'))
# pylint: disable=wrong-import-position
import cm       # noqa: E402
import ktap     # noqa: E402

AF_INET, AF_INET6 = int(socket.AF_INET), int(socket.AF_INET6)

LOCAL, PEER = '192.0.2.1', '192.0.2.2'
LOCAL6, PEER6 = '2001:db8::1', '2001:db8::2'
MAP = 'vpn'
AES = bytes(range(16))
SHA1 = bytes(range(20))

# Only one file has one.
client = None  # pylint: disable=invalid-name


def ifindex(name='wan'):
    return socket.if_nametoindex(name)


def setup():
    """A namespace of the test's own, the module, a client."""
    global client  # pylint: disable=global-statement
    ktap.run('modprobe', 'cryptomap')
    ktap.own_netns()
    ktap.run('ip', '-batch', '-', text=(
        'link add wan type veth peer name far\n'
        'link set far up\n'
        'link set wan up\n'
        f'addr add {LOCAL}/24 dev wan\n'
        f'addr add {LOCAL6}/64 dev wan nodad\n'))
    client = cm.Client()


def cleanup():
    client.policy()
    client.close()


def entry(**more):
    """A map entry that is accepted."""
    out = {'map': MAP, 'family': AF_INET, 'seq': 10, 'kind': 'isakmp', 'peer': [PEER]}
    out.update({key.replace('_', '-'): value for key, value in more.items()})
    return {key: value for key, value in out.items() if value is not None}


def binding(**more):
    out = {'ifindex': ifindex(), 'map': MAP, 'family': AF_INET, 'local': LOCAL}
    out.update({key.replace('_', '-'): value for key, value in more.items()})
    return {key: value for key, value in out.items() if value is not None}


def rule(**more):
    """A rule that is accepted."""
    out = {'index': 0, 'action': 'permit', 'proto': 6,
           'src': '10.1.0.0', 'src-mask': '255.255.0.0',
           'dst': '10.2.0.0', 'dst-mask': '255.255.0.0',
           'sport-min': 0, 'sport-max': 65535, 'dport-min': 80, 'dport-max': 80}
    out.update({key.replace('_', '-'): value for key, value in more.items()})
    return {key: value for key, value in out.items() if value is not None}


def put_policy(rules=None, entries=None, **more):
    """A policy in force with one entry; ids of its flows."""
    rules = [cm.rule('permit', '10.1.0.0/16', '10.2.0.0/16')] if rules is None else rules
    entries = entries or [dict(entry(**more), rules=rules)]
    client.policy(entries, [binding()])
    return [flow['id'] for flow in client.flows()]


def sa(direction='in', spi=0x1000, flow=1, **more):
    """The attributes of an SA that is accepted."""
    src, dst = (PEER, LOCAL) if direction == 'in' else (LOCAL, PEER)
    out = {'direction': direction, 'spi': spi, 'proto': 50, 'src': src, 'dst': dst,
           'flow': flow, 'mode': 'tunnel', 'encr-alg': 'aes-cbc', 'encr-key': AES,
           'auth-alg': 'hmac-sha1-96', 'auth-key': SHA1}
    if direction == 'in':
        out['replay-window'] = 64
    out.update({key.replace('_', '-'): value for key, value in more.items()})
    return {key: value for key, value in out.items() if value is not None}


def sa_key(attrs):
    return {name: attrs[name] for name in ('direction', 'spi', 'proto', 'dst')}


def refusal(why, errnos, place, text=r'\w'):
    """A refusal as it has to be: with errno, text and place."""
    # By number: ENOTSUP and EOPNOTSUPP are one.
    ktap.check(why.errno in [getattr(errno, name) for name in errnos.split('|')],
               f'errno is {why.name}, wanted {errnos}: {why}')
    ktap.match('text', why.text, text)
    where = '.'.join(part for part in (why.attr, why.missing) if part)
    ktap.equal(f'place ({why})', where, place)


def refused_raw(op, payload, flags=0):
    """A request with attributes as they are; how it was refused."""
    try:
        client.request(op, payload, flags)
    except cm.Refused as why:
        return why
    raise ktap.Failure(f'{op} was not refused: {payload.hex()}')


def number(space, name):
    return client.attr_type(space, name)
