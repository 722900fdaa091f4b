/* podmtu: see podmtu.h. */
#include "agent/podmtu.h"

#include "agent/io/log.h"
#include "agent/io/replace.h"
#include "agent/lib/record.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int write_file(const char *state_dir, uint32_t mtu)
{
	char have[16] = "", want[16];
	struct text text = {0};
	int dir, err = replace_lock(state_dir, &dir);

	if (err)
		return err;
	snprintf(want, sizeof(want), "%u\n", mtu);
	if (replace_read(dir, RECORD_MTU_FILE, sizeof(have) - 1, &text, NULL) == 0)
		snprintf(have, sizeof(have), "%s", text.s ? text.s : "");
	text_free(&text);
	if (!mtu && unlinkat(dir, RECORD_MTU_FILE, 0) != 0 && errno != ENOENT)
		err = -errno;
	if (mtu && strcmp(have, want) != 0) {
		err = replace_prepare(dir, RECORD_MTU_FILE ".new", 0600, want, strlen(want));
		if (!err)
			err = replace_commit(dir, RECORD_MTU_FILE ".new", RECORD_MTU_FILE);
		if (!err)
			log_info("pods to come get this MTU, unless the plugin is given another",
				 "mtu=%u", mtu);
	}
	close(dir);
	return err;
}

void podmtu_set(const char *state_dir, uint32_t mtu)
{
	int err = write_file(state_dir, mtu);

	if (err)
		log_error("cannot tell the plugin of interface-mtu", "dir=%s reason=%s", state_dir,
			  strerror(-err));
}
