#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# What `make check-long` runs: the guest tests that can take hours, each by itself, and the
# fuzzers. Results are kept in build/long/<key>/, the key being that of the sources: when it is
# stopped and started again it goes on with what has not passed.
#
# usage: [KERNELS="6.1 6.12"] [FUZZ_SECONDS=1800] tests/long.sh [TEST...]	(names or numbers)
set -eu

cd "$(dirname "$0")/.."
: "${KERNELS:=6.1 6.12}" "${FUZZ_SECONDS:=1800}"

# Of all that is built or run, committed or not.
key=$(find Kbuild Makefile VERSION compat common tmem zbud zcache cluster ramster tests -type f ! -name '*.o' \
	! -path '*/__pycache__/*' | LC_ALL=C sort | xargs -d '\n' sha256sum | sha256sum | cut -c 1-12)
results=build/long/$key
mkdir -p "$results"

# wanted FILE: whether it was asked for, and can be long.
wanted()
{
	grep -q 'LONG' "$1" || return 1
	[ -n "$names" ] || return 0
	stem=$(basename "$1" .sh)
	case " $names " in
	*" $stem "* | *" $stem.sh "* | *" ${stem%%-*} "*) return 0 ;;
	esac
	return 1
}

# once NAME COMMAND...: unless it has passed.
once()
{
	log=$results/$1
	shift
	if [ -e "$log.passed" ]; then
		echo "$log: has passed"
		return
	fi
	echo "$log: $(date +%H:%M:%S) $*"
	if "$@" >"$log.log" 2>&1; then
		mv "$log.log" "$log.passed"
	else
		echo "$log: failed"
		grep -E '^not ok|^# (got|wanted)|kernel report' "$log.log" | head -n 20 || :
		failed="$failed ${log##*/}"
	fi
}

names=$*
failed=
# shellcheck disable=SC2086 # a list of names
tests/build.sh $KERNELS
for fuzzer in zbud wire msg; do
	[ -n "$names" ] || once "fuzz-$fuzzer" make --no-print-directory -C tests/host fuzz \
		FUZZ="$fuzzer" FUZZ_SECONDS="$FUZZ_SECONDS"
done
for kernel in $KERNELS; do
	for file in tests/vm/t/*.sh; do
		wanted "$file" || continue
		# One that runs on two kernels at once needs the modules of both.
		others=$(sed -n 's/^# vm:.* others=\([^ ]*\).*/\1/p' "$file")
		case " $KERNELS " in
		*" ${others:-$kernel} "*) ;;
		*) continue ;;
		esac
		# shellcheck disable=SC2086 # a name or nothing
		once "$kernel-$(basename "$file" .sh)" \
			tests/vm/check.py --long --kernels "$kernel" $others -- "$(basename "$file")"
	done
done
for log in "$results"/*.passed; do
	[ ! -e "$log" ] || echo "passed: $log"
done
[ -z "$failed" ] || echo "failed:$failed"
[ -z "$failed" ]
