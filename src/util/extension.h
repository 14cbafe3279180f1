/*-------------------------------------------------------------------------
 *
 * extension.h
 *		Where the extension's own objects are.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_EXTENSION_H
#define SYNTHIK_EXTENSION_H

/* The name of the schema that CREATE EXTENSION was given, palloc'd, or NULL
 * where there is no extension in this database. */
extern char *extension_schema_name(void);

/* An object of the extension as SQL: "schema.name", quoted, palloc'd; an error
 * where there is no extension. */
extern char *extension_object(const char *name);

#endif							/* SYNTHIK_EXTENSION_H */
