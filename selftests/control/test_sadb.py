#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
# timeout: 900
"""SAs: what becomes of a flow and its counters as they come and go; reserved SPIs;
what ends with them."""

from world import GCM, LOCAL, LOCAL6, PEER, PEER6, World, cm, entry, gone, kit
from kit import case, check, check_eq

w = None


def setup():
    global w            # pylint: disable=global-statement
    kit.load_module()
    w = World()


def refused(function, *args, **more):
    try:
        function(*args, **more)
    except cm.Refused as why:
        check(f'{why} has a text', why.text)
        return why
    raise kit.Failure(f'{function.__name__} {args} {more} was not refused')


def states(**filters):
    return {(sa['direction'], sa['spi']): sa['state'] for sa in w.client.sas(**filters)}


@case('four inbound SAs of a flow, not five')
def four():
    flow = w.fresh()
    for spi in range(0x2000, 0x2004):
        w.into(flow, spi)
    why = refused(w.into, flow, 0x2004)
    check_eq('fifth', (why.name, why.attr), ('ENOSPC', 'flow'))
    w.client.sa_del('in', 0x2001, LOCAL)
    w.into(flow, 0x2004)


@case('a new outbound SA takes the flow, the old one is dying until deleted')
def takeover():
    flow = w.fresh()
    w.out(flow, 0x1000)
    w.send(3)
    w.out(flow, 0x1001)
    w.send(4)
    check_eq('states', states(), {('out', 0x1000): 'dying', ('out', 0x1001): 'mature'})
    check_eq('packets', (w.get_out(0x1000)['packets'], w.get_out(0x1001)['packets']), (3, 4))
    check_eq('bytes', w.get_out(0x1001)['bytes'], 400)
    check_eq('sequence', w.get_out(0x1001)['sequence'], 4)
    w.client.sa_del('out', 0x1000, PEER)
    check_eq('flow keeps count', w.client.flow(flow)['encaps'], 7)
    w.client.sa_del('out', 0x1001, PEER)
    check_eq('flow keeps count', w.client.flow(flow)['encaps'], 7)
    check_eq('no SA', w.client.flow(flow)['path-mtu'], 0)


@case('when the newest outbound SA goes, the one before it carries the flow again')
def fallback():
    flow = w.fresh()
    for spi in (0x1000, 0x1001, 0x1002):
        w.out(flow, spi)
    w.client.sa_del('out', 0x1002, PEER)
    w.send(5)
    check_eq('states', states(), {('out', 0x1000): 'dying', ('out', 0x1001): 'mature'})
    check_eq('packets', (w.get_out(0x1000)['packets'], w.get_out(0x1001)['packets']), (0, 5))
    # One that goes before its turn changes nothing.
    w.client.sa_del('out', 0x1000, PEER)
    w.send(2)
    check_eq('packets', w.get_out(0x1001)['packets'], 7)
    w.client.sa_del('out', 0x1001, PEER)
    check_eq('no SA', w.client.flow(flow)['path-mtu'], 0)


@case('flush by flow, map, interface, peer and all')
def flush():
    def fill():
        w.fresh(entry(seq=10), entry('MAP', 20, [cm.rule(dst='10.3.0.0/16')]),
                entry('OTHER', 10), bindings=[w.bind(), w.bind('OTHER', ifindex=1)])
        flows = {(f['map'], f['seq']): f['id'] for f in w.client.flows()}
        for number, flow in enumerate(flows.values()):
            w.out(flow, 0x1000 + number)
            w.into(flow, 0x2000 + number)
        w.client.sa_add('out', 0x3000, LOCAL6, PEER6, flows['MAP', 10], **GCM)
        return flows
    for select, count in ((lambda f: {'flow': f['MAP', 20]}, 2), (lambda f: {'map': 'MAP'}, 5),
                          (lambda f: {'ifindex': 1}, 2), (lambda f: {'peer': PEER}, 6),
                          (lambda f: {'peer': PEER6}, 1), (lambda f: {}, 7),
                          (lambda f: {'map': 'OTHER', 'ifindex': w.ifindex}, 0)):
        filters = select(fill())
        chosen = w.client.sas(**filters)
        check_eq(f'dump {filters}', len(chosen), count)
        with w.events() as events:
            check_eq(f'flush {filters}', w.client.sa_flush(**filters), count)
            kit.wait('events', lambda n=count: len(events.of('sa-del', reason='flush')) == n)
        check_eq(f'left {filters}', len(w.client.sas()), 7 - count)


