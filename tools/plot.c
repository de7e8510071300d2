// SPDX-License-Identifier: GPL-2.0-only
/*
 * `ramster plot`: samples of a period, and the picture of it.  Samples may be kept, as a line of
 * JSON each, and drawn again.
 */
#include "chart.h"
#include "progress.h"
#include "frame.h"
#include "updown.h"

#include <errno.h>
#include <json-c/json.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

enum field { F_TIME, F_HERE, F_AWAY, F_LENT, F_BACKING, F_FILES, F_HERE_BYTES, F_LENT_BYTES,
	     F_OUT, F_GOT, F_HOME, F_TAKEN_IN, F_GIVEN_BACK, F_LATENCY, FIELDS };

static const char *const field_names[FIELDS] = {
	[F_TIME] = "t", [F_HERE] = "here", [F_AWAY] = "elsewhere", [F_LENT] = "for_others",
	[F_BACKING] = "backing", [F_FILES] = "files", [F_HERE_BYTES] = "here_bytes",
	[F_LENT_BYTES] = "for_others_bytes", [F_OUT] = "out", [F_GOT] = "got",
	[F_HOME] = "home", [F_TAKEN_IN] = "taken_in", [F_GIVEN_BACK] = "given_back",
	[F_LATENCY] = "latency_ms",
};

struct recording {
	double	*values;
	size_t	count;
};

#define BLUE	"#0969da"
#define PURPLE	"#8250df"
#define TEAL	"#1b7c83"
#define ORANGE	"#bc4c00"
#define GREEN	"#1a7f37"

static const struct series pages[] = {
	{ "here", BLUE, F_HERE }, { "elsewhere", PURPLE, F_AWAY },
	{ "for others", TEAL, F_LENT }, { "backing", ORANGE, F_BACKING },
	{ "files", GREEN, F_FILES },
};

static const struct series memory[] = {
	{ "for pages of ours", BLUE, F_HERE_BYTES }, { "for others", TEAL, F_LENT_BYTES },
};

static const struct series rates[] = {
	{ "out", PURPLE, F_OUT }, { "got", BLUE, F_GOT }, { "home", GREEN, F_HOME },
	{ "taken in", TEAL, F_TAKEN_IN }, { "given back", ORANGE, F_GIVEN_BACK },
};

static const struct series latency[] = {
	{ "mean of all peers", PURPLE, F_LATENCY },
};

static const struct chart charts[] = {
	{ "Where the pages are", "", pages, ARRAY_SIZE(pages) },
	{ "Memory that they take here", "B", memory, ARRAY_SIZE(memory) },
	{ "Pages per second", "", rates, ARRAY_SIZE(rates) },
	{ "Time to get a page", " ms", latency, ARRAY_SIZE(latency) },
};

static double *grow(struct recording *recording)
{
	recording->values = need(reallocarray(recording->values, recording->count + 1,
					      FIELDS * sizeof(double)));
	return memset(recording->values + recording->count++ * FIELDS, 0,
		      FIELDS * sizeof(double));
}

/* Of all peers together, since the sample before. */
static double mean_latency(const struct snapshot *now, const struct snapshot *before)
{
	struct peer all = { .timed = true }, then = { 0 };

	for (size_t i = 0; i < now->peer_count; i++) {
		all.gets += now->peers[i].gets;
		all.get_us += now->peers[i].get_us;
	}
	for (size_t i = 0; before && i < before->peer_count; i++) {
		then.gets += before->peers[i].gets;
		then.get_us += before->peers[i].get_us;
	}
	return before ? frame_latency_ms(&all, &then) : -1;
}

static void sample(double *to, double t, const struct snapshot *now,
		   const struct snapshot *before)
{
	const uint64_t *value = now->value;
	double ms = mean_latency(now, before);

	to[F_TIME] = t;
	to[F_HERE] = value[NR_zcache_pers_zpages];
	to[F_AWAY] = snapshot_away(now);
	to[F_LENT] = value[NR_zcache_lent_zpages];
	to[F_BACKING] = value[NR_zcache_backing_pages];
	to[F_FILES] = value[NR_zcache_eph_zpages];
	to[F_HERE_BYTES] = value[NR_zcache_pers_pages] * PAGE_BYTES;
	to[F_LENT_BYTES] = value[NR_zcache_lent_pages] * PAGE_BYTES;
	to[F_OUT] = snapshot_rate(now, "out");
	to[F_GOT] = snapshot_rate(now, "got");
	to[F_HOME] = snapshot_rate(now, "home");
	to[F_TAKEN_IN] = snapshot_rate(now, "taken_in");
	to[F_GIVEN_BACK] = snapshot_rate(now, "given_back");
	to[F_LATENCY] = ms < 0 ? 0 : ms;
}

static void record(struct recording *recording, uint64_t seconds, uint64_t interval)
{
	struct snapshot *now = need(calloc(1, sizeof(*now)));
	struct snapshot *before = need(calloc(1, sizeof(*before)));
	uint64_t began = clock_ms(), count = seconds / interval + 1;
	struct progress progress;

	progress_begin(&progress, "seconds recorded", seconds);
	for (uint64_t i = 0; i < count; i++) {
		uint64_t due = began + i * interval * 1000;
		struct snapshot *old = before;

		while (clock_ms() < due)
			poll(NULL, 0, due - clock_ms());
		before = now;
		now = old;
		snapshot_free(now);
		snapshot_take(now);
		sample(grow(recording), (clock_ms() - began) / 1000.0, now, i ? before : NULL);
		progress_show(&progress, seconds - i * interval);
	}
	progress_end(&progress);
	snapshot_free(now);
	snapshot_free(before);
	free(now);
	free(before);
}

