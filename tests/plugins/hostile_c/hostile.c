/* A plugin that does what none may: one dataset crashes, one hangs, one exits, one lies. */
#include <smash.h>

#include <stdlib.h>
#include <string.h>

static SmashCode SMASH_CALL create_crash(void *user, const char *request, size_t len, void **self, SmashError **err) {
  (void)user;
  (void)request, (void)len, (void)self, (void)err;
  abort();
}

static SmashCode SMASH_CALL create_hang(void *user, const char *request, size_t len, void **self, SmashError **err) {
  (void)user;
  volatile size_t forever = 1;
  (void)request, (void)len, (void)self, (void)err;
  while (forever) forever++;
  return SMASH_OK;
}

static SmashCode SMASH_CALL create_exit(void *user, const char *request, size_t len, void **self, SmashError **err) {
  (void)user;
  (void)request, (void)len, (void)self, (void)err;
  exit(7);
}

static SmashCode SMASH_CALL create_liar(void *user, const char *request, size_t len, void **self, SmashError **err) {
  (void)user;
  static int it;
  (void)request, (void)len, (void)err;
  *self = &it;
  return SMASH_OK;
}

static SmashCode SMASH_CALL describe(void *self, SmashBuf *out, SmashError **err) {
  static const char text[] =
      "{\"task\": {\"channels\": 1, \"extents\": [4, 4], \"classes\": 2}, \"examples\": 18446744073709551615}";
  (void)self, (void)err;
  memset(out, 0, sizeof *out);
  out->data = (const uint8_t *)text;
  out->len = sizeof text - 1;
  return SMASH_OK;
}

static SmashCode SMASH_CALL labels(void *self, uint64_t first, uint32_t *out, size_t n, SmashError **err) {
  (void)self, (void)first, (void)out, (void)n, (void)err;
  return SMASH_ERR_DATA;
}

static SmashCode SMASH_CALL read_none(void *self, const uint64_t *indices, const uint32_t *views, size_t n, float *out,
                                      size_t len, SmashError **err) {
  (void)self, (void)indices, (void)views, (void)n, (void)out, (void)len, (void)err;
  return SMASH_ERR_DATA;
}

static void SMASH_CALL destroy(void *self) { (void)self; }

static const SmashDatasetVtable vtable = {sizeof(SmashDatasetVtable), describe, labels, read_none, NULL, destroy};

#define COMPONENT(id, create) \
  {sizeof(SmashComponent), SMASH_KIND_DATASET, 0, id, "Does what none may.", "{}", &vtable, NULL, create, NULL}

static const SmashComponent components[] = {COMPONENT("crash", create_crash), COMPONENT("exit", create_exit),
                                            COMPONENT("hang", create_hang), COMPONENT("liar", create_liar)};

static const SmashPlugin plugin = {sizeof(SmashPlugin), SMASH_ABI_MAJOR, SMASH_ABI_MINOR, "hostile",
                                         "0.1.0", components, 4, sizeof(SmashComponent)};

SmashCode SMASH_CALL smash_plugin_init_v1(const SmashHost *host, const SmashPlugin **out, SmashError **err) {
  (void)host, (void)err;
  *out = &plugin;
  return SMASH_OK;
}
