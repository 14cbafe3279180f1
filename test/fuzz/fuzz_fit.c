/*-------------------------------------------------------------------------
 *
 * fuzz_fit.c
 *		Random Fits are written, and read back the same; then their bytes are
 *		damaged, under a good checksum.  What is read in spite of that has to
 *		keep every promise of fit.h, and may not take much more memory than it
 *		has bytes.
 *
 * sources: src/schema/fit_write.c src/schema/fit_pieces.c src/schema/fit_parse.c src/schema/fit_parse_axes.c src/schema/fit_resolve.c src/schema/fit_text.c src/util/rng.c
 *
 * Values of all types are C strings here; those that begin with "!" fit no
 * type.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "common/base64.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "nodes/bitmapset.h"
#include "schema/document.h"
#include "schema/fit_blob.h"
#include "shim.h"
#include "util/rng.h"
#include "utils/lsyscache.h"

#define NFIELDS			8
#define NCONTEXTS		2
#define WIDTH			(NFIELDS + NCONTEXTS)
#define MEMORY_FACTOR	48		/* bytes allocated for each byte read */
#define MEMORY_BASE		65536

static Schema schema;
static const char *last_problem;
static Field fields[WIDTH];
static Reference reference;
static int	reference_fields[2] = {1, 5};

/* ---- what the code under test takes from the server ---- */

int
settings_fix(void)
{
	return 0;
}

void
settings_restore(int level)
{
}

void
values_from_texts(Oid type, int32 typmod, int count, char **texts, Datum *values)
{
	for (int i = 0; i < count; i++)
	{
		if (texts[i] != NULL && texts[i][0] == '!')
			texts[i] = NULL;
		values[i] = CStringGetDatum(texts[i]);
	}
}

int
schema_field_index(const Schema *s, const char *name)
{
	for (int i = 0; i < s->nfields; i++)
	{
		if (strcmp(s->fields[i]->name, name) == 0)
			return i;
	}
	return -1;
}

ValueKind
value_kind(Oid type)
{
	return type == FLOAT8OID ? VALUE_FLOAT : type == TIMESTAMPOID ? VALUE_TIMESTAMP :
		type == TEXTOID ? VALUE_TEXT : VALUE_OTHER;
}

bool
value_kind_is_scale(ValueKind kind)
{
	return kind == VALUE_FLOAT || kind == VALUE_TIMESTAMP;
}

void
fault_add(Faults *faults, int sqlerrcode, const char *path, const char *hint,
		  const char *problem,...)
{
	va_list		args;
	Fault	   *fault = palloc0(sizeof(Fault));
	char		text[1000];

	va_start(args, problem);
	vsnprintf(text, sizeof(text), problem, args);
	va_end(args);
	fault->path = pstrdup(path);
	last_problem = fault->problem = pstrdup(text);
	faults->list = lappend(faults->list, fault);
}

char *
catalog_type_name(Oid type)
{
	return psprintf("type%u", type);
}

void
getTypeOutputInfo(Oid type, Oid *function, bool *is_varlena)
{
	*function = InvalidOid;
	*is_varlena = true;
}

void
fmgr_info(Oid function, FmgrInfo *info)
{
}

char *
OutputFunctionCall(FmgrInfo *info, Datum value)
{
	return pstrdup(value == (Datum) 0 ? "!" : DatumGetCString(value));
}

AttrNumber
get_attnum(Oid relation, const char *name)
{
	for (int i = NFIELDS; i < WIDTH; i++)
		if (strcmp(fields[i].name, name) == 0)
			return i - NFIELDS + 1;
	return InvalidAttrNumber;
}

Oid
get_atttype(Oid relation, AttrNumber attnum)
{
	return fields[NFIELDS + attnum - 1].base_type;
}

Oid
getBaseType(Oid type)
{
	return type;
}

int
schema_context(Schema *s, int number, AttrNumber attnum)
{
	return number == 0 ? NFIELDS + attnum - 1 : -1;
}

