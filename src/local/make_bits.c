/*-------------------------------------------------------------------------
 *
 * make_bits.c
 *		Random bits: of UUIDs, bytes and bit strings.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "local/engine.h"
#include "utils/uuid.h"
#include "utils/varbit.h"

/* RFC 9562, version 4 */
void
make_uuids(Engine *engine, const PlanOp *op, const RowKey *keys, int n, Datum *values)
{
	for (int i = 0; i < n; i++)
	{
		pg_uuid_t  *uuid = engine_room(engine, sizeof(pg_uuid_t));

		for (int b = 0; b < UUID_LEN; b++)
		{
			uint64		bits = draw_bits(&keys[i], op->salt, 1 + b / 8);

			uuid->data[b] = (unsigned char) (bits >> (8 * (b % 8)));
		}
		uuid->data[6] = (uuid->data[6] & 0x0f) | 0x40;
		uuid->data[8] = (uuid->data[8] & 0x3f) | 0x80;
		values[i] = UUIDPGetDatum(uuid);
	}
}

/* Random bytes, the first of them the rank where there is one. */
static void
random_bytes(Engine *engine, const PlanOp *op, const PlanLength *length, const RowKey *key,
			 unsigned char *bytes, int n)
{
	for (int b = 0; b < n; b++)
		bytes[b] = (unsigned char) (draw_bits(key, op->salt, 2 + b / 8) >> (8 * (b % 8)));
	if (use_rank(&length->rank, key))
	{
		uint64		rank = rank_digit(engine->plan, &length->rank, key);

		for (int b = 0; b < n && b < 8; b++)
			bytes[b] = (unsigned char) (rank >> (8 * b));
	}
}

static int
random_length(const PlanOp *op, const PlanLength *length, const RowKey *key)
{
	return length->low + (int) rng_below(draw_bits(key, op->salt, 1),
										 (uint64) (length->high - length->low) + 1);
}

void
make_bytes(Engine *engine, const PlanOp *op, const RowKey *keys, int n, Datum *values)
{
	const PlanLength *length = plan_at(engine->plan, op->detail);

	for (int i = 0; i < n; i++)
	{
		int			bytes = random_length(op, length, &keys[i]);
		bytea	   *value = engine_room(engine, VARHDRSZ + bytes);

		SET_VARSIZE(value, VARHDRSZ + bytes);
		random_bytes(engine, op, length, &keys[i], (unsigned char *) VARDATA(value), bytes);
		values[i] = PointerGetDatum(value);
	}
}

/* Bits are numbered from the left, so that a rank of few bits fits in. */
void
make_bits(Engine *engine, const PlanOp *op, const RowKey *keys, int n, Datum *values)
{
	const PlanLength *length = plan_at(engine->plan, op->detail);

	for (int i = 0; i < n; i++)
	{
		int			bits = random_length(op, length, &keys[i]);
		VarBit	   *value = engine_room(engine, VARBITTOTALLEN(bits));
		int			bytes = VARBITTOTALLEN(bits) - VARHDRSZ - VARBITHDRSZ;

		SET_VARSIZE(value, VARBITTOTALLEN(bits));
		VARBITLEN(value) = bits;
		random_bytes(engine, op, length, &keys[i], VARBITS(value), bytes);
		if (use_rank(&length->rank, &keys[i]) && bits < 62)
		{
			uint64		rank = rank_digit(engine->plan, &length->rank, &keys[i]) << (64 - bits);

			for (int b = 0; b < bytes; b++)
				VARBITS(value)[b] = (unsigned char) (rank >> (56 - 8 * b));
		}
		if (bits % BITS_PER_BYTE)
			VARBITS(value)[bytes - 1] &= (bits8) (0xff << (BITS_PER_BYTE - bits % BITS_PER_BYTE));
		values[i] = VarBitPGetDatum(value);
	}
}
