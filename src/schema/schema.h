/*-------------------------------------------------------------------------
 *
 * schema.h
 *		The model of a row: the one structure that everything else reads.
 *
 * A Schema comes from a document (document.c), from the catalog (catalog.c),
 * or from both, when a document is laid over what a table says.  After
 * schema_prepare() it is complete and nobody changes it: makers of rows
 * compile it, the checks evaluate it, canonical.c prints it.
 *
 * Field i of a Schema is attribute i + 1 of its rows.  For a table the
 * fields are the table's attributes one for one, dropped ones included, so
 * that the table's own expressions can be evaluated on the rows as they are.
 *
 * Behind these nfields lie the contexts: fields that no row has, but that are
 * drawn with it: hidden fields of a document, and columns of the rows that its
 * keys refer to.  Whoever makes or
 * tests rows sees them, at the indexes from nfields on; whoever stores or
 * shows rows does not.
 *
 * Everything is allocated in the memory context that was current when the
 * Schema was made, and lives as long as that.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_SCHEMA_H
#define SYNTHIK_SCHEMA_H

#include "access/attnum.h"
#include "access/tupdesc.h"
#include "nodes/pg_list.h"
#include "nodes/nodes.h"
#include "utils/jsonb.h"
#include "utils/relcache.h"

#define SCHEMA_MAX_FIELDS	1600
#define SCHEMA_MAX_DEPTH	16
#define SCHEMA_MAX_BYTES	(16 * 1024 * 1024)
#define SCHEMA_MAX_ARRAY	10000	/* elements of one array value */

#define NULLABLE_TYPE_SHARE	0.1		/* NULLs where a type is "null", too */

typedef struct Schema Schema;
typedef struct Field Field;
typedef struct FieldCase FieldCase;

/* ---- what a field is ---- */

/* Who fills a field. */
typedef enum FieldOrigin
{
	FIELD_MADE,					/* the row source */
	FIELD_EXPRESSION,			/* Field.expr, an immutable expression of the
								 * row: the document's, or a generated column */
	FIELD_DEFAULT,				/* Field.expr, a volatile column default or an
								 * identity column's sequence, evaluated once
								 * per row as INSERT would */
	FIELD_DROPPED,				/* nobody: a dropped column, always NULL */
	FIELD_CONTEXT				/* the row source, with the key of reference: its
								 * parent's column number reference_column */
} FieldOrigin;

typedef enum DistributionKind
{
	DISTRIBUTION_NONE,			/* whatever suits the type */
	DISTRIBUTION_UNIFORM,
	DISTRIBUTION_NORMAL,		/* mean, stddev */
	DISTRIBUTION_LOGNORMAL,		/* mean, stddev: of the values themselves */
	DISTRIBUTION_EXPONENTIAL,	/* mean: from the minimum on, ever rarer */
	DISTRIBUTION_POISSON,		/* mean: counts */
	DISTRIBUTION_ZIPF,			/* exponent: rank k has weight k^-exponent */
	DISTRIBUTION_HISTOGRAM,		/* bounds, and weights between them */
	DISTRIBUTION_GAMMA,			/* mean, stddev: of the values themselves */
	DISTRIBUTION_BETA,			/* mean, stddev or alpha, beta; low, high */
	DISTRIBUTION_PARETO,		/* exponent, low: the share above x is
								 * (low / x)^exponent */
	DISTRIBUTION_TRIANGULAR,	/* mode, low, high */
	DISTRIBUTION_CALENDAR		/* of points in time */
} DistributionKind;

#define DISTRIBUTION_MAX_POISSON 1e9

/*
 * How busy a time is: the product of what its year, month, weekday and hour
 * say, and of what a public holiday does.  Lists are NULL where not given.
 */
typedef struct Calendar
{
	double		growth;			/* a year: 0.3 is 30 % more */
	double	   *months;			/* 12, of a day in each */
	double	   *weekdays;		/* 7 from Monday on */
	double	   *hours;			/* 24 */
	double		holidays;		/* factor; 1: like other days */
} Calendar;

#define CALENDAR_MONTHS		12
#define CALENDAR_WEEKDAYS	7
#define CALENDAR_HOURS		24

/*
 * Numbers are on the scale of the field: numbers as they are, dates as days
 * and times and timestamps as microseconds, both since 2000-01-01 (the
 * server's own epoch), intervals as microseconds.
 */
