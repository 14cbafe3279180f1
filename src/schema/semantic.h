/*-------------------------------------------------------------------------
 *
 * semantic.h
 *		Semantic types ("email", "city"), which are data, and the reading of
 *		column names.
 *
 * share/…/synthik/types.tsv has one line a type; a locale may replace a
 * type's recipe in its recipes.tsv.  locale/README.md settles both formats.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_SEMANTIC_H
#define SYNTHIK_SEMANTIC_H

#include "utils/jsonb.h"

/* All strings are in the database encoding and live as long as the backend. */
typedef struct SemanticType
{
	const char *name;			/* "email" */
	const char *group;			/* "internet" */
	const char *type_name;		/* the PostgreSQL type that suits it: "text" */
	Oid			type;
	const char *aliases;		/* separated by commas, or "" */
	const char *recipe;			/* text recipe, or NULL: the type's own generator */
	const char *unique_recipe;	/* the recipe where values have to be distinct,
								 * or NULL: as recipe */
	Jsonb	   *keywords;		/* keywords of a field that it stands for, or NULL */
	const char *description;
	bool		personal;		/* values of a table are not to be copied */
	const char *follows;		/* how its numbers go with others of the row, or NULL */
	bool		filled;			/* a table's column of it is not NULL, though it may be */
	bool		follows_time;	/* they may be dates and times of any name */
	bool		agrees;			/* with others: by a recipe, or as one follows another */
} SemanticType;

/* By name or alias; case, "_", "-", " " and "." do not count.  Or NULL. */
extern const SemanticType *semantic_lookup(const char *name);

extern int	semantic_count(void);
extern const SemanticType *semantic_at(int i);

/*
 * The semantic type that a column's name suggests for a base type, or NULL.
 * table_name may be NULL.  *why (if why is not NULL) is set to a phrase like
 * 'column name "zip" (postcode)', palloc'd.
 */
extern const SemanticType *semantic_for_column(const char *column_name, const char *table_name,
											   Oid base_type, const char **why);

/* The same by what a column's comment calls it. */
extern const SemanticType *semantic_for_comment(const char *comment, const char *table_name,
												Oid base_type, const char **why);

#endif							/* SYNTHIK_SEMANTIC_H */