char *
get_rel_name(Oid relation)
{
	return pstrdup("parent");
}

Oid
FindDefaultConversionProc(int32 from, int32 to)
{
	return InvalidOid;
}

int
pg_do_encoding_conversion_buf(Oid proc, int from, int to, unsigned char *src, int srclen,
							  unsigned char *dest, int destlen, bool noError)
{
	return -1;
}

bool
pg_verify_mbstr(int encoding, const char *text, int length, bool noError)
{
	return pg_encoding_verifymbstr(encoding, text, length) == length;
}

#define BITMAP_WORDS	(16384 / BITS_PER_BITMAPWORD)

bool
bms_is_member(int x, const Bitmapset *set)
{
	return set != NULL &&
		(set->words[x / BITS_PER_BITMAPWORD] >> (x % BITS_PER_BITMAPWORD) & 1) != 0;
}

Bitmapset *
bms_add_member(Bitmapset *set, int x)
{
	if (set == NULL)
	{
		set = palloc0(offsetof(Bitmapset, words) + sizeof(bitmapword) * BITMAP_WORDS);
		set->nwords = BITMAP_WORDS;
	}
	set->words[x / BITS_PER_BITMAPWORD] |= (bitmapword) 1 << (x % BITS_PER_BITMAPWORD);
	return set;
}

/* ---- making a Fit ---- */

void
fuzz_start(const char *folder)
{
	static const Oid types[WIDTH] = {
		FLOAT8OID, TEXTOID, TIMESTAMPOID, TEXTARRAYOID, FLOAT8OID, TEXTOID, TIMESTAMPOID, TEXTOID,
		FLOAT8OID, TEXTOID
	};
	static Field *pointers[WIDTH];
	static char names[WIDTH][16];

	for (int i = 0; i < WIDTH; i++)
	{
		snprintf(names[i], sizeof(names[i]), "f\303\244%d", i);
		fields[i].name = names[i];
		fields[i].base_type = types[i];
		fields[i].base_typmod = -1;
		fields[i].reference = i >= NFIELDS || i == reference_fields[0] ||
			i == reference_fields[1] ? 0 : -1;
		fields[i].items = types[i] == TEXTARRAYOID ? &fields[1] : NULL;
		pointers[i] = &fields[i];
	}
	schema.nfields = NFIELDS;
	schema.ncontexts = NCONTEXTS;
	schema.fields = pointers;
	reference.ncolumns = 2;
	reference.fields = reference_fields;
}

static double
random_double(void)
{
	uint64		bits = fuzz_random();
	double		number;

	switch (fuzz_below(4))
	{
		case 0:
			return (double) fuzz_below(100);
		case 1:
			return (double) fuzz_below(1000000) / 100;
		case 2:
			return -(double) fuzz_below(UINT64CONST(1) << 60);
		default:
			memcpy(&number, &bits, sizeof(number));
			return isfinite(number) && fabs(number) < 1e300 ? number : -0.0;
	}
}

static double
random_weight(void)
{
	return fuzz_below(2) ? 1 + fuzz_below(500) : rng_unit(fuzz_random()) + 1e-9;
}

static char *
random_text(void)
{
	static const char *const texts[] = {
		"", "a", "Zz y", "\303\244\303\226", "\344\270\200", "long long long long text", "{1,2}"
	};

	return psprintf("%s%d", texts[fuzz_below(lengthof(texts))], (int) fuzz_below(100));
}

static void
make_ascending(double *numbers, int count, double least)
{
	double		first = random_double();

	numbers[0] = Max(first, least);
	for (int i = 1; i < count; i++)
		numbers[i] = numbers[i - 1] + (fuzz_below(3) ? random_weight() : 0);
}

