#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# takes: 60
# shellcheck disable=SC2154 # net_dir, bg_pid, set by lib/net.sh
#
# ipsecd killed and started again, with 100 tunnels to 100 peers. These are one
# daemon with 100 addresses, each on an interface of its own that has a map:
#
#	hub 10.0.0.1 -------- 10.0.0.2 many: peer N 10.9.N.1
#	LANs 10.100.N.1/24    LANs 10.200.N.1/24

. "$(dirname "$0")/../lib/test.sh"
# shellcheck source=selftests/cli/daemon.sh
. "$(dirname "$0")/../cli/daemon.sh"

tunnels=100
# Of these there is traffic all the time.
streams=(1 50 100)

# each LINE: for every tunnel, its number for each N
each()
{
	local n

	for ((n = 1; n <= tunnels; n++)); do
		echo "${1//N/$n}"
	done
}

# The times of DPD are long enough for a busy machine: this is not about peers that
# die.
common()
{
	cat <<-'CONFIG'
	crypto isakmp policy 10
	 encryption aes
	 hash sha256
	 authentication pre-share
	 group 19
	crypto isakmp keepalive 30 10 periodic
	crypto ipsec transform-set T esp-aes esp-sha256-hmac
	CONFIG
}

# entry MAP SEQUENCE PEER MY-LAN PEER-LAN
entry()
{
	cat <<-CONFIG
	access-list $((2000 + n)) permit ip $4 0.0.0.255 $5 0.0.0.255
	crypto map $1 $2 ipsec-isakmp
	 set peer $3
	 set transform-set T
	 match address $((2000 + n))
	CONFIG
}

hub_config()
{
	local n

	common
	echo 'crypto isakmp key cisco123 address 10.9.0.0 255.255.0.0'
	for ((n = 1; n <= tunnels; n++)); do
		entry M "$n" "10.9.$n.1" "10.100.$n.0" "10.200.$n.0"
	done
	printf 'interface wan\n crypto map M\n'
}

many_config()
{
	local n

	common
	echo 'crypto isakmp key cisco123 address 10.0.0.1'
	for ((n = 1; n <= tunnels; n++)); do
		entry "M$n" 10 10.0.0.1 "10.200.$n.0" "10.100.$n.0"
		printf 'interface peer%d\n crypto map M%d\n' "$n" "$n"
	done
}

topology()
{
	ns_add hub many
	link_add hub wan many wan
	addr_add hub wan 10.0.0.1/24
	addr_add many wan 10.0.0.2/24
	{
		echo 'link add lan type dummy'
		echo 'link set lan up'
		each 'addr add 10.100.N.1/24 dev lan'
		echo 'route add 10.9.0.0/16 via 10.0.0.2'
		each 'route add 10.200.N.0/24 via 10.0.0.2 src 10.100.N.1'
	} | ip -n hub -batch -
	{
		echo 'link add lan type dummy'
		echo 'link set lan up'
		each 'addr add 10.200.N.1/24 dev lan'
		each 'link add peerN type dummy'
		each 'link set peerN up'
		each 'addr add 10.9.N.1/32 dev peerN'
		each 'route add 10.100.N.0/24 dev peerN'
	} | ip -n many -batch -
}

routers_start()
{
	topology
	daemon_start hub
	daemon_start many
	hub_config | configure hub
	many_config | configure many
	ctl hub write memory
	ctl many write memory
}

# A few at a time: 100 at once would wait for each other anyway.
ping_all()
{
	seq "$tunnels" | xargs -P 10 -I{} ip netns exec hub \
		ping -q -c 1 -W 60 -I 10.100.{}.1 10.200.{}.1 >"$net_dir/pings" ||
		fail "$(grep -c ' 1 received' "$net_dir/pings") of $tunnels were answered"
}

# established NAME: IKE SAs in use
established()
{
	ctl "$1" show crypto isakmp sa |
		awk '$3 == "QM_IDLE" && $5 == "ACTIVE"' | wc -l
}

# Connection ids of all IPsec SAs: another SA has another one.
connections()
{
	json "$1" "' '.join(str(c['id']) for c in v['connections'])" \
		show crypto engine connections active
}

# Both ends have one pair for each tunnel.
one_pair_each()
{
	[ "$(connections hub | wc -w)" = $((2 * tunnels)) ] &&
		[ "$(connections many | wc -w)" = $((2 * tunnels)) ]
}

tunnels_up()
{
	ping_all
	wait_for 20 one_pair_each
	check_ge 'IKE SAs of the hub' "$(established hub)" "$tunnels"
}

# streams_run CMD...: numbered datagrams through some of the tunnels meanwhile,
# all of which arrive.
streams_run()
{
	local dir n
	local -a sinks=() sources=()

	dir=$(mktemp -d "$net_dir/streams.XXXXXX")
	for n in "${streams[@]}"; do
		bg in_ns many /usr/bin/python3 "$selftests/lib/udp.py" sink "10.200.$n.1" 5010 0 \
			>"$dir/got$n"
		sinks+=("$bg_pid")
	done
	for n in "${streams[@]}"; do
		wait_for 20 listening_on "10.200.$n.1"
		bg in_ns hub /usr/bin/python3 "$selftests/cli/stream.py" "10.200.$n.1" 5010 \
			"$dir/stop" >"$dir/sent$n"
		sources+=("$bg_pid")
	done
	"$@"
	touch "$dir/stop"
	wait "${sources[@]}" "${sinks[@]}"
	for n in "${streams[@]}"; do
		check_ge "sent through tunnel $n" "$(cat "$dir/sent$n")" 50
		check_eq "arrived through tunnel $n, late ones" "$(cat "$dir/got$n")" \
			"$(cat "$dir/sent$n") 0"
	done
}

listening_on()
{
	[ -n "$(in_ns many ss -Hlnu "src $1:5010")" ]
}

# There is an IKE SA with each peer again when its tunnel has been watched anew.
kill_and_restart()
{
	daemon_stop "$1" KILL
	ping_ok hub 10.200.7.1 5 -I 10.100.7.1
	daemon_start "$1"
	wait_for 120 value_ge "$tunnels" established "$1"
}

# restarted NAME: its SAs are those of before, and so are the other side's
restarted()
{
	local hub many

	hub=$(connections hub)
	many=$(connections many)
	streams_run kill_and_restart "$1"
	wait_for 90 one_pair_each ||
		fail "SAs: $(count_connections hub), $(count_connections many)"
	check_eq 'SAs of the hub' "$(connections hub)" "$hub"
	check_eq 'SAs of the peers' "$(connections many)" "$many"
	grep -q "ISAKMP: $tunnels pairs of IPsec SAs are adopted" "$net_dir/$1.log"
	ping_all
}

# What was adopted is still looked after: its end is noticed, told, and made good.
still_served()
{
	ctl hub clear crypto session remote 10.9.50.1
	wait_for 20 value_is $((2 * tunnels - 2)) count_connections many
	check_eq 'SAs of the hub' "$(count_connections hub)" $((2 * tunnels - 2))
	ping_ok hub 10.200.50.1 3 -W 60 -I 10.100.50.1
	wait_for 20 one_pair_each
}

count_connections()
{
	connections "$1" | wc -w
}

modprobe cryptomap
ktap_case '100 peers: configured' routers_start
ktap_case '100 tunnels come up, one pair each' tunnels_up
ktap_case 'killed and restarted: nothing lost, IKE SAs again, no SA twice' restarted hub
ktap_case 'the peers killed and restarted: the same' restarted many
ktap_case 'adopted SAs are served: cleared, the peer knows; traffic has new ones' still_served
ktap_finish
