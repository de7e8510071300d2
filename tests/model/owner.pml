/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the owner does.  A line of options each: d_step { guard -> ... }; a choice that is
 * left open must be two options, for d_step takes the first that it can.
 */

/* The front end. */
#define OWNER								\
	:: d_step {							\
		puts ->							\
		printf("put %d\n", versions + 1);			\
		puts--;							\
		versions++;						\
		newest = versions;					\
		slot = LOCAL;						\
		slot_d = 0;						\
		slot_v = versions					\
	   }								\
	:: d_step {							\
		flushes && slot != NONE ->				\
		printf("flush\n");					\
		flushes--;						\
		newest = 0;						\
		slot = NONE;						\
		slot_d = 0;						\
		slot_v = 0						\
	   }								\
	:: d_step {							\
		restarts ->						\
		printf("the owner dies, and is back\n");		\
		restarts--;						\
		owner_gone()						\
	   }								\
	:: d_step {							\
		goodbyes ->						\
		printf("the owner says goodbye, and is back\n");	\
		goodbyes--;						\
		goodbye(0, q0);						\
		goodbye(1, q1);						\
		owner_gone()						\
	   }

/* What is done with a descriptor. */
#define DESCRIPTOR(d)							\
	SEND_TO(d, 3, copies == 2)					\
	SEND_TO(d, 1, copies == 1)					\
	SEND_TO(d, 2, copies == 1 && lenders == 2)			\
	:: d_step { /* all puts have ended */				\
		state[d] == SENDING && !sending(d) ->			\
		if							\
		:: acked[d] == wanted[d] ||				\
		   (bug == BUG_ONE_COPY_ENOUGH && acked[d]) ->		\
			printf("%d acked\n", d);			\
			step(d, ACKED);					\
			sender[d] = 1					\
		:: else ->						\
			if						\
			:: word[d] && bug != BUG_FLUSH_FORGOTTEN ->	\
				printf("%d refused\n", d);		\
				step(d, REFUSED)			\
			:: word[d] && bug == BUG_FLUSH_FORGOTTEN ->	\
				state[d] = FREE;			\
				name[d] = 0;				\
				word[d] = 0				\
			:: else ->					\
				printf("%d unsent\n", d);		\
				step(d, UNSENT);			\
				name[d] = 0				\
			fi;						\
			version[d] = 0;					\
			wanted[d] = 0					\
		fi							\
	   }								\
	:: d_step { /* compare and swap of the index */			\
		sender[d] == 1 ->					\
		if							\
		:: slot == LOCAL && (slot_v == version[d] ||		\
				     bug == BUG_SWITCH_WITHOUT_VERSION) -> \
			printf("%d switched\n", d);			\
			assert(promise_c || slot_v == version[d]);	\
			assert(promise_c || stored[d] == wanted[d]);	\
			slot = AWAY;					\
			slot_d = d;					\
			slot_v = 0;					\
			sender[d] = 2					\
		:: else ->						\
			printf("%d stale\n", d);			\
			sender[d] = 0;					\
			step(d, STALE);					\
			version[d] = 0					\
		fi;							\
		wanted[d] = 0						\
	   }								\
	/* ... and now look at the word again: its last node may have gone before. */ \
	:: d_step {							\
		sender[d] == 2 ->					\
		sender[d] = 0						\
	   }								\
	/* Not under who has the bytes, and is about to give them to the index. */ \
	:: d_step {							\
		state[d] == REMOTE &&					\
		(!word[d] || (bug == BUG_LOST_WITH_A_COPY && hurt)) &&	\
		((refers(d) && !sender[d] &&				\
		  (home[d] != 2 || bug == BUG_LOST_WITH_BYTES) &&	\
		  !(bug == BUG_NOT_LOOKED_AGAIN && missed)) ||		\
		 (bug == BUG_LOST_BEFORE_SWITCH && sender[d] == 1)) ->	\
		printf("%d lost\n", d);					\
		assert(promise_b || refers(d));				\
		assert(promise_b || home[d] != 2);			\
		assert(promise_b || (!has[name[d]] && !has[N + name[d]])); \
		slot = LOST;						\
		slot_d = 0						\
	   }								\
	:: d_step {							\
		((state[d] == REMOTE && !pins(d)) ||			\
		 (state[d] == FETCHING && bug == BUG_RELEASE_WHILE_FETCHING)) && \
		!refers(d) ->						\
		printf("%d released\n", d);				\
		step(d, RELEASE);					\
		version[d] = 0						\
	   }								\
	:: d_step {							\
		state[d] == FLUSHING && !word[d] && !sending(d) ->	\
		printf("%d flushed\n", d);				\
		step(d, FLUSHED);					\
		name[d] = 0						\
	   }								\
	:: d_step { /* recalled, or there is room again */		\
		homes && refers(d) && !home[d] && !sender[d] ->		\
		printf("%d is wanted home\n", d);			\
		homes--;						\
		home[d] = 1;						\
		step(d, GET)						\
	   }								\
	:: d_step {							\
		home[d] == 2 ->						\
		if							\
		:: refers(d) || (bug == BUG_HOME_WITHOUT_COMPARE && slot != LOCAL) -> \
			printf("%d came home\n", d);			\
			slot = LOCAL;					\
			slot_d = 0;					\
			slot_v = version[d];				\
			assert(promise_g || newest != 0);		\
			step(d, LOCALIZED)				\
		:: else							\
		fi;							\
		home[d] = 0						\
	   }								\
	:: d_step { /* no copy can be had now */			\
		state[d] == FETCHING && !fetched(d) &&			\
		(!(word[d] & ~tried[d]) || (bug == BUG_NO_OTHER_COPY && tried[d])) -> \
		printf("%d failed\n", d);				\
		deliver(d, FAILED, HASNT, 0)				\
	   }

