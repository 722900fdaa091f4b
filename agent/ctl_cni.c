/* ctl_cni: the steps of installing the plugin; see ctl_install.h. */
#include "agent/ctl_install.h"
#include "agent/io/replace.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PROGRAM      "leafpeer"
#define PROGRAM_TEMP ".leafpeer.new"
#define PROGRAM_MAX  (64u * 1024 * 1024) /* octets */
#define LIST_TEMP    ".leafpeer-conflist.new"
#define DROP_IN      "50-leafpeer.conf"
#define DROP_IN_TEMP ".50-leafpeer.new"
#define RUN_MS       5000 /* for the program to show that it runs here */
#define PATCH_TRIES  5    /* with somebody else who writes at the same time */

static bool failed(const char *doing, const char *dir, const char *name, int err)
{
	const char *why = err == -ELOOP    ? "it is a symbolic link: name the directory it is in"
			  : err == -EROFS  ? "the file system is read-only: mount it for writing"
			  : err == -EINVAL ? "it is not a regular file"
			  : err == -EFBIG  ? "it is too large"
					   : strerror(-err);

	fprintf(stderr, "leafpeerctl: cannot %s %s%s%s: %s\n", doing, dir, *name ? "/" : "", name,
		why);
	return false;
}

/* ---- the program ------------------------------------------------------------------------------
 */

static int exit_status(pid_t pid)
{
	const struct timespec step = {.tv_nsec = 5 * 1000 * 1000};
	int status;

	for (int ms = 0; ms < RUN_MS; ms += 5) {
		pid_t got = waitpid(pid, &status, WNOHANG);

		if (got == pid)
			return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
		if (got < 0 && errno != EINTR)
			return -1;
		nanosleep(&step, NULL);
	}
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	return -1;
}

/* A program that does not run here (another machine's, or on a file system without execution) would
 * keep every pod from starting. */
static bool runs(int dir, const char *name)
{
	char *const argv[] = {(char *)(uintptr_t)PROGRAM, NULL};
	char *const env[] = {(char *)(uintptr_t) "CNI_COMMAND=VERSION", NULL};
	pid_t pid = fork();

	if (pid < 0)
		return false;
	if (pid == 0) {
		int null = open("/dev/null", O_RDWR);

		if (null < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0 || fchdir(dir) != 0)
			_exit(126);
		execve(name, argv, env);
		_exit(127);
	}
	return exit_status(pid) == 0;
}

static bool place(int dir, const struct install *in, const struct text *program, bool *changed)
{
	struct text there = {0};
	struct stat st = {0};
	int err = replace_read(dir, PROGRAM, PROGRAM_MAX, &there, &st);
	bool same = !err && there.len == program->len && (st.st_mode & 07777) == 0755 &&
		    memcmp(there.s, program->s, there.len) == 0;

	text_free(&there);
	*changed = !same;
	if (same) {
		unlinkat(dir, PROGRAM_TEMP, 0);
		return true;
	}
	err = replace_prepare(dir, PROGRAM_TEMP, 0755, program->s, program->len);
	if (err)
		return failed("write", in->bin_dir, PROGRAM_TEMP, err);
	if (!runs(dir, PROGRAM_TEMP)) {
		fprintf(stderr,
			"leafpeerctl: %s does not run in %s, so nothing there was changed: is it "
			"for "
			"this machine, and the directory not mounted noexec?\n",
			in->program, in->bin_dir);
		unlinkat(dir, PROGRAM_TEMP, 0);
		return false;
	}
	err = replace_commit(dir, PROGRAM_TEMP, PROGRAM);
	if (err)
		return failed("replace", in->bin_dir, PROGRAM, err);
	return true;
}

bool cni_place_program(const struct install *in, bool *changed)
{
	struct text program = {0};
	int err, dir = -1;
	bool ok = false;

	err = replace_read(AT_FDCWD, in->program, PROGRAM_MAX, &program, NULL);
	if (err) {
		failed("read the plugin", in->program, "", err);
	} else {
		err = replace_lock(in->bin_dir, &dir);
		ok = err ? failed("open", in->bin_dir, "", err) : place(dir, in, &program, changed);
	}
	if (dir >= 0)
		close(dir);
	text_free(&program);
	return ok;
}

/* ---- lists of plugins -------------------------------------------------------------------------
 */

static bool ends_with(const char *s, const char *end)
{
	size_t len = strlen(s), el = strlen(end);

	return len > el && strcmp(s + len - el, end) == 0;
}

