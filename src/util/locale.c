/*-------------------------------------------------------------------------
 *
 * locale.c
 *		Locales: folders of data files.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include <sys/stat.h>

#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "nodes/pg_list.h"
#include "storage/fd.h"
#include "util/locale.h"
#include "utils/memutils.h"

struct Locale
{
	char	   *name;			/* of its folder: "de_DE" */
	struct Locale *next;
};

static Locale *cached_locales = NULL;

static bool
is_locale_word(const char *name)
{
	if (strlen(name) < 2 || strlen(name) >= NAMEDATALEN)
		return false;
	for (const char *p = name; *p; p++)
		if (!((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') ||
			  *p == '_' || *p == '-'))
			return false;
	return true;
}

static int
compare_names(const ListCell *a, const ListCell *b)
{
	return strcmp((const char *) lfirst(a), (const char *) lfirst(b));
}

/* The locales that are installed, sorted. */
static List *
installed_locales(void)
{
	char	   *path = datafile_path(NULL);
	DIR		   *dir = AllocateDir(path);
	struct dirent *entry;
	List	   *names = NIL;

	if (dir == NULL && errno == ENOENT)
		return NIL;
	while ((entry = ReadDir(dir, path)) != NULL)
	{
		struct stat st;

		CHECK_FOR_INTERRUPTS();
		if (!is_locale_word(entry->d_name) ||
			strcmp(entry->d_name, COMMON_FOLDER) == 0)
			continue;
		if (stat(psprintf("%s/%s", path, entry->d_name), &st) == 0 &&
			S_ISDIR(st.st_mode))
			names = lappend(names, pstrdup(entry->d_name));
	}
	FreeDir(dir);
	list_sort(names, compare_names);
	return names;
}

/*
 * A language alone means the country of that name if there is one (de_DE),
 * and else the first in the alphabet, with the most frequent exception.
 */
static const char *
locale_of_language(List *names, const char *language)
{
	size_t		length = strlen(language);
	const char *found = NULL;
	ListCell   *lc;

	foreach(lc, names)
	{
		const char *name = lfirst(lc);

		if (pg_strncasecmp(name, language, length) != 0 || name[length] != '_')
			continue;
		if (pg_strcasecmp(name + length + 1, language) == 0)
			return name;
		if (found == NULL || strcmp(name + length, "_US") == 0)
			found = name;
	}
	return found;
}

/* The folder that a user's name for a locale means, or NULL. */
static const char *
resolve_locale(const char *name, List *names)
{
	char	   *normal;
	ListCell   *lc;

	if (!is_locale_word(name))
		return NULL;
	normal = pstrdup(name);
	for (char *p = normal; *p; p++)
		if (*p == '-')
			*p = '_';
	foreach(lc, names)
		if (pg_strcasecmp(lfirst(lc), normal) == 0)
			return lfirst(lc);
	return locale_of_language(names, normal);
}

bool
locale_exists(const char *name)
{
	return resolve_locale(name, installed_locales()) != NULL;
}

pg_noreturn static void
unknown_locale(const char *name, List *names)
{
	StringInfoData list;
	ListCell   *lc;

	initStringInfo(&list);
	foreach(lc, names)
		appendStringInfo(&list, "%s%s", list.len > 0 ? ", " : "",
						 (char *) lfirst(lc));
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_OBJECT),
			 errmsg("locale \"%s\" does not exist", name),
			 list.len > 0
			 ? errhint("Available locales are: %s.", list.data)
			 : errhint("No locale is installed in \"%s\".", datafile_path(NULL))));
}

const Locale *
locale_load(const char *name)
{
	Locale	   *locale;
	List	   *names;
	const char *folder;
	MemoryContext caller;

	for (locale = cached_locales; locale != NULL; locale = locale->next)
		if (strcmp(locale->name, name) == 0)
			return locale;
	names = installed_locales();
	folder = resolve_locale(name, names);
	if (folder == NULL)
		unknown_locale(name, names);
	for (locale = cached_locales; locale != NULL; locale = locale->next)
		if (strcmp(locale->name, folder) == 0)
			return locale;

	caller = MemoryContextSwitchTo(datafile_memory());
	locale = palloc(sizeof(Locale) + strlen(folder) + 1);
	MemoryContextSwitchTo(caller);
	locale->name = (char *) (locale + 1);
	strcpy(locale->name, folder);
	locale->next = cached_locales;
	cached_locales = locale;
	return locale;
}

const char *
locale_name(const Locale *locale)
{
	return locale->name;
}

const DataFile *
locale_dictionary(const Locale *locale, const char *dictionary)
{
	const DataFile *file;

	/* A dictionary's name is one word: no other locale's folder. */
	if (strpbrk(dictionary, "/.") != NULL)
		return NULL;
	file = datafile_load(psprintf("%s/%s.tsv", locale->name, dictionary));
	if (file == NULL)
		file = datafile_load(psprintf(COMMON_FOLDER "/%s.tsv", dictionary));
	return file;
}

const char *
locale_recipe(const Locale *locale, const char *type, const char *column)
{
	const DataFile *file = datafile_load(psprintf("%s/recipes.tsv", locale->name));
	int			name_column;
	int			recipe_column;

	if (file == NULL)
		return NULL;
	name_column = datafile_column(file, "name");
	recipe_column = datafile_column(file, column);
	if (name_column < 0)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("data file \"%s\", line 1: no column \"name\"",
						file->name)));
	if (recipe_column < 0)
		return NULL;
	for (int r = 0; r < file->nrows; r++)
		if (strcmp(datafile_cell(file, r, name_column), type) == 0)
		{
			const char *recipe = datafile_cell(file, r, recipe_column);

			return recipe[0] != '\0' ? recipe : NULL;
		}
	return NULL;
}