/* Nodes in order: each has two children among those that have no parent yet. */
static void
make_tree(const Fit *fit, int number, int nbins, int most, FitTree *tree)
{
	int			inner = number > 0 ? (int) fuzz_below(6) : 0;
	int			next = 1;

	tree->nnodes = 2 * inner + 1;
	tree->nodes = palloc0(sizeof(FitNode) * tree->nnodes);
	tree->entries = palloc0(sizeof(FitEntry) * tree->nnodes * 10);
	for (int i = 0; i < tree->nnodes; i++)
	{
		FitNode    *node = &tree->nodes[i];

		node->axis = i < inner ? (int) fuzz_below(number) : -1;
		if (i < inner)
		{
			node->children[0] = next++;
			node->children[1] = next++;
			for (int bin = 0; bin < fit->axes[node->axis].nbins; bin++)
				node->left[bin / 64] |= fuzz_below(2) << (bin % 64);
			continue;
		}
		node->first = tree->nentries;
		node->nentries = 1 + fuzz_below(most);
		tree->nentries += node->nentries;
		for (int j = node->first; j < tree->nentries; j++)
		{
			tree->entries[j].bin = fuzz_below(nbins);
			tree->entries[j].weight = random_weight();
		}
	}
}

static void
make_knots(FitAxis *axis)
{
	axis->nbins = axis->has_null + 1 + fuzz_below(100);
	axis->knots = palloc(sizeof(double) * axis->nbins * 4);
	axis->starts = palloc0(sizeof(int) * (axis->nbins + 1));
	for (int bin = 0; bin < axis->nbins; bin++)
	{
		int			count = bin == 0 && axis->has_null ? 0 : 1 + fuzz_below(4);

		if (count > 0)
			make_ascending(axis->knots + axis->nknots, count, -1e300);
		axis->nknots += count;
		axis->starts[bin + 1] = axis->nknots;
	}
	axis->grain = fuzz_below(2) ? 0.01 : 0;
	axis->base_default = random_double();
}

static void
make_endings(FitAxis *axis)
{
	int			n = 1 + fuzz_below(12);

	axis->has_other = fuzz_below(2);
	axis->nbins = n + axis->has_other;
	axis->grain = fuzz_below(2) ? 1 : 100;
	axis->knots = palloc(sizeof(double) * n);
	axis->starts = palloc0(sizeof(int) * (axis->nbins + 1));
	for (int i = 0; i < n; i++)
		axis->knots[i] = axis->grain * i / n;
	for (int bin = 0; bin <= axis->nbins; bin++)
		axis->starts[bin] = Min(bin, n);
	axis->nknots = n;
}

static void
make_levels(const Fit *fit, int number, FitAxis *axis)
{
	int			room = 2 * FIT_MAX_BINS;

	axis->nbins = axis->has_null + 1 + fuzz_below(60);
	axis->levels = palloc0(sizeof(Datum) * room);
	axis->level_bins = palloc0(sizeof(int) * room);
	axis->level_weights = palloc0(sizeof(double) * room);
	for (int bin = axis->has_null; bin < axis->nbins; bin++)
	{
		for (int count = 1 + fuzz_below(2); count > 0; count--)
		{
			axis->levels[axis->nlevels] = CStringGetDatum(random_text());
			axis->level_bins[axis->nlevels] = bin;
			axis->level_weights[axis->nlevels++] = random_weight();
		}
	}
	for (int i = 0; i < number; i++)
	{
		if (fit->axes[i].kind == FIT_LEVELS && fuzz_below(2))
			axis->determinant = i;
	}
	if (axis->determinant < 0)
	{
		axis->has_other = fuzz_below(2);
		axis->nbins += axis->has_other;
		if (axis->has_other && fuzz_below(2))
		{
			axis->pattern = random_text();
			axis->other_pattern = random_text();
		}
		return;
	}
	axis->decided = palloc(sizeof(int) * (fit->axes[axis->determinant].nlevels + 1));
	for (int i = 0; i <= fit->axes[axis->determinant].nlevels; i++)
		axis->decided[i] = (int) fuzz_below(axis->nlevels + axis->has_null) - axis->has_null;
}