@case('update changes what it names and nothing else')
def update():
    flow = w.fresh()
    w.out(flow, soft_seconds=100, hard_seconds=200, owner=b'a')
    w.client.sa_update('out', 0x1000, PEER, hard_seconds=300, owner=b'bc')
    got = w.get_out()
    check_eq('after', (got['soft-seconds'], got['hard-seconds'], got['owner']),
             (100, 300, b'bc'.hex()))
    why = refused(w.client.sa_update, 'out', 0x1000, PEER, soft_seconds=301)
    check_eq('soft above hard', why.name, 'EINVAL')
    w.client.sa_update('out', 0x1000, PEER, soft_seconds=0, owner=b'')
    check_eq('none', w.get_out()['soft-seconds'], 0)
    check('no owner', 'owner' not in w.get_out())
    check_eq('not there', refused(w.client.sa_update, 'out', 0x1001, PEER).name, 'ENOENT')


@case('a reserved SPI is free for its SA only, and not found by packets')
def reserve():
    flow = w.fresh()
    spi = w.client.spi_reserve(LOCAL, **{'spi-low': 5000, 'spi-high': 5000})
    check_eq('the only one', spi, 5000)
    why = refused(w.client.spi_reserve, LOCAL, **{'spi-low': 5000, 'spi-high': 5000})
    check_eq('no other', why.name, 'ENOSPC')
    check_eq('shown', w.client.sa('in', spi, LOCAL)['state'], 'larval')
    check_eq('not counted', (w.client.stats()['sas'], w.client.sas()), (0, []))
    check_eq('cannot change', refused(w.client.sa_update, 'in', spi, LOCAL).name, 'EBUSY')
    w.receive_esp(spi)
    kit.settle('early', 1, lambda: w.client.stats()['drop']['larval-spi'])
    w.into(flow, spi)
    check_eq('mature', w.client.sa('in', spi, LOCAL)['state'], 'mature')
    w.receive_esp(spi)
    kit.settle('known', 1, lambda: w.client.stats()['drop']['integrity'])
    check_eq('by the SA', w.client.sa('in', spi, LOCAL)['drop'],
             [{'reason': 'integrity', 'count': 1}])
    w.client.sa_del('in', spi, LOCAL)
    check_eq('free again', w.client.spi_reserve(LOCAL, **{'spi-low': 5000, 'spi-high': 5000}),
             spi)
    w.client.sa_del('in', spi, LOCAL)
    why = refused(w.client.spi_reserve, LOCAL, **{'spi-low': 5001, 'spi-high': 5000})
    check_eq('upside down', (why.name, why.attr), ('EINVAL', 'spi-low'))


@case('all of a small range can be reserved, random ones differ, stock SPIs are left alone')
def ranges():
    w.fresh()
    w.ns.run('ip', 'xfrm', 'state', 'add', 'src', PEER, 'dst', LOCAL, 'proto', 'esp', 'spi',
             '0x1388', 'mode', 'tunnel', 'aead', 'rfc4106(gcm(aes))', '0x' + '01' * 20, '128')
    some = [w.client.spi_reserve(LOCAL, **{'spi-low': 4992, 'spi-high': 5007})
            for _ in range(15)]
    check_eq('all', sorted(some), [s for s in range(4992, 5008) if s != 5000])
    check_eq('full', refused(w.client.spi_reserve, LOCAL,
                             **{'spi-low': 4992, 'spi-high': 5007}).name, 'ENOSPC')
    w.ns.run('ip', 'xfrm', 'state', 'flush')
    wide = [w.client.spi_reserve(LOCAL) for _ in range(20)]
    check('spread', len(set(wide)) == 20 and max(wide) - min(wide) > 1 << 24)
    for spi in some + wide:
        w.client.sa_del('in', spi, LOCAL)


