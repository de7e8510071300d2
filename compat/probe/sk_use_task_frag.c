// SPDX-License-Identifier: GPL-2.0-only
/* asks: is there sk_use_task_frag?   expect: v6.2, and 6.1 of distributions */
#include <net/sock.h>

void probe(struct sock *sk);
void probe(struct sock *sk)
{
	sk->sk_use_task_frag = false;
}
