/* A host in C with components of its own: every MANIFEST. It calls what host.c does not, from several threads where that is
 * allowed, and prints "all". The dataset, the proposer and the estimator are of the host, without library or manifest. */
#include "check.h"

#include <math.h>

#define VALUES 64

static int made, destroyed, flag;

static void hand_out(const char *text, SmashBuf *out) {
  out->data = (const uint8_t *)text;
  out->len = strlen(text);
  out->user = NULL;
  out->release = NULL;
}

/* What create makes: the component's own text, which shows that the user pointer comes back. */
static SmashCode create(void *user, const char *request, size_t len, void **self, SmashError **err) {
  (void)err;
  REQUIRE(len > 0 && request[0] == '{');
  made += 1;
  *self = user;
  return SMASH_OK;
}

static void destroy(void *self) {
  REQUIRE(strncmp(self, "my ", 3) == 0);
  destroyed += 1;
}

/* Networks that are small enough for a machine that checks every access. */
#define SPACE "{\"type\": \"memory_bank\", \"unit\": 4, \"max_width\": 8, \"width\": 1, \"depth\": 1, \"max_kernel\": 3}"

/* ---- a dataset: bright or dark pictures ---- */

static SmashCode describe(void *self, SmashBuf *out, SmashError **err) {
  (void)self;
  (void)err;
  hand_out("{\"task\": {\"channels\": 1, \"extents\": [8, 8], \"classes\": 2}, \"examples\": 120}", out);
  return SMASH_OK;
}

static SmashCode labels(void *self, uint64_t first, uint32_t *out, size_t n, SmashError **err) {
  size_t i;
  (void)self;
  (void)err;
  for (i = 0; i < n; i++) out[i] = (uint32_t)((first + i) % 2);
  return SMASH_OK;
}

static SmashCode read_examples(void *self, const uint64_t *indices, const uint32_t *views, size_t n, float *out, size_t len,
                               SmashError **err) {
  size_t i, j;
  (void)self;
  (void)views;
  (void)len;
  (void)err;
  for (i = 0; i < n; i++) {
    for (j = 0; j < VALUES; j++) *out++ = (indices[i] % 2 ? 0.9f : 0.1f) + 0.001f * (float)((indices[i] * 7 + j) % 50);
  }
  return SMASH_OK;
}

static const SmashDatasetVtable dataset_vtable = {sizeof(SmashDatasetVtable), describe, labels, read_examples, NULL, destroy};

/* ---- a proposer: samples, and the largest network comes first ---- */

static int asked, told, added;

static SmashCode ask(void *self, uint64_t seed, const SmashSpaceVtable *space, void *space_self, SmashBuf *out,
                     SmashError **err) {
  static char text[1 << 16];
  SmashBuf architecture = SMASH_BUF_INIT;
  SmashCode code;
  (void)self;
  if (asked == 6) {
    hand_out("{\"next\": \"done\"}", out);
    return SMASH_OK;
  }
  code = space->sample(space_self, seed, 1.0, &architecture, err);
  if (code != SMASH_OK) return code;
  REQUIRE(architecture.len + 100 < sizeof text);
  snprintf(text, sizeof text, "{\"next\": \"proposal\", \"phase\": \"mine\", \"architecture\": %s}",
           (const char *)architecture.data);
  release(&architecture);
  asked += 1;
  hand_out(text, out);
  return SMASH_OK;
}

static SmashCode tell(void *self, const char *proposal, size_t len, const SmashOutcome *outcome, SmashError **err) {
  (void)self;
  (void)err;
  REQUIRE(len > 0 && proposal[0] == '{' && outcome->struct_size >= sizeof *outcome);
  REQUIRE(outcome->n_values == 1 && outcome->params != SMASH_UNKNOWN && outcome->macs > outcome->params / 100);
  REQUIRE(isnan(outcome->latency) && outcome->error == 0.25);
  told += 1;
  return SMASH_OK;
}

static SmashCode add(void *self, const char *proposal, size_t len, const SmashOutcome *outcome, SmashError **err) {
  (void)self;
  (void)err;
  REQUIRE(len > 0 && proposal[0] == '{' && outcome->n_values == 2 && outcome->latency == 0.5);
  added += 1;
  return SMASH_OK;
}

/* The last first: an order that no value has. */
static SmashCode rank(void *self, const char *trials, size_t len, SmashBuf *out, SmashError **err) {
  static char text[64];
  (void)self;
  (void)err;
  REQUIRE(len > 0 && trials[0] == '[');
  snprintf(text, sizeof text, "[%d]", told + added - 1);
  hand_out(text, out);
  return SMASH_OK;
}

