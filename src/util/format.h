/*-------------------------------------------------------------------------
 *
 * format.h
 *		Texts of a format, for functions that take one with arguments.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_FORMAT_H
#define SYNTHIK_FORMAT_H

#include <stdarg.h>

/* As psprintf() has it; args may be used by the caller afterwards. */
extern char *format_va(const char *format, va_list args) pg_attribute_printf(1, 0);

#endif							/* SYNTHIK_FORMAT_H */
