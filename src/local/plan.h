/*-------------------------------------------------------------------------
 *
 * plan.h
 *		The local source's compiled form of a Schema.
 *
 * A RowPlan is one flat piece of memory without pointers: everything inside is
 * named by its offset from the start.  It can be copied, sent to another
 * process, or stored; PLAN_VERSION changes whenever its layout or the
 * meaning of a draw does.
 *
 * A plan is a list of ops.  An op makes the values of one column, or of a
 * part of one (an array's element).  What an op makes for a row depends on
 * the plan, the RowKey and nothing else.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_PLAN_H
#define SYNTHIK_PLAN_H

#include "util/rng.h"

#define PLAN_MAGIC		0x53796e50	/* "SynP" */
#define PLAN_VERSION	9
#define PLAN_MAX_SIZE	(512 * 1024 * 1024)
#define PLAN_SLACK		16		/* readable bytes behind everything */
#define PLAN_MAX_DISTINCT	(UINT64CONST(1) << 62)

typedef uint32 PlanOffset;		/* from the start of the plan, 8-aligned; 0: none */

#define plan_at(plan, offset) ((void *) ((char *) (plan) + (offset)))

/* What a row's draws hang on. */
typedef struct RowKey
{
	uint64		base;			/* random: the seed, the row, the attempt */
	uint64		nulls;			/* the same for what is NULL, which a redraw
								 * leaves as it is for some attempts */
	uint64		unique;			/* which of the distinct values: the row's
								 * number from 0, or a number in reserve */
	uint64		own;			/* the row's number from 0, for what only counts
								 * rows, or NO_UNIQUE if that will not do */
	uint64		mirrored;		/* the row's number from 0: rng_mirror() */
	uint32		retry;			/* attempts; moves unique on by strides */
	uint32		fresh;			/* which share of the axes is drawn from base:
								 * PG_UINT32_MAX, all; 0: none, as the row is
								 * drawn first, evenly among its like */
	bool		fresh_nulls;	/* their NULLs are drawn from nulls */
} RowKey;

/*
 * Distinct values for distinct keys.  The key's number is permuted, and the
 * permuted number's digit (rank / divisor) % radix picks the value; several
 * parts of a value, or several columns, share a permutation and take a digit
 * each.  radix 0: not in use, the value is drawn.
 */
typedef struct PlanRank
{
	uint64		radix;
	uint64		divisor;
	uint64		start;			/* numbers begin here: behind those that rows
								 * already stored are likely to have */
	uint64		stride;			/* between the numbers of a row: with them, it
								 * serves so many rows */
	PlanOffset	permutation;	/* a Permutation, or 0: in order */
	uint32		tries;			/* numbers that a row has */
	uint32		patience;		/* attempts with one number */
	bool		sequential;		/* counts rows: not a value of a set */
	bool		crowded;		/* more rows than stride: only first numbers */
	PlanOffset	label;			/* 'column "id"', for messages */
	uint32		padding;
} PlanRank;

/* One of n entries, by weight; everything with the same salt picks the same. */
typedef struct PlanSelector
{
	uint64		salt;
	uint32		n;
	PlanOffset	alias;			/* n PlanAlias, or 0: all alike */
	PlanOffset	distinct;		/* with a rank: radix entry numbers (uint32) */
	PlanOffset	counts;			/* PlanCounts that decide instead, or 0 */
	PlanOffset	given;			/* PlanGiven: among those that suit another entry; or 0 */
	uint32		padding;
	PlanRank	rank;
} PlanSelector;

/* Entry i has the places from ends[i - 1] on and before ends[i]. */
typedef struct PlanCounts
{
	uint32		n;
	PlanOffset	ends;			/* uint64[n] */
	PlanOffset	order;			/* a Permutation: of a row's number, its place */
	uint32		loose;			/* a row that is drawn again may have another entry */
} PlanCounts;

/* Walker's alias method: entry i if the low 32 random bits are below keep. */
typedef struct PlanAlias
{
	uint32		keep;
	uint32		other;
} PlanAlias;

