/*-------------------------------------------------------------------------
 *
 * fit_parse.c
 *		From a blob's bytes to what they say, with every index and bound
 *		checked.  fit_blob.h has the format.
 *
 * A blob may come from anybody.  A count is believed only if the bytes that
 * are left can hold as many items, before anything is allocated for them.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "miscadmin.h"
#include "schema/fit_parser.h"
#include "util/rng.h"

/* The fewest bytes that an item takes. */
#define FIELD_BYTES		3
#define FANOUT_BYTES	9
#define WORDS_BYTES		10
#define WORD_BYTES		3

/* ---- fields ---- */

static void
parse_fields(FitParser *parser)
{
	FitBlob    *blob = parser->blob;

	blob->nfields = fit_read_count(parser, FIELD_BYTES, SCHEMA_MAX_FIELDS);
	blob->names = palloc0(sizeof(char *) * (blob->nfields + 1));
	blob->types = palloc0(sizeof(char *) * (blob->nfields + 1));
	blob->keys = palloc0(sizeof(int) * (blob->nfields + 1));
	for (int i = 0; fit_good(parser) && i < blob->nfields; i++)
	{
		blob->names[i] = fit_read_text(parser);
		blob->types[i] = fit_read_text(parser);
		blob->keys[i] = fit_read_index(parser, blob->nfields, "a key's field is out of range");
	}
	for (int i = 0; fit_good(parser) && i < blob->nfields; i++)
		(void) fit_check(parser, blob->keys[i] < 0 || blob->keys[blob->keys[i]] < 0,
						 "a key is no field of the row");
}

/* ---- fan-outs ---- */

static void
parse_parent(FitParser *parser, FitParent *parent)
{
	parent->relation = fit_read_text(parser);
	parent->ncolumns = fit_read_count(parser, 1, INDEX_MAX_KEYS);
	(void) fit_check(parser, parent->ncolumns > 0, "a reference has no columns");
	parent->fields = palloc0(sizeof(int) * Max(parent->ncolumns, 1));
	for (int i = 0; fit_good(parser) && i < parent->ncolumns; i++)
		parent->fields[i] = fit_read_below(parser, parser->blob->nfields - 1,
										   "a reference's field is out of range");
}

static void
parse_keys(FitParser *parser, int ncolumns, FitFanout *fanout)
{
	double		sum = 0;

	fanout->nkeys = fit_read_count(parser, ncolumns + 1, PG_INT32_MAX);
	fanout->keys = palloc0(sizeof(Datum *) * Max(ncolumns, 1));
	for (int i = 0; fit_good(parser) && i < ncolumns; i++)
	{
		fanout->keys[i] = palloc0(sizeof(Datum) * (fanout->nkeys + 1));
		for (int j = 0; fit_good(parser) && j < fanout->nkeys; j++)
			fanout->keys[i][j] = CStringGetDatum(fit_read_text(parser));
	}
	fanout->weights = fit_read_doubles(parser, fanout->nkeys);
	for (int i = 0; fit_good(parser) && i < fanout->nkeys; i++)
	{
		(void) fit_check(parser, fanout->weights[i] >= 0, "a weight is below 0");
		sum += fanout->weights[i];
	}
	(void) fit_check(parser, isfinite(sum), "weights are too great");
}

/* How many keys of a group have how many children. */
static void
parse_counts(FitParser *parser, FitFanout *fanout)
{
	int			room = 0;

	fanout->children = fit_read_double(parser);
	(void) fit_check(parser, fanout->children >= 0, "a number of children is below 0");
	if (!(fanout->children > 0) || !fit_good(parser))
		return;
	fanout->starts = palloc0(sizeof(int) * (fanout->ngroups + 1));
	for (int g = 0; fit_good(parser) && g < fanout->ngroups; g++)
	{
		int			first = fanout->starts[g];
		int			count = fit_read_count(parser, 2, PG_INT32_MAX / 16 - first);
		double	   *counts = fit_read_doubles(parser, count);
		double	   *shares = fit_read_doubles(parser, count);

		(void) fit_check(parser, count > 0, "a group has no numbers of children");
		if (!fit_good(parser))
			break;
		fit_check_ascending(parser, counts, count);
		(void) fit_check(parser, counts[0] >= 0, "a number of children is below 0");
		for (int i = 0; i < count; i++)
			(void) fit_check(parser, shares[i] >= 0 && shares[i] <= 1.0 + 1e-6,
							 "a share is out of range");
		if (first + count > room)
		{
			room = Max(first + count, 2 * room);
			fanout->counts = fanout->counts ? repalloc(fanout->counts, sizeof(double) * room) :
				palloc(sizeof(double) * room);
			fanout->shares = fanout->shares ? repalloc(fanout->shares, sizeof(double) * room) :
				palloc(sizeof(double) * room);
		}
		memcpy(fanout->counts + first, counts, sizeof(double) * count);
		memcpy(fanout->shares + first, shares, sizeof(double) * count);
		pfree(counts);
		pfree(shares);
		fanout->starts[g + 1] = first + count;
	}
}

