#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2154 # net_dir, set by lib/net.sh
#
# That what make install installs works from there; selftests/static looks at
# what it puts where.

. "$(dirname "$0")/../lib/test.sh"
# shellcheck source=selftests/cli/daemon.sh
. "$(dirname "$0")/daemon.sh"

tree=$(realpath "$(dirname "$0")/../..")

unit_file()
{
	local said unit=$net_dir/prefix/lib/systemd/system/ipsecd.service

	make -s -C "$tree/tools" install PREFIX="$net_dir/prefix"
	said=$(systemd-analyze verify --man=no "$unit" 2>&1) || true
	check_no_match 'what systemd says of the unit' "$said" 'ipsecd'
}

# The daemon with no more than the unit gives it, and from where it is installed.
unit_capabilities()
{
	local bounding unit=$net_dir/prefix/lib/systemd/system/ipsecd.service
	local binary=$net_dir/prefix/sbin/ipsecd

	bounding=$(sed -n 's/^CapabilityBoundingSet=//p' "$unit" | tr 'A-Z ' 'a-z,' |
		sed 's/cap_/+/g')
	check_match 'bounding set' "$bounding" '^\+net_admin,'
	ns_add unit
	ip -n unit link add wan type dummy
	bg in_ns unit prlimit --memlock=unlimited setpriv --no-new-privs --bounding-set "-all,$bounding" \
		"$binary" -F -s "$net_dir/unit.sock" -f "$net_dir/unit.startup" 2>"$net_dir/unit.log"
	wait_for 30 ctl unit show version >/dev/null || cat "$net_dir/unit.log"
	configure unit <<-'CONFIG'
	interface wan
	 ip address 192.0.2.1 255.255.255.0
	 ipv6 address 2001:db8::1/64
	 ipv6 mtu 1300
	interface Loopback7
	 ip address 10.0.0.1 255.255.255.255
	CONFIG
	ctl unit write memory
	check_eq 'IPv6 MTU' "$(in_ns unit cat /proc/sys/net/ipv6/conf/wan/mtu)" 1300
	check_eq 'effective capabilities: net_admin' \
		"$(awk '/^CapEff/ { print $2 }' "/proc/$bg_pid/status")" 0000000000001000
	check_no_match log "$(cat "$net_dir/unit.log")" '[Pp]ermission|not permitted'
	# As ExecReload.
	ctl unit -f "$net_dir/unit.startup"
}

# completions WORD...: what the shell offers for the last one
completions()
{
	COMP_WORDS=(ipsecctl -s "$net_dir/unit.sock" "$@")
	COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
	COMPREPLY=()
	_ipsecctl 2>/dev/null
	printf '%s\n' "${COMPREPLY[*]}"
}

completion()
{
	local PATH=$net_dir/prefix/sbin:$PATH

	# shellcheck disable=SC1091 # was installed just now
	. "$net_dir/prefix/share/bash-completion/completions/ipsecctl"
	check_eq 'a word' "$(completions sho)" show
	check_eq 'abbreviated words before it' "$(completions sh cry ip s)" sa
	check_eq 'a choice' "$(completions show crypto map '')" 'interface tag'
	check_match 'configured names' "$(completions show interfaces '')" '(^| )Loopback7( |$)'
	check_match 'and devices' "$(completions show ip interface w)" '^wan$'
	check_eq 'nothing' "$(completions show nonsense '')" ''
	check_eq options "$(completions --v)" --version
	check_eq 'a daemon that is not there' "$(COMP_WORDS=(ipsecctl -s /nonexistent sh)
		COMP_CWORD=3
		COMPREPLY=()
		_ipsecctl 2>&1
		echo "${COMPREPLY[*]}")" ''
}

modprobe cryptomap
ktap_case 'systemd finds no fault with the unit' unit_file
ktap_case 'the capabilities of the unit suffice' unit_capabilities
ktap_case 'bash completes by asking the daemon' completion
ktap_finish
