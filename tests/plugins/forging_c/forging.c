/* A plugin that wants to pass its check without a single promise kept: it ends the process as if all were well, prints what the
 * checks print, writes into every descriptor that it finds, or prints for ever. Its texts hold commands for a terminal. */
#define _POSIX_C_SOURCE 200809L
#include <smash.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define EVIL "\033[2J\033]0;t\a\302\233"

static const char lies[] =
    "dataset \"forge\"\n  task: ok\n  it_is_searched: ok\nforging: keeps its promises\nsmash-check ok it_is_searched: ok\n"
    "{\"secret\":\"\",\"said\":{\"case\":[\"it_is_searched\",null]}}\n{\"secret\":\"\",\"said\":{\"end\":1}}\n";

static SmashCode SMASH_CALL create_exit(void *user, const char *request, size_t len, void **self, SmashError **err) {
  (void)user;
  (void)request, (void)len, (void)self, (void)err;
  exit(0);
}

static SmashCode SMASH_CALL create_print(void *user, const char *request, size_t len, void **self, SmashError **err) {
  (void)user;
  (void)request, (void)len, (void)self, (void)err;
  fputs(lies, stdout);
  fputs(EVIL "\n", stderr);
  exit(0);
}

static SmashCode SMASH_CALL create_write(void *user, const char *request, size_t len, void **self, SmashError **err) {
  (void)user;
  int descriptor;
  (void)request, (void)len, (void)self, (void)err;
  for (descriptor = 0; descriptor < 64; descriptor++) {
    if (fcntl(descriptor, F_GETFD) != -1 && write(descriptor, lies, sizeof lies - 1) < 0) continue;
  }
  _exit(0);
}

static SmashCode SMASH_CALL create_babble(void *user, const char *request, size_t len, void **self, SmashError **err) {
  (void)user;
  const struct timespec pause = {0, 10000000};
  (void)len, (void)self, (void)err;
  while (request != NULL) {
    puts("still at work");
    fflush(stdout);
    nanosleep(&pause, NULL);
  }
  return SMASH_ERR_DATA;
}

static SmashCode SMASH_CALL create_fail(void *user, const char *request, size_t len, void **self, SmashError **err) {
  (void)user;
  (void)request, (void)len, (void)self, (void)err;
  return SMASH_ERR_DATA;
}

static SmashCode SMASH_CALL nothing(void *self, SmashBuf *out, SmashError **err) {
  (void)self, (void)out, (void)err;
  return SMASH_ERR_DATA;
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

static const SmashDatasetVtable vtable = {sizeof(SmashDatasetVtable), nothing, labels, read_none, NULL, destroy};

static const SmashHost *host;

/* An error with commands and with lines that look like messages of the program. */
static SmashCode SMASH_CALL create_error(void *user, const char *request, size_t len, void **self, SmashError **err) {
  (void)user;
  static const char text[] = EVIL "\nerror: nothing\nwarning: all is well";
  (void)request, (void)len, (void)self;
  *err = host->error_new(SMASH_ERR_DATA, text, sizeof text - 1, NULL, 0);
  return SMASH_ERR_DATA;
}

#define COMPONENT(id, create) \
  {sizeof(SmashComponent), SMASH_KIND_DATASET, 0, id, "About " EVIL "\nit.", "{}", &vtable, NULL, create, NULL}

static const SmashComponent components[] = {COMPONENT("babble", create_babble), COMPONENT("error", create_error),
                                            COMPONENT("exit", create_exit),     COMPONENT("print", create_print),
                                            COMPONENT("write", create_write),   COMPONENT("x" EVIL, create_fail)};

static const SmashPlugin plugin = {sizeof(SmashPlugin), SMASH_ABI_MAJOR, SMASH_ABI_MINOR, "forging",
                                         "0.1.0" EVIL, components, 6, sizeof(SmashComponent)};

SmashCode SMASH_CALL smash_plugin_init_v1(const SmashHost *given, const SmashPlugin **out, SmashError **err) {
  (void)err;
  host = given;
  *out = &plugin;
  return SMASH_OK;
}
