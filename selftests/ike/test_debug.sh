#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 400
# shellcheck disable=SC2154 # net_dir, bg_pid, set by lib/net.sh
#
# debug crypto and terminal monitor over a tunnel between two of us, and what
# the journal is told.

. "$(dirname "$0")/../lib/test.sh"
# shellcheck source=selftests/cli/daemon.sh
. "$(dirname "$0")/../cli/daemon.sh"

here=$(dirname "$(realpath "$0")")
psk=n0b0dy-reads-this

# router_config LOCAL PEER OWN-NET PEER-NET
router_config()
{
	cat <<-CONF
		crypto isakmp policy 10
		 encryption aes
		 hash sha256
		 authentication pre-share
		 group 19
		crypto isakmp key $psk address $2
		crypto ipsec transform-set TS esp-aes esp-sha256-hmac
		access-list 101 permit ip $3 0.0.0.255 $4 0.0.0.255
		crypto map M 10 ipsec-isakmp
		 set peer $2
		 set transform-set TS
		 match address 101
		interface wan
		 ip address $1 255.255.255.0
		 crypto map M
	CONF
}

# monitor_start FILE LINE...: a session of r1 that says these, and listens
monitor_start()
{
	local file=$1 line args=()

	shift
	for line in "$@" 'terminal monitor'; do
		args+=(-c "$line")
	done
	bg in_ns r1 ipsecctl -s "$net_dir/r1.sock" "${args[@]}" >"$net_dir/$file"
	# Cases run in subshells.
	echo "$bg_pid" >"$net_dir/monitor.pid"
	# It listens when its own line has come to it.
	wait_for 20 monitor_hears "$file"
}

# A message that no IKE SA has: each attempt is told.
monitor_hears()
{
	garbage 1
	grep -q 'not taken' "$net_dir/$1"
}

# garbage N: datagrams of 10 octets to port 500 of r1
garbage()
{
	in_ns r2 /usr/bin/python3 - "$1" <<-'PY'
		import socket, sys, time
		s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
		for i in range(int(sys.argv[1])):
		    s.sendto(b'0123456789', ('192.0.2.1', 500))
		    if i % 50 == 49:
		        time.sleep(0.01)
	PY
}

# has FILE TEXT: a line with it is there, for wait_for
has()
{
	grep -qF -- "$2" "$net_dir/$1"
}

lines_of_a_tunnel()
{
	local text

	monitor_start all 'debug crypto isakmp' 'debug crypto ipsec' 'debug crypto engine'
	ping_ok h1 10.2.0.2 3
	wait_for 20 has all '%CRYPTO-5-SESSION_STATUS: Crypto tunnel is UP. Peer 192.0.2.2:500 Id: 192.0.2.2'
	while read -r text; do
		has all "$text" || fail "missing: $text" || return
	done <<-'TEXT'
		IPSEC(key_engine): got a queue event: a packet 10.1.0.2 to 10.2.0.2, protocol 1, waits for an SA
		ISAKMP:(1001):beginning Main Mode exchange with 192.0.2.2
		ISAKMP:(0):Checking ISAKMP transform 1 against priority 10 policy
		ISAKMP:(1001):Old State = MM_KEY_EXCH  New State = QM_IDLE
		crypto_engine:(1001):create Diffie-Hellman shared secret, group 19: done
		IPSEC(sa_request): , (key eng. msg.) OUTBOUND local= 192.0.2.1, remote= 192.0.2.2
		IPSEC(create_sa): sa created, (sa) sa_dest= 192.0.2.1, sa_proto= 50
	TEXT
	! has all "$psk" || fail 'the pre-shared key is told' || return
	# The daemon's own log has the same.
	grep -qF 'ISAKMP:(1001):beginning Main Mode' "$net_dir/r1.log" || fail 'not in the log'
}

# restart_tunnel: it ends, and the next packet makes it anew
restart_tunnel()
{
	ctl r1 clear crypto session && ping_ok h1 10.2.0.2 3
}