static void
make_axis(Fit *fit, FitAxisKind kind, int field)
{
	int			number = fit->naxes++;
	FitAxis    *axis = &fit->axes[number];

	axis->kind = kind;
	axis->field = field;
	axis->base = axis->determinant = -1;
	axis->has_null = !fit_axis_is_part(kind) && fuzz_below(2);
	axis->nbins = kind == FIT_WEEKDAY ? 7 : kind == FIT_HOUR ? 24 : 1 + axis->has_null;
	if (kind == FIT_ENDING)
		make_endings(axis);
	else if (fit_axis_has_knots(kind))
		make_knots(axis);
	if (kind == FIT_LEVELS)
		make_levels(fit, number, axis);
	if (kind == FIT_SCALE && field == 4)
		axis->base = 0;
	if (kind == FIT_SCALE && field == 6)
		axis->base = 2;
	axis->marginal = palloc(sizeof(double) * axis->nbins);
	for (int i = 0; i < axis->nbins; i++)
		axis->marginal[i] = random_weight();
	if (axis->determinant < 0)
		make_tree(fit, number, axis->nbins, 10, &axis->tree);
}

static void
make_axes(Fit *fit)
{
	fit->axes = palloc0(sizeof(FitAxis) * 3 * WIDTH);
	for (int i = NFIELDS; i < WIDTH; i++)
		if (fuzz_below(2))
			make_axis(fit, fields[i].base_type == TEXTOID ? FIT_LEVELS : FIT_SCALE, i);
	for (int i = 0; i < NFIELDS; i++)
	{
		Oid			type = fields[i].base_type;

		if (fuzz_below(4) == 0)
			continue;
		make_axis(fit, type == TEXTARRAYOID ? FIT_LENGTH : type == TEXTOID ?
				  (fuzz_below(3) ? FIT_LEVELS : FIT_PRESENCE) : FIT_SCALE, i);
		if (type == TIMESTAMPOID && fuzz_below(2))
			make_axis(fit, FIT_WEEKDAY, i);
		if (type == TIMESTAMPOID && fuzz_below(2))
			make_axis(fit, FIT_HOUR, i);
		if (type == FLOAT8OID && fuzz_below(2))
			make_axis(fit, FIT_ENDING, i);
	}
}

static void
make_groups(const Fit *fit, FitFanout *fanout)
{
	int			n = 1 + fuzz_below(5);

	fanout->ngroups = n;
	fanout->rates = palloc(sizeof(double) * n);
	for (int g = 0; g < n; g++)
		fanout->rates[g] = random_weight();
	if (n > 1)
		make_tree(fit, fit->naxes, n, 1, &fanout->tree);
	if (fuzz_below(2))
		return;
	fanout->children = 1 + fuzz_below(1000);
	fanout->starts = palloc0(sizeof(int) * (n + 1));
	fanout->counts = palloc(sizeof(double) * n * 10);
	fanout->shares = palloc(sizeof(double) * n * 10);
	for (int g = 0; g < n; g++)
	{
		int			first = fanout->starts[g];
		int			count = 1 + fuzz_below(9);

		fanout->starts[g + 1] = first + count;
		for (int i = 0; i < count; i++)
		{
			fanout->counts[first + i] = 3 * i;
			fanout->shares[first + i] = 1.0 / count;
		}
	}
}

