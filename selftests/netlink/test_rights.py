#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Who may speak to the data plane: root of the first user namespace alone.
Neither another user, nor root of a user namespace, even in a network
namespace that is his own.  Events of the machine's namespaces are not heard
by them either (those of a network namespace of his own are his business)."""

import ctypes
import errno
import os
import socket
import sys

import bench
import cm
import ktap

CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000
LIBC = ctypes.CDLL(None, use_errno=True)
OPERATIONS = ['policy-stage', 'policy-add', 'policy-commit', 'policy-abort', 'flow-get',
              'hold-release', 'spi-reserve', 'sa-add', 'sa-update', 'sa-del', 'sa-get',
              'sa-flush', 'stats-get', 'stats-clear']
DUMPS = ['flow-get', 'sa-get']


def in_child(become, act):
    """Runs act() in a child after become(); what it prints."""
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        try:
            os.close(reader)
            become()
            said = act()
        except BaseException as why:  # pylint: disable=broad-except
            said = f'{type(why).__name__}: {why}'
        os.write(writer, str(said).encode())
        os._exit(0)  # pylint: disable=protected-access
    os.close(writer)
    with os.fdopen(reader) as pipe:
        said = pipe.read()
    os.waitpid(child, 0)
    return said


def nobody():
    os.setgroups([])
    os.setresgid(65534, 65534, 65534)
    os.setresuid(65534, 65534, 65534)


def userns_root(more=0):
    """Root, with all capabilities, of a user namespace."""
    def become():
        # The maps of the child's namespace are written from outside.
        to_parent, to_child = os.pipe(), os.pipe()
        mapper = os.fork()
        if not mapper:
            os.read(to_parent[0], 1)
            for name in ('uid_map', 'gid_map'):
                with open(f'/proc/{os.getppid()}/{name}', 'w', encoding='ascii') as file:
                    file.write('0 0 65536\n')
            os.write(to_child[1], b'x')
            os._exit(0)  # pylint: disable=protected-access
        if LIBC.unshare(CLONE_NEWUSER | more):
            raise OSError(ctypes.get_errno(), 'unshare')
        os.write(to_parent[1], b'x')
        os.read(to_child[0], 1)
        os.waitpid(mapper, 0)
        with open('/proc/self/status', encoding='ascii') as file:
            caps = [line for line in file if line.startswith('CapEff')][0]
        # CAP_NET_ADMIN is bit 12.
        if not int(caps.split()[1], 16) & 1 << 12:
            raise OSError('no CAP_NET_ADMIN in the user namespace')
    return become


def try_operation(op, flags=0):
    def act():
        with cm.Client() as client:
            try:
                client.request(op, b'', flags)
            except cm.Refused as why:
                return why.name
            return 'done'
    return act


def try_events():
    """Joins the group of the events."""
    with cm.Client() as client:
        group = client.family.nlproto.genl_family['mcast']['events']
        client.sock.bind((0, 0))
        try:
            client.sock.setsockopt(270, 1, group)
        except OSError as why:
            return errno.errorcode[why.errno]
        return 'joined'


WHO = [('nobody', nobody, 'EPERM'), ('root of a user namespace', userns_root(), 'EPERM'),
       ('root of a user namespace with its own network', userns_root(CLONE_NEWNET), 'joined')]


def refused(become, op, flags=0):
    ktap.equal('answer', in_child(become, try_operation(op, flags)), 'EPERM')


for who, how, hears in WHO:
    for command in OPERATIONS:
        ktap.add(f'{who}: {command}', refused, how, command)
    for command in DUMPS:
        ktap.add(f'{who}: dump of {command}', refused, how, command,
                 cm.ynl.Netlink.NLM_F_DUMP)
    ktap.add(f'{who}: events', lambda become=how, wanted=hears: ktap.equal(
        'answer', in_child(become, try_events), wanted))


@ktap.case('root himself may, in the same way')
def root():
    ktap.equal('stats-get', in_child(lambda: None, try_operation('stats-get')), 'done')
    ktap.equal('events', in_child(lambda: None, try_events), 'joined')


@ktap.case('a socket that root opened does not lend its rights')
def lent():
    # As netlink has it: the sender's rights count, beside the opener's.
    with cm.Client() as client:
        def act():
            try:
                client.request('stats-get', b'')
            except cm.Refused as why:
                return why.name
            return 'done'
        ktap.equal('answer', in_child(nobody, act), 'EPERM')


@ktap.case('nothing came of all that')
def untouched():
    ktap.equal('flows', len(bench.client.flows()), 1)
    ktap.equal('SAs', bench.client.sas(), [])
    bench.client.stage()
    bench.client.abort()


def setup():
    bench.setup()
    bench.put_policy()
    # The library must be readable before rights are given up.
    ktap.check(socket.AF_NETLINK and sys.modules['lib.ynl'], 'library')


if __name__ == '__main__':
    ktap.main(setup, bench.cleanup)
