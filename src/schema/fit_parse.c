/*-------------------------------------------------------------------------
 *
 * fit_parse.c
 *		From a blob's bytes to what they say, with every index and bound
 *		checked.  fit_blob.h has the format.
 *
 * A blob may come from anybody.  A count is believed only if the bytes that
 * are left can hold as many items, before anything is allocated for them.  The
 * first thing wrong ends the reading: from there on every number is 0.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "schema/fit_blob.h"
#include "util/rng.h"

/* The fewest bytes that an item takes. */
#define FIELD_BYTES		4
#define AXIS_BYTES		8
#define NODE_BYTES		3
#define ENTRY_BYTES		2
#define LEVEL_BYTES		3
#define FANOUT_BYTES	6
#define WORDS_BYTES		10
#define WORD_BYTES		3

typedef struct FitParser
{
	char	   *at;
	char	   *end;
	const char *problem;		/* the first one, or NULL */
	FitBlob    *blob;
} FitParser;

/* ---- pieces ---- */

static void
fail(FitParser *parser, const char *problem)
{
	if (parser->problem == NULL)
		parser->problem = problem;
	parser->at = parser->end;
}

/* Says what is wrong unless good; true if all has been good so far. */
static bool
check(FitParser *parser, bool good, const char *problem)
{
	if (!good)
		fail(parser, problem);
	return parser->problem == NULL;
}

static bool
good(const FitParser *parser)
{
	return parser->problem == NULL;
}

static uint64
read_number(FitParser *parser)
{
	uint64		number = 0;

	for (int shift = 0; shift < 64; shift += 7)
	{
		uint64		byte;

		if (!check(parser, parser->at < parser->end, "it ends too soon"))
			return 0;
		byte = (unsigned char) *parser->at++;
		if (shift == 63 && byte > 1)
			break;
		number |= (byte & 0x7F) << shift;
		if (byte < 0x80)
			return number;
	}
	fail(parser, "a number is too long");
	return 0;
}

/* A number of at most limit. */
static int
read_below(FitParser *parser, int limit, const char *problem)
{
	uint64		number = read_number(parser);

	return check(parser, number <= (uint64) limit, problem) ? (int) number : 0;
}

/* An index below count, or -1. */
static int
read_index(FitParser *parser, int count, const char *problem)
{
	return read_below(parser, count, problem) - (good(parser) ? 1 : 0);
}

/* How many items follow, of at least size bytes each. */
static int
read_count(FitParser *parser, int size, int limit)
{
	uint64		count = read_number(parser);

	return check(parser, count <= (uint64) limit &&
				 count <= (uint64) (parser->end - parser->at) / size,
				 "a count is out of range") ? (int) count : 0;
}

static uint64
read_word(FitParser *parser)
{
	uint64		word = 0;

	if (!check(parser, parser->end - parser->at >= 8, "it ends too soon"))
		return 0;
	for (int i = 0; i < 8; i++)
		word |= (uint64) (unsigned char) *parser->at++ << (8 * i);
	return word;
}

static double
read_any_double(FitParser *parser)
{
	uint64		number = read_number(parser);
	int			k = number & 0xF;
	uint64		zigzag = number >> 4;
	double		value = 0;

	if (k == FIT_DOUBLE_WHOLE && check(parser, zigzag == 0, "a number has no such form"))
	{
		uint64		bits = read_word(parser);

		memcpy(&value, &bits, sizeof(value));
	}
	else if (k < FIT_DOUBLE_WHOLE)
		value = (double) ((int64) (zigzag >> 1) ^ -(int64) (zigzag & 1)) / fit_powers[k];
	return value;
}

/* A finite number. */
static double
read_double(FitParser *parser)
{
	double		value = read_any_double(parser);

	return check(parser, isfinite(value), "a number is not finite") ? value : 0;
}

static double *
read_doubles(FitParser *parser, int count)
{
	double	   *numbers;

	if (!check(parser, count <= parser->end - parser->at, "it ends too soon"))
		return NULL;
	numbers = palloc(sizeof(double) * Max(count, 1));
	for (int i = 0; i < count; i++)
		numbers[i] = read_double(parser);
	return numbers;
}

