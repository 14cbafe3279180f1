/*-------------------------------------------------------------------------
 *
 * answer.h
 *		From what a model wrote to typed rows.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_ANSWER_H
#define SYNTHIK_ANSWER_H

#include "provider/ask.h"

typedef struct AnswerReader AnswerReader;

/* Rows of an answer that hold what their fields say. */
typedef struct AnswerRows
{
	int			offered;		/* rows in the answer */
	int			count;			/* of them, valid ones */
	Datum	   *values;			/* [row * nfields + i], in the ask's order */
	bool	   *nulls;
	char	   *fault;			/* of the first one refused, or NULL */
} AnswerRows;

/* Lives in the current memory context. */
extern AnswerReader *answer_reader_make(const Ask *ask);

/*
 * Reads the rows of a text, which may be cut short.  False where it has no
 * rows at all; the fault says what it is instead.  Values are allocated in
 * the current memory context.
 */
extern bool answer_read(AnswerReader *reader, const char *text, size_t length,
						AnswerRows *rows);

#endif							/* SYNTHIK_ANSWER_H */
