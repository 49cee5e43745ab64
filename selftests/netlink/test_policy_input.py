#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Bad input of the policy commands: one case for each attribute and way of
being wrong.  Every refusal has an errno, a text and a place, and changes
nothing: neither the stage nor the policy in force.
"""

import bench
import cm
import ktap
from bench import AF_INET, AF_INET6, binding, entry, rule

RANGE = 'ERANGE|EINVAL'


def try_add(**attrs):
    """Refused within a stage that is good otherwise and stays so."""
    client = bench.client
    client.stage()
    try:
        client.add(entry(), [rule()], [binding()])
        why = client.refused('policy-add', {'stage': client.stage_id, **attrs})
        client.commit()
    except cm.Refused:
        client.abort()
        raise
    flows = client.flows()
    ktap.equal('flows after the refusal', len(flows), 1)
    return why


def wrong_entry(place, errnos, text, attrs):
    bench.refusal(try_add(entry=attrs), errnos, place, text)


def wrong_rule(place, errnos, text, attrs):
    bench.refusal(try_add(entry=entry(seq=20), rule=[attrs]), errnos, place, text)


def wrong_binding(place, errnos, text, attrs):
    bench.refusal(try_add(binding=[attrs]), errnos, place, text)


ENTRIES = [
    ('map missing', 'entry.map', 'EINVAL', 'map', entry(map=None)),
    ('map empty', 'entry.map', 'EINVAL', 'empty', entry(map='')),
    ('map of 64 bytes', 'entry.map', RANGE, '', entry(map='m' * 64)),
    ('family missing', 'entry.family', 'EINVAL', 'family', entry(family=None)),
    ('family unknown', 'entry.family', 'EAFNOSUPPORT', 'family', entry(family=17)),
    ('family 0', 'entry.family', 'EAFNOSUPPORT', 'family', entry(family=0)),
    ('seq missing', 'entry.seq', 'EINVAL', 'sequence', entry(seq=None)),
    ('seq 0', 'entry.seq', RANGE, '', entry(seq=0)),
    ('seq 65536', 'entry.seq', RANGE, '', entry(seq=65536)),
    ('kind missing', 'entry.kind', 'EINVAL', 'kind', entry(seq=20, kind=None)),
    ('kind unknown', 'entry.kind', RANGE, '', entry(kind=3)),
    ('hold-limit 1025', 'entry.hold-limit', RANGE, '', entry(hold_limit=1025)),
    ('peer of 5 bytes', 'entry.peer', 'EINVAL', 'bytes', entry(seq=20, peer=[b'12345'])),
    ('peer empty', 'entry.peer', 'EINVAL', 'bytes', entry(seq=20, peer=[b''])),
    ('17 peers', 'entry.peer', 'E2BIG', '16 peers',
     entry(seq=20, peer=[f'192.0.2.{i}' for i in range(17)])),
    ('another kind than before', 'entry.kind', 'EEXIST', 'another value', entry(kind='manual')),
    ('other peers than before', 'entry.peer', 'EEXIST', 'another value',
     entry(peer=['192.0.2.9'])),
    ('another hold-limit than before', 'entry.hold-limit', 'EEXIST', 'another value',
     entry(hold_limit=7)),
]

RULES = [
    ('index missing', 'rule.index', 'EINVAL', 'index', rule(index=None)),
    ('action missing', 'rule.action', 'EINVAL', 'action', rule(action=None)),
    ('action unknown', 'rule.action', RANGE, '', rule(action=2)),
    ('src of 3 bytes', 'rule.src', 'EINVAL', 'bytes', rule(src=b'123')),
    ('src empty', 'rule.src', 'EINVAL', 'bytes', rule(src=b'')),
    ('src of the other family', 'rule.src', 'EINVAL', 'family', rule(src='2001:db8::')),
    ('src-mask of 16 bytes', 'rule.src-mask', 'EINVAL', 'family', rule(src_mask='ffff::')),
    ('src-mask of 5 bytes', 'rule.src-mask', 'EINVAL', 'bytes', rule(src_mask=b'12345')),
    ('src-mask without src', 'rule.src-mask', 'EINVAL', 'without address', rule(src=None)),
    ('dst of 17 bytes', 'rule.dst', 'EINVAL', 'bytes', rule(dst=bytes(17))),
    ('dst of the other family', 'rule.dst', 'EINVAL', 'family', rule(dst='2001:db8::')),
    ('dst-mask of 1 byte', 'rule.dst-mask', 'EINVAL', 'bytes', rule(dst_mask=b'1')),
    ('dst-mask of the other family', 'rule.dst-mask', 'EINVAL', 'family',
     rule(dst_mask='ffff::')),
    ('dst-mask without dst', 'rule.dst-mask', 'EINVAL', 'without address', rule(dst=None)),
    ('source ports upside down', 'rule', 'EINVAL', '[Pp]ort',
     rule(sport_min=2, sport_max=1)),
    ('destination ports upside down', 'rule', 'EINVAL', '[Pp]ort',
     rule(dport_min=81, dport_max=80)),
    ('ports of a protocol without any', 'rule', 'EINVAL', '[Pp]ort', rule(proto=1)),
    ('ports without a protocol', 'rule', 'EINVAL', '[Pp]ort', rule(proto=None)),
]

BINDINGS = [
    ('ifindex missing', 'binding.ifindex', 'EINVAL', 'interface', {'ifindex': None}),
    ('ifindex 0', 'binding.ifindex', RANGE, '', {'ifindex': 0}),
    ('ifindex beyond 31 bits', 'binding.ifindex', 'EINVAL', 'index', {'ifindex': 1 << 31}),
    ('ifname empty', 'binding.ifname', 'EINVAL', 'name', {'ifname': ''}),
    ('ifname of 16 bytes', 'binding.ifname', RANGE, '', {'ifname': 'i' * 16}),
    ('ifname with a slash', 'binding.ifname', 'EINVAL', 'name', {'ifname': 'eth0/1'}),
    ('ifname "."', 'binding.ifname', 'EINVAL', 'name', {'ifname': '.'}),
    ('map missing', 'binding.map', 'EINVAL', 'map', {'map': None}),
    ('map empty', 'binding.map', 'EINVAL', 'empty', {'map': ''}),
    ('map of 64 bytes', 'binding.map', RANGE, '', {'map': 'm' * 64}),
    ('family missing', 'binding.family', 'EINVAL', 'family', {'family': None}),
    ('family unknown', 'binding.family', 'EAFNOSUPPORT', 'family', {'family': 1}),
    ('local of 6 bytes', 'binding.local', 'EINVAL', 'bytes', {'local': b'123456'}),
    ('local of the other family', 'binding.local', 'EINVAL', 'family',
     {'local': '2001:db8::1'}),
    ('df-bit unknown', 'binding.df-bit', RANGE, '', {'df_bit': 3}),
    ('fragmentation unknown', 'binding.fragmentation', RANGE, '', {'fragmentation': 2}),
    ('a second map of the family', 'binding', 'EEXIST', 'has a map', {}),
]

for what, *wanted in ENTRIES:
    ktap.add(f'entry: {what}', wrong_entry, *wanted)
for what, *wanted in RULES:
    ktap.add(f'rule: {what}', wrong_rule, *wanted)
for what, place_, errnos_, text_, change in BINDINGS:
    # The interface has a map of IPv4, so try as IPv6's unless that matters.
    other = {} if not change else {'family': AF_INET6, 'local': None, **change}
    if 'local' in change:
        other['family'] = AF_INET
        other['ifindex'] = 999999
        if change['local'] == '2001:db8::1':
            other['family'] = AF_INET
    ktap.add(f'binding: {what}',
             lambda place=place_, errnos=errnos_, text=text_, more=other:
             wrong_binding(place, errnos, text, binding(**more)))


@ktap.case('rule: an index that is there')
def same_index():
    bench.refusal(try_add(entry=entry(), rule=[rule()]), 'EEXIST', 'rule', 'index')


@ktap.case('rule: an index twice in a message')
def index_twice():
    bench.refusal(try_add(entry=entry(seq=20), rule=[rule(), rule()]), 'EEXIST', 'rule', 'index')


@ktap.case('rule: in a message without entry')
def rule_alone():
    bench.refusal(try_add(rule=[rule(index=7)]), 'EINVAL', 'rule', 'without map entry')


@ktap.case('a message whose last part is bad leaves nothing of it')
def nothing_half():
    client = bench.client
    client.stage()
    client.add(bindings=[binding()])
    why = client.refused('policy-add', {
        'stage': client.stage_id, 'entry': entry(),
        'rule': [rule(index=i) for i in range(50)] + [rule(index=50, dst=b'1')]})
    bench.refusal(why, 'EINVAL', 'rule.dst')
    # Neither the entry nor its rules: all is free to be added.
    client.add(entry(kind='manual'), [rule(index=3)])
    client.commit()
    ktap.equal('rules', [flow['rule']['index'] for flow in client.flows()], [3])


LENGTHS = [
    ('policy', 'policy-stage', 'generation', 3),
    ('policy', 'policy-commit', 'stage', 5),
    ('policy', 'policy-abort', 'stage', 0),
    ('policy', 'policy-add', 'stage', 8),
    ('flow', 'flow-get', 'id', 2),
    ('flow', 'hold-release', 'id', 12),
]


def wrong_length(space, op, name, length):
    payload = cm.attribute(bench.number(space, name), bytes(length))
    bench.refusal(bench.refused_raw(op, payload), RANGE, name)


for args in LENGTHS:
    ktap.add(f'{args[1]}: {args[2]} of {args[3]} bytes', wrong_length, *args)


NESTED_LENGTHS = [
    ('entry', 'family', 4), ('entry', 'seq', 2), ('entry', 'kind', 1), ('entry', 'hold-limit', 8),
    ('rule', 'index', 8), ('rule', 'action', 1), ('rule', 'proto', 4), ('rule', 'sport-min', 4),
    ('rule', 'sport-max', 1), ('rule', 'dport-min', 3), ('rule', 'dport-max', 8),
    ('binding', 'ifindex', 2), ('binding', 'family', 1), ('binding', 'df-bit', 3),
    ('binding', 'fragmentation', 8),
]


def wrong_nested_length(space, name, length):
    """Attributes are checked before the stage is looked for."""
    payload = cm.nest(bench.number('policy', space),
                      cm.attribute(bench.number(space, name), bytes(length)))
    bench.refusal(bench.refused_raw('policy-add', payload), RANGE, f'{space}.{name}')


for args in NESTED_LENGTHS:
    ktap.add(f'policy-add: {args[0]}.{args[1]} of {args[2]} bytes', wrong_nested_length, *args)


@ktap.case('map name without its end')
def unterminated():
    payload = cm.nest(bench.number('policy', 'entry'),
                      cm.attribute(bench.number('entry', 'map'), b'vpn'))
    bench.refusal(bench.refused_raw('policy-add', payload), 'EINVAL|ERANGE', 'entry.map')


@ktap.case('a nest that is not marked as one')
def unmarked():
    payload = cm.attribute(bench.number('policy', 'entry'),
                           cm.attribute(bench.number('entry', 'map'), b'vpn\0'))
    bench.refusal(bench.refused_raw('policy-add', payload), 'EINVAL', 'entry')


@ktap.case('an attribute that is not known')
def unknown():
    why = bench.refused_raw('policy-stage', cm.attribute(200, bytes(4)))
    bench.refusal(why, 'EINVAL', '', 'Unknown|unknown')


@ktap.case('an attribute of another command')
def foreign():
    payload = cm.attribute(bench.number('policy', 'stage'), bytes(4))
    bench.refusal(bench.refused_raw('policy-stage', payload), 'EINVAL', 'stage')


@ktap.case('garbage behind the attributes')
def trailing():
    client = bench.client
    payload = cm.attribute(bench.number('flow', 'id'), (1).to_bytes(4, 'little'))
    why = bench.refused_raw('flow-get', payload + b'\x09\0')
    ktap.equal('errno', why.name, 'EINVAL')
    client.flows()


for command in ('policy-add', 'policy-commit', 'policy-abort'):
    ktap.add(f'{command}: stage missing', lambda op=command: bench.refusal(
        bench.client.refused(op), 'EINVAL', 'stage', 'missing'))
    ktap.add(f'{command}: nothing is staged', lambda op=command: bench.refusal(
        bench.client.refused(op, stage=1), 'ENOENT', '', 'staged'))


def wrong_stage(command):
    client = bench.client
    client.stage()
    try:
        bench.refusal(client.refused(command, stage=client.stage_id + 1), 'ENOENT', '', 'staged')
    finally:
        client.abort()


for command in ('policy-add', 'policy-commit', 'policy-abort'):
    ktap.add(f'{command}: of another stage', wrong_stage, command)


for command in ('flow-get', 'hold-release'):
    ktap.add(f'{command}: id missing', lambda op=command: bench.refusal(
        bench.client.refused(op), 'EINVAL', 'id', 'missing'))
    ktap.add(f'{command}: no such flow', lambda op=command: bench.refusal(
        bench.client.refused(op, id=4000000000), 'ENOENT', 'id', 'no flow'))
for command in ('stats-get', 'stats-clear'):
    ktap.add(f'{command}: no such flow', lambda op=command: bench.refusal(
        bench.client.refused(op, flow=4000000000), 'ENOENT', 'flow', 'no flow'))
    ktap.add(f'{command}: flow of 3 bytes', wrong_length, 'stats', command, 'flow', 3)


if __name__ == '__main__':
    ktap.main(bench.setup, bench.cleanup)
