#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 1800
# takes: 60
# cpus: 1
# shellcheck disable=SC2154 # net_dir, bg_pid, set by lib/net.sh
#
# 100 000 forged openings of main mode, each from another address, to a gateway
# that has a key for anybody: its memory stays small, it answers each once and no
# more, and a peer connects meanwhile.
#
# One processor: the counter on the wire has the kernel change its code under
# traffic, which the emulator of several now and then trips over.

. "$(dirname "$0")/../lib/test.sh"
# shellcheck source=selftests/ike/ike.sh
. "$(dirname "$0")/ike.sh"

here=$(dirname "$(realpath "$0")")
count=100000
# Octets: 2048 openings are kept, each below a kilobyte; the rest is for the peer.
growth_max=$((4 << 20))

# Of r2, whose peer is r1 like anybody.
victim_config()
{
	our_config | sed -e 's/ address 192.0.2.2$/ address 0.0.0.0 0.0.0.0/
		s/ peer 192.0.2.2/ peer 192.0.2.1/
		s/10.1.0.0 0.0.0.255 10.2.0.0 0.0.0.255/10.2.0.0 0.0.0.255 10.1.0.0 0.0.0.255/
		s/ip address 192.0.2.1/ip address 192.0.2.2/'
}

resident()
{
	awk '/^VmRSS:/ { print $2 * 1024 }' "/proc/$(<"$net_dir/r2.pid")/status"
}

# Answers to the forged addresses, on the wire, where they are counted and end.
answers()
{
	in_ns wire nft -j list counters |
		/usr/bin/python3 -c 'import json, sys
print([c["counter"]["packets"] for c in json.load(sys.stdin)["nftables"] if "counter" in c][0])'
}

sent()
{
	cat "$net_dir/sent" 2>/dev/null || echo 0
}

setup()
{
	topology_routers || return
	ip -n r2 route add 10.128.0.0/9 via 192.0.2.1 || return
	in_ns wire nft -f - <<-'NFT' || return
		table netdev flood {
			counter answers { }
			chain from_r2 {
				type filter hook ingress device r2 priority 0
				ip daddr 10.128.0.0/9 udp sport 500 counter name answers drop
			}
		}
	NFT
	ike_defaults
	daemon_start r1 || return
	daemon_start r2 || return
	our_config | sed '/^$/d' | configure r1 >/dev/null || return
	victim_config | sed '/^$/d' | configure r2 >/dev/null
}

flood_start()
{
	bg in_ns wire /usr/bin/python3 "$here/forger.py" r2 \
		"$(in_ns r2 cat /sys/class/net/wan/address)" 192.0.2.2 "$count" \
		"$(<"$net_dir/r2.pid")" "$net_dir/sent"
	echo "$bg_pid" >"$net_dir/forger"
	# All room for openings is taken.
	wait_for 300 value_ge 4000 sent
}

peer_connects()
{
	resident >"$net_dir/before"
	flood_start
	in_ns h1 ping -q -c 1 -W 60 10.2.0.2 >/dev/null || fail 'no tunnel during the flood' || return
	check_ge 'openings that were still to come' $((count - $(sent))) 1
	check_eq SAs "$(our_sas)" 2
}

memory_stays()
{
	local before after

	wait_for 1200 value_is "$count" sent
	before=$(<"$net_dir/before")
	after=$(resident)
	echo "resident: $before octets before, $after after" >"$net_dir/resident"
	check_le 'growth in octets' $((after - before)) "$growth_max"
}

answered_once()
{
	# Each would have been sent again after half a second, the first ones long ago.
	check_eq 'answers to forged addresses' "$(answers)" "$count"
}

still_works()
{
	ping_ok h1 10.2.0.2 5
	check_eq 'forged sessions' "$(json r2 'len(v["sessions"])' show crypto session)" 1
}

setup
ktap_case 'a peer connects during the flood' peer_connects
ktap_case 'memory stays bounded' memory_stays
ktap_diag <"$net_dir/resident"
ktap_case 'every opening is answered once, whatever follows' answered_once
ktap_case 'the tunnel works after it' still_works
daemon_stop r1
daemon_stop r2
ktap_finish
