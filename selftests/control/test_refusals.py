#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
# timeout: 900
"""Bad requests: for every command what is missing, and for every attribute the
wrong length, the wrong value and the wrong place, is refused with a text and its
place, and changes nothing. The cases are made from the specification."""

import os
import struct

import yaml

from world import GCM, LOCAL, LOCAL6, PEER, World, cm, entry, kit
from kit import add_case, case, check, check_eq

w = None

# What each command needs; another attribute of these is what is wrong.
NEEDS = {
    'policy-add': ['stage'], 'policy-commit': ['stage'], 'policy-abort': ['stage'],
    'flow-get': ['id'], 'hold-release': ['id'],
    'spi-reserve': ['proto', 'dst'],
    'sa-add': ['direction', 'spi', 'proto', 'src', 'dst', 'flow', 'mode', 'encr-alg'],
    'sa-update': ['direction', 'spi', 'proto', 'dst'],
    'sa-del': ['direction', 'spi', 'proto', 'dst'],
    'sa-get': ['direction', 'spi', 'proto', 'dst'],
}
# Requests that have all that they need.
GOOD = {
    'sa': {'direction': 'out', 'spi': 0x1000, 'proto': 50, 'src': LOCAL, 'dst': PEER, 'flow': 1,
           'mode': 'tunnel', 'encr-alg': 'aes-gcm-16', 'encr-key': GCM['encr_key'],
           'soft-packets': 5},
    'reserve': {'proto': 50, 'dst': LOCAL},
    'stage': {'stage': 1}, 'flow': {'id': 1},
}
SIZES = {'u8': 1, 'u16': 2, 'u32': 4, 'u64': 8}


def setup():
    global w            # pylint: disable=global-statement
    kit.load_module()
    w = World()


def snapshot():
    """All that a request may change."""
    for_sas = [{k: v for k, v in sa.items() if k not in ('age-seconds', 'idle-for-seconds')}
               for sa in w.client.sas()]
    return w.client.flows(), for_sas


def good(op, flow):
    if op.startswith('sa-') and op != 'sa-flush':
        out = dict(GOOD['sa'], flow=flow)
        keep = set(names_of(op))
        if op == 'sa-get':
            keep = set(NEEDS[op])
        return {k: v for k, v in out.items() if k in keep}
    if op == 'spi-reserve':
        return dict(GOOD['reserve'])
    if op in ('flow-get', 'hold-release'):
        return {'id': flow}
    if op in ('policy-add', 'policy-commit', 'policy-abort'):
        return {'stage': w.client.stage_id}
    return {}


def names_of(op):
    return w.client.operation(op)['do']['request']['attributes']


def refuse(what, op, payload, errnos, attr=None, missing=None, text=True):
    """Sends raw attributes; nothing may have changed."""
    before = snapshot()
    try:
        w.client.request(op, payload)
    except cm.Refused as why:
        check(f'{what}: {why}: error', not errnos or why.name in errnos)
        if attr is not None:
            check_eq(f'{what}: attribute', why.attr, attr)
        if missing is not None:
            check_eq(f'{what}: missing', why.missing, missing)
        check(f'{what}: {why}: text', why.text or not text)
    else:
        kit.fail(f'{what}: was not refused')
    check_eq(f'{what}: after', snapshot(), before)


def encode_nested(space, values):
    """Attributes of a nest as bytes; what is bytes already stays."""
    out = b''
    client = w.client
    search = cm.ynl.SpaceAttrs(client.family.attr_sets[space], values)
    for name, value in values.items():
        if isinstance(value, cm_raw):
            out += value.data
        else:
            # pylint: disable=protected-access
            value = cm._encoded(name, value)
            out += client.family._add_attr(space, name, value, search)
    return out


class cm_raw:           # pylint: disable=invalid-name,too-few-public-methods
    """An attribute that is sent as it is."""

    def __init__(self, data):
        self.data = data


def payload_of(op, values):
    return encode_nested(w.client.operation(op).attr_set.name, values)