static void
make_fanout(Fit *fit)
{
	FitFanout  *fanout = palloc0(sizeof(FitFanout));

	fit->fanouts = fanout;
	fit->nfanouts = 1;
	fanout->nkeys = fuzz_below(10);
	fanout->keys = palloc(sizeof(Datum *) * 2);
	for (int i = 0; i < 2; i++)
	{
		fanout->keys[i] = palloc(sizeof(Datum) * (fanout->nkeys + 1));
		for (int j = 0; j < fanout->nkeys; j++)
			fanout->keys[i][j] = CStringGetDatum(random_text());
	}
	fanout->weights = palloc(sizeof(double) * (fanout->nkeys + 1));
	for (int j = 0; j < fanout->nkeys; j++)
		fanout->weights[j] = random_weight();
	fanout->nknots = fuzz_below(10);
	fanout->knots = palloc(sizeof(double) * 11);
	make_ascending(fanout->knots, Max(fanout->nknots, 1), 0);
	make_groups(fit, fanout);
}

static void
make_words(Fit *fit)
{
	FitWords   *words = palloc0(sizeof(FitWords));

	fit->words = words;
	fit->nwords = 1;
	words->field = 7;
	words->nwords = 2 + fuzz_below(20);
	words->words = palloc(sizeof(char *) * words->nwords);
	words->starts = palloc0(sizeof(int) * (words->nwords + 1));
	words->next = palloc(sizeof(int) * words->nwords * 3);
	words->weights = palloc(sizeof(double) * words->nwords * 3);
	for (int i = 0; i < words->nwords; i++)
	{
		int			at = words->starts[i];

		words->words[i] = i > 0 ? random_text() : "";
		words->starts[i + 1] = at + 1 + fuzz_below(3);
		for (; at < words->starts[i + 1]; at++)
		{
			words->next[at] = i == 0 ? 1 + fuzz_below(words->nwords - 1) : fuzz_below(words->nwords);
			words->weights[at] = random_weight();
		}
	}
	words->min_words = fuzz_below(5);
	words->max_words = words->min_words + fuzz_below(100);
	words->nforbidden = fuzz_below(5);
	words->forbidden = palloc(sizeof(uint64) * 5);
	for (int i = 0; i < words->nforbidden; i++)
		words->forbidden[i] = (i > 0 ? words->forbidden[i - 1] : 0) + fuzz_below(UINT64CONST(1) << 60);
}

static void
make_fit(void)
{
	Fit		   *fit = palloc0(sizeof(Fit));

	schema.references = lappend(NIL, &reference);
	schema.fit = fit;
	fit->rows = fuzz_below(100000);
	make_axes(fit);
	if (fuzz_below(2))
		make_fanout(fit);
	if (fuzz_below(2))
		make_words(fit);
}

/* ---- what fit.h promises ---- */

#define promise(held, what) \
	do { \
		if (!(held)) \
			fuzz_finding(text, "%s", what); \
	} while (0)

static void
verify_tree(const Fit *fit, int number, int nbins, const FitTree *tree, const char *text)
{
	promise(tree->nnodes >= 1 && tree->nnodes <= FIT_MAX_NODES, "a tree's size");
	for (int i = 0; i < tree->nnodes; i++)
	{
		const FitNode *node = &tree->nodes[i];

		if (node->axis >= 0)
		{
			promise(node->axis < number, "a node's axis");
			for (int bin = fit->axes[node->axis].nbins; bin < FIT_MAX_BINS; bin++)
				promise((node->left[bin / 64] >> (bin % 64) & 1) == 0, "a node's bins");
			for (int j = 0; j < 2; j++)
				promise(node->children[j] > i && node->children[j] < tree->nnodes, "a child");
			continue;
		}
		promise(node->nentries >= 1 && node->first >= 0 &&
				node->first + node->nentries <= tree->nentries, "a leaf's entries");
		for (int j = node->first; j < node->first + node->nentries; j++)
			promise(tree->entries[j].bin >= 0 && tree->entries[j].bin < nbins &&
					tree->entries[j].weight > 0 && isfinite(tree->entries[j].weight), "an entry");
	}
}

