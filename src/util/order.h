/*-------------------------------------------------------------------------
 *
 * order.h
 *		Plain numbers in ascending order, for qsort() and bsearch().
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_ORDER_H
#define SYNTHIK_ORDER_H

extern int	order_ints(const void *a, const void *b);
extern int	order_uint64s(const void *a, const void *b);

#endif							/* SYNTHIK_ORDER_H */
