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
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0) {
		page->columns = size.ws_col;
		/* the window is what counts, unless terminal length said something else */
		if (ctl->lines == (unsigned int)-1)
			page->lines = size.ws_row;
	}
	if (page->lines == (unsigned int)-1)
		page->lines = 24;
}

/* Columns of text; of UTF-8 the octets that begin a character. */
static size_t width_of(const char *s, size_t len)
{
	size_t width = 0;

	for (size_t i = 0; i < len; i++)
		width += (s[i] & 0xc0) != 0x80 && s[i] != '\n';
	return width;
}

/* Lines of the screen that a line of that many columns takes: the terminal folds it. */
static unsigned int rows_of(const struct ctl_page *page, size_t width)
{
	if (!page->columns || !width)
		return 1;
	return (unsigned int)((width + page->columns - 1) / page->columns);
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

/* Before a line of so many rows. false: enough. */
static bool stop(struct ctl_page *page, unsigned int rows)
{
	static const char more[] = " --More-- ", away[] = "\r          \r";
	char key;

	write_all(more, strlen(more));
	key = read_key();
	write_all(away, strlen(away));
	if (key == 'q' || key == 'Q' || key == 3 || ctl_interrupted)
		return false;
	/* Return shows a line more, anything else a page */
	page->line = 0;
	if ((key == '\n' || key == '\r') && rows < page->lines - 1)
		page->line = page->lines - 1 - rows;
	return true;
}

bool ctl_page_write(struct ctl_page *page, const char *data, size_t len)
{
	while (len && !page->over) {
		const char *end = page->lines > 1 ? memchr(data, '\n', len) : NULL;
		size_t n = end ? (size_t)(end - data) + 1 : len;
		size_t width = page->lines > 1 ? page->width + width_of(data, n) : 0;
		unsigned int rows = rows_of(page, width);
		bool full = page->lines > 1 && page->line && page->line + rows > page->lines - 1;

		/* not within a line that came in pieces */
		if (full && !page->width && !stop(page, rows))
			page->over = true;
		else if (!write_all(data, n)) {
			page->failed = ctl_interrupted ? 0 : errno;
			page->over = true;
		}
		page->line += end ? rows : 0;
		page->width = end ? 0 : width;
		data += n;
		len -= n;
	}
	return !page->over && !ctl_interrupted;
}