typedef enum PlanOpKind
{
	OP_NULL,					/* always NULL */
	OP_POOL,					/* PlanPool: one of some values */
	OP_NUMBER,					/* PlanNumber: numbers and times */
	OP_TEXT,					/* PlanText: a recipe */
	OP_PATTERN,					/* PlanPattern: text by a regular expression */
	OP_UUID,
	OP_BYTES,					/* PlanLength: bytea */
	OP_BITS,					/* PlanLength: bit and bit varying */
	OP_COPY,					/* PlanCopy: the value of another column */
	OP_CONTEXT,					/* PlanContext: a column of the row that a key is of */
	OP_CAST,					/* PlanCast: another op's value through text */
	OP_ARRAY,					/* PlanArray: an SQL array */
	OP_RANGE,					/* PlanPart: a range over part's values */
	OP_MULTIRANGE,				/* PlanPart: some ranges of part */
	OP_COMPOSITE,				/* PlanMembers */
	OP_WORDS,					/* PlanWords: running text */
	OP_CASES,					/* PlanCases: an op for each value of a column */
	OP_JSON						/* PlanMembers: an object; PlanArray: an array */
} PlanOpKind;

#define OPF_BACKEND		0x01	/* needs the catalog: not for a process without one */
#define OPF_BYVAL		0x02
#define OPF_KEEP_NUMBER 0x04	/* others compare with what it drew */
#define OPF_JSON_ARRAY	0x08
#define OPF_INNER		0x10	/* part of another op */
#define OPF_TAKES_NULL	0x40	/* from what it agrees with */
#define OPF_PER_SERIES	0x80	/* a column whose rows of a series are alike */
#define OPF_JSON_NULL	0x20	/* a member that is null where it has no value */

typedef struct PlanOp
{
	uint16		kind;			/* PlanOpKind */
	uint16		flags;
	int32		column;			/* field index, or -1 for a part */
	Oid			type;			/* of its values; domains looked through */
	int32		typmod;
	int16		typlen;
	char		typalign;
	char		padding;
	uint32		null_below;		/* NULL if 32 random bits are below */
	uint64		salt;
	PlanOffset	detail;
	int32		component;
	uint32		axis;			/* 1 + the axis that decides what is NULL, and the
								 * value where the detail is fitted; 0: none */
	uint32		compared;		/* 1 + its PlanCompared, or 0 */
	uint32		agrees;			/* 1 + the column whose values it takes, where they
								 * are not NULL; or 0 */
	uint32		padding2;
} PlanOp;

typedef struct PlanPool
{
	PlanOffset	selector;
	PlanOffset	values;			/* Datums, or offsets (uint64) of them */
	PlanOffset	given;			/* PlanGiven that picks instead, or 0 */
	uint32		fitted;			/* values are the levels of the op's axis */
	int32		other;			/* op that makes all other values, or 0 */
	int32		other_level;	/* the level that stands for them */
	uint32		nlisted;
	PlanOffset	listed;			/* uint64[nlisted], ascending: rng_hash() of the texts
								 * that are levels, and none of the others; or 0 */
	int32		number;			/* op whose number is the value's, from 1; or 0 */
} PlanPool;

/*
 * Picks an entry to suit what another selector (or another of these) has
 * picked: keys of two foreign keys that have a column in common, entries of
 * two dictionaries that go with each other.
 */
#define NO_GROUP PG_UINT32_MAX
typedef struct PlanGiven
{
	PlanOffset	selector;		/* the other one */
	PlanOffset	given;			/* or this, if not 0 */
	PlanOffset	group_of;		/* uint32 for each of its entries, or NO_GROUP */
	PlanOffset	starts;			/* uint32[groups + 1] into members */
	PlanOffset	members;		/* uint32[]: entries */
	PlanOffset	alias;			/* PlanAlias beside each, of its group; or 0 */
	uint64		salt;
} PlanGiven;

/*
 * Beside each key of a parent that a column may draw.  NULL where the column is,
 * too.
 */
typedef struct PlanContext
{
	int32		column;			/* of the key */
	uint32		padding;
	PlanOffset	selector;		/* that the key is drawn by, as is the next */
	PlanOffset	given;
	PlanOffset	values;			/* Datums, or offsets (uint64) of them */
	PlanOffset	nulls;			/* bool[] */
} PlanContext;