typedef struct Distribution
{
	DistributionKind kind;
	double		mean;
	double		stddev;
	double		exponent;
	double		mode;
	double		alpha;			/* 0: by mean and stddev */
	double		beta;
	double		low;			/* the bounds that the field had when it was given */
	double		high;
	int			nbounds;		/* histogram: ascending, at least two */
	double	   *bounds;
	double	   *weights;		/* nbounds - 1 of them, or NULL for equal */
	const Calendar *calendar;
	bool		implied;		/* a guess, of the semantic type's or from
								 * ranges of partitions */
} Distribution;

/* An end of a range of values; value is of the field's base type. */
typedef struct Bound
{
	bool		set;
	bool		exclusive;
	Datum		value;
	bool		implied;		/* a guess of the semantic type's */
} Bound;

/* A list of values of the field's base type, as in enum and examples. */
typedef struct ValueList
{
	int			count;			/* 0: not given */
	Datum	   *values;
	bool	   *nulls;			/* JSON null in an enum */
	double	   *weights;		/* or NULL for equal; need not add up to 1 */
	bool		implied;		/* a guess of the semantic type's: checks may
								 * replace it */
} ValueList;

struct Field
{
	char	   *name;			/* in the database encoding */
	char	   *title;			/* NULL where not given, as all below */
	char	   *description;
	char	   *prompt;

	/* type */
	char	   *type_name;		/* as the document has it: "email", "numeric(10,2)" */
	Oid			type;			/* as declared; may be a domain */
	int32		typmod;
	Oid			collation;
	Oid			base_type;		/* with domains looked through */
	int32		base_typmod;
	const struct SemanticType *semantic;	/* or NULL */
	Schema	   *object;			/* members, where the type is a JSON object */
	Field	   *items;			/* element, where it is an array */
	bool		json_array;		/* the array is a jsonb value, not an SQL one */
	int			min_items;		/* -1: not given */
	int			max_items;

	/* who fills it, and whether it may be NULL */
	FieldOrigin origin;
	char	   *expression;		/* the document's text */
	Node	   *expr;			/* parsed; Vars are (1, field index + 1) */
	bool		required;		/* never NULL */
	double		null_fraction;	/* 0 .. 1; -1: not given */
	bool		nullable;		/* a document's type is "null", too */
	bool		generated_always;	/* GENERATED ALWAYS, stored or virtual, or
									 * identity: INSERT takes no value for it */

	/* which values */
	Bound		minimum;
	Bound		maximum;
	double		multiple_of;	/* 0: not given */
	int			min_length;		/* characters; -1: not given */
	int			max_length;
	ValueList	enumeration;
	ValueList	examples;
	bool		has_default;	/* a constant: drawn in place of the type's own
								 * generator, where nothing else speaks */
	Datum		default_value;
	bool		default_isnull;
	char	   *pattern;		/* a regular expression */
	Distribution distribution;

	/* values that go by another field's: see cases.c */
	char	   *by;				/* that field's name, or NULL */
	Jsonb	   *case_words;		/* "cases" as the document has them, or NULL */
	bool		cases_below;	/* a document that is extended has them: the list of
								 * values may have become shorter since */
	List	   *conditions;		/* of Jsonb *: laid over each case, too */
	ValueList	unconditioned;	/* enumeration before a condition */
	int			by_field;		/* set by schema_prepare(): its index, */
	int			ncases;			/* and what differs from the field itself */
	FieldCase  *cases;

	/* where rows come in series: see series.c */
	bool		per_series;		/* drawn once a series; unique, if at all, among
								 * these */
	bool		ascending;		/* drawn in order along the series */

	bool		hidden;			/* a context of FIELD_MADE, for expressions, checks and
								 * cases to go by */
	bool		unique;			/* alone; see also Schema.uniques */
	bool		varied;			/* no value twice, as long as there are others */
	int			reference;		/* index into Schema.references, or -1 */
	int			reference_column;	/* which of its columns */
	int			agrees;			/* a context whose value it takes, where that is not
								 * NULL, or -1 */

	/* set by schema_prepare() */
	int			component;		/* fields that a failed check redraws together;
								 * 0: no check touches it */

	const char *why;			/* what decided the generator, for
								 * synthik_describe: 'name "zip"', 'CHECK
								 * orders_qty_check', 'type' … */
};

