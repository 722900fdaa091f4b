/* Bounded reading, sticky writing. */
#include "test/unit/test.h"

#include "agent/lib/wire.h"

static void reading(void **state)
{
	static const uint8_t data[] = {1, 2, 3, 4, 5, 6, 7};
	struct rd rd = rd_init(data, sizeof(data)), sub;
	const uint8_t *bytes;
	uint8_t v8 = 99;
	uint16_t v16;
	uint32_t v32;

	(void)state;
	assert_true(rd_u8(&rd, &v8));
	assert_true(rd_u16(&rd, &v16));
	assert_int_equal(v16, 0x0203);
	assert_true(rd_u32(&rd, &v32));
	assert_int_equal(v32, 0x04050607);
	assert_false(rd_u8(&rd, &v8));
	assert_int_equal(v8, 1);
	rd = rd_init(data, 3);
	assert_false(rd_u32(&rd, &v32));
	assert_int_equal(rd_left(&rd), 3);
	assert_false(rd_sub(&rd, 4, &sub));
	assert_true(rd_sub(&rd, 2, &sub));
	assert_int_equal(rd_left(&sub), 2);
	assert_false(rd_bytes(&rd, 2, &bytes));
	assert_true(rd_bytes(&rd, 1, &bytes));
	assert_ptr_equal(bytes, data + 2);
	rd = rd_init(NULL, 0);
	assert_false(rd_u8(&rd, &v8));
}

static void writing(void **state)
{
	uint8_t buf[8];
	struct wr wr = wr_init(buf, sizeof(buf));
	uint8_t *mark;

	(void)state;
	mark = wr_mark16(&wr);
	wr_u32(&wr, 0x01020304);
	wr_fill16(&wr, mark);
	assert_true(wr_ok(&wr));
	assert_memory_equal(buf, "\0\4\1\2\3\4", 6);
	wr_u32(&wr, 5);
	assert_false(wr_ok(&wr));
	wr_u8(&wr, 1); /* there would be room, but what is written is worthless already */
	assert_false(wr_ok(&wr));
}

static void length_that_does_not_fit(void **state)
{
	uint8_t buf[300];
	struct wr wr = wr_init(buf, sizeof(buf));
	uint8_t *mark = wr_mark8(&wr);

	(void)state;
	for (int i = 0; i < 256; i++)
		wr_u8(&wr, 0);
	wr_fill8(&wr, mark);
	assert_false(wr_ok(&wr));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reading),
		cmocka_unit_test(writing),
		cmocka_unit_test(length_that_does_not_fit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
