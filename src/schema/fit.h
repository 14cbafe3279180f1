/*-------------------------------------------------------------------------
 *
 * fit.h
 *		What was learned from a table: the fitted part of a Schema.
 *
 * A Fit says how the values of a row depend on each other.  It is a list of
 * axes in the order in which they are drawn.  An axis is one aspect of a
 * field with at most FIT_MAX_BINS outcomes, its bins: which of the field's
 * values, whether it is NULL, how long an array is, which weekday.  Each axis
 * has a tree that asks for the bins of earlier axes, and whose leaves say how
 * often each bin is to come.  The axis then says what a bin means for the
 * field's value.
 *
 * The method is that of sequential trees (Reiter, Using CART to generate
 * partially synthetic public use microdata, Journal of Official Statistics
 * 21(3), 2005), grown on the distribution of the quantised target.
 *
 * fit/ makes a Fit from a sample, fit_blob.c writes and reads it as text
 * inside a document ("fit"), local/ compiles it into its plan.
 *
 * Numbers are on the scale of Distribution (schema.h).  Everything lies in
 * the memory context that was current when the Fit was made.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_FIT_H
#define SYNTHIK_FIT_H

#include <math.h>

#include "schema/schema.h"
#include "util/rng.h"

#define FIT_VERSION		2
#define FIT_MAX_BINS	128		/* of an axis, NULL's included */
#define FIT_MAX_AXES	(3 * SCHEMA_MAX_FIELDS)
#define FIT_MAX_LEVELS	10000	/* values of an axis of FIT_LEVELS */
#define FIT_MAX_KNOTS	8192	/* of one axis */
#define FIT_MAX_NODES	65536	/* of one tree */
#define FIT_MAX_ROWS	200000	/* hashes of rows */
#define FIT_MAX_BYTES	(48 * 1024 * 1024)	/* in a document, before base64 */

typedef enum FitAxisKind
{
	FIT_SCALE,					/* the value: numbers and times, between knots */
	FIT_LEVELS,					/* the value: one of a list */
	FIT_PRESENCE,				/* whether it is NULL; the value itself is made
								 * as the field's keywords say */
	FIT_LENGTH,					/* how many elements an array has; knots as in
								 * FIT_SCALE.  The elements are made as the
								 * field's keywords say */
	FIT_WEEKDAY,				/* of a time, bins 0 (Sunday) to 6.  Comes after the
								 * FIT_SCALE axis of the field, which says about
								 * when; NULL has no bin here */
	FIT_HOUR,					/* of the day, bins 0 to 23, likewise */
	FIT_ENDING					/* of a number, likewise: what it is more than a
								 * multiple of the grain.  Each bin has a knot,
								 * from 0 to below the grain */
} FitAxisKind;

/* Does it come after the FIT_SCALE axis of its field? */
static inline bool
fit_axis_is_part(FitAxisKind kind)
{
	return kind == FIT_WEEKDAY || kind == FIT_HOUR || kind == FIT_ENDING;
}

/* A node asks whether the bin of an earlier axis is in left. */
typedef struct FitNode
{
	int			axis;			/* index into Fit.axes, lower than the tree's own;
								 * -1: a leaf */
	uint64		left[FIT_MAX_BINS / 64];	/* bins that go to children[0] */
	int			children[2];	/* node indexes, higher than this one's */
	int			first;			/* a leaf's entries: FitTree.entries[first ..] */
	int			nentries;		/* at least one */
} FitNode;

typedef struct FitEntry
{
	int			bin;
	double		weight;			/* > 0; of a leaf need not add up to 1 */
} FitEntry;

typedef struct FitTree
{
	int			nnodes;			/* at least one; node 0 is the root */
	FitNode    *nodes;
	int			nentries;
	FitEntry   *entries;
} FitTree;

typedef struct FitAxis
{
	FitAxisKind kind;
	int			field;			/* index into Schema.fields */
	int			nbins;			/* 1 .. FIT_MAX_BINS */
	bool		has_null;		/* bin 0 is NULL.  FIT_PRESENCE: bin 1 is the rest */
	bool		has_other;		/* FIT_LEVELS: the last bin has no levels, but stands
								 * for all other values, which are made as the
								 * field's keywords say.  There are levels then,
								 * and no determinant.  FIT_ENDING: it has no
								 * knot, and leaves the value as it is */
	double	   *marginal;		/* [nbins] the share of each bin in the sample */

	/* FIT_SCALE, FIT_LENGTH: a value lies between knots of its bin, each gap as
	 * likely as the next; equal knots are a value of its own.  FIT_ENDING: see
	 * there. */
	int			nknots;
	double	   *knots;			/* ascending within a bin */
	int		   *starts;			/* [nbins + 1] into knots; NULL's bin has none */
	double		grain;			/* values are multiples of it, from 0; 0: any */
	int			base;			/* field that the value is counted from (value =
								 * that one's + what the knots say), or -1; both
								 * are of one type; NULL there: counted from
								 * base_default */
	double		base_default;

	/* FIT_LEVELS: Datums of the field's base type */
	int			nlevels;
	Datum	   *levels;			/* NULL where field is -1 */
	int		   *level_bins;		/* [nlevels]; several levels may share a bin */
	double	   *level_weights;	/* [nlevels], within the bin */
	char	   *pattern;		/* has_other: if the field's pattern still is this,
								 * other values are made by the next, which is
								 * narrower; both or neither may be NULL */
	char	   *other_pattern;
	int			determinant;	/* an earlier axis of FIT_LEVELS whose level decides
								 * this one's, or -1: then there is no tree */
	int		   *decided;		/* [determinant's nlevels + 1], the last for NULL:
								 * a level of this axis, or -1 for NULL.  What
								 * goes with other values of the determinant,
								 * the marginal says */

	FitTree		tree;			/* nnodes 0 with a determinant */
} FitAxis;

