/* SPDX-License-Identifier: GPL-2.0-only */
/* What `ramster doctor` looks at, and how it tells. */
#ifndef TOOLS_DOCTOR_H
#define TOOLS_DOCTOR_H

#include "snapshot.h"

struct doctor {
	const struct config	*conf;		/* NULL: there is no good one */
	struct snapshot		*snap;
	const struct node_conf	*self;		/* NULL: not known */
	char			*log;		/* of the kernel, or NULL */
	unsigned int		wrong;
	unsigned int		warnings;
};

PRINTF(1, 2) void fine(const char *format, ...);
PRINTF(3, 4) void doubt(struct doctor *doctor, const char *advice, const char *format, ...);
PRINTF(3, 4) void wrong(struct doctor *doctor, const char *advice, const char *format, ...);

/* doctor_kernel.c */
void doctor_modules(struct doctor *doctor);
void doctor_kernel_options(struct doctor *doctor);
void doctor_secure_boot(struct doctor *doctor);
void doctor_zswap(struct doctor *doctor);

/* doctor_size.c */
void doctor_copies(struct doctor *doctor);
void doctor_sizes(struct doctor *doctor);
void doctor_swap(struct doctor *doctor);

/* doctor_link.c */
void doctor_key(struct doctor *doctor);
void doctor_interface(struct doctor *doctor);
void doctor_firewall(struct doctor *doctor);
void doctor_peers(struct doctor *doctor);
void doctor_clock(struct doctor *doctor);

#endif /* TOOLS_DOCTOR_H */