conditions()
{
	ctl r1 debug crypto condition peer ipv4 198.51.100.1
	: >"$net_dir/all"
	restart_tunnel
	wait_for 20 has all 'Crypto tunnel is UP'
	! grep -E 'ISAKMP:|IPSEC\(|crypto_engine' "$net_dir/all" ||
		fail 'lines about a peer that is not asked for' || return
	ctl r1 debug crypto condition peer subnet 192.0.2.0 255.255.255.0
	restart_tunnel
	wait_for 20 has all 'IPSEC(create_sa)'
	ctl r1 debug crypto condition reset
}

undebug()
{
	check_match 'show debugging' "$(ctl r1 show debugging)" 'Crypto ISAKMP debugging is on'
	ctl r1 undebug all
	check_eq 'show debugging' "$(ctl r1 show debugging)" ''
	: >"$net_dir/all"
	restart_tunnel
	wait_for 20 has all 'Crypto tunnel is UP'
	! grep -E 'ISAKMP:\(|IPSEC\(|crypto_engine' "$net_dir/all" || fail 'lines after undebug all'
}

# A session that is stopped loses lines; nobody waits for it.
slow_session()
{
	local monitor_pid

	monitor_pid=$(cat "$net_dir/monitor.pid")
	ctl r1 debug crypto isakmp
	kill -STOP "$monitor_pid"
	garbage 6000
	wait_for 30 ctl_refused_ge 3000
	restart_tunnel
	kill -CONT "$monitor_pid"
	wait_for 30 has all ' lines were lost: '
	ctl r1 undebug all
	check_match 'the session goes on' "$(garbage 1; restart_tunnel >/dev/null;
		wait_for 20 has all 'tunnel is UP'; echo yes)" yes
	kill "$monitor_pid"
}

# ctl_refused_ge N: so many were malformed, which is counted
ctl_refused_ge()
{
	local n

	n=$(json r1 "[r['count'] for r in v['refused'] if r['reason'] == 'malformed'][0]" \
		show crypto isakmp statistics)
	[ "$n" -ge "$1" ]
}

journal_fields()
{
	/usr/bin/python3 - "$net_dir/journal" <<-'PY'
		import json, sys
		entries = [json.loads(line) for line in open(sys.argv[1])]
		up = [e for e in entries if e.get('CRYPTOMAP_MNEMONIC') == 'SESSION_STATUS'
		      and e.get('CRYPTOMAP_SESSION') == 'UP' and e.get('CRYPTOMAP_LOCAL') == '192.0.2.1']
		assert up, 'no SESSION_STATUS'
		wanted = {'PRIORITY': '5', 'SYSLOG_IDENTIFIER': 'ipsecd', 'CRYPTOMAP_FACILITY': 'CRYPTO',
		          'CRYPTOMAP_PEER': '192.0.2.2', 'CRYPTOMAP_PEER_PORT': '500',
		          'CRYPTOMAP_PEER_ID': '192.0.2.2'}
		for name, value in wanted.items():
		    assert up[0].get(name) == value, (name, up[0])
		assert any('ISAKMP:(1001):beginning Main Mode' in e['MESSAGE'] and e['PRIORITY'] == '7'
		           for e in entries), 'debug lines are not there'
		print(len(entries), 'entries')
	PY
}

modprobe cryptomap
topology_routers
bg "$here/journal.py" /run/systemd/journal/socket "$net_dir/journal"
wait_for 20 test -S /run/systemd/journal/socket
daemon_start r1
daemon_start r2
router_config 192.0.2.1 192.0.2.2 10.1.0.0 10.2.0.0 | configure r1
router_config 192.0.2.2 192.0.2.1 10.2.0.0 10.1.0.0 | configure r2
ktap_case 'debug lines of a tunnel on the monitor' lines_of_a_tunnel
ktap_case 'conditions by peer' conditions
ktap_case 'undebug all' undebug
ktap_case 'a session that does not read loses lines' slow_session
ktap_case 'fields in the journal' journal_fields
daemon_stop r1
daemon_stop r2
ktap_finish