static double
read_weight(FitParser *parser)
{
	double		weight = read_double(parser);

	(void) check(parser, weight > 0, "a weight is not above 0");
	return weight;
}

/* A text, where it lies, or NULL. */
static char *
read_text(FitParser *parser)
{
	uint64		size = read_number(parser);
	char	   *text = parser->at;

	if (size == 0 || !check(parser, size <= (uint64) (parser->end - parser->at),
							"it ends too soon"))
		return NULL;
	parser->at += size;
	if (!check(parser, text[size - 1] == '\0' && strlen(text) == size - 1,
			   "a text has no end") ||
		!check(parser, parser->blob->encoding != FIT_TEXT_UTF8 ||
			   pg_encoding_verifymbstr(PG_UTF8, text, size - 1) == size - 1,
			   "a text is not UTF-8"))
		return NULL;
	return text;
}

/* Ascending numbers. */
static void
check_ascending(FitParser *parser, const double *numbers, int count)
{
	for (int i = 1; good(parser) && i < count; i++)
		(void) check(parser, numbers[i - 1] <= numbers[i], "knots do not ascend");
}

/* ---- fields ---- */

static void
parse_fields(FitParser *parser)
{
	FitBlob    *blob = parser->blob;

	blob->nfields = read_count(parser, FIELD_BYTES, SCHEMA_MAX_FIELDS);
	blob->names = palloc0(sizeof(char *) * (blob->nfields + 1));
	blob->types = palloc0(sizeof(char *) * (blob->nfields + 1));
	for (int i = 0; good(parser) && i < blob->nfields; i++)
	{
		blob->names[i] = read_text(parser);
		blob->types[i] = read_text(parser);
	}
}

/* ---- trees ---- */

static void
parse_leaf(FitParser *parser, const FitAxis *axis, FitTree *tree, int room, FitNode *node)
{
	double		sum = 0;

	node->first = tree->nentries;
	node->nentries = read_below(parser, room - tree->nentries, "a leaf has too many entries");
	(void) check(parser, node->nentries > 0, "a leaf has no entries");
	for (int i = 0; good(parser) && i < node->nentries; i++)
	{
		FitEntry   *entry = &tree->entries[tree->nentries++];

		entry->bin = read_below(parser, axis->nbins - 1, "a leaf's bin is out of range");
		entry->weight = read_weight(parser);
		sum += entry->weight;
	}
	(void) check(parser, isfinite(sum), "weights are too great");
}

static void
parse_inner(FitParser *parser, int nnodes, int index, FitNode *node)
{
	int			nbins = parser->blob->fit->axes[node->axis].nbins;
	int			bytes = (nbins + 7) / 8;

	if (!check(parser, bytes <= parser->end - parser->at, "it ends too soon"))
		return;
	for (int i = 0; i < bytes; i++)
		node->left[i / 8] |= (uint64) (unsigned char) *parser->at++ << (8 * (i % 8));
	(void) check(parser, nbins % 64 == 0 || node->left[nbins / 64] >> (nbins % 64) == 0,
				 "a node asks for bins that are not there");
	for (int i = 0; i < 2; i++)
	{
		node->children[i] = index + read_below(parser, nnodes - 1 - index,
											   "a node's child is out of range");
		(void) check(parser, node->children[i] > index, "a node is its own child");
	}
}

static void
parse_tree(FitParser *parser, int number, FitAxis *axis)
{
	FitTree    *tree = &axis->tree;
	int			room;

	tree->nnodes = read_count(parser, NODE_BYTES, FIT_MAX_NODES);
	room = read_count(parser, ENTRY_BYTES, PG_INT32_MAX);
	if (!check(parser, tree->nnodes > 0 && room > 0, "a tree is empty"))
		return;
	tree->nodes = palloc0(sizeof(FitNode) * tree->nnodes);
	tree->entries = palloc(sizeof(FitEntry) * room);
	for (int i = 0; good(parser) && i < tree->nnodes; i++)
	{
		FitNode    *node = &tree->nodes[i];

		CHECK_FOR_INTERRUPTS();
		node->axis = read_index(parser, number, "a node asks for a later axis");
		if (node->axis < 0)
			parse_leaf(parser, axis, tree, room, node);
		else
			parse_inner(parser, tree->nnodes, i, node);
	}
	(void) check(parser, tree->nentries == room, "a tree has fewer entries than it says");
}