/*
 * How often keys of a parent are referred to.  A key that is listed has its
 * weight; the others share the rest in shares that follow the knots: the
 * quantiles, at even steps from 0 to 1, of how many children a key has.
 */
typedef struct FitFanout
{
	int			reference;		/* index into Schema.references */
	int			nkeys;
	Datum	  **keys;			/* [column of the reference][key], of the child
								 * fields' base types */
	double	   *weights;		/* [nkeys]: share of all children */
	int			nknots;			/* 0: all other keys alike */
	double	   *knots;			/* ascending, >= 0 */

	/*
	 * What the row that is referred to says of that.  Its group is told by a
	 * tree on axes of contexts of the reference, whose leaves have one bin each:
	 * the group.  Without a tree there is one group.  Groups have rates, the
	 * mean of all being 1, and where all rows were seen, what is better: how
	 * many of their keys have how many children.
	 */
	FitTree		tree;
	int			ngroups;		/* at least one */
	double	   *rates;			/* [ngroups] */
	double		children;		/* of the sample, where that is known; or 0 */
	int		   *starts;			/* [ngroups + 1] into counts and shares, then */
	double	   *counts;			/* ascending in a group */
	double	   *shares;			/* of the group's keys */
} FitFanout;

/*
 * A model of running text: which word follows a word.  Word 0 is the beginning
 * and the end of a text.  Words carry their punctuation.  A word can be there
 * several times: once for each place where something of its own follows it.
 */
#define FIT_SENTENCE_WORDS 4

/* A sentence ends with a word that ends so, or with the text. */
#define fit_ends_sentence(c) ((c) == '.' || (c) == '!' || (c) == '?')

typedef struct FitWords
{
	int			field;
	int			nwords;			/* word 0 included */
	char	  **words;			/* [nwords], in the database encoding; [0] is "" */
	int		   *starts;			/* [nwords + 1] into next */
	int		   *next;			/* words that may follow */
	double	   *weights;		/* beside next */
	int			min_words;		/* of a text */
	int			max_words;
	int			nforbidden;		/* hashes, ascending, of texts of the source and of
								 * their sentences of FIT_SENTENCE_WORDS words or
								 * more (see fit_text_hash): no text that is made
								 * may be or have one of them */
	uint64	   *forbidden;
} FitWords;

/*
 * The rows of the sample that no made row may be equal to in all these fields:
 * those whose combination of values is rare.  Of a row, each field has a mark,
 * and the sum of the marks is hashed; of the hash the upper half is kept, so
 * that it says little of the row: a row that is taken for one of these by
 * chance, one in thousands, is drawn again for nothing.
 */
typedef struct FitRows
{
	int			nfields;
	int		   *fields;			/* indexes into Schema.fields */
	int			nhashes;
	uint32	   *hashes;			/* ascending, each once */
	bool		strict;			/* it is an error if one has to be made */
} FitRows;

typedef struct Fit
{
	int			naxes;
	FitAxis    *axes;			/* in the order in which they are drawn */
	int			nfanouts;
	FitFanout  *fanouts;
	int			nwords;
	FitWords   *words;
	FitRows		known;
	double		rows;			/* of the sample */
} Fit;

/* ---- fit_write.c, fit_resolve.c, fit_text.c ---- */

/*
 * The Fit of a Schema as text (base64), for the document, and back.  Reading
 * checks every index and bound, and the fields' names and types, which the
 * text names; what is wrong is a fault at "fit".  A field that the Schema no
 * longer has, or has with another type, is left out of what is read: its
 * axes stay as context for others, with field -1.
 */
extern char *fit_to_text(const Schema *schema);
extern Fit *fit_from_text(const Schema *schema, const char *text, Faults *faults);

/* The same on every machine; text is hashed without regard to case and space. */
extern uint64 fit_text_hash(const char *text, int length);

/* ---- fit_bins.c: bins and groups of values of another row ---- */

typedef struct FitBins FitBins;

extern FitBins *fit_bins_open(const FitAxis *axis, Oid type);

/*
 * The bin of a value, and its level, or -1.  A value that nobody has seen is
 * taken for what is most frequent.
 */
extern int	fit_bin_of(const FitBins *bins, Datum value, bool isnull, int *level);

/* The group of a row whose bins of all axes are given. */
extern int	fit_group_of(const FitTree *tree, const uint8 *bins);

/* ---- fit_hash.c: the marks of FitRows ---- */

#define FIT_NULL_HASH	UINT64CONST(0x8F2C5D1E96A3B407)
#define FIT_NAN_HASH	UINT64CONST(0x3B9D07E4C8512FA6)

/* What tells the marks of one field from those of another; odd. */
extern uint64 fit_mark_salt(const Field *field);

/*
 * Of a value: its number on the scale of Distribution, or else its text: of
 * what is stored as text, rng_hash() of its bytes.
 */
extern uint64 fit_value_hash(Oid type, Datum value);

static inline uint64
fit_number_hash(double number)
{
	uint64		bits;

	if (isnan(number))
		return FIT_NAN_HASH;
	number += 0.0;				/* no zero below zero */
	memcpy(&bits, &number, sizeof(bits));
	return bits;
}

/* Multilinear: a sum of marks tells rows apart; small numbers have few bits, high up. */
static inline uint64
fit_mark(uint64 salt, uint64 hash)
{
	return (hash ^ (hash >> 32)) * salt;
}

/* Of the sum of a row's marks; what FitRows keeps are the upper 32 bits. */
static inline uint64
fit_row_hash(uint64 sum)
{
	return rng_mix(sum);
}

#endif							/* SYNTHIK_FIT_H */
