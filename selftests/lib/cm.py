# SPDX-License-Identifier: GPL-2.0
"""Client of the cryptomap netlink family for tests.

Everything comes from Documentation/netlink/specs/cryptomap.yaml by way of the
kernel's YNL library (build/ynl, or the directory that $YNL names); nothing of
the tools' own netlink code is used, so that both cannot share a mistake.

Attributes are named as in the specification; '_' stands for '-' in keyword
arguments.  Addresses may be given as text or packed, keys as bytes or hex.
do() and dump() return what YNL decodes, with packed addresses; the functions
with names of their own return addresses as text.

A client belongs to the network namespace that it was made in.
"""

import ctypes
import errno
import ipaddress
import os
import select
import socket
import struct
import sys
import time

import yaml

TREE = os.path.realpath(os.path.join(os.path.dirname(os.path.realpath(__file__)), '..', '..'))
SPEC = os.path.join(TREE, 'Documentation', 'netlink', 'specs', 'cryptomap.yaml')
FAMILY = 'cryptomap'


_loaded = {}


def _load_once(stream):
    """In an emulated guest the pure Python loader takes seconds, and even the
    other one too long to do it for each client; who gets it only reads it."""
    if stream.name not in _loaded:
        _loaded[stream.name] = yaml.load(
            stream, Loader=getattr(yaml, 'CSafeLoader', yaml.SafeLoader))
    return _loaded[stream.name]


def _import_ynl():
    """YNL's package is called "lib": taken in under that name, then the path
    is put back, so that a test may have a lib of its own."""
    path = os.path.join(os.environ.get('YNL', os.path.join(TREE, 'build', 'ynl')),
                        'tools', 'net', 'ynl')
    if not os.path.isdir(path):
        raise ImportError(f'{path} is missing: run packaging/install-ynl')
    yaml.safe_load = _load_once
    sys.path.insert(0, path)
    try:
        import lib.ynl  # pylint: disable=import-outside-toplevel,import-error
        return sys.modules['lib.ynl']
    finally:
        sys.path.remove(path)


ynl = _import_ynl()

NLM_F_DUMP_INTR = 0x10
SO_RCVBUFFORCE = 33
ADDRESSES = {'src', 'src-mask', 'dst', 'dst-mask', 'local', 'peer'}
KEYS = {'encr-key', 'auth-key', 'owner'}
PROTOCOLS = {'ip': 0, 'icmp': 1, 'tcp': 6, 'udp': 17, 'esp': 50, 'ah': 51, 'icmpv6': 58}


class Refused(Exception):
    """The kernel said no: errno, the text and place of its extended ack."""

    def __init__(self, op, number, text='', attr='', missing=''):
        super().__init__(f'{op}: {errno.errorcode.get(number, number)}: '
                         f'{text or "no text"} [{attr or missing or "no attribute"}]')
        self.op = op
        self.errno = number
        self.text = text
        self.attr = attr
        self.missing = missing

    @property
    def name(self):
        return errno.errorcode.get(self.errno, str(self.errno))


class Timeout(Exception):
    """What was awaited did not come."""


class NotLoaded(Exception):
    """The kernel does not know the family: the module is not there."""


# --- values


def packed(address):
    """Text or bytes to bytes."""
    if isinstance(address, (bytes, bytearray)):
        return bytes(address)
    return ipaddress.ip_address(address).packed


def text(address):
    return str(ipaddress.ip_address(address))


def family(value):
    """4, 6 or an address or prefix to AF_*."""
    if value in (4, socket.AF_INET):
        return int(socket.AF_INET)
    if value in (6, socket.AF_INET6):
        return int(socket.AF_INET6)
    return int(socket.AF_INET6 if ':' in str(value) else socket.AF_INET)


def _encoded(name, value):
    if isinstance(value, (list, tuple)):
        return [_encoded(name, one) for one in value]
    if isinstance(value, dict):
        return {key.replace('_', '-'): _encoded(key.replace('_', '-'), one)
                for key, one in value.items()}
    if name in ADDRESSES and isinstance(value, str):
        return packed(value)
    if name in KEYS and isinstance(value, str):
        return bytes.fromhex(value)
    return value


