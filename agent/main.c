/* main: leafpeerd's entry. */
#include "agent/agent.h"
#include "agent/io/log.h"
#include "agent/io/loop.h"
#include "agent/lib/hash.h"

#include <malloc.h>
#include <signal.h>
#include <string.h>

/* Large blocks are mapped, each by itself, and given back when they are freed. Without this glibc
 * raises the bound to the largest that it was given back, up to 32 MiB: then what the tables leave
 * behind as they grow, and queues as they empty, are holes in the heap that nothing else fits. With
 * a million routes that was 6 MiB. */
#define MAPPED_FROM (128 * 1024)

/* Before there is any table. */
static void choose_hash_key(void)
{
	uint64_t key[HASH_KEY_WORDS];

	for (size_t i = 0; i < HASH_KEY_WORDS; i++)
		key[i] = (uint64_t)loop_random() << 32 | loop_random();
	hash_set_key(key);
}

int main(int argc, char **argv)
{
	struct settings settings;
	enum log_level level = LOG_INFO;

	mallopt(M_MMAP_THRESHOLD, MAPPED_FROM);
	choose_hash_key();
	switch (settings_read(argc, argv, &settings)) {
	case SETTINGS_DONE:
		return 0;
	case SETTINGS_BAD:
		return 1;
	default:
		break;
	}
	log_level_parse(settings.log_level, &level);
	log_init(level, strcmp(settings.log_format, "json") == 0);
	/* a peer or a client that goes away is an error of a write, not a signal */
	signal(SIGPIPE, SIG_IGN);
	if (settings.check_config)
		return config_check(&settings);
	return agent_run(&settings);
}
