/*-------------------------------------------------------------------------
 *
 * generator.h
 *		The local source in several processes.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_GENERATOR_H
#define SYNTHIK_GENERATOR_H

#include "rows/rows.h"

#define GENERATOR_MAX_WORKERS	32

/*
 * Makes the same rows as local_source_methods; RowRequest.workers says how
 * many processes help.  Those that cannot be had are done without.
 */
extern const RowSourceMethods generator_source_methods;

#endif							/* SYNTHIK_GENERATOR_H */
