/*
 * log: one event a line, a fixed message and then what varies.
 *
 *	log_info("session established", "peer=%s as=%u hold=%u", name, asn, hold);
 *
 * prints, as text or as a JSON object, to standard error. The format is pairs of key=%conversion
 * separated by single spaces; conversions are %s, %d, %u, %x with the lengths l, ll and z. Values
 *from outside are quoted and escaped, so no peer writes a line of its own into the log.
 */
#ifndef LEAFPEER_IO_LOG_H
#define LEAFPEER_IO_LOG_H

#include <stdbool.h>
#include <stdint.h>

enum log_level {
	LOG_ERROR,
	LOG_WARNING,
	LOG_INFO,
	LOG_DEBUG,
};

#define LOG_LEVELS           4

/* Lines that begin with peer=%s, of each: so many at once, then one in so long. The rest is
 * counted, and told when the peer may speak again; at debug nothing is held back. */
#define LOG_PEER_BURST       50
#define LOG_PEER_INTERVAL_US (1000 * 1000)

/* "error", "warning", "info", "debug"; false leaves *out alone. */
bool log_level_parse(const char *s, enum log_level *out);
/* Lines that go to systemd's journal (JOURNAL_STREAM) have its level in front, "<6>", and as text
 * leave time and level to it. */
void log_init(enum log_level level, bool json);
void log_set_level(enum log_level level);
const char *log_level_name(void); /* of the level that is in force */
bool log_enabled(enum log_level level);

struct log_counts { /* since the start */
	uint64_t lines[LOG_LEVELS];
	uint64_t suppressed;
};
const struct log_counts *log_counted(void);

void log_at(enum log_level level, const char *message, const char *pairs, ...)
	__attribute__((format(printf, 3, 4)));

/* A pair list may be empty: "" */
#define log_error(...)   log_at(LOG_ERROR, __VA_ARGS__)
#define log_warning(...) log_at(LOG_WARNING, __VA_ARGS__)
#define log_info(...)    log_at(LOG_INFO, __VA_ARGS__)
#define log_debug(...)   log_at(LOG_DEBUG, __VA_ARGS__)

#endif
