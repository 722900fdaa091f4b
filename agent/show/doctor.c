/* doctor: its rows, to be read by people and programs. See doctor.h. */
#include "agent/show/doctor.h"

#include "agent/lib/json.h"
#include "agent/lib/mem.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const states[] = {"ok", "unknown", "warning", "failed"};

#define N_STATES (sizeof(states) / sizeof(states[0]))

const char *doctor_state_name(enum doctor_state state)
{
	return states[state];
}

struct doctor_row *doctor_add(struct doctor *d, enum doctor_state state, const char *check,
			      const char *found, ...)
{
	static struct doctor_row nobody_reads;
	struct doctor_row *row = &nobody_reads;
	va_list ap;

	if (d->n < DOCTOR_ROWS_MAX) {
		d->rows = mem_grow(d->rows, d->n + 1, sizeof(*d->rows));
		row = &d->rows[d->n++];
	} else {
		d->more = true;
	}
	row->state = state;
	row->cure[0] = '\0';
	snprintf(row->check, sizeof(row->check), "%s", check);
	va_start(ap, found);
	vsnprintf(row->found, sizeof(row->found), found, ap);
	va_end(ap);
	return row;
}

void doctor_cure(struct doctor_row *row, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(row->cure, sizeof(row->cure), format, ap);
	va_end(ap);
}

size_t doctor_count(const struct doctor *d, enum doctor_state state)
{
	size_t n = 0;

	for (size_t i = 0; i < d->n; i++)
		n += d->rows[i].state == state;
	return n;
}

void doctor_free(struct doctor *d)
{
	free(d->rows);
	*d = (struct doctor){0};
}

/* ---- text -------------------------------------------------------------------------------------
 */

#define LINE_WIDTH 100

static size_t check_width(const struct doctor *d)
{
	size_t width = strlen("Check");

	for (size_t i = 0; i < d->n; i++) {
		if (strlen(d->rows[i].check) > width)
			width = strlen(d->rows[i].check);
	}
	return width;
}

/* Words from column on, further lines under the first. No control characters: some of it was said
 * by others. */
static void put_wrapped(struct text *out, size_t column, const char *s)
{
	size_t at = column;
	bool first = true;

	for (s += strspn(s, " "); *s; s += strspn(s, " ")) {
		size_t len = strcspn(s, " ");

		if (!first && at + 1 + len > LINE_WIDTH) {
			text_printf(out, "\n%*s", (int)column, "");
			at = column;
			first = true;
		}
		if (!first)
			text_puts(out, " ");
		at += len + !first;
		for (; len; len--, s++)
			text_append(out, (unsigned char)*s < ' ' || *s == 0x7f ? "?" : s, 1);
		first = false;
	}
	text_puts(out, "\n");
}

static void put_row(struct text *out, const struct doctor_row *row, size_t width)
{
	/* the state, the check, two blanks behind either */
	text_printf(out, "%-9s%-*s  ", states[row->state], (int)width, row->check);
	put_wrapped(out, 9 + width + 2, row->found);
	if (!*row->cure)
		return;
	text_printf(out, "%*s=> ", (int)(9 + width + 2), "");
	put_wrapped(out, 9 + width + 2 + 3, row->cure);
}

void doctor_text(const struct doctor *d, struct text *out)
{
	size_t width = check_width(d);

	text_printf(out, "%-9s%-*s  %s\n", "State", (int)width, "Check", "Found => what to do");
	for (size_t state = N_STATES; state-- > 0;) {
		for (size_t i = 0; i < d->n; i++) {
			if (d->rows[i].state == (enum doctor_state)state)
				put_row(out, &d->rows[i], width);
		}
	}
	if (d->more)
		text_printf(out, "There is more: only %d rows are told\n", DOCTOR_ROWS_MAX);
	text_printf(out, "%zu failed, %zu warnings, %zu unknown, %zu ok\n",
		    doctor_count(d, DOCTOR_FAILED), doctor_count(d, DOCTOR_WARNING),
		    doctor_count(d, DOCTOR_UNKNOWN), doctor_count(d, DOCTOR_OK));
}

/* ---- JSON -------------------------------------------------------------------------------------
 */

