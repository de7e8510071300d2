// SPDX-License-Identifier: GPL-2.0-only
/*
 * fscrypt 1|2 MOUNTPOINT DIR - makes DIR encrypted, with a policy of that version, and adds the key
 */
#include "util.h"

#include <fcntl.h>
#include <linux/fscrypt.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define KEY_SIZE	64

static int open_dir(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY);

	if (fd < 0)
		die_errno("%s", path);
	return fd;
}

int main(int argc, char **argv)
{
	union {
		struct fscrypt_add_key_arg	arg;
		char	room[sizeof(struct fscrypt_add_key_arg) + KEY_SIZE];
	} add = { .arg.raw_size = KEY_SIZE };
	union {
		struct fscrypt_policy_v1	v1;
		struct fscrypt_policy_v2	v2;
	} policy = { 0 };
	struct fscrypt_key_specifier *spec = &add.arg.key_spec;
	int i;

	if (argc != 4)
		die("usage: fscrypt 1|2 MOUNTPOINT DIR");
	/* With the first version of policies a key that repeats itself would not do. */
	for (i = 0; i < KEY_SIZE; i++)
		add.arg.raw[i] = i * 7 + 3;
	if (!strcmp(argv[1], "1")) {
		spec->type = FSCRYPT_KEY_SPEC_TYPE_DESCRIPTOR;
		memcpy(spec->u.descriptor, "ramster!", FSCRYPT_KEY_DESCRIPTOR_SIZE);
	} else {
		spec->type = FSCRYPT_KEY_SPEC_TYPE_IDENTIFIER;
	}
	if (ioctl(open_dir(argv[2]), FS_IOC_ADD_ENCRYPTION_KEY, &add))
		die_errno("the key is not taken");
	if (spec->type == FSCRYPT_KEY_SPEC_TYPE_DESCRIPTOR) {
		policy.v1.version = FSCRYPT_POLICY_V1;
		policy.v1.contents_encryption_mode = FSCRYPT_MODE_AES_256_XTS;
		policy.v1.filenames_encryption_mode = FSCRYPT_MODE_AES_256_CTS;
		memcpy(policy.v1.master_key_descriptor, spec->u.descriptor,
		       FSCRYPT_KEY_DESCRIPTOR_SIZE);
	} else {
		policy.v2.version = FSCRYPT_POLICY_V2;
		policy.v2.contents_encryption_mode = FSCRYPT_MODE_AES_256_XTS;
		policy.v2.filenames_encryption_mode = FSCRYPT_MODE_AES_256_CTS;
		policy.v2.flags = FSCRYPT_POLICY_FLAGS_PAD_32;
		memcpy(policy.v2.master_key_identifier, spec->u.identifier,
		       FSCRYPT_KEY_IDENTIFIER_SIZE);
	}
	if (ioctl(open_dir(argv[3]), FS_IOC_SET_ENCRYPTION_POLICY, &policy))
		die_errno("the policy is not taken");
	return 0;
}
