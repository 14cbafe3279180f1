/*-------------------------------------------------------------------------
 *
 * fit_write.c
 *		A Fit as text.  fit_blob.h has the format.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "common/base64.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "schema/document.h"
#include "schema/fit_blob.h"
#include "util/rng.h"
#include "utils/lsyscache.h"

typedef struct FitWriter
{
	StringInfoData out;
	const Schema *schema;
	int		   *numbers;		/* [schema->nfields] of a field in the blob, or -1 */
	int			nfields;
} FitWriter;

/* Exact in a double, as all powers of ten up to 10^22 are. */
const double fit_powers[FIT_MAX_DECIMALS + 1] = {
	1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14
};

/* ---- pieces ---- */

static void
write_number(FitWriter *writer, uint64 number)
{
	while (number >= 0x80)
	{
		appendStringInfoCharMacro(&writer->out, (char) (number | 0x80));
		number >>= 7;
	}
	appendStringInfoCharMacro(&writer->out, (char) number);
}

/* An index that may be -1. */
static void
write_index(FitWriter *writer, int index)
{
	write_number(writer, (uint64) (index + 1));
}

static void
write_word(FitWriter *writer, uint64 word)
{
	for (int i = 0; i < 8; i++)
		appendStringInfoCharMacro(&writer->out, (char) (word >> (8 * i)));
}

static uint64
double_bits(double number)
{
	uint64		bits;

	memcpy(&bits, &number, sizeof(bits));
	return bits;
}

static void
write_double(FitWriter *writer, double number)
{
	for (int k = 0; k <= FIT_MAX_DECIMALS; k++)
	{
		double		scaled = rint(number * fit_powers[k]);
		int64		n;

		if (!(fabs(scaled) < 9007199254740992.0))
			break;
		n = (int64) scaled;
		if (double_bits((double) n / fit_powers[k]) != double_bits(number))
			continue;
		write_number(writer, ((((uint64) n << 1) ^ (uint64) (n >> 63)) << 4) | k);
		return;
	}
	write_number(writer, FIT_DOUBLE_WHOLE);
	write_word(writer, double_bits(number));
}

static void
write_doubles(FitWriter *writer, const double *numbers, int count)
{
	for (int i = 0; i < count; i++)
		write_double(writer, numbers[i]);
}

/* A text in the database encoding, or NULL. */
static void
write_text(FitWriter *writer, char *text)
{
	if (text != NULL)
		text = fit_text_to_blob(text);
	if (text == NULL)
	{
		write_number(writer, 0);
		return;
	}
	write_number(writer, strlen(text) + 1);
	appendBinaryStringInfo(&writer->out, text, strlen(text) + 1);
}

/* Values of a type as text. */
static void
write_values(FitWriter *writer, Oid type, const Datum *values, int count)
{
	FmgrInfo	output;
	Oid			function;
	bool		is_varlena;

	getTypeOutputInfo(type, &function, &is_varlena);
	fmgr_info(function, &output);
	for (int i = 0; i < count; i++)
	{
		char	   *text = OutputFunctionCall(&output, values[i]);

		CHECK_FOR_INTERRUPTS();
		write_text(writer, text);
		pfree(text);
	}
}

/* ---- fields ---- */

static void
number_field(FitWriter *writer, int field)
{
	if (field >= 0 && writer->numbers[field] < 0)
		writer->numbers[field] = writer->nfields++;
}

static void
write_field(FitWriter *writer, int field)
{
	write_index(writer, field < 0 ? -1 : writer->numbers[field]);
}

static int
key_field(const Schema *schema, const Field *context)
{
	const Reference *reference = list_nth(schema->references, context->reference);

	return reference->fields[0];
}

/* The fields that the Fit speaks of, in the order in which it does. */
static void
number_fields(FitWriter *writer, const Fit *fit)
{
	const Schema *schema = writer->schema;

	writer->numbers = palloc(sizeof(int) * Max(schema_width(schema), 1));
	for (int i = 0; i < schema_width(schema); i++)
		writer->numbers[i] = -1;
	for (int i = 0; i < fit->naxes; i++)
	{
		number_field(writer, fit->axes[i].field);
		if (fit_axis_has_knots(fit->axes[i].kind))
			number_field(writer, fit->axes[i].base);
	}
	for (int i = 0; i < fit->nfanouts; i++)
	{
		const Reference *reference = list_nth(schema->references, fit->fanouts[i].reference);

		for (int j = 0; j < reference->ncolumns; j++)
			number_field(writer, reference->fields[j]);
	}
	for (int i = 0; i < fit->nwords; i++)
		number_field(writer, fit->words[i].field);
	for (int i = 0; i < fit->known.nfields; i++)
		number_field(writer, fit->known.fields[i]);
	/* a context is told by a field of its key */
	for (int i = schema->nfields; i < schema_width(schema); i++)
		if (writer->numbers[i] >= 0 && schema->fields[i]->reference >= 0)
			number_field(writer, key_field(schema, schema->fields[i]));
}