/* What a field is where the one that it goes by has a value. */
struct FieldCase
{
	bool		isnull;
	Datum		value;			/* of the base type of Field.by's */
	Field	   *field;			/* with cases of its own, perhaps */
};

/* ---- what spans fields ---- */

/* A rule that a row has to satisfy: not false. */
typedef struct Check
{
	char	   *name;			/* the constraint's, or the expression itself */
	char	   *text;			/* the expression as SQL */
	Node	   *expr;			/* boolean; Vars are (1, field index + 1) */
	Bitmapset  *fields;			/* field indexes that it reads (0-based) */
	bool		own;			/* the table's or a domain's own, which runs as in INSERT;
								 * else the document's */
	bool		ruled;			/* one of the table's rules says it */
	int			domain_field;	/* the domain's field, or -1 */
	int			component;		/* set by schema_prepare() */
} Check;

/*
 * lesser <= greater, or lesser < greater, wherever both are not NULL.  Both are
 * of the same kind of type, but that a date and a timestamp go together.
 */
typedef struct Order
{
	int			lesser;			/* field indexes */
	int			greater;
	bool		strict;
	bool		apart;			/* the greater of two times need not be soon after, */
	bool		term;			/* or is some weeks after */
	bool		ahead;			/* the lesser says when the greater was booked */
	bool		equal;			/* or rather: a field that is to agree with a context */
} Order;

/*
 * How keys are drawn where several tables are filled together; all zero where
 * one is.
 */
typedef struct ReferenceDraw
{
	bool		later;			/* not now: the fields are NULL or stand-ins, and
								 * an UPDATE follows */
	double		skew;			/* Zipf's exponent, where nothing was learned */
	int			most;			/* keys worth having in memory; 0: the usual */
	bool		counted;		/* each key gets low to high rows */
	int64		low;
	int64		high;
	uint32		since_xid;		/* only keys of rows that this transaction has */
	uint32		since_command;	/* stored from this command on; or 0 */
} ReferenceDraw;

/* Fields that are drawn together from the keys of a table. */
typedef struct Reference
{
	char	   *name;			/* the constraint's, or as the document has it */
	Oid			relid;			/* the parent */
	int			ncolumns;
	int		   *fields;			/* field indexes here */
	AttrNumber *attnums;		/* columns there */
	bool		self;			/* the parent is the table itself */
	bool		full;			/* MATCH FULL: half a key is not allowed */
	ReferenceDraw draw;
} Reference;

/* A column of the row that a reference leads to is the sum of a field. */
typedef struct Sum
{
	int			reference;		/* index into Schema.references */
	AttrNumber	attnum;			/* column there */
	int			field;			/* a number */
} Sum;

/* Fields that are unique together; single ones set Field.unique instead. */
typedef struct UniqueSet
{
	int			nfields;
	int		   *fields;			/* field indexes */
	bool		primary;
} UniqueSet;

struct Schema
{
	char	   *title;
	char	   *description;
	char	   *prompt;
	char	   *license;
	char	   *locale;			/* NULL: synthik.locale decides */

	int			nfields;
	Field	  **fields;			/* nfields, and ncontexts behind them */
	int			ncontexts;
	TupleDesc	tupdesc;		/* of the rows; set by schema_prepare(), as is */
	TupleDesc	context_tupdesc;	/* that of the contexts */

	List	   *checks;			/* of Check * */
	List	   *orders;			/* of Order * */
	List	   *references;		/* of Reference * */
	List	   *uniques;		/* of UniqueSet * */
	List	   *sums;			/* of Sum *; set where rows are stored */
	List	   *primary_key;	/* of field indexes (int list), or NIL */

	int			series_low;		/* rows of a series, from .. to; 0: none */
	int			series_high;
	Oid			relid;			/* the table it describes, or InvalidOid */
	int			ncomponents;	/* components are 1 .. ncomponents */
	int			nexpressions;	/* fields of origin FIELD_EXPRESSION, by index,
								 * in an order in which each reads only earlier
								 * ones; set by schema_prepare() */
	int		   *expression_order;
	struct Fit *fit;			/* what was learned from a table (fit.h), or NULL */
	List	   *must_probe;		/* indexes (OIDs) that only probing can
								 * satisfy: partial, expression, exclusion */
	bool		unchecked;		/* a CHECK could not be taken over; only INSERT
								 * itself can judge the rows */
};

/* ---- faults ---- */

