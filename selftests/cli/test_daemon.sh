#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 600
# takes: 40
# shellcheck disable=SC2154 # net_dir, bg_pid, set by lib/net.sh
#
# ipsecd over a live data plane: it may die, change and be cleared without
# what it does not concern losing anything.

. "$(dirname "$0")/../lib/test.sh"
# shellcheck source=selftests/cli/daemon.sh
. "$(dirname "$0")/daemon.sh"

here=$(dirname "$(realpath "$0")")

# stream CMD...: numbered datagrams from h1 to h2 before, during and after CMD,
# all of which arrive, in order.
stream()
{
	local dir sink source

	dir=$(mktemp -d "$net_dir/stream.XXXXXX")
	bg in_ns h2 /usr/bin/python3 "$selftests/lib/udp.py" sink 10.2.0.2 5010 0 >"$dir/got"
	sink=$bg_pid
	wait_for 10 listening h2 udp 5010
	bg in_ns h1 /usr/bin/python3 "$here/stream.py" 10.2.0.2 5010 "$dir/stop" >"$dir/sent"
	source=$bg_pid
	"$@"
	touch "$dir/stop"
	wait "$source" || fail 'the stream was cut' || return
	wait "$sink"
	check_ge 'datagrams sent' "$(cat "$dir/sent")" 50
	check_eq 'datagrams arrived, late ones' "$(cat "$dir/got")" "$(cat "$dir/sent") 0"
}

only_esp()
{
	check_eq 'inner packets on the wire' "$(capture_count "$1" net 10.0.0.0/8)" 0
	check_ge 'ESP packets on the wire' "$(capture_count "$1" esp)" 1
}

tunnels_carry()
{
	capture_start carry wire r1 ip or ip6
	ping_ok h1 10.2.0.2 5
	ping_ok h1 fd02::2 5
	capture_stop carry
	only_esp carry
	check_eq 'IPv6 inner packets' "$(capture_count carry net fd00::/8)" 0
	check_eq encaps "$(flow_counter r1 M 10 encaps)" 5
	check_eq decaps "$(flow_counter r2 M 10 decaps)" 5
	check_eq 'encaps IPv6' "$(flow_counter r2 M6 10 encaps)" 5
}

kill_and_restart()
{
	daemon_stop r1 KILL
	ping_ok h1 10.2.0.2 5
	daemon_start r1
}

killed_and_adopted()
{
	local before

	before=$(sa_field r1 M 10 in conn-id) || return
	ctl r1 write memory
	capture_start killed wire r1 ip
	stream kill_and_restart
	capture_stop killed
	only_esp killed
	check_eq 'connection id' "$(sa_field r1 M 10 in conn-id)" "$before"
}

terminated_leaves_all()
{
	daemon_stop r1
	check_eq 'socket left' "$(ls "$net_dir/r1.sock" 2>/dev/null)" ''
	ping_ok h1 10.2.0.2 5
	ping_ok h1 fd02::2 5
	daemon_start r1
}

change_other_entry()
{
	configure r1 <<-'CONFIG'
	crypto map M 5
	 set session-key inbound esp 1501 cipher 00112233445566778899aabbccddeeff authenticator 000102030405060708090a0b0c0d0e0f10111213
	no crypto map M 7
	CONFIG
}

add_entries()
{
	configure r1 <<-'CONFIG'
	access-list 170 permit ip host 10.1.0.77 host 10.2.0.77
	crypto map M 7 ipsec-isakmp
	 set peer 192.0.2.77
	 match address 170
	CONFIG
	change_other_entry
}

others_untouched()
{
	local in out encaps

	in=$(sa_field r1 M 10 in conn-id) || return
	out=$(sa_field r1 M 10 out conn-id) || return
	encaps=$(flow_counter r1 M 10 encaps) || return
	stream add_entries
	check_eq 'inbound connection' "$(sa_field r1 M 10 in conn-id)" "$in"
	check_eq 'outbound connection' "$(sa_field r1 M 10 out conn-id)" "$out"
	check_ge encaps "$(flow_counter r1 M 10 encaps)" $((encaps + 50))
	check_eq 'new inbound SPI' "$(sa_field r1 M 5 in spi)" 1501
}

fails_closed()
{
	configure r1 <<-'CONFIG'
	crypto map M 10
	 no set session-key outbound esp
	CONFIG
	capture_start closed wire r1 ip
	ping_lost h1 10.2.0.2
	capture_stop closed
	check_eq 'inner packets on the wire' "$(capture_count closed net 10.0.0.0/8)" 0
	check_ge 'drops by name' "$(json r1 "v['drops']['no-sa']" show crypto drops)" 3
	tunnel_config 1 2 | configure r1
	ctl r2 clear crypto sa
	ping_ok h1 10.2.0.2
}