/* A leaf has one bin alone, its group. */
static void
parse_groups(FitParser *parser, FitFanout *fanout)
{
	double		sum = 0;

	fanout->ngroups = fit_read_count(parser, 1, FIT_MAX_NODES);
	(void) fit_check(parser, fanout->ngroups > 0, "there are no groups of keys");
	fanout->rates = fit_read_doubles(parser, fanout->ngroups);
	for (int i = 0; fit_good(parser) && i < fanout->ngroups; i++)
	{
		(void) fit_check(parser, fanout->rates[i] >= 0, "a rate is below 0");
		sum += fanout->rates[i];
	}
	(void) fit_check(parser, isfinite(sum), "rates are too great");
	if (fit_good(parser) && fanout->ngroups > 1)
	{
		fit_parse_tree(parser, parser->blob->fit->naxes, fanout->ngroups, &fanout->tree);
		for (int i = 0; fit_good(parser) && i < fanout->tree.nnodes; i++)
			(void) fit_check(parser, fanout->tree.nodes[i].axis >= 0 ||
							 fanout->tree.nodes[i].nentries == 1,
							 "a leaf has several groups");
	}
	if (fit_good(parser))
		parse_counts(parser, fanout);
}

static void
parse_fanout(FitParser *parser, FitFanout *fanout, FitParent *parent)
{
	double		sum = 0;

	fanout->reference = -1;
	parse_parent(parser, parent);
	if (!fit_good(parser))
		return;
	parse_keys(parser, parent->ncolumns, fanout);
	fanout->nknots = fit_read_count(parser, 1, FIT_MAX_KNOTS);
	fanout->knots = fit_read_doubles(parser, fanout->nknots);
	fit_check_ascending(parser, fanout->knots, fanout->nknots);
	for (int i = 0; fit_good(parser) && i < fanout->nknots; i++)
	{
		(void) fit_check(parser, fanout->knots[i] >= 0, "a number of children is below 0");
		sum += fanout->knots[i];
	}
	(void) fit_check(parser, isfinite(sum), "numbers of children are too great");
	if (fit_good(parser))
		parse_groups(parser, fanout);
}

static void
parse_fanouts(FitParser *parser)
{
	Fit		   *fit = parser->blob->fit;
	int			count = fit_read_count(parser, FANOUT_BYTES, SCHEMA_MAX_FIELDS);

	if (count > 0)
		(void) fit_check(parser, parser->blob->nfields > 0, "a reference has no fields");
	fit->fanouts = palloc0(sizeof(FitFanout) * Max(count, 1));
	parser->blob->parents = palloc0(sizeof(FitParent) * Max(count, 1));
	for (int i = 0; fit_good(parser) && i < count; i++)
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
	int			count = fit_read_count(parser, 2, PG_INT32_MAX - first);
	double		sum = 0;

	(void) fit_check(parser, count > 0, "nothing follows a word");
	if (fit_good(parser) && first + count > *room)
	{
		*room = Max(first + count, *room + *room / 2);
		words->next = repalloc(words->next, sizeof(int) * *room);
		words->weights = repalloc(words->weights, sizeof(double) * *room);
	}
	for (int j = first; fit_good(parser) && j < first + count; j++)
	{
		words->next[j] = fit_read_below(parser, words->nwords - 1, "a word is out of range");
		words->weights[j] = fit_read_weight(parser);
		sum += words->weights[j];
	}
	(void) fit_check(parser, isfinite(sum), "weights are too great");
	words->starts[i + 1] = first + count;
}

static void
parse_forbidden(FitParser *parser, FitWords *words)
{
	words->nforbidden = fit_read_count(parser, 8, PG_INT32_MAX);
	words->forbidden = palloc(sizeof(uint64) * Max(words->nforbidden, 1));
	for (int i = 0; fit_good(parser) && i < words->nforbidden; i++)
	{
		words->forbidden[i] = fit_read_word(parser);
		(void) fit_check(parser, i == 0 || words->forbidden[i - 1] <= words->forbidden[i],
						 "hashes do not ascend");
	}
}