def of_type(space, name):
    return w.client.family.attr_sets[space][name]


def too_short(spec):
    kind = spec['type']
    number = spec.value
    if kind in SIZES:
        return cm.attribute(number, bytes(SIZES[kind] - 1))
    if kind == 'string':
        return cm.attribute(number, b'')
    if kind == 'nest':
        return cm.attribute(number | cm.ynl.Netlink.NLA_F_NESTED, b'\x01')
    return None


def too_long(spec):
    kind = spec['type']
    if kind in SIZES:
        return cm.attribute(spec.value, bytes(SIZES[kind] + 1))
    if kind == 'string':
        return cm.attribute(spec.value, b'x' * 200)
    return None


# --- what is missing

def missing(op, name):
    w.fresh()
    w.client.stage()
    values = good(op, w.client.flows()[0]['id'])
    del values[name]
    refuse(f'{op} without {name}', op, payload_of(op, values), ('EINVAL',), missing=name)
    w.client.abort()


# --- lengths

def lengths(op, name):
    flow = w.fresh()
    w.client.stage()
    if op in ('sa-update', 'sa-del'):
        w.out(flow)
    space = w.client.operation(op).attr_set.name
    spec = of_type(space, name)
    for what, make in (('short', too_short), ('long', too_long)):
        data = make(spec)
        if data is None:
            continue
        values = good(op, flow)
        values[name] = cm_raw(data)
        # Shorter ones than the policy of a kernel refuses by itself have no
        # text of ours, but a place.
        refuse(f'{op} {name} too {what}', op, payload_of(op, values), ('EINVAL', 'ERANGE'),
               name, text=False)
    w.client.abort()


# --- unknown ones

def unknown(op):
    w.fresh()
    for number in (0, 77, 0x3fff):
        refuse(f'{op} attribute {number}', op, cm.attribute(number, b'\0\0\0\0'), ('EINVAL',),
               text=False)
    top = max(w.client.operation(op).attr_set[name].value for name in names_of(op))
    for name, spec in w.client.operation(op).attr_set.items():
        if name not in names_of(op) and spec.value < top:
            refuse(f'{op} {name}', op, cm.attribute(spec.value, bytes(8)), ('EINVAL',), name,
                   text=False)


def make_cases():
    with open(cm.SPEC, encoding='utf-8') as file:
        spec = yaml.safe_load(file)
    for operation in spec['operations']['list']:
        op = operation['name']
        if 'do' not in operation:
            continue
        for name in NEEDS.get(op, ()):
            add_case(f'{op}: {name} is missing', missing, op, name)
        for name in operation['do']['request']['attributes']:
            add_case(f'{op}: length of {name}', lengths, op, name)
        add_case(f'{op}: attributes that it does not have', unknown, op)


make_cases()


# --- values

def address_bytes(length):
    return bytes(range(1, length + 1))


SA_VALUES = [
    ('direction', 2, 'ERANGE', 'direction'), ('spi', 255, 'EINVAL', 'spi'),
    ('spi', 0, 'EINVAL', 'spi'), ('proto', 51, 'EPROTONOSUPPORT', 'proto'),
    ('proto', 0, 'EPROTONOSUPPORT', 'proto'), ('src', address_bytes(5), 'EINVAL', 'src'),
    ('src', b'', 'EINVAL', 'src'), ('src', address_bytes(16), 'EINVAL', 'src'),
    ('dst', address_bytes(3), 'EINVAL', 'dst'), ('dst', address_bytes(17), 'EINVAL', 'dst'),
    ('dst', bytes(4), 'EADDRNOTAVAIL', 'dst'), ('dst', b'\xff' * 4, 'EADDRNOTAVAIL', 'dst'),
    ('src', b'\xe0\0\0\1', 'EADDRNOTAVAIL', 'src'),
    ('flow', 0, 'ERANGE', 'flow'), ('flow', 0x7fffffff, 'ENOENT', 'flow'),
    ('mode', 2, 'ERANGE', 'mode'), ('encr-alg', 4, 'ERANGE', 'encr-alg'),
    ('encr-alg', 0, 'ENOTSUP', 'encr-alg'), ('encr-key', b'', 'EINVAL', None),
    ('encr-key', bytes(1000), 'EINVAL', None), ('auth-alg', 5, 'ERANGE', 'auth-alg'),
    ('auth-alg', 1, 'EINVAL', None), ('auth-key', bytes(20), 'EINVAL', None),
    ('flags', 2, 'EINVAL', 'flags'), ('flags', 0x80000000, 'EINVAL', 'flags'),
    ('replay-window', 64, 'EINVAL', 'replay-window'),
    ('replay-window', 4097, 'ERANGE', 'replay-window'),
    ('owner', bytes(65), 'EINVAL', 'owner'), ('hard-packets', 4, 'EINVAL', None),
]