/* ---- axes ---- */

static void
parse_marginal(FitParser *parser, FitAxis *axis)
{
	double		sum = 0;

	axis->marginal = read_doubles(parser, axis->nbins);
	for (int i = 0; good(parser) && i < axis->nbins; i++)
	{
		(void) check(parser, axis->marginal[i] >= 0, "a share is below 0");
		sum += axis->marginal[i];
	}
	(void) check(parser, isfinite(sum), "shares are too great");
}

/* The knots of a bin; infinity and NaN have one to themselves. */
static double *
read_knots(FitParser *parser, int count)
{
	double	   *knots = palloc(sizeof(double) * Max(count, 1));
	bool		alone = true;

	for (int i = 0; good(parser) && i < count; i++)
	{
		knots[i] = read_any_double(parser);
		alone &= !isfinite(knots[i]) && memcmp(&knots[i], &knots[0], sizeof(double)) == 0;
	}
	if (alone)
		return knots;
	for (int i = 0; good(parser) && i < count; i++)
		(void) check(parser, isfinite(knots[i]), "a number is not finite");
	check_ascending(parser, knots, count);
	return knots;
}

static void
parse_knots(FitParser *parser, FitAxis *axis)
{
	axis->starts = palloc0(sizeof(int) * (axis->nbins + 1));
	for (int i = 0; good(parser) && i < axis->nbins; i++)
	{
		int			count = read_count(parser, 1, FIT_MAX_KNOTS - axis->nknots);
		double	   *knots = read_knots(parser, count);
		bool		none = (i == 0 && axis->has_null) ||
			(i == axis->nbins - 1 && axis->has_other);

		(void) check(parser, (count == 0) == none, "a bin has no knots, or NULL has");
		if (!good(parser))
			return;
		if (axis->knots == NULL)
			axis->knots = knots;
		else
		{
			axis->knots = repalloc(axis->knots,
								   sizeof(double) * Max(axis->nknots + count, 1));
			memcpy(axis->knots + axis->nknots, knots, sizeof(double) * count);
			pfree(knots);
		}
		axis->nknots += count;
		axis->starts[i + 1] = axis->nknots;
	}
	axis->grain = read_double(parser);
	(void) check(parser, axis->grain >= 0, "a grain is below 0");
	axis->base = read_index(parser, parser->blob->nfields, "a base is out of range");
	axis->base_default = read_double(parser);
}

/* An ending lies below the unit that it is an ending of. */
static void
check_endings(FitParser *parser, const FitAxis *axis)
{
	(void) check(parser, axis->grain > 0, "endings have no unit");
	(void) check(parser, axis->nknots == axis->nbins - (axis->has_other ? 1 : 0),
				 "a bin has several endings");
	for (int i = 0; good(parser) && i < axis->nknots; i++)
		(void) check(parser, axis->knots[i] >= 0 && axis->knots[i] < axis->grain,
					 "an ending is out of range");
}

/* Each bin but NULL's needs something to draw. */
static void
check_levels(FitParser *parser, const FitAxis *axis)
{
	double		sums[FIT_MAX_BINS] = {0};

	for (int i = 0; i < axis->nlevels; i++)
		sums[axis->level_bins[i]] += axis->level_weights[i];
	for (int i = 0; i < axis->nbins; i++)
	{
		bool		other = axis->has_other && i == axis->nbins - 1;

		if (i > 0 || !axis->has_null)
			(void) check(parser, isfinite(sums[i]) &&
						 (sums[i] > 0 || other || axis->determinant >= 0),
						 "a bin has no levels");
	}
}

