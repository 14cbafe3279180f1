/*-------------------------------------------------------------------------
 *
 * progress.h
 *		How far a synthik_augment is, for other sessions to see.
 *
 * The server keeps 20 integers a backend for its own commands; a command
 * number that it does not have makes them ours.  They vanish with the
 * transaction, also when it fails.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_PROGRESS_H
#define SYNTHIK_PROGRESS_H

#include "utils/backend_progress.h"

#define PROGRESS_COMMAND_SYNTHIK	((ProgressCommandType) 7319)

#define PROGRESS_ROWS_DONE		0
#define PROGRESS_ROWS_TOTAL		1

#endif							/* SYNTHIK_PROGRESS_H */
