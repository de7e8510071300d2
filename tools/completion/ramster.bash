# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Completion of ramster(8) for bash.

_ramster_words()
{
	case $1 in
	up) echo --config --wait ;;
	down) echo --swapoff --keep-swap --timeout --force --shutdown --config ;;
	top) echo --once --batch --count --delay --svg ;;
	swap | cache | node)
		case $2 in
		'') [ "$1" = cache ] && echo add remove list message || echo add remove list ;;
		add)
			case $1 in
			swap) echo --priority --backing --sync ;;
			node) echo --num --address --port ;;
			esac
			;;
		remove)
			case $1 in
			swap) echo --timeout --force ;;
			node) echo --force ;;
			esac
			ramster "$1" list 2>/dev/null | awk -v what="$1" '
				what == "node" && NR > 1 { print $2 }
				what == "swap" && NR > 1 { print $1 == "-" ? $2 : $1 }
				what == "cache" { sub(/:.*/, ""); print }'
			;;
		message) echo drop reset flush verify enable yes no ;;
		esac
		;;
	key) [ -n "$2" ] && echo --force || echo generate check ;;
	drain) echo --timeout --force ;;
	stats) echo --json --prometheus ;;
	doctor) echo --config ;;
	plot) echo --record --interval --samples --replay -o ;;
	help | '')
		echo up down status top swap cache node key drain stats doctor plot check help
		[ -n "$1" ] || echo --dry-run --quiet --config --version
		;;
	esac
}

_ramster()
{
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
	local command='' verb='' i

	for ((i = 1; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		-*) ;;
		*)
			if [ -z "$command" ]; then
				command=${COMP_WORDS[i]}
			elif [ -z "$verb" ]; then
				verb=${COMP_WORDS[i]}
			fi
			;;
		esac
	done
	case $command:$prev in
	check:* | key:generate | key:check | cache:* | *:--config | *:--samples | *:--replay | *:-o | *:--svg | *:--backing)
		# shellcheck disable=SC2207 # a word a line
		[ "$command:$verb" = cache: ] || { COMPREPLY=($(compgen -f -- "$cur")) && return; }
		;;
	esac
	# shellcheck disable=SC2207 # words without blanks
	COMPREPLY=($(compgen -W "$(_ramster_words "$command" "$verb")" -- "$cur"))
}
complete -o filenames -F _ramster ramster
