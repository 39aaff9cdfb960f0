/* A host in C: host JOB [DATA files|dlpack|vtable]. Runs a job with interruptions, prints the hash of the best architecture, and
 * tries every function on the way. DATA: 1,797 digits, 64 floats each, then 1,797 labels of one byte. */
#include "check.h"

#define EXAMPLES 1797
#define VALUES 64

static float images[EXAMPLES * VALUES];
static uint8_t labels[EXAMPLES];

typedef struct Watch {
  SmashSearch *search;
  long events;
  long stop_at; /* asks to stop at this event */
} Watch;

static int32_t progress(void *user, const char *event, size_t len) {
  Watch *watch = user;
  SmashBuf buf = SMASH_BUF_INIT;
  REQUIRE(len > 0 && event[0] == '{' && event[len] == 0);
  watch->events += 1;
  if (watch->events == watch->stop_at) {
    /* Only these two are allowed in here. */
    OK(api->search_status(watch->search, &buf, &error));
    REQUIRE(strstr((const char *)buf.data, "\"state\":\"running\"") != NULL);
    release(&buf);
    EXPECT(api->search_ask(watch->search, 1, &buf, &error), SMASH_ERR_BUSY);
    api->search_cancel(watch->search);
  }
  return 0;
}

/* ---- the digits behind functions ---- */

static int destroyed;
static int failing;

static SmashCode fail(SmashError **err, const char *message) {
  if (err != NULL) *err = api->error_new(SMASH_ERR_CALLBACK, message, strlen(message), NULL, 0);
  return SMASH_ERR_CALLBACK;
}

static SmashCode describe(void *self, SmashBuf *out, SmashError **err) {
  static const char text[] =
      "{\"task\": {\"channels\": 1, \"extents\": [8, 8], \"classes\": 10}, \"examples\": 1797, "
      "\"augmentation\": {\"crop_padding\": 1}}";
  (void)self;
  (void)err;
  out->data = (const uint8_t *)text;
  out->len = sizeof text - 1;
  out->user = NULL;
  out->release = NULL;
  return SMASH_OK;
}

static SmashCode read_labels(void *self, uint64_t first, uint32_t *out, size_t n, SmashError **err) {
  size_t i;
  (void)self;
  (void)err;
  for (i = 0; i < n; i++) out[i] = labels[first + i];
  return SMASH_OK;
}

static SmashCode read_images(void *self, const uint64_t *indices, const uint32_t *views, size_t n, float *out, size_t len,
                             SmashError **err) {
  size_t i;
  (void)self;
  (void)views;
  if (failing) return fail(err, "the disk is on fire");
  if (len != n * VALUES) return fail(err, "len");
  for (i = 0; i < n; i++) memcpy(out + i * VALUES, images + indices[i] * VALUES, VALUES * sizeof(float));
  return SMASH_OK;
}

static void destroy(void *self) {
  (void)self;
  destroyed += 1;
}

static const SmashDatasetVtable digits = {sizeof(SmashDatasetVtable), describe, read_labels, read_images, NULL, destroy};

static SmashDataset *dataset(SmashContext *context, const char *how) {
  SmashDataset *out = NULL;
  static int64_t shape[4] = {EXAMPLES, 1, 8, 8};
  static struct DLManagedTensorVersioned x, y;
  static const char options[] = "{\"augmentation\": {\"crop_padding\": 1}}";
  if (strcmp(how, "vtable") == 0) {
    OK(api->dataset_from_vtable(context, "my digits", 9, &digits, NULL, &out, &error));
  } else if (strcmp(how, "dlpack") == 0) {
    x = tensor_of(images, kDLFloat, 32, 4, shape);
    y = tensor_of(labels, kDLUInt, 8, 1, shape);
    /* On an error both are still ours. */
    y.dl_tensor.dtype.code = kDLFloat;
    EXPECT(api->dataset_from_dlpack(context, options, strlen(options), &x, &y, &out, &error), SMASH_ERR_DATA);
    REQUIRE(deleted == 0 && out == NULL);
    y.dl_tensor.dtype.code = kDLUInt;
    OK(api->dataset_from_dlpack(context, options, strlen(options), &x, &y, &out, &error));
    REQUIRE(deleted == 2);
  } else {
    OK(api->dataset_from_config(context, "{\"type\": \"digits\"}", 18, &out, &error));
  }
  return out;
}

