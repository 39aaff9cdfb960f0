/* The smallest search, in a program that is linked to the packed library. */
#include <smash.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const SmashApi *api;
static SmashError *error;

static void check(SmashCode code) {
  if (code != SMASH_OK) {
    fprintf(stderr, "%s\n%s\n", api->error_message(error, NULL), api->error_details(error, NULL));
    exit(1);
  }
}

int main(void) {
  static const char job[] =
      "{\"dataset\": {\"type\": \"digits\"}, \"threads\": 1, \"retrain\": {\"epochs\": 0},"
      " \"strategy\": {\"type\": \"smash\", \"epochs\": 0,"
      "   \"hypernet\": {\"first\": 2, \"growth\": 2, \"stages\": [1]},"
      "   \"scoring\": {\"batch\": 4, \"examples\": 4, \"calibration\": 2},"
      "   \"search\": {\"random\": 4, \"perturbation\": 0, \"chain\": 0}}}";
  SmashContext *context = NULL;
  SmashSearch *search = NULL;
  SmashRunOptions options;
  SmashBuf best = {0};

  api = smash_get_api(SMASH_ABI_MAJOR, SMASH_ABI_MINOR);
  if (api == NULL) return 1;
  check(api->context_create(NULL, &context, &error));
  check(api->search_create(context, job, strlen(job), NULL, &search, &error));
  memset(&options, 0, sizeof options);
  options.struct_size = sizeof options;
  check(api->search_run(search, &options, &error));
  check(api->search_best(search, 1, &best, &error));
  printf("SMASH %s: %.16s\n", smash_version(), (const char *)best.data);
  best.release(&best);
  api->search_free(search);
  api->context_free(context);
  return 0;
}
