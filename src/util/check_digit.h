/*-------------------------------------------------------------------------
 *
 * check_digit.h
 *		The check digits of card, account, article and vehicle numbers.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_CHECK_DIGIT_H
#define SYNTHIK_CHECK_DIGIT_H

#define CHECK_DIGIT_BYTES	2	/* added to a number at most */

/* The number of a rule ("luhn", "iban"), or -1. */
extern int	check_digit_rule(const char *name);

/*
 * Completes a number: adds its check digits, or puts them where the rule has
 * them within the number (zeros until then).  Signs other than digits and
 * capitals do not count.  Returns how many bytes it has then.
 */
extern uint32 check_digit_complete(int rule, char *number, uint32 length);

#endif							/* SYNTHIK_CHECK_DIGIT_H */
