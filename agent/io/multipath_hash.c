/* multipath_hash: see multipath_hash.h. */
#include "agent/io/multipath_hash.h"

#include <errno.h>
#include <stdio.h>

static const char *path_of(enum afi afi)
{
	return afi == AFI_IP6 ? "/proc/sys/net/ipv6/fib_multipath_hash_policy"
			      : "/proc/sys/net/ipv4/fib_multipath_hash_policy";
}

const char *multipath_hash_sysctl(enum afi afi)
{
	return afi == AFI_IP6 ? "net.ipv6.fib_multipath_hash_policy"
			      : "net.ipv4.fib_multipath_hash_policy";
}

int multipath_hash_read(enum afi afi, int *policy)
{
	FILE *f = fopen(path_of(afi), "re");
	int value, n;

	if (!f)
		return -errno;
	n = fscanf(f, "%d", &value);
	fclose(f);
	if (n != 1)
		return -EIO;
	*policy = value;
	return 0;
}

int multipath_hash_set(enum afi afi, int policy)
{
	FILE *f = fopen(path_of(afi), "we");
	int err = 0;

	if (!f)
		return -errno;
	if (fprintf(f, "%d\n", policy) < 0)
		err = -EIO;
	/* what was written reaches the kernel here */
	if (fclose(f) != 0)
		err = -errno;
	return err;
}
