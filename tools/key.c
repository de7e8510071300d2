// SPDX-License-Identifier: GPL-2.0-only
/*
 * The key of a cluster: 32 random bytes in a file that only root can read, in base64, the form
 * in which the kernel takes it.  There is no way to make one of a pass phrase.
 */
#include "key.h"
#include "fs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* 32 bytes make 42 digits of 6 bits and one of 4, which is padded. */
static void encode(const uint8_t bytes[KEY_BYTES], char text[KEY_CHARS + 1])
{
	unsigned int bits = 0, used = 0;
	uint32_t pending = 0;

	for (int i = 0; i < KEY_BYTES; i++) {
		pending = pending << 8 | bytes[i];
		for (bits += 8; bits >= 6; bits -= 6)
			text[used++] = digits[pending >> (bits - 6) & 63];
	}
	text[used++] = digits[pending << (6 - bits) & 63];
	text[used++] = '=';
	text[used] = '\0';
}

static bool is_hex(const char *text)
{
	return strspn(text, "0123456789abcdefABCDEF") == 2 * KEY_BYTES;
}

static bool is_base64(const char *text)
{
	const char *last = strchr(digits, text[KEY_CHARS - 2]);

	/* The last digit has 4 bits; the others of it are zero in the only good spelling. */
	return strspn(text, digits) == KEY_CHARS - 1 && text[KEY_CHARS - 1] == '=' &&
	       last && !((last - digits) & 3);
}

/* NULL: the kernel takes it; else why not. */
char *key_wrong(const char *text)
{
	size_t len = strlen(text);
	bool hex = len == 2 * KEY_BYTES && is_hex(text);
	bool base64 = len == KEY_CHARS && is_base64(text);

	if (!hex && !base64)
		return text_of("is no key: %d random bytes as 64 hexadecimal digits or 44 characters of base64; a pass phrase is none. Make one with 'ramster key generate'",
			       KEY_BYTES);
	if (strspn(text, hex ? "0" : "A=") == len)
		return text_of("is a key of zeroes, which keeps nobody out; make one with 'ramster key generate'");
	return NULL;
}

void key_free(char *key)
{
	if (key)
		explicit_bzero(key, strlen(key));
	free(key);
}

/* The key in a file, for key_free(); or NULL, and why, which begins with the file. */
char *key_read(const char *file, char **why)
{
	char *path = fs_path("%s", file), *text = NULL, *wrong;
	struct stat st;

	*why = NULL;
	if (stat(path, &st)) {
		*why = text_of("%s: %s; make a key with 'ramster key generate %s', or copy that of another node",
			       file, strerror(errno), file);
	} else if (!S_ISREG(st.st_mode)) {
		*why = text_of("%s is no file", file);
	} else if (st.st_mode & 077) {
		*why = text_of("%s can be read by others than root (mode %04o); chmod 600 %s, and make a new key if anybody may have read it",
			       file, st.st_mode & 07777, file);
	} else {
		text = fs_read("%s", file);
		if (!text)
			*why = text_of("%s: %s", file, strerror(errno));
	}
	free(path);
	if (!text)
		return NULL;
	wrong = key_wrong(text);
	if (!wrong)
		return text;
	*why = text_of("%s %s", file, wrong);
	free(wrong);
	key_free(text);
	return NULL;
}

/* Written beside its place and moved there, so that there never is half a key. */
static int save(const char *path, const char *text, bool replace)
{
	char *part = text_of("%s.new", path);
	int fd, err = 0;

	unlink(part);
	fd = open(part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0) {
		err = -errno;
	} else {
		if (dprintf(fd, "%s\n", text) < 0 || fsync(fd))
			err = -errno;
		close(fd);
	}
	/* link() does not replace what is there, whoever made it meanwhile. */
	if (!err && (replace ? rename(part, path) : link(part, path)))
		err = -errno;
	unlink(part);
	free(part);
	return err;
}

static enum end generate(const char *file, bool force)
{
	char *path = fs_path("%s", file), text[KEY_CHARS + 1];
	uint8_t bytes[KEY_BYTES];
	int err;

	if (opt.dry_run) {
		say("would make a key in %s", file);
		free(path);
		return END_OK;
	}
	if (getrandom(bytes, sizeof(bytes), 0) != sizeof(bytes)) {
		free(path);
		return fail(END_FAILED, "the kernel gives no random bytes: %s", strerror(errno));
	}
	encode(bytes, text);
	explicit_bzero(bytes, sizeof(bytes));
	err = save(path, text, force);
	explicit_bzero(text, sizeof(text));
	free(path);
	if (err == -EEXIST)
		return fail(END_REFUSED, "%s is there already, and nodes that have it would be cut off; --force replaces it",
			    file);
	if (err)
		return fail(END_FAILED, "%s: %s", file, strerror(-err));
	say("%s: a new key. Copy it to all nodes, by a way that nobody else can read", file);
	return END_OK;
}

/* key generate [FILE], key check [FILE] */
enum end cmd_key(int argc, char **argv)
{
	const char *words[3] = { NULL, NULL, NULL };
	bool force = false;
	const struct arg args[] = { { "force", NULL, &force } };
	char *key, *why;

	if (args_parse(argc, argv, args, ARRAY_SIZE(args), words, 1, 3) < 0)
		return END_USAGE;
	if (words[2])
		return fail(END_USAGE, "key: a key is made of random bytes only; '%s' is one word too many",
			    words[2]);
	if (text_is(words[0], "generate")) {
		if (words[1] && !strchr(words[1], '/'))
			return fail(END_USAGE, "key generate: '%s' is no path of a file with a '/'; a key cannot be made of a pass phrase",
				    words[1]);
		return generate(words[1] ?: KEY_FILE, force);
	}
	if (!text_is(words[0], "check"))
		return fail(END_USAGE, "key: '%s' is neither generate nor check", words[0]);
	key = key_read(words[1] ?: KEY_FILE, &why);
	if (!key) {
		warning("%s", why);
		free(why);
		return END_CONFIG;
	}
	key_free(key);
	say("%s is a key", words[1] ?: KEY_FILE);
	return END_OK;
}
