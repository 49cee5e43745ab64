#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""What IKE costs: ipsecd beside strongSwan's charon, on the same machine in one
run; `make bench PART=ike`, in a guest.

    r1 (initiator, 192.0.2.1) ---- r2 (responder, an address for each peer)

Each side is one daemon.  A packet from r1 to the network of a peer begins each
negotiation, main mode with a pre-shared key and quick mode without PFS; the next
one begins when both daemons have come to rest.  Of each daemon are read

    CPU     its run time as the scheduler counts it, user and system, in all
            threads: per negotiation, without start and configuration
    memory  how its resident set grows from configured to all peers connected,
            per peer, right after it: what a daemon gives back later counts

Both daemons have the same proposals, no dead peer detection, their own data
plane of the kernel, and tell of little more than SAs that come up, into a file.
Where charon has an option that saves it work here, it has it: no routes, a hash
table for many SAs, no plugins but those needed, one secret for all peers (ipsecd
has one for each).

In a guest that counts instructions the run time in ns is instructions.
"""

import argparse
import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.realpath(__file__))
SELFTESTS = os.path.dirname(HERE)
sys.path.insert(0, os.path.join(SELFTESTS, 'dataplane'))
# pylint: disable=wrong-import-position
from netns import Netns, wait_for   # noqa: E402

# At most so much of charon's run time; bytes at most (issue: "Must show").
CPU_SHARE = 0.35
MEMORY_MOST = 8192

GROUPS = {'modp2048': 14, 'ecp256': 19}
# A daemon has come to rest when it has not run for so long.
REST_SECONDS = 0.3
# An idle guest that counts instructions skips time, also that of its disk.
PATIENCE = 20000
AT_ONCE = 10


class Lab:
    """The two namespaces, and addresses and networks for so many peers."""

    def __init__(self, peers):
        self.peers = peers
        self.r1, self.r2 = Netns('r1'), Netns('r2')
        for router in (self.r1, self.r2):
            router.sysctl('ipv4/conf/all/rp_filter', 0)
            router.sysctl('ipv4/conf/default/rp_filter', 0)
        self.r1.ip('link add wan mtu 1500 type veth peer name wan netns r2',
                   'addr add 192.0.2.1/24 dev wan',
                   'link set wan up',
                   'addr add 10.1.0.1/32 dev lo')
        self.r2.ip('addr add 192.0.2.2/24 dev wan', 'link set wan up',
                   'route add 10.1.0.0/16 via 192.0.2.1',
                   *[f'link add p{i} type dummy\n'
                     f'addr add {self.address(i)}/32 dev p{i}\n'
                     f'link set p{i} up' for i in range(1, peers + 1)])
        self.r1.ip('route add 198.18.0.0/16 via 192.0.2.2',
                   'route add 10.64.0.0/10 via 192.0.2.2')
        self.r1.run('ping', '-q', '-c', '1', '-W', '5', '192.0.2.2')

    @staticmethod
    def address(peer):
        return f'198.18.{peer >> 8}.{peer & 255}'

    @staticmethod
    def net(peer):
        return f'10.{64 + (peer >> 8)}.{peer & 255}.0'

    def want(self, peer):
        """One packet for the peer's network."""
        with self.r1.socket(2, 2) as sock:
            sock.bind(('10.1.0.1', 0))
            try:
                sock.sendto(b'', (self.net(peer)[:-1] + '1', 9))
            except OSError:
                # The stock kernel says so when there is no SA yet.
                pass

    def close(self):
        self.r1.close()
        self.r2.close()


class Daemon:
    """An IKE daemon in a namespace."""

    # Its log, and what that says of a pair of IPsec SAs that is there.
    LOG, ESTABLISHED = '', b''

    def __init__(self, router, directory, command, env=None):
        self.router, self.directory = router, directory
        with open(f'{directory}/output', 'wb') as log, router.entered():
            # pylint: disable=consider-using-with
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL,
                                            stdout=log, stderr=log,
                                            env=dict(os.environ, **(env or {})))
        self.task = f'/proc/{self.process.pid}/task'

    def runtime(self):
        """In ns, of all its threads."""
        total = 0
        for thread in os.listdir(self.task):
            with open(f'{self.task}/{thread}/schedstat', encoding='ascii') as file:
                total += int(file.read().split()[0])
        return total

    def established(self):
        """How many SAs its log tells of: to ask it would cost it."""
        with open(f'{self.directory}/{self.LOG}', 'rb') as file:
            return file.read().count(self.ESTABLISHED)

    def resident(self):
        """In bytes."""
        with open(f'/proc/{self.process.pid}/status', encoding='ascii') as file:
            for line in file:
                if line.startswith('VmRSS:'):
                    return int(line.split()[1]) * 1024
        raise RuntimeError('no VmRSS')

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(PATIENCE)


