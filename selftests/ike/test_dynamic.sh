#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 1200
# takes: 90
#
# Dynamic maps (DYN-1, DYN-2): a hub that does not know its spokes. Two of ours
# and a strongSwan come, go, come back and are rekeyed; the hub's daemon is killed
# under traffic; other entries change; what must not go in clear does not.
#
#	h1 -- s1 ==+
#	h2 -- s2 ==+== wire == hub -- h0
#	h3 -- s3 ==+
#
# hN has 10.N.0.2 and fd0N::2, h0 has 10.9.0.2 and fd09::2; the wire is
# 192.0.2.0/24 and 2001:db8::/64, where the hub is .1 and spoke N is .1N.

. "$(dirname "$0")/../lib/test.sh"
# shellcheck source=selftests/cli/daemon.sh
. "$selftests/cli/daemon.sh"
# shellcheck source=selftests/lib/peers.sh
. "$selftests/lib/peers.sh"

# wire_join NAME: a port of the bridge, by the name of who is behind it
wire_join()
{
	link_add "$1" wan wire "$1" || return
	ip -n wire link set "$1" master bridge
}

# site_add GATEWAY HOST NET WAN: a gateway, the host behind it
site_add()
{
	local gateway=$1 host=$2 net=$3 wan=$4

	ns_add "$gateway" "$host" || return
	wire_join "$gateway" || return
	link_add "$gateway" lan "$host" lan || return
	addr_add "$gateway" wan "192.0.2.$wan/24" "2001:db8::$wan/64" || return
	addr_add "$gateway" lan "10.$net.0.1/24" "fd0$net::1/64" || return
	addr_add "$host" lan "10.$net.0.2/24" "fd0$net::2/64" || return
	route_add "$host" default "10.$net.0.1" || return
	route_add "$host" default "fd0$net::1"
}

# Routes lead through in clear, so that whatever stays unprotected arrives.
topology_hub()
{
	local n

	ns_add wire || return
	in_ns wire sysctl -q net.ipv6.conf.all.disable_ipv6=1 \
		net.ipv6.conf.default.disable_ipv6=1 || return
	ip -n wire link add bridge type bridge mcast_snooping 0 || return
	ip -n wire link set bridge up || return
	site_add hub h0 9 1 || return
	for n in 1 2 3; do
		site_add "s$n" "h$n" "$n" "1$n" || return
		route_add hub "10.$n.0.0/24" "192.0.2.1$n" || return
		route_add hub "fd0$n::/64" "2001:db8::1$n" || return
		route_add "s$n" 10.9.0.0/24 192.0.2.1 || return
		route_add "s$n" fd09::/64 2001:db8::1 || return
		in_ns "h$n" ping -q -c 1 -W 5 10.9.0.2 >/dev/null || return
		in_ns "h$n" ping -q -c 1 -W 5 fd09::2 >/dev/null || return
	done
}

policy_lines()
{
	cat <<-CONF
		crypto isakmp policy 10
		 encryption aes
		 hash sha256
		 authentication pre-share
		 group 19
		crypto isakmp keepalive 10 2
		crypto ipsec transform-set TS esp-aes esp-sha256-hmac
	CONF
}

hub_config()
{
	policy_lines
	cat <<-CONF
		crypto isakmp key cisco123 address 0.0.0.0 0.0.0.0
		crypto isakmp key cisco123 address ipv6 ::/0
		crypto dynamic-map D 10
		 set transform-set TS
		crypto dynamic-map ipv6 D6 10
		 set transform-set TS
		crypto map M 100 ipsec-isakmp dynamic D
		crypto map ipv6 M6 100 ipsec-isakmp dynamic D6
		interface wan
		 ip address 192.0.2.1 255.255.255.0
		 ipv6 address 2001:db8::1/64
		 crypto map M
		 ipv6 crypto map M6
	CONF
}