@case('counters: of an SA, of its flow, of the namespace; clear; limits still count')
def counters():
    flow = w.fresh()
    w.out(flow, hard_packets=20)
    w.into(flow)
    w.send(5)
    w.receive_esp(0x2000)
    kit.settle('drop', 1, lambda: w.client.stats()['drop']['integrity'])
    for stats in (w.client.stats(), w.client.stats(flow)):
        check_eq('stats', (stats['encaps'], stats['decaps'], stats['drop']['integrity'],
                           stats['sas'], stats['flows'], stats['held']), (5, 0, 1, 2, 1, 0))
    check_eq('errors', w.client.flow(flow)['recv-errors'], 1)
    w.client.stats_clear(flow)
    stats = w.client.stats(flow)
    check_eq('flow cleared', (stats['encaps'], stats['drop']['integrity']), (0, 0))
    check_eq('SA cleared', (w.get_out()['packets'], w.get_out()['bytes']), (0, 0))
    check_eq('the sequence goes on', w.get_out()['sequence'], 5)
    check_eq('namespace keeps', w.client.stats()['encaps'], 5)
    w.send(2)
    check_eq('and counts on', (w.get_out()['packets'], w.client.flow(flow)['encaps'],
                               w.client.stats()['encaps']), (2, 2, 7))
    w.client.stats_clear()
    check_eq('all cleared', (w.get_out()['packets'], w.client.flow(flow)['encaps'],
                             w.client.stats()['encaps']), (0, 0, 0))
    w.send(20)
    kit.wait('limit of 20 packets', lambda: gone(w.client, 'out', 0x1000, PEER))
    # The expired one took 13 of them; the rest waits for another SA.
    check_eq('life goes on', w.client.flow(flow)['encaps'], 13)
    check_eq('unknown flow', refused(w.client.stats, flow + 1).name, 'ENOENT')
    check_eq('unknown flow', refused(w.client.stats_clear, flow + 1).name, 'ENOENT')


@case('sa-get by flow sees its SAs in the order of their numbers')
def by_flow():
    w.fresh(entry(seq=10), entry(seq=20, rules=[cm.rule(dst='10.3.0.0/16')]))
    flows = [f['id'] for f in w.client.flows()]
    wanted = {flow: [] for flow in flows}
    for number in range(8):
        flow = flows[number % 2]
        wanted[flow].append(w.out(flow, 0x1000 + number))
    for flow in flows:
        check_eq('numbers', [sa['conn-id'] for sa in w.client.sas(flow=flow)], wanted[flow])
    check_eq('no such flow', w.client.sas(flow=0x7fffffff), [])


@case('a dump whose reader pauses while all SAs go ends')
def dump_then_flush():
    flow = w.fresh()
    for number in range(500):
        w.out(flow, 0x10000 + number)
    with w.connect() as reader:
        message = reader.encode('sa-get', {})
        reader.sequence += 1
        reader.sock.send(dump_message(reader, message))
        first = reader.sock.recv(1 << 20)
        check_eq('flushed', w.client.sa_flush(), 500)
        rest = b''
        while b'' == rest or not ended(rest):
            rest = reader.sock.recv(1 << 20)
        check('something was shown before', len(first) > 100)


def dump_message(client, payload):
    number = client.operation('sa-get').req_value
    flags = cm.ynl.Netlink.NLM_F_REQUEST | cm.ynl.Netlink.NLM_F_DUMP
    body = client.family.nlproto.message(flags, number, 1, client.sequence) + payload
    return (len(body) + 4).to_bytes(4, 'little') + body


def ended(data):
    return any(message.done for message in cm.ynl.NlMsgs(data))


@case('a namespace ends with SAs, reserved SPIs and a staged policy')
def namespace_end():
    other = World('control-b')
    flow = other.fresh()
    other.out(flow)
    other.into(flow)
    other.client.spi_reserve(LOCAL)
    other.client.stage()
    other.send(3)
    other.delete()
    kit.wait('namespaces are gone', lambda: 'control-b' not in kit.run('ip', 'netns'))


kit.main(setup)
