/* SPDX-License-Identifier: GPL-2.0-only */
/* Shim, first drawer: what means nothing in user space and becomes nothing. */
#ifndef SHIM_STUBS_H
#define SHIM_STUBS_H

#define EXPORT_SYMBOL_GPL(sym)		extern typeof(sym) sym
#define MODULE_DESCRIPTION(text)	extern const char shim_module_info[]
#define MODULE_LICENSE(text)		extern const char shim_module_info[]
#define MODULE_VERSION(text)		extern const char shim_module_info[]

#define __init
#define __exit
#define __percpu
#define __must_check		__attribute__((warn_unused_result))

#define GFP_WAITS		0x1u	/* shim: the allocation may sleep */
#define __GFP_NOWARN		0x2u
#define __GFP_RETRY_MAYFAIL	0x4u
#define __GFP_ZERO		0u
#define GFP_KERNEL		GFP_WAITS
#define GFP_NOWAIT		0u
#define GFP_ATOMIC		0u

#define WQ_UNBOUND		0x1
#define WQ_MEM_RECLAIM		0x2

#endif /* SHIM_STUBS_H */
