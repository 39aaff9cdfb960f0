/* A host with a thread of its own that runs a job: thread JOB STACK MODE. STACK: of the thread, in KiB. MODE: how the thread
 * rounds and what it does with tiny numbers. Prints all candidates with their scores, which depend on neither. */
/* Not all of it is needed here. */
#pragma GCC diagnostic ignored "-Wunused-function"
#include "check.h"

#include <fenv.h>
#include <pthread.h>
#if defined(__x86_64__)
#  include <xmmintrin.h>
#endif

static char *job;
static size_t job_length;
static const char *mode;

static void set_mode(void) {
  if (strstr(mode, "up") != NULL) fesetround(FE_UPWARD);
  if (strstr(mode, "zero") != NULL) fesetround(FE_TOWARDZERO);
#if defined(__x86_64__)
  /* Flushed to zero, both results and operands; and a signal at an invalid operation, a division by zero, an overflow. */
  if (strstr(mode, "flush") != NULL) _mm_setcsr(_mm_getcsr() | 0x8040);
  if (strstr(mode, "signal") != NULL) _mm_setcsr(_mm_getcsr() & ~0x0680u);
#endif
}

/* What the mode is now: without the flags of what has happened. */
static unsigned now(void) {
#if defined(__x86_64__)
  return _mm_getcsr() & 0xFFC0u;
#else
  return (unsigned)fegetround();
#endif
}

static int32_t watch(void *user, const char *event, size_t len) {
  (void)event;
  (void)len;
  *(long *)user += 1;
  /* What a callback sets does not stay. */
  set_mode();
  return 0;
}

static void *work(void *unused) {
  SmashContext *context = NULL;
  SmashSearch *search = NULL;
  SmashModel *model = NULL;
  SmashRunOptions options = SMASH_RUN_OPTIONS_INIT;
  SmashBuf best = SMASH_BUF_INIT, metrics = SMASH_BUF_INIT;
  Memory memory = {NULL, 0, 0};
  SmashWriter writer = SMASH_WRITER_INIT;
  char deep[126];
  long events = 0;
  unsigned before;
  size_t i;
  unsigned hash = 2166136261u;
  (void)unused;
  set_mode();
  before = now();
  OK(api->context_create(NULL, &context, &error));
  /* As deep as JSON may be. */
  memset(deep, '[', 63);
  memset(deep + 63, ']', 63);
  OK(api->config_validate(context, deep, sizeof deep, NULL, &best, &error));
  release(&best);
  memset(&best, 0, sizeof best);
  OK(api->search_create(context, job, job_length, NULL, &search, &error));
  writer.user = &memory, writer.write = memory_write;
  options.progress = watch;
  options.user = &events;
  OK(api->search_run(search, &options, &error));
  REQUIRE(events > 0 && now() == before);
  OK(api->search_best(search, 0, &best, &error));
  OK(api->search_model(search, &model, &error));
  OK(api->model_save(model, &writer, &error));
  REQUIRE(now() == before);
  for (i = 0; i < memory.length; i++) hash = (hash ^ (unsigned char)memory.bytes[i]) * 16777619u;
  printf("%.*s\nmodel %zu %08x\n", (int)best.len, (const char *)best.data, memory.length, hash);
  free(memory.bytes);
  release(&best);
  release(&metrics);
  api->model_free(model);
  api->search_free(search);
  api->context_free(context);
  return NULL;
}

int main(int argc, char **argv) {
  pthread_attr_t attributes;
  pthread_t thread;
  REQUIRE(argc == 4);
  job = read_file(argv[1], &job_length);
  mode = argv[3];
  api = smash_get_api(SMASH_ABI_MAJOR, SMASH_ABI_MINOR);
  REQUIRE(api != NULL);
  REQUIRE(pthread_attr_init(&attributes) == 0);
  REQUIRE(pthread_attr_setstacksize(&attributes, (size_t)atol(argv[2]) * 1024) == 0);
  REQUIRE(pthread_create(&thread, &attributes, work, NULL) == 0);
  REQUIRE(pthread_join(thread, NULL) == 0);
  free(job);
  return 0;
}
