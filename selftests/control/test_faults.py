#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
# timeout: 900
"""Every allocation of a request fails once: the request is refused and nothing
has changed, or it was carried out; nothing is lost of memory or order. For
kernels with fault injection."""

import os
import select

from world import GCM, LOCAL, PEER, World, cm, entry, kit
from kit import case, check

w = None
FAIL_NTH = '/proc/thread-self/fail-nth'
DEBUGFS = '/sys/kernel/debug'
MOST = 2000


def setup():
    global w            # pylint: disable=global-statement
    kit.load_module()
    w = World()
    if not os.path.ismount(DEBUGFS):
        kit.run('mount', '-t', 'debugfs', 'none', DEBUGFS)
    for kind in ('failslab', 'fail_page_alloc'):
        where = f'{DEBUGFS}/{kind}'
        if not os.path.isdir(where):
            continue
        # Also those that may wait, which is nearly all here.
        kit.write(f'{where}/ignore-gfp-wait', 'N')
        kit.write(f'{where}/verbose', '0')
        if kind == 'fail_page_alloc':
            kit.write(f'{where}/min-order', '0')


def needs_injection():
    if not os.path.exists(FAIL_NTH) or not os.path.isdir(f'{DEBUGFS}/failslab'):
        raise kit.Skip('the kernel has no fault injection')


def message_of(op, attrs, flags=0):
    client = w.client
    client.sequence += 1
    netlink = cm.ynl.Netlink
    body = client.family.nlproto.message(netlink.NLM_F_REQUEST | netlink.NLM_F_ACK | flags,
                                         client.operation(op).req_value, 1, client.sequence)
    body += client.encode(op, attrs)
    return (len(body) + 4).to_bytes(4, 'little') + body


def drain():
    """Reads what answers there are; the answer itself may be what failed."""
    while select.select([w.client.sock], [], [], 0.01)[0]:
        try:
            w.client.sock.recv(1 << 20)
        except OSError:
            pass


def attempt(message, nth):
    """Sends a request whose nth allocation fails; whether there was one."""
    fd = os.open(FAIL_NTH, os.O_RDWR)
    try:
        os.write(fd, str(nth).encode())
        try:
            w.client.sock.send(message)
        except OSError:
            pass
        left = int(os.pread(fd, 16, 0).split(b'\0')[0] or 0)
        os.pwrite(fd, b'0', 0)
    finally:
        os.close(fd)
    drain()
    return left == 0


def through(prepare, op, attrs, state, flags=0):
    """The request with each allocation failing in turn; @state tells what it
    changes, which must be what it was, or what a success makes it."""
    needs_injection()
    values = prepare()
    before = state()
    w.client.request(op, w.client.encode(op, attrs(values)), flags)
    after = state()
    for nth in range(1, MOST):
        values = prepare()
        if not attempt(message_of(op, attrs(values), flags), nth):
            kit.diag(f'{op}: {nth - 1} allocations')
            check('some allocation failed', nth > 1)
            return
        check(f'allocation {nth}: {state()} is neither {before} nor {after}',
              state() in (before, after))
    kit.fail('no end')


def sa_states():
    return sorted((sa['direction'], sa['spi'], sa['state'], sa.get('owner'))
                  for sa in w.client.sas())


def flow_states():
    return sorted((f['map'], f['seq'], f['rule']['dst'], f['kind']) for f in w.client.flows())


def stage(*entries):
    w.client.stage()
    for one in entries:
        one = dict(one)
        w.client.add(one, one.pop('rules'))
    w.client.add(bindings=[w.bind()])
    return w.client.stage_id


@case('sa-add, outbound')
def add_out():
    through(w.fresh, 'sa-add', lambda flow: {
        'direction': 'out', 'spi': 0x1000, 'proto': 50, 'src': LOCAL, 'dst': PEER, 'flow': flow,
        'mode': 'tunnel', 'encr-alg': 'aes-gcm-16', 'encr-key': GCM['encr_key']}, sa_states)