@case('sa-add: values')
def sa_values():
    flow = w.fresh()
    for name, value, errno, attr in SA_VALUES:
        values = good('sa-add', flow)
        spec = of_type('sa', name)
        if isinstance(value, int):
            size = {'u8': 'B', 'u16': 'H', 'u32': 'I', 'u64': 'Q'}[spec['type']]
            order = '>' if name == 'spi' else '='
            value = struct.pack(order + size, value)
        values[name] = cm_raw(cm.attribute(spec.value, value))
        refuse(f'{name} {value.hex()[:20]}', 'sa-add', payload_of('sa-add', values), (errno,),
               attr)


@case('sa-update: values')
def update_values():
    w.out(w.fresh())
    for name, value, errno, attr in (('owner', bytes(65), 'EINVAL', 'owner'),
                                     ('dst', bytes(7), 'EINVAL', 'dst'),
                                     ('proto', b'\x33', 'EPROTONOSUPPORT', 'proto'),
                                     ('spi', bytes(4), 'ENOENT', 'spi')):
        values = good('sa-update', None)
        values[name] = cm_raw(cm.attribute(of_type('sa', name).value, value))
        refuse(name, 'sa-update', payload_of('sa-update', values), (errno,), attr)


@case('sa-get, sa-flush: filters')
def filters():
    w.out(w.fresh())
    data = cm.attribute(of_type('sa', 'peer').value, bytes(5))
    refuse('peer', 'sa-flush', data, ('EINVAL',), 'peer')
    refuse('map', 'sa-flush', cm.attribute(of_type('sa', 'map').value, b'no end'), None, 'map',
           text=False)
    for op, name in (('sa-get', 'peer'), ('sa-get', 'map')):
        bad = cm.attribute(of_type('sa', name).value, b'x' * 100)
        try:
            w.client.request(op, bad, cm.ynl.Netlink.NLM_F_DUMP)
        except cm.Refused:
            continue
        kit.fail(f'dump with bad {name} was not refused')


@case('spi-reserve: values')
def reserve_values():
    w.fresh()
    for name, value, errno, attr in (
            ('proto', b'\x33', 'EPROTONOSUPPORT', 'proto'), ('dst', bytes(4), 'EADDRNOTAVAIL',
                                                             'dst'),
            ('dst', bytes(6), 'EINVAL', 'dst'), ('src', cm.packed(LOCAL6), 'EINVAL', 'src'),
            ('spi-low', struct.pack('I', 255), 'ERANGE', 'spi-low'),
            ('spi-high', struct.pack('I', 255), 'ERANGE', 'spi-high'),
            ('hold-seconds', struct.pack('I', 0), 'ERANGE', 'hold-seconds'),
            ('hold-seconds', struct.pack('I', 301), 'ERANGE', 'hold-seconds')):
        values = good('spi-reserve', None)
        values[name] = cm_raw(cm.attribute(of_type('sa', name).value, value))
        refuse(name, 'spi-reserve', payload_of('spi-reserve', values), (errno,), attr)


# --- policy-add's nests