static void
parse_determinant(FitParser *parser, int number, FitAxis *axis)
{
	const FitAxis *other;

	axis->determinant = read_index(parser, number, "a determinant is out of range");
	if (axis->determinant < 0 || !good(parser))
		return;
	other = &parser->blob->fit->axes[axis->determinant];
	(void) check(parser, !axis->has_other, "an axis that is decided has other values");
	if (!check(parser, other->kind == FIT_LEVELS, "a determinant has no levels") ||
		!check(parser, other->nlevels < parser->end - parser->at, "it ends too soon"))
		return;
	axis->decided = palloc(sizeof(int) * (other->nlevels + 1));
	for (int i = 0; good(parser) && i <= other->nlevels; i++)
	{
		axis->decided[i] = read_index(parser, axis->nlevels, "a level is out of range");
		(void) check(parser, axis->decided[i] >= 0 || axis->has_null,
					 "NULL is decided where none may be");
	}
}

static void
parse_levels(FitParser *parser, int number, FitAxis *axis)
{
	int			first = axis->has_null ? 1 : 0;
	int			last = axis->nbins - (axis->has_other ? 2 : 1);

	axis->nlevels = read_count(parser, LEVEL_BYTES, FIT_MAX_LEVELS);
	(void) check(parser, !axis->has_other || (last >= first && axis->nlevels > 0),
				 "there are no levels but others");
	axis->levels = palloc0(sizeof(Datum) * (axis->nlevels + 1));
	axis->level_bins = palloc0(sizeof(int) * (axis->nlevels + 1));
	axis->level_weights = palloc0(sizeof(double) * (axis->nlevels + 1));
	for (int i = 0; good(parser) && i < axis->nlevels; i++)
		axis->levels[i] = CStringGetDatum(read_text(parser));
	for (int i = 0; good(parser) && i < axis->nlevels; i++)
	{
		axis->level_bins[i] = read_below(parser, last, "a level's bin is out of range");
		(void) check(parser, axis->level_bins[i] >= first, "a level has the bin of NULL");
		axis->level_weights[i] = read_double(parser);
		(void) check(parser, axis->level_weights[i] >= 0, "a weight is below 0");
	}
	if (axis->has_other)
	{
		axis->pattern = read_text(parser);
		axis->other_pattern = read_text(parser);
	}
	parse_determinant(parser, number, axis);
	if (good(parser))
		check_levels(parser, axis);
}

/* How many bins an axis of a kind may have. */
static bool
bins_fit(const FitAxis *axis)
{
	if (axis->has_other && axis->kind != FIT_LEVELS && axis->kind != FIT_ENDING)
		return false;
	switch (axis->kind)
	{
		case FIT_PRESENCE:
			return axis->nbins - (axis->has_null ? 1 : 0) <= 1;
		case FIT_WEEKDAY:
			return axis->nbins == 7 && !axis->has_null;
		case FIT_HOUR:
			return axis->nbins == 24 && !axis->has_null;
		case FIT_ENDING:
			return !axis->has_null;
		default:
			return true;
	}
}

/*
 * A field has one axis for its value, or for whether it has one, and at most
 * one of each kind that goes with its axis of FIT_SCALE.
 */
static void
check_place(FitParser *parser, int number, const FitAxis *axis)
{
	bool		part = fit_axis_is_part(axis->kind);
	bool		whole_before = false;

	for (int i = 0; axis->field >= 0 && i < number; i++)
	{
		const FitAxis *other = &parser->blob->fit->axes[i];

		if (other->field != axis->field)
			continue;
		whole_before |= other->kind == FIT_SCALE;
		(void) check(parser, other->kind != axis->kind &&
					 (part || fit_axis_is_part(other->kind)),
					 "a field has two axes of a kind");
	}
	(void) check(parser, axis->field < 0 || whole_before == part,
				 "an axis is not where it belongs");
}