def shown(value, name=''):
    """A reply for people: addresses as text, binaries as hex, sets sorted."""
    if isinstance(value, dict):
        return {key: shown(one, key) for key, one in value.items()}
    if isinstance(value, list):
        return [shown(one, name) for one in value]
    if isinstance(value, set):
        return sorted(value)
    if isinstance(value, bytes):
        return text(value) if name in ADDRESSES and len(value) in (4, 16) else value.hex()
    return value


def selector(where, network):
    """'10.1.0.0/16', '10.1.0.0 0.0.255.255' (IOS wildcard), an address or
    'any' as attributes."""
    if network in ('any', None, ''):
        return {}
    if ' ' in network:
        base, wildcard = network.split()
        mask = bytes(~byte & 0xff for byte in packed(wildcard))
        return {where: packed(base), where + '-mask': mask}
    net = ipaddress.ip_network(network, strict=False)
    return {where: net.network_address.packed, where + '-mask': net.netmask.packed}


def rule(action='permit', src='any', dst='any', proto=0, sport=None, dport=None, index=None):
    """One access-list entry; a port is a number or a pair."""
    # pylint: disable=too-many-arguments
    out = {'action': action, 'proto': PROTOCOLS.get(proto, proto)}
    if index is not None:
        out['index'] = index
    out.update(selector('src', src))
    out.update(selector('dst', dst))
    for name, ports in (('sport', sport), ('dport', dport)):
        if ports is not None:
            low, high = ports if isinstance(ports, (tuple, list)) else (ports, ports)
            out[name + '-min'], out[name + '-max'] = low, high
    return out


# --- raw attributes, for what YNL would not send


def attribute(kind, payload=b''):
    """One attribute of any type and content."""
    pad = b'\0' * (-len(payload) % 4)
    return struct.pack('HH', len(payload) + 4, kind) + payload + pad


def nest(kind, *inner):
    return attribute(kind | ynl.Netlink.NLA_F_NESTED, b''.join(inner))


