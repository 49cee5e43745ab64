# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What every shell test begins with:
#
#	. "$(dirname "$0")/../lib/test.sh"
#
# Beware of `set -e` at the top of a test: a failing setup would end it with no
# case at all, which counts as failed, but says little.

selftests=$(realpath "$(dirname "${BASH_SOURCE[0]}")/..")

if [ -z "${VM_GUEST-}" ]; then
	echo "${0##*/}: runs in the guest only: selftests/vm/run -- $0" >&2
	exit 2
fi

# shellcheck source=selftests/lib/ktap.sh
. "$selftests/lib/ktap.sh"
# shellcheck source=selftests/lib/net.sh
. "$selftests/lib/net.sh"

# Alone, the verdict needs to know what there was before.
[ -n "${KTAP_RUNNER-}" ] || "$selftests/lib/verdict.sh" begin "${0##*/}"

trap net_cleanup EXIT

ktap_start
