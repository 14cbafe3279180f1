/*-------------------------------------------------------------------------
 *
 * type_guess.h
 *		Which types a column of text can be of.
 *
 * Of every text, the types whose input functions take it and lose nothing of
 * it; of a column, those that all its texts share.  So what is guessed over a
 * whole file can be read as that, without an error.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_TYPE_GUESS_H
#define SYNTHIK_TYPE_GUESS_H

#define GUESS_INTEGER		(1 << 0)
#define GUESS_BIGINT		(1 << 1)
#define GUESS_NUMERIC		(1 << 2)
#define GUESS_FLOAT			(1 << 3)
#define GUESS_BOOLEAN		(1 << 4)
#define GUESS_DATE			(1 << 5)
#define GUESS_TIMESTAMP		(1 << 6)
#define GUESS_TIMESTAMPTZ	(1 << 7)
#define GUESS_TIME			(1 << 8)
#define GUESS_UUID			(1 << 9)
#define GUESS_JSON			(1 << 10)
#define GUESS_DMY			(1 << 11)	/* days before months, in dates */
#define GUESS_MDY			(1 << 12)	/* or months before days */
#define GUESS_TYPES			((1 << 13) - 1)

/* These are gathered, not shared. */
#define GUESS_SEEN_LOCAL	(1 << 16)	/* a date that is not year first */
#define GUESS_SEEN_T		(1 << 17)	/* booleans of one letter */
#define GUESS_SEEN_F		(1 << 18)
#define GUESS_SEEN_WORD		(1 << 19)	/* and of words */
#define GUESS_SEEN			(15 << 16)

typedef struct TypeGuess
{
	uint32		shared;			/* GUESS_TYPES at first */
	uint32		seen;
	int64		values;			/* that are not NULL */
	int64		nulls;
} TypeGuess;

extern uint32 type_guess_text(const char *text, size_t length);
extern void type_guess_init(TypeGuess *guess);

static inline void
type_guess_add(TypeGuess *guess, const char *text, size_t length)
{
	guess->values++;
	if (guess->shared != 0)
	{
		uint32		mask = type_guess_text(text, length);

		guess->shared &= mask;
		guess->seen |= mask & GUESS_SEEN;
	}
}

/* The type of the column; text where no other fits. */
extern Oid	type_guess_type(const TypeGuess *guess);

/* Its dates could be read either way. */
extern bool type_guess_ambiguous(const TypeGuess *guess);

/* A number, date, time, boolean word, uuid? */
extern bool type_guess_is_typed(const char *text);

#endif							/* SYNTHIK_TYPE_GUESS_H */
