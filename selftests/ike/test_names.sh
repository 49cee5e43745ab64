#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 900
#
# A peer that is given by host name: the name is looked up, and again when the
# peer has moved.  The names stand in the /etc/hosts of the namespace.

. "$(dirname "$0")/../lib/test.sh"
# shellcheck source=selftests/ike/ike.sh
. "$(dirname "$0")/ike.sh"

hosts=/etc/netns/r1/hosts

# The file stays the same: it is mounted in the namespace.
name_is() # [ADDRESS...]
{
	echo '127.0.0.1 localhost' >"$hosts"
	for address; do
		echo "$address gw.example" >>"$hosts"
	done
}

r1_config()
{
	our_config | sed -e '/^$/d
		s/^crypto isakmp key.*/crypto isakmp key cisco123 hostname gw.example/
		s/^ set peer .*/ set peer gw.example/'
}

r2_config()
{
	our_config | sed -e '/^$/d
		s/ address 192.0.2.2$/ address 192.0.2.1/
		s/ peer 192.0.2.2/ peer 192.0.2.1/
		s/10.1.0.0 0.0.0.255 10.2.0.0 0.0.0.255/10.2.0.0 0.0.0.255 10.1.0.0 0.0.0.255/
		s/ip address 192.0.2.1/ip address 192.0.2.2/'
}

# r2 gets another address on the wire, both a way through it: the kernel forgets
# the routes of an address that goes.
r2_moves_to() # ADDRESS
{
	configure r2 >/dev/null <<-CONF
		interface wan
		 ip address $1 255.255.255.0
	CONF
	ip -n r1 route replace 10.2.0.0/24 via "$1"
	ip -n r2 route replace 10.1.0.0/24 via 192.0.2.1
}

peer_is() # ADDRESS
{
	[ "$(json r1 'v["sessions"][0]["peer"]' show crypto session)" = "$1" ] &&
		session_is UP-ACTIVE
}

pings() # FROM TO
{
	in_ns "$1" ping -c 1 -W 2 "$2" >/dev/null
}

setup()
{
	topology_routers || return
	mkdir -p "$(dirname "$hosts")"
	echo 'nameserver 127.0.0.1' >"$(dirname "$hosts")/resolv.conf"
	name_is
	ike_defaults
	daemon_start r1 && daemon_start r2 &&
		r1_config | configure r1 >/dev/null && r2_config | configure r2 >/dev/null
}

unknown_name()
{
	capture_start clear wire r1 'icmp or esp or udp port 500'
	in_ns h1 ping -c 3 -W 1 10.2.0.2 >/dev/null && fail 'a ping came through'
	capture_stop clear
	check_eq 'packets on the wire' "$(capture_count clear 'icmp or esp')" 0
}

found_by_name()
{
	name_is 192.0.2.2
	wait_for 60 pings h1 10.2.0.2
	check_eq 'the peer' "$(json r1 'v["sessions"][0]["peer"]' show crypto session)" 192.0.2.2
	capture_start esp wire r1 'icmp or esp'
	ping_ok h1 10.2.0.2 5
	capture_stop esp
	check_eq 'ESP on the wire' "$(capture_count esp esp)" 10
}

stays_while_up()
{
	name_is 192.0.2.3
	# Whatever is configured beside it does not end what is up.
	configure r1 >/dev/null <<<'access-list 150 permit ip host 1.1.1.1 any'
	ping_ok h1 10.2.0.2 3
	check_eq 'the peer' "$(json r1 'v["sessions"][0]["peer"]' show crypto session)" 192.0.2.2
}

peer_has_moved()
{
	r2_moves_to 192.0.2.3
	ctl r1 clear crypto session
	wait_for 60 pings h1 10.2.0.2 || {
		ctl r1 show crypto session
		tail -5 "$net_dir/r1.log" "$net_dir/r2.log"
		return 1
	}
	wait_for 10 peer_is 192.0.2.3
	capture_start esp wire r1 'icmp or esp'
	ping_ok h1 10.2.0.2 5
	capture_stop esp
	check_eq 'ESP on the wire' "$(capture_count esp esp)" 10
}

moved_peer_calls()
{
	r2_moves_to 192.0.2.4
	ctl r1 clear crypto session
	name_is 192.0.2.4
	wait_for 60 pings h2 10.1.0.2
	wait_for 10 peer_is 192.0.2.4
}

several_addresses()
{
	# Nobody has the first one.
	name_is 192.0.2.77 192.0.2.4
	ctl r1 clear crypto session
	wait_for 60 pings h1 10.2.0.2
	wait_for 10 peer_is 192.0.2.4
}

ktap_case 'setup' setup
ktap_case 'a name that nobody knows: nothing leaves in clear' unknown_name
ktap_case 'a peer and its key by name' found_by_name
ktap_case 'the name changes while the tunnel is up' stays_while_up
ktap_case 'the peer has moved' peer_has_moved
ktap_case 'the peer has moved and calls' moved_peer_calls
ktap_case 'several addresses of a name' several_addresses
ktap_finish
