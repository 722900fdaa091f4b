/* ctl_page: what is printed, a screenful at a time where somebody reads it at the prompt. */
#include "agent/ctl.h"

#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

void ctl_page_init(struct ctl_page *page, const struct ctl *ctl, bool no_more)
{
	struct winsize size;

	*page = (struct ctl_page){.lines = 0};
	if (!ctl->prompt || no_more || !ctl->lines)
		return;
	page->lines = ctl->lines;
	/* the window is what counts, unless terminal length said something else */
	if (ctl->lines == (unsigned int)-1 && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0)
		page->lines = size.ws_row;
	if (page->lines == (unsigned int)-1)
		page->lines = 24;
}

static bool write_all(const char *data, size_t len)
{
	while (len) {
		ssize_t n = write(STDOUT_FILENO, data, len);

		if (n < 0 && errno == EINTR && !ctl_interrupted)
			continue;
		if (n <= 0)
			return false;
		data += n;
		len -= (size_t)n;
	}
	return true;
}

/* One key, without waiting for the end of a line; 'q' where there is none. */
static char read_key(void)
{
	struct termios old, raw;
	char key = 'q';

	if (tcgetattr(STDIN_FILENO, &old) != 0)
		return key;
	raw = old;
	raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
	raw.c_cc[VMIN] = 1;
	raw.c_cc[VTIME] = 0;
	tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
	if (read(STDIN_FILENO, &key, 1) != 1)
		key = 'q';
	tcsetattr(STDIN_FILENO, TCSADRAIN, &old);
	return key;
}

/* false: enough. */
static bool stop(struct ctl_page *page)
{
	static const char more[] = " --More-- ", away[] = "\r          \r";
	char key;

	write_all(more, strlen(more));
	key = read_key();
	write_all(away, strlen(away));
	if (key == 'q' || key == 'Q' || key == 3 || ctl_interrupted)
		return false;
	/* Return shows a line more, anything else a page */
	page->line = key == '\n' || key == '\r' ? page->lines - 2 : 0;
	return true;
}

bool ctl_page_write(struct ctl_page *page, const char *data, size_t len)
{
	while (len && !page->over) {
		const char *end = page->lines > 1 ? memchr(data, '\n', len) : NULL;
		size_t n = end ? (size_t)(end - data) + 1 : len;

		if (page->lines > 1 && page->line == page->lines - 1 && !stop(page))
			page->over = true;
		else if (!write_all(data, n)) {
			page->failed = ctl_interrupted ? 0 : errno;
			page->over = true;
		}
		page->line += end != NULL;
		data += n;
		len -= n;
	}
	return !page->over && !ctl_interrupted;
}
