/* ask: see ask.h. */
#include "agent/lib/ask.h"

#include <stdio.h>
#include <string.h>

#define OK     "ok"
#define OK_END "ok end"
#define ERROR  "error "

static bool is_control(char c)
{
	return (unsigned char)c < ' ' || (unsigned char)c == 0x7f;
}

enum ask_result ask_line_add(struct ask_line *line, size_t n)
{
	char *end = memchr(line->text + line->len, '\n', n);
	size_t behind;

	line->len += n;
	if (!end)
		return line->len == sizeof(line->text) ? ASK_TOO_LONG : ASK_MORE;
	behind = (size_t)(line->text + line->len - (end + 1));
	line->marked = behind == strlen(ASK_MARKED) && memcmp(end + 1, ASK_MARKED, behind) == 0;
	line->len = (size_t)(end - line->text);
	*end = '\0';
	/* what is in the line comes back in complaints, in logs and on terminals */
	for (const char *s = line->text; s < end; s++) {
		if (is_control(*s) && *s != '\t')
			return ASK_NO_TEXT;
	}
	return ASK_WHOLE;
}

void ask_fail(const char *text, char head[static ASK_HEAD_MAX])
{
	snprintf(head, ASK_HEAD_MAX - 1, ERROR "%s", text);
	for (char *s = head; *s; s++) {
		if (is_control(*s))
			*s = ' ';
	}
	strcat(head, "\n");
}

size_t ask_head_add(struct ask_head *head, const char *data, size_t len)
{
	const char *end = memchr(data, '\n', len);
	size_t n = end ? (size_t)(end - data) : len;
	size_t room = sizeof(head->text) - 1 - head->len;

	if (head->whole)
		return 0;
	memcpy(head->text + head->len, data, n < room ? n : room);
	head->len += n < room ? n : room;
	head->text[head->len] = '\0';
	head->whole = end;
	return n + head->whole;
}

bool ask_head_marked(const struct ask_head *head)
{
	return strcmp(head->text, OK_END) == 0;
}

const char *ask_head_error(const struct ask_head *head)
{
	size_t n = strlen(ERROR);

	if (strcmp(head->text, OK) == 0 || ask_head_marked(head))
		return NULL;
	return strncmp(head->text, ERROR, n) == 0 ? head->text + n : head->text;
}