static void
parse_axis(FitParser *parser, int number, FitAxis *axis)
{
	int			flags;

	axis->kind = (FitAxisKind) read_below(parser, FIT_ENDING, "an axis is of no known kind");
	axis->field = read_index(parser, parser->blob->nfields, "an axis's field is out of range");
	axis->nbins = read_below(parser, FIT_MAX_BINS, "an axis has too many bins");
	flags = read_below(parser, FIT_FLAG_NULL | FIT_FLAG_OTHER, "an axis has unknown flags");
	axis->has_null = (flags & FIT_FLAG_NULL) != 0;
	axis->has_other = (flags & FIT_FLAG_OTHER) != 0;
	axis->base = axis->determinant = -1;
	if (!check(parser, axis->nbins > 0, "an axis has no bins") ||
		!check(parser, bins_fit(axis), "an axis's bins do not suit its kind"))
		return;
	check_place(parser, number, axis);
	parse_marginal(parser, axis);
	if (good(parser) && fit_axis_has_knots(axis->kind))
		parse_knots(parser, axis);
	else if (good(parser) && axis->kind == FIT_LEVELS)
		parse_levels(parser, number, axis);
	if (good(parser) && axis->kind == FIT_ENDING)
		check_endings(parser, axis);
	if (good(parser) && axis->determinant < 0)
		parse_tree(parser, number, axis);
}

/* Of each field, the field that its values are counted from, or -1. */
static int *
bases_of_fields(const FitBlob *blob)
{
	int		   *bases = palloc(sizeof(int) * Max(blob->nfields, 1));

	for (int i = 0; i < blob->nfields; i++)
		bases[i] = -1;
	for (int i = 0; i < blob->fit->naxes; i++)
	{
		const FitAxis *axis = &blob->fit->axes[i];

		if (axis->kind == FIT_SCALE && axis->field >= 0)
			bases[axis->field] = axis->base;
	}
	return bases;
}

/* No value is counted from itself, however far round. */
static void
check_bases(FitParser *parser)
{
	const FitBlob *blob = parser->blob;
	int		   *bases = bases_of_fields(blob);

	for (int i = 0; i < blob->fit->naxes; i++)
		(void) check(parser, blob->fit->axes[i].base < 0 ||
					 (blob->fit->axes[i].kind == FIT_SCALE && blob->fit->axes[i].field >= 0),
					 "an axis without a value has a base");
	for (int i = 0; i < blob->nfields; i++)
	{
		int			steps = 0;

		for (int at = bases[i]; good(parser) && at >= 0; at = bases[at])
			(void) check(parser, ++steps <= blob->nfields, "bases go round in circles");
	}
	pfree(bases);
}

static void
parse_axes(FitParser *parser)
{
	Fit		   *fit = parser->blob->fit;
	int			count = read_count(parser, AXIS_BYTES, FIT_MAX_AXES);

	fit->axes = palloc0(sizeof(FitAxis) * Max(count, 1));
	for (int i = 0; good(parser) && i < count; i++)
	{
		CHECK_FOR_INTERRUPTS();
		parse_axis(parser, i, &fit->axes[i]);
		fit->naxes++;
	}
	if (good(parser))
		check_bases(parser);
}

/* ---- fan-outs ---- */

static void
parse_parent(FitParser *parser, FitParent *parent)
{
	parent->relation = read_text(parser);
	parent->ncolumns = read_count(parser, 1, INDEX_MAX_KEYS);
	(void) check(parser, parent->ncolumns > 0, "a reference has no columns");
	parent->fields = palloc0(sizeof(int) * Max(parent->ncolumns, 1));
	for (int i = 0; good(parser) && i < parent->ncolumns; i++)
		parent->fields[i] = read_below(parser, parser->blob->nfields - 1,
									   "a reference's field is out of range");
}

static void
parse_keys(FitParser *parser, int ncolumns, FitFanout *fanout)
{
	double		sum = 0;

	fanout->nkeys = read_count(parser, ncolumns + 1, PG_INT32_MAX);
	fanout->keys = palloc0(sizeof(Datum *) * Max(ncolumns, 1));
	for (int i = 0; good(parser) && i < ncolumns; i++)
	{
		fanout->keys[i] = palloc0(sizeof(Datum) * (fanout->nkeys + 1));
		for (int j = 0; good(parser) && j < fanout->nkeys; j++)
			fanout->keys[i][j] = CStringGetDatum(read_text(parser));
	}
	fanout->weights = read_doubles(parser, fanout->nkeys);
	for (int i = 0; good(parser) && i < fanout->nkeys; i++)
	{
		(void) check(parser, fanout->weights[i] >= 0, "a weight is below 0");
		sum += fanout->weights[i];
	}
	(void) check(parser, isfinite(sum), "weights are too great");
}