/* How a drawn number becomes a value. */
typedef enum NumberOutput
{
	NUMBER_INT2, NUMBER_INT4, NUMBER_INT8, NUMBER_FLOAT4, NUMBER_FLOAT8,
	NUMBER_NUMERIC, NUMBER_TIMETZ, NUMBER_INTERVAL,
	NUMBER_MONTHS				/* an interval of months, drawn as 30 days each */
} NumberOutput;

#define NUMBER_MAX_ABOVE 4
#define NUMBER_MAX_BELOW 2

#define USECS_PER_MONTH (INT64CONST(30) * 86400 * 1000000)

/*
 * Whole steps from low to high; the value is (step * grain) / 10^scale.
 * Dates are days, times microseconds, with scale 0.
 */
#define PLAN_AGE_YEAR	2026	/* ages are those on its first day */

typedef struct PlanNumber
{
	int64		low;
	int64		high;
	int64		grain;
	double		divisor;		/* 10^scale, for floats */
	int32		scale;
	int32		output;			/* NumberOutput */
	int32		declared_scale; /* of numerics: digits behind the point, some of
								 * which are never drawn */
	PlanOffset	quantile;		/* PlanQuantile, or 0: uniform */
	int32		nabove;
	struct
	{
		int32		column;		/* its number may not be below that column's, */
		int32		op;			/* or, where column is -1, that of this op */
		bool		strict;
		int32		scale;		/* of its numbers, */
		double		divisor;	/* and 10^scale */
	}			above[NUMBER_MAX_ABOVE];
	int32		nbelow;
	struct
	{
		int32		column;		/* nor above that column's, of OP_CONTEXT */
		bool		strict;
	}			below[NUMBER_MAX_BELOW];
	bool		near;			/* a time: soon after what it is above, */
	bool		term;			/* or when a bill is due */
	bool		sequential;		/* distinct values come in order */
	bool		fitted;			/* steps come from the op's axis */
	bool		ascending;		/* along the series */
	PlanOffset	follow;			/* PlanFollow: it goes with others of the row; or 0 */
	PlanRank	rank;
} PlanNumber;

/* How a number goes with what the row has besides. */
typedef enum FollowKind
{
	FOLLOW_SAME,				/* it is the other one */
	FOLLOW_PART,				/* a measure of the other one: its month */
	FOLLOW_AMONG,				/* one of the numbers that suit such a measure */
	FOLLOW_SHARE,				/* from low to high times the other one */
	FOLLOW_TIMES,				/* the product of two */
	FOLLOW_PLUS,				/* the other one, and low units for each of a second */
	FOLLOW_SUM,					/* the sum of some, less others */
	FOLLOW_ENTRY				/* one of the numbers of a dictionary's entry */
} FollowKind;

/* What of a number, or of a date or time in UTC, counts. */
typedef enum FollowMeasure
{
	MEASURE_VALUE,
	MEASURE_YEARS,				/* up to PLAN_AGE_YEAR */
	MEASURE_YEAR,
	MEASURE_QUARTER,
	MEASURE_MONTH,
	MEASURE_WEEK,				/* ISO 8601 */
	MEASURE_DAY,
	MEASURE_YEARDAY,
	MEASURE_WEEKDAY,			/* Monday is 1, Sunday 7 */
	MEASURE_SUNDAY,				/* Sunday is 0, Saturday 6 */
	MEASURE_MONTHDAY,			/* 100 times the month, and the day */
	MEASURE_HOUR
} FollowMeasure;

/* Another number of the row, drawn anew, or read in a column made before. */
typedef struct PlanFollowed
{
	int32		op;
	int32		column;			/* or -1 */
	double		divisor;		/* of what is read: 10^scale */
} PlanFollowed;

/* One of a sum. */
typedef struct PlanTerm
{
	PlanFollowed followed;
	double		sign;			/* 1 or -1 */
} PlanTerm;

/*
 * The other one is drawn anew, which gives the same: so it may stand anywhere
 * in the row, also where it is made later, or not at all.  Where that cannot
 * be, the value of its column is read.
 */
