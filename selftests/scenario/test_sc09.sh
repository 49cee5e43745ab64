#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# takes: 40
# shellcheck disable=SC2154 # net_dir, set by lib/net.sh
#
# SC-9: dead peer detection, periodic, between two sites.
#
#	east 10.1.32.14/24 --- 10.1.32.1 provider 10.2.80.1 --- 10.2.80.209/24 west
#	10.1.14.1/24                                            10.2.209.1/24
#
# The documents give the addresses outside, and neither those inside nor the other router.

. "$(dirname "$0")/../lib/test.sh"
# shellcheck source=selftests/scenario/routers.sh
. "$(dirname "$0")/routers.sh"

# site ME PEER MY-LAN PEER-LAN
site()
{
	cat <<-CONFIG
	crypto isakmp policy 1
	 encryption aes
	 authentication pre-share
	 group 14
	crypto isakmp key kd94j1ksldz address $2 255.255.255.0
	crypto isakmp keepalive 10 periodic
	crypto ipsec transform-set Trans1 esp-aes esp-sha-hmac
	crypto map test 1 ipsec-isakmp
	 set peer $2
	 set transform-set Trans1
	 match address 101
	interface FastEthernet0
	 ip address $1 255.255.255.0
	 crypto map test
	interface Loopback0
	 ip address $3.1 255.255.255.0
	access-list 101 permit ip $3.0 0.0.0.255 $4.0 0.0.0.255
	ip route 0.0.0.0 0.0.0.0 FastEthernet0
	CONFIG
}

routers_start()
{
	provider provider
	ns_add east west
	cable east fe0 FastEthernet0 provider east
	cable west fe0 FastEthernet0 provider west
	provider_port provider east 10.1.32.1/24
	provider_port provider west 10.2.80.1/24
	site 10.1.32.14 10.2.80.209 10.1.14 10.2.209 | router_start east
	site 10.2.80.209 10.1.32.14 10.2.209 10.1.14 | router_start west
	ctl east debug crypto isakmp
	wait_for 20 answers east 10.2.80.209
}

# Cap. D: dead peer detection (O4, DPD-9).
comes_up()
{
	check_eq ping "$(echo5 east 10.1.14.1 10.2.209.1)" 5/5
	check_eq 'IKE SAs' "$(isakmp_sas east 10.2.80.209)" 1
	check_eq 'IPsec SAs' "$(ipsec_sas east)" 2
	check_match capabilities "$(ctl east show crypto isakmp sa detail)" \
		'10\.1\.32\.14 +10\.2\.80\.209 .* aes +sha +psk +14 .* D'
	wait_for 20 logged east 'IKE_DPD is enabled, initializing timers'
}

# DPD-7, DPD-8: at the interval, though nothing else is said; one asks, the other
# one answers, and has heard enough for this time.
asks_periodically()
{
	capture_start asks provider east 'udp port 500'
	wait_for 60 value_ge 2 capture_count asks
	capture_stop asks
	capture_show asks
	check_eq 'informational exchanges of the one who asks' "$(capture_count asks src 10.1.32.14)" \
		"$(capture_count asks src 10.2.80.209)"
	check_eq 'other exchanges' "$(capture_count asks 'udp[26] != 5')" 0
	check_eq 'IKE SAs' "$(isakmp_sas east 10.2.80.209)" 1
}

# Times of what east has sent to west, in ms after the first of them.
sent_times()
{
	tcpdump -tt -n -r "$(capture_file dpd)" src 10.1.32.14 and udp port 500 2>/dev/null |
		awk 'NR == 1 { first = $1 } { printf "%d\n", ($1 - first) * 1000 + 0.5 }'
}

# Section 6.6: R_U_THERE, four more each after 2 s, and dead 2 s after the last
# one: a delete that nobody hears. The times are those of the wire; a machine that
# is busy sends late, never early.
dies()
{
	local -a sent
	local i

	capture_start dpd provider east 'udp port 500'
	ip -n provider link set west down
	wait_for 60 logged east '%CRYPTO-5-SESSION_STATUS: Crypto tunnel is DOWN\. +Peer 10\.2\.80\.209:500 +Id: 10\.2\.80\.209$'
	capture_stop dpd
	mapfile -t sent < <(sent_times)
	echo "sent after: ${sent[*]} ms"
	check_ge 'messages' "${#sent[@]}" 6
	for ((i = 1; i < 6; i++)); do
		check_ge "message $i" "${sent[i]}" $((i * 2000 - 50))
	done
	check_eq 'IKE SAs' "$(isakmp_sas east)" 0
	check_eq 'IPsec SAs' "$(ipsec_sas east)" 0
	logged east 'ISAKMP: peer 10\.2\.80\.209 does not answer any more'
	for ((i = 1; i <= 5; i++)); do
		logged east "incrementing error counter on sa: PEERS_ALIVE_TIMER \($i\)"
	done
	logged east 'peer 10\.2\.80\.209 not responding!'
	logged east 'deleting SA reason "peers alive" state \([IR]\) QM_IDLE +\(peer 10\.2\.80\.209\)'
	check_match 'session' "$(ctl east show crypto session)" 'Session status: DOWN'
}

# The other side has noticed the same; reachable again, traffic has new SAs.
comes_back()
{
	wait_for 60 value_is 0 ipsec_sas west
	ip -n provider link set west up
	wait_for 20 answers east 10.2.80.209
	check_eq ping "$(echo5 east 10.1.14.1 10.2.209.1)" 5/5
	check_eq 'IKE SAs' "$(isakmp_sas east 10.2.80.209)" 1
	check_eq 'IPsec SAs' "$(ipsec_sas east)" 2
}

modprobe cryptomap
ktap_case 'SC-9: the routers come up' routers_start
ktap_case 'SC-9: traffic brings up the tunnel, DPD is enabled' comes_up
ktap_case 'SC-9: R_U_THERE is sent at the interval and answered' asks_periodically
ktap_case 'SC-9: five unanswered, SAs removed, SESSION_STATUS DOWN' dies
ktap_case 'SC-9: reachable again, the tunnel comes up' comes_back
ktap_finish