static void look(SmashContext *context, const char *job) {
  SmashBuf buf = SMASH_BUF_INIT;
  OK(api->context_describe(context, &buf, &error));
  REQUIRE(strstr((const char *)buf.data, "memory_bank") != NULL);
  release(&buf);
  OK(api->context_schema(context, "job", 3, NULL, 0, &buf, &error));
  release(&buf);
  OK(api->context_schema(context, "space", 5, "memory_bank", 11, &buf, &error));
  release(&buf);
  REQUIRE(buf.release == NULL);
  OK(api->config_validate(context, job, strlen(job), NULL, &buf, &error));
  REQUIRE(strstr((const char *)buf.data, "\"valid\":true") != NULL);
  release(&buf);
  OK(api->config_validate(context, "{\"sed\": 3}", 10, NULL, &buf, &error));
  REQUIRE(strstr((const char *)buf.data, "\"pointer\":\"/sed\"") != NULL);
  release(&buf);
  EXPECT(api->context_schema(context, "space", 5, "memory_banks", 12, &buf, &error), SMASH_ERR_NOT_FOUND);
}

/* The job with two interruptions: one by a request, one by a save and a load. */
static void run(SmashContext *context, SmashDataset *data, const char *job) {
  SmashSearch *search = NULL, *loaded = NULL;
  SmashModel *model = NULL, *again = NULL;
  SmashBuf buf = SMASH_BUF_INIT;
  SmashRunOptions options = SMASH_RUN_OPTIONS_INIT;
  Watch watch = {NULL, 0, 5};
  Memory memory = {NULL, 0, 0};
  SmashWriter writer = SMASH_WRITER_INIT;
  SmashReader reader = SMASH_READER_INIT;
  char hash[32], architecture[32];
  int32_t done = 1;
  static float input[3 * VALUES];
  static int64_t shape[4] = {3, 1, 8, 8};
  struct DLManagedTensorVersioned x = tensor_of(input, kDLFloat, 32, 4, shape), *y = NULL;

  writer.user = &memory, writer.write = memory_write;
  reader.user = &memory, reader.read = memory_read;
  OK(api->search_create(context, job, strlen(job), data, &search, &error));
  watch.search = search;
  options.progress = progress;
  options.user = &watch;
  EXPECT(api->search_run(search, &options, &error), SMASH_ERR_CANCELLED);
  REQUIRE(watch.events >= 5);
  EXPECT(api->search_model(search, &model, &error), SMASH_ERR_BAD_STATE);
  OK(api->search_step(search, 2, &done, &buf, &error));
  REQUIRE(done == 0 && buf.data[0] == '[');
  release(&buf);
  OK(api->search_save(search, &writer, &error));
  api->search_free(search);

  OK(api->search_load(context, &reader, data, &loaded, &error));
  free(memory.bytes);
  memset(&memory, 0, sizeof memory);
  OK(api->search_run(loaded, NULL, &error));
  OK(api->search_status(loaded, &buf, &error));
  REQUIRE(strstr((const char *)buf.data, "\"state\":\"done\"") != NULL);
  release(&buf);
  OK(api->search_best(loaded, 1, &buf, &error));
  field(&buf, "hash", hash, sizeof hash);
  release(&buf);

  OK(api->search_model(loaded, &model, &error));
  api->search_free(loaded);
  OK(api->model_metrics(model, &buf, &error));
  field(&buf, "architecture", architecture, sizeof architecture);
  REQUIRE(strcmp(hash, architecture) == 0);
  release(&buf);
  deleted = 0;
  memcpy(input, images, sizeof input);
  OK(api->model_predict(model, &x, &y, &error));
  REQUIRE(deleted == 1 && y->dl_tensor.ndim == 2 && y->dl_tensor.shape[0] == 3 && y->dl_tensor.shape[1] == 10);
  OK(api->model_save(model, &writer, &error));
  api->model_free(model);
  OK(api->model_load(context, &reader, &again, &error));
  free(memory.bytes);
  {
    struct DLManagedTensorVersioned *z = NULL;
    OK(api->model_predict(again, &x, &z, &error));
    REQUIRE(memcmp(y->dl_tensor.data, z->dl_tensor.data, 30 * sizeof(float)) == 0);
    z->deleter(z);
  }
  y->deleter(y);
  api->model_free(again);
  printf("best %s\n", hash);
}

