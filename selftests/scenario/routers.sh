# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck disable=SC2154 # net_dir, selftests, set by lib/
#
# Namespaces as routers with ipsecd in each, for the tests of this directory;
# after lib/test.sh.  Configurations are IOS lines, to the letter of the
# documents where they do not err.

# shellcheck source=selftests/cli/daemon.sh
. "$selftests/cli/daemon.sh"

# cable NS1 DEV1 NAME1 NS2 DEV2 [NAME2]: a link; its ends have IOS names.
cable()
{
	link_add "$1" "$2" "$4" "$5" || return
	altname_add "$1" "$2" "$3" || return
	[ -z "${6-}" ] || altname_add "$4" "$5" "$6"
}

# provider NAME: routes, and stands for everything beyond: what is asked for on
# one link and lies behind another one, it answers for itself (proxy ARP), as
# routes to an interface rely on it (IF-3).
provider()
{
	ns_add "$1" && in_ns "$1" sysctl -q net.ipv4.conf.all.proxy_arp=1
}

# provider_port NAME DEV ADDRESS/LENGTH
provider_port()
{
	# It answers at once, and not after a random part of 0.8 s.
	in_ns "$1" sysctl -q "net.ipv4.neigh.$2.proxy_delay=0" || return
	addr_add "$1" "$2" "$3"
}

# router_start NAME <CONFIG: ipsecd, and every line of its configuration done or ignored
router_start()
{
	daemon_start "$1" && configure "$1"
}

# echo5 NS FROM TO [COUNT]: pings as IOS sends them, 100 bytes; prints how many of
# them were answered, as in 5/5.  IOS waits 2 s for each; an emulator may be slow.
echo5()
{
	local ns=$1 from=$2 to=$3 count=${4:-5}

	in_ns "$ns" ping -q -c "$count" -i 0.1 -W 20 -s 72 -I "$from" "$to" 2>/dev/null |
		sed -n "s|^$count packets transmitted, \([0-9]*\) received.*|\1/$count|p"
}

# answers NS ADDRESS [PING-OPTION...]: for wait_for
answers()
{
	local ns=$1 to=$2

	shift 2
	in_ns "$ns" ping -q -c 1 -W 1 "$@" "$to" >/dev/null 2>&1
}

# isakmp_sas NAME [PEER]: how many IKE SAs are QM_IDLE and ACTIVE
isakmp_sas()
{
	ctl "$1" show crypto isakmp sa |
		awk -v peer="${2-}" '$3 == "QM_IDLE" && $5 == "ACTIVE" &&
			(peer == "" || $1 == peer || $2 == peer)' | wc -l
}

# ipsec_sas NAME: how many IPsec SAs the kernel has, both directions
ipsec_sas()
{
	json "$1" "sum(len(f.get(way, [])) for m in v['crypto-maps'] for f in m['flows']
		for way in ('inbound-esp', 'outbound-esp'))" show crypto ipsec sa
}

# ipsec_flows NAME: for how many flows there are such; a pair that was replaced, or
# made by both sides at once, stays for a while beside the other one
ipsec_flows()
{
	json "$1" "sum(bool(f.get('inbound-esp')) and bool(f.get('outbound-esp'))
		for m in v['crypto-maps'] for f in m['flows'])" show crypto ipsec sa
}

# logged NAME REGEX: for wait_for
logged()
{
	grep -Eq -- "$2" "$net_dir/$1.log"
}