void doctor_json_rows(const struct doctor *d, struct json_write *js, const char *key)
{
	json_write_array(js, key);
	for (size_t i = 0; i < d->n; i++) {
		json_write_object(js, NULL);
		json_write_string(js, "check", d->rows[i].check);
		json_write_string(js, "state", states[d->rows[i].state]);
		json_write_string(js, "found", d->rows[i].found);
		json_write_string(js, "cure", d->rows[i].cure);
		json_write_end(js);
	}
	json_write_end(js);
}

void doctor_json(const struct doctor *d, struct json_write *js)
{
	json_write_object(js, NULL);
	doctor_json_rows(d, js, "checks");
	for (size_t i = 0; i < N_STATES; i++)
		json_write_uint(js, states[i], doctor_count(d, (enum doctor_state)i));
	json_write_end(js);
}

/* ---- the agent's part, on its way to leafpeerctl ----------------------------------------------
 */

void doctor_node_init(struct doctor_node *node)
{
	/* the defaults of agent/settings.c, which a node rarely changes */
	*node = (struct doctor_node){.route_table = 254, .route_metric = 20, .route_protocol = 186};
}

static void copy_text(const cJSON *item, const char *name, char *buf, size_t cap)
{
	const cJSON *member = cJSON_GetObjectItemCaseSensitive(item, name);

	snprintf(buf, cap, "%s", cJSON_IsString(member) ? member->valuestring : "");
}

static void read_row(const cJSON *item, struct doctor *d)
{
	struct doctor_row *row;
	char state[16];

	json_text(item, "state", state, sizeof(state));
	for (size_t i = 0; i < N_STATES; i++) {
		if (strcmp(state, states[i]) != 0)
			continue;
		row = doctor_add(d, (enum doctor_state)i, "", "%s", "");
		copy_text(item, "check", row->check, sizeof(row->check));
		copy_text(item, "found", row->found, sizeof(row->found));
		copy_text(item, "cure", row->cure, sizeof(row->cure));
		return;
	}
}

static uint32_t read_number(const cJSON *root, const char *name, double max, uint32_t otherwise)
{
	double v;

	return json_number(root, name, 0, max, &v) ? (uint32_t)v : otherwise;
}

static void read_node(const cJSON *root, struct doctor_node *node)
{
	const cJSON *item;
	bool host_bits;

	node->from_agent = true;
	copy_text(root, "version", node->version, sizeof(node->version));
	node->route_table = read_number(root, "routeTable", UINT32_MAX, node->route_table);
	node->route_metric = read_number(root, "routeMetric", UINT32_MAX, node->route_metric);
	node->route_protocol =
		(uint8_t)read_number(root, "routeProtocol", UINT8_MAX, node->route_protocol);
	node->interface_mtu = read_number(root, "interfaceMtu", 65535, 0);
	node->neighbors = read_number(root, "neighbors", 65535, 0);
	cJSON_ArrayForEach (item, cJSON_GetObjectItemCaseSensitive(root, "uplinks")) {
		if (cJSON_IsString(item) && node->n_uplinks < DOCTOR_UPLINKS_MAX)
			snprintf(node->uplinks[node->n_uplinks++], sizeof(node->uplinks[0]), "%s",
				 item->valuestring);
	}
	cJSON_ArrayForEach (item, cJSON_GetObjectItemCaseSensitive(root, "prefixes")) {
		if (cJSON_IsString(item) && node->n_prefixes < DOCTOR_PREFIXES_MAX &&
		    prefix_parse(item->valuestring, &node->prefixes[node->n_prefixes], &host_bits))
			node->n_prefixes++;
	}
}

bool doctor_read_agent(const char *text, size_t len, struct doctor *d, struct doctor_node *node)
{
	cJSON *root = len <= DOCTOR_JSON_MAX ? json_parse(text, len) : NULL;
	const cJSON *rows = cJSON_GetObjectItemCaseSensitive(root, "checks"), *item;
	bool ok = cJSON_IsArray(rows);

	if (ok) {
		cJSON_ArrayForEach (item, rows) {
			read_row(item, d);
		}
		read_node(cJSON_GetObjectItemCaseSensitive(root, "node"), node);
	}
	cJSON_Delete(root);
	return ok;
}