spoke_config()
{
	policy_lines
	cat <<-CONF
		crypto isakmp key cisco123 address 192.0.2.1
		crypto isakmp key cisco123 address ipv6 2001:db8::1/128
		access-list 101 permit ip 10.$1.0.0 0.0.0.255 10.9.0.0 0.0.0.255
		ipv6 access-list L
		 permit ipv6 fd0$1::/64 fd09::/64
		crypto map M 10 ipsec-isakmp
		 set peer 192.0.2.1
		 set transform-set TS
		 match address 101
		crypto map ipv6 M6 10 ipsec-isakmp
		 set peer 2001:db8::1
		 set transform-set TS
		 match address L
		interface wan
		 ip address 192.0.2.1$1 255.255.255.0
		 ipv6 address 2001:db8::1$1/64
		 crypto map M
		 ipv6 crypto map M6
	CONF
}

# Sessions of the hub that have SAs.
hub_sessions()
{
	json hub 'sum(s["status"] == "UP-ACTIVE" for s in v["sessions"])' show crypto session
}

# Flows that peers have negotiated, or that an access list has.
hub_flows()
{
	json hub 'sum(len(m["flows"]) for m in v["crypto-maps"])' show crypto ipsec sa
}

hub_spi()
{
	json hub "[f['current-outbound-spi'] for m in v['crypto-maps'] for f in m['flows']
		if f['current-peer'] == '$1'][0]" show crypto ipsec sa
}

hub_drops()
{
	ctl hub show crypto drops |
		awk -v n="$1" '{ for (i = 1; i <= NF; i++) if ($i == n) s += $(i == 1 ? NF : 1) }
			END { print s + 0 }'
}

# watch NAME / unwatch NAME: nothing of the sites goes over the wire in clear
watch()
{
	capture_start "$1" wire hub 'esp or (ip and net 10.0.0.0/8) or net fd00::/8'
}

unwatch()
{
	capture_stop "$1"
	capture_show "$1" not esp | head -n 6
	check_eq 'packets in clear' "$(capture_count "$1" not esp)" 0
}

setup()
{
	local n

	topology_hub
	daemon_start hub
	hub_config | configure hub >/dev/null
	for n in 1 2; do
		daemon_start "s$n"
		spoke_config "$n" | configure "s$n" >/dev/null
	done
}

# The first packet of each waits and arrives.
spokes_come()
{
	check_eq 'flows before' "$(hub_flows)" 0
	watch come
	ping_ok h1 10.9.0.2 10 -W 30
	ping_ok h2 10.9.0.2 10 -W 30
	ping_ok h0 10.1.0.2 5
	ping_ok h0 10.2.0.2 5
	tcp_transfer h0 h1 10.1.0.2 100000
	unwatch come
	check_ge ESP "$(capture_count come esp)" 60
	wait_for 10 value_is 2 hub_sessions
	check_eq flows "$(hub_flows)" 2
	check_eq 'encaps to the first' "$(json hub "[f['counters']['encaps'] >= 15 for m in
		v['crypto-maps'] for f in m['flows'] if f['current-peer'] == '192.0.2.11']" \
		show crypto ipsec sa)" '[True]'
	ctl hub show crypto map
	ctl hub show crypto map | grep -q 'created from dynamic map D/10' ||
		fail 'no temporary entry is shown'
	ctl hub show running-config | grep -q 'access-list' &&
		fail 'what was negotiated became configuration'
	true
}

# Who is no spoke says that he is behind one.
clear_text_refused()
{
	local before

	before=$(hub_drops not-ipsec)
	addr_add s3 lan 10.1.0.99/32
	capture_start spoof h0 lan 'src host 10.1.0.99'
	in_ns s3 ping -q -c 5 -i 0.05 -W 1 -I 10.1.0.99 10.9.0.2 || true
	capture_stop spoof
	check_eq 'packets that came through' "$(capture_count spoof)" 0
	check_eq 'drops by name' $(($(hub_drops not-ipsec) - before)) 5
	ip -n s3 addr del 10.1.0.99/32 dev lan
}