static SmashCode save(void *self, SmashBuf *out, SmashError **err) {
  static char text[32];
  (void)self;
  (void)err;
  snprintf(text, sizeof text, "%d", asked);
  hand_out(text, out);
  return SMASH_OK;
}

static SmashCode load(void *self, const char *state, size_t len, SmashError **err) {
  (void)self;
  (void)err;
  REQUIRE(len > 0);
  asked = atoi(state);
  return SMASH_OK;
}

static const SmashProposerVtable proposer_vtable = {
    sizeof(SmashProposerVtable), ask, tell, add, rank, NULL, save, load, destroy};

/* ---- an estimator: it looks at the space, the examples and the engine that are lent to it ---- */

static SmashCode score(void *self, const SmashEstimatorContext *context, const char *architectures, size_t len, SmashBuf *out,
                       SmashError **err) {
  SmashBuf text = SMASH_BUF_INIT;
  uint64_t index = 3;
  float values[VALUES];
  SmashCode code;
  (void)self;
  REQUIRE(len > 0 && architectures[0] == '[');
  code = context->space->info(context->space_self, &text, err);
  if (code != SMASH_OK) return code;
  REQUIRE(strstr((const char *)text.data, "memory_bank") != NULL);
  release(&text);
  code = context->data->read(context->data_self, &index, NULL, 1, values, VALUES, err);
  if (code != SMASH_OK) return code;
  REQUIRE(values[0] > 0.5f);
  code = context->backend->info(context->backend_self, &text, err);
  if (code != SMASH_OK) return code;
  REQUIRE(strstr((const char *)text.data, "native") != NULL);
  release(&text);
  hand_out("[{\"loss\": 1.5, \"error\": 0.25}]", out);
  return SMASH_OK;
}

static const SmashEstimatorVtable estimator_vtable = {sizeof(SmashEstimatorVtable), NULL, NULL, score, NULL, NULL, destroy};

static void add_component(SmashContext *context, uint32_t kind, const void *vtable, char *user) {
  SmashComponent component = SMASH_COMPONENT_INIT;
  char id[] = "mine"; /* texts are copied */
  component.kind = kind;
  component.id = id;
  component.about = "Of the host.";
  component.config_schema = "{}";
  component.vtable = vtable;
  component.user = user;
  EXPECT(api->context_register(context, &component, &error), SMASH_ERR_PLUGIN);
  component.create = create;
  OK(api->context_register(context, &component, &error));
  EXPECT(api->context_register(context, &component, &error), SMASH_ERR_ALREADY_EXISTS);
  memset(id, 0, sizeof id);
}

/* ---- spaces ---- */

/* The last value of a decision of two, the first of any other. */
static SmashCode decide(void *user, const char *decision, size_t len, uint64_t *index, SmashError **err) {
  (void)err;
  REQUIRE(len > 0 && strncmp(decision, "{\"name\":\"", 9) == 0 && decision[len] == 0);
  *index = 0;
  *(int *)user += 1;
  return SMASH_OK;
}

static char *keep(SmashBuf *buf) {
  char *copy = malloc(buf->len + 1);
  REQUIRE(copy != NULL && buf->data[0] == '{');
  memcpy(copy, buf->data, buf->len + 1);
  release(buf);
  return copy;
}

/* An architecture, which the caller frees. */
static char *spaces(SmashContext *context) {
  static const char request[] =
      "{\"space\": " SPACE ", \"task\": {\"channels\": 1, \"extents\": [8, 8], "
      "\"classes\": 2}, \"constraints\": {\"max_params\": 200000}}";
  SmashSpace *space = NULL;
  SmashBuf buf = SMASH_BUF_INIT;
  char *first, *second, *child, *parameters, *again;
  int decisions = 0;
  OK(api->space_open(context, request, strlen(request), &space, &error));
  OK(api->space_schema(space, &buf, &error));
  REQUIRE(strstr((const char *)buf.data, "\"blocks\"") != NULL);
  release(&buf);
  OK(api->space_size(space, &buf, &error));
  REQUIRE(strstr((const char *)buf.data, "\"log10\":") != NULL);
  release(&buf);
  OK(api->space_sample(space, 1, &buf, &error));
  first = keep(&buf);
  OK(api->space_mutate(space, first, strlen(first), 2, 0.3, &buf, &error));
  second = keep(&buf);
  OK(api->space_crossover(space, first, strlen(first), second, strlen(second), 3, 0.1, &buf, &error));
  child = keep(&buf);
  OK(api->space_validate(space, child, strlen(child), &error));
  EXPECT(api->space_validate(space, "{}", 2, &error), SMASH_ERR_INVALID_CONFIG);
  OK(api->space_draw(space, decide, &decisions, &buf, &error));
  REQUIRE(decisions > 3);
  release(&buf);
  OK(api->space_count(space, child, strlen(child), &buf, &error));
  REQUIRE(strstr((const char *)buf.data, "\"params\":") != NULL);
  release(&buf);
  OK(api->space_graph(space, child, strlen(child), SMASH_NETWORK_STANDALONE, &buf, &error));
  REQUIRE(strstr((const char *)buf.data, "\"logits\"") != NULL);
  release(&buf);
  OK(api->space_decisions(space, child, strlen(child), &buf, &error));
  REQUIRE(strstr((const char *)buf.data, "\"depends_on\":") != NULL);
  release(&buf);
  OK(api->space_parameters(space, child, strlen(child), &buf, &error));
  parameters = keep(&buf);
  OK(api->space_from_parameters(space, parameters, strlen(parameters), &buf, &error));
  again = keep(&buf);
  REQUIRE(strcmp(again, child) == 0);
  api->space_free(space);
  api->space_free(NULL);
  free(again);
  free(parameters);
  free(child);
  free(second);
  return first;
}

