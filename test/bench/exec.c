/*
 * exec: how long programs take from exec to exit, in turn.
 *
 *	exec ROUNDS NAME FILE PROGRAM [NAME FILE PROGRAM ...]
 *
 * Each round starts each program once, with FILE on standard input and its output read to the end,
 *as a container runtime runs a plugin; what else the machine does hits all alike. CNI_CONTAINERID
 *is a new one each time. Prints a JSON object a program: microseconds as median, p99, min and max,
 *and the peak resident size in KiB, which is read once more as the program is about to end.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PROGRAMS_MAX 16
#define WARM_UP      20

static struct program {
	const char *name, *path;
	char in[16384];
	size_t in_len;
	double *us;
	long peak;
} programs[PROGRAMS_MAX];

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "exec: %s: %s\n", what, strerror(errno));
	exit(1);
}

static double now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

/* Descriptors of the program's standard input, written to its end, and of its output's two ends. */
static void pipes(const struct program *p, int in[2], int out[2])
{
	/* less than a pipe holds */
	if (pipe2(in, O_CLOEXEC) != 0 || pipe2(out, O_CLOEXEC) != 0 ||
	    write(in[1], p->in, p->in_len) != (ssize_t)p->in_len)
		die("pipe");
	close(in[1]);
}

static void drain(int fd)
{
	char buf[65536];

	while (read(fd, buf, sizeof(buf)) > 0)
		;
	close(fd);
}

static void new_id(void)
{
	static unsigned int n;
	char id[32];

	snprintf(id, sizeof(id), "bench%u", n++);
	setenv("CNI_CONTAINERID", id, 1);
}

static void check(const struct program *p, int status)
{
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return;
	fprintf(stderr, "exec: %s failed (%d)\n", p->path, status);
	exit(1);
}

static double run(const struct program *p)
{
	char *argv[] = {(char *)(uintptr_t)p->path, NULL};
	posix_spawn_file_actions_t fa;
	int in[2], out[2], status;
	double start;
	pid_t pid;

	new_id();
	pipes(p, in, out);
	posix_spawn_file_actions_init(&fa);
	posix_spawn_file_actions_adddup2(&fa, in[0], 0);
	posix_spawn_file_actions_adddup2(&fa, out[1], 1);
	start = now_us();
	errno = posix_spawn(&pid, p->path, &fa, NULL, argv, environ);
	if (errno)
		die(p->path);
	close(in[0]);
	close(out[1]);
	drain(out[0]);
	if (waitpid(pid, &status, 0) != pid)
		die("wait");
	start = now_us() - start;
	posix_spawn_file_actions_destroy(&fa);
	check(p, status);
	return start;
}

static long peak_of(pid_t pid)
{
	char path[64], line[256];
	long kib = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f))
		sscanf(line, "VmHWM: %ld", &kib);
	if (f)
		fclose(f);
	return kib;
}

/* The size that getrusage() tells counts the process that was forked from, so it is asked for when
 * the program stops at its exit. */
static long peak(const struct program *p)
{
	int in[2], out[2], status;
	long kib = 0;
	pid_t pid;

	new_id();
	pipes(p, in, out);
	pid = fork();
	if (pid == 0) {
		if (dup2(in[0], 0) < 0 || dup2(out[1], 1) < 0 ||
		    ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0)
			_exit(126);
		execl(p->path, p->path, (char *)NULL);
		_exit(127);
	}
	close(in[0]);
	close(out[1]);
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status) ||
	    ptrace(PTRACE_SETOPTIONS, pid, NULL, (long)PTRACE_O_TRACEEXIT) != 0)
		die("ptrace");
	while (WIFSTOPPED(status)) {
		int sig = WSTOPSIG(status);

		if (status >> 8 == (SIGTRAP | PTRACE_EVENT_EXIT << 8))
			kib = peak_of(pid);
		if (ptrace(PTRACE_CONT, pid, NULL, sig == SIGTRAP ? 0L : (long)sig) != 0 ||
		    waitpid(pid, &status, 0) != pid)
			die("ptrace");
	}
	drain(out[0]);
	check(p, status);
	return kib;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static void load(struct program *p, char **argv)
{
	int fd = open(argv[1], O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, p->in, sizeof(p->in));

	if (n < 0 || n == (ssize_t)sizeof(p->in))
		die(argv[1]);
	close(fd);
	p->name = argv[0];
	p->in_len = (size_t)n;
	p->path = argv[2];
}

int main(int argc, char **argv)
{
	size_t rounds = argc > 4 ? strtoul(argv[1], NULL, 10) : 0;
	size_t n = argc > 1 ? (size_t)(argc - 2) / 3 : 0;

	if (!rounds || n * 3 != (size_t)argc - 2 || n > PROGRAMS_MAX) {
		fputs("usage: exec ROUNDS NAME FILE PROGRAM [NAME FILE PROGRAM ...]\n", stderr);
		return 2;
	}
	for (size_t i = 0; i < n; i++) {
		load(&programs[i], argv + 2 + 3 * i);
		programs[i].us = calloc(rounds, sizeof(double));
		if (!programs[i].us)
			die("memory");
		programs[i].peak = peak(&programs[i]);
	}
	for (size_t r = 0; r < rounds + WARM_UP; r++) {
		for (size_t i = 0; i < n; i++) {
			double us = run(&programs[i]);

			if (r >= WARM_UP)
				programs[i].us[r - WARM_UP] = us;
		}
	}
	for (size_t i = 0; i < n; i++) {
		double *us = programs[i].us;

		qsort(us, rounds, sizeof(*us), compare);
		printf("{\"name\":\"%s\",\"median_us\":%.1f,\"p99_us\":%.1f,\"min_us\":%.1f,\"max_"
		       "us\":%.1f,"
		       "\"peak_kib\":%ld}\n",
		       programs[i].name, us[rounds / 2], us[rounds * 99 / 100], us[0],
		       us[rounds - 1], programs[i].peak);
	}
	return 0;
}
