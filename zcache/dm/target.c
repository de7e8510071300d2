// SPDX-License-Identifier: GPL-2.0-only
/* The target as device-mapper sees it: table line, bios, status, messages. */
#include "internal.h"

#include <linux/blkdev.h>
#include <linux/mm.h>
#include <linux/module.h>

/* DEV, and what options.c knows. */
#define ARGS_MAX	7

static int refuse(struct dm_target *ti, int err, char *why)
{
	ti->error = why;
	pr_err("%s: table refused: %s\n", dm_device_name(dm_table_get_md(ti->table)), why);
	return err;
}

static int check_disk(struct dm_target *ti, struct dm_dev *dev)
{
	if (bdev_is_zoned(dev->bdev))
		return refuse(ti, -EOPNOTSUPP, "Zoned devices are not supported");
	if (ti->len > bdev_nr_sectors(dev->bdev))
		return refuse(ti, -EINVAL, "Target is larger than the device");
	return 0;
}

static int start_victim(struct dm_target *ti, struct dm_dev *dev, const struct options *opts)
{
	struct victim *v = victim_create(ti, dev, opts);

	if (IS_ERR(v))
		return refuse(ti, PTR_ERR(v), "Cannot allocate the target");
	if (!victim_add(v)) {
		victim_destroy(v);
		return refuse(ti, -EBUSY, "Another zcache target is over the same disk");
	}
	ti->private = v;
	return 0;
}

static int ctr(struct dm_target *ti, unsigned int argc, char **argv)
{
	struct options opts;
	struct dm_dev *dev;
	const char *error;
	int err;

	if (!argc || argc > ARGS_MAX)
		return refuse(ti, -EINVAL, "Invalid argument count");
	if (ti->begin)
		return refuse(ti, -EINVAL, "Target must begin at sector 0");
	options_default(&opts, totalram_pages());
	err = options_parse(&opts, argc - 1, argv + 1, &error);
	if (err)
		return refuse(ti, err, (char *)error);
	err = dm_get_device(ti, argv[0], dm_table_get_mode(ti->table), &dev);
	if (err)
		return refuse(ti, err, "Device lookup failed");
	err = check_disk(ti, dev);
	if (!err)
		err = start_victim(ti, dev, &opts);
	if (err) {
		dm_put_device(ti, dev);
		return err;
	}
	ti->num_flush_bios = 1;
	ti->num_discard_bios = 1;
	ti->num_secure_erase_bios = 1;
	ti->num_write_zeroes_bios = 1;
	ti->per_io_data_size = sizeof(struct victim_bio);
	return 0;
}

static void dtr(struct dm_target *ti)
{
	struct victim *v = ti->private;
	struct dm_dev *dev = v->dev;

	victim_destroy(v);
	dm_put_device(ti, dev);
}

static int map(struct dm_target *ti, struct bio *bio)
{
	struct victim *v = ti->private;
	struct victim_bio *vb = victim_bio(bio);

	vb->victim = v;
	vb->state = VICTIM_PASS;
	vb->flags = 0;
	vb->held = NULL;
	vb->iter = bio->bi_iter;
	bio_set_dev(bio, v->dev->bdev);
	/* A flush has no blocks. */
	if (!bio_sectors(bio))
		return DM_MAPIO_REMAPPED;
	if (bio_op(bio) == REQ_OP_READ)
		return read_map(v, bio);
	write_map(v, bio);
	return DM_MAPIO_REMAPPED;
}

/* Whether the disk may hold something else than it said. */
static bool is_device_error(blk_status_t error)
{
	return error && error != BLK_STS_NOTSUPP && error != BLK_STS_AGAIN;
}

static int end_io(struct dm_target *ti, struct bio *bio, blk_status_t *error)
{
	struct victim *v = ti->private;

	if (is_device_error(*error) && victim_bio(bio)->state != VICTIM_DONE)
		victim_drop_soon(v);
	switch (victim_bio(bio)->state) {
	case VICTIM_MISS:
	case VICTIM_CHECK:
		return read_end(v, bio, *error);
	case VICTIM_WRITE:
		return write_end(v, bio, *error);
	default:
		return DM_ENDIO_DONE;
	}
}

/* The disk may have been changed while the device was suspended. */
static void resume(struct dm_target *ti)
{
	victim_drop_all(ti->private);
}

static size_t show_table(struct victim *v, char *result, size_t maxlen)
{
	struct options opts = v->opts;
	size_t sz = 0;

	opts.verify = READ_ONCE(v->verify);
	DMEMIT("%s", v->dev->name);
	if (sz < maxlen)
		sz += options_show(&opts, result + sz, maxlen - sz);
	return sz;
}

static void status(struct dm_target *ti, status_type_t type, unsigned int flags, char *result,
		   unsigned int maxlen)
{
	switch (type) {
	case STATUSTYPE_INFO:
		stats_show(ti->private, result, maxlen);
		break;
	case STATUSTYPE_TABLE:
		show_table(ti->private, result, maxlen);
		break;
	default:
		*result = '\0';
	}
}

/* "0" or "1" */
static int parse_switch(const char *text, bool *on)
{
	if (strcmp(text, "0") && strcmp(text, "1"))
		return -EINVAL;
	WRITE_ONCE(*on, *text == '1');
	return 0;
}

static int take_message(struct dm_target *ti, unsigned int argc, char **argv, char *result,
			unsigned int maxlen)
{
	struct victim *v = ti->private;

	if (argc == 1 && !strcmp(argv[0], "drop")) {
		victim_drop_all(v);
		return 0;
	}
	if (argc == 1 && !strcmp(argv[0], "reset")) {
		stats_reset(v);
		return 0;
	}
	if (argc == 1 && !strcmp(argv[0], "flush"))
		return stage_flush(v);
	if (argc == 2 && !strcmp(argv[0], "verify"))
		return parse_switch(argv[1], &v->verify);
	if (argc == 2 && !strcmp(argv[0], "enable"))
		return parse_switch(argv[1], &v->enabled);
	pr_err("%s: unknown message '%s'\n", v->dev->name, argv[0]);
	return -EINVAL;
}

static int iterate_devices(struct dm_target *ti, iterate_devices_callout_fn fn, void *data)
{
	struct victim *v = ti->private;

	return fn(ti, v->dev, 0, ti->len, data);
}

static struct target_type type = {
	.name			= "zcache",
	.version		= { 1, 0, 0 },
	.module			= THIS_MODULE,
	.ctr			= ctr,
	.dtr			= dtr,
	.map			= map,
	.end_io			= end_io,
	.resume			= resume,
	.status			= status,
	.message		= take_message,
	.iterate_devices	= iterate_devices,
};

int target_init(void)
{
	return dm_register_target(&type);
}

void target_exit(void)
{
	dm_unregister_target(&type);
}
