/* log: see log.h. A line is built in one buffer and written with one write, so lines never mix. */
#include "agent/io/log.h"

#include "agent/lib/limit.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define LINE_MAX_LEN 2048

static enum log_level max_level = LOG_INFO;
static bool as_json;
static bool to_journal;
static struct log_counts counts;
static struct limit limits = {.burst = LOG_PEER_BURST, .interval_us = LOG_PEER_INTERVAL_US};

static const char *const level_names[] = {"error", "warning", "info", "debug"};

struct line {
	char s[LINE_MAX_LEN];
	size_t len;
};

bool log_level_parse(const char *s, enum log_level *out)
{
	for (int i = LOG_ERROR; i <= LOG_DEBUG; i++) {
		if (strcmp(s, level_names[i]) == 0) {
			*out = (enum log_level)i;
			return true;
		}
	}
	return false;
}

/* systemd says where the journal is: device and inode of the stream (systemd.exec(5)). Somebody
 * between, a shell that redirects, makes standard error another one. */
static bool is_journal(void)
{
	const char *s = getenv("JOURNAL_STREAM");
	unsigned long long dev, ino;
	struct stat st;

	return s && sscanf(s, "%llu:%llu", &dev, &ino) == 2 && fstat(STDERR_FILENO, &st) == 0 &&
	       st.st_dev == dev && st.st_ino == ino;
}

void log_init(enum log_level level, bool json)
{
	max_level = level;
	as_json = json;
	to_journal = is_journal();
}

void log_set_level(enum log_level level)
{
	max_level = level;
}

const char *log_level_name(void)
{
	return level_names[max_level];
}

bool log_enabled(enum log_level level)
{
	return level <= max_level;
}

/* The last octets are kept for the closing brace and newline. */
static void put(struct line *l, char c)
{
	if (l->len < LINE_MAX_LEN - 4)
		l->s[l->len++] = c;
}

static void puts_raw(struct line *l, const char *s)
{
	while (*s)
		put(l, *s++);
}

static void put_escaped(struct line *l, const char *s)
{
	static const char hex[] = "0123456789abcdef";

	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;

		if (c == '"' || c == '\\') {
			put(l, '\\');
			put(l, *s);
		} else if (c == '\n') {
			puts_raw(l, "\\n");
		} else if (c < 0x20 || c == 0x7f) {
			puts_raw(l, "\\u00");
			put(l, hex[c >> 4]);
			put(l, hex[c & 15]);
		} else {
			put(l, *s);
		}
	}
}

static void put_value(struct line *l, const char *s)
{
	bool plain = *s != '\0';

	for (const char *c = s; *c && plain; c++)
		plain = isgraph((unsigned char)*c) && *c != '"' && *c != '\\' && *c != '=';
	if (plain && !as_json) {
		puts_raw(l, s);
		return;
	}
	put(l, '"');
	put_escaped(l, s);
	put(l, '"');
}

/* One conversion of the list; returns what follows it. */
static const char *put_conversion(struct line *l, const char *spec, va_list *ap)
{
	char number[32];
	int longs = 0;

	for (spec++; *spec == 'l' || *spec == 'z'; spec++)
		longs += *spec == 'z' ? 2 : 1;
	switch (*spec) {
	case 's': {
		const char *s = va_arg(*ap, const char *);

		put_value(l, s ? s : "-");
		return spec + 1;
	}
	case 'd':
		snprintf(number, sizeof(number), "%lld",
			 longs == 0   ? (long long)va_arg(*ap, int)
			 : longs == 1 ? (long long)va_arg(*ap, long)
				      : va_arg(*ap, long long));
		break;
	default: {
		unsigned long long v = longs == 0   ? va_arg(*ap, unsigned int)
				       : longs == 1 ? va_arg(*ap, unsigned long)
						    : va_arg(*ap, unsigned long long);

		snprintf(number, sizeof(number), *spec == 'x' ? "\"0x%llx\"" : "%llu", v);
		break;
	}
	}
	puts_raw(l, number);
	return spec + 1;
}