typedef struct PlanFollow
{
	int32		kind;			/* FollowKind */
	int32		measure;		/* FollowMeasure */
	PlanFollowed other;
	PlanFollowed times;			/* the second one */
	int32		nterms;
	PlanOffset	terms;			/* PlanTerm[nterms]: what is added to the other one */
	PlanOffset	selector;
	PlanOffset	bounds;			/* int64[nbands - 1]: measures from which on the next
								 * band counts */
	uint32		nbands;			/* or entries */
	uint32		per_series;		/* the selector picks for a series */
	PlanOffset	starts;			/* uint32[nbands + 1] into */
	PlanOffset	units;			/* int64[] */
	double		low;
	double		high;
} PlanFollow;

/* A column that has to be made before another one, which reads it. */
typedef struct PlanRead
{
	int32		column;
	int32		read;
} PlanRead;

/*
 * A quantile function by knots: probability[i] is reached at value[i], and
 * between knots it is linear; equal values of two knots make an atom.
 * Values are steps of the number.  first[] is where to begin looking.
 */
#define QUANTILE_GUIDE 256
typedef struct PlanQuantile
{
	uint32		n;
	uint32		nprofile;		/* 0, or parts between two knots: */
	double		from;			/* the probabilities in use: what the bounds */
	double		to;				/* of the number leave */
	PlanOffset	probability;
	PlanOffset	value;
	PlanOffset	profile;		/* double[nprofile + 1]: the share of what lies
								 * between two knots that each part ends at */
	uint32		first[QUANTILE_GUIDE + 1];
} PlanQuantile;

typedef enum PieceKind
{
	PIECE_LITERAL,				/* text: offset and length */
	PIECE_ENTRY,				/* an entry of a string table */
	PIECE_NUMBER,				/* low .. high, padded with zeros to width */
	PIECE_UNIQUE,				/* the row's own number */
	PIECE_BEGIN,				/* nothing: a number with check digits begins */
	PIECE_CHECK					/* its check digits: low is the rule */
} PieceKind;

#define PLAN_MAX_EXPANSION 8	/* recipes within recipes */

typedef struct PlanPiece
{
	uint16		kind;
	bool		digits;			/* each "#" of the entry becomes a digit */
	uint8		width;			/* BEGIN and CHECK: how deep the recipe is */
	uint32		length;			/* of a literal */
	PlanOffset	text;			/* literal, or PlanStrings */
	PlanOffset	selector;
	PlanOffset	chooser;		/* the selector whose entry chooses the column; or 0 */
	PlanOffset	choices;		/* uint32[]: for each of its entries the first text */
	int32		number;			/* op whose number is the entry's, from 1; or 0 */
	uint32		padding;
	int64		low;
	uint64		count;			/* numbers: high - low + 1 */
	uint64		salt;
	PlanRank	rank;			/* numbers */
} PlanPiece;

typedef struct PlanStrings
{
	uint32		n;
	uint32		max_length;		/* bytes */
	PlanOffset	offsets;		/* uint32[n + 1] into bytes */
	PlanOffset	bytes;
} PlanStrings;

/* How text is brought to length. */
typedef struct PlanText
{
	uint32		npieces;
	PlanOffset	pieces;
	uint32		max_bytes;
	int32		min_length;		/* characters; 0: none */
	int32		max_length;		/* characters; -1: none */
	int32		pad_to;			/* character(n): blanks up to n; else 0 */
	uint32		single_byte;	/* a character is a byte */
} PlanText;

typedef struct PlanPattern
{
	PlanOffset	program;
	uint32		max_bytes;
	int32		min_length;
	int32		max_length;
	int32		pad_to;
	uint32		single_byte;
	PlanOffset	distinct;		/* with a rank: the ranks (uint32) of texts that
								 * differ, where ranks may give the same; or 0 */
	PlanRank	rank;
} PlanPattern;

typedef struct PlanLength
{
	int32		low;
	int32		high;
	PlanRank	rank;
} PlanLength;

typedef struct PlanCopy
{
	int32		column;
} PlanCopy;

typedef struct PlanCast
{
	int32		part;			/* op */
} PlanCast;

/*
 * The value of another column, of which there is a list, chooses the op.
 * Values are told apart by plan_case_key().
 */
