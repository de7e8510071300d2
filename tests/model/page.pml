/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One page between its owner and two lenders.
 *
 * Each option of the loop below is one thing that can happen, done at once: what a CPU does
 * under a lock or by a compare-and-swap, what a lender does with one request, what the
 * network or a power cut does.  What takes several steps in the module takes several here,
 * and anything may come between them.  Descriptors go from state to state by ramster_next()
 * of ramster/state.c; an event that its table does not have is an error.
 *
 * All that the environment does is counted down (puts, cuts, deaths, ...), so every run ends,
 * and what must happen at last is looked at there: see at_last().
 *
 * The promises have the letters of Documentation/ramster.rst; promise_a and so on are never
 * true, they only name what a failed assertion is about.  `bug` is a mistake that is made on
 * purpose, see the file bugs.
 *
 * Not modelled: bytes and how they are sealed, tags (a reply fits if kind, descriptor and name
 * do), more than one page.  Another page's bytes are those of another version here.
 */
#include "table.h"
#include "bugs.h"

#define D	2	/* descriptors */
#define L	2	/* lenders */
#define G	2	/* gets */
#define N	5	/* names, the first is 1 */
#define Q	3	/* messages on the way in one direction */

#define bit_of(l)	(1 << (l))
#define UNKNOWN		255

/* The slot of the index. */
#define NONE		0
#define LOCAL		1
#define AWAY		2	/* refers to a descriptor */
#define LOST		3

/* A get. */
#define IDLE		0
#define LOOK		1
#define FOUND		2	/* has read the slot */
#define PINNED		3
#define WAITS		4	/* has joined the fetch */
#define HAS		5	/* was given the bytes */
#define HASNT		6	/* was told that there are none */
#define DONE		7

/* Requests, and replies. */
#define ASK_PUT		1
#define ASK_GET		2
#define ASK_FLUSH	3
#define STORED		4
#define NOSPACE		5
#define BYTES		6	/* of version 0: absent */
#define DROPPED		7

/* The owner. */
byte slot, slot_d, slot_v;	/* what it refers to, and the version, if local */
byte newest;			/* version that a get must give now, 0: none */
byte versions;			/* that there were; the original is the first get's */
byte names;			/* that there were in this incarnation */
byte incarnation;
byte state[D], name[D], version[D];
byte word[D];			/* nodes that may have a copy */
byte wanted[D];			/* nodes that were asked to */
byte acked[D];			/* nodes that have said so */
byte todo[D];			/* nodes whose put is not sent yet */
byte sender[D];			/* 1: is about to switch the index, 2: has to look again */
byte home[D];			/* 1: the fetch is also to bring it home, 2: has the bytes */
byte tried[D];			/* nodes that this fetch was in vain with */
byte asked[D * L];		/* request whose reply is awaited */
byte get[G], get_d[G], get_v[G], ended[G];
bit sweep[L];			/* lease has ended: nothing is sent until all is marked */
byte known[L];			/* lease, as the owner knows it */

/* The lenders. */
bit alive[L];
byte lease[L], served[L];		/* of which incarnation of the owner */
byte has[L * N];		/* version, by name; 0: has it not */

/* The network. */
bit up[L];
chan q0 = [Q] of { byte, byte, byte, byte };	/* kind, name, version, descriptor: the tag */
chan q1 = [Q] of { byte, byte, byte, byte };
chan r0 = [Q] of { byte, byte, byte, byte };
chan r1 = [Q] of { byte, byte, byte, byte };

/* What may still happen. */
byte puts, gets, flushes, sends, cuts, slow, deaths, orders, restarts, goodbyes, homes, refusals;
byte lenders, copies, bug;
byte hurt;			/* lenders that were cut off, slow, or lost what they had */
byte stored[D];			/* lenders that really have stored what was sent */
bit missed;

bit promise_a, promise_b, promise_c, promise_d, promise_e, promise_f, promise_g, table;

byte i_, k_, n_, v_, d_;	/* 0 between steps */

c_decl {
\#include "model.h"
}

#define pins(d) \
	(sender[d] || home[d] || pin(0, d) || pin(1, d))
#define pin(g, d) \
	(get_d[g] == d && get[g] >= PINNED && get[g] <= HASNT)
#define refers(d)	(slot == AWAY && slot_d == d)
#define fetched(d)	(asked[(d) * L] == ASK_GET || asked[(d) * L + 1] == ASK_GET)
#define sending(d)	(todo[d] || asked[(d) * L] || asked[(d) * L + 1])
#define usable(l)	(up[l] && !sweep[l])