static void
parse_fanout(FitParser *parser, FitFanout *fanout, FitParent *parent)
{
	double		sum = 0;

	fanout->reference = -1;
	parse_parent(parser, parent);
	if (!good(parser))
		return;
	parse_keys(parser, parent->ncolumns, fanout);
	fanout->nknots = read_count(parser, 1, FIT_MAX_KNOTS);
	fanout->knots = read_doubles(parser, fanout->nknots);
	check_ascending(parser, fanout->knots, fanout->nknots);
	for (int i = 0; good(parser) && i < fanout->nknots; i++)
	{
		(void) check(parser, fanout->knots[i] >= 0, "a number of children is below 0");
		sum += fanout->knots[i];
	}
	(void) check(parser, isfinite(sum), "numbers of children are too great");
}

static void
parse_fanouts(FitParser *parser)
{
	Fit		   *fit = parser->blob->fit;
	int			count = read_count(parser, FANOUT_BYTES, SCHEMA_MAX_FIELDS);

	if (count > 0)
		(void) check(parser, parser->blob->nfields > 0, "a reference has no fields");
	fit->fanouts = palloc0(sizeof(FitFanout) * Max(count, 1));
	parser->blob->parents = palloc0(sizeof(FitParent) * Max(count, 1));
	for (int i = 0; good(parser) && i < count; i++)
	{
		parse_fanout(parser, &fit->fanouts[i], &parser->blob->parents[i]);
		fit->nfanouts++;
	}
}

/* ---- models of text ---- */

/* The words that may follow word number i; *room is how many there is space for. */
static void
parse_next(FitParser *parser, FitWords *words, int i, int *room)
{
	int			first = words->starts[i];
	int			count = read_count(parser, 2, PG_INT32_MAX - first);
	double		sum = 0;

	(void) check(parser, count > 0, "nothing follows a word");
	if (good(parser) && first + count > *room)
	{
		*room = Max(first + count, *room + *room / 2);
		words->next = repalloc(words->next, sizeof(int) * *room);
		words->weights = repalloc(words->weights, sizeof(double) * *room);
	}
	for (int j = first; good(parser) && j < first + count; j++)
	{
		words->next[j] = read_below(parser, words->nwords - 1, "a word is out of range");
		words->weights[j] = read_weight(parser);
		sum += words->weights[j];
	}
	(void) check(parser, isfinite(sum), "weights are too great");
	words->starts[i + 1] = first + count;
}

static void
parse_forbidden(FitParser *parser, FitWords *words)
{
	words->nforbidden = read_count(parser, 8, PG_INT32_MAX);
	words->forbidden = palloc(sizeof(uint64) * Max(words->nforbidden, 1));
	for (int i = 0; good(parser) && i < words->nforbidden; i++)
	{
		words->forbidden[i] = read_word(parser);
		(void) check(parser, i == 0 || words->forbidden[i - 1] <= words->forbidden[i],
					 "hashes do not ascend");
	}
}

static void
parse_words(FitParser *parser, FitWords *words)
{
	int			room = 16;

	words->field = read_index(parser, parser->blob->nfields, "a text's field is out of range");
	words->nwords = read_count(parser, WORD_BYTES, PG_INT32_MAX);
	if (!check(parser, words->nwords > 0, "a text has no words"))
		return;
	words->words = palloc0(sizeof(char *) * words->nwords);
	words->starts = palloc0(sizeof(int) * (words->nwords + 1));
	words->next = palloc(sizeof(int) * room);
	words->weights = palloc(sizeof(double) * room);
	for (int i = 0; good(parser) && i < words->nwords; i++)
	{
		CHECK_FOR_INTERRUPTS();
		words->words[i] = read_text(parser);
		(void) check(parser, i > 0 || (words->words[0] != NULL && words->words[0][0] == '\0'),
					 "the first word is not empty");
		parse_next(parser, words, i, &room);
	}
	words->min_words = read_below(parser, PG_INT32_MAX, "a text is too long");
	words->max_words = read_below(parser, PG_INT32_MAX, "a text is too long");
	(void) check(parser, words->min_words <= words->max_words, "a text's lengths are exchanged");
	parse_forbidden(parser, words);
}

