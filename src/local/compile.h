/*-------------------------------------------------------------------------
 *
 * compile.h
 *		From a Schema to a Plan: what the compiler's files share.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_COMPILE_H
#define SYNTHIK_COMPILE_H

#include "lib/stringinfo.h"
#include "local/builder.h"
#include "local/plan.h"
#include "local/value_key.h"
#include "rows/rows.h"
#include "schema/fit.h"
#include "schema/semantic.h"
#include "util/locale.h"

/* A selector over a dictionary that several fields of a row may share. */
typedef struct Entity
{
	const DataFile *file;
	int			instance;		/* 0 for the row's first person, place … */
	int			nrows;			/* of the file that it picks from */
	int		   *rows;
	double	   *weights;		/* of these, or NULL: as the file has them */
	PlanOffset	selector;
	struct Entity *suits;		/* whose pick its own has to go with, or NULL: */
	int			suit_column;	/* their columns share a word; see compile_suit.c */
	int			suited_column;
} Entity;

/* How what was learned of an axis goes into the plan: see compile_wanted.c. */
typedef struct AxisWork
{
	const FitAxis *axis;
	int			nbins;			/* one more than the axis' where a list of the
								 * field's has values that nobody learned */
	int			unknown;		/* that bin, or -1 */
	double		unknown_share;	/* of what is not NULL */
	int			nlevels;		/* one more than the axis' where it has other values:
								 * the one that stands for them is behind the
								 * axis' own */
	int			other_level;	/* that one, or -1 */
	const Datum *levels;
	int		   *level_bins;
	double	   *level_shares;	/* of what is not NULL, as learned, */
	double	   *level_factors;	/* and how much more of it is wanted */
	double	   *bin_shares;		/* likewise; NULL's is not used */
	double	   *bin_factors;
	double		null_factor;
	double		rest_factor;	/* of what is not NULL */
	PlanBin    *bins;			/* what the bounds leave of the knots */
	double		unit;			/* of a step, on the scale of the knots */
	bool		valued;			/* the axis decides its field's value */
	bool		by_levels;		/* one of a list */
	bool		wanted_levels;	/* level_factors are not all 1 */
	bool		restricted;
} AxisWork;

/* What the Fit has for a field: axes, or -1, and words. */
typedef struct FieldFit
{
	int			value;			/* FIT_SCALE or FIT_LEVELS */
	int			presence;
	int			length;
	int			weekday;
	int			hour;
	int			ending;
	const FitWords *words;
} FieldFit;

/* A number that is drawn, and where in the row it stands. */
typedef struct NumberUse
{
	const Field *field;
	int			op;
	int			column;			/* or -1: a part of one */
	int			top;			/* the column that it is in */
	int			text;			/* op of the text whose entry it is, or -1 */
	const DataFile *file;		/* that has the entries */
	bool		plain;			/* the op is a number, and not what gives one */
	int			container;		/* op of the object or composite that has it, or -1 */
	int			scope;			/* op of the array of whose elements it is a part,
								 * which has other draws for each; or one of */
#define NUMBER_PER_ROW	(-1)
#define NUMBER_PER_SERIES (-2)
} NumberUse;

typedef struct Compiler
{
	const Schema *schema;
	const RowRequest *request;
	struct ReferencePool **pools;
	const Locale *locale;
	PlanBuilder builder;
	List	   *entities;		/* of Entity * */
	List	   *tables;			/* of StringTable *: see compile_dictionary.c */
	PlanOp	   *ops;
	int			nops;
	int			maxops;
	int		   *column_ops;
	PlanOffset *reference_selectors;	/* one a reference */
	PlanOffset *reference_given;	/* PlanGiven of each, or 0 */
	List	   *numbers;		/* of NumberUse *: see compile_agree.c */
	NumberUse **uses;			/* [op], as there; or NULL */
	struct Listed *listed;		/* [field]: see compile_listed.c; or NULL */
	List	   *reads;			/* of PlanRead *: as there */
	int			top;			/* as there, of what is compiled */
	int			container;
	int			scope;
	int			depth;
	double		parts;			/* of the field's value at most, so far, */
	double		copies;			/* and how often what is compiled is in it */
	int			casing;			/* compiling the cases of a column */
	int64		last_row;		/* highest row number from 0 */
	FieldFit   *fits;			/* [field], or NULL: nothing was learned */
	AxisWork   *axes;			/* [axis of the Fit] */
	PlanOffset	plan_axes;
	const FitAxis *knots;		/* of the number that is being compiled */
	uint32		nconditioned;	/* see compile_condition.c */
	PlanOffset	conditioned;
	uint32		candidates;
	double		most_share;
	uint32		ncompared;		/* see compile_rows.c */
	PlanOffset	compared;
	PlanOffset	hashes;
	PlanOffset	guide;
	uint32		guide_bits;
} Compiler;

/* ---- compile.c ---- */

