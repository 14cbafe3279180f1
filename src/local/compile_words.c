/*-------------------------------------------------------------------------
 *
 * compile_words.c
 *		Running text by a chain of learned words.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "compat.h"

#include "catalog/pg_type_d.h"
#include "local/compile.h"
#include "mb/pg_wchar.h"

#define MOST_BYTES	(256 * 1024)	/* of one text */

void
compile_words(Compiler *c, int op, const Field *field, const FitWords *learned)
{
	PlanWords	words = {0};
	int			n = learned->nwords;
	int			nnext = learned->starts[n];
	uint32	   *starts = palloc(sizeof(uint32) * (n + 1));
	uint32	   *next = palloc(sizeof(uint32) * Max(nnext, 1));
	PlanAlias  *alias;
	uint32		longest = 0;

	for (int w = 0; w < n; w++)
		longest = Max(longest, strlen(learned->words[w]));
	for (int w = 0; w <= n; w++)
		starts[w] = learned->starts[w];
	for (int i = 0; i < nnext; i++)
		next[i] = learned->next[i];
	words.n = n;
	words.words = compile_strings(c, (const char **) learned->words, n);
	words.starts = builder_add(&c->builder, starts, sizeof(uint32) * (n + 1));
	words.next = builder_add(&c->builder, next, sizeof(uint32) * Max(nnext, 1));
	words.alias = builder_reserve(&c->builder, sizeof(PlanAlias) * Max(nnext, 1));
	alias = builder_at(&c->builder, words.alias);
	for (int w = 0; w < n; w++)
		if (starts[w + 1] > starts[w])
			fill_alias(alias + starts[w], learned->weights + starts[w], starts[w + 1] - starts[w]);
	words.min_words = Max(learned->min_words, 1);
	words.max_words = Max(learned->max_words, words.min_words);
	words.min_length = Max(field->min_length, 0);
	words.max_length = text_max_length(field);
	if (field->base_type == BPCHAROID && field->base_typmod >= (int32) VARHDRSZ)
		words.pad_to = field->base_typmod - VARHDRSZ;
	words.max_bytes = Min(MOST_BYTES, Max((uint64) words.max_words * (longest + 1),
										  (uint64) words.min_length + longest + 1)) + longest + 1 +
		words.pad_to * pg_database_encoding_max_length();
	words.nforbidden = learned->nforbidden;
	words.forbidden = builder_add(&c->builder, learned->forbidden,
								  sizeof(uint64) * Max(learned->nforbidden, 1));
	c->ops[op].kind = OP_WORDS;
	c->ops[op].detail = builder_add(&c->builder, &words, sizeof(words));
}
