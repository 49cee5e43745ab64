#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# takes: 60
# shellcheck disable=SC2154 # net_dir, bg_pid, set by lib/net.sh
#
# SC-11: several peers in a crypto-map entry (DPD-12).
#
#	green 10.0.0.10 -- switch ---- p1 10.0.0.1, p2 10.0.0.2, p3 10.0.0.3
#	192.168.1.1/24                each with 192.168.2.1/24
#
# The documents give the map; the rest is ours, DPD with the least interval.

. "$(dirname "$0")/../lib/test.sh"
# shellcheck source=selftests/scenario/routers.sh
. "$(dirname "$0")/routers.sh"

common()
{
	cat <<-CONFIG
	crypto isakmp policy 1
	 encryption aes
	 authentication pre-share
	 group 14
	crypto isakmp keepalive 10 2 periodic
	crypto ipsec transform-set txfm esp-aes esp-sha-hmac
	CONFIG
}

many_peers()
{
	common
	cat <<-CONFIG
	crypto isakmp key cisco123 address 10.0.0.1
	crypto isakmp key cisco123 address 10.0.0.2
	crypto isakmp key cisco123 address 10.0.0.3
	crypto map green 1 ipsec-isakmp
	 set peer 10.0.0.1
	 set peer 10.0.0.2
	 set peer 10.0.0.3
	 set transform-set txfm
	 match address 101
	interface FastEthernet0
	 ip address 10.0.0.10 255.255.255.0
	 crypto map green
	interface Loopback0
	 ip address 192.168.1.1 255.255.255.0
	access-list 101 permit ip 192.168.1.0 0.0.0.255 192.168.2.0 0.0.0.255
	ip route 192.168.2.0 255.255.255.0 FastEthernet0
	CONFIG
}

# one_peer LAST-OCTET
one_peer()
{
	common
	cat <<-CONFIG
	crypto isakmp key cisco123 address 10.0.0.10
	crypto map green 1 ipsec-isakmp
	 set peer 10.0.0.10
	 set transform-set txfm
	 match address 101
	interface FastEthernet0
	 ip address 10.0.0.$1 255.255.255.0
	 crypto map green
	interface Loopback0
	 ip address 192.168.2.1 255.255.255.0
	access-list 101 permit ip 192.168.2.0 0.0.0.255 192.168.1.0 0.0.0.255
	ip route 192.168.1.0 255.255.255.0 FastEthernet0
	CONFIG
}

# The next hop of a route to an interface is the destination itself: somebody on
# the wire has to answer for it, and whoever does, ESP goes to the peer.
routers_start()
{
	local n

	ns_add green p1 p2 p3 switch
	ip -n switch link add bridge type bridge
	ip -n switch link set bridge up
	for n in green p1 p2 p3; do
		cable "$n" fe0 FastEthernet0 switch "$n"
		ip -n switch link set "$n" master bridge
	done
	many_peers | router_start green
	for n in 1 2 3; do
		one_peer "$n" | router_start "p$n"
	done
	for n in 1 2 3; do
		wait_for 20 answers green "10.0.0.$n"
	done
}

# tunnel_to N: one IKE SA and one pair, with 10.0.0.N
tunnel_to()
{
	[ "$(isakmp_sas green)" = 1 ] && [ "$(isakmp_sas green "10.0.0.$1")" = 1 ] &&
		[ "$(ipsec_sas green)" = 2 ] &&
		ctl green show crypto ipsec sa | grep -q "current_peer 10\.0\.0\.$1 port 500"
}

first_peer()
{
	check_eq ping "$(echo5 green 192.168.1.1 192.168.2.1)" 5/5
	tunnel_to 1
}

# dies N NEXT: traffic goes on as soon as the next one has SAs
dies()
{
	ip -n switch link set "p$1" down
	bg in_ns green ping -q -i 0.2 -I 192.168.1.1 192.168.2.1 >/dev/null
	wait_for 60 tunnel_to "$2"
	bg_stop "$bg_pid" INT
	check_eq ping "$(echo5 green 192.168.1.1 192.168.2.1)" 5/5
	tunnel_to "$2"
	logged green "%CRYPTO-5-SESSION_STATUS: Crypto tunnel is DOWN\. +Peer 10\.0\.0\.$1:500"
	ctl green show crypto isakmp sa
}

# The list is a circle: after the last one the first, if it is there again.
back_to_first()
{
	ip -n switch link set p1 up
	wait_for 20 answers green 10.0.0.1
	dies 3 1
}

modprobe cryptomap
ktap_case 'SC-11: the routers come up' routers_start
ktap_case 'SC-11: SAs with the first peer' first_peer
ktap_case 'SC-11: the first peer dies, SAs with the second' dies 1 2
ktap_case 'SC-11: the second peer dies, SAs with the third' dies 2 3
ktap_case 'SC-11: the third peer dies, SAs with the first again' back_to_first
ktap_finish