static int is_list(const struct dirent *de)
{
	return de->d_name[0] != '.' && ends_with(de->d_name, ".conflist");
}

/* Calls fn for each list of the directory, in the order in which runtimes look at them, until it
 * returns true; that name, or "". */
static void each_list(int dir, bool (*fn)(void *ctx, int dir, const char *name), void *ctx,
		      char name[256])
{
	struct dirent **names = NULL;
	int n = scandirat(dir, ".", &names, is_list, alphasort);
	bool found = false;

	name[0] = '\0';
	for (int i = 0; i < n; i++) {
		if (!found && fn(ctx, dir, names[i]->d_name)) {
			found = true;
			snprintf(name, 256, "%s", names[i]->d_name);
		}
		free(names[i]);
	}
	free(names);
}

static bool is_networks(void *ctx, int dir, const char *name)
{
	const struct install *in = ctx;
	struct text t = {0};
	struct conflist c;
	const char *why;
	int err = replace_read(dir, name, CONFLIST_MAX, &t, NULL);
	bool ok = false;

	if (err)
		failed("read", in->conf_dir, name, err);
	else if (conflist_read(t.s ? t.s : "", t.len, in->entry.s, &c, &why))
		ok = strcmp(c.network, in->network) == 0;
	else if (!in->quiet)
		fprintf(stderr, "leafpeerctl: %s/%s is left alone: %s\n", in->conf_dir, name, why);
	text_free(&t);
	return ok;
}

static enum install_result patch_list(int dir, const struct install *in, const char *name, bool dry)
{
	struct text old = {0}, new = {0};
	struct conflist c;
	const char *why = NULL;
	int err = replace_read(dir, name, CONFLIST_MAX, &old, NULL);
	enum install_result result = INSTALL_FAILED;

	if (err) {
		failed("read", in->conf_dir, name, err);
	} else if (!conflist_read(old.s ? old.s : "", old.len, in->entry.s, &c, &why) ||
		   (c.place != CONFLIST_PRESENT &&
		    !conflist_add(old.s, old.len, in->entry.s, &new, &why))) {
		fprintf(stderr, "leafpeerctl: %s/%s is left alone: %s\n", in->conf_dir, name, why);
	} else if (c.place == CONFLIST_PRESENT) {
		result = INSTALL_ALREADY;
	} else if (dry) {
		result = INSTALL_DONE;
	} else {
		err = replace_swap(dir, LIST_TEMP, name, &old, &new);
		/* theirs was newer: it is read again */
		result = err == -ESTALE ? INSTALL_NO_LIST : err ? INSTALL_FAILED : INSTALL_DONE;
		if (result == INSTALL_FAILED)
			failed("replace", in->conf_dir, name, err);
	}
	text_free(&old);
	text_free(&new);
	return result;
}

static enum install_result patch(const struct install *in, char name[256], bool dry)
{
	enum install_result result = INSTALL_NO_LIST;
	int dir, err = replace_lock(in->conf_dir, &dir);

	if (err) {
		failed("open", in->conf_dir, "", err);
		return INSTALL_FAILED;
	}
	unlinkat(dir, LIST_TEMP, 0);
	for (int i = 0; i < PATCH_TRIES && result == INSTALL_NO_LIST; i++) {
		each_list(dir, is_networks, (void *)(uintptr_t)in, name);
		if (!*name)
			break;
		result = patch_list(dir, in, name, dry);
	}
	close(dir);
	return result;
}

enum install_result cni_patch(const struct install *in, char name[256])
{
	return patch(in, name, false);
}

enum install_result cni_patch_wanted(const struct install *in, char name[256])
{
	return patch(in, name, true);
}

static bool names_us(void *ctx, int dir, const char *name)
{
	const struct install *in = ctx;
	struct text t = {0};
	struct conflist c;
	const char *why;
	bool ok = replace_read(dir, name, CONFLIST_MAX, &t, NULL) == 0 &&
		  conflist_read(t.s ? t.s : "", t.len, in->entry.s, &c, &why) &&
		  c.place != CONFLIST_ABSENT;

	text_free(&t);
	return ok;
}

bool cni_is_chained(const struct install *in, char name[256])
{
	int dir, err = replace_lock(in->conf_dir, &dir);

	name[0] = '\0';
	if (err)
		return false;
	each_list(dir, names_us, (void *)(uintptr_t)in, name);
	close(dir);
	return *name != '\0';
}

/* ---- the file beside the list -----------------------------------------------------------------
 */

