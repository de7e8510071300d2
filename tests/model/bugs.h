/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Mistakes that the model makes when it is told to, and the promise that then breaks:
 * "t" is the table of ramster/state.c.  tests/model/run reads this file.
 */
#define BUG_NAME_REUSED			1	/* e: a name is used again */
#define BUG_REPLY_NOT_COMPARED		2	/* a: a late reply is taken for another's */
#define BUG_PIN_WITHOUT_COMPARE		3	/* t: pins what the slot no longer refers to */
#define BUG_PIN_OF_ZERO			4	/* t: pins what is nobody's any more */
#define BUG_ONE_COPY_ENOUGH		5	/* c: one of two is taken for all */
#define BUG_NO_OTHER_COPY		6	/* b: a get that failed does not try the other copy */
#define BUG_LOST_BEFORE_SWITCH		7	/* b: what is still here is marked lost */
#define BUG_LOST_WITH_A_COPY		8	/* b: what can still be had is marked lost */
#define BUG_SENT_MEANS_STORED		9	/* c: gives its own up before the answer */
#define BUG_ACK_BEFORE_STORED		10	/* c: the lender promises first, and has no room then */
#define BUG_SWITCH_WITHOUT_VERSION	11	/* a: the page was put again meanwhile */
#define BUG_FETCH_ENDS_TWICE		12	/* d: by the time-out, and by the fetch */
#define BUG_GET_FORGOTTEN		13	/* d: its request was lost, and nobody ends it */
#define BUG_SILENCE_FREES		14	/* e: the lender drops all when it is cut off */
#define BUG_GET_FREES			15	/* e: a get takes the page out */
#define BUG_OLD_LEASE_TRUSTED		16	/* e: the lender dropped all, the owner does not ask */
#define BUG_ORDER_IN_SESSION		17	/* f: a lease ends, the session goes on */
#define BUG_FLUSH_FORGOTTEN		18	/* f: a put without answer is not flushed */
#define BUG_LOST_REPLY_MEANS_REFUSED	19	/* f: nor here */
#define BUG_FLUSH_NOT_REPEATED		20	/* f: a flush without answer is not sent again */
#define BUG_FLUSH_OVERTAKES		21	/* f: a flush arrives before the put it is for */
#define BUG_OLD_SESSION_GOES_ON		22	/* f: requests of the old session are still handled */
#define BUG_INCARNATION_IGNORED		23	/* f: the lender keeps what a dead owner had */
#define BUG_SEND_BEFORE_SWEEP		24	/* f: a put leaves before the old lease's copies are marked */
#define BUG_SWEPT_BUT_SENT		25	/* f: a node is out of the word, and is sent its put */
#define BUG_FLUSH_LOSES			26	/* g: a fetch that was under way ends after the flush */
#define BUG_HOME_WITHOUT_COMPARE	27	/* g: the page comes home after the flush */
#define BUG_RELEASE_WHILE_FETCHING	28	/* t: released under a get */
#define BUG_LOST_WITH_BYTES		29	/* b: what is about to come home is marked lost */
#define BUG_NOT_LOOKED_AGAIN		30	/* b: lost between the last answer and the switch, nobody sees it */