/*
 * Where faults of a document go.  With collect false the first one is thrown
 * as an error; with collect true they gather in list, and the parser goes on
 * as well as it can.
 */
typedef struct Fault
{
	char	   *path;			/* "fields[3].minimum" */
	char	   *problem;		/* as an error's primary message */
	char	   *hint;			/* or NULL */
} Fault;

typedef struct Faults
{
	bool		collect;
	List	   *list;			/* of Fault * */
	bool		tables_to_come; /* references to tables that do not exist are left
								 * out, and no faults */
} Faults;

extern void fault_add(Faults *faults, int sqlerrcode, const char *path,
					  const char *hint, const char *problem,...) pg_attribute_printf(5, 6);

/* ---- making one ---- */

/*
 * document.c: lays a document over a Schema.  base is NULL for a document
 * that stands alone; else fields that base has are changed keyword by
 * keyword, and a field that it has not is a fault if base describes a table,
 * and is added otherwise.  Follows "extends".  Returns the Schema, or NULL
 * where faults were collected that leave none.
 */
extern Schema *schema_from_document(Jsonb *document, Schema *base, Faults *faults);

/*
 * document_condition.c: a value or a document of keywords for some fields: the
 * makers' argument "condition".  {"status": "paid"} fixes; {"age": {"minimum": 65}}
 * narrows.
 */
extern void schema_apply_condition(Schema *schema, Jsonb *condition, Faults *faults);

/* "name" of an installed template, as a document, or NULL (templates.c). */
extern Jsonb *schema_template(const char *name);

/* Does a document describe several tables, as synthik_create_pack takes it? */
extern bool schema_is_pack(Jsonb *document);

/* The same, or what the caller may see of saved ones. */
extern Jsonb *schema_named(const char *name);

/* The template or saved schema whose name is nearest, or NULL. */
extern const char *schema_nearest(const char *name);

/*
 * saved.c: documents that users have saved, as far as the caller may see or
 * change them.  saved_store() returns the new version; expected is the one that
 * there has to be, 0 for none and -1 for any.
 */
extern Jsonb *saved_schema(const char *name);
extern int	saved_store(const char *name, Jsonb *document, int expected);
extern void saved_remove(const char *name);

/*
 * The document of an argument of type text: a document if it begins with
 * "{", else a name.  An unknown name is an error.
 */
extern Jsonb *schema_document_from_text(const char *text);

/* catalog.c: what the catalog says of a table, view or composite type. */
extern Schema *schema_from_relation(Relation rel, bool evaluate_defaults);
extern Schema *schema_from_rowtype(Oid type, bool evaluate_defaults);

/* catalog.c: a type's name, without schema and quotes; palloc'd. */
extern char *catalog_type_name(Oid type);

/*
 * prepare.c: parses expressions and checks, takes what steers out of checks
 * (bounds, enums, lengths, patterns, orders), finds contradictions, builds
 * the tuple descriptor and the components.  Once, at the end.
 */
extern void schema_prepare(Schema *schema, Faults *faults);

/* Reads and prepares a document that stands alone; its first fault is an error. */
extern void schema_check_document(Jsonb *document);

/*
 * cases.c: reads the cases of all fields, once checks have steered what the
 * fields are without them.
 */
extern void schema_settle_cases(Schema *schema, Faults *faults, const char *prefix);

/* series.c: the fields that need a series, or say too much of it. */
extern void schema_settle_series(Schema *schema, Faults *faults, const char *prefix);

/* Is a field, or a context, the same in all rows of a series? */
extern bool schema_is_per_series(const Schema *schema, int index);

/* Whether the values of a field go by those of the other one, at last. */
extern bool schema_goes_by(const Schema *schema, int field, int other);

/* The fields that the values of one go by directly, in its cases too. */
extern Bitmapset *field_goes_by(const Field *field);

/*
 * Lets the checks of a domain steer what is part of a value: an attribute of
 * a composite, an end of a range.  Elements of arrays that are fields, and
 * fields themselves, are seen to by schema_prepare().
 */
extern void schema_steer_part(Field *part);

/* Adds to orders those that names imply. */
extern void schema_imply_orders(Schema *schema);

/* agree.c: what names imply of rows and those that they refer to. */
extern void schema_imply_agreements(Schema *schema);

/* canonical.c: the document of a Schema. */
extern Jsonb *schema_to_document(const Schema *schema);

/* Where in a document's "fields" one stands, or -1. */
extern int	document_field_place(Jsonb *document, const char *name);

