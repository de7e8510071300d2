/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Mistakes that the model makes when it is told to.  tests/model/run reads this file: which
 * promise breaks ("t": an event that the table lacks), and which of its small configurations
 * is enough to see it.
 */
#define BUG_NAME_REUSED			1	/* e link: a name is used again */
#define BUG_REPLY_NOT_COMPARED		2	/* a late: a late reply is taken for another's */
#define BUG_PIN_WITHOUT_COMPARE		3	/* t link: a get pins what the slot no longer refers to */
#define BUG_PIN_OF_ZERO			4	/* t link: a get pins what is nobody's any more */
#define BUG_ONE_COPY_ENOUGH		5	/* c full: one copy of two is taken for all */
#define BUG_NO_OTHER_COPY		6	/* b two: a get that failed does not try the other copy */
#define BUG_LOST_BEFORE_SWITCH		7	/* b dead: what is still here is marked lost */
#define BUG_LOST_WITH_A_COPY		8	/* b link: what can still be had is marked lost */
#define BUG_LOST_WITH_BYTES		9	/* b gone: what is about to come home is marked lost */
#define BUG_NOT_LOOKED_AGAIN		10	/* b dead: lost just before the switch, and nobody sees it */
#define BUG_SENT_MEANS_STORED		11	/* c late: the page goes before the answer has come */
#define BUG_ACK_BEFORE_STORED		12	/* c late: the lender promises, and then has no room */
#define BUG_SWITCH_WITHOUT_VERSION	13	/* c link: the page goes though it was put again */
#define BUG_FETCH_ENDS_TWICE		14	/* d link: a get ends by the cut, and by the fetch */
#define BUG_GET_FORGOTTEN		15	/* d link: the request of a get is lost, nobody ends it */
#define BUG_SILENCE_FREES		16	/* e link: the lender drops all when it is cut off */
#define BUG_GET_FREES			17	/* e link: a get takes the page out */
#define BUG_OLD_LEASE_TRUSTED		18	/* e dead: the lender dropped all, nobody asks */
#define BUG_ORDER_IN_SESSION		19	/* b dead: a lease ends, and the session goes on */
#define BUG_FLUSH_FORGOTTEN		20	/* f link: a put without answer is not flushed */
#define BUG_LOST_REPLY_MEANS_REFUSED	21	/* f link: a put without answer is taken for refused */
#define BUG_FLUSH_NOT_REPEATED		22	/* f link: a flush without answer is not repeated */
#define BUG_FLUSH_OVERTAKES		23	/* f late: a flush arrives before the put it is for */
#define BUG_OLD_SESSION_GOES_ON		24	/* f again: requests of an old session are handled in the new */
#define BUG_INCARNATION_IGNORED		25	/* f again: the lender keeps what a dead owner had */
#define BUG_SEND_BEFORE_SWEEP		26	/* f dead: a put goes out before the old copies are marked */
#define BUG_SWEPT_BUT_SENT		27	/* f dead: a put goes to a node that was taken out of the word */
#define BUG_FLUSH_LOSES			28	/* g link: a get gives the page after the flush */
#define BUG_HOME_WITHOUT_COMPARE	29	/* g home: a page comes home after the flush */
#define BUG_RELEASE_WHILE_FETCHING	30	/* t link: a descriptor is released under a get */