@case('sa-add, inbound, with authenc, in place of a reserved SPI')
def add_in():
    def prepare():
        flow = w.fresh()
        spi = {'spi-low': 0x2000, 'spi-high': 0x2000}
        try:
            w.client.spi_reserve(LOCAL, **spi)
        except cm.Refused:
            pass        # still there from before
        return flow

    through(prepare, 'sa-add', lambda flow: {
        'direction': 'in', 'spi': 0x2000, 'proto': 50, 'src': PEER, 'dst': LOCAL, 'flow': flow,
        'mode': 'tunnel', 'encr-alg': 'aes-cbc', 'encr-key': bytes(16),
        'auth-alg': 'hmac-sha2-256-128', 'auth-key': bytes(32), 'replay-window': 1024},
        sa_states)
    w.client.policy()


@case('spi-reserve')
def reserve():
    w.fresh()
    through(lambda: None, 'spi-reserve', lambda _: {'proto': 50, 'dst': LOCAL,
                                                    'hold-seconds': 1}, sa_states)


@case('policy-commit: some flows stay, some go, some come')
def commit():
    def prepare():
        flow = w.fresh(entry(seq=10), entry(seq=20, rules=[cm.rule(dst='10.3.0.0/16')]))
        w.out(flow)
        w.client.sa_add('out', 0x1001, LOCAL, PEER, max(f['id'] for f in w.client.flows()),
                        **GCM)
        return stage(entry(seq=10, kind='manual', peer=[cm.packed(PEER)]),
                     entry(seq=30, rules=[cm.rule(dst=f'10.4.{i}.0/24', index=i)
                                          for i in range(5)]))

    def state():
        return flow_states(), sa_states()

    through(prepare, 'policy-commit', lambda number: {'stage': number}, state)
    w.client.policy()


@case('policy-stage')
def begin():
    w.fresh()
    through(lambda: None, 'policy-stage', lambda _: {}, flow_states)
    w.client.policy()


@case('policy-add: the stage is as before, and takes the same message again')
def add_rules():
    needs_injection()
    w.client.policy()
    rules = [cm.rule(dst=f'10.4.{i}.0/24', index=i) for i in range(10)]
    for nth in range(1, MOST):
        number = w.client.stage()
        attrs = {'stage': number, 'rule': rules, 'binding': [w.bind()],
                 'entry': {'map': 'MAP', 'family': 2, 'seq': 1, 'kind': 'manual'}}
        if not attempt(message_of('policy-add', attrs), nth):
            kit.diag(f'policy-add: {nth - 1} allocations')
            check('some allocation failed', nth > 1)
            w.client.abort()
            return
        # Refused whole, or taken whole with only the answer lost.
        try:
            w.client.do('policy-add', attrs)
        except cm.Refused as why:
            check(f'{why}', why.name == 'EEXIST')
        check(f'allocation {nth}', w.client.commit()['flows-added'] in (10,))
        w.client.policy()
    kit.fail('no end')


@case('sa-del, sa-flush, sa-update')
def change():
    def prepare():
        w.out(w.fresh())

    name = {'direction': 'out', 'spi': 0x1000, 'proto': 50, 'dst': PEER}
    through(prepare, 'sa-del', lambda _: name, sa_states)
    through(prepare, 'sa-flush', lambda _: {}, sa_states)
    through(prepare, 'sa-update', lambda _: {**name, 'owner': b'x', 'hard-seconds': 9},
            sa_states)


@case('dumps and statistics')
def show():
    def prepare():
        w.out(w.fresh())

    dump = cm.ynl.Netlink.NLM_F_DUMP
    for op, flags in (('sa-get', dump), ('flow-get', dump), ('stats-get', 0),
                      ('stats-clear', 0)):
        through(prepare, op, lambda _: {}, sa_states, flags)


@case('events whose memory fails are told as lost')
def events():
    needs_injection()
    with w.events() as listener:
        for nth in range(1, 40):
            w.out(w.fresh())
            name = {'direction': 'out', 'spi': 0x1000, 'proto': 50, 'dst': PEER}
            if not attempt(message_of('sa-del', name), nth):
                break
            if sa_states():
                continue
            # The SA has gone: its event has come, or that one was lost.
            try:
                kit.wait('event', lambda: listener.of('sa-del', spi=0x1000), 2)
            except OSError as why:
                check(f'{why}', why.errno == 105)
            listener.seen.clear()


kit.main(setup)
