#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The daemons of others among themselves, without us: what the tests with them
# lean on.

. "$(dirname "$0")/../lib/test.sh"
# shellcheck source=selftests/lib/peers.sh
. "$selftests/lib/peers.sh"

charon_conf()
{
	cat <<-CONF
		connections {
			lan {
				version = 1
				local_addrs = $1
				remote_addrs = $2
				proposals = aes128-sha256-modp2048
				local { auth = psk }
				remote { auth = psk }
				children {
					lan {
						local_ts = $3
						remote_ts = $4
						esp_proposals = aes128-sha256-modp2048
					}
				}
			}
		}
		secrets { ike { secret = "cisco123" } }
	CONF
}

charon_and_charon()
{
	charon_start r1 && charon_start r2
	charon_conf 192.0.2.1 192.0.2.2 10.1.0.0/24 10.2.0.0/24 | charon_load r1
	charon_conf 192.0.2.2 192.0.2.1 10.2.0.0/24 10.1.0.0/24 | charon_load r2
	charon r1 --initiate --child lan --timeout 30
	capture_start esp wire r1 'icmp or esp'
	ping_ok h1 10.2.0.2 5
	capture_stop esp
	check_eq 'ESP on the wire' "$(capture_count esp esp)" 10
	charon_stop r1
}

charon_and_pluto()
{
	pluto_start r1
	pluto_load r1 <<-'CONF'
		conn lan
			ikev2=no
			authby=secret
			left=192.0.2.1
			right=192.0.2.2
			leftsubnet=10.1.0.0/24
			rightsubnet=10.2.0.0/24
			ike=aes128-sha2_256;modp2048
			esp=aes128-sha2_256;modp2048
			pfs=yes
		# secrets
		192.0.2.1 192.0.2.2 : PSK "cisco123"
	CONF
	pluto r1 --initiate --name lan
	capture_start esp wire r1 'icmp or esp'
	ping_ok h1 10.2.0.2 5
	capture_stop esp
	check_eq 'ESP on the wire' "$(capture_count esp esp)" 10
	pluto_stop r1
	charon_stop r2
}

topology_routers
ktap_case 'strongSwan with strongSwan' charon_and_charon
ktap_case 'strongSwan with libreswan' charon_and_pluto
ktap_finish