extern RowPlan *plan_compile(const Schema *schema, const RowRequest *request,
							 struct ReferencePool **pools);
extern void compiler_begin(Compiler *c, const Schema *schema, const RowRequest *request,
						   struct ReferencePool **pools);

/* An op of the field's type that makes NULL until a kind is set. */
extern int	compiler_add_op(Compiler *c, PlanOpKind kind, const Field *field, int column,
							uint64 salt);
extern int	compile_column(Compiler *c, int column);

/*
 * Compiles a field, or a part of one (column -1); returns its op.  unique:
 * its values have to be able to differ in every row.
 */
extern int	compile_field(Compiler *c, const Field *field, int column, uint64 salt,
						  bool unique);

/*
 * How a field's values are made where no list and no sample says which there
 * are.
 */
extern void compile_generator(Compiler *c, int op, const Field *field, int column, bool unique);

/* A field for a part of a value, or for a type that stands alone. */
extern Field *part_field(const char *name, Oid type, int32 typmod);

/* Does it have bounds, or a distribution? */
extern bool field_has_own_shape(const Field *field);

/* ---- compile_type.c ---- */

extern bool stored_as_text(Oid type);
extern void compile_type(Compiler *c, int op, const Field *field, bool unique);

/* The field's pattern; through text, where its values are none. */
extern void compile_field_pattern(Compiler *c, int op, const Field *field);

/*
 * The pattern that a field's text is made from, or NULL.  One that is only
 * the semantic type's goes where it has no text of the length asked for.
 */
extern const char *field_pattern(const Field *field);

/* Short codes, where no words fit. */
extern void compile_code(Compiler *c, int op, const Field *field, int length);

/*
 * Copies into op (by number: compiling a part may move the ops) what a part
 * makes through its text form.
 */
extern void compile_cast(Compiler *c, int op, int part);

/* Returns the op of the text. */
extern int	recipe_through_text(Compiler *c, int op, const Field *field, const char *recipe,
								int instance);

/* The recipe of text that nothing is known of; NULL where no words fit. */
extern const char *plain_text_recipe(const Field *field, bool unique);

/* The recipe of a rarer type of the server's own, from pgtypes.tsv; or NULL. */
extern const char *builtin_type_recipe(Oid type);

/* ---- compile_order.c ---- */

/* The greater of an ordered pair is drawn behind the lesser. */
extern void compile_orders(Compiler *c);

/* Keeps the number of an op from being below that of another op. */
extern void number_above(Compiler *c, int lesser, int greater, const Order *order);

/* What is drawn once a series hangs on nothing that is drawn for each row. */
extern bool column_varies_with(const Schema *schema, int field, int other);

/* ---- compile_plan.c ---- */

/* Has another column to be made before one, whichever way it is read? */
extern bool column_hangs_on(Compiler *c, int column, int other);

/* The plan, once all is compiled. */
extern RowPlan *compiler_finish(Compiler *c);

/* compile_parts.c */
extern void compile_array(Compiler *c, int op, const Field *field, bool unique);
extern void compile_object(Compiler *c, int op, const Field *field, bool unique);
extern void compile_composite(Compiler *c, int op, const Field *field, bool unique);
extern void compile_range(Compiler *c, int op, const Field *field, PlanOpKind kind,
						  Oid part_type, bool unique);

/* compile_cases.c */
extern void compile_cases(Compiler *c, int op, const Field *field, int column, uint64 salt);
extern List *column_parts(const Compiler *c, int op);
extern const PlanNumber *column_number(const Compiler *c, int op);
extern void column_keep_number(Compiler *c, int op);

/* compile_number.c: integers, floats, numerics, dates, times, intervals */
extern bool compile_number(Compiler *c, PlanOp *op, const Field *field, bool unique);

/* compile_text.c */
extern void compile_recipe(Compiler *c, PlanOp *op, const Field *field, const char *recipe,
						   int instance);
extern bool recipe_is_single_piece(Compiler *c, const char *recipe, const DataFile **file,
								   int *column);
#define MAX_CHOICES		16		/* columns that an entry can choose from */
extern int	recipe_columns(Compiler *c, const char *recipe, const DataFile **file, int *columns);
extern const char *compiler_recipe(Compiler *c, const SemanticType *semantic, bool unique);
extern int	text_max_length(const Field *field);

/* compile_semantic.c */
extern void entity_keep_wanted(Compiler *c, Entity *entity);
extern bool field_keeps_recipe(const Field *field);
extern const Field *field_in_locale(const Compiler *c, const Field *field);
extern bool compile_semantic(Compiler *c, int op, const Field *field, int column, bool unique);
extern bool compile_semantic_through_text(Compiler *c, int op, const Field *field, bool unique);
extern Entity *compiler_entity(Compiler *c, const DataFile *file, int instance);

