/*-------------------------------------------------------------------------
 *
 * fuzz_json_scan.c
 *		Where JSON values end: at the end of every valid one, nowhere beyond
 *		the input, and the same place however much of the text is there.
 *
 * sources: src/file/json_scan.c src/util/json.c src/util/json_bytes.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "file/json_scan.h"
#include "shim.h"
#include "util/json.h"

#define MAX_TEXT	3000

static char input[MAX_TEXT + 1];
static size_t length;

static const char *const pieces[] = {
	"{", "}", "[", "]", ",", ":", "\"", "\\", "\\\"", "\\\\", " ", "\n", "null", "true", "-1.5e3", "\"a\"", "\"]},{[\"",
	"\"\\\"\"", "\"\\u0041\"", "{\"a\":", "{\"a\":1}", "[]", "{}", "\xc3\xa4", "x", "[[[[[[[[[[[[[[[[[[[[[[[["
};

void
fuzz_start(const char *folder)
{
}

static void
add(const char *piece)
{
	size_t		n = strlen(piece);

	if (length + n > MAX_TEXT)
		return;
	memcpy(input + length, piece, n);
	length += n;
	input[length] = '\0';
}

static void
add_value(int depth)
{
	static const char *const scalars[] = {"null", "false", "0", "-1.5e3", "\"\"", "\"a\\\"b\"", "\"\\\\\"", "\"]},{[\"", "\"\\u0041\xc3\xa4\""};
	int			kind = depth > 5 ? 0 : fuzz_below(4);
	int			n = fuzz_below(4);

	if (kind < 2)
	{
		add(scalars[fuzz_below(lengthof(scalars))]);
		return;
	}
	add(kind == 2 ? "[" : "{");
	for (int i = 0; i < n; i++)
	{
		if (i > 0)
			add(fuzz_below(2) == 0 ? ", " : ",");
		if (kind == 3)
		{
			char		key[20];

			snprintf(key, sizeof(key), "\"k%d\" : ", i);
			add(key);
		}
		add_value(depth + 1);
	}
	add(kind == 2 ? "]" : "}");
}

/* A part of the input, in memory of its size. */
static JsonScan
scan_part(size_t n, bool at_end, size_t *size)
{
	char	   *copy = palloc(Max(n, 1));
	JsonScan	result;

	memcpy(copy, input, n);
	result = json_scan_value(copy, n, at_end, size);
	if (*size > n)
		fuzz_finding(input, "a size of %zu in %zu bytes", *size, n);
	return result;
}

void
fuzz_round(void)
{
	bool		valid = fuzz_below(2) == 0;
	const char *problem;
	size_t		size;
	size_t		part_size;
	JsonScan	result;
	JsonScan	part;

	length = 0;
	if (valid)
		add_value(0);
	for (int n = valid ? 0 : fuzz_below(60); n > 0; n--)
		add(pieces[fuzz_below(lengthof(pieces))]);
	result = scan_part(length, true, &size);
	if (valid && length < MAX_TEXT - 100 && (result != JSON_SCAN_VALUE || size != length))
		fuzz_finding(input, "a valid value gives %d, %zu of %zu bytes", result, size, length);

	/* What begins with a value and is one is one to both. */
	if (length > 0 && json_scan_blanks(input, length) == 0 && json_read(input, length, &problem) != NULL &&
		(result != JSON_SCAN_VALUE || size + json_scan_blanks(input + size, length - size) != length))
		fuzz_finding(input, "valid JSON gives %d, %zu of %zu bytes", result, size, length);

	part = scan_part(fuzz_below(length + 1), false, &part_size);
	if (part != JSON_SCAN_MORE && (part != result || part_size != size))
		fuzz_finding(input, "a part gives %d at %zu, all of it %d at %zu", part, part_size, result, size);
	shim_free_all();
}