# The other spoke goes and comes, a static entry too: no packet is lost.
changes_under_traffic()
{
	local spi stream

	spi=$(hub_spi 192.0.2.11)
	udp_transfer h1 h0 10.9.0.2 1500 200 5010 100 >"$net_dir/stream" &
	stream=$!
	ctl s2 clear crypto session >/dev/null
	configure hub >/dev/null <<-CONF
		access-list 130 permit ip 10.9.0.0 0.0.0.255 10.7.0.0 0.0.0.255
		crypto map M 20 ipsec-isakmp
		 set peer 192.0.2.77
		 set transform-set TS
		 match address 130
	CONF
	# Until its flow has gone.
	wait_for 30 value_is 2 hub_flows
	configure hub >/dev/null <<-CONF
		no crypto map M 20
		no access-list 130
	CONF
	wait_for 30 value_is 1 hub_flows
	ping_ok h2 10.9.0.2 5 -W 30
	ctl s2 clear crypto session >/dev/null
	ping_ok h2 10.9.0.2 5 -W 30
	check_eq 'flows' "$(hub_flows)" 2
	wait "$stream"
	check_eq 'datagrams, and out of order' "$(cat "$net_dir/stream")" '1500 0'
	check_eq 'SPI of the first' "$(hub_spi 192.0.2.11)" "$spi"
}

killed_and_restarted()
{
	local stream spi pid

	spi=$(hub_spi 192.0.2.11)
	pid=$(cat "$net_dir/hub.pid")
	ctl hub copy running-config startup-config >/dev/null
	watch killed
	udp_transfer h1 h0 10.9.0.2 1500 200 5011 100 >"$net_dir/stream" &
	stream=$!
	kill -KILL "$pid"
	wait_for 20 gone "$pid"
	ping_ok h0 10.1.0.2 5
	ping_ok h0 10.2.0.2 5
	daemon_start hub
	check_eq 'flows' "$(hub_flows)" 2
	check_eq 'SPI of the first' "$(hub_spi 192.0.2.11)" "$spi"
	wait "$stream"
	check_eq 'datagrams, and out of order' "$(cat "$net_dir/stream")" '1500 0'
	wait_for 30 value_is 2 hub_sessions
	ping_ok h0 10.1.0.2 5
	ping_ok h0 10.2.0.2 5
	unwatch killed
	# They are owned again: a delete of the peer is heard, and its flow goes.
	ctl s2 clear crypto session >/dev/null
	wait_for 30 value_is 1 hub_flows
	ping_ok h2 10.9.0.2 5 -W 30
}

# SAs that end while no daemon is there leave no way in clear behind.
deleted_while_killed()
{
	local pid

	pid=$(cat "$net_dir/hub.pid")
	kill -KILL "$pid"
	wait_for 20 gone "$pid"
	watch dead
	ctl s2 clear crypto session >/dev/null
	in_ns h0 ping -q -c 5 -i 0.05 -W 1 10.2.0.2 || true
	unwatch dead
	daemon_start hub
	ping_ok h2 10.9.0.2 5 -W 60
	ping_ok h0 10.1.0.2 5
	wait_for 30 value_is 2 hub_sessions
}

rekeyed()
{
	local spi

	spi=$(hub_spi 192.0.2.11)
	# By volume, from the hub's side too: whoever is first.
	configure s1 >/dev/null <<-CONF
		crypto map M 10 ipsec-isakmp
		 set security-association lifetime kilobytes 2560
	CONF
	ctl s1 clear crypto session >/dev/null
	ping_ok h1 10.9.0.2 3 -W 30
	spi=$(hub_spi 192.0.2.11)
	watch rekey
	check_eq 'datagrams, and out of order' \
		"$(udp_transfer h1 h0 10.9.0.2 4000 1200 5012 200)" '4000 0'
	unwatch rekey
	[ "$(hub_spi 192.0.2.11)" != "$spi" ] || fail 'nothing was replaced'
	check_eq flows "$(hub_flows)" 2
}