static void put_time(struct line *l)
{
	struct timespec ts;
	struct tm tm;
	char text[40];

	clock_gettime(CLOCK_REALTIME, &ts);
	gmtime_r(&ts.tv_sec, &tm);
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm);
	puts_raw(l, text);
	snprintf(text, sizeof(text), ".%06ldZ", ts.tv_nsec / 1000);
	puts_raw(l, text);
}

static void put_pairs(struct line *l, const char *pairs, va_list *ap)
{
	for (const char *p = pairs; *p;) {
		if (*p == ' ') {
			p++;
			continue;
		}
		puts_raw(l, as_json ? ",\"" : " ");
		while (*p && *p != '=')
			put(l, *p++);
		puts_raw(l, as_json ? "\":" : "=");
		if (*p == '=')
			p++;
		if (*p == '%')
			p = put_conversion(l, p, ap);
	}
}

/* As the journal wants it: <N> is the level of syslog(3), and time and level are its own. */
static void put_head(struct line *l, enum log_level level)
{
	static const char journal_levels[] = {'3', '4', '6', '7'};

	if (to_journal) {
		put(l, '<');
		put(l, journal_levels[level]);
		put(l, '>');
	}
	if (as_json) {
		puts_raw(l, "{\"time\":\"");
		put_time(l);
		puts_raw(l, "\",\"level\":\"");
		puts_raw(l, level_names[level]);
		puts_raw(l, "\",\"message\":\"");
	} else if (!to_journal) {
		put_time(l);
		put(l, ' ');
		puts_raw(l, level_names[level]);
		put(l, ' ');
	}
}

static void write_line(enum log_level level, const char *message, const char *pairs, va_list *ap)
{
	struct line l = {.len = 0};
	ssize_t n;

	put_head(&l, level);
	puts_raw(&l, message);
	if (as_json)
		put(&l, '"');
	put_pairs(&l, pairs, ap);
	if (as_json)
		l.s[l.len++] = '}';
	l.s[l.len++] = '\n';
	counts.lines[level]++;
	/* a log that cannot be written must not stop routing */
	n = write(STDERR_FILENO, l.s, l.len);
	(void)n;
}

__attribute__((format(printf, 3, 4))) static void
write_now(enum log_level level, const char *message, const char *pairs, ...)
{
	va_list ap;

	va_start(ap, pairs);
	write_line(level, message, pairs, &ap);
	va_end(ap);
}

/* ---- what one peer may have us write ----------------------------------------------------------
 */

static void tell_suppressed(int64_t now, bool all)
{
	const char *peer;
	uint64_t n;

	while ((peer = limit_refused(&limits, now, all, &n)))
		write_now(LOG_WARNING, "log lines suppressed", "peer=%s lines=%llu", peer,
			  (unsigned long long)n);
}

static int64_t monotonic(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

/* Lines about a peer begin with it. At debug, whoever asked for all gets all. */
static bool may_write(const char *pairs, va_list ap)
{
	int64_t now = monotonic();
	const char *peer;

	tell_suppressed(now, max_level == LOG_DEBUG);
	if (max_level == LOG_DEBUG || strncmp(pairs, "peer=%s", 7) != 0)
		return true;
	peer = va_arg(ap, const char *);
	if (!peer || !*peer || limit_take(&limits, peer, now))
		return true;
	counts.suppressed++;
	return false;
}

void log_at(enum log_level level, const char *message, const char *pairs, ...)
{
	va_list ap, look;

	if (!log_enabled(level))
		return;
	va_start(ap, pairs);
	va_copy(look, ap);
	if (may_write(pairs, look))
		write_line(level, message, pairs, &ap);
	va_end(look);
	va_end(ap);
}

const struct log_counts *log_counted(void)
{
	return &counts;
}