static void
write_fields(FitWriter *writer)
{
	const Schema *schema = writer->schema;
	int		   *order = palloc(sizeof(int) * Max(writer->nfields, 1));

	for (int i = 0; i < schema_width(schema); i++)
	{
		if (writer->numbers[i] >= 0)
			order[writer->numbers[i]] = i;
	}
	write_number(writer, writer->nfields);
	for (int i = 0; i < writer->nfields; i++)
	{
		const Field *field = schema->fields[order[i]];

		write_text(writer, field->name);
		write_text(writer, catalog_type_name(field->base_type));
		write_field(writer, order[i] >= schema->nfields && field->reference >= 0 ?
					key_field(schema, field) : -1);
	}
	pfree(order);
}

/* ---- axes ---- */

static void
write_bitmap(FitWriter *writer, const uint64 *bits, int nbins)
{
	for (int i = 0; i < nbins; i += 8)
		appendStringInfoCharMacro(&writer->out, (char) (bits[i / 64] >> (i % 64)));
}

static void
write_leaf(FitWriter *writer, const FitTree *tree, const FitNode *node)
{
	write_index(writer, -1);
	write_number(writer, node->nentries);
	for (int i = 0; i < node->nentries; i++)
	{
		const FitEntry *entry = &tree->entries[node->first + i];

		write_number(writer, entry->bin);
		write_double(writer, entry->weight);
	}
}

static void
write_tree(FitWriter *writer, const Fit *fit, const FitTree *tree)
{
	int			nentries = 0;

	for (int i = 0; i < tree->nnodes; i++)
	{
		if (tree->nodes[i].axis < 0)
			nentries += tree->nodes[i].nentries;
	}
	write_number(writer, tree->nnodes);
	write_number(writer, nentries);
	for (int i = 0; i < tree->nnodes; i++)
	{
		const FitNode *node = &tree->nodes[i];

		if (node->axis < 0)
		{
			write_leaf(writer, tree, node);
			continue;
		}
		write_index(writer, node->axis);
		write_bitmap(writer, node->left, fit->axes[node->axis].nbins);
		write_number(writer, node->children[0] - i);
		write_number(writer, node->children[1] - i);
	}
}

static void
write_knots(FitWriter *writer, const FitAxis *axis)
{
	for (int i = 0; i < axis->nbins; i++)
	{
		int			count = axis->starts[i + 1] - axis->starts[i];

		write_number(writer, count);
		write_doubles(writer, axis->knots + axis->starts[i], count);
	}
	write_double(writer, axis->grain);
	write_field(writer, axis->base);
	write_double(writer, axis->base_default);
}

static void
write_levels(FitWriter *writer, const Fit *fit, const FitAxis *axis)
{
	write_number(writer, axis->nlevels);
	if (axis->field >= 0)
		write_values(writer, writer->schema->fields[axis->field]->base_type, axis->levels,
					 axis->nlevels);
	else
	{
		for (int i = 0; i < axis->nlevels; i++)
			write_text(writer, NULL);
	}
	for (int i = 0; i < axis->nlevels; i++)
	{
		write_number(writer, axis->level_bins[i]);
		write_double(writer, axis->level_weights[i]);
	}
	if (axis->has_other)
	{
		write_text(writer, axis->pattern);
		write_text(writer, axis->other_pattern);
	}
	write_index(writer, axis->determinant);
	if (axis->determinant < 0)
		return;
	for (int i = 0; i <= fit->axes[axis->determinant].nlevels; i++)
		write_index(writer, axis->decided[i]);
}

static void
write_axis(FitWriter *writer, const Fit *fit, const FitAxis *axis)
{
	write_number(writer, axis->kind);
	write_field(writer, axis->field);
	write_number(writer, axis->nbins);
	write_number(writer, (axis->has_null ? FIT_FLAG_NULL : 0) |
				 (axis->has_other ? FIT_FLAG_OTHER : 0));
	write_doubles(writer, axis->marginal, axis->nbins);
	if (fit_axis_has_knots(axis->kind))
		write_knots(writer, axis);
	else if (axis->kind == FIT_LEVELS)
		write_levels(writer, fit, axis);
	if (axis->kind != FIT_LEVELS || axis->determinant < 0)
		write_tree(writer, fit, &axis->tree);
}

/* ---- fan-outs, words ---- */

