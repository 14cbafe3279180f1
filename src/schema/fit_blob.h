/*-------------------------------------------------------------------------
 *
 * fit_blob.h
 *		Private to the writer and the readers of a Fit's text (fit_*.c).
 *
 * The text is base64 of: FIT_MAGIC, the version, the encoding of the texts,
 * the number of rows, the fields by name and type, the axes, the fan-outs,
 * the models of text, the hashes of rows (each less the one before), and a
 * checksum of all that.  Where not said otherwise
 * numbers are varints: seven bits a byte, the lowest first, the highest bit
 * set in all but the last byte.
 *
 * A field is its name, its type and, of a context, an index of a field of its
 * key.
 *
 *	text	its length + 1, its bytes, a zero byte; or 0 where there is none
 *	double	a varint of (zigzag(n) << 4 | k) that means n / 10^k, for k < 15 and
 *			|n| < 2^53, wherever that is the very same number; or 15 and the
 *			eight bytes, lowest first
 *	bitmap	as many bytes as the bins of the axis need, the lowest first
 *
 * An index that may be -1 is written plus one.  Reading has two steps:
 * fit_blob_parse() knows no server and judges the bytes, fit_blob_resolve()
 * makes what they say fit to a Schema.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_FIT_BLOB_H
#define SYNTHIK_FIT_BLOB_H

#include "schema/fit.h"

#define FIT_MAGIC		"sfit"
#define FIT_MAGIC_SIZE	4
#define FIT_CHECKSUM_SIZE 8

#define FIT_MAX_DECIMALS 14		/* k of a double; 15 is for eight bytes */
#define FIT_DOUBLE_WHOLE 15

/* Flags of an axis. */
#define FIT_FLAG_NULL	1
#define FIT_FLAG_OTHER	2

/* Encodings of a blob's texts. */
#define FIT_TEXT_UTF8	0
#define FIT_TEXT_BYTES	1		/* as a database of SQL_ASCII had them */

/* The parent of a fan-out, by names. */
typedef struct FitParent
{
	char	   *relation;
	int			ncolumns;
	int		   *fields;			/* into FitBlob.names */
} FitParent;

/*
 * A blob's content.  FitAxis.field, base and FitWords.field are indexes into
 * names; levels and keys are C strings in the blob's encoding, NULL for those
 * that had no text.
 */
typedef struct FitBlob
{
	Fit		   *fit;
	int			encoding;		/* FIT_TEXT_* */
	int			nfields;
	char	  **names;
	char	  **types;
	int		   *keys;			/* of a context: a field of the key that leads to its
								 * row; or -1 */
	FitParent  *parents;		/* [fit->nfanouts] */
} FitBlob;

extern const double fit_powers[FIT_MAX_DECIMALS + 1];

static inline bool
fit_axis_has_knots(FitAxisKind kind)
{
	return kind == FIT_SCALE || kind == FIT_LENGTH || kind == FIT_ENDING;
}

/* ---- fit_parse.c ---- */

/*
 * Strings of the result lie in bytes, which are changed.  NULL and *problem, a
 * phrase, where they are no Fit; *newer if a newer version has made them.
 */
extern FitBlob *fit_blob_parse(char *bytes, size_t length, const char **problem, bool *newer);

/* ---- fit_resolve.c ---- */

extern Fit *fit_blob_resolve(FitBlob *blob, const Schema *schema);

/* An axis says nothing of a field any more; it stays as context. */
extern void fit_forget_value(FitAxis *axis);

/* Nor do those that go with an axis of FIT_SCALE, where that one does not. */
extern void fit_forget_parts(Fit *fit);

/* ---- fit_text.c ---- */

/* Between the server's encoding and a blob's; NULL where a text has no form
 * in the other, or is not valid. */
extern int	fit_text_encoding(void);
extern char *fit_text_to_blob(char *text);
extern char *fit_text_from_blob(char *text, int encoding);

/* ---- fit_overlay.c ---- */

/* What a base had before a document was laid over it, or NULL without a fit. */
typedef struct FitBase FitBase;
extern FitBase *fit_base_note(const Schema *schema);

/* Forgets what was learned of fields that the document made anew. */
extern void fit_base_settle(Schema *schema, const FitBase *base);

#endif							/* SYNTHIK_FIT_BLOB_H */
