#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# takes: 60
# shellcheck disable=SC2154 # net_dir, bg_pid, set by lib/net.sh
#
# SC-23: hub and spoke; spokes talk through the hub. SC-24: a third spoke comes
# while the first two talk.
#
#	                 hub 10.1.4.1, LAN 10.1.1.1/24
#	                  |
#	h1 --- spoke1 --- net --- spoke2 --- h2
#	       10.1.2.1    |     10.1.3.1
#	  172.16.1.0/24  spoke3    192.168.1.0/24
#	               10.1.5.1, LAN 172.16.2.1/24
#
# The configurations are those of the documents, but for access list 130 of spoke 3,
# which is misprinted 172.168.2.0; it has no route for 192.168.1.0, and spokes 1 and
# 2 do not list 172.16.2.0: these are added (X36). `no ip route-cache` is of their
# platform (HUB-7).

. "$(dirname "$0")/../lib/test.sh"
# shellcheck source=selftests/scenario/routers.sh
. "$(dirname "$0")/routers.sh"

hub_config()
{
	cat <<-'CONFIG'
	crypto isakmp policy 10
	 hash md5
	 authentication pre-share
	crypto isakmp key cisco123 address 10.1.2.1
	crypto isakmp key cisco123 address 10.1.3.1
	crypto ipsec transform-set myset esp-des esp-md5-hmac
	crypto map mymap 10 ipsec-isakmp
	 set peer 10.1.2.1
	 set transform-set myset
	 match address 110
	crypto map mymap 20 ipsec-isakmp
	 set peer 10.1.3.1
	 set transform-set myset
	 match address 120
	interface Ethernet0
	 ip address 10.1.1.1 255.255.255.0
	interface Ethernet1
	 ip address 10.1.4.1 255.255.255.0
	 crypto map mymap
	ip route 172.16.1.0 255.255.255.0 Ethernet1
	ip route 192.168.1.0 255.255.255.0 Ethernet1
	ip route 10.1.0.0 255.255.0.0 Ethernet1
	access-list 110 permit ip 10.1.1.0 0.0.0.255 172.16.1.0 0.0.0.255
	access-list 110 permit ip 192.168.1.0 0.0.0.255 172.16.1.0 0.0.0.255
	access-list 120 permit ip 10.1.1.0 0.0.0.255 192.168.1.0 0.0.0.255
	access-list 120 permit ip 172.16.1.0 0.0.0.255 192.168.1.0 0.0.0.255
	CONFIG
}

# spoke N LAN LIST OTHER-LAN...: LAN and others without their last octet
spoke()
{
	local n=$1 lan=$2 list=$3 other

	shift 3
	cat <<-CONFIG
	crypto isakmp policy 10
	 hash md5
	 authentication pre-share
	crypto isakmp key cisco123 address 10.1.4.1
	crypto ipsec transform-set myset esp-des esp-md5-hmac
	crypto map mymap 10 ipsec-isakmp
	 set peer 10.1.4.1
	 set transform-set myset
	 match address $list
	interface Ethernet0
	 ip address $lan.1 255.255.255.0
	interface Ethernet1
	 ip address 10.1.$n.1 255.255.255.0
	 crypto map mymap
	ip route 10.1.0.0 255.255.0.0 Ethernet1
	CONFIG
	for other; do
		echo "access-list $list permit ip $lan.0 0.0.0.255 $other.0 0.0.0.255"
		[ "$other" = 10.1.1 ] || echo "ip route $other.0 255.255.255.0 Ethernet1"
	done
}

spoke3_for_hub()
{
	cat <<-'CONFIG'
	crypto isakmp key cisco123 address 10.1.5.1
	crypto map mymap 30 ipsec-isakmp
	 set peer 10.1.5.1
	 set transform-set myset
	 match address 130
	ip route 172.16.2.0 255.255.255.0 Ethernet1
	access-list 110 permit ip 172.16.2.0 0.0.0.255 172.16.1.0 0.0.0.255
	access-list 120 permit ip 172.16.2.0 0.0.0.255 192.168.1.0 0.0.0.255
	access-list 130 permit ip 10.1.1.0 0.0.0.255 172.16.2.0 0.0.0.255
	access-list 130 permit ip 192.168.1.0 0.0.0.255 172.16.2.0 0.0.0.255
	access-list 130 permit ip 172.16.1.0 0.0.0.255 172.16.2.0 0.0.0.255
	CONFIG
}

# host NAME ROUTER NET: behind it, NET without its last octet
host()
{
	ns_add "$1"
	cable "$2" lan Ethernet0 "$1" lan
	addr_add "$1" lan "$3.2/24"
}

