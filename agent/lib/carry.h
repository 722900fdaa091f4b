/*
 * carry: values on their way from one process to another, perhaps of another version.
 *
 * A record is a tag, a length and as many octets; what a tag means is its format's to say, and what
 * a reader does not know it passes over. Numbers are eight octets, whatever they are made of.
 *
 *	 0                   1                   2                   3
 *	 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *	+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *	|              Tag              |            Length             |
 *	+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *	|        Length, cont'd         |          Octets ...           |
 *	+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
#ifndef LEAFPEER_LIB_CARRY_H
#define LEAFPEER_LIB_CARRY_H

#include "agent/lib/prefix.h"
#include "agent/lib/text.h"
#include "agent/lib/wire.h"

#define CARRY_HEADER_LEN 6

void carry_put(struct text *out, uint16_t tag, const void *data, size_t len);
void carry_put_number(struct text *out, uint16_t tag, uint64_t v);
void carry_put_addr(struct text *out, uint16_t tag, const struct addr *a);
/* A record of records: what is put until carry_end, which takes what carry_begin returned. */
size_t carry_begin(struct text *out, uint16_t tag);
void carry_end(struct text *out, size_t begun);

/* The next record, carved off; false: there is none, or not all of it. */
bool carry_next(struct rd *in, uint16_t *tag, struct rd *body);
/* A body that is a number, an address (or none), a text of less than cap octets; false leaves *out
 * alone. */
bool carry_number(struct rd body, uint64_t *out);
bool carry_addr(struct rd body, struct addr *out);
bool carry_text(struct rd body, char *out, size_t cap);

#endif