typedef struct PlanCases
{
	int32		by;				/* column */
	int32		own;			/* op where no case has its value */
	int32		null;			/* op where it is NULL */
	uint32		n;
	PlanOffset	keys;			/* uint64[n], ascending */
	PlanOffset	parts;			/* int32[n]: ops */
	int16		typlen;			/* of the column's type */
	bool		byval;
	char		padding;
	uint32		more_padding;
} PlanCases;

typedef struct PlanArray
{
	int32		part;			/* op of the element */
	int32		low;			/* how many elements */
	int32		high;
	bool		fitted;			/* their number comes from the op's axis */
} PlanArray;

/*
 * Running text: a chain of words.  Word 0 is where a text begins and ends;
 * what may follow word w are next[starts[w]] to next[starts[w + 1] - 1].
 */
typedef struct PlanWords
{
	uint32		n;
	PlanOffset	words;			/* PlanStrings */
	PlanOffset	starts;			/* uint32[n + 1] */
	PlanOffset	next;			/* uint32[] */
	PlanOffset	alias;			/* PlanAlias beside each, of its word */
	int32		min_words;
	int32		max_words;
	int32		min_length;		/* characters */
	int32		max_length;		/* -1: none */
	int32		pad_to;
	uint32		max_bytes;
	uint32		nforbidden;
	PlanOffset	forbidden;		/* uint64[], ascending: fit_text_hash() */
	uint32		padding;
} PlanWords;

/* ---- what was learned ---- */

#define PLAN_NO_LEVEL	PG_UINT16_MAX	/* NULL */
#define PLAN_ANY_LEVEL	(PG_UINT16_MAX - 1)	/* not decided by another axis */
#define PLAN_MAX_LEVELS	(PG_UINT16_MAX - 1)

/*
 * A step down a tree: the number of a node, a table or a leaf, with room for
 * a row of a block below it.
 */
#define PLAN_LEAF		0x80000000
#define PLAN_TABLE		0x40000000
#define PLAN_ROW_BITS	9

/*
 * Asks for the bin of an earlier axis.  Where several nodes in a row ask for
 * the same, or its bins are few, a table of uint32 stands for them: where the
 * axis' bins begin, and a step for each.  Its number is where it begins.
 */
typedef struct PlanNode
{
	uint64		left[2];		/* bins that go to children[1] */
	uint32		children[2];	/* steps */
	uint32		bins;			/* where the axis' bins begin: axis * ROW_BLOCK */
	uint32		padding;
} PlanNode;

/* How often bins come. */
typedef struct PlanLeaf
{
	uint32		first;			/* entry */
	uint32		nentries;		/* at least one */
	uint32		null_below;		/* NULL if 32 random bits are below */
	uint32		padding;
} PlanLeaf;

/* The share of 31 random bits that a bin has in a leaf, for all bins but NULL's. */
typedef struct PlanEntry
{
	uint32		end;			/* the bits are below; the last one's is: */
#define PLAN_ENTRY_END	0x80000000
	uint8		bin;
#define PLAN_GUIDES 2
	uint8		guide[PLAN_GUIDES]; /* of n entries all together: the first entry that
									 * is in the i-th of 2n equal parts */
	uint8		padding;
} PlanEntry;

/* The part of a bin's knots in use: positions from .. to, counted in gaps. */
typedef struct PlanBin
{
	double		from;
	double		to;
	uint32		first;			/* knot */
	uint32		ngaps;
	uint32		odd;			/* PlanOdd */
	uint32		last;			/* gap: ngaps - 1, or 0 */
} PlanBin;

/* What is no number: a bin of its own. */
typedef enum PlanOdd
{
	ODD_NOT,
	ODD_LOWEST,					/* -infinity */
	ODD_HIGHEST,				/* infinity */
	ODD_NAN
} PlanOdd;

