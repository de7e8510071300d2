/* SPDX-License-Identifier: GPL-2.0-only */
/* What a lender does, and what is done to it and its link. */

#define LENDER(l, q, r)							\
	:: d_step {							\
		alive[l] && q?[ASK_PUT, _, _, _] && nfull(r) ->		\
		q?k_, n_, v_, d_;					\
		if							\
		:: has[(l) * N + n_] ->					\
			printf("%d has %d already\n", l, n_);		\
			answer(l, r, NOSPACE, 0)			\
		:: else ->						\
			printf("%d stores %d\n", l, n_);		\
			has[(l) * N + n_] = v_;				\
			if						\
			:: name[d_] == n_ && served[l] == incarnation -> \
				stored[d_] = stored[d_] | bit_of(l)	\
			:: else						\
			fi;						\
			answer(l, r, STORED, 0)				\
		fi							\
	   }								\
	:: d_step {							\
		refusals && alive[l] && q?[ASK_PUT, _, _, _] && nfull(r) ->	\
		refusals--;							\
		q?k_, n_, v_, d_;					\
		printf("%d has no room for %d\n", l, n_);		\
		if							\
		:: bug == BUG_ACK_BEFORE_STORED -> answer(l, r, STORED, 0) \
		:: else -> answer(l, r, NOSPACE, 0)			\
		fi							\
	   }								\
	:: d_step {							\
		alive[l] && q?[ASK_GET, _, _, _] && nfull(r) ->		\
		q?k_, n_, v_, d_;					\
		v_ = has[(l) * N + n_];					\
		if							\
		:: bug == BUG_GET_FREES -> has[(l) * N + n_] = 0	\
		:: else							\
		fi;							\
		answer(l, r, BYTES, v_)					\
	   }								\
	:: d_step {							\
		alive[l] && q?[ASK_FLUSH, _, _, _] && nfull(r) ->		\
		q?k_, n_, v_, d_;					\
		printf("%d drops %d\n", l, n_);				\
		has[(l) * N + n_] = 0;					\
		answer(l, r, DROPPED, 0)				\
	   }								\
	/* The owner sees it first: requests are still handled there, in vain. */ \
	:: d_step {							\
		cuts && up[l] ->					\
		printf("cut off from %d\n", l);				\
		cuts--;							\
		drain(r);						\
		cut_off(l);						\
		if							\
		:: bug == BUG_SILENCE_FREES -> drop_all(l)		\
		:: else							\
		fi							\
	   }								\
	:: d_step {							\
		deaths && alive[l] ->					\
		printf("%d dies\n", l);					\
		deaths--;						\
		drain(r);						\
		drain(q);						\
		cut_off(l);						\
		drop_all(l);						\
		alive[l] = 0;						\
		lease[l]++						\
	   }								\
	:: d_step {							\
		l < lenders && !alive[l] ->				\
		alive[l] = 1						\
	   }								\
	/* The administrator, or orphan_timeout: ends the session first, then the lease. */ \
	:: d_step {							\
		orders && alive[l] && (!up[l] || bug == BUG_ORDER_IN_SESSION) -> \
		printf("%d drops all\n", l);				\
		orders--;						\
		hurt = hurt | bit_of(l);				\
		if							\
		:: bug == BUG_ORDER_IN_SESSION				\
		:: else -> drain(q)					\
		fi;							\
		drop_all(l);						\
		lease[l]++						\
	   }								\
	/* A handshake, with which an old session's messages are gone. */ \
	:: d_step {							\
		alive[l] && !up[l] ->					\
		printf("link with %d\n", l);				\
		if							\
		:: bug == BUG_OLD_SESSION_GOES_ON			\
		:: else -> drain(q)					\
		fi;							\
		if							\
		:: served[l] != incarnation && bug != BUG_INCARNATION_IGNORED -> \
			drop_all(l);					\
			lease[l]++					\
		:: else							\
		fi;							\
		served[l] = incarnation;					\
		if							\
		:: known[l] != lease[l] && known[l] != UNKNOWN && bug != BUG_OLD_LEASE_TRUSTED -> \
			sweep[l] = 1					\
		:: else							\
		fi;							\
		known[l] = lease[l];					\
		up[l] = 1						\
	   }								\
	:: d_step { /* no descriptor names it any more */		\
		sweep[l] && !((word[0] | word[1]) & bit_of(l)) ->	\
		sweep[l] = 0						\
	   }