static void
write_groups(FitWriter *writer, const FitFanout *fanout)
{
	write_number(writer, fanout->ngroups);
	write_doubles(writer, fanout->rates, fanout->ngroups);
	if (fanout->ngroups > 1)
		write_tree(writer, writer->schema->fit, &fanout->tree);
	write_double(writer, fanout->starts != NULL ? fanout->children : 0);
	for (int g = 0; fanout->starts != NULL && g < fanout->ngroups; g++)
	{
		int			first = fanout->starts[g];
		int			count = fanout->starts[g + 1] - first;

		write_number(writer, count);
		write_doubles(writer, fanout->counts + first, count);
		write_doubles(writer, fanout->shares + first, count);
	}
}

static void
write_fanout(FitWriter *writer, const FitFanout *fanout)
{
	const Schema *schema = writer->schema;
	const Reference *reference = list_nth(schema->references, fanout->reference);

	write_text(writer, get_rel_name(reference->relid));
	write_number(writer, reference->ncolumns);
	for (int i = 0; i < reference->ncolumns; i++)
		write_number(writer, writer->numbers[reference->fields[i]]);
	write_number(writer, fanout->nkeys);
	for (int i = 0; i < reference->ncolumns; i++)
		write_values(writer, schema->fields[reference->fields[i]]->base_type,
					 fanout->keys[i], fanout->nkeys);
	write_doubles(writer, fanout->weights, fanout->nkeys);
	write_number(writer, fanout->nknots);
	write_doubles(writer, fanout->knots, fanout->nknots);
	write_groups(writer, fanout);
}

static void
write_words(FitWriter *writer, const FitWords *words)
{
	write_field(writer, words->field);
	write_number(writer, words->nwords);
	for (int i = 0; i < words->nwords; i++)
	{
		int			count = words->starts[i + 1] - words->starts[i];

		CHECK_FOR_INTERRUPTS();
		write_text(writer, words->words[i]);
		write_number(writer, count);
		for (int j = words->starts[i]; j < words->starts[i + 1]; j++)
		{
			write_number(writer, words->next[j]);
			write_double(writer, words->weights[j]);
		}
	}
	write_number(writer, words->min_words);
	write_number(writer, words->max_words);
	write_number(writer, words->nforbidden);
	for (int i = 0; i < words->nforbidden; i++)
		write_word(writer, words->forbidden[i]);
}

static void
write_rows(FitWriter *writer, const FitRows *rows)
{
	uint32		last = 0;

	write_number(writer, rows->nfields);
	for (int i = 0; i < rows->nfields; i++)
		write_number(writer, writer->numbers[rows->fields[i]]);
	write_number(writer, rows->strict ? 1 : 0);
	write_number(writer, rows->nhashes);
	for (int i = 0; i < rows->nhashes; i++)
	{
		write_number(writer, rows->hashes[i] - last);
		last = rows->hashes[i];
	}
}

/* ---- the whole ---- */

static char *
encode(StringInfo blob)
{
	int			room;
	int			length;
	char	   *text;

	if (blob->len > FIT_MAX_BYTES)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("what was learned takes %d bytes, at most %d are possible in a document",
						blob->len, FIT_MAX_BYTES),
				 errhint("Learn from a smaller sample.")));
	room = pg_b64_enc_len(blob->len);
	text = palloc(room + 1);
	length = pg_b64_encode((void *) blob->data, blob->len, text, room);
	if (length < 0)
		elog(ERROR, "could not encode what was learned");
	text[length] = '\0';
	return text;
}

char *
fit_to_text(const Schema *schema)
{
	const Fit  *fit = schema->fit;
	FitWriter	writer = {.schema = schema};
	int			level = settings_fix();

	initStringInfo(&writer.out);
	number_fields(&writer, fit);
	appendBinaryStringInfo(&writer.out, FIT_MAGIC, FIT_MAGIC_SIZE);
	write_number(&writer, FIT_VERSION);
	write_number(&writer, fit_text_encoding());
	write_double(&writer, fit->rows);
	write_fields(&writer);

	write_number(&writer, fit->naxes);
	for (int i = 0; i < fit->naxes; i++)
	{
		CHECK_FOR_INTERRUPTS();
		write_axis(&writer, fit, &fit->axes[i]);
	}
	write_number(&writer, fit->nfanouts);
	for (int i = 0; i < fit->nfanouts; i++)
		write_fanout(&writer, &fit->fanouts[i]);
	write_number(&writer, fit->nwords);
	for (int i = 0; i < fit->nwords; i++)
		write_words(&writer, &fit->words[i]);
	write_rows(&writer, &fit->known);

	write_word(&writer, rng_hash(writer.out.data, writer.out.len));
	settings_restore(level);
	return encode(&writer.out);
}