class Ours(Daemon):
    """ipsecd."""

    LOG = 'output'
    ESTABLISHED = b'Crypto tunnel is UP'

    def __init__(self, lab, router, directory, group):
        self.socket = f'{directory}/sock'
        with open(f'{directory}/config', 'w', encoding='ascii') as file:
            file.write(self.config(lab, router is lab.r1, group))
        super().__init__(router, directory,
                         ['ipsecd', '-F', '-s', self.socket, '-f', f'{directory}/config'])
        wait_for('ipsecd', lambda: self.ctl('show', 'version'), PATIENCE)

    @staticmethod
    def config(lab, hub, group):
        lines = ['crypto isakmp policy 10', ' encryption aes', ' hash sha256',
                 ' authentication pre-share', f' group {GROUPS[group]}',
                 'crypto ipsec transform-set T esp-aes esp-sha256-hmac']
        for i in range(1, lab.peers + 1):
            ends = ['10.1.0.0 0.0.255.255', f'{lab.net(i)} 0.0.0.255']
            name, seq = ('M', i) if hub else (f'M{i}', 10)
            if hub:
                lines.append(f'crypto isakmp key cisco123 address {lab.address(i)}')
            lines += [f'ip access-list extended A{i}',
                      ' permit ip ' + ' '.join(ends if hub else reversed(ends)),
                      f'crypto map {name} {seq} ipsec-isakmp',
                      f' set peer {lab.address(i) if hub else "192.0.2.1"}',
                      ' set transform-set T', f' match address A{i}']
            if not hub:
                lines += [f'interface p{i}', f' ip address {lab.address(i)} 255.255.255.255',
                          f' crypto map M{i}']
        if not hub:
            lines.append('crypto isakmp key cisco123 address 192.0.2.1')
        else:
            lines += ['interface wan', ' ip address 192.0.2.1 255.255.255.0', ' crypto map M']
        return '\n'.join(lines) + '\n'

    def ctl(self, *command):
        return self.router.run('ipsecctl', '-s', self.socket, *command, check=False)

    def connected(self):
        """How many peers have an IPsec SA."""
        sessions = json.loads(self.ctl('-j', 'show', 'crypto', 'session'))['sessions']
        return sum(any(flow['sas'] for flow in session['flows']) for session in sessions)

    def stop(self):
        super().stop()
        # What the data plane has goes with the module, for both.
        if self.router.name == 'r2':
            subprocess.run(['modprobe', '-r', 'cryptomap'], check=True)
            subprocess.run(['modprobe', 'cryptomap'], check=True)


