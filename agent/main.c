/* main: leafpeerd's entry. */
#include "agent/agent.h"
#include "agent/io/log.h"

#include <signal.h>
#include <string.h>

int main(int argc, char **argv)
{
	struct settings settings;
	enum log_level level = LOG_INFO;

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