static void
parse_models(FitParser *parser)
{
	Fit		   *fit = parser->blob->fit;
	int			count = read_count(parser, WORDS_BYTES, SCHEMA_MAX_FIELDS);

	fit->words = palloc0(sizeof(FitWords) * Max(count, 1));
	for (int i = 0; good(parser) && i < count; i++)
	{
		parse_words(parser, &fit->words[i]);
		fit->nwords++;
		for (int j = 0; j < i; j++)
			(void) check(parser, fit->words[i].field < 0 ||
						 fit->words[j].field != fit->words[i].field,
						 "a field has two models of text");
	}
}

/* ---- rows ---- */

static void
parse_rows(FitParser *parser)
{
	FitRows    *rows = &parser->blob->fit->known;
	uint64		hash = 0;
	int			count;

	count = read_count(parser, 1, SCHEMA_MAX_FIELDS);
	rows->fields = palloc(sizeof(int) * Max(count, 1));
	if (count > 0)
		(void) check(parser, parser->blob->nfields > 0, "rows have no fields");
	for (; good(parser) && rows->nfields < count; rows->nfields++)
		rows->fields[rows->nfields] = read_below(parser, parser->blob->nfields - 1,
												 "a row's field is out of range");
	rows->strict = read_below(parser, 1, "a flag is neither 0 nor 1") == 1;
	count = read_count(parser, 1, FIT_MAX_ROWS);
	rows->hashes = palloc(sizeof(uint32) * Max(count, 1));
	for (; good(parser) && rows->nhashes < count; rows->nhashes++)
	{
		uint64		step = read_number(parser);

		(void) check(parser, (step > 0 || rows->nhashes == 0) && step <= PG_UINT32_MAX - hash,
					 "hashes of rows do not ascend");
		hash = good(parser) ? hash + step : 0;
		rows->hashes[rows->nhashes] = (uint32) hash;
	}
}

/* ---- the whole ---- */

/* Magic and version; what follows may be a newer version's. */
static void
parse_head(FitParser *parser, bool *newer)
{
	uint64		version;

	*newer = false;
	if (!check(parser, parser->end - parser->at >= FIT_MAGIC_SIZE + FIT_CHECKSUM_SIZE &&
			   memcmp(parser->at, FIT_MAGIC, FIT_MAGIC_SIZE) == 0,
			   "it does not begin as it has to"))
		return;
	parser->at += FIT_MAGIC_SIZE;
	version = read_number(parser);
	*newer = good(parser) && version > FIT_VERSION;
	(void) check(parser, version == FIT_VERSION, "it is of another version");
}

/* The last bytes are a checksum of the others. */
static void
parse_checksum(FitParser *parser, const char *bytes)
{
	FitParser	last = {parser->end - FIT_CHECKSUM_SIZE, parser->end};

	if (!good(parser))
		return;
	parser->end = last.at;
	(void) check(parser, parser->at <= parser->end &&
				 read_word(&last) == rng_hash(bytes, parser->end - bytes),
				 "its checksum is wrong");
}

FitBlob *
fit_blob_parse(char *bytes, size_t length, const char **problem, bool *newer)
{
	FitParser	parser = {bytes, bytes + length};

	parser.blob = palloc0(sizeof(FitBlob));
	parser.blob->fit = palloc0(sizeof(Fit));
	parse_head(&parser, newer);
	parse_checksum(&parser, bytes);
	parser.blob->encoding = read_below(&parser, FIT_TEXT_BYTES, "its texts have no known encoding");
	parser.blob->fit->rows = read_double(&parser);
	(void) check(&parser, parser.blob->fit->rows >= 0, "its number of rows is below 0");
	parse_fields(&parser);
	if (good(&parser))
		parse_axes(&parser);
	if (good(&parser))
		parse_fanouts(&parser);
	if (good(&parser))
		parse_models(&parser);
	if (good(&parser))
		parse_rows(&parser);
	(void) check(&parser, parser.at == parser.end, "something follows behind its end");
	*problem = parser.problem;
	return parser.problem == NULL ? parser.blob : NULL;
}
