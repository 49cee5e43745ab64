# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# ipsecd in namespaces, for the tests of this directory; after lib/test.sh.

# shellcheck disable=SC2154 # net_dir, bg_pid, set by lib/net.sh

# daemon_start NAME [ARG...]: in namespace NAME; returns when it is ready.
daemon_start()
{
	local name=$1

	shift
	bg in_ns "$name" ipsecd -F -s "$net_dir/$name.sock" -f "$net_dir/$name.startup" "$@" \
		2>>"$net_dir/$name.log"
	echo "$bg_pid" >"$net_dir/$name.pid"
	wait_for 30 ctl "$name" show version >/dev/null || {
		cat "$net_dir/$name.log"
		return 1
	}
}

# daemon_stop NAME [SIGNAL]
daemon_stop()
{
	local pid

	pid=$(cat "$net_dir/$1.pid")
	kill -"${2:-TERM}" "$pid" 2>/dev/null || true
	# Not always our child: cases run in subshells.
	wait_for 20 gone "$pid"
}

gone()
{
	! kill -0 "$1" 2>/dev/null || grep -q '^State:.*zombie' "/proc/$1/status" 2>/dev/null
}

# ctl NAME ARG...: ipsecctl for the daemon of NAME.  Not in its namespace: the socket
# is a file, and going there is one more program to start.
ctl()
{
	local name=$1

	shift
	ipsecctl -s "$net_dir/$name.sock" "$@"
}

# configure NAME <CONFIG: every line must be done or ignored
configure()
{
	ctl "$1" -f - || fail "$1: configuration refused"
}

# json NAME EXPRESSION SHOW...: of the value of a show command, as Python's v
json()
{
	local name=$1 expression=$2

	shift 2
	# -IS: nothing but the standard library, which starts sooner.
	ctl "$name" -j "$@" | /usr/bin/python3 -IS -c "import json, sys
v = json.load(sys.stdin)
print($expression)"
}

# sa_field NAME MAP SEQUENCE in|out FIELD: of the first SA there
sa_field()
{
	local way=inbound-esp

	[ "$4" = out ] && way=outbound-esp
	json "$1" "[f['$way'][0]['$5'] for m in v['crypto-maps'] for f in m['flows']
		if m['crypto-map'] == '$2' and f['sequence'] == $3][0]" show crypto ipsec sa
}

# flow_counter NAME MAP SEQUENCE COUNTER
flow_counter()
{
	json "$1" "[f['counters']['$4'] for m in v['crypto-maps'] for f in m['flows']
		if m['crypto-map'] == '$2' and f['sequence'] == $3][0]" show crypto ipsec sa
}

# tunnel_config LOCAL-OCTET PEER-OCTET: r1 is 1, r2 is 2; two entries, IPv6 too
tunnel_config()
{
	local me=$1 you=$2 key=000102030405060708090a0b0c0d0e0f auth

	auth=${key}10111213
	cat <<-CONFIG
	crypto ipsec transform-set T esp-aes esp-sha-hmac
	crypto map M 10 ipsec-manual
	 set peer 192.0.2.$you
	 set transform-set T
	 set session-key inbound esp ${me}000 cipher $key authenticator $auth
	 set session-key outbound esp ${you}000 cipher $key authenticator $auth
	 match address ALL
	crypto map M 5 ipsec-manual
	 set peer 192.0.2.$you
	 set transform-set T
	 set session-key inbound esp ${me}500 cipher $key authenticator $auth
	 set session-key outbound esp ${you}500 cipher $key authenticator $auth
	 match address TELNET
	crypto map ipv6 M6 10 ipsec-manual
	 set peer 2001:db8::$you
	 set transform-set T
	 set session-key inbound esp ${me}600 cipher $key authenticator $auth
	 set session-key outbound esp ${you}600 cipher $key authenticator $auth
	 match address ALL6
	interface wan
	 ip address 192.0.2.$me 255.255.255.0
	 ipv6 address 2001:db8::$me/64
	 crypto map M
	 ipv6 crypto map M6
	ip route 10.$you.0.0 255.255.255.0 192.0.2.$you
	ip access-list extended ALL
	 permit ip 10.$me.0.0 0.0.0.255 10.$you.0.0 0.0.0.255
	ip access-list extended TELNET
	 permit tcp 10.$me.0.0 0.0.0.255 eq telnet 10.$you.0.0 0.0.0.255
	ipv6 access-list ALL6
	 permit ipv6 fd0$me::/64 fd0$you::/64
	CONFIG
}
