/*-------------------------------------------------------------------------
 *
 * populate.h
 *		Which tables are filled together: in what order, with how many rows,
 *		and what becomes of keys that refer to each other in a circle.
 *
 * populate_plan() decides all of it and stores nothing.  The caller then fills
 * table after table, and has populate_settle() set the keys that had to wait.
 *
 * Tables, relations and schemas live in the memory context that was current;
 * relations stay open and locked until the transaction ends.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_POPULATE_H
#define SYNTHIK_POPULATE_H

#include "rows/rows.h"
#include "schema/schema.h"
#include "util/relation.h"

/* ---- what is asked for ---- */

typedef enum AskKind
{
	ASK_NONE,					/* as many as suit the other tables */
	ASK_ROWS,
	ASK_TOTAL,					/* so many there are to be, afterwards */
	ASK_BETWEEN,				/* low to high for each row of another table */
	ASK_MEAN					/* so many on average */
} AskKind;

typedef struct PopulateAsk
{
	const char *key;			/* as the document has it; NULL: not listed */
	AskKind		kind;
	int64		number;
	bool		yields;			/* or as many as there is room for */
	const char *per;			/* a table, a column or a constraint */
	int64		low;
	int64		high;
	double		mean;
	Jsonb	   *condition;		/* or NULL, as the next one */
	Jsonb	   *schema;
} PopulateAsk;

/* The whole call. */
typedef struct PopulateOrder
{
	Jsonb	   *rows;			/* or NULL */
	Oid			namespace;		/* or InvalidOid */
	bool		scaled;
	Datum		scale;			/* numeric */
	List	   *exclude;		/* of char * */
	uint64		seed;
	const char *locale;			/* or NULL */
} PopulateOrder;

/* ---- what is decided ---- */

typedef struct PopulateTable PopulateTable;

/* A foreign key, or another reference, of a table that is filled. */
typedef struct PopulateKey
{
	PopulateTable *child;
	int			reference;		/* index into the child's references */
	Oid			parent_relid;
	PopulateTable *parent;		/* NULL: not among these tables */
	bool		self;
	bool		required;
	bool		unique;			/* a parent has one child at most */
	bool		documented;		/* by the schema's document alone */
	bool		later;			/* set when both tables are filled */
} PopulateKey;

struct PopulateTable
{
	PopulateAsk ask;
	bool		usual;			/* not asked for, but as its template has it */
	Relation	rel;
	char	   *name;			/* as one would write it */
	Schema	   *schema;			/* document and condition included, nothing learned */
	int			ncatalog;		/* references that the catalog has */
	List	   *keys;			/* of PopulateKey * */
	PopulateKey *per;			/* of ASK_BETWEEN and ASK_MEAN */
	int64		stored;			/* rows it has, or -1: not counted yet */
	bool		empty;
	bool		lookup;			/* of few words that others refer to */
	bool		known;			/* rows is decided, */
	bool		yields;			/* but may become fewer, */
	bool		fewer;			/* as they have */
	int64		rows;			/* to be added */
	char	   *how;			/* why so many */
	uint64		seed;
	int			place;			/* in the order; -1: not yet */
	uint32		since_command;	/* that began to fill it, */
	uint32		until_command;	/* and the one after */
};

/* plan.c: reads the call, opens the tables and orders them: a List of PopulateTable *. */
extern List *populate_plan(const PopulateOrder *order);

/*
 * draw.c: how keys are drawn, for another Schema of the table.  Those that wait
 * are marked before it is prepared, as what stands in for them has to suit its
 * checks; the others when their parents are filled.
 */
extern void populate_mark_waiting(const PopulateTable *table, Schema *schema);
extern void populate_mark_keys(const PopulateTable *table, Schema *schema);

/*
 * room.c: with parents filled, how many rows there is room for, of a table whose number
 * yields, or whose number goes by that of one that has become fewer.
 */
extern void populate_fit(PopulateTable *table, const Schema *schema, const RowRequest *request);

/* Says that a table gets fewer rows than wanted. */
extern void populate_note_fewer(PopulateTable *table, int64 wanted, const char *why);

/* draw.c: fills a tree level by level; rows of the next one, given what there is. */
extern bool populate_has_tree(const PopulateTable *table);
extern int64 populate_tree_step(const PopulateTable *table, int64 done);
extern void populate_mark_roots(const PopulateTable *table, Schema *schema, bool roots);

/* plan.c: does a required key wait, so that triggers have to? */
extern bool populate_holds_triggers(List *tables);

/* later.c: sets the keys that waited, with all tables filled. */
extern void populate_settle(List *tables, bool hold_triggers);

/*
 * For people: what is drawn from where, and the tables that are read (OIDs); of
 * its own rows, where they are learned from.
 */
extern char *populate_describe(const PopulateTable *table, bool learned);
extern List *populate_reads(const PopulateTable *table, bool learned);

/* ---- private to the folder ---- */

/* ask.c: for each member of the document, in its order. */
extern List *asks_read(Jsonb *rows);

/*
 * What the rule of a table says of its usual size, as its template had it, or
 * NULL.
 */
extern PopulateAsk *ask_usual(Oid relid, const char *name);

/* tables.c */
extern List *tables_find(const PopulateOrder *order);
extern int64 table_stored(PopulateTable *table);
extern bool relation_is_empty(Oid relid);
extern char *relation_name(Oid relid);

/* keys.c */
extern void keys_find(List *tables);
extern List *keys_order(List *tables);
extern const Reference *key_reference(const PopulateKey *key);
extern char *key_columns(const PopulateKey *key);

/* Of a key that waits: is the column set afterwards, and not before by others? */
extern bool key_sets(const PopulateKey *key, int column);

/* Is it NULL while it waits?  An error if the caller may not set it then. */
extern bool key_waits_as_null(const PopulateKey *key);
extern void key_check_update(const PopulateKey *key);

/* Another reference that a field belongs to, or -1. */
extern int	key_other_reference(const Schema *schema, int field, int not);

/* room.c: so many rows, or fewer where unique columns have no room; no parents yet */
extern int64 table_room(PopulateTable *table, const char *locale, int64 rows);

/* counts.c */
extern void counts_decide(const PopulateOrder *order, List *tables);
extern void counts_decide_per(PopulateTable *table);

#endif							/* SYNTHIK_POPULATE_H */