ENTRY = {'map': 'NEW', 'family': 2, 'seq': 1, 'kind': 'manual'}
BINDING = {'ifindex': 1, 'map': 'NEW', 'family': 2}
RULE = {'index': 1, 'action': 'permit', 'dst': bytes([10, 9, 0, 0]),
        'dst-mask': bytes([255, 255, 0, 0])}


def u16(value):
    return struct.pack('H', value)


def u32(value):
    return struct.pack('I', value)


NESTS = [
    # what, nest, attribute, value (None: left out), error, place or what is missing
    ('entry', ENTRY, 'map', None, 'EINVAL', 'map'), ('entry', ENTRY, 'family', None, 'EINVAL',
                                                      'family'),
    ('entry', ENTRY, 'seq', None, 'EINVAL', 'seq'), ('entry', ENTRY, 'kind', None, 'EINVAL',
                                                      'kind'),
    ('entry', ENTRY, 'map', b'\0', 'EINVAL', 'entry.map'),
    ('entry', ENTRY, 'map', b'x' * 64 + b'\0', 'EINVAL', 'entry.map'),
    ('entry', ENTRY, 'map', b'x', 'EINVAL', 'entry.map'),
    ('entry', ENTRY, 'family', u16(1), 'EAFNOSUPPORT', 'entry.family'),
    ('entry', ENTRY, 'seq', u32(0), 'ERANGE', 'entry.seq'),
    ('entry', ENTRY, 'seq', u32(65536), 'ERANGE', 'entry.seq'),
    ('entry', ENTRY, 'kind', u32(2), 'ERANGE', 'entry.kind'),
    ('entry', ENTRY, 'peer', bytes(5), 'EINVAL', 'entry.peer'),
    ('entry', ENTRY, 'hold-limit', u32(1025), 'ERANGE', 'entry.hold-limit'),
    ('binding', BINDING, 'ifindex', None, 'EINVAL', 'ifindex'),
    ('binding', BINDING, 'map', None, 'EINVAL', 'map'),
    ('binding', BINDING, 'family', None, 'EINVAL', 'family'),
    ('binding', BINDING, 'ifindex', u32(0), 'ERANGE', 'binding.ifindex'),
    ('binding', BINDING, 'ifindex', u32(0x80000000), 'EINVAL', 'binding.ifindex'),
    ('binding', BINDING, 'map', b'\0', 'EINVAL', 'binding.map'),
    ('binding', BINDING, 'family', u16(3), 'EAFNOSUPPORT', 'binding.family'),
    ('binding', BINDING, 'local', bytes(16), 'EINVAL', 'binding.local'),
    ('binding', BINDING, 'local', bytes(2), 'EINVAL', 'binding.local'),
    ('binding', BINDING, 'df-bit', u32(3), 'ERANGE', 'binding.df-bit'),
    ('binding', BINDING, 'fragmentation', u32(2), 'ERANGE', 'binding.fragmentation'),
    ('rule', RULE, 'index', None, 'EINVAL', 'index'),
    ('rule', RULE, 'action', None, 'EINVAL', 'action'),
    ('rule', RULE, 'action', u32(2), 'ERANGE', 'rule.action'),
    ('rule', RULE, 'src', bytes(16), 'EINVAL', 'rule.src'),
    ('rule', RULE, 'src-mask', bytes(4), 'EINVAL', 'rule.src-mask'),
    ('rule', RULE, 'dst', bytes(3), 'EINVAL', 'rule.dst'),
    ('rule', RULE, 'dst', bytes([10, 9, 1, 0]), 'EINVAL', 'rule'),
    ('rule', RULE, 'dst-mask', bytes(5), 'EINVAL', 'rule.dst-mask'),
    ('rule', RULE, 'sport-min', u16(7), 'EINVAL', 'rule'),
    ('rule', {**RULE, 'proto': 17, 'sport-max': 6}, 'sport-min', u16(7), 'EINVAL', 'rule'),
    ('rule', {**RULE, 'proto': 17, 'dport-min': 6}, 'dport-max', u16(5), 'EINVAL', 'rule'),
]


