/*-------------------------------------------------------------------------
 *
 * source.h
 *		A language model as a source of rows.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_PROVIDER_SOURCE_H
#define SYNTHIK_PROVIDER_SOURCE_H

#include "rows/rows.h"

/* RowRequest.model says which; RowRequest.filler makes what models do not. */
extern const RowSourceMethods model_source_methods;

#endif							/* SYNTHIK_PROVIDER_SOURCE_H */
