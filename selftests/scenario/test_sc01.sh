#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# takes: 70
# shellcheck disable=SC2154 # net_dir, bg_pid, set by lib/net.sh
#
# SC-1: two sites, crypto maps. SC-2: the router of one is replaced by another
# one that has the same configuration, and no SAs.
#
#	rt01 1.1.1.1/29 ---- 1.1.1.4 rt04 2.2.2.4 ---- switch ==== rt02 2.2.2.2/29
#	192.168.1.1/24                                       ==== rt03 2.2.2.2/29
#                                                                  192.168.2.1/24
#
# The cable is in either rt02 or rt03. `ip tcp adjust-mss 1332` of the documents is
# not among what ipsecd takes.

. "$(dirname "$0")/../lib/test.sh"
# shellcheck source=selftests/scenario/routers.sh
. "$(dirname "$0")/routers.sh"

# site ME PEER MY-LAN PEER-LAN
site()
{
	cat <<-CONFIG
	crypto isakmp policy 1
	 encryption aes
	 hash sha
	 authentication pre-share
	 group 2
	crypto isakmp key Password address $2
	crypto isakmp keepalive 30 periodic
	crypto ipsec transform-set IPSEC esp-aes esp-sha-hmac
	 mode tunnel
	crypto map ipsec-setting 1 ipsec-isakmp
	 set peer $2
	 set transform-set IPSEC
	 match address Allow-ipsec
	interface GigabitEthernet8
	 no shutdown
	 ip mtu 1372
	 ip address $1 255.255.255.248
	 crypto map ipsec-setting
	interface Vlan1
	 ip address 192.168.$3.1 255.255.255.0
	ip access-list extended Allow-ipsec
	 10 permit ip 192.168.$3.0 0.0.0.255 192.168.$4.0 0.0.0.255
	ip route 0.0.0.0 0.0.0.0 GigabitEthernet8
	CONFIG
}

topology()
{
	ns_add rt01 rt02 rt03 switch || return
	provider rt04 || return
	cable rt01 ge8 GigabitEthernet8 rt04 left || return
	ip -n switch link add bridge type bridge || return
	ip -n switch link set bridge up || return
	link_add rt04 right switch rt04 || return
	cable rt02 ge8 GigabitEthernet8 switch rt02 || return
	cable rt03 ge8 GigabitEthernet8 switch rt03 || return
	ip -n switch link set rt04 master bridge || return
	ip -n switch link set rt02 master bridge || return
	ip -n switch link set rt03 master bridge || return
	ip -n switch link set rt03 down || return
	provider_port rt04 left 1.1.1.4/29 || return
	provider_port rt04 right 2.2.2.4/29
}

# The port goes down, too: rt04 sees that, and asks anew for the address.
unplug()
{
	ip -n switch link set "$1" down || return
	ip -n switch link set rt04 down
}

plug()
{
	ip -n switch link set "$1" up || return
	ip -n switch link set rt04 up
}

routers_start()
{
	topology || return
	# Vlan1 is on a port that has a tag for it.
	site 1.1.1.1 2.2.2.2 1 2 | router_start rt01 || return
	site 2.2.2.2 1.1.1.1 2 1 | router_start rt02 || return
	site 2.2.2.2 1.1.1.1 2 1 | router_start rt03 || return
	# No part of what is measured: that the way is there at all.
	wait_for 20 answers rt01 2.2.2.2
}

five_of_five()
{
	local said

	capture_start sc1 rt04 left 'not arp'
	check_eq 'ping 192.168.2.1 source 192.168.1.1' "$(echo5 rt01 192.168.1.1 192.168.2.1)" 5/5
	capture_stop sc1
	check_eq 'packets in clear' "$(capture_count sc1 net 192.168.0.0/16)" 0
	check_eq ESP "$(capture_count sc1 esp)" 10
	ctl rt01 show crypto isakmp sa
	check_match 'IKE SA' "$(ctl rt01 show crypto isakmp sa)" \
		'^2\.2\.2\.2 +1\.1\.1\.1 +QM_IDLE +[0-9]+ ACTIVE'
	check_eq 'IPsec SAs' "$(ipsec_sas rt01)" 2
	said=$(ctl rt01 show crypto ipsec sa)
	echo "$said"
	check_match encaps "$said" '#pkts encaps: 5, #pkts encrypt: 5, #pkts digest: 5'
	check_match decaps "$said" '#pkts decaps: 5, #pkts decrypt: 5, #pkts verify: 5'
	check_match mtu "$said" \
		'plaintext mtu 1310, path mtu 1372, ip mtu 1372, ip mtu idb GigabitEthernet8'
	check_match peer "$said" 'current_peer 2\.2\.2\.2 port 500'
	check_eq 'replay detection' "$(grep -c 'replay detection support: Y' <<<"$said")" 2
	check_eq 'tunnel mode' "$(grep -c 'in use settings ={Tunnel, }' <<<"$said")" 2
}

# --- SC-2