# What the access list permits is dropped without an SA, both ways, by name.
access_list()
{
	local no_sa not_ipsec

	configure hub >/dev/null <<-CONF
		access-list 150 permit ip 10.9.0.0 0.0.0.255 10.0.0.0 0.3.255.255
		crypto dynamic-map D 10
		 match address 150
	CONF
	ping_ok h0 10.1.0.2 5
	ping_ok h0 10.2.0.2 5
	ctl s2 clear crypto session >/dev/null
	# Its flow goes; that of the list is there, and that of the first spoke.
	wait_for 30 value_is 2 hub_flows
	no_sa=$(hub_drops no-sa)
	not_ipsec=$(hub_drops not-ipsec)
	watch list
	in_ns h0 ping -q -c 5 -i 0.05 -W 1 10.3.0.2 || true
	unwatch list
	check_eq 'dropped without an SA' $(($(hub_drops no-sa) - no_sa)) 5
	capture_start inward h0 lan 'src net 10.3.0.0/24'
	in_ns h3 ping -q -c 5 -i 0.05 -W 1 10.9.0.2 || true
	capture_stop inward
	check_eq 'came in clear' "$(capture_count inward)" 0
	check_eq 'dropped in clear' $(($(hub_drops not-ipsec) - not_ipsec)) 5
	ping_ok h2 10.9.0.2 5 -W 30
	ping_ok h0 10.1.0.2 5
	configure hub >/dev/null <<-CONF
		crypto dynamic-map D 10
		 no match address
		no access-list 150
	CONF
	check_eq flows "$(hub_flows)" 2
	ping_ok h0 10.2.0.2 5
}

over_ipv6()
{
	watch six
	ping_ok h1 fd09::2 5 -W 30
	ping_ok h2 fd09::2 5 -W 30
	ping_ok h0 fd01::2 5
	unwatch six
	check_eq 'flows' "$(hub_flows)" 4
	ctl s1 clear crypto session >/dev/null
	wait_for 30 value_is 2 hub_flows
	ping_ok h2 fd09::2 5
	ping_ok h2 10.9.0.2 5
}

strongswan_comes()
{
	charon_start s3
	charon_load s3 >/dev/null <<-CONF
		connections {
			hub {
				version = 1
				local_addrs = 192.0.2.13
				remote_addrs = 192.0.2.1
				proposals = aes128-sha256-ecp256
				local { auth = psk }
				remote { auth = psk }
				children {
					lan {
						local_ts = 10.3.0.0/24
						remote_ts = 10.9.0.0/24
						esp_proposals = aes128-sha256
					}
				}
			}
		}
		secrets { ike { secret = "cisco123" } }
	CONF
	charon s3 --initiate --child lan --timeout 30 >/dev/null
	watch swan
	ping_ok h3 10.9.0.2 5
	ping_ok h0 10.3.0.2 5
	ping_ok h0 10.2.0.2 5
	# Either side replaces it.
	charon s3 --rekey --child lan >/dev/null
	ping_ok h3 10.9.0.2 5
	unwatch swan
	charon s3 --terminate --ike hub --timeout 10 >/dev/null
	wait_for 30 value_is 0 json hub "sum(f['current-peer'] == '192.0.2.13'
		for m in v['crypto-maps'] for f in m['flows'])" show crypto ipsec sa
	charon_stop s3
	ip -n s3 xfrm state flush
	ip -n s3 xfrm policy flush
	ping_ok h0 10.2.0.2 5
}

setup
ktap_case 'spokes come: first packets arrive, nothing in clear' spokes_come
ktap_case 'clear text of a negotiated flow is refused' clear_text_refused
ktap_case 'others come, go and change: no packet lost' changes_under_traffic
ktap_case 'the daemon killed and restarted: nothing lost, SAs are its own again' \
	killed_and_restarted
ktap_case 'SAs that end meanwhile leave nothing in clear' deleted_while_killed
ktap_case 'replaced by volume during a stream' rekeyed
ktap_case 'an access list: dropped without SA, by name, both ways' access_list
ktap_case 'IPv6' over_ipv6
ktap_case 'strongSwan as a spoke' strongswan_comes
ktap_finish
