#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Who may include whose header.
#
# A folder is a module.  Inside it everything may be included; from another
# module only its public header, <module>/<module>.h, and only along the arrows
# below; from common/ everything.  compat.h and probed.h come in by Kbuild alone.
set -eu
# shellcheck source=tests/lint/lib.sh
. "$(dirname "$0")/lib.sh"

# user: the modules whose public header it may use.  An arrow never points up.
arrows='
tmem:
zbud:
common:
cluster:
zcache: tmem zbud
ramster: zcache cluster
'

kernel_files '\.[ch]$' | grep -v '^compat/' | while read -r file; do
	awk -v file="$file" -v arrows="$arrows" '
	function complain(why) { printf "%s:%d: %s\n", file, FNR, why }

	# The path from the root that kbuild would find for this include.
	function resolve(name,    path, parts, kept, i, n, k) {
		path = folder "/" name
		if ((getline ignored < path) < 0)
			return name
		close(path)
		n = split(path, parts, "/")
		for (i = 1; i <= n; i++) {
			if (parts[i] == "..")
				k--
			else if (parts[i] != ".")
				kept[++k] = parts[i]
		}
		path = kept[1]
		for (i = 2; i <= k; i++)
			path = path "/" kept[i]
		return path
	}

	BEGIN {
		folder = file
		sub("/[^/]*$", "", folder)
		split(file, top, "/")
		mine = top[1]
		n = split(arrows, line, "\n")
		for (i = 1; i <= n; i++) {
			m = split(line[i], word, /:? +|:$/)
			known[word[1]] = 1
			for (j = 2; j <= m; j++)
				allowed[word[1], word[j]] = 1
		}
		if (!(mine in known))
			complain("tests/lint/layers.sh does not know the folder " mine)
	}

	/^[ \t]*#[ \t]*include[ \t]*[<"].*(compat|probed)\.h[>"]/ {
		complain("compat is included by Kbuild, not by hand")
		next
	}

	/^[ \t]*#[ \t]*include[ \t]*"/ {
		name = $0
		sub("^[^\"]*\"", "", name)
		sub("\".*$", "", name)
		if (name ~ /\.c$/) {
			complain("includes a source file")
			next
		}
		path = resolve(name)
		split(path, top, "/")
		other = top[1]
		if (other == mine || !(other in known))
			next
		if (name != path)
			complain("another folder is named by its path from the root: " path)
		if (other == "common")
			next
		if (!((mine, other) in allowed))
			complain(mine " may not use " other)
		else if (path != other "/" other ".h")
			complain(path " is private to " other ", " other "/" other ".h is for others")
	}
	' "$file"
done