# Seconds since 1970 of the first answer in a log of ping -D that came after TIME.
first_answer()
{
	awk -v after="$2" '/ bytes from / && substr($1, 2, 17) + 0 > after {
		print substr($1, 2, 17); exit }' "$1"
}

answered_after()
{
	[ -n "$(first_answer "$1" "$2")" ]
}

# pings DIR: through the tunnel and to the router itself, until they are stopped
pings()
{
	bg in_ns rt01 ping -D -n -i 0.05 -s 72 -I 192.168.1.1 192.168.2.1 >"$1/inside"
	echo "$bg_pid" >"$1/pids"
	bg in_ns rt01 ping -D -n -i 0.05 2.2.2.2 >"$1/outside"
	echo "$bg_pid" >>"$1/pids"
	wait_for 30 answered_after "$1/inside" 0
}

# swap FROM TO [CMD...]: the cable is moved, with CMD between; from the first answer
# of the other router on, traffic has 2 s to be back. All of it is of rt01: the
# other side has nothing to send, and so no reason to begin.
swap()
{
	local from=$1 to=$2 dir cut reached back pid

	shift 2
	dir=$(mktemp -d "$net_dir/swap.XXXXXX")
	pings "$dir" || return
	unplug "$from"
	cut=$(date +%s.%N)
	[ $# -eq 0 ] || "$@" || return
	plug "$to"
	wait_for 60 answered_after "$dir/inside" "$cut" || return
	while read -r pid; do
		bg_stop "$pid" INT
	done <"$dir/pids"
	reached=$(first_answer "$dir/outside" "$cut")
	back=$(first_answer "$dir/inside" "$cut")
	awk -v a="$reached" -v b="$back" 'BEGIN { printf "%d\n", (b - a) * 1000 }' >"$net_dir/took"
	check_le 'ms from reachability to traffic' "$(cat "$net_dir/took")" \
		$((2000 * ${TEST_SLOW:-1}))
}

no_sas()
{
	[ "$(ipsec_sas rt01)" = 0 ]
}

# An emulated machine may stand still for longer than that; not twice.
swap_in_time()
{
	swap "$@" && return
	echo "$(cat "$net_dir/took") ms: once more"
	swap "$2" "$1" "${@:3}"
	swap "$@"
}

# swap_case NAME ARG...: and how long it took
swap_case()
{
	rm -f "$net_dir/took"
	ktap_case "$1" swap_in_time "${@:2}"
	[ ! -e "$net_dir/took" ] || ktap_diag "$(cat "$net_dir/took") ms after rt01 reaches it"
}

# CUT-2: what the operator of the documents does, and sees. A router that has been
# here before may have begun phase 1 anew already: the connection is another one.
clears()
{
	local said

	ctl rt01 clear crypto isakmp
	ctl rt01 clear crypto sa
	said=$(ctl rt01 show crypto ipsec sa)
	check_match counters "$said" '#pkts encaps: 0, #pkts encrypt: 0, #pkts digest: 0'
	check_match proxies "$said" \
		'local  ident \(addr/mask/prot/port\): \(192\.168\.1\.0/255\.255\.255\.0/0/0\)'
	check_match spi "$said" 'current outbound spi: 0x0\(0\)'
	check_eq 'IPsec SAs' "$(ipsec_sas rt01)" 0
	check_no_match 'IKE SA' "$(ctl rt01 show crypto isakmp sa)" "QM_IDLE +$1 ACTIVE"
}

newest_connection()
{
	ctl rt01 show crypto isakmp sa | awk '$3 == "QM_IDLE" { print $4 }' | sort -n | tail -n 1
}

# The documents have 0/5 here, until a plain ping; and another connection id.
swapped_and_cleared()
{
	local before

	wait_for 20 value_ge 1 isakmp_sas rt01
	before=$(newest_connection)
	unplug rt03
	plug rt02
	clears "$before"
	wait_for 20 answers rt01 2.2.2.2
	check_eq 'ping after the clears' "$(echo5 rt01 192.168.1.1 192.168.2.1)" 5/5
	check_match 'IKE SA, begun by either' "$(ctl rt01 show crypto isakmp sa)" \
		'^(2\.2\.2\.2 +1\.1\.1\.1|1\.1\.1\.1 +2\.2\.2\.2) +QM_IDLE +[0-9]+ ACTIVE'
	check_ge 'connection id' "$(newest_connection)" $((before + 1))
}

modprobe cryptomap
ktap_case 'SC-1: the routers come up' routers_start
ktap_case 'SC-1: 5/5, QM_IDLE ACTIVE, one SA pair, plaintext mtu 1310' five_of_five
swap_case 'SC-2: another router at once, back within 2 s' rt02 rt03
swap_case 'SC-2: the former router, which has SAs of before' rt03 rt02
swap_case 'SC-2: another router after an outage of 4 s' rt02 rt03 sleep 4
swap_case 'SC-2: another router when the peer is dead' rt03 rt02 wait_for 60 no_sas
swap_case 'SC-2: and back' rt02 rt03
ktap_case "SC-2: the operator's clears" swapped_and_cleared
ktap_finish
