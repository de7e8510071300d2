#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The documentation is complete and true where a script can tell: every statistic,
# module parameter, sysfs and configfs attribute and tracepoint of a module is named
# in Documentation/<module>.rst, as ``name``, and what a table there names is in the
# module.  Links lead to files, `make TARGET` to targets; files and functions that are
# mentioned exist.  rst2html, where installed, understands every page.
#
# shellcheck disable=SC2016 # backquotes are what it looks for
set -eu
# shellcheck source=tests/lint/lib.sh
. "$(dirname "$0")/lib.sh"

pages=$(files '^Documentation/.*\.rst$')
texts=$(files '^((README|CONTRIBUTING|CHANGELOG)\.md|Documentation/.*\.rst)$')

# names FILE: "line what name" for all that has a name users see.
names()
{
	awk '
	# The second word of MACRO(a, b) if there is one and `nth` is 2, else the first.
	function name(macro, nth,    args, part) {
		if (!match($0, "(^|[ \t])" macro "\\("))
			return
		args = substr($0, RSTART + RLENGTH)
		sub(/\).*/, "", args)
		split(args, part, /,[ \t]*/)
		gsub(/[" \t]/, "", part[nth])
		if (part[nth] ~ /^[a-z][a-z0-9_]*$/)
			print FNR, what, part[nth]
	}
	FILENAME ~ /\/stats\.h$/ && /^\tx\(/	{ what = "statistic"; name("x", 1) }
	{
		what = "statistic"
		name("[A-Z]+_EXTRA", 1)
		name("debugfs_create_[a-z0-9_]+", 1)
		what = "module parameter"
		name("module_param[a-z_]*", 1)
		name("BOUNDED_PARAM", 1)
		what = "configfs attribute"
		name("CONFIGFS_ATTR(_RO|_WO)?", 2)
		what = "tracepoint"
		name("TRACE_EVENT", 1)
		name("DEFINE_EVENT", 2)
	}
	FILENAME ~ /\/sysfs\.c$/ {
		what = "sysfs attribute"
		name("SHOW(_STAT)?", 1)
		name("__ATTR_(RO|RW|WO)", 1)
	}
	' "$1"
}

# page_of FILE: where its names are documented.
page_of()
{
	case $1 in
	zcache/native/*) echo Documentation/native.rst ;;
	zcache/dm/*) echo Documentation/dm-zcache.rst ;;
	*) echo "Documentation/${1%%/*}.rst" ;;
	esac
}

for module in $modules; do
	for file in $(files "^$module/.*\.[ch]$"); do
		page=$(page_of "$file")
		names "$file" | while read -r nr name; do
			what=${name% *}
			name=${name##* }
			if [ "$what $name" = "statistic $module" ] ||
				[ "$what $name" = "statistic tmem_$module" ] ||
				[ "$what $name" = "statistic ramster_$module" ]; then
				continue	# the folder in debugfs
			elif [ ! -f "$page" ]; then
				echo "$file:$nr: $what $name, and there is no $page"
			elif ! grep -qF "\`\`$name\`\`" "$page"; then
				echo "$file:$nr: $what $name is not in $page"
			fi
		done
	done

	# Names that begin a row of a table.
	page=Documentation/$module.rst
	[ ! -f "$page" ] || grep -noE '^``[a-z][a-z0-9_]*``' "$page" | tr -d '`' |
		while IFS=: read -r nr name; do
			grep -rqw --include='*.[ch]' "$name" "$module" ||
				echo "$page:$nr: $name is not in $module/"
		done || :
done

# links FILE: "line target" for each relative link.
links()
{
	case $1 in
	*.md)
		grep -noE '\]\([^)]*\)' "$1" | sed 's/](\(.*\))/\1/' ;;
	*)
		grep -noE ':doc:`[^`]*`' "$1" | sed 's/:doc:`\(.*\)`/\1.rst/'
		grep -noE '`[^`]* <[^>`]*>`_' "$1" | sed 's/`.*<\(.*\)>`_/\1/'
		grep -noE '^\.\. (image|figure|include|literalinclude):: .*' "$1" |
			sed 's/\.\. [a-z]*:: *//'
		# A toctree is a directive, options, a blank line, then indented names.
		awk '/^\.\. toctree::/ { on = 1; next }
			/^[^ \t]/ { on = 0 }
			on && /^[ \t]+[a-z]/ { print FNR ":" $1 ".rst" }' "$1" ;;
	esac
}

for text in $texts; do
	links "$text" | while IFS=: read -r nr target; do
		case $target in
		http*:* | mailto:* | '#'*) continue ;;
		esac
		[ -e "$(dirname "$text")/${target%%#*}" ] ||
			echo "$text:$nr: the link to $target leads nowhere"
	done || :

	# Commands are in backquotes, in fenced or indented blocks.
	awk '
	function targets(args,    word, n, i) {
		sub(/[ \t]*(#|;|&&|\||  |\t).*/, "", args)
		n = split(args, word, " ")
		for (i = 1; i <= n; i++) {
			if (word[i] == "-C")
				return
			if (word[i] ~ /^[a-z][a-z-]*$/)
				print FNR, word[i]
		}
	}
	/^```/ { fenced = !fenced }
	fenced || /^(    |\t)/ {
		line = $0
		if (sub(/^[ \t]*(\$ |sudo )?make /, "", line))
			targets(line)
	}
	{
		line = $0
		while (match(line, /`make [^`]*`/)) {
			targets(substr(line, RSTART + 6, RLENGTH - 7))
			line = substr(line, RSTART + RLENGTH)
		}
	}' "$text" | while read -r nr target; do
		grep -q "^$target:" Makefile || echo "$text:$nr: the Makefile has no $target"
	done || :

	tops=$(echo "$kernel_code tests demo bench Documentation" | tr ' \n' '||' | sed 's/|*$//')
	grep -noE "\b($tops)/[a-zA-Z0-9_./-]*(\.(c|h|sh|py|rst|ko|expected)|/run)\b" "$text" |
		while IFS=: read -r nr file; do
			# What kbuild and the probes make is there only after a build.
			case $file in
			*.ko | compat/probed.h) continue ;;
			esac
			[ -e "$file" ] || echo "$text:$nr: there is no $file"
		done || :
done

# Functions: ``name()`` is a word of some source.  NAME(fn) and the like are left alone.
known=$(mktemp)
trap 'rm -f "$known"' EXIT
files '\.[ch]$' | xargs -r cat | grep -oE '[A-Za-z_][A-Za-z0-9_]*' | sort -u >"$known"
for text in $texts; do
	grep -noE '`+[a-z_][a-z0-9_]*\(\)' "$text" | tr -d '`()' | while IFS=: read -r nr name; do
		grep -qx "$name" "$known" || echo "$text:$nr: no source knows $name()"
	done || :
done

if ! command -v rst2html >/dev/null; then
	[ -z "$pages" ] || echo "# rst2html is not installed (python3-docutils): syntax not checked"
	exit 0
fi
# :doc: and toctree are Sphinx's; the rest is plain reStructuredText.
for page in $pages; do
	sed -E 's/:doc:`([^`]*)`/``\1``/g; s/^\.\. toctree::/.. class:: toctree/; s/^ +:maxdepth:.*//' "$page" |
		rst2html --halt=5 --report=2 2>&1 >/dev/null |
		sed -nE "s,^<stdin>:([0-9]+): ,$page:\1: ,p" || :
done
