/*-------------------------------------------------------------------------
 *
 * evidence.h
 *		What a prompt carries of a table's values, where that was asked for.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_EVIDENCE_H
#define SYNTHIK_EVIDENCE_H

#include "guc.h"
#include "provider/ask.h"

/*
 * Adds to the words for the columns what send allows, read as the current
 * user.  Returns the number of the table's rows that the words then hold.
 */
extern int	evidence_add(Ask *ask, SendLimit send, int rows);

#endif							/* SYNTHIK_EVIDENCE_H */
