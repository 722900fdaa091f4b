/*
 * kill_at: runs a program and kills it at a place of its life, so that a test sees what it leaves.
 *
 *	kill_at call N PROGRAM [ARGUMENT...]    as it enters or leaves its N-th system call
 *	kill_at usec N PROGRAM [ARGUMENT...]    N microseconds after it was started: at any
 *instruction
 *
 * 0: it was killed; 1: it had ended by then; 2: this program failed.
 */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int fail(const char *what)
{
	fprintf(stderr, "kill_at: %s: %s\n", what, strerror(errno));
	return 2;
}

static int kill_it(pid_t pid)
{
	int status;

	if (kill(pid, SIGKILL) != 0 || waitpid(pid, &status, 0) != pid)
		return fail("kill");
	return WIFSIGNALED(status) ? 0 : 1;
}

static int at_call(pid_t pid, long n)
{
	int status;

	if (waitpid(pid, &status, 0) != pid)
		return fail("wait");
	for (long i = 0; i < n && WIFSTOPPED(status); i++) {
		int sig = WSTOPSIG(status);

		/* signals that are its own go on to it */
		if (ptrace(PTRACE_SYSCALL, pid, NULL,
			   sig == SIGTRAP || sig == SIGSTOP ? 0L : (long)sig) != 0)
			return fail("ptrace");
		if (waitpid(pid, &status, 0) != pid)
			return fail("wait");
	}
	return WIFSTOPPED(status) ? kill_it(pid) : 1;
}

static int after(pid_t pid, long usec)
{
	struct timespec now, end;

	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_nsec += usec % 1000000 * 1000;
	end.tv_sec += usec / 1000000 + end.tv_nsec / 1000000000;
	end.tv_nsec %= 1000000000;
	do {
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while (now.tv_sec < end.tv_sec ||
		 (now.tv_sec == end.tv_sec && now.tv_nsec < end.tv_nsec));
	return kill_it(pid);
}

int main(int argc, char **argv)
{
	bool call = argc > 3 && strcmp(argv[1], "call") == 0;
	pid_t pid;

	if (!call && !(argc > 3 && strcmp(argv[1], "usec") == 0)) {
		fputs("usage: kill_at call|usec N PROGRAM [ARGUMENT...]\n", stderr);
		return 2;
	}
	pid = fork();
	if (pid < 0)
		return fail("fork");
	if (pid == 0) {
		if (call && ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0)
			_exit(127);
		execvp(argv[3], argv + 3);
		_exit(127);
	}
	return call ? at_call(pid, atol(argv[2])) : after(pid, atol(argv[2]));
}
