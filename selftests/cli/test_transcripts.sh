#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# takes: 30
# shellcheck disable=SC2154 # net_dir, set by lib/net.sh
#
# What is said, to the letter: each transcript on a router of its own.  With
# ACCEPT in the environment the transcripts are written anew, to $VM_OUT.

. "$(dirname "$0")/../lib/test.sh"
# shellcheck source=selftests/cli/daemon.sh
. "$(dirname "$0")/daemon.sh"

here=$(dirname "$(realpath "$0")")

# The router has two ports, wan and lan, the latter also known as Gi0/1.
play()
{
	local file=$1 status=0

	ns_add router
	ip -n router link add wan type dummy
	ip -n router link add lan type dummy
	altname_add router lan GigabitEthernet0-1
	daemon_start router
	if [ -n "${ACCEPT-}" ]; then
		cp "$file" "$VM_OUT/"
		"$here/transcript.py" --accept "$net_dir/router.sock" "$VM_OUT/${file##*/}" || status=$?
	else
		"$here/transcript.py" "$net_dir/router.sock" "$file" || status=$?
	fi
	daemon_stop router
	rm -f "$net_dir/router.startup"
	ns_del router
	return "$status"
}

modprobe cryptomap
for file in "$here"/transcripts/*.txt; do
	ktap_case "$(basename "$file" .txt)" play "$file"
done
ktap_finish