def nested(kind, base, name, value, errno, place):
    w.fresh()
    stage = w.client.stage()
    values = dict(base)
    values.pop(name, None)
    if value is not None:
        values[name] = cm_raw(cm.attribute(of_type(kind, name).value, value))
    whole = encode_nested('policy', {'stage': stage})
    if kind == 'rule':
        whole += cm.nest(of_type('policy', 'entry').value, encode_nested('entry', ENTRY))
    whole += cm.nest(of_type('policy', kind).value, encode_nested(kind, values))
    what = f'{kind} {name} {value}'
    if value is None:
        refuse(what, 'policy-add', whole, (errno,), missing=place)
    else:
        refuse(what, 'policy-add', whole, (errno,), place)
    # Nothing of it is in the stage.
    w.client.add(ENTRY, [RULE], [w.bind('NEW')])
    check_eq('commit', w.client.commit()['flows-added'], 1)


for one in NESTS:
    add_case(f'policy-add: {one[0]} with {one[2]} '
             f'{"missing" if one[3] is None else one[3].hex()[:16] or "empty"}', nested, *one)


@case('policy-add: 17 peers, two entries, a rule without entry')
def shapes():
    w.fresh()
    stage = w.client.stage()
    peers = [bytes([10, 0, 0, i]) for i in range(17)]
    why = w.client.refused('policy-add', stage=stage, entry={**ENTRY, 'peer': peers})
    check_eq('peers', (why.name, why.attr), ('E2BIG', 'entry.peer'))
    head = encode_nested('policy', {'stage': stage})
    one = cm.nest(of_type('policy', 'entry').value, encode_nested('entry', ENTRY))
    refuse('two entries', 'policy-add', head + one + one, ('EINVAL',), 'entry')
    why = w.client.refused('policy-add', stage=stage, rule=[RULE])
    check_eq('rule', (why.name, why.attr), ('EINVAL', 'rule'))
    w.client.abort()


# --- who may ask

@case('without CAP_NET_ADMIN nothing is done, and no event is heard')
def unprivileged():
    flow = w.fresh()
    w.out(flow)
    before = snapshot()

    def poor():
        with w.connect() as client, w.connect() as listener:
            os.setgroups([])
            os.setresgid(65534, 65534, 65534)
            os.setresuid(65534, 65534, 65534)
            for op in client.family.ops:
                if not op.endswith('-ntf'):
                    why = client.refused(op)
                    check_eq(op, why.name, 'EPERM')
            for op in ('flow-get', 'sa-get'):
                try:
                    client.dump(op)
                except cm.Refused as why:
                    check_eq(op, why.name, 'EPERM')
                else:
                    kit.fail(f'dump of {op}')
            try:
                listener.family.ntf_subscribe('events')
            except PermissionError:
                return
            kit.fail('events were heard')

    kit.reap(kit.child(poor))
    check_eq('after', snapshot(), before)


@case('a request with keys that is refused comes back without them')
def echo():
    flow = w.fresh()
    key = bytes(range(200, 220))
    with w.connect() as client:
        payload = client.encode('sa-add', {**good('sa-add', flow), 'flow': flow + 1000,
                                           'encr-key': key})
        number = client.operation('sa-add').req_value
        netlink = cm.ynl.Netlink
        message = client.family.nlproto.message(netlink.NLM_F_REQUEST | netlink.NLM_F_ACK,
                                                number, 1, 99) + payload
        message = struct.pack('I', len(message) + 4) + message
        # Without this option the kernel sends the whole request back.
        client.sock.setsockopt(cm.ynl.Netlink.SOL_NETLINK, cm.ynl.Netlink.NETLINK_CAP_ACK, 0)
        client.sock.send(message)
        reply = client.sock.recv(1 << 16)
    check('the request is in the reply', len(reply) > len(message))
    check('the key is not', key[:8] not in reply and key[8:] not in reply)


kit.main(setup)
