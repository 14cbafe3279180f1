/*-------------------------------------------------------------------------
 *
 * parquet_thrift.h
 *		Apache Thrift's compact protocol, in which Parquet's metadata is
 *		written.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_PARQUET_THRIFT_H
#define SYNTHIK_PARQUET_THRIFT_H

#include "file/parquet_format.h"

typedef enum ThriftType
{
	THRIFT_STOP,
	THRIFT_TRUE,				/* in a list: a boolean */
	THRIFT_FALSE,
	THRIFT_BYTE,
	THRIFT_I16,
	THRIFT_I32,
	THRIFT_I64,
	THRIFT_DOUBLE,
	THRIFT_BINARY,
	THRIFT_LIST,
	THRIFT_SET,
	THRIFT_MAP,
	THRIFT_STRUCT
} ThriftType;

/* ---- writing ---- */

#define THRIFT_MAX_DEPTH 16

typedef struct ThriftWriter
{
	StringInfo	out;
	int			depth;
	int			last[THRIFT_MAX_DEPTH]; /* number of the struct's last field */
} ThriftWriter;

/* The outermost struct is open after thrift_start(). */
extern void thrift_start(ThriftWriter *writer, StringInfo out);
extern void thrift_int(ThriftWriter *writer, int field, ThriftType type, int64 value);
extern void thrift_bool(ThriftWriter *writer, int field, bool value);
extern void thrift_bytes(ThriftWriter *writer, int field, const char *bytes, size_t length);
extern void thrift_text(ThriftWriter *writer, int field, const char *text);
extern void thrift_struct(ThriftWriter *writer, int field);
extern void thrift_list(ThriftWriter *writer, int field, ThriftType type, uint32 count);
extern void thrift_end(ThriftWriter *writer);

/* Elements of a list */
extern void thrift_item_int(ThriftWriter *writer, int64 value);
extern void thrift_item_bytes(ThriftWriter *writer, const char *bytes, size_t length);
extern void thrift_item_struct(ThriftWriter *writer);

/* ---- reading ---- */

/*
 * Faults are thrown.  Where short_ok is set, the bytes' end sets is_short
 * instead, and from then on fields end and numbers are 0.
 */
typedef struct ThriftReader
{
	const uint8 *start;
	const uint8 *at;
	const uint8 *end;
	ParquetPlace place;			/* of start */
	bool		short_ok;
	bool		is_short;
	int			depth;
} ThriftReader;

typedef struct ThriftField
{
	int			number;
	ThriftType	type;
} ThriftField;

extern void thrift_open(ThriftReader *reader, const void *bytes, size_t length,
						const ParquetPlace *place);

/* The next field of a struct; begins with a zeroed one; false at the end. */
extern bool thrift_next(ThriftReader *reader, ThriftField *field);

/* The value of a field; one of another type is a fault. */
extern int64 thrift_get_int(ThriftReader *reader, const ThriftField *field);
extern int32 thrift_get_int32(ThriftReader *reader, const ThriftField *field);
extern bool thrift_get_bool(ThriftReader *reader, const ThriftField *field);
extern const char *thrift_get_bytes(ThriftReader *reader, const ThriftField *field, uint32 *length);
extern void thrift_enter(ThriftReader *reader, const ThriftField *field);
extern uint32 thrift_enter_list(ThriftReader *reader, const ThriftField *field, ThriftType *items);
extern void thrift_skip(ThriftReader *reader, const ThriftField *field);

pg_noreturn extern void thrift_fault(ThriftReader *reader, const char *problem);

#endif							/* SYNTHIK_PARQUET_THRIFT_H */
