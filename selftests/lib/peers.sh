# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# IKE daemons that others wrote, over the stock xfrm data plane: strongSwan's
# charon and libreswan's pluto, out of Debian's packages (packaging/fetch-peers).
#
#	charon_start r2
#	charon_load r2 <<-'CONF'	swanctl.conf(5)
#	charon r2 --initiate --child lan
#
#	pluto_start r2
#	pluto_load r2 <<-'CONF'		ipsec.conf(5), and secrets behind "# secrets"
#	pluto r2 --initiate --name lan
#
# Each daemon has the directory $net_dir/NS for its files.

# shellcheck disable=SC2154 # selftests, net_dir, bg_pid: test.sh and net.sh

# The guest takes their files over; it is thrown away after the test.
peers_install()
{
	local name=$1 root=$selftests/../build/peers/$1

	[ -e "/run/peers-$name" ] && return
	[ -e "$root/.complete" ] || {
		echo "peers: $root is not there: packaging/fetch-peers" >&2
		return 1
	}
	cp -a "$root/." / && ldconfig && touch "/run/peers-$name"
	modprobe -aq xfrm_user esp4 esp6 af_key
	peers_warm_up
}

# The first SA of a kind loads modules, which takes an emulated machine longer
# than a whole negotiation.
peers_warm_up()
{
	local spi=0x100 auth

	for auth in sha1 sha256 sha384 sha512; do
		ip xfrm state add src 192.0.2.1 dst 192.0.2.2 proto esp spi "$((++spi))" \
			mode tunnel enc 'cbc(aes)' 0x000102030405060708090a0b0c0d0e0f \
			auth "hmac($auth)" 0x000102030405060708090a0b0c0d0e0f
	done
	ip xfrm state add src 192.0.2.1 dst 192.0.2.2 proto esp spi 0x300 mode tunnel \
		enc 'cbc(des)' 0x0123456789abcdef auth 'hmac(md5)' 0x000102030405060708090a0b0c0d0e0f
	ip xfrm state add src 192.0.2.1 dst 192.0.2.2 proto esp spi 0x301 mode tunnel \
		enc 'cbc(des3_ede)' 0x0123456789abcdef1032547698badcfe1123456789abcdef \
		auth 'hmac(md5)' 0x000102030405060708090a0b0c0d0e0f
	ip xfrm state add src 192.0.2.1 dst 192.0.2.2 proto esp spi 0x302 mode tunnel \
		enc 'ecb(cipher_null)' "" auth 'hmac(md5)' 0x000102030405060708090a0b0c0d0e0f
	ip xfrm state add src 192.0.2.1 dst 192.0.2.2 proto esp spi 0x200 mode tunnel \
		aead 'rfc4106(gcm(aes))' 0x000102030405060708090a0b0c0d0e0f10111213 128
	ip xfrm state flush
}

# Not always our child: cases run in subshells.
peer_end()
{
	local pid

	pid=$(<"$net_dir/$1/pid")
	kill "$pid" 2>/dev/null || true
	wait_for 20 peer_ended "$pid"
	rm -rf "${net_dir:?}/$1"
}

peer_ended()
{
	! kill -0 "$1" 2>/dev/null || grep -q '^State:.*zombie' "/proc/$1/status" 2>/dev/null
}

# --- strongSwan

charon_start()
{
	local ns=$1 dir=$net_dir/$1

	peers_install strongswan || return
	mkdir -p "$dir"
	cat >"$dir/strongswan.conf" <<-CONF
		charon-systemd {
			install_virtual_ip = no
			retransmit_tries = 4
			retransmit_timeout = 1
			i_dont_care_about_security_and_use_aggressive_mode_psk = yes
			load = random nonce openssl pem pkcs1 pkcs8 x509 pubkey revocation constraints kernel-netlink socket-default vici updown
			plugins {
				vici { socket = unix://$dir/vici }
				kernel-netlink { fwmark = }
			}
			filelog {
				log { path = $dir/log
					default = 1
					ike = 2
					cfg = 2
					flush_line = yes
				}
			}
		}
		swanctl { load = pem pkcs1 x509 }
	CONF
	bg env STRONGSWAN_CONF="$dir/strongswan.conf" ip netns exec "$ns" charon-systemd
	echo "$bg_pid" >"$dir/pid"
	wait_for 20 test -S "$dir/vici"
}

# charon NS swanctl-command...
charon()
{
	local ns=$1

	shift
	STRONGSWAN_CONF=$net_dir/$ns/strongswan.conf ip netns exec "$ns" \
		swanctl "$@" --uri "unix://$net_dir/$ns/vici"
}

# charon_load NS <CONF
charon_load()
{
	cat >"$net_dir/$1/swanctl.conf"
	charon "$1" --load-all --file "$net_dir/$1/swanctl.conf" 2>"$net_dir/$1/load" || {
		cat "$net_dir/$1/load"
		return 1
	}
}

charon_stop()
{
	peer_end "$1"
}

# --- libreswan

# pluto_others LOADED: what ipsec.conf has, without connections that LOADED has
# too: of two with one name the first one counts.
pluto_others()
{
	awk 'NR == FNR { if ($1 == "conn") theirs[$2]; next }
		/^(conn|config) / { keep = !($1 == "conn" && $2 in theirs) }
		keep' "$1" "${1%/*}/ipsec.conf"
}

pluto_start()
{
	local ns=$1 dir=$net_dir/$1

	peers_install libreswan || return
	mkdir -p "$dir/nss"
	certutil -N -d "sql:$dir/nss" --empty-password || return
	# A test with certificates has them brought in before the daemon opens it.
	! declare -F pluto_nss >/dev/null || pluto_nss "$dir/nss" || return
	: >"$dir/secrets"
	printf 'config setup\n\tikev1-policy=accept\n\n' >"$dir/ipsec.conf"
	mkdir -p /run/pluto
	bg ip netns exec "$ns" /usr/libexec/ipsec/pluto --nofork --leak-detective \
		--config "$dir/ipsec.conf" --rundir "$dir" --nssdir "$dir/nss" --secretsfile "$dir/secrets" \
		--logfile "$dir/log"
	echo "$bg_pid" >"$dir/pid"
	wait_for 20 test -S "$dir/pluto.ctl"
}

# pluto NS whack-option...
pluto()
{
	local ns=$1

	shift
	ip netns exec "$ns" /usr/libexec/ipsec/whack --rundir "$net_dir/$ns" "$@"
}

# pluto_load NS <CONF: connections of ipsec.conf; lines behind "# secrets" are
# ipsec.secrets.  Lines of a connection need no indentation.
pluto_load()
{
	local ns=$1 dir=$net_dir/$1 names name

	cat >"$dir/loaded"
	{
		pluto_others "$dir/loaded"
		sed '/^# secrets$/,$d; /^conn /!s/^/\t/' "$dir/loaded"
	} >"$dir/ipsec.new"
	mv "$dir/ipsec.new" "$dir/ipsec.conf"
	sed '1,/^# secrets$/d' "$dir/loaded" >"$dir/secrets"
	# Its status is not zero even if all went well.
	pluto "$ns" --rereadsecrets >/dev/null || true
	mapfile -t names < <(sed -n 's/^conn \(.*\)/\1/p' "$dir/loaded")
	for name in "${names[@]}"; do
		ip netns exec "$ns" /usr/libexec/ipsec/addconn --config "$dir/ipsec.conf" \
			--ctlsocket "$dir/pluto.ctl" "$name" || return
	done
}

pluto_stop()
{
	pluto "$1" --shutdown || true
	peer_end "$1"
}