/* ---- searches and models ---- */

typedef struct Seen {
  int steps, others, epochs;
} Seen;

static int32_t see(void *user, const char *event, size_t len) {
  Seen *seen = user;
  (void)len;
  if (strstr(event, "\"event\":\"step\"") != NULL) {
    seen->steps += 1;
  } else if (strstr(event, "\"event\":\"epoch\"") != NULL) {
    REQUIRE(strstr(event, "\"valid\":{\"loss\":") != NULL);
    seen->epochs += 1;
  } else {
    seen->others += 1;
  }
  return 0;
}

static void search(SmashContext *context, const char *architecture) {
  static const char job[] =
      "{\"space\": " SPACE ", \"dataset\": {\"type\": \"mine\"}, \"retrain\": {\"epochs\": 0}, "
      "\"strategy\": {\"type\": \"mine\", \"estimator\": {\"type\": \"mine\"}}}";
  SmashSearch *search = NULL;
  SmashBuf buf = SMASH_BUF_INIT;
  SmashRunOptions options = SMASH_RUN_OPTIONS_INIT;
  Seen seen = {0, 0, 0};
  char *results = malloc(strlen(architecture) + 200);
  REQUIRE(results != NULL);
  OK(api->search_create(context, job, strlen(job), NULL, &search, &error));
  options.progress = see;
  options.user = &seen;
  options.until = SMASH_PHASE_SEARCHING;
  OK(api->search_run(search, &options, &error));
  OK(api->search_status(search, &buf, &error));
  REQUIRE(strstr((const char *)buf.data, "\"phase\":\"searching\"") != NULL);
  release(&buf);

  sprintf(results, "[{\"architecture\": %s, \"values\": [0.5, 9], \"latency\": 0.5}]", architecture);
  OK(api->search_add(search, results, strlen(results), &buf, &error));
  REQUIRE(strcmp((const char *)buf.data, "[0]") == 0 && added == 1);
  release(&buf);

  options.cancel = &flag;
  flag = 1;
  EXPECT(api->search_run(search, &options, &error), SMASH_ERR_CANCELLED);
  flag = 0;
  api->search_cancel(search);
  EXPECT(api->search_run(search, &options, &error), SMASH_ERR_CANCELLED);
  options.until = SMASH_PHASE_RETRAINING;
  options.events = SMASH_EVENT_CANDIDATE;
  seen.others = 0;
  OK(api->search_run(search, &options, &error));
  REQUIRE(seen.others == 6 && told == 6 && seen.steps == 0);
  OK(api->search_best(search, 1, &buf, &error));
  /* The proposer's order, not that of the values. */
  REQUIRE(strncmp((const char *)buf.data, "[{\"trial_id\":6,", 15) == 0);
  release(&buf);
  api->search_free(search);
  free(results);
}

