/*-------------------------------------------------------------------------
 *
 * scan.h
 *		Functions in FROM that stream.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_SCAN_H
#define SYNTHIK_SCAN_H

#include "api/maker.h"
#include "nodes/extensible.h"

/* Installs the planner's hook; from _PG_init. */
extern void scan_init(void);

/* ---- between scan_plan.c and scan.c ---- */

/* The maker that a function of SQL is, or NULL. */
extern const Maker *scan_maker(Oid function);

/* How a planned scan is run. */
extern const CustomScanMethods scan_methods;

#endif							/* SYNTHIK_SCAN_H */