static enum end save(const struct recording *recording, const char *file)
{
	FILE *to = fopen(file, "w");

	for (size_t i = 0; to && i < recording->count; i++) {
		struct json_object *line = json_object_new_object();
		const double *values = recording->values + i * FIELDS;

		for (size_t f = 0; f < FIELDS; f++)
			json_object_object_add(line, field_names[f],
					       json_object_new_double(values[f]));
		fprintf(to, "%s\n", json_object_to_json_string_ext(line, JSON_C_TO_STRING_PLAIN));
		json_object_put(line);
	}
	return to && !fclose(to) ? END_OK : fail(END_FAILED, "%s: %s", file, strerror(errno));
}

static int read_sample(double *to, const char *line)
{
	struct json_object *all = json_tokener_parse(line), *one;
	int err = 0;

	for (size_t f = 0; f < FIELDS && !err; f++) {
		if (!json_object_is_type(all, json_type_object) ||
		    !json_object_object_get_ex(all, field_names[f], &one) ||
		    !(json_object_is_type(one, json_type_double) ||
		      json_object_is_type(one, json_type_int)))
			err = -EINVAL;
		else
			to[f] = json_object_get_double(one);
		/* A picture of what is not a number, or endless, cannot be drawn. */
		if (!err && !(to[f] >= 0 && to[f] < 1e18))
			err = -EINVAL;
	}
	json_object_put(all);
	return err;
}

static enum end replay(struct recording *recording, const char *file)
{
	FILE *from = fopen(file, "r");
	enum end end = END_OK;
	char *line = NULL;
	size_t room = 0;

	if (!from)
		return fail(END_FAILED, "%s: %s", file, strerror(errno));
	while (!end && getline(&line, &room, from) > 0) {
		if (read_sample(grow(recording), line))
			end = fail(END_FAILED, "%s:%zu: this is no sample of 'ramster plot --samples'",
				   file, recording->count);
	}
	free(line);
	fclose(from);
	if (!end && recording->count < 2)
		end = fail(END_FAILED, "%s: a picture needs two samples at least", file);
	return end;
}

static void draw(const struct recording *recording, bool html, FILE *to)
{
	const struct samples samples = { recording->values, recording->count, FIELDS };
	int height = ARRAY_SIZE(charts) * CHART_HEIGHT + 10;

	if (html)
		fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>ramster</title></head>\n<body>\n",
		      to);
	fprintf(to, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" ",
		CHART_WIDTH, height);
	fprintf(to, "viewBox=\"0 0 %d %d\" font-family=\"DejaVu Sans, Helvetica, sans-serif\" ",
		CHART_WIDTH, height);
	fputs("font-size=\"12\" fill=\"#24292f\">\n", to);
	fputs("<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n", to);
	for (size_t i = 0; i < ARRAY_SIZE(charts); i++)
		chart_svg(&charts[i], &samples, i * CHART_HEIGHT, to);
	fputs("</svg>\n", to);
	if (html)
		fputs("</body>\n</html>\n", to);
}

static bool ends_with(const char *text, const char *end)
{
	size_t len = strlen(text), tail = strlen(end);

	return len > tail && text_is(text + len - tail, end);
}

static enum end write_picture(const struct recording *recording, const char *file)
{
	FILE *to = fopen(file, "w");

	if (to)
		draw(recording, ends_with(file, ".html"), to);
	if (!to || fclose(to))
		return fail(END_FAILED, "%s: %s", file, strerror(errno));
	say("%s: %zu samples", file, recording->count);
	return END_OK;
}

enum end cmd_plot(int argc, char **argv)
{
	const char *seconds_text = NULL, *interval_text = NULL, *file = NULL, *kept = NULL;
	const char *again = NULL;
	const struct arg args[] = {
		{ "record", &seconds_text, NULL }, { "interval", &interval_text, NULL },
		{ "output", &file, NULL }, { "samples", &kept, NULL }, { "replay", &again, NULL },
	};
	struct recording recording = { 0 };
	uint64_t seconds = 0, interval = 1;
	enum end end = END_OK;

	if (args_parse(argc, argv, args, ARRAY_SIZE(args), NULL, 0, 0) < 0)
		return END_USAGE;
	if (!seconds_text == !again)
		return fail(END_USAGE, "plot: say either --record SECONDS or --replay FILE");
	if (seconds_text && (parse_u64(seconds_text, &seconds) || !seconds || seconds > 604800))
		return fail(END_USAGE, "plot: --record is a number of seconds from 1 to 604800, not '%s'",
			    seconds_text);
	if (interval_text && (parse_u64(interval_text, &interval) || !interval || interval > 3600))
		return fail(END_USAGE, "plot: --interval is a number of seconds from 1 to 3600, not '%s'",
			    interval_text);
	if (!file || !(ends_with(file, ".svg") || ends_with(file, ".html")))
		return fail(END_USAGE, "plot: -o FILE says where the picture goes; it ends with .svg or .html");
	if (again)
		end = replay(&recording, again);
	else
		record(&recording, seconds, interval);
	if (!end && kept)
		end = save(&recording, kept);
	if (!end)
		end = write_picture(&recording, file);
	free(recording.values);
	return end;
}