/* A lender has what it owes: same lease, same incarnation, a copy that was acknowledged. */
#define owes(d, l) \
	(((state[d] == REMOTE && sender[d] != 1) || state[d] == FETCHING) && (word[d] & bit_of(l)) && \
	 known[l] == lease[l] && served[l] == incarnation && !sweep[l])
#define kept(d, l)	(!owes(d, l) || has[(l) * N + name[d]] == version[d])
/* ... and nothing that nobody will ever tell it to drop. */
#define owned(l, n)	(owned_by(0, l, n) || owned_by(1, l, n))
#define owned_by(d, l, n) \
	(refers(d) && state[d] == REMOTE && name[d] == n && (word[d] & bit_of(l)))
#define no_leak(l, n)	(!has[(l) * N + n] || owned(l, n))
#define no_leaks(l)	(no_leak(l, 1) && no_leak(l, 2) && no_leak(l, 3) && no_leak(l, 4))

/* What the states mean: whoever waits has a fetch, whoever refers has a page, and so on. */
#define waits(d)	(home[d] == 1 || waits_for(0, d) || waits_for(1, d))
#define waits_for(g, d)	(get[g] == WAITS && get_d[g] == d)
#define means(d) \
	((state[d] == FREE && !name[d] && !word[d] && !sending(d) && !pins(d) && !refers(d)) || \
	 (state[d] == SENDING && version[d] && wanted[d] && !pins(d) && !refers(d)) || \
	 (state[d] == REMOTE && version[d] && !sending(d) && !waits(d) && \
	  (!wanted[d] || sender[d] == 1)) || \
	 (state[d] == FETCHING && version[d] && waits(d) && !wanted[d]) || \
	 (state[d] == FLUSHING && name[d] && !version[d] && !pins(d) && !refers(d)))

inline step(d, e)
{
	k_ = state[d];
	v_ = e;
	c_code { now.n_ = model_step(now.k_, now.v_); };
	assert(table || n_ != BAD);
	state[d] = n_;
	k_ = 0;
	v_ = 0;
	n_ = 0;
}

/* The node certainly has no copy. */
inline gone(d, l)
{
	step(d, COPY_GONE);
	word[d] = word[d] & ~bit_of(l);
	acked[d] = acked[d] & word[d];
	if
	:: bug == BUG_NOT_LOOKED_AGAIN && !word[d] && sender[d] == 1 -> missed = 1
	:: else
	fi;
	if
	:: bug == BUG_SWEPT_BUT_SENT
	:: else -> todo[d] = todo[d] & word[d]
	fi
}

inline end_get(g)
{
	ended[g]++;
	assert(promise_d || ended[g] == 1);
	get[g] = DONE;
	get_d[g] = 0;
	get_v[g] = 0;
}

/* Ends the fetch for all who wait. */
inline deliver(d, e, what, v)
{
	step(d, e);
	tried[d] = 0;
	i_ = 0;
	do
	:: i_ < G && get[i_] == WAITS && get_d[i_] == d ->
		get[i_] = what;
		get_v[i_] = v;
		i_++
	:: i_ < G && !(get[i_] == WAITS && get_d[i_] == d) -> i_++
	:: i_ == G -> break
	od;
	i_ = 0;
	if
	:: home[d] == 1 && what == HAS -> home[d] = 2
	:: home[d] == 1 && what == HASNT -> home[d] = 0
	:: else
	fi
}

/* A request ends without an answer. */
inline unanswered(d, l)
{
	if
	:: asked[(d) * L + l] == ASK_GET && bug != BUG_GET_FORGOTTEN ->
		tried[d] = tried[d] | bit_of(l);
		asked[(d) * L + l] = 0;
		if
		:: bug == BUG_FETCH_ENDS_TWICE && get[0] == WAITS && get_d[0] == d -> ended[0]++
		:: else
		fi
	:: asked[(d) * L + l] == ASK_GET && bug == BUG_GET_FORGOTTEN
	:: asked[(d) * L + l] == ASK_FLUSH && bug == BUG_FLUSH_NOT_REPEATED ->
		asked[(d) * L + l] = 0;
		gone(d, l)
	:: asked[(d) * L + l] == ASK_PUT && bug == BUG_LOST_REPLY_MEANS_REFUSED ->
		asked[(d) * L + l] = 0;
		gone(d, l)
	:: else -> asked[(d) * L + l] = 0
	fi
}

inline cut_off(l)
{
	up[l] = 0;
	hurt = hurt | bit_of(l);
	unanswered(0, l);
	unanswered(1, l)
}

inline drop_all(l)
{
	n_ = 1;
	do
	:: n_ < N -> has[(l) * N + n_] = 0; n_++
	:: else -> break
	od;
	n_ = 0
}