static void
parse_words(FitParser *parser, FitWords *words)
{
	int			room = 16;

	words->field = fit_read_index(parser, parser->blob->nfields, "a text's field is out of range");
	words->nwords = fit_read_count(parser, WORD_BYTES, PG_INT32_MAX);
	if (!fit_check(parser, words->nwords > 0, "a text has no words"))
		return;
	words->words = palloc0(sizeof(char *) * words->nwords);
	words->starts = palloc0(sizeof(int) * (words->nwords + 1));
	words->next = palloc(sizeof(int) * room);
	words->weights = palloc(sizeof(double) * room);
	for (int i = 0; fit_good(parser) && i < words->nwords; i++)
	{
		CHECK_FOR_INTERRUPTS();
		words->words[i] = fit_read_text(parser);
		(void) fit_check(parser, i > 0 || (words->words[0] != NULL && words->words[0][0] == '\0'),
						 "the first word is not empty");
		parse_next(parser, words, i, &room);
	}
	words->min_words = fit_read_below(parser, PG_INT32_MAX, "a text is too long");
	words->max_words = fit_read_below(parser, PG_INT32_MAX, "a text is too long");
	(void) fit_check(parser, words->min_words <= words->max_words,
					 "a text's lengths are exchanged");
	parse_forbidden(parser, words);
}

static void
parse_models(FitParser *parser)
{
	Fit		   *fit = parser->blob->fit;
	int			count = fit_read_count(parser, WORDS_BYTES, SCHEMA_MAX_FIELDS);

	fit->words = palloc0(sizeof(FitWords) * Max(count, 1));
	for (int i = 0; fit_good(parser) && i < count; i++)
	{
		parse_words(parser, &fit->words[i]);
		fit->nwords++;
		for (int j = 0; j < i; j++)
			(void) fit_check(parser, fit->words[i].field < 0 ||
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

	count = fit_read_count(parser, 1, SCHEMA_MAX_FIELDS);
	rows->fields = palloc(sizeof(int) * Max(count, 1));
	if (count > 0)
		(void) fit_check(parser, parser->blob->nfields > 0, "rows have no fields");
	for (; fit_good(parser) && rows->nfields < count; rows->nfields++)
		rows->fields[rows->nfields] = fit_read_below(parser, parser->blob->nfields - 1,
													 "a row's field is out of range");
	rows->strict = fit_read_below(parser, 1, "a flag is neither 0 nor 1") == 1;
	count = fit_read_count(parser, 1, FIT_MAX_ROWS);
	rows->hashes = palloc(sizeof(uint32) * Max(count, 1));
	for (; fit_good(parser) && rows->nhashes < count; rows->nhashes++)
	{
		uint64		step = fit_read_number(parser);

		(void) fit_check(parser, (step > 0 || rows->nhashes == 0) && step <= PG_UINT32_MAX - hash,
						 "hashes of rows do not ascend");
		hash = fit_good(parser) ? hash + step : 0;
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
	if (!fit_check(parser, parser->end - parser->at >= FIT_MAGIC_SIZE + FIT_CHECKSUM_SIZE &&
				   memcmp(parser->at, FIT_MAGIC, FIT_MAGIC_SIZE) == 0,
				   "it does not begin as it has to"))
		return;
	parser->at += FIT_MAGIC_SIZE;
	version = fit_read_number(parser);
	*newer = fit_good(parser) && version > FIT_VERSION;
	(void) fit_check(parser, version == FIT_VERSION, "it is of another version");
}

/* The last bytes are a checksum of the others. */
static void
parse_checksum(FitParser *parser, const char *bytes)
{
	FitParser	last = {parser->end - FIT_CHECKSUM_SIZE, parser->end};

	if (!fit_good(parser))
		return;
	parser->end = last.at;
	(void) fit_check(parser, parser->at <= parser->end &&
					 fit_read_word(&last) == rng_hash(bytes, parser->end - bytes),
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
	parser.blob->encoding = fit_read_below(&parser, FIT_TEXT_BYTES,
										   "its texts have no known encoding");
	parser.blob->fit->rows = fit_read_double(&parser);
	(void) fit_check(&parser, parser.blob->fit->rows >= 0, "its number of rows is below 0");
	parse_fields(&parser);
	if (fit_good(&parser))
		fit_parse_axes(&parser);
	if (fit_good(&parser))
		parse_fanouts(&parser);
	if (fit_good(&parser))
		parse_models(&parser);
	if (fit_good(&parser))
		parse_rows(&parser);
	(void) fit_check(&parser, parser.at == parser.end, "something follows behind its end");
	*problem = parser.problem;
	return parser.problem == NULL ? parser.blob : NULL;
}
