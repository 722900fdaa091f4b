/* process: see process.h; proc(5). */
#include "agent/io/process.h"

#include <dirent.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

/* Entries of the directory but for "." and ".."; one of them is what it is read through. */
static bool count_fds(uint64_t *out)
{
	DIR *d = opendir("/proc/self/fd");
	uint64_t n = 0;

	if (!d)
		return false;
	while (readdir(d))
		n++;
	closedir(d);
	*out = n > 3 ? n - 3 : 0;
	return true;
}

static bool read_memory(struct show_process *out)
{
	FILE *f = fopen("/proc/self/statm", "re");
	unsigned long long size, resident, page = (unsigned long long)sysconf(_SC_PAGESIZE);
	int n;

	if (!f)
		return false;
	n = fscanf(f, "%llu %llu", &size, &resident);
	fclose(f);
	if (n != 2)
		return false;
	out->virtual_bytes = size * page;
	out->resident_bytes = resident * page;
	return true;
}

static double seconds(const struct timeval *t)
{
	return (double)t->tv_sec + (double)t->tv_usec / 1e6;
}

bool process_read(struct show_process *out)
{
	struct show_process p = {0};
	struct rlimit fds;
	struct rusage use;

	if (!read_memory(&p) || !count_fds(&p.open_fds) || getrusage(RUSAGE_SELF, &use) != 0 ||
	    getrlimit(RLIMIT_NOFILE, &fds) != 0)
		return false;
	p.cpu_seconds = seconds(&use.ru_utime) + seconds(&use.ru_stime);
	p.max_fds = fds.rlim_cur;
	*out = p;
	return true;
}