static void
verify_knots(const FitAxis *axis, const char *text)
{
	promise(axis->nknots <= FIT_MAX_KNOTS && axis->starts[0] == 0 &&
			axis->starts[axis->nbins] == axis->nknots, "the number of knots");
	for (int bin = 0; bin < axis->nbins; bin++)
	{
		bool		none = (bin == 0 && axis->has_null) ||
			(bin == axis->nbins - 1 && axis->has_other);

		promise((axis->starts[bin] == axis->starts[bin + 1]) == none, "a bin's knots");
		for (int i = axis->starts[bin]; i < axis->starts[bin + 1]; i++)
			promise(isfinite(axis->knots[i]) ? i == axis->starts[bin] || axis->knots[i - 1] <= axis->knots[i] :
					(axis->field < 0 || axis->kind == FIT_SCALE) &&
					memcmp(&axis->knots[i], &axis->knots[axis->starts[bin]], sizeof(double)) == 0,
					"a knot");
	}
	promise(isfinite(axis->grain) && axis->grain >= 0 && isfinite(axis->base_default), "a grain");
	for (int i = 0; i < axis->nknots && axis->kind == FIT_ENDING; i++)
		promise(axis->knots[i] >= 0 && axis->knots[i] < axis->grain && axis->starts[i] == i,
				"an ending");
	promise(axis->base >= -1 && axis->base < WIDTH &&
			(axis->base < 0 || axis->base != axis->field), "a base");
}

static void
verify_levels(const Fit *fit, int number, const char *text)
{
	const FitAxis *axis = &fit->axes[number];

	promise(axis->nlevels <= FIT_MAX_LEVELS, "the number of levels");
	promise((axis->levels != NULL) == (axis->field >= 0), "levels without a field");
	for (int i = 0; i < axis->nlevels; i++)
	{
		promise(axis->level_bins[i] >= axis->has_null &&
				axis->level_bins[i] < axis->nbins - axis->has_other &&
				axis->level_weights[i] >= 0, "a level");
		if (axis->field >= 0)
			promise(axis->levels[i] != (Datum) 0 &&
					strlen(DatumGetCString(axis->levels[i])) < 1000000, "a level's value");
	}
	promise(axis->determinant < number, "a determinant");
	promise(axis->field < 0 || (axis->pattern == NULL) == (axis->other_pattern == NULL), "a pattern");
	promise(!axis->has_other || (axis->nlevels > 0 && axis->determinant < 0), "other values");
	if (axis->determinant < 0)
		return;
	promise(fit->axes[axis->determinant].kind == FIT_LEVELS, "a determinant's kind");
	for (int i = 0; i <= fit->axes[axis->determinant].nlevels; i++)
		promise(axis->decided[i] >= -axis->has_null && axis->decided[i] < axis->nlevels,
				"a level that is decided");
}

static void
verify_axes(const Fit *fit, const char *text)
{
	Bitmapset  *scales = NULL;
	int			bases[WIDTH];

	memset(bases, -1, sizeof(bases));
	for (int i = 0; i < fit->naxes; i++)
	{
		const FitAxis *axis = &fit->axes[i];

		promise(axis->field >= -1 && axis->field < WIDTH, "a field");
		promise(axis->field < NFIELDS || axis->kind == FIT_LEVELS ||
				axis->kind == FIT_PRESENCE || (axis->kind == FIT_SCALE && axis->base < 0),
				"an axis of another row");
		promise(axis->nbins >= 1 && axis->nbins <= FIT_MAX_BINS, "the number of bins");
		for (int bin = 0; bin < axis->nbins; bin++)
			promise(axis->marginal[bin] >= 0, "a share");
		promise(!axis->has_other || axis->kind == FIT_LEVELS || axis->kind == FIT_ENDING,
				"other values of a kind that has none");
		if (fit_axis_has_knots(axis->kind))
			verify_knots(axis, text);
		else if (axis->kind == FIT_LEVELS)
			verify_levels(fit, i, text);
		if (axis->kind != FIT_LEVELS || axis->determinant < 0)
			verify_tree(fit, i, axis->nbins, &axis->tree, text);
		if (axis->field < 0)
			continue;
		if (axis->kind == FIT_SCALE)
		{
			promise(!bms_is_member(axis->field, scales), "two axes of a field");
			scales = bms_add_member(scales, axis->field);
			bases[axis->field] = axis->base;
		}
		if (fit_axis_is_part(axis->kind))
			promise(bms_is_member(axis->field, scales), "an axis before its own");
	}
	for (int i = 0; i < WIDTH; i++)
	{
		int			steps = 0;

		for (int at = bases[i]; at >= 0; at = bases[at])
			promise(++steps <= WIDTH, "bases that go round");
	}
}

