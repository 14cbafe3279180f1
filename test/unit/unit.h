/*-------------------------------------------------------------------------
 *
 * unit.h
 *		What unit tests share: assertions, and fixtures in files.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_UNIT_H
#define SYNTHIK_UNIT_H

#include "lib/stringinfo.h"

/* The tests of a file. */
extern void unit_run(void);

/* One assertion; what is said is why it failed. */
extern void unit_check(const char *name, bool good, const char *fmt,...) pg_attribute_printf(3, 4);

/* Below test/fixtures; palloc'd, with a NUL behind it. */
extern char *unit_read(const char *path, size_t *length);

/* Calls test for every file of a folder whose name ends with suffix, in
 * order; frees all that was palloc'd behind each. */
typedef void (*UnitFixture) (const char *folder, const char *name);
extern void unit_each(const char *folder, const char *suffix, UnitFixture test);

/* Asserts that the file FOLDER/NAME.out has this text. */
extern void unit_expect(const char *folder, const char *name, const char *actual);

#endif							/* SYNTHIK_UNIT_H */
