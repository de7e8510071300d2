// SPDX-License-Identifier: GPL-2.0-only
/*
 * hostile [OPTION]... COMMAND [ARGUMENT]... - see usage().  Ends with 0 if the victim behaved,
 * with 1 if it did not, with 2 if that cannot be said.
 */
#include "hostile.h"

#include <linux/string.h>
#include <unistd.h>

#include "tests/host/test.h"

struct config conf = {
	.port = 7777,
	.victim = 1,
	.name = "c",
	.mode = CLUSTER_MODE_SEALED,
	.idle_timeout_ms = 30000,
	.keepalive_delay_ms = 2000,
	.patience_ms = 8000,
};

static const char usage_text[] =
"usage: hostile -a ADDRESS -k KEY [-p PORT] [-s SOURCE] [-m ME] [-v VICTIM] [-c CLUSTER]\n"
"               [-I IDLE_TIMEOUT_MS] [-K KEEPALIVE_DELAY_MS] [-w PATIENCE_MS] [-i] COMMAND\n"
"\n"
"  join [BEATS MS]         a right handshake; stays for MS and so many heartbeats\n"
"  list refuse|first|message|reply|answer\n"
"                          the names of what follows\n"
"  refuse NAME...          a handshake that is wrong in one way\n"
"  stranger                a right handshake from the address of no node\n"
"  truncate close|open     a handshake that ends early, at each byte\n"
"  flip some|all           a handshake with one bit turned over, in each byte\n"
"  lanes                   lanes that do not belong to a link\n"
"  replay                  what was said before is said again\n"
"  reflect                 what the victim says is said back to it\n"
"  first NAME...           a right handshake, then a wrong first message\n"
"  message NAME...         a right handshake, then, later, a wrong message\n"
"  reply NAME...           the victim sends echoes and is replied to so\n"
"  answer NAME...          the victim connects and is answered so\n"
"  halfopen N MS [trickle] connections without a handshake\n"
"  flood PER_MINUTE MS     connections that are closed at once\n"
"\n"
"-i is without a key, from a SOURCE of this machine, to VICTIM at ADDRESS.";

/* What tests/host/crypto.c calls when OpenSSL fails. */
void test_failed(const char *file, int line, const char *what)
{
	die("%s:%d: %s", file, line, what);
}

void test_differs(const char *file, int line, const char *what, long long is,
		  const char *other, long long should)
{
	die("%s:%d: %s is %lld, %s is %lld", file, line, what, is, other, should);
}

static void parse_key(const char *text)
{
	unsigned int i;

	for (i = 0; i < sizeof(conf.key); i++) {
		if (sscanf(text + 2 * i, "%2hhx", &conf.key[i]) != 1)
			die("the key is 64 hexadecimal digits");
	}
}

static void parse_options(int argc, char **argv)
{
	int option;

	while ((option = getopt(argc, argv, "+a:p:s:m:v:k:c:I:K:w:i")) != -1) {
		switch (option) {
		case 'a':
			conf.address = optarg;
			break;
		case 'p':
			conf.port = parse_number(optarg);
			break;
		case 's':
			conf.source = optarg;
			break;
		case 'm':
			conf.me = parse_number(optarg);
			break;
		case 'v':
			conf.victim = parse_number(optarg);
			break;
		case 'k':
			parse_key(optarg);
			break;
		case 'c':
			conf.name = optarg;
			break;
		case 'I':
			conf.idle_timeout_ms = parse_number(optarg);
			break;
		case 'K':
			conf.keepalive_delay_ms = parse_number(optarg);
			break;
		case 'w':
			conf.patience_ms = parse_number(optarg);
			break;
		case 'i':
			conf.mode = CLUSTER_MODE_INSECURE;
			break;
		default:
			die("%s", usage_text);
		}
	}
}

static bool join(unsigned int beats, unsigned int ms)
{
	static struct peer peer;
	bool good;

	peer_must_open(&peer);
	good = peer_holds(&peer, beats, ms) && peer_say(&peer, CLUSTER_CLOSE) &&
	       peer_gone(&peer);
	printf("%u heartbeats, %u pings, %u pongs, credit %llu/%llu, reason %u\n",
	       peer.kinds[CLUSTER_HEARTBEAT], peer.kinds[CLUSTER_PING],
	       peer.kinds[CLUSTER_PONG], peer.credit_requests, peer.credit_bytes, peer.reason);
	return good;
}

static const struct series {
	const char	*name;
	bool		(*attack)(const char *name);
	void		(*list)(void);
} all_series[] = {
	{ "refuse", attack_refuse, list_refuse },
	{ "first", attack_first, list_first },
	{ "message", attack_message, list_message },
	{ "reply", attack_reply, list_reply },
	{ "answer", attack_answer, list_answer },
};

static const struct series *find_series(const char *name)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(all_series); i++) {
		if (!strcmp(name, all_series[i].name))
			return &all_series[i];
	}
	return NULL;
}

static bool list(const char *name)
{
	const struct series *series = find_series(name);

	if (!series)
		die("%s", usage_text);
	series->list();
	return true;
}

/* One line each: what came of it, the verdict, the name. */
static bool run_series(const struct series *series, char **names)
{
	bool all = true;

	for (; *names; names++) {
		bool good = series->attack(*names);

		printf("%s %s\n", good ? "good" : "BAD", *names);
		all &= good;
	}
	return all;
}

/* @argc counts the command too. */
static bool run(int argc, char **argv)
{
	const struct series *series = find_series(argv[0]);
	const char *command = argv[0];

	if (series)
		return run_series(series, argv + 1);
	if (!strcmp(command, "join"))
		return argc < 3 ? join(1, 0) : join(parse_number(argv[1]), parse_number(argv[2]));
	if (!strcmp(command, "list") && argc == 2)
		return list(argv[1]);
	if (!strcmp(command, "stranger"))
		return attack_stranger();
	if (!strcmp(command, "truncate") && argc == 2)
		return attack_truncate(!strcmp(argv[1], "open"));
	if (!strcmp(command, "flip") && argc == 2)
		return attack_flip(!strcmp(argv[1], "all"));
	if (!strcmp(command, "lanes"))
		return attack_lanes();
	if (!strcmp(command, "replay"))
		return attack_replay();
	if (!strcmp(command, "reflect"))
		return attack_reflect();
	if (!strcmp(command, "halfopen") && argc > 2)
		return attack_halfopen(parse_number(argv[1]), parse_number(argv[2]), argc > 3);
	if (!strcmp(command, "flood") && argc == 3)
		return attack_flood(parse_number(argv[1]), parse_number(argv[2]));
	die("%s", usage_text);
}

int main(int argc, char **argv)
{
	/* What was found out so far is to be seen if it ends by die(). */
	setvbuf(stdout, NULL, _IOLBF, 0);
	parse_options(argc, argv);
	if (optind == argc)
		die("%s", usage_text);
	return !run(argc - optind, argv + optind);
}