static void train(SmashContext *context, const char *architecture) {
  static const char job[] =
      "{\"space\": " SPACE ", \"dataset\": {\"type\": \"mine\"}, \"retrain\": {\"epochs\": 2, "
      "\"batch\": 20}}";
  SmashModel *model = NULL;
  SmashBuf buf = SMASH_BUF_INIT;
  SmashRunOptions options = SMASH_RUN_OPTIONS_INIT;
  SmashWriter writer = SMASH_WRITER_INIT;
  Memory memory = {NULL, 0, 0};
  Seen seen = {0, 0, 0};
  static const char onnx[] = "{\"format\": \"onnx\"}", python[] = "{\"format\": \"pytorch\", \"file\": \"model.py\"}";
  options.progress = see;
  options.user = &seen;
  options.interval_ms = 3600000;
  OK(api->model_train(context, architecture, strlen(architecture), job, strlen(job), NULL, &options, &model, &error));
  REQUIRE(seen.steps == 1 && seen.epochs == 2);
  OK(api->model_metrics(model, &buf, &error));
  REQUIRE(strstr((const char *)buf.data, "\"valid_error\":0") != NULL);
  release(&buf);
  OK(api->model_describe(model, &buf, &error));
  REQUIRE(strstr((const char *)buf.data, "\"input\":[1,8,8]") != NULL);
  release(&buf);
  writer.user = &memory, writer.write = memory_write;
  OK(api->model_export(model, onnx, strlen(onnx), &writer, &error));
  REQUIRE(memory.length > 1000);
  memory.length = 0;
  OK(api->model_export(model, python, strlen(python), &writer, &error));
  REQUIRE(memory.length > 1000 && memcmp(memory.bytes, "\"\"\"", 3) == 0);
  EXPECT(api->model_export(model, "{\"format\": \"pytorch\"}", 21, &writer, &error), SMASH_ERR_INVALID_CONFIG);
  free(memory.bytes);
  api->model_free(model);

  flag = 1;
  options.cancel = &flag;
  EXPECT(api->model_train(context, architecture, strlen(architecture), job, strlen(job), NULL, &options, &model, &error),
         SMASH_ERR_CANCELLED);
  flag = 0;
}

/* How many messages of each level were heard. */
static int heard[5];

static void hear(void *user, int32_t level, const char *target, size_t target_len, const char *message, size_t message_len) {
  REQUIRE(user == heard && target[target_len] == 0 && message[message_len] == 0 && message_len > 0);
  REQUIRE(level >= 0 && level < 5);
  heard[level] += 1;
}

int main(int argc, char **argv) {
  SmashContextOptions options = SMASH_CONTEXT_OPTIONS_INIT;
  SmashContext *context = NULL;
  SmashDataset *data = NULL;
  SmashBuf buf = SMASH_BUF_INIT;
  char *architecture;
  static char my_dataset[] = "my dataset", my_proposer[] = "my proposer", my_estimator[] = "my estimator";
  REQUIRE(argc == 2);
  api = smash_get_api(SMASH_ABI_MAJOR, SMASH_ABI_MINOR);
  REQUIRE(api != NULL && smash_version_number() == SMASH_VERSION_NUMBER);
  error = api->error_new(SMASH_ERR_DATA, "torn", 4, "{\"page\": 3}", 11);
  REQUIRE(strcmp(api->error_details(error, NULL), "{\"page\": 3}") == 0 && strcmp(api->error_message(error, NULL), "torn") == 0);
  EXPECT(api->error_code(error), SMASH_ERR_DATA);

  options.flags = SMASH_CTX_ALLOW_PLUGINS;
  options.max_threads = 1;
  options.log = hear;
  options.user = heard;
  options.log_level = 4;
  options.max_memory = 64 << 20;
  OK(api->context_create(&options, &context, &error));
  OK(api->context_load_plugin(context, argv[1], strlen(argv[1]), &error));
  add_component(context, SMASH_KIND_DATASET, &dataset_vtable, my_dataset);
  add_component(context, SMASH_KIND_PROPOSER, &proposer_vtable, my_proposer);
  add_component(context, SMASH_KIND_ESTIMATOR, &estimator_vtable, my_estimator);
  OK(api->context_describe(context, &buf, &error));
  REQUIRE(strstr((const char *)buf.data, "\"source\":\"host\"") != NULL && strstr((const char *)buf.data, "\"sha256\":") != NULL);
  release(&buf);
  OK(api->dataset_from_config(context, "{\"type\": \"mine\"}", 16, &data, &error));
  OK(api->dataset_describe(data, &buf, &error));
  REQUIRE(strstr((const char *)buf.data, "\"class_counts\":[60,60]") != NULL);
  release(&buf);
  api->dataset_free(data);

  architecture = spaces(context);
  search(context, architecture);
  train(context, architecture);
  api->context_free(context);
  REQUIRE(made > 3 && made == destroyed);
  free(architecture);

  /* A limit of memory that no network fits in. */
  options.max_memory = 4096;
  OK(api->context_create(&options, &context, &error));
  {
    static const char job[] = "{\"strategy\": {\"type\": \"smash\", \"epochs\": 1}}";
    SmashSearch *search = NULL;
    OK(api->search_create(context, job, strlen(job), NULL, &search, &error));
    EXPECT(api->search_run(search, NULL, &error), SMASH_ERR_LIMIT);
    api->search_free(search);
  }
  api->context_free(context);
  /* The plugin and phases, trials and epochs, steps, and what failed. */
  REQUIRE(heard[2] > 5 && heard[3] > 5 && heard[4] > 5 && heard[0] == 1);
  puts("all");
  return 0;
}
