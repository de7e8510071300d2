/* SPDX-License-Identifier: GPL-2.0-only */
/* The parts of fileops: what it does to files, and what it knows of them. */
#ifndef RAMSTER_VM_FILEOPS_H
#define RAMSTER_VM_FILEOPS_H

#include "content.h"

/**
 * struct file - a file, and what should be in it
 * @path:	where it is
 * @bytes:	what it holds; as long as a file may become
 * @size:	how much of that there is
 */
struct file {
	char	path[128];
	char	*bytes;
	size_t	size;
};

/**
 * struct worker - a thread with files of its own
 * @files:	so many
 * @count:	of them
 * @random:	what it does next follows from this
 * @serial:	of the page of content that was made last
 * @nr:		number of the thread
 * @done:	operations of each kind
 * @refused:	those that this file system does not have
 * @checked:	bytes that were compared
 * @bad:	what was wrong
 */
struct worker {
	struct file	*files;
	unsigned int	count;
	__u64		random;
	__u64		serial;
	unsigned int	nr;
	unsigned long	*done;
	unsigned long	*refused;
	unsigned long	checked;
	unsigned long	bad;
};

/* Of the file system, and of the run. */
extern size_t most;		/* bytes of a file */
extern size_t unit;		/* what ranges of whole blocks are multiples of */
extern struct content content;

unsigned long below(struct worker *w, unsigned long limit);

/* Says what is wrong, the first few times, and counts it. */
void wrong(struct worker *w, const struct file *f, const char *fmt, ...);

/* Does something, or lets a file system refuse it. */
void operate(struct worker *w);

/* Compares all of a file with what it should be. */
void check_file(struct worker *w, struct file *f);

extern const unsigned int op_kinds;
const char *op_name(unsigned int kind);

#endif /* RAMSTER_VM_FILEOPS_H */
