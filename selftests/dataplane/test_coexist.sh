#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# cpus: 1
#
# Our crypto map and stock xfrm in the same namespace, under strict reverse path
# filters. On top of the standard topology (selftests/lib/net.sh):
#
#	h1 10.1.0.2 === r1 map === r2 xfrm === 10.2.0.2 h2		ours
#	h1 10.3.0.2 === r1 xfrm == r2 xfrm === 10.4.0.2 h2		stock, IPv4
#	h1 fd01::2  === r1 xfrm == r2 xfrm === fd02::2  h2		stock, IPv6

# shellcheck source=selftests/lib/test.sh
. "$(dirname "$0")/../lib/test.sh"

enc=0x31415926535897932384626433832795
auth=0x2718281828459045235360287471352662497757

# stock NS MINE PEER SPI-IN SPI-OUT REQID NET-MINE NET-PEER: one end of a tunnel
stock()
{
	local ns=$1 mine=$2 peer=$3 in=$4 out=$5 reqid=$6 near=$7 far=$8

	xfrm_sa "$ns" "$peer" "$mine" "$in" "$reqid" tunnel enc 'cbc(aes)' $enc auth 'hmac(sha1)' $auth &&
		xfrm_sa "$ns" "$mine" "$peer" "$out" "$reqid" tunnel enc 'cbc(aes)' $enc auth 'hmac(sha1)' $auth &&
		xfrm_policy "$ns" out "$near" "$far" "$mine" "$peer" "$reqid" tunnel &&
		xfrm_policy "$ns" in "$far" "$near" "$peer" "$mine" "$reqid" tunnel &&
		xfrm_policy "$ns" fwd "$far" "$near" "$peer" "$mine" "$reqid" tunnel
}

setup()
{
	local ns

	topology_routers || return
	addr_add h1 lan 10.3.0.2/24 && addr_add r1 lan 10.3.0.1/24 || return
	addr_add h2 lan 10.4.0.2/24 && addr_add r2 lan 10.4.0.1/24 || return
	route_add r1 10.4.0.0/24 192.0.2.2 && route_add r2 10.3.0.0/24 192.0.2.1 || return
	for ns in r1 r2; do
		in_ns $ns sysctl -q net.ipv4.conf.all.rp_filter=1 net.ipv4.conf.wan.rp_filter=1 \
			net.ipv4.conf.lan.rp_filter=1 || return
	done
	stock r2 192.0.2.2 192.0.2.1 1002 2001 1 10.2.0.0/24 10.1.0.0/24 || return
	stock r2 192.0.2.2 192.0.2.1 3002 4001 2 10.4.0.0/24 10.3.0.0/24 || return
	stock r2 2001:db8::2 2001:db8::1 5002 6001 3 fd02::/64 fd01::/64
}

stock_on_r1()
{
	stock r1 192.0.2.1 192.0.2.2 4001 3002 2 10.3.0.0/24 10.4.0.0/24 || return
	stock r1 2001:db8::1 2001:db8::2 6001 5002 3 fd01::/64 fd02::/64
}

stock_off_r1()
{
	ip -n r1 xfrm state flush && ip -n r1 xfrm policy flush
}

ctl()
{
	in_ns r1 ipsecctl -s "$net_dir/r1.sock" "$@"
}

ours_on_r1()
{
	modprobe cryptomap || return
	bg in_ns r1 ipsecd -F -s "$net_dir/r1.sock" -f "$net_dir/r1.startup" 2>"$net_dir/r1.log"
	daemon=$bg_pid
	wait_for 20 test -S "$net_dir/r1.sock" || return
	ctl -f - <<-TEXT
	crypto ipsec transform-set T esp-aes esp-sha-hmac
	ip access-list extended ACL
	 permit ip 10.1.0.0 0.0.0.255 10.2.0.0 0.0.0.255
	crypto map M 10 ipsec-manual
	 set peer 192.0.2.2
	 set transform-set T
	 set session-key inbound esp 2001 cipher ${enc#0x} authenticator ${auth#0x}
	 set session-key outbound esp 1002 cipher ${enc#0x} authenticator ${auth#0x}
	 match address ACL
	interface wan
	 crypto map M
	TEXT
}

encaps()
{
	ctl show crypto ipsec sa | sed -n 's/.*#pkts encaps: \([0-9]*\),.*/\1/p'
}

decaps()
{
	ctl show crypto ipsec sa | sed -n 's/.*#pkts decaps: \([0-9]*\),.*/\1/p'
}

# both COUNT: so many pings each way on all three; each is in its own counter.
both()
{
	local count=$1 out in v4 v6

	out=$(encaps) in=$(decaps)
	v4=$(xfrm_packets r2 192.0.2.2 3002) v6=$(xfrm_packets r2 2001:db8::2 5002)
	ping_ok h1 10.2.0.2 "$count" || return
	ping_ok h1 10.4.0.2 "$count" -I 10.3.0.2 || return
	ping_ok h1 fd02::2 "$count" || return
	check_eq 'our encaps' "$(($(encaps) - out))" "$count" || return
	check_eq 'our decaps' "$(($(decaps) - in))" "$count" || return
	check_eq 'stock IPv4' "$(($(xfrm_packets r2 192.0.2.2 3002) - v4))" "$count" || return
	check_eq 'stock IPv6' "$(($(xfrm_packets r2 2001:db8::2 5002) - v6))" "$count"
}

# What r2 sends in clear is refused by r1, by either kind of policy, and counted.
clear_is_refused()
{
	local noted

	ip -n r2 xfrm policy flush && ip -n r2 xfrm state flush || return
	noted=$(xfrm_counter r1 XfrmInNoStates)$(xfrm_counter r1 XfrmInTmplMismatch)
	ping_lost h2 10.1.0.2 3 || return
	ctl show crypto drops | grep -Eq 'not-ipsec +3|3 +not-ipsec' ||
		fail "not counted: $(ctl show crypto drops)" || return
	ping_lost h2 fd01::2 3 || return
	[ "$(xfrm_counter r1 XfrmInNoStates)$(xfrm_counter r1 XfrmInTmplMismatch)" != "$noted" ] ||
		fail 'stock xfrm did not count it'
}

tcp_both()
{
	tcp_transfer h1 h2 10.2.0.2 500000 5001 &&
		tcp_transfer h2 h1 fd01::2 500000 5002
}

reload_ours()
{
	bg_stop "$(cat "$net_dir/daemon")"
	rmmod cryptomap || return
	# Stock goes on alone.
	ping_ok h1 10.4.0.2 5 -I 10.3.0.2 && ping_ok h1 fd02::2 5 || return
	ours_on_r1 || return
	stock_off_r1 && stock_on_r1
}

setup || exit 1
ktap_case 'stock xfrm first' stock_on_r1
ours_on_r1 >"$net_dir/config.log" || ktap_fail 'our configuration' "$(cat "$net_dir/config.log")"
echo "$daemon" >"$net_dir/daemon"
ktap_case 'both work side by side, strict rp_filter' both 20
ktap_case 'TCP through both' tcp_both
ktap_case 'stock alone without the module, then ours first' reload_ours
ktap_case 'both work side by side again' both 20
ktap_case 'clear text is refused by both' clear_is_refused
ktap_finish
