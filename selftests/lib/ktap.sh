# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# KTAP version 1 for shell tests.
#
#	ktap_start
#	ktap_case 'ESP leaves the gateway' esp_leaves eth1
#	ktap_skip 'AH' 'kernel without AH'
#	ktap_finish
#
# ktap_case runs its command in a subshell under `set -e`: the first command
# that fails fails the case, and variables set inside are lost.  What the case
# prints is shown as diagnostics if it fails.  Do not put ktap_case itself in a
# condition (if, &&, ||): the shell would ignore the set -e within.
# A case may return KTAP_SKIP after having printed why as its last line.

# shellcheck disable=SC2034 # for the cases
KTAP_SKIP=4
ktap_count=0
ktap_failed=0
ktap_skipped=0

ktap_start()
{
	echo "KTAP version 1"
}

# ktap_diag TEXT...: a line for the reader; without arguments, from stdin.
ktap_diag()
{
	if [ $# -gt 0 ]; then
		printf '%s\n' "$*"
	else
		cat
	fi | sed 's/^/# /'
}

# A '#' in a name would begin a directive.
ktap_line()
{
	local result=$1 name=$2

	ktap_count=$((ktap_count + 1))
	echo "$result $ktap_count - ${name//#/}${3:+ # $3}"
}

ktap_pass()
{
	ktap_line ok "$1"
}

# ktap_fail NAME [WHY]
ktap_fail()
{
	ktap_failed=$((ktap_failed + 1))
	[ -n "${2-}" ] && ktap_diag "$2"
	ktap_line 'not ok' "$1"
}

# ktap_skip NAME REASON
ktap_skip()
{
	ktap_skipped=$((ktap_skipped + 1))
	ktap_line ok "$1" "SKIP $2"
}

# ktap_case NAME CMD [ARG...]
ktap_case()
{
	local name=$1 log status

	shift
	log=$(mktemp)
	# No stdin: a case that reads it would eat the script.
	(
		set -e
		"$@"
	) </dev/null >"$log" 2>&1
	status=$?
	case $status in
	0) ktap_pass "$name" ;;
	"$KTAP_SKIP") ktap_skip "$name" "$(tail -n 1 "$log")" ;;
	*)
		tail -n 100 "$log" | ktap_diag
		ktap_fail "$name" "failed: $* (status $status)"
		;;
	esac
	rm -f "$log"
	return 0
}

# Ends the test: cleans up, and alone (not under selftests/run, which does that
# itself, and also for tests that never get here) gives the verdict.
ktap_finish()
{
	if declare -F net_cleanup >/dev/null; then
		net_cleanup
	fi
	if [ -z "${KTAP_RUNNER-}" ]; then
		# shellcheck disable=SC2154 # set by test.sh
		ktap_case 'nothing is left behind' "$selftests/lib/verdict.sh" check
	fi
	echo "1..$ktap_count"
	[ "$ktap_failed" -eq 0 ]
	exit
}

# --- checks for use within cases: print what is wrong and fail

fail()
{
	echo "$*"
	return 1
}

# check_eq WHAT GOT WANTED
check_eq()
{
	[ "$2" = "$3" ] || fail "$1: got '$2', wanted '$3'"
}

# check_ge WHAT GOT LEAST, check_le WHAT GOT MOST
check_ge()
{
	[ "$2" -ge "$3" ] || fail "$1: got $2, wanted at least $3"
}

check_le()
{
	[ "$2" -le "$3" ] || fail "$1: got $2, wanted at most $3"
}

# check_match WHAT TEXT EXTENDED-REGEX
check_match()
{
	grep -Eq -- "$3" <<<"$2" || fail "$1: '$2' does not match '$3'"
}

check_no_match()
{
	! grep -Eq -- "$3" <<<"$2" || fail "$1: '$2' matches '$3'"
}

# check_fails CMD...: the command must be refused; prints what it said.
check_fails()
{
	local said

	if said=$("$@" 2>&1); then
		fail "succeeded, should have failed: $*"
		return
	fi
	echo "$said"
}
