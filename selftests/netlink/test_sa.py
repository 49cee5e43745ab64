#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""What the SADB keeps and shows: attributes come back as they went in, keys
never, reserved SPIs become SAs, filters select."""

import bench
import cm
import ktap
from bench import AES, SHA1, sa

SECRETS = [bytes([0x5a, i]) * 18 for i in range(2)]


class Where:  # pylint: disable=too-few-public-methods
    """The flows that the cases work on."""
    flows = []


def setup():
    bench.setup()
    bench.client.policy(
        [dict(bench.entry(), rules=[cm.rule('permit', f'10.1.{n}.0/24') for n in range(3)]),
         dict(bench.entry(map='second'), rules=[cm.rule('permit', '10.9.0.0/16')])],
        [bench.binding(), bench.binding(map='second', ifindex=bench.ifindex('far'))])
    # Three of the first map, one of the second.
    Where.flows = [flow['id'] for flow in
                   bench.client.flows(map=bench.MAP) + bench.client.flows(map='second')]


def clear():
    bench.client.sa_flush()


def add(*args, **more):
    more.setdefault('flow', Where.flows[0])
    return bench.client.do('sa-add', sa(*args, **more))['conn-id']


@ktap.case('an SA is shown as it was installed')
def shown():
    limits = {'soft-seconds': 11, 'hard-seconds': 12, 'soft-bytes': 1 << 40,
              'hard-bytes': (1 << 40) + 1, 'soft-packets': 13, 'hard-packets': 14,
              'idle-seconds': 15}
    attrs = sa(flow=Where.flows[0], flags=['esn'], owner=b'\0whose\xff', **{
        'replay-window': 1024, **limits})
    conn = bench.client.do('sa-add', attrs)['conn-id']
    got = bench.client.sa('in', 0x1000, bench.LOCAL)
    wanted = {'direction': 'in', 'spi': 0x1000, 'proto': 50, 'src': bench.PEER,
              'dst': bench.LOCAL, 'flow': Where.flows[0], 'mode': 'tunnel',
              'encr-alg': 'aes-cbc', 'auth-alg': 'hmac-sha1-96', 'flags': ['esn'],
              'replay-window': 1024, 'liveness-seconds': 0, 'owner': b'\0whose\xff'.hex(),
              'conn-id': conn, 'state': 'mature', 'packets': 0, 'bytes': 0, 'sequence': 0,
              **limits}
    for name in ('age-seconds', 'idle-for-seconds'):
        ktap.check(got.pop(name) < 600, name)
    ktap.equal('SA', got, wanted)
    clear()


@ktap.case('an outbound SA in transport mode over IPv6, with what is not given')
def shown_outbound():
    conn = add('out', src=bench.LOCAL6, dst=bench.PEER6, encr_alg='aes-gcm-16',
               encr_key=bytes(36), auth_alg=None, auth_key=None, liveness_seconds=7)
    got = bench.client.sa('out', 0x1000, bench.PEER6)
    for name, wanted in (('src', bench.LOCAL6), ('auth-alg', 'none'), ('conn-id', conn),
                         ('encr-alg', 'aes-gcm-16'), ('flags', []), ('soft-bytes', 0),
                         ('hard-seconds', 0), ('idle-seconds', 0), ('liveness-seconds', 7)):
        ktap.equal(name, got.get(name), wanted)
    ktap.check('owner' not in got, 'no owner')
    ktap.check('replay-window' not in got, 'no replay window')
    clear()


@ktap.case('keys are nowhere in what the kernel shows')
def keys():
    client = bench.client
    add(encr_key=SECRETS[0][:32], auth_alg='hmac-sha2-256-128', auth_key=SECRETS[1][:32])
    add('out', encr_alg='aes-gcm-16', encr_key=SECRETS[0], auth_alg=None, auth_key=None)
    original = client.sock
    seen = []

    class Tap:  # pylint: disable=too-few-public-methods
        """Keeps all bytes that are received."""

        def __getattr__(self, name):
            return getattr(original, name)

        @staticmethod
        def recv(*args):
            seen.append(original.recv(*args))
            return seen[-1]

    client.sock = Tap()
    try:
        ktap.equal('SAs', len(client.sas()), 2)
        client.sa('in', 0x1000, bench.LOCAL)
        client.flows()
        client.stats()
    finally:
        client.sock = original
    everything = b''.join(seen)
    ktap.check(len(everything) > 1000, 'something was received')
    for secret in SECRETS:
        ktap.check(secret[:8] not in everything, 'a key was shown')
    for name in ('encr-key', 'auth-key'):
        ktap.check(all(name not in one for one in client.sas()), f'{name} is shown')
    clear()


ALGORITHMS = [
    ('null', 0, 'hmac-sha1-96', 20), ('aes-cbc', 16, 'hmac-sha1-96', 20),
    ('aes-cbc', 24, 'hmac-sha2-256-128', 32), ('aes-cbc', 32, 'hmac-sha2-384-192', 48),
    ('aes-cbc', 16, 'hmac-sha2-512-256', 64), ('null', 0, 'hmac-sha2-512-256', 64),
    ('aes-gcm-16', 20, None, 0), ('aes-gcm-16', 28, None, 0), ('aes-gcm-16', 36, None, 0),
]


def algorithm(encr, encr_len, auth, auth_len):
    for flags in (None, ['esn']):
        attrs = {'encr_alg': encr, 'encr_key': bytes(encr_len) if encr_len else None,
                 'auth_alg': auth, 'auth_key': bytes(auth_len) if auth else None}
        add(flags=flags, **attrs)
        add('out', flags=flags, **attrs)
        ktap.equal('states', [one['state'] for one in bench.client.sas()], ['mature'] * 2)
        clear()


for args in ALGORITHMS:
    ktap.add(f'{args[0]} with {args[1]} bytes and {args[2]}, ESN off and on', algorithm, *args)

for window in (0, 64, 128, 256, 512, 1024, 2048, 4096):
    def replay(size=window):
        add(replay_window=size)
        ktap.equal('window', bench.client.sa('in', 0x1000, bench.LOCAL)['replay-window'], size)
        clear()
    ktap.add(f'replay window {window}', replay)


@ktap.case('connection ids are never given twice')
def conn_ids():
    seen = [add(spi=0x1000 + i) for i in range(4)]
    clear()
    seen += [add(spi=0x1000 + i) for i in range(4)]
    clear()
    ktap.equal('ids', len(set(seen)), 8)
    ktap.check(min(seen) >= 1, 'from 1 upwards')


@ktap.case('a new outbound SA takes the flow, the old one is dying')
def takeover():
    client = bench.client
    for spi in (0x2000, 0x2001):
        add('out', spi=spi)
    states = {one['spi']: one['state'] for one in client.sas()}
    ktap.equal('states', states, {0x2000: 'dying', 0x2001: 'mature'})
    client.sa_del('out', 0x2001, bench.PEER)
    ktap.equal('SAs', [one['spi'] for one in client.sas()], [0x2000])
    clear()


@ktap.case('update changes what is given, and only that')
def update():
    client = bench.client
    add(soft_seconds=100, hard_seconds=200, soft_bytes=300, owner=b'before')
    before = client.sa('in', 0x1000, bench.LOCAL)
    client.sa_update('in', 0x1000, bench.LOCAL, hard_seconds=150, owner=b'after')
    after = client.sa('in', 0x1000, bench.LOCAL)
    changed = {name for name in before if before[name] != after.get(name)}
    ktap.equal('changed', changed - {'age-seconds', 'idle-for-seconds'},
               {'hard-seconds', 'owner'})
    ktap.equal('owner', after['owner'], b'after'.hex())
    client.sa_update('in', 0x1000, bench.LOCAL, soft_seconds=0, owner=b'')
    after = client.sa('in', 0x1000, bench.LOCAL)
    ktap.equal('soft-seconds', after['soft-seconds'], 0)
    ktap.check('owner' not in after, 'the owner is gone')
    clear()


@ktap.case('a reserved SPI becomes an SA')
def reserve():
    client = bench.client
    spi = client.spi_reserve(bench.LOCAL, src=bench.PEER)
    ktap.check(spi >= 256, f'SPI {spi}')
    larval = client.sa('in', spi, bench.LOCAL)
    ktap.equal('state', larval['state'], 'larval')
    ktap.check('flow' not in larval, 'a larval SA has no flow')
    add(spi=spi)
    ktap.equal('state', client.sa('in', spi, bench.LOCAL)['state'], 'mature')
    ktap.equal('SAs', len(client.sas()), 1)
    clear()


@ktap.case('reserved SPIs are random and within the range')
def reserve_random():
    client = bench.client
    spis = [client.spi_reserve(bench.LOCAL) for _ in range(50)]
    ktap.equal('different', len(set(spis)), 50)
    ktap.check(spis != sorted(spis), f'they are sorted: {spis}')
    spi = client.spi_reserve(bench.LOCAL6, **{'spi-low': 0xffffffff, 'spi-high': 0xffffffff})
    ktap.equal('largest', spi, 0xffffffff)
    clear()
    ktap.equal('SAs', client.sas(), [])


@ktap.case('a reserved SPI that nobody takes is free again')
def reserve_timeout():
    client = bench.client
    with client.events() as events:
        spi = client.spi_reserve(bench.LOCAL, **{'hold-seconds': 1})
        gone = events.wait('sa-del', spi=spi)
        ktap.equal('reason', gone['reason'], 'larval-timeout')
    bench.refusal(client.refused('sa-get', client.sa_id('in', spi, bench.LOCAL)),
                  'ENOENT', 'spi')


def filled():
    """SAs of three flows, two maps, two interfaces and two peers."""
    for i, flow in enumerate(Where.flows):
        add(spi=0x3000 + i, flow=flow)
        add('out', spi=0x4000 + i, flow=flow, dst='192.0.2.3' if i == 0 else bench.PEER)


def spis(**filters):
    return sorted(one['spi'] for one in bench.client.sas(**filters))


@ktap.case('filters of the dump')
def filters():
    filled()
    everything = [0x3000, 0x3001, 0x3002, 0x3003, 0x4000, 0x4001, 0x4002, 0x4003]
    ktap.equal('all', spis(), everything)
    ktap.equal('flow', spis(flow=Where.flows[1]), [0x3001, 0x4001])
    ktap.equal('map', spis(map='second'), [0x3003, 0x4003])
    ktap.equal('ifindex', spis(ifindex=bench.ifindex('far')), [0x3003, 0x4003])
    ktap.equal('peer', spis(peer='192.0.2.3'), [0x4000])
    ktap.equal('local is a peer, too', spis(peer=bench.LOCAL), everything)
    ktap.equal('two', spis(map='vpn', peer='192.0.2.3'), [0x4000])
    ktap.equal('none', spis(map='second', peer='192.0.2.3'), [])
    clear()


@ktap.case('filters of a flush')
def flush():
    client = bench.client
    filled()
    ktap.equal('map', client.sa_flush(map='second'), 2)
    ktap.equal('peer', client.sa_flush(peer='192.0.2.3'), 1)
    ktap.equal('flow', client.sa_flush(flow=Where.flows[1]), 2)
    ktap.equal('left', spis(), [0x3000, 0x3002, 0x4002])
    ktap.equal('ifindex', client.sa_flush(ifindex=bench.ifindex('far')), 0)
    ktap.equal('no such map', client.sa_flush(map='other'), 0)
    ktap.equal('all', client.sa_flush(), 3)
    ktap.equal('again', client.sa_flush(), 0)


@ktap.case('statistics: every drop reason is there, and zero')
def stats():
    client = bench.client
    filled()
    now = client.stats()
    ktap.equal('sas, flows, held', [now['sas'], now['flows'], now['held']], [8, 4, 0])
    for name in ('no-sa', 'hold-full', 'replay', 'integrity', 'invalid-spi', 'not-ipsec'):
        ktap.equal(name, now['drop'].get(name), 0)
    of_flow = client.stats(Where.flows[0])
    ktap.equal('of a flow', [of_flow['sas'], of_flow['flows']], [2, 1])
    client.stats_clear()
    client.stats_clear(Where.flows[0])
    clear()


@ktap.case('the keys of the tests are not in the kernel log')
def not_logged():
    log = ktap.run('dmesg')
    for secret in SECRETS + [AES, SHA1]:
        ktap.check(secret.hex()[:16] not in log.replace(' ', ''), 'a key is in the log')


if __name__ == '__main__':
    ktap.main(setup, bench.cleanup)
