/*-------------------------------------------------------------------------
 *
 * address.c
 *		Which network addresses belong to everybody.
 *
 * The ranges are those of the IANA registries of special-purpose addresses
 * (RFC 6890 and its updates) that are not globally reachable, and multicast.
 * IPv6 addresses that stand for an IPv4 address are judged by that one.
 *
 * Nothing here allocates or throws, so callbacks of libraries can call it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include "util/address.h"

typedef struct Prefix4
{
	uint8		bytes[4];
	int			bits;
} Prefix4;

static const Prefix4 special4[] = {
	{{0, 0, 0, 0}, 8},			/* this host */
	{{10, 0, 0, 0}, 8},			/* private */
	{{100, 64, 0, 0}, 10},		/* carriers' own */
	{{127, 0, 0, 0}, 8},		/* loopback */
	{{169, 254, 0, 0}, 16},		/* link-local, with clouds' metadata */
	{{172, 16, 0, 0}, 12},		/* private */
	{{192, 0, 0, 0}, 24},		/* protocol assignments */
	{{192, 0, 2, 0}, 24},		/* documentation */
	{{192, 168, 0, 0}, 16},		/* private */
	{{198, 18, 0, 0}, 15},		/* benchmarks */
	{{198, 51, 100, 0}, 24},	/* documentation */
	{{203, 0, 113, 0}, 24},		/* documentation */
	{{224, 0, 0, 0}, 4},		/* multicast */
	{{240, 0, 0, 0}, 4},		/* reserved, broadcast */
};

typedef struct Prefix6
{
	uint8		bytes[16];
	int			bits;
	int			ipv4_at;		/* the IPv4 address within decides; -1: none */
} Prefix6;

/* The first that fits counts. */
static const Prefix6 special6[] = {
	{{[15] = 1}, 128, -1},		/* loopback */
	{{[10] = 0xff, [11] = 0xff}, 96, 12},	/* IPv4-mapped */
	{{0}, 96, 12},				/* unspecified, IPv4-compatible */
	{{0x00, 0x64, 0xff, 0x9b}, 96, 12}, /* NAT64 */
	{{0x00, 0x64, 0xff, 0x9b, 0x00, 0x01}, 48, -1}, /* NAT64, local */
	{{0x01, 0x00}, 64, -1},		/* discard */
	{{0x20, 0x01, 0x00}, 23, -1},	/* protocol assignments, Teredo */
	{{0x20, 0x01, 0x0d, 0xb8}, 32, -1}, /* documentation */
	{{0x20, 0x02}, 16, 2},		/* 6to4 */
	{{0x3f, 0xff, 0x00}, 20, -1},	/* documentation */
	{{0x5f, 0x00}, 16, -1},		/* segment routing */
	{{0xfc}, 7, -1},			/* unique local */
	{{0xfe, 0x80}, 10, -1},		/* link-local */
	{{0xfe, 0xc0}, 10, -1},		/* site-local */
	{{0xff}, 8, -1},			/* multicast */
};

static bool
has_prefix(const uint8 *address, const uint8 *prefix, int bits)
{
	int			bytes = bits / 8;

	if (memcmp(address, prefix, bytes) != 0)
		return false;
	return bits % 8 == 0 || ((address[bytes] ^ prefix[bytes]) >> (8 - bits % 8)) == 0;
}

static bool
is_public4(const uint8 *address)
{
	for (int i = 0; i < lengthof(special4); i++)
		if (has_prefix(address, special4[i].bytes, special4[i].bits))
			return false;
	return true;
}

static bool
is_public6(const uint8 *address)
{
	for (int i = 0; i < lengthof(special6); i++)
		if (has_prefix(address, special6[i].bytes, special6[i].bits))
			return special6[i].ipv4_at >= 0 && is_public4(address + special6[i].ipv4_at);
	return true;
}

bool
address_is_public(const struct sockaddr *address)
{
	switch (address->sa_family)
	{
		case AF_INET:
			return is_public4((const uint8 *) &((const struct sockaddr_in *) address)->sin_addr);
		case AF_INET6:
			return is_public6((const uint8 *) &((const struct sockaddr_in6 *) address)->sin6_addr);
		default:
			return false;
	}
}

void
address_print(const struct sockaddr *address, char *buffer, size_t size)
{
	const void *bytes = NULL;

	if (address->sa_family == AF_INET)
		bytes = &((const struct sockaddr_in *) address)->sin_addr;
	else if (address->sa_family == AF_INET6)
		bytes = &((const struct sockaddr_in6 *) address)->sin6_addr;
	if (bytes == NULL || inet_ntop(address->sa_family, bytes, buffer, size) == NULL)
		strlcpy(buffer, "?", size);
}
