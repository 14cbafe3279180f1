/*-------------------------------------------------------------------------
 *
 * xlsx_merge.h
 *		The value of merged cells, in each of them.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_XLSX_MERGE_H
#define SYNTHIK_XLSX_MERGE_H

#include "file/xlsx_sheet.h"

typedef struct XlsxMerge XlsxMerge;

/* In the current memory context. */
extern XlsxMerge *xlsx_merge_new(const XlsxRange *merged, int count);

/* Before the first row. */
extern void xlsx_merge_rewind(XlsxMerge *merge);

/* Adds the cells that row lacks; rows are given in their order. */
extern void xlsx_merge_row(XlsxMerge *merge, int row, const XlsxCell **cells, int *ncells);

#endif							/* SYNTHIK_XLSX_MERGE_H */