class Client:
    """A netlink socket of the family, in the namespace of its maker."""

    def __init__(self, timeout=30):
        # The library keeps the family's number, which changes when the module
        # is loaded anew.
        ynl.genl_family_name_to_id = None
        try:
            self.family = ynl.YnlFamily(SPEC, '')
        except Exception as why:
            if 'not supported by the kernel' in str(why):
                raise NotLoaded(str(why)) from None
            raise
        self.family.process_unknown = True
        self.sock = self.family.sock
        self._buffer(4 << 20)
        self.timeout = timeout
        self.sequence = int(time.monotonic() * 1000) & 0xffffff
        self.interrupted = False
        self.messages = 0
        self.stage_id = None

    def _buffer(self, size):
        try:
            self.sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, size)
        except PermissionError:
            # Who may not do this may not do the rest either, but is to be
            # told so by the family.
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, size)

    def close(self):
        self.sock.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    # --- requests

    def operation(self, op):
        return self.family.ops[op]

    def attr_type(self, space, name):
        """Number of an attribute."""
        return self.family.attr_sets[space][name].value

    def encode(self, op, attrs):
        """The attributes of a request as bytes."""
        space = self.operation(op).attr_set
        values = _encoded('', attrs)
        search = ynl.SpaceAttrs(space, values)
        # pylint: disable=protected-access
        return b''.join(self.family._add_attr(space.name, name, value, search)
                        for name, value in values.items())

    def request(self, op, payload, flags=0):
        """Sends attributes as they are; the decoded messages of the reply."""
        number = self.operation(op).req_value
        self.sequence += 1
        flags |= ynl.Netlink.NLM_F_REQUEST | ynl.Netlink.NLM_F_ACK
        message = self.family.nlproto.message(flags, number, 1, self.sequence) + payload
        message = struct.pack('I', len(message) + 4) + message
        self.sock.send(message)
        return self._receive(op, message)

    def _receive(self, op, message):
        replies = []
        end = time.monotonic() + self.timeout
        self.interrupted = False
        self.messages = 0
        while True:
            if not select.select([self.sock], [], [], max(0, end - time.monotonic()))[0]:
                raise Timeout(f'{op}: no answer in {self.timeout} s')
            self.messages += 1
            for reply in ynl.NlMsgs(self.sock.recv(1 << 20)):
                if reply.nl_seq != self.sequence:
                    continue
                if reply.nl_flags & NLM_F_DUMP_INTR:
                    self.interrupted = True
                if reply.error:
                    raise self._refused(op, message, reply)
                if reply.done:
                    return replies
                replies.append(self._decoded(op, reply))

    def _decoded(self, op, reply):
        operation = self.operation(op)
        decoded = self.family.nlproto.decode(self.family, reply, operation)
        # pylint: disable=protected-access
        return self.family._decode(decoded.raw_attrs, operation.attr_set.name)

    def _refused(self, op, message, reply):
        extack = reply.extack or {}
        space = self.operation(op).attr_set
        attr = missing = ''
        if 'bad-attr-offs' in extack:
            attr = self._path(message, space, extack['bad-attr-offs'])
        if 'miss-type' in extack:
            inner = space
            if 'miss-nest' in extack:
                attr = self._path(message, space, extack['miss-nest'])
                for name in attr.split('.') if attr else ():
                    inner = self.family.attr_sets[inner[name]['nested-attributes']]
            spec = inner.attrs_by_val.get(extack['miss-type'])
            missing = spec.name if spec else str(extack['miss-type'])
        return Refused(op, -reply.error, extack.get('msg', ''), attr, missing)

    def _path(self, message, space, target, start=20, end=None):
        """Name of the attribute at an offset of the request."""
        end = len(message) if end is None else end
        while start + 4 <= end:
            length, kind = struct.unpack_from('HH', message, start)
            spec = space.attrs_by_val.get(kind & ~ynl.Netlink.NLA_TYPE_MASK)
            if target < start or length < 4 or spec is None:
                return ''
            if target == start:
                return spec.name
            following = start + (length + 3 & ~3)
            if target < following:
                if spec['type'] != 'nest':
                    return spec.name
                inner = self._path(message, self.family.attr_sets[spec['nested-attributes']],
                                   target, start + 4, start + length)
                return f'{spec.name}.{inner}' if inner else spec.name
            start = following
        return ''

    def do(self, op, attrs=None, **more):
        """One request; its reply, or {}."""
        replies = self.request(op, self.encode(op, {**(attrs or {}), **more}))
        return replies[0] if replies else {}

    def dump(self, op, attrs=None, **more):
        """A whole dump; read again while the kernel calls it interrupted."""
        payload = self.encode(op, {**(attrs or {}), **more})
        for _ in range(8):
            replies = self.request(op, payload, ynl.Netlink.NLM_F_DUMP)
            if not self.interrupted:
                break
        return replies

    def refused(self, op, attrs=None, **more):
        """The request must be refused; how it was."""
        try:
            self.do(op, attrs, **more)
        except Refused as why:
            return why
        raise AssertionError(f'{op} was not refused: {attrs or ""} {more or ""}')

    # --- policy

    def stage(self, generation=None):
        """Begins a policy; its id, which add() and commit() then use."""
        attrs = {} if generation is None else {'generation': generation}
        self.stage_id = self.do('policy-stage', attrs)['stage']
        return self.stage_id

    def add(self, entry=None, rules=(), bindings=(), stage=None):
        """An entry (map, family, seq, kind, peer...) with rules, or bindings.
        Rules without an index are numbered."""
        attrs = {'stage': self.stage_id if stage is None else stage}
        if entry:
            attrs['entry'] = dict(entry)
        if rules:
            attrs['rule'] = [{'index': i, **one} for i, one in enumerate(rules)]
        if bindings:
            attrs['binding'] = list(bindings)
        return self.do('policy-add', attrs)

    def commit(self, stage=None):
        stage = self.stage_id if stage is None else stage
        self.stage_id = None
        return self.do('policy-commit', {'stage': stage})

    def abort(self, stage=None):
        stage = self.stage_id if stage is None else stage
        self.stage_id = None
        self.do('policy-abort', {'stage': stage})

    def policy(self, entries=(), bindings=(), generation=None):
        """A whole policy: entries are dicts with their "rules"; in force when
        this returns.  The old one stays if anything is refused."""
        self.stage(generation)
        try:
            for one in entries:
                entry = dict(one)
                self.add(entry, entry.pop('rules', ()))
            if bindings:
                self.add(bindings=bindings)
            return self.commit()
        except Refused:
            if self.stage_id is not None:
                self.abort()
            raise

    # --- flows, SAs, counters

    def flows(self, **filters):
        return shown(self.dump('flow-get', filters))

    def flow(self, ident):
        return shown(self.do('flow-get', {'id': ident}))

    def hold_release(self, flow):
        self.do('hold-release', {'id': flow})

    def spi_reserve(self, dst, **more):
        return self.do('spi-reserve', {'proto': 50, 'dst': dst, **more})['spi']

    def sa_add(self, direction, spi, src, dst, flow, **more):
        """Installs an SA; its connection id.  The mode is tunnel if not said."""
        attrs = {'direction': direction, 'spi': spi, 'proto': 50, 'src': src, 'dst': dst,
                 'flow': flow, 'mode': 'tunnel'}
        attrs.update({name.replace('_', '-'): value for name, value in more.items()})
        return self.do('sa-add', attrs)['conn-id']

    @staticmethod
    def sa_id(direction, spi, dst):
        return {'direction': direction, 'spi': spi, 'proto': 50, 'dst': dst}

    def sa(self, direction, spi, dst):
        return shown(self.do('sa-get', self.sa_id(direction, spi, dst)))

    def sas(self, **filters):
        return shown(self.dump('sa-get', filters))

    def sa_update(self, direction, spi, dst, **more):
        self.do('sa-update', self.sa_id(direction, spi, dst), **more)

    def sa_del(self, direction, spi, dst):
        self.do('sa-del', self.sa_id(direction, spi, dst))

    def sa_flush(self, **filters):
        return self.do('sa-flush', filters).get('count', 0)

    def stats(self, flow=None):
        """Counters; "drop" is turned into {reason: count}."""
        out = self.do('stats-get', {} if flow is None else {'flow': flow})
        out['drop'] = {one['reason']: one['count'] for one in out.get('drop', ())}
        return out

    def stats_clear(self, flow=None):
        self.do('stats-clear', {} if flow is None else {'flow': flow})

    def events(self):
        """Events of this client's namespace must be opened by their own
        client: call it in that namespace."""
        return Events()