enum install_result cni_drop_in(const struct install *in)
{
	struct text there = {0}, want = {0};
	enum install_result result = INSTALL_FAILED;
	char path[4096];
	int dir, err;

	if ((size_t)snprintf(path, sizeof(path), "%s/%s", in->conf_dir, in->network) >=
	    sizeof(path)) {
		failed("open", in->conf_dir, in->network, -ENAMETOOLONG);
		return INSTALL_FAILED;
	}
	if (mkdir(path, 0755) != 0 && errno != EEXIST) {
		failed("make the directory", path, "", -errno);
		return INSTALL_FAILED;
	}
	err = replace_lock(path, &dir);
	if (err) {
		failed("open", path, "", err);
		return INSTALL_FAILED;
	}
	text_append(&want, in->entry.s, in->entry.len);
	text_puts(&want, "\n");
	if (replace_read(dir, DROP_IN, CONFLIST_MAX, &there, NULL) == 0 && there.len == want.len &&
	    memcmp(there.s, want.s, want.len) == 0) {
		result = INSTALL_ALREADY;
	} else {
		err = replace_prepare(dir, DROP_IN_TEMP, 0644, want.s, want.len);
		if (!err)
			err = replace_commit(dir, DROP_IN_TEMP, DROP_IN);
		if (err)
			failed("write", path, DROP_IN, err);
		else
			result = INSTALL_DONE;
	}
	close(dir);
	text_free(&there);
	text_free(&want);
	return result;
}

/* ---- and away again ---------------------------------------------------------------------------
 */

struct removing {
	const struct install *in;
	unsigned int n;
	bool ok;
};

static bool remove_entry(void *ctx, int dir, const char *name)
{
	struct removing *r = ctx;
	int err = -ESTALE;

	for (int i = 0;
	     i < PATCH_TRIES && err == -ESTALE && names_us((void *)(uintptr_t)r->in, dir, name);
	     i++) {
		struct text old = {0}, new = {0};
		const char *why;

		err = replace_read(dir, name, CONFLIST_MAX, &old, NULL);
		if (!err && conflist_remove(old.s ? old.s : "", old.len, &new, &why)) {
			err = replace_swap(dir, LIST_TEMP, name, &old, &new);
			r->n += err == 0;
		} else if (!err) {
			fprintf(stderr, "leafpeerctl: %s/%s: %s\n", r->in->conf_dir, name, why);
			r->ok = false;
			i = PATCH_TRIES;
		}
		if (err && err != -ESTALE)
			r->ok = failed("replace", r->in->conf_dir, name, err);
		text_free(&old);
		text_free(&new);
	}
	if (err == -ESTALE && names_us((void *)(uintptr_t)r->in, dir, name))
		r->ok = failed("replace", r->in->conf_dir, name, -EBUSY);
	return false; /* on to the next */
}

static void remove_drop_in(struct removing *r, int conf, const char *network)
{
	struct text t = {0};
	int dir = openat(conf, network, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);

	if (dir < 0)
		return;
	unlinkat(dir, DROP_IN_TEMP, 0);
	if (replace_read(dir, DROP_IN, CONFLIST_MAX, &t, NULL) == 0 &&
	    conflist_is_entry(t.s ? t.s : "", t.len)) {
		if (unlinkat(dir, DROP_IN, 0) == 0) {
			r->n++;
			fsync(dir);
			/* nobody else's files in it: it was made for ours */
			unlinkat(conf, network, AT_REMOVEDIR);
		} else {
			r->ok = failed("remove", network, DROP_IN, -errno);
		}
	}
	text_free(&t);
	close(dir);
}

static int is_directory(const struct dirent *de)
{
	return de->d_name[0] != '.' && (de->d_type == DT_DIR || de->d_type == DT_UNKNOWN);
}

bool cni_remove(const struct install *in, bool lists, bool dropins, unsigned int *n)
{
	struct removing r = {.in = in, .ok = true};
	struct dirent **names = NULL;
	int dir, count, err = replace_lock(in->conf_dir, &dir);
	char name[256];

	*n = 0;
	if (err == -ENOENT)
		return true;
	if (err)
		return failed("open", in->conf_dir, "", err);
	unlinkat(dir, LIST_TEMP, 0);
	if (lists)
		each_list(dir, remove_entry, &r, name);
	if (dropins) {
		count = scandirat(dir, ".", &names, is_directory, alphasort);
		for (int i = 0; i < count; i++) {
			remove_drop_in(&r, dir, names[i]->d_name);
			free(names[i]);
		}
		free(names);
	}
	close(dir);
	*n = r.n;
	return r.ok;
}