/* The descriptor is there, and its word names the nodes, before a put is sent. */
#define SEND_TO(d, nodes, when)						\
	:: d_step {							\
		(when) && sends && slot == LOCAL && state[d] == FREE &&	\
		!(state[1 - d] == SENDING && version[1 - d] == slot_v) -> \
		printf("%d: send %d to %d\n", d, slot_v, nodes);	\
		sends--;						\
		if							\
		:: bug == BUG_NAME_REUSED -> names = 1			\
		:: else -> names++					\
		fi;							\
		step(d, SEND);						\
		name[d] = names;					\
		version[d] = slot_v;					\
		word[d] = nodes;					\
		wanted[d] = nodes;					\
		todo[d] = nodes;					\
		acked[d] = 0;						\
		stored[d] = 0						\
	   }

#define GET_ACTIONS(g)							\
	:: d_step {							\
		get[g] == IDLE ->					\
		get[g] = LOOK						\
	   }								\
	:: d_step {							\
		get[g] == LOOK ->					\
		if							\
		:: slot == NONE ->					\
			printf("get %d misses\n", g);			\
			assert(promise_a || newest == 0);		\
			end_get(g)					\
		:: slot == LOCAL ->					\
			printf("get %d: local %d\n", g, slot_v);	\
			assert(promise_a || slot_v == newest);		\
			end_get(g)					\
		:: slot == LOST ->					\
			printf("get %d: lost\n", g);			\
			end_get(g)					\
		:: slot == AWAY ->					\
			get[g] = FOUND;					\
			get_d[g] = slot_d				\
		fi							\
	   }								\
	:: d_step { /* a pin, if it is not zero, and if the slot is still the same */ \
		get[g] == FOUND ->					\
		if							\
		:: (state[get_d[g]] == REMOTE || state[get_d[g]] == FETCHING || \
		    bug == BUG_PIN_OF_ZERO) &&				\
		   (refers(get_d[g]) || bug == BUG_PIN_WITHOUT_COMPARE || \
		    bug == BUG_PIN_OF_ZERO) ->				\
			get[g] = PINNED					\
		:: else ->						\
			get[g] = LOOK;					\
			get_d[g] = 0					\
		fi							\
	   }								\
	:: d_step {							\
		get[g] == PINNED ->					\
		printf("get %d waits for %d\n", g, get_d[g]);		\
		step(get_d[g], GET);					\
		get[g] = WAITS						\
	   }								\
	/* The bytes count only if the slot still refers to where they came from. */ \
	:: d_step {							\
		get[g] == HAS ->					\
		if							\
		:: refers(get_d[g]) || bug == BUG_FLUSH_LOSES ->	\
			printf("get %d: %d\n", g, get_v[g]);		\
			assert(promise_g || newest != 0);		\
			assert(promise_a || get_v[g] == newest);	\
			end_get(g)					\
		:: else ->						\
			get[g] = LOOK;					\
			get_d[g] = 0;					\
			get_v[g] = 0					\
		fi							\
	   }								\
	:: d_step {							\
		get[g] == HASNT ->					\
		if							\
		:: refers(get_d[g]) ->					\
			printf("get %d: EIO\n", g);			\
			assert(promise_b || (copies == 1 && hurt) || hurt == 3); \
			end_get(g)					\
		:: else ->						\
			get[g] = LOOK;					\
			get_d[g] = 0					\
		fi							\
	   }

