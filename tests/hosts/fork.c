/* A host that forks after it has used the library: fork JOB DATASET. The child is told at once that handles of its parent are
 * not its own, and works with new ones. */
/* Not all of it is needed here. */
#pragma GCC diagnostic ignored "-Wunused-function"
#include "check.h"

#include <sys/wait.h>
#include <unistd.h>

/* Longer than all of it takes; a child that waits for threads that it does not have would wait for ever. */
#define PATIENCE 60

static SmashDataset *meshes(SmashContext *context, const char *config, size_t length) {
  SmashDataset *data = NULL;
  OK(api->dataset_from_config(context, config, length, &data, &error));
  return data;
}

static SmashSearch *begun(SmashContext *context, const char *job, size_t length) {
  SmashSearch *search = NULL;
  OK(api->search_create(context, job, length, NULL, &search, &error));
  OK(api->search_step(search, 3, NULL, NULL, &error));
  return search;
}

/* SMASH_ERR_BAD_STATE, with what to do instead. */
static void refused(SmashCode code) {
  REQUIRE(code == SMASH_ERR_BAD_STATE && strstr(api->error_message(error, NULL), "\"spawn\"") != NULL);
  api->error_free(error);
  error = NULL;
}

int main(int argc, char **argv) {
  SmashContext *context = NULL, *other = NULL;
  SmashSearch *search;
  SmashDataset *data;
  SmashBuf buf = SMASH_BUF_INIT;
  size_t job_length, config_length;
  char *job, *config;
  int status;
  pid_t child;
  REQUIRE(argc == 3);
  job = read_file(argv[1], &job_length);
  config = read_file(argv[2], &config_length);
  api = smash_get_api(SMASH_ABI_MAJOR, SMASH_ABI_MINOR);
  REQUIRE(api != NULL);
  OK(api->context_create(NULL, &context, &error));
  search = begun(context, job, job_length);
  data = meshes(context, config, config_length);
  child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    alarm(PATIENCE);
    refused(api->search_step(search, 3, NULL, NULL, &error));
    refused(api->search_run(search, NULL, &error));
    refused(api->search_status(search, &buf, &error));
    refused(api->search_best(search, 1, &buf, &error));
    api->search_cancel(search);
    api->search_free(search);
    api->dataset_free(meshes(context, config, config_length));
    OK(api->context_create(NULL, &other, &error));
    api->dataset_free(meshes(other, config, config_length));
    api->dataset_free(data);
    api->context_free(context);
    search = begun(other, job, job_length);
    api->search_free(search);
    api->context_free(other);
    _exit(0);
  }
  REQUIRE(waitpid(child, &status, 0) == child);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    fprintf(stderr, "the child ended with status %d\n", status);
    return 1;
  }
  /* The parent goes on. */
  OK(api->search_step(search, 3, NULL, NULL, &error));
  api->search_free(search);
  api->dataset_free(data);
  api->context_free(context);
  free(job);
  free(config);
  puts("both work");
  return 0;
}