/* Candidates that the host evaluates. */
static void ask_and_tell(SmashContext *context, SmashDataset *data) {
  static const char job[] = "{\"strategy\": {\"type\": \"random\", \"search\": {\"candidates\": 4}}, \"retrain\": {\"epochs\": 0}}";
  SmashSearch *search = NULL;
  SmashBuf buf = SMASH_BUF_INIT;
  char text[256];
  int32_t decision = -1;
  int i;
  OK(api->search_create(context, job, strlen(job), data, &search, &error));
  EXPECT(api->search_run(search, NULL, &error), SMASH_ERR_BAD_STATE);
  for (i = 0; i < 4; i++) {
    OK(api->search_ask(search, 1, &buf, &error));
    REQUIRE(strstr((const char *)buf.data, "\"trial_id\":") != NULL);
    release(&buf);
    OK(api->search_pending(search, &buf, &error));
    REQUIRE(strstr((const char *)buf.data, "\"trial_id\":") != NULL);
    release(&buf);
    snprintf(text, sizeof text, "{\"trial_id\": %d, \"step\": 1, \"values\": [0.5]}", i);
    OK(api->search_report(search, text, strlen(text), &decision, &error));
    REQUIRE(decision == SMASH_CONTINUE);
    snprintf(text, sizeof text, "[{\"trial_id\": %d, \"status\": \"ok\", \"values\": [%d.5, 7]}]", i, (i * 3) % 4);
    OK(api->search_tell(search, text, strlen(text), &error));
    EXPECT(api->search_tell(search, text, strlen(text), &error), SMASH_ERR_INVALID_CONFIG);
  }
  OK(api->search_ask(search, 1, &buf, &error));
  REQUIRE(strcmp((const char *)buf.data, "[]") == 0);
  release(&buf);
  OK(api->search_best(search, 1, &buf, &error));
  REQUIRE(strstr((const char *)buf.data, "\"trial_id\":0,") != NULL);
  release(&buf);
  EXPECT(api->search_score(search, "[]", 2, (double *)text, NULL, 0, &error), SMASH_ERR_BAD_STATE);
  OK(api->search_run(search, NULL, &error));
  api->search_free(search);
}

/* A dataset whose functions begin to fail. */
static void faults(SmashContext *context, const char *job) {
  SmashDataset *data = dataset(context, "vtable");
  SmashSearch *search = NULL;
  OK(api->search_create(context, job, strlen(job), data, &search, &error));
  api->dataset_free(data);
  failing = 1;
  REQUIRE(api->search_run(search, NULL, &error) == SMASH_ERR_DATA);
  REQUIRE(strstr(api->error_message(error, NULL), "the disk is on fire") != NULL);
  api->error_free(error);
  error = NULL;
  failing = 0;
  {
    const int before = destroyed;
    api->search_free(search);
    REQUIRE(destroyed == before + 1);
  }
}

int main(int argc, char **argv) {
  SmashContext *context = NULL;
  SmashDataset *data = NULL;
  size_t length;
  char *job, *bytes;
  if (argc != 4) {
    fprintf(stderr, "usage: host JOB DATA files|dlpack|vtable\n");
    return 2;
  }
  REQUIRE(smash_get_api(SMASH_ABI_MAJOR + 1, 0) == NULL && smash_get_api(SMASH_ABI_MAJOR, 1000) == NULL);
  api = smash_get_api(SMASH_ABI_MAJOR, SMASH_ABI_MINOR);
  REQUIRE(api != NULL && api->struct_size >= sizeof(SmashApi) && smash_version()[0] != 0);
  job = read_file(argv[1], &length);
  bytes = read_file(argv[2], &length);
  REQUIRE(length == sizeof images + sizeof labels);
  memcpy(images, bytes, sizeof images);
  memcpy(labels, bytes + sizeof images, sizeof labels);
  free(bytes);

  OK(api->context_create(NULL, &context, &error));
  look(context, job);
  data = dataset(context, argv[3]);
  run(context, data, job);
  ask_and_tell(context, data);
  faults(context, job);
  /* In the wrong order on purpose. */
  api->context_free(context);
  api->dataset_free(data);
  REQUIRE(destroyed == (strcmp(argv[3], "vtable") == 0 ? 2 : 1));
  api->dataset_free(NULL);
  api->context_free(NULL);
  api->search_free(NULL);
  api->model_free(NULL);
  api->error_free(NULL);
  api->search_cancel(NULL);
  free(job);
  return 0;
}