class Charon(Daemon):
    """strongSwan's, as its packages are, started without systemd."""

    LOG = 'log'
    ESTABLISHED = b'established with SPIs'
    CONFIG = '''
charon-systemd {{
    install_routes = no
    install_virtual_ip = no
    ikesa_table_size = 1024
    ikesa_table_segments = 16
    load = random nonce openssl kernel-netlink socket-default vici
    plugins {{ vici {{ socket = unix://{0}/vici }} }}
    filelog {{ log {{ path = {0}/log\n default = 0\n flush_line = yes }} }}
    journal {{ default = -1 }}
}}
swanctl {{ load = random }}
'''

    def __init__(self, lab, router, directory, group):
        self.env = {'STRONGSWAN_CONF': f'{directory}/strongswan.conf'}
        self.socket = f'{directory}/vici'
        with open(self.env['STRONGSWAN_CONF'], 'w', encoding='ascii') as file:
            file.write(self.CONFIG.format(directory))
        with open(f'{directory}/swanctl.conf', 'w', encoding='ascii') as file:
            file.write(self.config(lab, router is lab.r1, group))
        super().__init__(router, directory, ['charon-systemd'], self.env)
        wait_for('charon', lambda: os.path.exists(self.socket), PATIENCE)
        self.swanctl('--load-all', '--file', f'{directory}/swanctl.conf')

    @staticmethod
    def config(lab, hub, group):
        conns = []
        for i in range(1, lab.peers + 1):
            address, nets = ['192.0.2.1', lab.address(i)], ['10.1.0.0/16', lab.net(i) + '/24']
            here, there = (0, 1) if hub else (1, 0)
            conns.append(f'''
    c{i} {{
        version = 1
        local_addrs = {address[here]}
        remote_addrs = {address[there]}
        proposals = aes128-sha256-{group}
        local {{ auth = psk }}
        remote {{ auth = psk }}
        children {{ n{i} {{
            local_ts = {nets[here]}
            remote_ts = {nets[there]}
            esp_proposals = aes128-sha256
            {'start_action = trap' if hub else ''}
        }} }}
    }}''')
        return ('connections {' + ''.join(conns) +
                '\n}\nsecrets { ike { secret = "cisco123" } }\n')

    def swanctl(self, *command):
        with self.router.entered():
            done = subprocess.run(['swanctl', *command, '--uri', f'unix://{self.socket}'],
                                  env=dict(os.environ, **self.env), text=True, check=False,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if done.returncode:
            raise RuntimeError(f'swanctl {command}: {done.stdout[-2000:]}')
        return done.stdout

    def connected(self):
        lines = self.swanctl('--list-sas').splitlines()
        return sum('INSTALLED' in line for line in lines)

    def stop(self):
        super().stop()
        self.router.ip('xfrm state flush', 'xfrm policy flush')


KINDS = {'ours': Ours, 'charon': Charon}


class Pair:
    """Both ends, of a kind."""

    def __init__(self, lab, kind, group):
        self.lab = lab
        self.ends = []
        for router in (lab.r2, lab.r1):
            directory = f'/tmp/bench/{router.name}'
            subprocess.run(['rm', '-rf', directory], check=True)
            os.makedirs(directory)
            self.ends.insert(0, KINDS[kind](lab, router, directory, group))

    def runtimes(self):
        return [end.runtime() for end in self.ends]

    def connect(self, first, last):
        """Negotiates with these peers; returns the run times after it."""
        for peer in range(first, last + 1):
            self.lab.want(peer)
        try:
            wait_for('SAs', lambda: all(end.established() >= last for end in self.ends), PATIENCE)
        except TimeoutError:
            for end in self.ends:
                print(f'# {end.router.name}: {end.established()} of {last}', file=sys.stderr)
                subprocess.run(['tail', '-n', '20', f'{end.directory}/{end.LOG}'], check=False,
                               stdout=sys.stderr)
            raise
        return self.rest()

    def rest(self):
        """Until none has run for a while; returns their run times then."""
        end, last, quiet = time.monotonic() + PATIENCE, self.runtimes(), 0
        while quiet < REST_SECONDS:
            time.sleep(0.02)
            now = self.runtimes()
            quiet = quiet + 0.02 if now == last else 0
            last = now
            if time.monotonic() > end:
                raise TimeoutError('the daemons do not come to rest')
        return last

    def resident(self):
        return [end.resident() for end in self.ends]

    def check(self, peers):
        for end in self.ends:
            connected = end.connected()
            if connected != peers:
                raise RuntimeError(f'{end.router.name}: {connected} of {peers} peers')

    def stop(self):
        for end in self.ends:
            end.stop()


def cpu(lab, kind, group):
    """Run time per negotiation in ns: initiator, responder."""
    pair = Pair(lab, kind, group)
    before = pair.rest()
    for peer in range(1, lab.peers + 1):
        after = pair.connect(peer, peer)
    pair.check(lab.peers)
    pair.stop()
    return [(b - a) / lab.peers for a, b in zip(before, after)]


def memory(lab, kind):
    """Growth of the resident set per peer in bytes: initiator, responder."""
    pair = Pair(lab, kind, 'ecp256')    # the group makes no difference, but for time
    pair.rest()
    before = pair.resident()
    # A few at a time: no host may begin too many at once.
    for peer in range(1, lab.peers + 1, AT_ONCE):
        pair.connect(peer, min(peer + AT_ONCE - 1, lab.peers))
    after = pair.resident()
    pair.check(lab.peers)
    pair.stop()
    return [(b - a) / lab.peers for a, b in zip(before, after)]


def take_programs():
    """Into memory: a page that comes from outside takes a guest's time."""
    os.makedirs('/tmp/bench/bin')
    for name in ('ipsecd', 'ipsecctl'):
        shutil.copy(shutil.which(name), '/tmp/bench/bin')
    os.environ['PATH'] = '/tmp/bench/bin:' + os.environ['PATH']


def warm_up():
    """Modules are loaded, and what else is done once in the life of a kernel."""
    lab = Lab(1)
    for kind in KINDS:
        for group in GROUPS:
            cpu(lab, kind, group)
    lab.close()


def cpu_table(args, results):
    """Groups and kinds in turns, and the turns in changing order."""
    runs = {(kind, group): [] for group in args.groups for kind in KINDS}
    lab = Lab(args.peers)
    for turn in range(args.rounds):
        order = list(runs)
        for kind, group in reversed(order) if turn % 2 else order:
            runs[kind, group].append(cpu(lab, kind, group))
            print(f'# {kind} {group}: {runs[kind, group][-1]}', file=sys.stderr, flush=True)
    lab.close()
    for group in args.groups:
        for side, name in enumerate(('initiator', 'responder')):
            values = {kind: statistics.median(run[side] for run in runs[kind, group])
                      for kind in KINDS}
            results.append({'what': f'main + quick mode, {group}, {name}',
                            'unit': args.unit, **values, 'bound': CPU_SHARE,
                            'value': values['ours'] / values['charon']})


def memory_table(args, results):
    lab = Lab(args.memory)
    values = {}
    for kind in KINDS:
        values[kind] = memory(lab, kind)
        print(f'# {kind} memory: {values[kind]}', file=sys.stderr, flush=True)
    lab.close()
    for side, name in enumerate(('initiator', 'responder')):
        results.append({'what': f'memory per IKE and IPsec SA, {name}', 'unit': 'bytes',
                        **{kind: values[kind][side] for kind in KINDS},
                        'bound': MEMORY_MOST, 'value': values['ours'][side]})


def show(results):
    print(f'{"":48} {"ours":>12} {"charon":>12} {"share":>6} {"bound":>6}')
    for r in results:
        r['ok'] = r['value'] <= r['bound']
        print(f'{r["what"] + ", " + r["unit"]:48} {r["ours"]:12,.0f} {r["charon"]:12,.0f} '
              f'{r["ours"] / r["charon"]:6.3f} {r["bound"]:6} {"ok" if r["ok"] else "MISSED"}')


def main():
    parser = argparse.ArgumentParser(description='What IKE costs, ours and charon.')
    parser.add_argument('--groups', default='modp2048,ecp256', type=lambda v: v.split(','))
    parser.add_argument('--peers', type=int, default=40, help='negotiations of a run')
    parser.add_argument('--rounds', type=int, default=3, help='runs of each; the median counts')
    parser.add_argument('--memory', type=int, default=1000, help='peers for memory; 0: none')
    parser.add_argument('--unit', default='ns', help='what a ns of run time is')
    parser.add_argument('--json', default=f'{os.environ.get("VM_OUT", ".")}/ike.json',
                        help='file for the results')
    args = parser.parse_args()
    if not os.environ.get('VM_GUEST'):
        sys.exit('runs in the guest only: make bench PART=ike')

    subprocess.run(['bash', '-c', f'selftests={SELFTESTS}; . {SELFTESTS}/lib/peers.sh; '
                    'peers_install strongswan'], check=True)
    subprocess.run(['modprobe', 'cryptomap'], check=True)
    take_programs()
    warm_up()
    results = []
    if args.rounds:
        cpu_table(args, results)
    if args.memory:
        memory_table(args, results)
    show(results)
    with open(args.json, 'w', encoding='ascii') as file:
        json.dump({'kernel': os.uname().release, 'results': results}, file, indent=1)
    return 0 if all(r['ok'] for r in results) else 1


if __name__ == '__main__':
    sys.exit(main())