/* Requests about descriptor d to lender l, and what comes of them. */
#define BETWEEN(d, l, q, r)						\
	:: d_step {							\
		(todo[d] & bit_of(l)) && nfull(q) &&			\
		(!sweep[l] || !up[l] || bug == BUG_SEND_BEFORE_SWEEP) -> \
		todo[d] = todo[d] & ~bit_of(l);				\
		if							\
		:: up[l] ->						\
			printf("%d: put to %d\n", d, l);		\
			q!ASK_PUT, name[d], version[d], d;			\
			asked[(d) * L + l] = ASK_PUT;			\
			if						\
			:: bug == BUG_SENT_MEANS_STORED -> acked[d] = acked[d] | bit_of(l) \
			:: else						\
			fi						\
		:: else ->						\
			gone(d, l)					\
		fi							\
	   }								\
	:: d_step {							\
		state[d] == FETCHING && !fetched(d) && (word[d] & ~tried[d] & bit_of(l)) && \
		usable(l) && !asked[(d) * L + l] && nfull(q) ->		\
		printf("%d: get from %d\n", d, l);			\
		q!ASK_GET, name[d], 0, d;					\
		asked[(d) * L + l] = ASK_GET				\
	   }								\
	:: d_step { /* down, and dead for as long as a get waits */	\
		state[d] == FETCHING && !fetched(d) && (word[d] & ~tried[d] & bit_of(l)) && \
		!up[l] ->						\
		tried[d] = tried[d] | bit_of(l)				\
	   }								\
	:: d_step {							\
		state[d] == FLUSHING && (word[d] & bit_of(l)) && !asked[(d) * L + l] && \
		usable(l) && nfull(q) ->				\
		printf("%d: flush to %d\n", d, l);			\
		if							\
		:: bug == BUG_FLUSH_OVERTAKES && q?[ASK_PUT, _, _, _] ->	\
			q?k_, n_, v_, d_;				\
			q!ASK_FLUSH, name[d], 0, d;				\
			q!k_, n_, v_, d_;				\
			k_ = 0; n_ = 0; v_ = 0; d_ = 0			\
		:: else -> q!ASK_FLUSH, name[d], 0, d			\
		fi;							\
		asked[(d) * L + l] = ASK_FLUSH				\
	   }								\
	:: d_step {							\
		r??[STORED, _, _, d] ->					\
		r??STORED, n_, _, d;					\
		if							\
		:: asked[(d) * L + l] == ASK_PUT && n_ == name[d] ->	\
			n_ = 0;						\
			asked[(d) * L + l] = 0;				\
			acked[d] = acked[d] | (bit_of(l) & word[d])	\
		:: else -> n_ = 0					\
		fi							\
	   }								\
	:: d_step {							\
		r??[NOSPACE, _, _, d] ->				\
		r??NOSPACE, n_, _, d;					\
		if							\
		:: asked[(d) * L + l] == ASK_PUT && n_ == name[d] ->	\
			n_ = 0;						\
			asked[(d) * L + l] = 0;				\
			gone(d, l)					\
		:: else -> n_ = 0					\
		fi							\
	   }								\
	:: d_step {							\
		r??[BYTES, _, _, d] ->					\
		r??BYTES, n_, v_, d;					\
		if							\
		:: asked[(d) * L + l] == ASK_GET &&				\
		   (n_ == name[d] || bug == BUG_REPLY_NOT_COMPARED) ->	\
			printf("%d: bytes %d from %d\n", d, v_, l);	\
			asked[(d) * L + l] = 0;				\
			n_ = 0;						\
			assert(promise_e || v_ != 0);			\
			d_ = v_;					\
			v_ = 0;						\
			deliver(d, GOT, HAS, d_);			\
			d_ = 0						\
		:: else -> n_ = 0; v_ = 0				\
		fi							\
	   }								\
	:: d_step {							\
		r??[DROPPED, _, _, d] ->				\
		r??DROPPED, n_, _, d;					\
		if							\
		:: asked[(d) * L + l] == ASK_FLUSH && n_ == name[d] ->	\
			n_ = 0;						\
			asked[(d) * L + l] = 0;				\
			gone(d, l)					\
		:: else -> n_ = 0					\
		fi							\
	   }								\
	:: d_step { /* no answer in time; the link stays */		\
		slow && up[l] && asked[(d) * L + l] ->			\
		printf("%d: no answer in time from %d\n", d, l);	\
		slow--;							\
		hurt = hurt | bit_of(l);				\
		unanswered(d, l)					\
	   }								\
	:: d_step { /* the lease has ended */				\
		sweep[l] && (word[d] & bit_of(l)) ->			\
		printf("%d: no copy at %d any more\n", d, l);		\
		gone(d, l)						\
	   }
