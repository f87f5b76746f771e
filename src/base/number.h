/* number: numbers as text, fast: the shortest decimal that reads back as the same value.
 *
 * Locale-independent. Nothing is NUL-terminated; every function writes at most NUMBER_TEXT_MAX bytes and returns how
 * many. */
#ifndef UAVLAKE_NUMBER_H
#define UAVLAKE_NUMBER_H

#include <stddef.h>
#include <stdint.h>

#define NUMBER_TEXT_MAX 32
#define NUMBER_DECIMALS_MAX 18

size_t number_put_u64(char *out, uint64_t value);
size_t number_put_i64(char *out, int64_t value);
/* value ÷ 10^decimals, exactly: 353632610 with 7 decimals is 35.363261. decimals ≤ NUMBER_DECIMALS_MAX. */
size_t number_put_decimal(char *out, int64_t value, unsigned decimals);
/* The shortest text that strtod reads as the same bits (of several the nearest one); "NaN", "inf" and "-inf". Whole
 * numbers have no point, except "-0.0". Exponents from 1e17 on and below 1e-4. */
size_t number_put_double(char *out, double value);
/* The same for strtof. */
size_t number_put_float(char *out, float value);

#endif