topology()
{
	local name

	provider net
	for name in hub spoke1 spoke2 spoke3; do
		ns_add "$name"
		cable "$name" wan Ethernet1 net "$name"
	done
	# What goes out where it came in makes a router of Linux speak of a shorter
	# way. That goes by the tunnel as well, and would be counted.
	in_ns hub sysctl -q net.ipv4.conf.all.send_redirects=0 \
		net.ipv4.conf.wan.send_redirects=0
	provider_port net hub 10.1.4.254/24
	provider_port net spoke1 10.1.2.254/24
	provider_port net spoke2 10.1.3.254/24
	provider_port net spoke3 10.1.5.254/24
	host h0 hub 10.1.1
	host h1 spoke1 172.16.1
	host h2 spoke2 192.168.1
	host h3 spoke3 172.16.2
}

routers_start()
{
	topology
	hub_config | router_start hub
	spoke 2 172.16.1 110 10.1.1 192.168.1 | router_start spoke1
	spoke 3 192.168.1 120 172.16.1 10.1.1 | router_start spoke2
	route_add h1 default 172.16.1.1
	route_add h2 default 192.168.1.1
	wait_for 20 answers hub 10.1.2.1
	wait_for 20 answers hub 10.1.3.1
}

# What the SAs of the hub have carried, sorted: "5 5 5 5"
hub_packets()
{
	json hub "' '.join(str(c['encrypt'] + c['decrypt']) for c in sorted(v['connections'],
		key=lambda c: c['encrypt'] + c['decrypt']))" show crypto engine connections active
}

only_esp()
{
	check_eq 'packets in clear' "$(capture_count "$1" net 172.16.0.0/16 or net 192.168.0.0/16)" 0
	check_ge ESP "$(capture_count "$1" esp)" "$2"
}

# HUB-1, HUB-4, HUB-5. The documents speak of 10 packets: two times five.
spoke_to_spoke()
{
	capture_start relayed net hub 'not arp'
	check_eq 'ping 192.168.1.1 from 172.16.1.1' "$(echo5 spoke1 172.16.1.1 192.168.1.1)" 5/5
	check_eq 'packets of each SA' "$(hub_packets)" '5 5 5 5'
	check_eq 'ping again' "$(echo5 spoke1 172.16.1.1 192.168.1.1)" 5/5
	capture_stop relayed
	only_esp relayed 40
	ctl hub show crypto engine connections active
	check_eq 'packets of each SA' "$(hub_packets)" '10 10 10 10'
	check_eq 'IPsec SAs of the hub' "$(ipsec_sas hub)" 4
	check_match algorithms "$(ctl hub show crypto engine connections active)" \
		'10\.1\.4\.1 +set +HMAC_MD5\+DES_56_CB +0 +10'
	# dst, src: it has answered spoke 1, and called spoke 2.
	ctl hub show crypto isakmp sa
	check_match 'spoke 1' "$(ctl hub show crypto isakmp sa)" \
		'^10\.1\.4\.1 +10\.1\.2\.1 +QM_IDLE +[0-9]+ ACTIVE'
	check_match 'spoke 2' "$(ctl hub show crypto isakmp sa)" \
		'^10\.1\.3\.1 +10\.1\.4\.1 +QM_IDLE +[0-9]+ ACTIVE'
	check_eq 'IPsec SAs of spoke 1' "$(ipsec_sas spoke1)" 2
	check_eq 'IKE SAs of spoke 1' "$(isakmp_sas spoke1)" 1
}

# Two negotiations, one after the other, before the first one is through: the
# packets wait, where the documents lose two.
cold()
{
	ctl spoke1 clear crypto session
	ctl hub clear crypto session
	wait_for 20 value_is 0 ipsec_sas spoke1
	wait_for 20 value_is 0 ipsec_sas spoke2
	wait_for 20 value_is 0 ipsec_sas hub
	wait_for 20 value_is 0 isakmp_sas spoke1
	wait_for 20 value_is 0 isakmp_sas spoke2
	check_eq 'pings, cold' "$(echo5 spoke1 172.16.1.1 192.168.1.1 30)" 30/30
}

# stream CMD...: numbered datagrams from h1 to h2 before, during and after CMD;
# prints how many were sent, and how many of them arrived. What CMD said, if it
# fails.
stream()
{
	local dir sink source

	dir=$(mktemp -d "$net_dir/stream.XXXXXX")
	bg in_ns h2 /usr/bin/python3 "$selftests/lib/udp.py" sink 192.168.1.2 5010 0 >"$dir/got"
	sink=$bg_pid
	wait_for 10 listening h2 udp 5010 || return
	bg in_ns h1 /usr/bin/python3 "$selftests/cli/stream.py" 192.168.1.2 5010 \
		"$dir/stop" >"$dir/sent"
	source=$bg_pid
	"$@" >"$dir/said" 2>&1 || fail "$(cat "$dir/said")" || return
	touch "$dir/stop"
	wait "$source" || fail 'the stream was cut' || return
	wait "$sink"
	echo "$(cat "$dir/sent") $(cut -d' ' -f1 "$dir/got")"
}

