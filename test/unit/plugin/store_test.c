/* The directory of records: whole records, nothing left over, and other networks' let alone. */
#include "test/unit/test.h"

#include "plugin/store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static char base[64];
static char dir[96];

static int make_base(void **state)
{
	(void)state;
	snprintf(base, sizeof(base), "/tmp/leafpeer-store.XXXXXX");
	if (!mkdtemp(base))
		return -1;
	snprintf(dir, sizeof(dir), "%s/run", base);
	return 0;
}

static void remove_tree(const char *path)
{
	DIR *d = opendir(path);
	struct dirent *de;

	while (d && (de = readdir(d))) {
		char name[512];

		if (strcmp(de->d_name, ".") == 0 || strcmp(de->d_name, "..") == 0)
			continue;
		snprintf(name, sizeof(name), "%s/%s", path, de->d_name);
		if (unlink(name) != 0)
			remove_tree(name);
	}
	if (d)
		closedir(d);
	rmdir(path);
}

static int remove_base(void **state)
{
	(void)state;
	remove_tree(base);
	return 0;
}

static const char *in_pods(const char *name)
{
	static char path[512];

	snprintf(path, sizeof(path), "%s/pods/%s", dir, name);
	return path;
}

static bool is_there(const char *name)
{
	struct stat st;

	return lstat(in_pods(name), &st) == 0;
}

/* Makes a file as old as the seconds. */
static void leave(const char *name, const char *text, int seconds)
{
	int fd = open(in_pods(name), O_WRONLY | O_CREAT | O_TRUNC, 0600);
	struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, {.tv_sec = time(NULL) - seconds}};

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(futimens(fd, times), 0);
	close(fd);
}

