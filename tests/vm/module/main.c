// SPDX-License-Identifier: GPL-2.0-only
/* Entry and exit of zcache_test.ko, and its commands. */
#include "internal.h"

#include <linux/debugfs.h>
#include <linux/delay.h>
#include <linux/module.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#define MAX_COMMAND	512

atomic_t zt_errors;

static DEFINE_MUTEX(command_mutex);	/* order 1 */
static struct dentry *dir;
static char result[PAGE_SIZE];
static size_t result_size;

/* wait ms=100: a sleep for which the script need not fork */
static int wait_command(struct zt_args *args)
{
	u64 ms = zt_arg(args, "ms", 100);
	int err = zt_args_done(args);

	if (!err && msleep_interruptible(ms))
		err = -EINTR;
	return err;
}

static const struct {
	const char	*verb;
	int		(*run)(struct zt_args *args);
} commands[] = {
	{ "create",		zt_pool_create },
	{ "destroy",		zt_pool_destroy },
	{ "fill",		zt_fill },
	{ "check",		zt_check },
	{ "flush",		zt_flush_command },
	{ "stored_sizes",	zt_stored_sizes },
	{ "stored_noise",	zt_stored_noise },
	{ "lent_fill",		zt_lent_fill },
	{ "lent_check",		zt_lent_check },
	{ "lent_refuse",	zt_lent_refuse },
	{ "usage",		zt_usage },
	{ "scan",		zt_scan },
	{ "start",		zt_client_start },
	{ "halt",		zt_client_halt },
	{ "stop",		zt_client_stop },
	{ "wait",		wait_command },
	{ "hold_start",		zt_hold_start },
	{ "hold",		zt_hold_show },
	{ "hold_stop",		zt_hold_stop },
	{ "tier",		zt_tier_show },
	{ "tier_register",	zt_tier_register },
	{ "tier_unregister",	zt_tier_unregister },
	{ "lose",		zt_tier_lose },
	{ "push",		zt_mover_push },
	{ "pull",		zt_mover_pull },
	{ "mover_start",	zt_mover_start },
	{ "mover_stop",		zt_mover_stop },
};

/* One line of what a command leaves to be read; only from within a command. */
void zt_result(const char *name, u64 value)
{
	lockdep_assert_held(&command_mutex);
	result_size += scnprintf(result + result_size, sizeof(result) - result_size,
				 "%s %llu\n", name, value);
}

static int run_line(char *line)
{
	int err, errors = atomic_read(&zt_errors);
	struct zt_args args;
	unsigned int i;

	result_size = 0;
	err = zt_args_parse(&args, line);
	if (err)
		return err;
	for (i = 0; i < ARRAY_SIZE(commands); i++)
		if (!strcmp(args.verb, commands[i].verb))
			break;
	if (i == ARRAY_SIZE(commands))
		return -EINVAL;
	err = commands[i].run(&args);
	if (!err && atomic_read(&zt_errors) != errors)
		err = -EBADMSG;
	return err;
}

static ssize_t command_write(struct file *file, const char __user *buf, size_t size, loff_t *pos)
{
	char *line;
	int err;

	if (size > MAX_COMMAND)
		return -EINVAL;
	line = memdup_user_nul(buf, size);
	if (IS_ERR(line))
		return PTR_ERR(line);
	mutex_lock(&command_mutex);
	err = run_line(line);
	mutex_unlock(&command_mutex);
	kfree(line);
	return err ? err : size;
}

static const struct file_operations command_fops = {
	.owner	= THIS_MODULE,
	.write	= command_write,
};

static ssize_t result_read(struct file *file, char __user *buf, size_t size, loff_t *pos)
{
	ssize_t ret;

	mutex_lock(&command_mutex);
	ret = simple_read_from_buffer(buf, size, pos, result, result_size);
	mutex_unlock(&command_mutex);
	return ret;
}

static const struct file_operations result_fops = {
	.owner	= THIS_MODULE,
	.read	= result_read,
};

static int __init zcache_test_init(void)
{
	int err = zt_tier_init();

	if (err)
		return err;
	dir = debugfs_create_dir("zcache_test", NULL);
	debugfs_create_file("command", 0200, dir, NULL, &command_fops);
	debugfs_create_file("result", 0400, dir, NULL, &result_fops);
	debugfs_create_atomic_t("errors", 0400, dir, &zt_errors);
	return 0;
}

static void __exit zcache_test_exit(void)
{
	debugfs_remove_recursive(dir);
	zt_hold_exit();
	zt_mover_exit();
	zt_pools_exit();
	zt_tier_exit();
}

module_init(zcache_test_init);
module_exit(zcache_test_exit);
MODULE_DESCRIPTION("A front end and a fake remote tier to test zcache with");
MODULE_LICENSE("GPL");
