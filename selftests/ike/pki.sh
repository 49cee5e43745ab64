# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Certificates for the tests of this directory, made by openssl: authorities, and
# what they issue.  After lib/test.sh; all files are in $pki.

# shellcheck disable=SC2154 # net_dir: net.sh
pki=$net_dir/pki

# pki_authority NAME: NAME.ca.pem.  Elliptic, since making RSA keys takes long.
pki_authority()
{
	mkdir -p "$pki/$1"
	: >"$pki/$1/index"
	openssl rand -hex 8 | sed "s/^/01/" >"$pki/$1/serial"
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -sha256 -days 30 \
		-subj "/O=test/CN=$1" -keyout "$pki/$1/key.pem" -out "$pki/$1.ca.pem" 2>/dev/null
}

# pki_key NAME: NAME.key.pem, and a request for pki_issue
pki_key()
{
	mkdir -p "$pki"
	openssl genrsa -traditional -out "$pki/$1.key.pem" 2048 2>/dev/null &&
		openssl req -new -key "$pki/$1.key.pem" -subj "/CN=$1" -out "$pki/$1.csr"
}

# pki_issue AUTHORITY KEY NAME ALTERNATIVE-NAMES [END]: NAME.pem for the key, by
# the authority, with the subject /O=test/CN=NAME; END as in 20200201000000Z,
# then it began a month before 2020-02-01.
pki_issue()
{
	local ca=$1 key=$2 name=$3 names=$4 end=${5-}
	local days=(-days 30)

	[ -z "$end" ] || days=(-startdate 20200101000000Z -enddate "$end")
	cat >"$pki/$ca/config" <<-CONF
		[ ca ]
		default_ca = here
		[ here ]
		database = $pki/$ca/index
		serial = $pki/$ca/serial
		new_certs_dir = $pki/$ca
		default_md = sha256
		policy = any
		unique_subject = no
		x509_extensions = leaf
		[ any ]
		organizationName = optional
		commonName = supplied
		[ leaf ]
		basicConstraints = critical, CA:false
		keyUsage = critical, digitalSignature
		subjectAltName = $names
	CONF
	openssl ca -config "$pki/$ca/config" -batch -notext -utf8 -subj "/O=test/CN=$name" \
		-cert "$pki/$ca.ca.pem" -keyfile "$pki/$ca/key.pem" "${days[@]}" \
		-in "$pki/$key.csr" -out "$pki/$name.pem" 2>"$pki/$name.log" || {
		cat "$pki/$name.log"
		return 1
	}
}

# pki_import NSS-DIRECTORY AUTHORITY KEY NAME...: for libreswan, the certificates
# of one key
pki_import()
{
	local dir=sql:$1 ca=$2 key=$3 name=$4

	shift 4
	certutil -A -d "$dir" -n "$ca" -t CT,, -i "$pki/$ca.ca.pem" || return
	openssl pkcs12 -export -name "$name" -inkey "$pki/$key.key.pem" -in "$pki/$name.pem" \
		-passout pass:x -out "$pki/$name.p12" || return
	pk12util -i "$pki/$name.p12" -d "$dir" -W x -K '' >/dev/null || return
	for name; do
		certutil -A -d "$dir" -n "$name" -t u,u,u -i "$pki/$name.pem" || return
	done
}