static void
verify_groups(const Fit *fit, const FitFanout *fanout, const char *text)
{
	promise(fanout->ngroups >= 1 && (fanout->ngroups == 1 || fanout->tree.nnodes > 0), "groups");
	for (int g = 0; g < fanout->ngroups; g++)
		promise(fanout->rates[g] >= 0 && isfinite(fanout->rates[g]), "a rate");
	if (fanout->tree.nnodes > 0)
		verify_tree(fit, fit->naxes, fanout->ngroups, &fanout->tree, text);
	for (int i = 0; i < fanout->tree.nnodes; i++)
		promise(fanout->tree.nodes[i].axis >= 0 || fanout->tree.nodes[i].nentries == 1,
				"a leaf's group");
	for (int g = 0; fanout->starts != NULL && g < fanout->ngroups; g++)
	{
		promise(fanout->starts[g] < fanout->starts[g + 1], "a group's counts");
		for (int i = fanout->starts[g]; i < fanout->starts[g + 1]; i++)
			promise(fanout->counts[i] >= 0 && fanout->shares[i] >= 0 &&
					(i == fanout->starts[g] || fanout->counts[i - 1] <= fanout->counts[i]),
					"a count");
	}
}

static void
verify_rest(const Fit *fit, const char *text)
{
	for (int i = 0; i < fit->nfanouts; i++)
	{
		const FitFanout *fanout = &fit->fanouts[i];

		promise(fanout->reference == 0, "a reference");
		for (int j = 0; j < fanout->nkeys; j++)
			promise(fanout->weights[j] >= 0 && fanout->keys[0][j] != (Datum) 0 &&
					fanout->keys[1][j] != (Datum) 0, "a key");
		for (int j = 0; j < fanout->nknots; j++)
			promise(fanout->knots[j] >= 0 && isfinite(fanout->knots[j]), "a number of children");
		verify_groups(fit, fanout, text);
	}
	for (int i = 0; i < fit->nwords; i++)
	{
		const FitWords *words = &fit->words[i];

		promise(words->field >= 0 && words->field < NFIELDS, "a text's field");
		promise(words->nwords > 0 && words->words[0][0] == '\0', "a text's words");
		promise(words->min_words >= 0 && words->min_words <= words->max_words, "a text's length");
		for (int j = 0; j < words->nwords; j++)
		{
			promise(words->words[j] != NULL && words->starts[j] < words->starts[j + 1], "a word");
			for (int k = words->starts[j]; k < words->starts[j + 1]; k++)
				promise(words->next[k] >= 0 && words->next[k] < words->nwords &&
						words->weights[k] > 0, "what follows a word");
		}
	}
}

/* ---- reading ---- */

/* Reads it, judges what was read, and reads what is written of that. */
static Fit *
read_and_verify(const char *text)
{
	Faults		faults = {.collect = true};
	size_t		before = shim_allocated();
	Fit		   *fit = fit_from_text(&schema, text, &faults);
	size_t		taken = shim_allocated() - before;

	promise((fit == NULL) == (list_length(faults.list) == 1), "neither a Fit nor a fault");
	if (taken > MEMORY_FACTOR * strlen(text) + MEMORY_BASE)
		fuzz_finding(text, "%zu bytes for a text of %zu", taken, strlen(text));
	if (fit == NULL)
		return NULL;
	verify_axes(fit, text);
	verify_rest(fit, text);
	return fit;
}