/*
 * A document, which extends no other, without a field: keys that it is part of
 * and checks that read it go with it, with a notice of each check if tell.
 * schema is that of the document, prepared.
 */
extern Jsonb *document_without_field(Jsonb *document, const Schema *schema, const char *name,
									 bool tell);

/* ---- looking into one ---- */

/* Fields and contexts. */
#define schema_width(schema)	((schema)->nfields + (schema)->ncontexts)

/* Index of a field by name, or -1. */
extern int	schema_field_index(const Schema *schema, const char *name);

/* The same, of a hidden field, too. */
extern int	schema_drawn_index(const Schema *schema, const char *name);

/* '"a" -> "b" -> "a"', for the end of a path of fields that leads to index. */
extern char *schema_circle(const Schema *schema, const int *path, int length, int index);

/* A hint at the field that was meant by a name that none has, or NULL. */
extern const char *schema_field_hint(const Schema *schema, const char *name);

/* reference.c: is a field one of a reference's, and are some fields all? */
extern bool reference_has_field(const Reference *reference, int field);
extern bool reference_covers(const Reference *reference, const int *fields, int nfields);

/* Does the row source draw any of its fields?  Must no two rows have one key? */
extern bool reference_is_drawn(const Schema *schema, const Reference *reference);
extern bool reference_is_unique(const Schema *schema, const Reference *reference);

/*
 * What a reference draws is not distinct by construction: unique indexes of
 * several columns, one of them its own, are to be probed.
 */
extern void schema_probe_reference(Schema *schema, Relation rel, int reference);

/* Adds a field, behind those that are there; and a hidden one. */
extern void schema_add_field(Schema *schema, Field *field);
extern void schema_add_hidden(Schema *schema, Field *field);

/*
 * The index of a column of a reference's parent among the fields, as a context,
 * which is added if it is not there yet.
 */
extern int	schema_context(Schema *schema, int reference, AttrNumber attnum);

/* A field with every "not given" set. */
extern Field *field_make(const char *name);

/* Sets type_name, type, typmod, base_type and so on. */
extern void field_set_type(Field *field, const char *type_name, Oid type, int32 typmod);

/*
 * Lays a semantic type's keywords (a JSON object) under what the field says
 * itself: those that do not suit its type are left out.
 */
extern void field_apply_defaults(Field *field, Jsonb *keywords);

/* The share of NULLs that was asked for, or -1. */
extern double field_null_fraction(const Field *field);

/* How numbers and bounds of a type map to one scale. */
typedef enum ValueKind
{
	VALUE_OTHER,
	VALUE_BOOLEAN,
	VALUE_INTEGER,				/* int2, int4, int8, oid */
	VALUE_FLOAT,				/* float4, float8 */
	VALUE_NUMERIC,				/* numeric, money (scale 2) */
	VALUE_DATE,					/* days */
	VALUE_TIME,					/* time, timetz: microseconds of the day */
	VALUE_TIMESTAMP,			/* timestamp, timestamptz: microseconds */
	VALUE_INTERVAL,				/* microseconds, months as 30 days */
	VALUE_TEXT,					/* text and what is stored alike */
	VALUE_UUID,
	VALUE_JSON					/* json, jsonb */
} ValueKind;

extern ValueKind value_kind(Oid base_type);
extern bool value_kind_is_number(ValueKind kind);
extern bool value_kind_is_time(ValueKind kind);

/* Numbers and times: bounds and distributions mean something to them. */
extern bool value_kind_is_scale(ValueKind kind);

/*
 * Does the text of a date or time mean another one whenever it is read ("now",
 * "today")?  A document is to mean the same rows on any day.
 */
extern bool value_follows_clock(const char *text);

/* The parameters of a beta distribution between 0 and 1. */
extern void distribution_beta(const Distribution *distribution, double *alpha, double *beta);

/* A value of a number or time kind on the scale of Distribution. */
extern double value_to_scale(Oid base_type, Datum value);

/* By the order of the type, which it has to have; texts by their bytes. */
extern int	value_compare(Oid base_type, Datum a, Datum b);
extern bool value_is_finite(Oid base_type, Datum value);
extern char *value_to_text(Oid type, Datum value);

/* The values of an enum in their order. */
extern void enum_values(Oid type, ValueList *values);

#endif							/* SYNTHIK_SCHEMA_H */
