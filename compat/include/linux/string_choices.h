/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel has this header from v6.8 on; 6.1 keeps str_yes_no() and the like
 * elsewhere.  compat/include is searched last: a kernel's own file always wins.
 */
#include <linux/string_helpers.h>