static void
set_checksum(char *bytes, int length)
{
	uint64		sum;

	if (length < FIT_CHECKSUM_SIZE)
		return;
	sum = rng_hash(bytes, length - FIT_CHECKSUM_SIZE);
	for (int i = 0; i < 8; i++)
		bytes[length - 8 + i] = (char) (sum >> (8 * i));
}

static void
damage(StringInfo blob)
{
	static const unsigned char favourites[] = {0, 1, 2, 0x7F, 0x80, 0xFF, 15, '!'};
	int			at = fuzz_below(blob->len);
	int			size = 1 + fuzz_below(12);

	size = Min(size, blob->len - at);
	switch (fuzz_below(6))
	{
		case 0:
			blob->data[at] = fuzz_random();
			break;
		case 1:
			blob->data[at] = favourites[fuzz_below(lengthof(favourites))];
			break;
		case 2:
			blob->data[at] ^= 1 << fuzz_below(8);
			break;
		case 3:					/* less */
			if (blob->len - size < 16)
				break;
			memmove(blob->data + at, blob->data + at + size, blob->len - at - size);
			blob->len -= size;
			break;
		case 4:					/* more, from elsewhere */
			enlargeStringInfo(blob, size);
			memmove(blob->data + at + size, blob->data + at, blob->len - at);
			blob->len += size;
			memmove(blob->data + at, blob->data + fuzz_below(blob->len - size + 1), size);
			break;
		default:				/* a long number */
			memset(blob->data + at, 0xFF, size);
			blob->data[at + size - 1] = fuzz_below(128);
	}
}

static char *
encode(const char *bytes, int length)
{
	int			room = pg_b64_enc_len(length);
	char	   *text = palloc(room + 1);

	text[pg_b64_encode((void *) bytes, length, text, room)] = '\0';
	return text;
}

/* Some damages of one blob, under good checksums and bad ones. */
static void
damage_and_read(const char *text)
{
	int			room = pg_b64_dec_len(strlen(text));
	char	   *bytes = palloc(room);
	int			length = pg_b64_decode(text, strlen(text), (void *) bytes, room);

	for (int i = 0; i < 30; i++)
	{
		StringInfoData blob;
		char	   *damaged;

		initStringInfo(&blob);
		appendBinaryStringInfo(&blob, bytes, length);
		for (int n = 1 + fuzz_below(4); n > 0; n--)
			damage(&blob);
		if (fuzz_below(50))
			set_checksum(blob.data, blob.len);
		damaged = encode(blob.data, blob.len);
		if (fuzz_below(50) == 0)
			damaged[fuzz_below(strlen(damaged))] = 1 + fuzz_below(255);
		(void) read_and_verify(damaged);
		pfree(damaged);
		pfree(blob.data);
	}
}

/* Case and space count for nothing, and no bytes do harm. */
static void
hash_texts(void)
{
	char		bytes[40];
	int			length = fuzz_below(sizeof(bytes) + 1);
	char	   *text;

	for (int i = 0; i < length; i++)
		bytes[i] = fuzz_random();
	text = pnstrdup(bytes, length);
	(void) fit_text_hash(text, strlen(text));
	if (fit_text_hash("\303\204 b\tC", 6) != fit_text_hash("\303\244Bc", 4))
		fuzz_finding("", "a hash depends on case or space");
}

void
fuzz_round(void)
{
	char	   *text;
	Fit		   *fit;

	make_fit();
	text = fit_to_text(&schema);
	fit = read_and_verify(text);
	if (fit == NULL)
		fuzz_finding(text, "what was written cannot be read: %s", last_problem);
	schema.fit = fit;
	promise(strcmp(fit_to_text(&schema), text) == 0, "what was read is not what was written");
	damage_and_read(text);
	hash_texts();
}