clear_and_log()
{
	# New SAs of one end begin at 1; the other end's window has seen that.
	in_ns h1 ping -q -i 0.02 -c 200 10.2.0.2 >/dev/null
	ctl r1 clear crypto sa
	check_eq 'encaps after clear' "$(flow_counter r1 M 10 encaps)" 0
	ping_lost h1 10.2.0.2
	wait_for 10 logged r2 '%CRYPTO-4-PKT_REPLAY_ERR: decrypt: replay check failed connection id=[0-9]+$'
	ctl r2 clear crypto sa
	ping_ok h1 10.2.0.2
	configure r1 <<-'CONFIG'
	crypto map M 10
	 set session-key outbound esp 9999 cipher 000102030405060708090a0b0c0d0e0f authenticator 000102030405060708090a0b0c0d0e0f10111213
	CONFIG
	ping_lost h1 10.2.0.2
	wait_for 10 logged r2 "%CRYPTO-4-RECVD_PKT_INV_SPI: decaps: rec'd IPSEC packet has invalid spi for destaddr=192.0.2.2, prot=50, spi=0x270F\(9999\), srcaddr=192.0.2.1$"
	tunnel_config 1 2 | configure r1
	ping_ok h1 10.2.0.2
}

logged()
{
	ctl "$1" show logging | grep -Eq -- "$2"
}

deleted_sa_comes_back()
{
	"$selftests/lib/cmctl" -n r1 "do" sa-flush
	wait_for 10 has_sas r1 6
}

has_sas()
{
	[ "$(json "$1" "v['sas']" show crypto drops)" = "$2" ]
}

address_moves()
{
	ctl r1 -f - <<-'CONFIG'
	interface wan
	 ip address 192.0.2.11 255.255.255.0
	CONFIG
	check_eq 'local end' "$(sa_field r1 M 10 in destination)" 192.0.2.11
	tunnel_config 1 2 | configure r1
	check_eq 'local end' "$(sa_field r1 M 10 in destination)" 192.0.2.1
	ctl r2 clear crypto sa
	wait_for 10 ping_ok h1 10.2.0.2 1
}

interface_comes_late()
{
	configure r1 <<-'CONFIG'
	crypto map L 1 ipsec-isakmp
	 set peer 198.51.100.2
	 match address LATE
	interface late0
	 ip address 198.51.100.1 255.255.255.0
	 ip mtu 1400
	 crypto map L
	ip access-list extended LATE
	 permit ip any host 203.0.113.9
	CONFIG
	in_ns r1 ip link add late0 type dummy
	wait_for 10 bound_to r1 late0
	wait_for 10 has_address r1 late0 198.51.100.1/24
	check_match mtu "$(in_ns r1 ip -o link show late0)" 'mtu 1400 '
	# Another interface of the name, with another index.
	in_ns r1 ip link del late0
	wait_for 10 not_bound r1 late0
	in_ns r1 ip link add late0 type dummy
	wait_for 10 bound_to r1 late0
	wait_for 10 has_address r1 late0 198.51.100.1/24
	ping_ok h1 10.2.0.2
	in_ns r1 ip link del late0
	configure r1 <<-'CONFIG'
	no interface late0
	no crypto map L
	no ip access-list extended LATE
	CONFIG
}

bound_to()
{
	ctl "$1" show crypto ipsec sa interface "$2" 2>/dev/null | grep -q 'Crypto map tag: L'
}

not_bound()
{
	! bound_to "$@"
}

has_address()
{
	in_ns "$1" ip -o addr show dev "$2" | grep -qF " $3 "
}

module_comes_anew()
{
	rmmod cryptomap
	modprobe cryptomap
	# The daemons find it again and tell it everything.
	wait_for 40 has_sas r1 6
	wait_for 40 has_sas r2 6
	wait_for 20 ping_ok h1 10.2.0.2 1
	ping_ok h1 fd02::2
}

second_daemon_refused()
{
	check_match text "$(check_fails timeout 20 ip netns exec r1 ipsecd -F -s "$net_dir/r1.sock" -f /nonexistent)" \
		'another ipsecd uses this socket'
	ping_ok h1 10.2.0.2
}

modprobe cryptomap
topology_routers
# The first capture of a machine has the kernel patch its code for time stamps,
# and the emulator of more than one processor may trip over that in a packet's
# way: have it done before there is traffic, and undone after.
bg in_ns wire tcpdump -i lo -w /dev/null 2>/dev/null
tunnel_config 1 2 >"$net_dir/r1.startup"
tunnel_config 2 1 >"$net_dir/r2.startup"
ktap_case 'start from a startup configuration' eval 'daemon_start r1; daemon_start r2'
ktap_case 'tunnels carry, only ESP on the wire' tunnels_carry
ktap_case 'killed: tunnels go on; restarted: SAs adopted, nothing lost' killed_and_adopted
ktap_case 'terminated: data plane untouched' terminated_leaves_all
ktap_case 'one entry changes under traffic, the others do not' others_untouched
ktap_case 'without SA: dropped by name, never in clear' fails_closed
ktap_case 'clear, replay and invalid SPI in the log' clear_and_log
ktap_case 'manual SAs deleted by others come back' deleted_sa_comes_back
ktap_case 'local address moves' address_moves
ktap_case 'interface comes late and again' interface_comes_late
ktap_case 'second daemon on a socket is refused' second_daemon_refused
ktap_case 'module removed and loaded under the daemons' module_comes_anew
ktap_finish
