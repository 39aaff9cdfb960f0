/* A dataset in C: grey images of stripes, which the network is to tell apart by their direction. It needs smash.h and
 * nothing else:
 *
 *   cc -std=c99 -O2 -fPIC -shared -I smash-plugin/include -o libstripes.so stripes.c
 *   smash plugin manifest libstripes.so
 */
#include <smash.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXTENT 8
#define VALUES (EXTENT * EXTENT)
#define CLASSES 4

static const SmashHost *host;

typedef struct Stripes {
  uint64_t examples;
  uint64_t damaged; /* the example that cannot be read; 0: none */
} Stripes;

static SmashCode fail(SmashError **err, SmashCode code, const char *message) {
  if (err != NULL) *err = host->error_new(code, message, strlen(message), NULL, 0);
  return code;
}

/* Text that is handed out: a copy with a NUL, which release frees. */
static void SMASH_CALL release(SmashBuf *buf) {
  free(buf->user);
  memset(buf, 0, sizeof *buf);
}

static SmashCode hand_out(const char *text, SmashBuf *out, SmashError **err) {
  size_t len = strlen(text);
  char *copy = malloc(len + 1);
  if (copy == NULL) return fail(err, SMASH_ERR_OUT_OF_MEMORY, "no memory for an answer");
  memcpy(copy, text, len + 1);
  out->data = (const uint8_t *)copy;
  out->len = len;
  out->user = copy;
  out->release = release;
  return SMASH_OK;
}

/* The number behind "key": in a request. The host has checked that it is one; so small a configuration needs no parser. */
static uint64_t number(const char *text, size_t len, const char *key, uint64_t fallback) {
  size_t n = strlen(key), i;
  for (i = 0; i + n <= len; i++) {
    uint64_t value = 0;
    if (memcmp(text + i, key, n) != 0) continue;
    for (i += n; i < len && text[i] >= '0' && text[i] <= '9'; i++) value = 10 * value + (uint64_t)(text[i] - '0');
    return value;
  }
  return fallback;
}

static SmashCode SMASH_CALL create(void *user, const char *request, size_t len, void **self, SmashError **err) {
  (void)user;
  Stripes *stripes = malloc(sizeof *stripes);
  if (stripes == NULL) return fail(err, SMASH_ERR_OUT_OF_MEMORY, "no memory for the dataset");
  stripes->examples = number(request, len, "\"examples\":", 400);
  stripes->damaged = number(request, len, "\"damaged\":", 0);
  *self = stripes;
  return SMASH_OK;
}

static SmashCode SMASH_CALL describe(void *self, SmashBuf *out, SmashError **err) {
  const Stripes *stripes = self;
  unsigned long long n = stripes->examples, valid = n - n / 5, test = n - n / 10;
  char text[512];
  snprintf(text, sizeof text,
           "{\"task\": {\"channels\": 1, \"extents\": [%d, %d], \"classes\": %d}, \"examples\": %llu, "
           "\"splits\": {\"train\": [[0, %llu]], \"valid\": [[%llu, %llu]], \"test\": [[%llu, %llu]]}, "
           "\"augmentation\": {\"crop_padding\": 1}}",
           EXTENT, EXTENT, CLASSES, n, valid, valid, test, test, n);
  return hand_out(text, out, err);
}

static SmashCode SMASH_CALL labels(void *self, uint64_t first, uint32_t *out, size_t n, SmashError **err) {
  size_t i;
  (void)self;
  (void)err;
  for (i = 0; i < n; i++) out[i] = (uint32_t)((first + i) % CLASSES);
  return SMASH_OK;
}

static SmashCode SMASH_CALL read_examples(void *self, const uint64_t *indices, const uint32_t *views, size_t n,
                                          float *out, size_t len, SmashError **err) {
  static const int steps[CLASSES][2] = {{0, 1}, {1, 0}, {1, 1}, {1, 3}};
  const Stripes *stripes = self;
  size_t i;
  int row, column;
  (void)views; /* each example has one */
  if (len != n * VALUES) return fail(err, SMASH_ERR_INVALID_ARGUMENT, "expected room for 64 values an example");
  for (i = 0; i < n; i++) {
    const int *step = steps[indices[i] % CLASSES];
    uint64_t noise = indices[i] * 6364136223846793005u + 1442695040888963407u;
    if (stripes->damaged != 0 && indices[i] == stripes->damaged) return fail(err, SMASH_ERR_DATA, "the stripes are torn");
    for (row = 0; row < EXTENT; row++) {
      for (column = 0; column < EXTENT; column++) {
        int phase = (row * step[0] + column * step[1] + (int)(indices[i] / CLASSES)) % 4;
        noise = noise * 6364136223846793005u + 1442695040888963407u;
        *out++ = (phase < 2 ? 1.0f : -1.0f) + (float)(noise >> 40) / (float)(1 << 24) - 0.5f;
      }
    }
  }
  return SMASH_OK;
}

static void SMASH_CALL destroy(void *self) { free(self); }

static const SmashDatasetVtable vtable = {sizeof(SmashDatasetVtable), describe, labels, read_examples, NULL, destroy};

static const SmashComponent components[] = {{
    sizeof(SmashComponent), SMASH_KIND_DATASET, 0, "stripes", "Grey 8x8 images of stripes in four directions.",
    "{\"properties\": {"
    "\"examples\": {\"type\": \"integer\", \"minimum\": 40, \"maximum\": 100000, \"default\": 400, "
    "\"description\": \"How many there are.\"}, "
    "\"damaged\": {\"type\": \"integer\", \"minimum\": 0, \"default\": 0, "
    "\"description\": \"An example that cannot be read; 0: none.\"}}}",
    &vtable, NULL, create, NULL}};

static const SmashPlugin plugin = {sizeof(SmashPlugin), SMASH_ABI_MAJOR, SMASH_ABI_MINOR, "stripes",
                                         "0.1.0", components, 1, sizeof(SmashComponent)};

SmashCode SMASH_CALL smash_plugin_init_v1(const SmashHost *lent, const SmashPlugin **out, SmashError **err) {
  (void)err;
  if (lent == NULL || lent->abi_major != SMASH_ABI_MAJOR) return SMASH_ERR_VERSION_MISMATCH;
  host = lent;
  *out = &plugin;
  return SMASH_OK;
}
