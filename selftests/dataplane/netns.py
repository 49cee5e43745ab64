# SPDX-License-Identifier: GPL-2.0
"""Network namespaces that one process works in.

Sockets stay in the namespace that they were opened in, so a test can hold the
sockets of all hosts of its topology and needs neither helper processes nor
time to wait for them.
"""

import contextlib
import ctypes
import fcntl
import os
import socket
import struct
import subprocess
import time

CLONE_NEWNET = 0x40000000
SIOCSIFMTU = 0x8922
LIBC = ctypes.CDLL(None, use_errno=True)

# A bound on a hang, not a measure: emulated debug kernels are slow.
PATIENCE = 10 * int(os.environ.get('TEST_SLOW', 1))


def setns(fd):
    if LIBC.setns(fd, CLONE_NEWNET) < 0:
        raise OSError(ctypes.get_errno(), 'setns')


def wait_for(what, condition, patience=PATIENCE):
    """Polls until condition() is true and returns that value."""
    end = time.monotonic() + patience
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise TimeoutError(f'waited {patience} s in vain for: {what}')
        time.sleep(0.01)


class Netns:
    """A namespace with lo up, forwarding on, strict reverse path filters."""

    def __init__(self, name):
        self.name = name
        subprocess.run(['ip', 'netns', 'add', name], check=True)
        self.fd = os.open(f'/run/netns/{name}', os.O_RDONLY | os.O_CLOEXEC)
        for key, value in (('ipv4/ip_forward', 1),
                           ('ipv6/conf/all/forwarding', 1),
                           ('ipv4/conf/all/rp_filter', 1),
                           ('ipv4/conf/default/rp_filter', 1),
                           # Addresses are usable at once; nobody advertises.
                           ('ipv6/conf/all/accept_dad', 0),
                           ('ipv6/conf/default/accept_dad', 0),
                           ('ipv6/conf/default/router_solicitations', 0),
                           # What a test counts comes from the test.
                           ('ipv4/icmp_ratelimit', 0),
                           ('ipv6/icmp/ratelimit', 0),
                           ('ipv4/conf/all/send_redirects', 0),
                           ('ipv4/conf/default/send_redirects', 0)):
            self.sysctl(key, value)
        self.ip('link set lo up')

    def close(self):
        os.close(self.fd)
        subprocess.run(['ip', 'netns', 'del', self.name], check=False)

    @contextlib.contextmanager
    def entered(self):
        here = os.open('/proc/thread-self/ns/net', os.O_RDONLY | os.O_CLOEXEC)
        try:
            setns(self.fd)
            yield
        finally:
            setns(here)
            os.close(here)

    def run(self, *command, text_in=None, check=True):
        """Runs a command inside and returns its output."""
        with self.entered():
            done = subprocess.run(command, input=text_in, text=True, check=False,
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if check and done.returncode:
            raise RuntimeError(f'{self.name}: {" ".join(command)}: '
                               f'{done.stderr.strip()} {text_in or ""}')
        return done.stdout

    def ip(self, *lines):
        self.run('ip', '-batch', '-', text_in='\n'.join(lines) + '\n')

    def nft(self, rules):
        self.run('nft', '-f', '-', text_in=rules)

    def sysctl(self, key, value=None):
        with self.entered():
            if value is None:
                with open(f'/proc/sys/net/{key}', encoding='ascii') as file:
                    return file.read().strip()
            with open(f'/proc/sys/net/{key}', 'w', encoding='ascii') as file:
                file.write(str(value))
        return None

    def read(self, name):
        """A file of /proc/net."""
        with self.entered():
            with open(f'/proc/thread-self/net/{name}', encoding='ascii') as file:
                return file.read()

    def socket(self, family, kind, proto=0):
        with self.entered():
            sock = socket.socket(family, kind, proto)
        sock.settimeout(PATIENCE)
        return sock

    def snmp(self, name):
        """A counter of netstat or snmp, such as Ip.ReasmOKs or Ip6.FragOKs."""
        group, field = name.split('.')
        if group in ('Ip6', 'Icmp6', 'Udp6'):
            for line in self.read('snmp6').splitlines():
                key, value = line.split()
                if key == group + field:
                    return int(value)
            raise KeyError(name)
        for file in ('snmp', 'netstat'):
            lines = self.read(file).splitlines()
            for names, values in zip(lines[::2], lines[1::2]):
                if names.split(':')[0] == group:
                    return int(dict(zip(names.split(), values.split()))[field])
        raise KeyError(name)

    def device(self, name):
        """Packets received and sent by a device."""
        for line in self.read('dev').splitlines():
            if line.strip().startswith(name + ':'):
                fields = line.split(':')[1].split()
                return int(fields[1]), int(fields[9])
        raise KeyError(name)

    def set_mtu(self, device, mtu):
        with self.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            fcntl.ioctl(sock, SIOCSIFMTU, struct.pack('16si12x', device.encode(), mtu))

    def hardware_address(self, device):
        with self.socket(socket.AF_PACKET, socket.SOCK_RAW) as sock:
            sock.bind((device, 0))
            return sock.getsockname()[4]

    def ifindex(self, device):
        with self.entered():
            return socket.if_nametoindex(device)


def veth(one, device1, two, device2, mtu=1500):
    """A pair of devices, up on both ends."""
    subprocess.run(['ip', '-batch', '-'], text=True, check=True, input=(
        f'link add {device1} netns {one.name} mtu {mtu} type veth'
        f' peer name {device2} netns {two.name} mtu {mtu}\n'))
    one.ip(f'link set {device1} up')
    two.ip(f'link set {device2} up')