/* compile_listed.c: lists of values that a dictionary's entries mean */
extern void keep_entries_listed(Compiler *c, Entity *entity, int column);
extern bool compile_listed(Compiler *c, int op, const Field *field, int column);

/* compile_dictionary.c */
extern PlanOffset compile_strings(Compiler *c, const char **texts, int n);
extern PlanOffset dictionary_strings(Compiler *c, const DataFile *file, const int *columns,
									 int ncolumns, const char *filter, const Entity *entity);
extern PlanOffset dictionary_selector(Compiler *c, const DataFile *file, const int *rows,
									  int n, uint64 salt);
extern void compile_entity_pool(Compiler *c, PlanOp *op, const Entity *entity, int column);

extern double *dictionary_weights(const DataFile *file, const int *rows, int n);

/* compile_suit.c: entries of a dictionary that go with the row's entry of another */
extern void suit_find(Compiler *c, Entity *entity);
extern PlanOffset suit_compile(Compiler *c, const Entity *entity);
extern bool suit_turn(Compiler *c, Entity *entity);
extern int	suit_pairs(Compiler *c, const Entity *entity, uint32 **own, uint32 **other);

/* compile_pool.c */
extern PlanOffset compile_selector(Compiler *c, uint64 salt, int n, const double *weights);
extern void compile_pool(Compiler *c, PlanOp *op, const ValueList *list, PlanOffset selector);
extern void compile_pool_values(Compiler *c, PlanOp *op, PlanOffset selector,
								const Datum *values, int n);

/* Stores n values of op's type; NULLs are not allowed here. */
extern PlanOffset store_values(Compiler *c, const PlanOp *op, const Datum *values, int n);
extern void fill_alias(PlanAlias *alias, const double *weights, int n);
extern int	pool_count(const Compiler *c, const PlanOp *op);

/* compile_reference.c: link before any field is compiled */
extern void link_references(Compiler *c);
extern void compile_reference(Compiler *c, PlanOp *op, const Field *field);
extern int	compile_context(Compiler *c, int column);
extern int	column_of_key(const Schema *schema, int reference);

/* Of the key number index among those whose columns are values: some of its
 * columns, or the first where columns is NULL. */
extern ValueKey reference_key(const Schema *schema, const Reference *reference,
							  Datum *const *values, const int *columns, int ncolumns,
							  int index);

/* ---- compile_fanout.c ---- */

extern double *learned_popularity(const Compiler *c, int reference);
extern uint32 *learned_counts(const Compiler *c, int reference);

/* compile_fit.c: what was learned decides the values of fields */
extern void fit_begin(Compiler *c);
extern bool compile_fit(Compiler *c, int op, const Field *field, int column);
extern void compile_fit_nulls(Compiler *c, int op, const Field *field, int column);

/* A field with the pattern of its values that are no levels. */
extern Field *others_field(const Compiler *c, const Field *field, int column);
extern bool length_is_learned(const Compiler *c, int column);
extern bool describe_fit(const Compiler *c, StringInfo out, int column);

extern const char *field_title(const Schema *schema, int index);
extern bool in_unique_set(const Schema *schema, int column);

/* compile_given.c: axes of the rows that keys are of */
extern void compile_given_axis(Compiler *c, int index, PlanAxis *out);

/* compile_wanted.c: what a field wants of its axes */
extern void axis_want_levels(Compiler *c, AxisWork *work, const Field *field);
extern bool axis_want_knots(AxisWork *work, const Field *field, double unit, int64 low,
							int64 high);
extern int64 axis_step(double value, double unit);
extern void axis_pass_on(Compiler *c, AxisWork *work);
extern void axis_settle(AxisWork *work);

/* compile_axes.c: once all columns have their ops, before uniques */
extern void compile_axes(Compiler *c);

/* compile_tree.c: once the factors of axes are known */
extern void compile_tree(Compiler *c, const AxisWork *work, PlanAxis *out);

#define FIRST_BIN(axis)		((axis)->has_null ? 1 : 0)

/* compile_condition.c: once the factors of axes are known */
extern void plan_conditions(Compiler *c);

/* compile_base.c */
extern bool bound_is_wanted(const Field *field, const Bound *bound);
extern void base_bounds(const Compiler *c, int column, double unit, int64 *low, int64 *high);

/* compile_rows.c */
extern void compile_rows(Compiler *c);

/* compile_words.c */
extern void compile_words(Compiler *c, int op, const Field *field, const FitWords *words);

/* compile_agree.c: notes a number, and a text that may go with one; once all are
 * known, behind the orders */
extern void note_number(Compiler *c, int op, const Field *field);
extern void note_text(Compiler *c, int op, const Field *field, const char *recipe,
					  int instance);
extern void compile_agreements(Compiler *c);
extern bool follow_bounds_entity(const Field *field, const DataFile *file, int row);

/* compile_unique.c: once all columns have their ops */
extern void compile_uniques(Compiler *c);

#endif							/* SYNTHIK_COMPILE_H */
