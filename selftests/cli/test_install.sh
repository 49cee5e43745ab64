#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 900
# shellcheck disable=SC2154 # net_dir, set by lib/net.sh
#
# What make install puts where, and that it works from there.

. "$(dirname "$0")/../lib/test.sh"
# shellcheck source=selftests/cli/daemon.sh
. "$(dirname "$0")/daemon.sh"

tree=$(realpath "$(dirname "$0")/../..")
release=$(uname -r)

# A guest's /lib/modules has no link to the headers.
kdir=$("$tree/selftests/vm/kernel" kdir "$release")
[ -e "$kdir" ] || kdir=/usr/src/linux-headers-$release

installed_files()
{
	local root=$net_dir/root module

	make -s -C "$tree" install KDIR="$kdir" DESTDIR="$root" PREFIX=/usr || return
	check_eq files "$(cd "$root/usr" && find . -type f -printf '%m %P\n' | sort -k 2)" \
"644 lib/systemd/system/ipsecd.service
755 sbin/ipsecctl
755 sbin/ipsecd
644 share/bash-completion/completions/ipsecctl
644 share/man/man8/ipsecctl.8
644 share/man/man8/ipsecd.8"
	module=$(find "$root/lib/modules/$release" -name cryptomap.ko)
	check_eq module "$(modinfo -F vermagic "$module" | cut -d' ' -f1)" "$release"
	check_eq programs "$("$root/usr/sbin/ipsecctl" --version | cut -d' ' -f1)" ipsecctl
	make -s -C "$tree/tools" uninstall DESTDIR="$root" PREFIX=/usr
	check_eq 'files left' "$(find "$root/usr" -type f)" ''
}

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
ktap_case 'make install, make uninstall' installed_files
ktap_case 'systemd finds no fault with the unit' unit_file
ktap_case 'the capabilities of the unit suffice' unit_capabilities
ktap_case 'bash completes by asking the daemon' completion
ktap_finish