inline drain(q)
{
	do
	:: nempty(q) -> q?_, _, _, _
	:: empty(q) -> break
	od
}

inline answer(l, r, kind, v)
{
	if
	:: up[l] -> r!kind, n_, v, d_
	:: else
	fi;
	k_ = 0;
	n_ = 0;
	v_ = 0;
	d_ = 0
}

/* The owner forgets everything; what it has sent is still on its way. */
inline owner_gone()
{
	slot = NONE; slot_d = 0; slot_v = 0;
	newest = 0;
	d_ = 0;
	do
	:: d_ < D ->
		state[d_] = FREE; name[d_] = 0; version[d_] = 0; word[d_] = 0; wanted[d_] = 0;
		acked[d_] = 0; todo[d_] = 0; stored[d_] = 0; sender[d_] = 0; home[d_] = 0;
		tried[d_] = 0;
		asked[d_ * L] = 0; asked[d_ * L + 1] = 0;
		d_++
	:: else -> break
	od;
	d_ = 0;
	do
	:: i_ < G ->
		if
		:: get[i_] != IDLE && get[i_] != DONE ->
			get[i_] = DONE; ended[i_] = 1; get_d[i_] = 0; get_v[i_] = 0
		:: else
		fi;
		i_++
	:: else -> break
	od;
	i_ = 0;
	drain(r0);
	drain(r1);
	up[0] = 0; up[1] = 0;
	sweep[0] = 0; sweep[1] = 0;
	known[0] = UNKNOWN; known[1] = UNKNOWN;
	incarnation++;
	names = 0
}

inline goodbye(l, q)
{
	if
	:: up[l] ->
		drain(q);
		drop_all(l);
		lease[l]++
	:: else
	fi
}

/* All is quiet: nothing is left to do, and nothing is left over. */
inline at_last()
{
	assert(promise_d || (get[0] == DONE && get[1] == DONE));
	assert(promise_d || (ended[0] == 1 && ended[1] == 1));
	assert(promise_f || (up[0] && !sweep[0] && (lenders == 1 || (up[1] && !sweep[1]))));
	assert(promise_f || state[0] == FREE || (state[0] == REMOTE && refers(0)));
	assert(promise_f || state[1] == FREE || (state[1] == REMOTE && refers(1)));
	assert(promise_f || (no_leaks(0) && no_leaks(1)));
	assert(promise_b || slot != AWAY || (state[slot_d] == REMOTE && word[slot_d]));
	assert(promise_a || ((slot == NONE) == (newest == 0)));
	assert(promise_a || slot != LOCAL || slot_v == newest);
	assert(promise_a || slot != AWAY || version[slot_d] == newest)
}

inline begin()
{
	c_code {
		now.bug = model_number("BUG", 0);
		now.lenders = model_number("LENDERS", 2);
		now.copies = model_number("COPIES", 2);
		now.puts = model_number("PUTS", 1);
		now.gets = model_number("GETS", 0);
		now.flushes = model_number("FLUSHES", 1);
		now.sends = model_number("SENDS", 1);
		now.cuts = model_number("CUTS", 0);
		now.slow = model_number("SLOW", 0);
		now.deaths = model_number("DEATHS", 0);
		now.orders = model_number("ORDERS", 0);
		now.restarts = model_number("RESTARTS", 0);
		now.goodbyes = model_number("GOODBYES", 0);
		now.homes = model_number("HOMES", 0);
		now.refusals = model_number("REFUSALS", 0);
	};
	alive[0] = 1; up[0] = 1;
	alive[1] = lenders > 1; up[1] = lenders > 1;
	i_ = gets;
	do
	:: i_ < G -> get[i_] = DONE; ended[i_] = 1; i_++
	:: else -> break
	od;
	i_ = 0;
	gets = 0
}

#include "owner.pml"
#include "lender.pml"

active proctype world()
{
	d_step { begin() };
	do
	/* What must hold at any time. */
	:: d_step {
		!(kept(0, 0) && kept(0, 1) && kept(1, 0) && kept(1, 1)) ->
		assert(promise_e)
	   }
	:: d_step {
		!(means(0) && means(1)) ->
		assert(table)
	   }
	OWNER
	DESCRIPTOR(0)
	DESCRIPTOR(1)
	GET_ACTIONS(0)
	GET_ACTIONS(1)
	BETWEEN(0, 0, q0, r0)
	BETWEEN(1, 0, q0, r0)
	BETWEEN(0, 1, q1, r1)
	BETWEEN(1, 1, q1, r1)
	LENDER(0, q0, r0)
	LENDER(1, q1, r1)
	:: timeout -> d_step { at_last() }; break
	od
}
