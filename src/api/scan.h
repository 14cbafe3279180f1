/*-------------------------------------------------------------------------
 *
 * scan.h
 *		Functions in FROM that stream.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_SCAN_H
#define SYNTHIK_SCAN_H

/* Installs the planner's hook; from _PG_init. */
extern void scan_init(void);

#endif							/* SYNTHIK_SCAN_H */
