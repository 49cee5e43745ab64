#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The module loads, unloads and loads again, alone and with namespaces that
# come and go, and leaves nothing.
# leak-check

. "$(dirname "$0")/../lib/test.sh"

loaded()
{
	[ -d /sys/module/cryptomap ]
}

# Asking for one family by name would load the module, listing does not.
family_listed()
{
	genl ctrl list | grep -q '^Name: cryptomap$'
}

slabs()
{
	grep -c '^cm_' /proc/slabinfo || true
}

loads()
{
	modprobe cryptomap
	loaded
	# 6.1's modpost writes the line twice.
	check_eq 'release it was built for' \
		"$(modinfo -F vermagic cryptomap | cut -d' ' -f1 | sort -u)" "$(uname -r)"
	check_eq 'licence' "$(modinfo -F license cryptomap)" GPL
	family_listed || fail 'no generic netlink family'
}

unloads()
{
	rmmod cryptomap
	loaded && fail 'it is still there'
	! family_listed || fail 'generic netlink family is still there'
	check_eq 'slab caches' "$(slabs)" 0
}

repeatedly()
{
	local i

	for i in $(seq 1 10); do
		modprobe cryptomap || fail "load $i"
		rmmod cryptomap || fail "unload $i"
	done
}

# The per-namespace part: those that exist at load, and those that come later.
namespaces()
{
	local i

	ns_add before
	modprobe cryptomap
	for i in $(seq 1 10); do
		ns_add "during$i"
	done
	for i in $(seq 1 5); do
		ns_del "during$i"
	done
	ns_del before
	rmmod cryptomap
	for i in $(seq 6 10); do
		ns_del "during$i"
	done
}

# Nobody holds the module because of traffic that is not its own.
passes_foreign_traffic()
{
	topology_routers
	modprobe cryptomap
	ping_ok h1 10.2.0.2 10
	ping_ok h1 fd02::2 10
	check_eq 'UDP received and late' "$(udp_transfer h1 h2 10.2.0.2 200 100)" '200 0'
	tcp_transfer h1 h2 fd02::2 300000
	rmmod cryptomap
	ping_ok h1 10.2.0.2 10
}

# Loaded by who asks for its family, without modprobe.
loads_on_demand()
{
	genl ctrl get name cryptomap
	loaded || fail 'asking for the family does not load the module'
	rmmod cryptomap
}

ktap_case 'loads' loads
ktap_case 'unloads' unloads
ktap_case 'loads and unloads ten times' repeatedly
ktap_case 'namespaces come and go' namespaces
ktap_case 'does not touch what no map protects' passes_foreign_traffic
ktap_case 'is loaded by its netlink family' loads_on_demand
ktap_finish
