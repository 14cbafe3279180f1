/*-------------------------------------------------------------------------
 *
 * holiday.h
 *		The public holidays of a locale's country.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_HOLIDAY_H
#define SYNTHIK_HOLIDAY_H

#include "util/locale.h"

/*
 * Which of count days from the Julian day first on are holidays, by the
 * locale's holiday.tsv; NULL where it has none.
 */
extern bool *holidays_mark(const Locale *locale, int first, int count);

#endif							/* SYNTHIK_HOLIDAY_H */
