#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The demonstration of `make demo`, in the guest: four gateways on one wire.
#
#	h1 10.1.1.2 --- R1 .1 ---+                  +--- .2 R2 --- 10.1.2.2 h2
#	            hub, stock   |                  |    spoke
#	            Linux's peer +-- 203.0.113.0/24 +--- .3 R3 --- 10.1.3.2 h3
#	                                            |    spoke
#	                                            +--- .4 R4 --- 10.1.4.2 h4
#	                                                 stock Linux
#
# R1, R2 and R3 are ours, configured by r1.cfg to r3.cfg: hub and spokes by IKE;
# h1 and h2 have IPv6 as well. R4 is a stock Linux with xfrm and keys by hand, as
# an independent peer.

set -uo pipefail

here=$(realpath "$(dirname "$0")")
selftests=$(realpath "$here/..")
# shellcheck source=selftests/lib/ktap.sh
. "$selftests/lib/ktap.sh"
# shellcheck source=selftests/lib/net.sh
. "$selftests/lib/net.sh"
trap net_cleanup EXIT

say()
{
	printf '\n=== %s\n\n' "$*"
}

die()
{
	echo "demo: $*" >&2
	exit 1
}

# router NAME HOST: with a LAN to its host and a port on the wire
# A netdev's name cannot have a slash; a dash stands for it.
router()
{
	local name=$1 host=$2

	ns_add "$name" "$host" || return
	link_add "$name" lan "$host" lan || return
	link_add "$name" wan wire "$name" || return
	ip -n wire link set "$name" master bridge || return
	altname_add "$name" wan GigabitEthernet0-0 || return
	altname_add "$name" lan GigabitEthernet0-1
}

topology()
{
	ns_add wire || return
	ip -n wire link add bridge type bridge mcast_snooping 0 || return
	ip -n wire link set bridge up || return
	router r1 h1 && router r2 h2 && router r3 h3 && router r4 h4 || return
	addr_add h1 lan 10.1.1.2/24 2001:db8:1::2/64 || return
	addr_add h2 lan 10.1.2.2/24 2001:db8:2::2/64 || return
	addr_add h3 lan 10.1.3.2/24 || return
	addr_add h4 lan 10.1.4.2/24 || return
	route_add h1 default 10.1.1.1 && route_add h1 default 2001:db8:1::1 || return
	route_add h2 default 10.1.2.1 && route_add h2 default 2001:db8:2::1 || return
	route_add h3 default 10.1.3.1 && route_add h4 default 10.1.4.1
}

# R4 does with xfrm what the third entry of r1.cfg says.
stock_gateway()
{
	addr_add r4 wan 203.0.113.4/24 || return
	addr_add r4 lan 10.1.4.1/24 || return
	route_add r4 10.1.1.0/24 203.0.113.1 || return
	xfrm_sa r4 203.0.113.4 203.0.113.1 4001 1 tunnel \
		enc 'cbc(aes)' 0x31415926535897932384626433832795 \
		auth 'hmac(sha1)' 0x2718281828459045235360287471352662497757 || return
	xfrm_sa r4 203.0.113.1 203.0.113.4 1004 1 tunnel \
		enc 'cbc(aes)' 0x16180339887498948482045868343656 \
		auth 'hmac(sha1)' 0x1414213562373095048801688724209698078569 || return
	xfrm_policy r4 out 10.1.4.0/24 10.1.1.0/24 203.0.113.4 203.0.113.1 1 tunnel || return
	xfrm_policy r4 in 10.1.1.0/24 10.1.4.0/24 203.0.113.1 203.0.113.4 1 tunnel || return
	xfrm_policy r4 fwd 10.1.1.0/24 10.1.4.0/24 203.0.113.1 203.0.113.4 1 tunnel
}