static int count(void)
{
	DIR *d = opendir(in_pods(""));
	int n = -2; /* . and .. */

	assert_non_null(d);
	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

static void put(const char *network, const char *id)
{
	struct pod_record r = {.ifname = "eth0", .n_addresses = 1, .created = 1};

	snprintf(r.network, sizeof(r.network), "%s", network);
	snprintf(r.container_id, sizeof(r.container_id), "%s", id);
	r.addresses[0] = test_addr("10.0.0.1");
	assert_int_equal(store_put(dir, &r), 0);
}

static void put_get_remove(void **state)
{
	struct pod_record r;
	struct stat st;
	mode_t mask = umask(0);

	(void)state;
	/* before there is a directory */
	assert_int_equal(store_get(dir, "n", "c", "eth0", &r), -ENOENT);
	assert_int_equal(store_remove(dir, "n", "c", "eth0"), 0);
	put("n", "c");
	umask(mask);
	assert_int_equal(stat(in_pods("n@c@eth0.json"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(stat(dir, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	assert_int_equal(store_get(dir, "n", "c", "eth0", &r), 0);
	assert_string_equal(r.container_id, "c");
	assert_int_equal(store_get(dir, "n", "c", "eth1", &r), -ENOENT);
	put("n", "c"); /* again, over it */
	assert_int_equal(count(), 1);
	assert_int_equal(store_remove(dir, "n", "c", "eth1"), 0);
	assert_int_equal(count(), 1);
	assert_int_equal(store_remove(dir, "n", "c", "eth0"), 0);
	assert_int_equal(store_remove(dir, "n", "c", "eth0"), 0);
	assert_int_equal(count(), 0);
}

/* What a killed one leaves is in nobody's way, and goes with its record. */
static void left_behind(void **state)
{
	struct pod_record r;

	(void)state;
	put("n", "other");
	leave(".n@c@eth0.json", "{\"version\":1,", 0);
	assert_int_equal(store_get(dir, "n", "c", "eth0", &r), -ENOENT);
	put("n", "c");
	assert_int_equal(store_get(dir, "n", "c", "eth0", &r), 0);
	assert_false(is_there(".n@c@eth0.json"));
	leave(".n@c@eth0.json", "", 0);
	assert_int_equal(store_remove(dir, "n", "c", "eth0"), 0);
	assert_int_equal(count(), 1);
	/* nor is anything followed that stands in its place */
	assert_int_equal(symlink("/etc/hostname", in_pods(".n@c@eth0.json")), 0);
	put("n", "c");
	assert_int_equal(symlink("n@c@eth0.json", in_pods("n@d@eth0.json")), 0);
	assert_int_equal(store_get(dir, "n", "d", "eth0", &r), -ELOOP);
}

/* Writes the record in a process that is killed as it enters or leaves its n-th system call; false
 * if it came to its end before. */
static bool put_killed(const struct pod_record *r, int n)
{
	int status;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0)
			_exit(99);
		raise(SIGSTOP);
		_exit(-store_put(dir, r));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	for (int i = 0; i < n && WIFSTOPPED(status); i++) {
		assert_int_equal(ptrace(PTRACE_SYSCALL, pid, NULL, NULL), 0);
		assert_int_equal(waitpid(pid, &status, 0), pid);
	}
	if (WIFEXITED(status)) {
		assert_int_equal(WEXITSTATUS(status), 0);
		return false;
	}
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	return true;
}

/* At every system call there is the record as it was, or whole as it is to be; DEL takes all. */
static void killed_at_every_call(void **state)
{
	struct pod_record r = {.network = "n", .container_id = "c", .ifname = "eth0", .mtu = 9000};
	struct pod_record back;
	int none = 0, old = 0, new = 0, left = 0;
	int n = 0;
	bool killed;

	(void)state;
	do {
		for (int there = 0; there <= 1; there++) {
			int err;

			assert_int_equal(store_remove(dir, "n", "c", "eth0"), 0);
			if (there)
				put("n", "c");
			killed = put_killed(&r, n);
			err = store_get(dir, "n", "c", "eth0", &back);
			assert_true(err == 0 || (err == -ENOENT && !there));
			none += err != 0;
			old += !err && !back.mtu;
			new += !err &&back.mtu;
			left += is_there(".n@c@eth0.json");
			assert_int_equal(store_remove(dir, "n", "c", "eth0"), 0);
			if (is_there(""))
				assert_int_equal(count(), 0);
		}
		assert_true(++n < 1000);
	} while (killed);
	/* it was killed before, in between and after */
	assert_true(none > 0 && old > 0 && new > 2 && left > 2);
}

static void bad_records(void **state)
{
	char *big = malloc(RECORD_MAX_BYTES + 2);
	struct pod_record r;

	(void)state;
	put("n", "other");
	leave("n@c@eth0.json", "{", 0);
	assert_int_equal(store_get(dir, "n", "c", "eth0", &r), -EBADMSG);
	memset(big, ' ', RECORD_MAX_BYTES + 1);
	big[RECORD_MAX_BYTES + 1] = '\0';
	leave("n@c@eth0.json", big, 0);
	assert_int_equal(store_get(dir, "n", "c", "eth0", &r), -EBADMSG);
	free(big);
}

static bool keep_b(const void *ctx, const char *container_id, const char *ifname)
{
	assert_string_equal(ifname, "eth0");
	return strcmp(container_id, ctx) == 0;
}

static void sweep(void **state)
{
	(void)state;
	assert_int_equal(store_sweep(dir, "n", keep_b, "b"), 0);
	put("n", "a");
	put("n", "b");
	put("nn", "a");
	put("m", "a");
	leave(".n@old@eth0.json", "", 3600);
	leave(".n@new@eth0.json", "", 0);
	leave(".m@old@eth0.json", "", 3600);
	assert_int_equal(store_sweep(dir, "n", keep_b, "b"), 0);
	assert_false(is_there("n@a@eth0.json"));
	assert_true(is_there("n@b@eth0.json"));
	assert_true(is_there("nn@a@eth0.json"));
	assert_true(is_there("m@a@eth0.json"));
	assert_false(is_there(".n@old@eth0.json"));
	assert_true(is_there(".n@new@eth0.json"));
	assert_true(is_there(".m@old@eth0.json"));
	/* one that cannot be read stops nothing, is told of, and stays */
	put("n", "a");
	put("n", "z");
	leave("n@bad@eth0.json", "x", 0);
	assert_int_equal(store_sweep(dir, "n", keep_b, "b"), -EBADMSG);
	assert_false(is_there("n@a@eth0.json"));
	assert_false(is_there("n@z@eth0.json"));
	assert_true(is_there("n@b@eth0.json"));
	assert_true(is_there("n@bad@eth0.json"));
}

/* Networks whose names are cut to the same in the file's name are still two. */
static void sweep_of_long_names(void **state)
{
	char one[RECORD_NAME_MAX + 1], two[RECORD_NAME_MAX + 1];

	(void)state;
	memset(one, 'n', sizeof(one) - 1);
	one[sizeof(one) - 1] = '\0';
	memcpy(two, one, sizeof(two));
	two[sizeof(two) - 2] = 'm';
	put(one, "a");
	put(two, "a");
	assert_int_equal(count(), 2);
	assert_int_equal(store_sweep(dir, one, keep_b, "b"), 0);
	assert_int_equal(count(), 1);
	assert_int_equal(store_sweep(dir, two, keep_b, "a"), 0);
	assert_int_equal(count(), 1);
}

static void no_directory(void **state)
{
	struct pod_record r = {.network = "n", .container_id = "c", .ifname = "eth0"};
	char path[5000];

	(void)state;
	snprintf(path, sizeof(path), "%s/a/b", base);
	assert_int_equal(store_put(path, &r), -ENOENT);
	assert_int_equal(store_remove(path, "n", "c", "eth0"), 0);
	memset(path, 'x', sizeof(path));
	path[0] = '/';
	path[sizeof(path) - 1] = '\0';
	assert_int_equal(store_put(path, &r), -ENAMETOOLONG);
	/* a file in its place */
	close(open(dir, O_WRONLY | O_CREAT, 0600));
	assert_int_equal(store_put(dir, &r), -ENOTDIR);
	assert_int_equal(store_remove(dir, "n", "c", "eth0"), 0);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, make_base, remove_base)
	const struct CMUnitTest tests[] = {
		TEST(put_get_remove), TEST(left_behind), TEST(killed_at_every_call),
		TEST(bad_records),    TEST(sweep),       TEST(sweep_of_long_names),
		TEST(no_directory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
