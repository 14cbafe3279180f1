/*-------------------------------------------------------------------------
 *
 * address.h
 *		Which network addresses belong to everybody.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_ADDRESS_H
#define SYNTHIK_ADDRESS_H

#include <sys/socket.h>

/*
 * Whether an address is one of the public internet: not of this machine, a
 * private network, a cloud's metadata service, or any other special range.
 * Families other than IPv4 and IPv6 are not.
 */
extern bool address_is_public(const struct sockaddr *address);

/* For messages; "?" for other families. */
extern void address_print(const struct sockaddr *address, char *buffer, size_t size);

#endif							/* SYNTHIK_ADDRESS_H */