# gateway NAME: ours; the daemon, then its configuration
gateway()
{
	local name=$1

	bg in_ns "$name" ipsecd -F -s "$net_dir/$name.sock" -f "$net_dir/$name.startup" \
		2>"$net_dir/$name.log"
	wait_for 20 test -S "$net_dir/$name.sock" || return
	ctl "$name" -f "$here/$name.cfg"
}

ctl()
{
	local name=$1

	shift
	in_ns "$name" ipsecctl -s "$net_dir/$name.sock" "$@"
}

show()
{
	local name=$1

	shift
	echo "${name^^}# $*"
	ctl "$name" "$@" || die "$name refuses: $*"
	echo
}

# Nothing is up yet: the first packet of each begins IKE, waits for it, and arrives.
spokes_talk()
{
	echo 'ping h2 -> h3, from spoke to spoke through the hub: 5, through two cold tunnels'
	ping_ok h2 10.1.3.2 5 -W 30 || return
	echo 'ping h1 -> h2, h1 -> h3, h1 -> h2 by IPv6: 5 each'
	ping_ok h1 10.1.2.2 5 -W 30 && ping_ok h1 10.1.3.2 5 -W 30 &&
		ping_ok h1 2001:db8:2::2 5 -W 30
}

talk()
{
	local got

	echo 'ping h1 -> h4, behind the stock Linux: 5'
	ping_ok h1 10.1.4.2 5 || return
	echo 'UDP h2 -> h3, h4 -> h1: 100 datagrams each'
	got=$(udp_transfer h2 h3 10.1.3.2 100 512) && check_eq UDP "$got" '100 0' || return
	got=$(udp_transfer h4 h1 10.1.1.2 100 512) && check_eq UDP "$got" '100 0' || return
	echo 'TCP h3 -> h2, h4 -> h1, h2 -> h1 by IPv6: 1 MB each, compared'
	tcp_transfer h3 h2 10.1.2.2 1000000 &&
		tcp_transfer h4 h1 10.1.1.2 1000000 &&
		tcp_transfer h2 h1 2001:db8:1::2 1000000
}

# What crossed the wire: how many packets of each kind, and the first few.
wire()
{
	local esp ike other

	esp=$(capture_count wire 'esp')
	ike=$(capture_count wire 'udp port 500')
	other=$(capture_count wire 'not esp and not udp port 500 and not arp and
		not (icmp6 and ip6[40] >= 133 and ip6[40] <= 137)')
	tcpdump -n -r "$(capture_file wire)" 'udp port 500' 2>/dev/null | head -n 9
	tcpdump -n -r "$(capture_file wire)" esp 2>/dev/null | head -n 8
	printf '\n%s packets of ESP, %s of IKE, %s of anything else but address resolution\n' \
		"$esp" "$ike" "$other"
	[ "$esp" -gt 0 ] && [ "$ike" -gt 0 ] && [ "$other" -eq 0 ]
}

say "Kernel $(uname -r): the lab comes up"
modprobe cryptomap || die 'the module does not load'
topology || die 'no topology'
stock_gateway || die 'no stock gateway'

say 'Hub and spokes are configured: ipsecctl -f r1.cfg, and so on'
cat "$here/r1.cfg"
for router in r1 r2 r3; do
	gateway "$router" || die "${router^^} does not take its configuration"
done

say 'The spokes talk'
capture_start wire wire bridge 'not ip6 multicast' || die 'no capture'
spokes_talk || die 'hub and spokes cannot talk'
echo
show r1 show crypto isakmp sa
show r1 show crypto session
show r2 show crypto session

say 'All of them talk'
talk || die 'the hosts cannot talk'
capture_stop wire || { cat "$net_dir/wire.log"; die 'the capture is not whole'; }

say 'On the wire'
wire || die 'something was not protected'

say 'What R1 says'
show r1 show crypto map
show r1 show crypto ipsec sa
show r1 show crypto engine connections active
show r1 show running-config

say 'Done: all of it was encrypted'