class Events:
    """All events of the namespace from now on, as (name, attributes)."""

    def __init__(self):
        self.client = Client()
        self.client.family.ntf_subscribe('events')
        self.client.sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 16 << 20)
        self.seen = []

    def close(self):
        self.client.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def poll(self):
        """Takes in what has come; all that was seen since the last forget()."""
        handler = self.client.family
        handler.check_ntf()
        for message in handler.async_msg_queue:
            self.seen.append((message['name'].removesuffix('-ntf'), shown(message['msg'])))
        handler.async_msg_queue.clear()
        return self.seen

    def of(self, name, **wanted):
        wanted = {key.replace('_', '-'): value for key, value in wanted.items()}
        return [event for kind, event in self.poll() if kind == name and
                all(event.get(key) == value for key, value in wanted.items())]

    def wait(self, name, timeout=None, **wanted):
        """The first event of the name with these attributes."""
        if timeout is None:
            timeout = 10 * int(os.environ.get('TEST_SLOW', '1'))
        end = time.monotonic() + timeout
        while True:
            found = self.of(name, **wanted)
            if found:
                return found[0]
            left = end - time.monotonic()
            if left <= 0:
                raise Timeout(f'no event {name} {wanted or ""} in {timeout} s; '
                              f'there were {self.seen}')
            select.select([self.client.sock], [], [], left)

    def forget(self):
        self.poll()
        self.seen.clear()


# --- namespaces


def enter(name):
    """Puts this thread into a named network namespace ("ip netns")."""
    with open(f'/run/netns/{name}', 'rb') as file:
        if ctypes.CDLL(None, use_errno=True).setns(file.fileno(), 0x40000000):
            raise OSError(ctypes.get_errno(), f'setns {name}')