# Everything of spoke 3 works while the stream goes on.
add_spoke3()
{
	local from to

	spoke3_for_hub | configure hub
	configure spoke1 <<-'CONFIG'
	ip route 172.16.2.0 255.255.255.0 Ethernet1
	access-list 110 permit ip 172.16.1.0 0.0.0.255 172.16.2.0 0.0.0.255
	CONFIG
	configure spoke2 <<-'CONFIG'
	ip route 172.16.2.0 255.255.255.0 Ethernet1
	access-list 120 permit ip 192.168.1.0 0.0.0.255 172.16.2.0 0.0.0.255
	CONFIG
	spoke 5 172.16.2 130 172.16.1 10.1.1 192.168.1 | router_start spoke3
	for to in 10.1.1.1 172.16.1.1 192.168.1.1; do
		check_eq "ping $to from spoke 3" "$(echo5 spoke3 172.16.2.1 "$to")" 5/5
	done
	for from in spoke1:172.16.1.1 spoke2:192.168.1.1; do
		check_eq "ping from ${from%:*}" "$(echo5 "${from%:*}" "${from#*:}" 172.16.2.1)" 5/5
	done
}

spoke3_under_traffic()
{
	local got

	capture_start third net hub 'not arp'
	got=$(stream add_spoke3) || fail "$got"
	capture_stop third
	only_esp third 100
	check_eq 'datagrams sent, arrived' "$got" "${got%% *} ${got%% *}"
	check_ge 'datagrams' "${got%% *}" 50
	# Spoke 3 with the hub; each of the three pairs of spokes, with two ends there.
	check_eq 'flows of the hub that have SAs' "$(ipsec_flows hub)" 7
	check_eq 'flows of spoke 3 that have SAs' "$(ipsec_flows spoke3)" 3
	check_ge 'IKE SAs of the hub' "$(isakmp_sas hub)" 3
}

# The documents take the map from the interface, change it, and put it back. Of a
# file all is done at once: nothing happens to what is the same before and after.
reapplied_in_a_file()
{
	{
		printf 'interface Ethernet1\n no crypto map mymap\n'
		spoke3_for_hub
		printf 'interface Ethernet1\n crypto map mymap\n'
	} | configure hub
}

reapply_file()
{
	local got

	got=$(stream reapplied_in_a_file) || fail "$got"
	check_eq 'datagrams sent, arrived' "$got" "${got%% *} ${got%% *}"
	check_eq 'flows of the hub that have SAs' "$(ipsec_flows hub)" 7
}

# Typed line by line it is gone in between: SAs end, datagrams are lost until there
# are new ones, and still nothing goes out in clear.
reapplied_by_hand()
{
	ctl hub -c 'configure terminal' -c 'interface Ethernet1' -c 'no crypto map mymap'
	check_eq 'IPsec SAs of the hub' "$(ipsec_sas hub)" 0
	ctl hub -c 'configure terminal' -c 'interface Ethernet1' -c 'crypto map mymap'
	wait_for 60 answers h1 192.168.1.2
}

reapply_by_hand()
{
	local got

	capture_start hand net hub 'not arp'
	got=$(stream reapplied_by_hand) || fail "$got"
	capture_stop hand
	only_esp hand 100
	echo "${got%% *} sent, ${got##* } arrived" >"$net_dir/by-hand"
	check_eq 'ping' "$(echo5 spoke1 172.16.1.1 192.168.1.1)" 5/5
}

modprobe cryptomap
# The kernel loads a cipher when it is first used. In a busy emulator that can take
# longer than packets wait for SAs.
modprobe -a crypto-des crypto-md5
ktap_case 'SC-23: hub and spokes come up' routers_start
ktap_case 'SC-23: 5/5 from spoke to spoke, four SAs on the hub with 10 packets each' spoke_to_spoke
ktap_case 'SC-23: 30/30 through two cold tunnels' cold
ktap_case 'SC-24: a third spoke under traffic, nothing of the others is lost' spoke3_under_traffic
ktap_case 'SC-24: the map removed and put back in one file, nothing is lost' reapply_file
ktap_case 'SC-24: the map removed and put back by hand, nothing goes out in clear' reapply_by_hand
[ ! -e "$net_dir/by-hand" ] || ktap_diag "by hand: $(cat "$net_dir/by-hand")"
ktap_finish
