#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# What `make check` runs: the host tests, those of the command, the model, lint and the guests,
# each to its end even when one before it failed.  The last line counts all tests; the exit status is 0
# when none failed.  Output is kept in build/check/.
set -eu

cd "$(dirname "$0")/.."
logs=build/check
mkdir -p "$logs"
passed=0 failed=0 skipped=0 broken=0

# count REGEX FILE
count()
{
	grep -cE "$1" "$2" || :
}

# proved FILE: what prove has summed up, as "PASSED FAILED 0"; nothing if it has not.
proved()
{
	awk '
	match($0, /Failed: [0-9]+\)/) { bad += substr($0, RSTART + 8, RLENGTH - 9) }
	/^Files=/ { sub(/.*Tests=/, ""); all = $0 + 0; seen = 1 }
	END { if (seen) print all - bad, bad + 0, 0 }' "$1"
}

# output NAME COMMAND...: what it says, and its status in a file.
output()
{
	log=$logs/$1.log
	shift
	status=0
	"$@" 2>&1 || status=$?
	echo "$status" >"$log.status"
}

# beside NAME COMMAND...: begins a part that needs one processor most of the time.
beside()
{
	output "$@" >"$logs/$1.log" &
	eval "pid_$1=\$!"
}

# part NAME [COMMAND...]: counts what COMMAND reports, or what has begun as NAME, as TAP, as prove
# does, or as "N passed, N failed, N skipped" in its last lines.
part()
{
	name=$1
	log=$logs/$name.log
	if [ $# -gt 1 ]; then
		echo "== $*"
		output "$@" | tee "$log"
	else
		echo "== $name"
		eval "wait \"\$pid_$name\""
		cat "$log"
	fi

	summary=$(grep -E '^[0-9]+ passed, [0-9]+ failed, [0-9]+ skipped' "$log" | tail -n 1 | tr -dc '0-9 ')
	[ -n "$summary" ] || summary=$(proved "$log")
	if [ -n "$summary" ]; then
		# shellcheck disable=SC2086 # three numbers
		set -- $summary
	else
		skips=$(count '^ok .*# (SKIP|skip)' "$log")
		set -- $(($(count '^ok ' "$log") - skips)) "$(count '^not ok ' "$log")" "$skips"
	fi
	status=$(cat "$log.status")
	# A part that fails without a failed test, or runs none, is broken.
	if [ "$2" -eq 0 ] && { [ "$status" -ne 0 ] || [ $(($1 + $3)) -eq 0 ]; }; then
		echo "== $name: broken, exit status $status"
		broken=$((broken + 1))
	fi
	echo "== $name: $1 passed, $2 failed, $3 skipped"
	passed=$((passed + $1)) failed=$((failed + $2)) skipped=$((skipped + $3))
}

# What lint builds the guests use: it has ended when they begin.
beside built tests/lint/run built
part host "${MAKE:-make}" --no-print-directory check-host
part tools "${MAKE:-make}" --no-print-directory check-tools
part model tests/model/run
part built
beside lint tests/lint/run read
part vm env BRIEF=1 tests/vm/check.sh
part lint

[ "$broken" -eq 0 ] || echo "$broken parts are broken: they did not say which test failed"
echo "total: $passed passed, $failed failed, $skipped skipped"
[ $((failed + broken)) -eq 0 ]
