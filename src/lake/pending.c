/* pending: weak stand-ins for stages that have not landed yet; each falls away as its stage comes in. To be deleted. */
#include "lake/lake_private.h"
#define WEAK __attribute__((weak))
#define NOT(e) return error_set(e, STATUS_UNSUPPORTED, "%s is not there yet", __func__)
WEAK enum status map_new(const char *s, const struct map_facts *f, const uint64_t *t, struct map **r, struct error *e) { (void)s,(void)f,(void)t,(void)r; NOT(e); }
WEAK void map_free(struct map *m) { (void)m; }
WEAK bool map_wants(void *m, const struct message *x) { (void)m,(void)x; return false; }
WEAK enum status map_batch(struct map *m, const struct batch *b, rows_fn r, void *c, struct error *e) { (void)m,(void)b,(void)r,(void)c; NOT(e); }
WEAK enum status map_end(struct map *m, rows_fn r, void *c, struct error *e) { (void)m,(void)r,(void)c; NOT(e); }
WEAK int64_t clock_fit_utc(const struct clock_fit *f, int64_t t) { (void)f; return t; }
WEAK const uint64_t *summary_tables(void) { return NULL; }
WEAK struct summary *summary_new(int64_t t) { (void)t; return NULL; }
WEAK void summary_free(struct summary *s) { (void)s; }
WEAK enum status summary_rows(void *s, const struct rows *r, struct error *e) { (void)s,(void)r; NOT(e); }
WEAK enum status summary_end(struct summary *s, const struct decode *d, struct arena *a, struct log_summary *r, struct error *e) { (void)s,(void)d,(void)a,(void)r,(void)e; return STATUS_OK; }
WEAK void flight_make_id(struct flight *f, const char *v, const struct clock_fit *c) { (void)f,(void)v,(void)c; }
WEAK bool flight_same(int64_t a, int64_t b, int64_t c, int64_t d) { (void)a,(void)b,(void)c,(void)d; return false; }
WEAK struct quality *quality_new(void) { return NULL; }
WEAK void quality_free(struct quality *q) { (void)q; }
WEAK bool quality_wants(const struct table *t) { (void)t; return false; }
WEAK void quality_rows(struct quality *q, const struct rows *r) { (void)q,(void)r; }
WEAK uint32_t quality_end(struct quality *q, const struct decode *d, const struct log_summary *l, struct quality_finding *f, uint32_t n, double *s) { (void)q,(void)d,(void)l,(void)f,(void)n; *s = 100; return 0; }
WEAK struct health *health_new(const struct flight *f, const struct log_summary *l) { (void)f,(void)l; return NULL; }
WEAK void health_free(struct health *h) { (void)h; }
WEAK bool health_wants(const struct table *t) { (void)t; return false; }
WEAK void health_rows(struct health *h, const struct rows *r) { (void)h,(void)r; }
WEAK void health_end(struct health *h, struct feature_list *f) { (void)h,(void)f; }
WEAK uint32_t health_judge(const struct feature_list *const *h, uint32_t n, struct finding *f, uint32_t r) { (void)h,(void)n,(void)f,(void)r; return 0; }
WEAK const char *severity_name(enum severity s) { (void)s; return "info"; }
WEAK int schema_column(const struct table *t, const char *n) { (void)t,(void)n; return -1; }
WEAK const struct field schema_keys[KEY_COUNT];
WEAK enum status commit_begin(const char *r, struct commit **c, struct error *e) { (void)r,(void)c; NOT(e); }
WEAK enum status commit_rows(struct commit *c, const struct table *t, const char *v, const char *d, const struct column *x, uint32_t n, struct error *e) { (void)c,(void)t,(void)v,(void)d,(void)x,(void)n; NOT(e); }
WEAK enum status commit_finish(struct commit *c, struct error *e) { (void)c; NOT(e); }
WEAK enum status commit_register(struct commit *c, struct catalog *k, const char *const *l, uint32_t n, struct error *e) { (void)c,(void)k,(void)l,(void)n; NOT(e); }
WEAK void commit_free(struct commit *c) { (void)c; }
WEAK enum status table_clean(const char *r, struct catalog *c, uint64_t *n, struct error *e) { (void)r,(void)c,(void)n,(void)e; return STATUS_OK; }
WEAK enum status warehouse_open(const char *r, struct catalog *c, const struct warehouse_options *o, struct warehouse **w, struct error *e) { (void)r,(void)c,(void)o,(void)w; NOT(e); }
WEAK void warehouse_close(struct warehouse *w) { (void)w; }
WEAK enum status warehouse_query(struct warehouse *w, const char *s, const char *const *p, uint32_t n, const struct result_sink *k, struct error *e) { (void)w,(void)s,(void)p,(void)n,(void)k; NOT(e); }
WEAK enum status warehouse_refresh(struct warehouse *w, struct error *e) { (void)w,(void)e; return STATUS_OK; }
WEAK const struct table *schema_tables(uint16_t *n) { if (n) *n = 0; return NULL; }
WEAK const struct table *schema_find(const char *n) { (void)n; return NULL; }
