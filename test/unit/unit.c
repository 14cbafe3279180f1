/*-------------------------------------------------------------------------
 *
 * unit.c
 *		The main program of every unit test, and what unit.h declares.
 *
 * Usage: test_<name> FOLDER, where FOLDER holds the fixtures.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include <dirent.h>

#include "shim.h"
#include "unit.h"

static const char *fixtures;
static int	failures;

void
unit_check(const char *name, bool good, const char *fmt,...)
{
	va_list		args;

	printf("%s %s\n", good ? "ok" : "FAILED", name);
	if (good)
		return;
	failures++;
	fputs("        ", stdout);
	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
	putchar('\n');
}

static char *
read_file(const char *path, size_t *length)
{
	FILE	   *file = fopen(path, "rb");
	StringInfoData text;
	char		buffer[8192];
	size_t		size;

	if (file == NULL)
		return NULL;
	initStringInfo(&text);
	while ((size = fread(buffer, 1, sizeof(buffer), file)) > 0)
		appendBinaryStringInfo(&text, buffer, size);
	fclose(file);
	*length = text.len;
	return text.data;
}

char *
unit_read(const char *path, size_t *length)
{
	char	   *text = read_file(psprintf("%s/%s", fixtures, path), length);

	if (text == NULL)
	{
		perror(path);
		exit(2);
	}
	return text;
}

static bool
ends_with(const char *text, const char *end)
{
	size_t		length = strlen(text);

	return length > strlen(end) && strcmp(text + length - strlen(end), end) == 0;
}

void
unit_each(const char *folder, const char *suffix, UnitFixture test)
{
	struct dirent **entries;
	int			count = scandir(psprintf("%s/%s", fixtures, folder), &entries, NULL, alphasort);
	int			tested = 0;

	for (int i = 0; i < count; i++)
	{
		char		name[256];

		strlcpy(name, entries[i]->d_name, sizeof(name));
		free(entries[i]);
		if (!ends_with(name, suffix))
			continue;
		name[strlen(name) - strlen(suffix)] = '\0';
		test(folder, name);
		shim_free_all();
		tested++;
	}
	if (count >= 0)
		free(entries);
	unit_check(psprintf("%s has fixtures", folder), tested > 0, "there are none");
}

static void
show_difference(const char *expected, const char *actual)
{
	int			line = 1;
	size_t		at = 0;
	size_t		start = 0;

	while (expected[at] != '\0' && expected[at] == actual[at])
	{
		if (expected[at++] == '\n')
		{
			line++;
			start = at;
		}
	}
	printf("        line %d, byte %zu\n        expected: %.*s\n        found:    %.*s\n",
		   line, at - start + 1,
		   (int) strcspn(expected + start, "\n"), expected + start,
		   (int) strcspn(actual + start, "\n"), actual + start);
}

void
unit_expect(const char *folder, const char *name, const char *actual)
{
	char	   *path = psprintf("%s/%s/%s.out", fixtures, folder, name);
	char	   *expected;
	size_t		length;
	FILE	   *file;

	if (getenv("UNIT_ACCEPT") != NULL && (file = fopen(path, "wb")) != NULL)
	{
		fputs(actual, file);
		fclose(file);
	}
	expected = read_file(path, &length);
	unit_check(psprintf("%s/%s", folder, name), expected != NULL && strcmp(expected, actual) == 0,
			   "not as in %s.out", name);
	if (expected != NULL && strcmp(expected, actual) != 0)
		show_difference(expected, actual);
}

int
main(int argc, char **argv)
{
	if (argc != 2)
	{
		fprintf(stderr, "usage: %s FOLDER\n", argv[0]);
		return 2;
	}
	fixtures = argv[1];
	unit_run();
	shim_free_all();
	return failures > 0;
}