/* What a bin stands for; see FitAxis. */
typedef struct PlanAxis
{
	uint64		salt;
	uint16		kind;			/* FitAxisKind */
	bool		has_null;
	bool		leveled;		/* draws levels */
	bool		placed;			/* where in its bin a row is counts */
	bool		odd;			/* has bins of PlanOdd */
	int32		component;
	int32		determinant;	/* axis, or -1 */
	uint32		ndecided;
	PlanOffset	decided;		/* uint16[ndecided + 1] */
	PlanOffset	level_bins;		/* uint8[]: of what is decided */
	uint32		root;			/* the first step */
	PlanOffset	nodes;			/* PlanNode[] */
	PlanOffset	tables;			/* uint32[]: of one table after the other */
	PlanOffset	leaves;			/* PlanLeaf[] */
	PlanOffset	entries;		/* PlanEntry[], behind one whose end is PLAN_ENTRY_END */
	PlanOffset	shares;			/* double[leaf]: how much of a leaf conditions
								 * leave, or 0: no conditions */
	PlanOffset	only;			/* uint16[bin]: its level, PLAN_NO_LEVEL, or
								 * PLAN_ANY_LEVEL: one of its members */
	PlanOffset	starts;			/* uint32[bin + 1] into members */
	PlanOffset	members;		/* uint16[]: levels */
	PlanOffset	alias;			/* PlanAlias beside each, of its bin */
	PlanOffset	bins;			/* PlanBin[] */
	PlanOffset	knots;			/* int64[]: steps of the op's number, or elements; and
								 * one behind that nobody uses */
	int32		base;			/* column that the value is counted from, or -1 */
	int32		weekday;		/* axes of the same field, or -1 */
	int32		hour;
	int32		ending;
	uint32		nasked;
	PlanOffset	asked;			/* uint16[]: axes that are read */
	int64		base_default;	/* stored units */
	int64		unit;			/* of endings, in steps of the number; 0: they do
								 * not suit it.  knots: one a bin, -1: none */
	int32		given;			/* column of a key beside which the bins are, or -1:
								 * they are drawn */
	bool		early;			/* given, or what says whether there is a key */
	uint8		null_bin;		/* where there is no key */
	uint16		even_more_padding;
	PlanOffset	key_selector;	/* that the key is drawn by, as is the next */
	PlanOffset	key_given;
	PlanOffset	key_bins;		/* uint8[key] */
	PlanOffset	key_levels;		/* uint16[key], where leveled */
} PlanAxis;

/* A column by which rows of the source are known again: see FitRows. */
typedef struct PlanCompared
{
	uint64		salt;
	int32		column;
	PlanOffset	marks;			/* uint64[]: of a pool's values */
} PlanCompared;

typedef struct PlanPart
{
	int32		part;
	int32		low;
	int32		high;
} PlanPart;

typedef struct PlanMembers
{
	uint32		n;
	PlanOffset	ops;			/* int32[n]; -1: a dropped attribute */
	PlanOffset	names;			/* PlanStrings */
} PlanMembers;

typedef struct RowPlan
{
	uint32		magic;
	uint32		version;
	uint32		size;
	uint32		nops;
	uint64		seed;
	PlanOffset	ops;			/* PlanOp[nops]; parts before what they are part of */
	uint32		ncolumns;
	PlanOffset	column_ops;		/* int32[ncolumns]: op of a field, or -1 */
	uint32		norder;
	PlanOffset	order;			/* int32[norder]: columns, what others read first */
	uint32		nreads;
	PlanOffset	reads;			/* PlanRead[nreads] */
	uint32		encoding;		/* of its texts */
	uint32		naxes;
	PlanOffset	axes;			/* PlanAxis[naxes], each behind those it asks */
	uint32		nconditioned;	/* 0: no condition asks for candidates */
	PlanOffset	conditioned;	/* uint16[nconditioned], ascending: axes that have
								 * to be drawn to know what conditions leave, */
#define PLAN_WEIGH	0x8000		/* or where only that has to be known */
	uint32		candidates;		/* draws of these for a row, at most */
	uint32		yet_more_padding;
	double		most_share;		/* the most that conditions leave of a candidate */
	uint32		ncompared;		/* 0: any row may be made */
	PlanOffset	compared;		/* PlanCompared[ncompared] */
	PlanOffset	hashes;			/* uint32[], ascending: of rows not to make */
	PlanOffset	guide;			/* uint32[(1 << guide_bits) + 1]: where those with
								 * these upper bits begin */
	uint32		guide_bits;		/* at least one */
	uint32		strict;			/* it is an error if such a row has to be made */
	int32		series_low;		/* rows of a series, or 0: there are none */
	int32		series_high;
} RowPlan;

#endif							/* SYNTHIK_PLAN_H */
