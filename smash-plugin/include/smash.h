/* SMASH, version 1.0 of the ABI. First what both sides share, then what a host calls (SmashApi), then what a plugin exports.
 *
 * A host gets the table of functions from smash_get_api. A plugin is a dynamic library with one symbol, smash_plugin_init_v1,
 * and a manifest NAME.smash.json beside it that `smash plugin manifest LIBRARY` writes. Rules that hold for every function and
 * struct:
 *
 *    1. Memory is freed by the library that allocated it: through release, destroy, a ..._free or a DLPack deleter, never
 *       free().
 *    2. Arguments are borrowed for the call. What must live longer is copied. A DLManagedTensorVersioned and a dataset's self
 *       are handed over, but only when SMASH_OK is returned; on any error they are still the caller's. A DLTensor is borrowed.
 *    3. Out-parameters are written only when SMASH_OK is returned, *err only otherwise. err may be NULL.
 *    4. Text is UTF-8 with a length. Text that is handed out, and what callbacks of a host are told (events, decisions, log
 *       messages), also ends with a NUL that the length does not count; other arguments need not.
 *    5. Structs begin with struct_size, what sizeof gives to whoever fills them in, and only grow at their end. Arrays of them
 *       come with a stride. Each that a caller fills in has a macro ..._INIT for it. SmashBuf alone has no size and never
 *       grows.
 *    6. No exception and no longjmp may leave a callback or a function. A component is called by one thread at a time, by any.
 *    7. A library is never unloaded, so what is called static here may live in the library.
 *    8. A child of fork() has none of its parent's threads: there SMASH_ERR_BAD_STATE is what a search or a model of the parent
 *       answers, and freeing it frees nothing; contexts and datasets go on, and new searches work. Do not fork while another
 *       thread is inside a call. A plugin may have threads of its own (libtorch has): start workers by "spawn" (fork and exec)
 *       if there is a choice.
 *    9. A call sets the floating-point mode of its thread aside (rounding, tiny numbers flushed to zero, signals) and gives it
 *       back: results do not depend on it. Callbacks run in the mode of the library, and what they set does not stay.
 *   10. A thread that calls needs a stack of 256 KiB or more. JSON with more than 64 arrays and objects inside each other is
 *       refused before it is read (SMASH_ERR_LIMIT).
 *   11. When memory is short: an engine that cannot have a buffer answers SMASH_ERR_BACKEND, a stream that does not fit
 *       SMASH_ERR_OUT_OF_MEMORY. Any other failed allocation ends the process (abort), as in any program in Rust.
 */
#ifndef SMASH_H
#define SMASH_H

#include <stddef.h>
#include <stdint.h>

#include "smash_dlpack.h"

/* SMASH_EXPORT is for the one symbol that a plugin exports. SMASH_API is for the symbols that a host links: on Windows it
 * imports them, unless it defines SMASH_STATIC, because they are linked into it or asked for by name; whoever builds a
 * library that has them defines SMASH_BUILDING. A plugin defines neither. */
#if defined(_WIN32)
#  define SMASH_CALL __cdecl
#  define SMASH_EXPORT __declspec(dllexport)
#  if defined(SMASH_STATIC)
#    define SMASH_API
#  elif defined(SMASH_BUILDING)
#    define SMASH_API __declspec(dllexport)
#  else
#    define SMASH_API __declspec(dllimport)
#  endif
#else
#  define SMASH_CALL
#  define SMASH_EXPORT __attribute__((visibility("default")))
#  define SMASH_API SMASH_EXPORT
#endif

/* Marks the pointers that may be NULL. It is for readers, and for programs that make bindings of this file. */
#define SMASH_NULLABLE

#ifdef __cplusplus
extern "C" {
#endif

/* Of the interface: what smash_get_api, SmashApi, SmashHost and SmashPlugin speak of. */
#define SMASH_ABI_MAJOR 1u
#define SMASH_ABI_MINOR 0u

/* Of SMASH itself, which smash_version and smash_version_number tell at run time. */
#define SMASH_VERSION_MAJOR 0u
#define SMASH_VERSION_MINOR 1u
#define SMASH_VERSION_PATCH 0u
#define SMASH_VERSION_NUMBER (SMASH_VERSION_MAJOR * 1000000u + SMASH_VERSION_MINOR * 1000u + SMASH_VERSION_PATCH)

/* Result of a call. A fixed-width integer, never a C enum. Numbers are never used again for something else. */
typedef int32_t SmashCode;
#define SMASH_OK 0
#define SMASH_ERR_CANCELLED 1        /* stopped by request */
#define SMASH_ERR_INVALID_ARGUMENT 2 /* null, not UTF-8, a size that cannot be */
#define SMASH_ERR_INVALID_CONFIG 3   /* a configuration, an architecture or results break rules; the details list them */
#define SMASH_ERR_NOT_FOUND 4
#define SMASH_ERR_ALREADY_EXISTS 5
#define SMASH_ERR_UNSUPPORTED 6      /* this build cannot do that */
#define SMASH_ERR_VERSION_MISMATCH 7
#define SMASH_ERR_BAD_STATE 8        /* the state does not allow the call */
#define SMASH_ERR_BUSY 9             /* another call is at work on this handle */
#define SMASH_ERR_DATA 10            /* a dataset is missing or damaged */
#define SMASH_ERR_BACKEND 11         /* an engine refused or failed */
#define SMASH_ERR_IO 12
#define SMASH_ERR_CHECKPOINT 13      /* a checkpoint does not fit */
#define SMASH_ERR_PLUGIN 14          /* a plugin is faulty */
#define SMASH_ERR_CALLBACK 15        /* a callback reported failure */
#define SMASH_ERR_OUT_OF_MEMORY 16
#define SMASH_ERR_INTERNAL 17
#define SMASH_ERR_PANIC 18           /* a panic was caught; the handle is poisoned */
#define SMASH_ERR_INFEASIBLE 19      /* no architecture meets the constraints */
#define SMASH_ERR_DIVERGED 20        /* training diverged: the loss stayed without a finite value */
#define SMASH_ERR_LIMIT 21           /* larger than a limit allows: JSON that is too deep, a network that no machine holds */

/* Made by SmashHost.error_new in a plugin, by SmashApi in a host and its callbacks; read through SmashApi. Details are JSON or
 * empty; {"problems": [{"pointer", "message"}]} points into a document. */
typedef struct SmashError SmashError;

/* Bytes handed to the other side, which calls release once. release == NULL: there is nothing to free. Both sides make it, in
 * memory that is often an out-parameter with nothing in it yet: so it has no size, and never grows. */
typedef struct SmashBuf {
  const uint8_t *data;
  size_t len;
  void *user; /* of whoever made it */
  void (SMASH_CALL *release)(struct SmashBuf *buf);
} SmashBuf;
#define SMASH_BUF_INIT {NULL, 0, NULL, NULL}

/* Answers a decision of an architecture: {"name", "choices": [values]} or {"name", "low", "high", "step", "log"}, with
 * "weights", one a value, where the space has a distribution. *index: which of its values, from 0. A decision has two values
 * or more; what has one is not asked. Names are unique within an architecture and stay the same. An error ends the draw. */
typedef SmashCode (SMASH_CALL *SmashDecideFn)(void *user, const char *decision, size_t len, uint64_t *index,
                                              SmashError **err);

/* ---- host: what a program that embeds SMASH calls ---- */

typedef struct SmashContext SmashContext; /* a registry of components and the settings of a host */
typedef struct SmashDataset SmashDataset; /* labelled examples */
typedef struct SmashSpace SmashSpace;     /* a search space for a task */
typedef struct SmashSearch SmashSearch;   /* a job in progress */
typedef struct SmashModel SmashModel;     /* a trained network */
struct SmashDatasetVtable;                /* below, as the next */
struct SmashComponent;

/* Where a checkpoint or a model is read from: read returns how many bytes it wrote to dst, at most n; 0 at the end, less
 * than 0 on failure. */
typedef struct SmashReader {
  size_t struct_size;
  void *user; /* for read */
  int64_t (SMASH_CALL *read)(void *user, void *dst, uint64_t n);
} SmashReader;
#define SMASH_READER_INIT {sizeof(SmashReader), NULL, NULL}

/* Where it is written to: write returns how many bytes it took, from 1 to n; anything else is a failure. */
typedef struct SmashWriter {
  size_t struct_size;
  void *user; /* for write */
  int64_t (SMASH_CALL *write)(void *user, const void *src, uint64_t n);
} SmashWriter;
#define SMASH_WRITER_INIT {sizeof(SmashWriter), NULL, NULL}

/* level: 0 error, 1 warning, 2 information, 3 debug, 4 trace. Called on the thread that is inside a call; on several at once
 * if several are. */
typedef void (SMASH_CALL *SmashLogFn)(void *user, int32_t level, const char *target, size_t target_len,
                                      const char *message, size_t message_len);

/* Sees an event: {"event": "phase" | "step" | "epoch" | "candidate" | "chosen" | "budget" | "exhausted" | "relaxed" | "finished",
 * ...}, as the lines of events.jsonl, with the trial_id and all values of a trial. 0: go on; anything else: stop, and the call
 * returns SMASH_ERR_CANCELLED. Called on the thread that is inside the call, never on another. */
typedef int32_t (SMASH_CALL *SmashProgressFn)(void *user, const char *event, size_t len);

#define SMASH_CTX_ALLOW_PLUGINS 1u   /* plugins that the host names, or in its folders, may be loaded: their code runs */
#define SMASH_CTX_ALLOW_ENV_PATHS 2u /* and those in the folders of SMASH_PLUGIN_PATH */

/* Fields that struct_size does not cover are taken as 0. The first two are required. */
typedef struct SmashContextOptions {
  size_t struct_size;
  uint64_t flags; /* SMASH_CTX_...; an unknown one is SMASH_ERR_UNSUPPORTED */
  const char *const *plugin_dirs; /* folders whose *.smash.json are loaded, sorted by name; NUL-terminated */
  size_t n_plugin_dirs;
  SmashLogFn log; /* may be NULL */
  void *user; /* for log; lives as long as the context and what was made with it */
  int32_t log_level; /* messages above it are not made */
  uint32_t max_threads; /* of an engine; 0: what the job says */
  uint64_t max_memory; /* bytes of an engine's tensors; 0: no limit. Who would need more gets SMASH_ERR_LIMIT */
} SmashContextOptions;
#define SMASH_CONTEXT_OPTIONS_INIT {sizeof(SmashContextOptions), 0, NULL, 0, NULL, NULL, 0, 0, 0}

#define SMASH_PHASE_TRAINING 1u   /* of the HyperNet */
#define SMASH_PHASE_SEARCHING 2u  /* candidates are scored */
#define SMASH_PHASE_RETRAINING 3u /* of the network that was chosen */

#define SMASH_EVENT_OTHER 1u /* budgets, choices, the end */
#define SMASH_EVENT_PHASE 2u
#define SMASH_EVENT_STEP 4u
#define SMASH_EVENT_EPOCH 8u
#define SMASH_EVENT_CANDIDATE 16u

/* Fields that struct_size does not cover are taken as 0. The first three are required. */
typedef struct SmashRunOptions {
  size_t struct_size;
  SmashProgressFn progress; /* may be NULL */
  void *user; /* for progress */
  uint64_t max_steps; /* 0: no limit */
  uint64_t max_ms;    /* from the call on; 0: no limit */
  uint32_t until;  /* SMASH_PHASE_...: the call ends before the first step of that phase; 0: when all is done */
  uint32_t events; /* SMASH_EVENT_..., or-ed: what progress sees; 0: everything */
  uint64_t interval_ms; /* between two events of steps that progress sees, at least; 0: it sees each */
  const int32_t *cancel; /* looked at between steps, anything but 0 stops the call; any thread or a signal handler may set
                            it. NULL: there is none */
} SmashRunOptions;
#define SMASH_RUN_OPTIONS_INIT {sizeof(SmashRunOptions), NULL, NULL, 0, 0, 0, 0, 0, NULL}

#define SMASH_CONTINUE 0 /* go on */
#define SMASH_PAUSE 1    /* put it aside; no strategy of this version says so */
#define SMASH_STOP 2     /* end it */

/* The functions for hosts. The table only grows at its end.
 *
 * Each function says who may call it when:
 *   [any]  several threads at once, on the same handle too
 *   [one]  any thread, one call at a time on a handle; a second one gets SMASH_ERR_BUSY
 *   [in]   inside a callback of a call on the same handle too; everything else gets SMASH_ERR_BUSY there
 *
 * Handles are freed by their ..._free, in any order: a search keeps what it needs of its context and its dataset. NULL is
 * allowed there. A handle must not be freed while another thread is about to call with it.
 *
 * Every call may fail with SMASH_ERR_INVALID_ARGUMENT (NULL, not UTF-8), SMASH_ERR_VERSION_MISMATCH (a struct smaller than
 * required) and SMASH_ERR_PANIC (a fault of SMASH or a plugin, caught: after it the handle gives SMASH_ERR_BAD_STATE). JSON
 * that does not parse is SMASH_ERR_INVALID_CONFIG with {"line", "column"}, JSON that is too deep SMASH_ERR_LIMIT with the
 * same. What is listed below comes on top. */
typedef struct SmashApi {
  size_t struct_size;
  uint32_t abi_major;
  uint32_t abi_minor;

  /* [any, in] SMASH_OK for NULL. */
  SmashCode (SMASH_CALL *error_code)(const SmashError *SMASH_NULLABLE error);
  /* [any, in] The text lives as long as the error. len may be NULL. */
  const char *(SMASH_CALL *error_message)(const SmashError *SMASH_NULLABLE error, size_t *SMASH_NULLABLE len);
  const char *(SMASH_CALL *error_details)(const SmashError *SMASH_NULLABLE error, size_t *SMASH_NULLABLE len);
  /* [any, in] For callbacks, which put it into *err and return its code: whoever called them frees it. details is JSON or
   * NULL. */
  SmashError *(SMASH_CALL *error_new)(SmashCode code, const char *SMASH_NULLABLE message, size_t message_len,
                                      const char *SMASH_NULLABLE details, size_t details_len);
  void (SMASH_CALL *error_free)(SmashError *SMASH_NULLABLE error); /* [any, in] */

  /* [any] options may be NULL. A faulty plugin in one of its folders is no error: context_describe lists it.
   * SMASH_ERR_BAD_STATE: folders, but plugins are not allowed. */
  SmashCode (SMASH_CALL *context_create)(const SmashContextOptions *SMASH_NULLABLE options, SmashContext **out,
                                         SmashError **err);
  /* [one] The path of a manifest. SMASH_ERR_BAD_STATE: plugins are not allowed; SMASH_ERR_PLUGIN: it is not trusted or faulty;
   * SMASH_ERR_ALREADY_EXISTS: a component of that kind and id is there. */
  SmashCode (SMASH_CALL *context_load_plugin)(SmashContext *context, const char *manifest, size_t len, SmashError **err);
  /* [one] A component of the host itself, which jobs of this context name like any other: no library and no manifest. Its texts
   * and its vtable are copied. Its functions may be called, with its user pointer, as long as the context and what was made
   * with it; never after the last of those is freed. SMASH_ERR_ALREADY_EXISTS: a component of that kind and id is there;
   * SMASH_ERR_PLUGIN: a function is missing, or its schema is no JSON. */
  SmashCode (SMASH_CALL *context_register)(SmashContext *context, const struct SmashComponent *component, SmashError **err);
  /* [any] {"version", "abi": {"major", "minor"}, "components": [{"kind", "id", "about", "source": "builtin" | "plugin" | "host",
   * "plugin": its manifest or null}], "plugins": [{"manifest", "name", "version", "sha256" of the library}], "faulty_plugins":
   * [{"manifest", "message"}]} */
  SmashCode (SMASH_CALL *context_describe)(const SmashContext *context, SmashBuf *out, SmashError **err);
  /* [any] The JSON Schema (draft 2020-12) of a component; kind is what a job calls it: space, strategy (the proposer of a
   * plugin is one), estimator, dataset or backend. kind job, and no id: of a whole job. SMASH_ERR_NOT_FOUND: no such component. */
  SmashCode (SMASH_CALL *context_schema)(const SmashContext *context, const char *kind, size_t kind_len, const char *id,
                                         size_t id_len, SmashBuf *out, SmashError **err);
  /* [any] What `smash validate` finds: {"valid", "problems": [{"pointer", "message"}]} and, of a valid job, "job" with every
   * default written out and "notes" on the dataset. Its components are opened, and architectures are looked for that meet the
   * constraints. data as in search_create. */
  SmashCode (SMASH_CALL *config_validate)(const SmashContext *context, const char *job, size_t len,
                                          const SmashDataset *SMASH_NULLABLE data, SmashBuf *out, SmashError **err);
  void (SMASH_CALL *context_free)(SmashContext *SMASH_NULLABLE context); /* [any] */

  /* [any] Examples in memory. x: [n, channels, extents...] with 1 to 3 extents, float32 or uint8 (which stand for value / 255).
   * y: [n], int64, int32 or uint8. In host memory, with any strides. Everything is copied once, then both deleters are called,
   * on this thread. options may be empty: {"classes": one more than the largest label, "mean": [...], "std": [...] of each
   * channel, "splits", "augmentation" and "class_names" as in SmashDatasetVtable.describe}. SMASH_ERR_DATA: shapes or values do
   * not fit; SMASH_ERR_UNSUPPORTED: of another type, or not in host memory; SMASH_ERR_VERSION_MISMATCH: not DLPack 1. */
  SmashCode (SMASH_CALL *dataset_from_dlpack)(const SmashContext *context, const char *options, size_t len,
                                              struct DLManagedTensorVersioned *x, struct DLManagedTensorVersioned *y,
                                              SmashDataset **out, SmashError **err);
  /* [any] Examples behind functions of the host, which are called on the thread that is inside a call, one at a time. name
   * stands for it in messages; it may be empty. The table is copied; self is destroyed once, when its last user is gone.
   * SMASH_ERR_DATA or SMASH_ERR_PLUGIN: what it says of itself cannot be. A callback that fails ends the call that needed it
   * with SMASH_ERR_DATA and the callback's message. */
  SmashCode (SMASH_CALL *dataset_from_vtable)(const SmashContext *context, const char *name, size_t len,
                                              const struct SmashDatasetVtable *vtable, void *SMASH_NULLABLE self,
                                              SmashDataset **out, SmashError **err);
  /* [any] A dataset as a job names it: {"type", ...}. SMASH_ERR_INVALID_CONFIG; SMASH_ERR_DATA: missing or damaged. */
  SmashCode (SMASH_CALL *dataset_from_config)(const SmashContext *context, const char *config, size_t len, SmashDataset **out,
                                              SmashError **err);
  /* [any] {"task", "examples", "views", "class_names", "class_counts", "augmentation", "normalise", "notes": what was passed
   * over}; names and normalise may be null. */
  SmashCode (SMASH_CALL *dataset_describe)(const SmashDataset *data, SmashBuf *out, SmashError **err);
  void (SMASH_CALL *dataset_free)(SmashDataset *SMASH_NULLABLE dataset); /* [any] */

  /* [any] A space by itself, {"space", "task": {"channels", "extents", "classes"}, "constraints"}: the first and the last as in a
   * job. Architectures are {"space", "version", "choices"}. Wherever one is given: SMASH_ERR_INVALID_CONFIG, with a pointer into
   * it, if it is not valid. Whatever is made meets the constraints: SMASH_ERR_INFEASIBLE if none was found. */
  SmashCode (SMASH_CALL *space_open)(const SmashContext *context, const char *request, size_t len, SmashSpace **out,
                                     SmashError **err);
  /* [any] The JSON Schema (draft 2020-12) of its architectures. What it accepts may still break a rule: space_validate says. */
  SmashCode (SMASH_CALL *space_schema)(const SmashSpace *space, SmashBuf *out, SmashError **err);
  /* [any] The same seed draws the same. */
  SmashCode (SMASH_CALL *space_sample)(const SmashSpace *space, uint64_t seed, SmashBuf *out, SmashError **err);
  /* [any] A neighbour: each decision is redrawn with probability rate. */
  SmashCode (SMASH_CALL *space_mutate)(const SmashSpace *space, const char *architecture, size_t len, uint64_t seed,
                                       double rate, SmashBuf *out, SmashError **err);
  /* [any] A child of two, each decision of which is then redrawn with probability rate. */
  SmashCode (SMASH_CALL *space_crossover)(const SmashSpace *space, const char *first, size_t first_len,
                                          const char *second, size_t second_len, uint64_t seed, double rate,
                                          SmashBuf *out, SmashError **err);
  /* [any] An architecture each decision of which decide answers, on this thread. An error of decide comes out as it is. */
  SmashCode (SMASH_CALL *space_draw)(const SmashSpace *space, SmashDecideFn decide, void *SMASH_NULLABLE user,
                                     SmashBuf *out, SmashError **err);
  /* [any] SMASH_ERR_INFEASIBLE: it breaks a constraint. */
  SmashCode (SMASH_CALL *space_validate)(const SmashSpace *space, const char *architecture, size_t len, SmashError **err);
  /* [any] {"params", "macs", "activation_bytes"} of its network, the last two for one example. */
  SmashCode (SMASH_CALL *space_count)(const SmashSpace *space, const char *architecture, size_t len, SmashBuf *out,
                                      SmashError **err);
  /* [any] Its network, SMASH_NETWORK_..., as `smash describe --json` prints it. */
  SmashCode (SMASH_CALL *space_graph)(const SmashSpace *space, const char *architecture, size_t len, uint32_t network,
                                      SmashBuf *out, SmashError **err);
  /* [any] Its decisions in their order, as SmashDecideFn is asked, each with its "value" and "depends_on", the names of those
   * before it because of which it is asked, or may have these values. */
  SmashCode (SMASH_CALL *space_decisions)(const SmashSpace *space, const char *architecture, size_t len, SmashBuf *out,
                                          SmashError **err);
  /* [any] The flat form of an architecture, {name: value}, and back. SMASH_ERR_INVALID_CONFIG with the name of the one that is
   * missing, has another value than it may have beside the others, or is none of its decisions. */
  SmashCode (SMASH_CALL *space_parameters)(const SmashSpace *space, const char *architecture, size_t len, SmashBuf *out,
                                           SmashError **err);
  SmashCode (SMASH_CALL *space_from_parameters)(const SmashSpace *space, const char *parameters, size_t len, SmashBuf *out,
                                                SmashError **err);
  /* [any] {"log10", "exact"}: the logarithm of the number of its architectures to base 10, counted or estimated. */
  SmashCode (SMASH_CALL *space_size)(const SmashSpace *space, SmashBuf *out, SmashError **err);
  void (SMASH_CALL *space_free)(SmashSpace *SMASH_NULLABLE space); /* [any] */

  /* [any] A job that has not begun. data: the examples, and the job has no dataset; NULL: the job says which.
   * SMASH_ERR_INVALID_CONFIG, SMASH_ERR_DATA, SMASH_ERR_BACKEND: what is wrong with the job or one of its components. */
  SmashCode (SMASH_CALL *search_create)(const SmashContext *context, const char *job, size_t len,
                                        const SmashDataset *SMASH_NULLABLE data, SmashSearch **out, SmashError **err);
  /* [one] Up to n steps: a training step or a candidate each. *done: 1 when everything is done. *events: a JSON array. Both may
   * be NULL. Errors as search_run. */
  SmashCode (SMASH_CALL *search_step)(SmashSearch *search, uint64_t n, int32_t *SMASH_NULLABLE done,
                                      SmashBuf *SMASH_NULLABLE events, SmashError **err);
  /* [one] Trains the HyperNet, searches, retrains the best, until all is done or a limit is reached: search_status tells.
   * options may be NULL. SMASH_ERR_CANCELLED: somebody wanted it to stop, and it can go on; SMASH_ERR_BAD_STATE: a candidate
   * that was asked for is still to be told, or only the host can evaluate; SMASH_ERR_DATA, SMASH_ERR_BACKEND: a component
   * failed; SMASH_ERR_DIVERGED: training diverged; SMASH_ERR_INFEASIBLE: no architecture meets the constraints. */
  SmashCode (SMASH_CALL *search_run)(SmashSearch *search, const SmashRunOptions *SMASH_NULLABLE options, SmashError **err);
  /* [any, in] The call that steps it or scores stops between two steps, or two architectures: within the time of one, a few
   * milliseconds to a second by the size of the networks. If no call is at work, the next one stops. A request is for one call
   * and ends with it. NULL is allowed. */
  void (SMASH_CALL *search_cancel)(const SmashSearch *SMASH_NULLABLE search);
  /* [any, in] {"state": "created" | "running" | "paused" | "done" | "cancelled" | "failed", "phase": "training" | "searching" |
   * "retraining" | "done", "step", "steps", "told", "open", "best": {"trial_id", "values"}}; steps and best may be null. */
  SmashCode (SMASH_CALL *search_status)(const SmashSearch *search, SmashBuf *out, SmashError **err);
  /* [one] Up to n candidates for the host to evaluate, [{"trial_id", "phase", "architecture"}]; fewer when the strategy waits
   * for results or has no more. SMASH_ERR_BAD_STATE: the HyperNet is not trained yet (the strategies "random" and "evolution"
   * have none); SMASH_ERR_INFEASIBLE: no architecture meets the constraints. */
  SmashCode (SMASH_CALL *search_ask)(SmashSearch *search, uint32_t n, SmashBuf *out, SmashError **err);
  /* [one] What was asked for and is not told yet, as search_ask gave it: a search that was loaded goes on with these. */
  SmashCode (SMASH_CALL *search_pending)(SmashSearch *search, SmashBuf *out, SmashError **err);
  /* [one] [{"trial_id", "status": "ok" | "failed" | "pruned", "values": [one per objective, lower is better, the first
   * ranks], "error": of validation, "latency": in seconds}], the last two where they are known. All are told or none.
   * SMASH_ERR_INVALID_CONFIG: an id that was not asked for or told before, no values. */
  SmashCode (SMASH_CALL *search_tell)(SmashSearch *search, const char *results, size_t len, SmashError **err);
  /* [one] Architectures that were evaluated elsewhere, [{"architecture", "status", "values", "error", "latency"}] as in
   * search_tell: completed trials of the phase "added", which are ranked with the others, may be chosen, and of which the
   * strategy learns. *out: their trial ids, a JSON array. All are added or none. SMASH_ERR_INVALID_CONFIG: as there;
   * SMASH_ERR_BAD_STATE: the search is over. */
  SmashCode (SMASH_CALL *search_add)(SmashSearch *search, const char *results, size_t len, SmashBuf *out, SmashError **err);
  /* [one] {"trial_id", "step", "values"}: what a candidate is worth so far; *decision: SMASH_CONTINUE, _PAUSE or _STOP, by the
   * median stopping rule. SMASH_ERR_BAD_STATE: an id that was not asked for or told before. */
  SmashCode (SMASH_CALL *search_report)(SmashSearch *search, const char *report, size_t len, int32_t *decision,
                                        SmashError **err);
  /* [any, in] The best k trials so far, or all for 0: [{"trial_id", "hash", "phase", "values", "loss", "error", "latency", "params",
   * "macs", "architecture"}], best first by the order of the strategy, or else by their first value. */
  SmashCode (SMASH_CALL *search_best)(const SmashSearch *search, uint32_t k, SmashBuf *out, SmashError **err);
  /* [one] Validation losses of n architectures (a JSON array) under the weights that the HyperNet writes, and errors, as
   * fractions, unless they are NULL; infinity for both where one is not finite. SMASH_ERR_BAD_STATE: there is no HyperNet, or
   * retraining has replaced it; SMASH_ERR_CANCELLED. */
  SmashCode (SMASH_CALL *search_score)(SmashSearch *search, const char *architectures, size_t len, double *losses,
                                       double *SMASH_NULLABLE errors, size_t n, SmashError **err);
  /* [one] The network that a finished job has trained. SMASH_ERR_BAD_STATE: it is not finished. */
  SmashCode (SMASH_CALL *search_model)(SmashSearch *search, SmashModel **out, SmashError **err);
  /* [one] All that is needed to go on elsewhere, but for a dataset of the host. Every later library of this major version reads
   * it; on the same engine and kernel level the search goes on to the same bytes. SMASH_ERR_CALLBACK: the writer failed. */
  SmashCode (SMASH_CALL *search_save)(SmashSearch *search, const SmashWriter *writer, SmashError **err);
  /* [any] Goes on from a checkpoint as if it had never stopped; reads to the end. data: the dataset of the host that it was
   * made on. SMASH_ERR_CHECKPOINT: it is none, of another version, or does not fit; SMASH_ERR_CALLBACK: the reader failed. */
  SmashCode (SMASH_CALL *search_load)(const SmashContext *context, const SmashReader *reader,
                                      const SmashDataset *SMASH_NULLABLE data, SmashSearch **out, SmashError **err);
  void (SMASH_CALL *search_free)(SmashSearch *SMASH_NULLABLE search); /* [any, in] */

  /* [any] Trains one architecture with its own weights by the recipe, space, engine and seed of a job, on data or on the
   * job's dataset. options as in search_run; a limit ends it as a request to stop does. Unless the job says otherwise
   * ("use_validation" of "retrain"), the validation split is kept apart: after each epoch there is an event {"event": "epoch",
   * "epoch", "epochs", "valid": {"loss", "error"}}, at the end model_metrics has "valid_loss" and "valid_error", and networks can
   * be compared without a look at the test split. SMASH_ERR_CANCELLED, and errors as search_run. */
  SmashCode (SMASH_CALL *model_train)(const SmashContext *context, const char *architecture, size_t architecture_len,
                                      const char *job, size_t job_len, const SmashDataset *SMASH_NULLABLE data,
                                      const SmashRunOptions *SMASH_NULLABLE options, SmashModel **out, SmashError **err);
  /* [any] Reads what model_save or a run folder (model.safetensors) holds. SMASH_ERR_CHECKPOINT, SMASH_ERR_CALLBACK. */
  SmashCode (SMASH_CALL *model_load)(const SmashContext *context, const SmashReader *reader, SmashModel **out,
                                     SmashError **err);
  /* [any] {"space", "version", "choices", "settings", "task", "card": {"normalise", "layout", "class_names", ...}, "input": its
   * shape}, and "graph" where the space is a plugin's. */
  SmashCode (SMASH_CALL *model_describe)(const SmashModel *model, SmashBuf *out, SmashError **err);
  /* [any] As metrics.json; after model_save and model_load without "seconds"; of model.safetensors of a run {"architecture",
   * "params", "macs", "test_error", "test_loss"}. */
  SmashCode (SMASH_CALL *model_metrics)(const SmashModel *model, SmashBuf *out, SmashError **err);
  /* [any] Class probabilities, float32 [n, classes], of x as in dataset_from_dlpack: raw, as the dataset stored it; the model
   * normalises it. The caller calls the deleter of *out. SMASH_ERR_DATA: x does not fit. */
  SmashCode (SMASH_CALL *model_predict)(const SmashModel *model, struct DLManagedTensorVersioned *x,
                                        struct DLManagedTensorVersioned **out, SmashError **err);
  /* [any] A file of the model in the format of others: {"format": "onnx", "logits", "fold", "opset"} or {"format": "safetensors"}, or
   * {"format": "pytorch", "file": "model.py" | "model.safetensors", "fold"}; all but format and file may be left out. It takes
   * raw examples, as model_predict. SMASH_ERR_INVALID_CONFIG; SMASH_ERR_UNSUPPORTED: the format lacks an op of the network, or
   * has no such version; SMASH_ERR_CALLBACK. */
  SmashCode (SMASH_CALL *model_export)(const SmashModel *model, const char *request, size_t len, const SmashWriter *writer,
                                       SmashError **err);
  /* [any] safetensors, with the architecture in the metadata: nothing of SMASH is needed to read it. SMASH_ERR_CALLBACK. */
  SmashCode (SMASH_CALL *model_save)(const SmashModel *model, const SmashWriter *writer, SmashError **err);
  void (SMASH_CALL *model_free)(SmashModel *SMASH_NULLABLE model); /* [any] */
} SmashApi;

/* [any] The table of a major version with at least the additions of a minor one; NULL: this library has none such, which
 * smash_version can tell. It is static. */
SMASH_API const SmashApi *SMASH_CALL smash_get_api(uint32_t abi_major, uint32_t min_abi_minor);

/* [any] The version of the library, for people; static. */
SMASH_API const char *SMASH_CALL smash_version(void);

/* [any] The same as a number, as SMASH_VERSION_NUMBER is one. */
SMASH_API uint32_t SMASH_CALL smash_version_number(void);

/* ---- plugin: what a dynamic library that brings components exports ---- */

/* Services lent to a plugin for the life of the process. */
typedef struct SmashHost {
  size_t struct_size;
  uint32_t abi_major;
  uint32_t abi_minor;
  SmashError *(SMASH_CALL *error_new)(SmashCode code, const char *message, size_t message_len, const char *details,
                                      size_t details_len);
  /* level: 0 error, 1 warning, 2 information, 3 debug, 4 trace; NULL: the host keeps no log */
  void (SMASH_CALL *log)(int32_t level, const char *target, size_t target_len, const char *message, size_t message_len);
  /* For a proposer whose space failed: it may hand the error on as its own, or read and free it. Texts live until then. */
  SmashCode (SMASH_CALL *error_code)(const SmashError *error);
  const char *(SMASH_CALL *error_message)(const SmashError *error, size_t *len);
  const char *(SMASH_CALL *error_details)(const SmashError *error, size_t *len);
  void (SMASH_CALL *error_free)(SmashError *error);
} SmashHost;

#define SMASH_KIND_SPACE 1u
#define SMASH_KIND_PROPOSER 2u
#define SMASH_KIND_ESTIMATOR 3u
#define SMASH_KIND_DATASET 4u
#define SMASH_KIND_BACKEND 5u

/* One component. All texts are NUL-terminated. What a plugin hands out is static; of a host all but the functions and user is
 * copied. */
typedef struct SmashComponent {
  size_t struct_size;
  uint32_t kind;
  uint32_t reserved;
  const char *id;            /* its "type" in a job */
  const char *about;         /* one line for people */
  const char *config_schema; /* JSON Schema (draft 2020-12) of its configuration, without "type" */
  const void *vtable;        /* Smash<Kind>Vtable */
  void *user;                /* for create and resolve */
  /* request: {"config": {...}} with "task" for a space, "threads" and, if it is limited, "memory" in bytes for a backend, which
   * refuses a limit that it cannot keep. The configuration has been checked. */
  SmashCode (SMASH_CALL *create)(void *user, const char *request, size_t len, void **self, SmashError **err);
  /* The configuration with every default written out; NULL: it is complete as it is. */
  SmashCode (SMASH_CALL *resolve)(void *user, const char *config, size_t len, SmashBuf *out, SmashError **err);
} SmashComponent;
#define SMASH_COMPONENT_INIT {sizeof(SmashComponent), 0, 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL}

/* What a plugin offers; static. */
typedef struct SmashPlugin {
  size_t struct_size;
  uint32_t abi_major;
  uint32_t abi_minor;
  const char *name;
  const char *version;
  const SmashComponent *components;
  size_t n_components;
  size_t component_stride; /* sizeof(SmashComponent) as the plugin saw it */
} SmashPlugin;
#define SMASH_PLUGIN_INIT \
  {sizeof(SmashPlugin), SMASH_ABI_MAJOR, SMASH_ABI_MINOR, NULL, NULL, NULL, 0, sizeof(SmashComponent)}

/* The one symbol of a plugin. */
SMASH_EXPORT SmashCode SMASH_CALL smash_plugin_init_v1(const SmashHost *host, const SmashPlugin **out, SmashError **err);

/* ---- backend: an engine that runs whole graphs ---- */

/* Tensors cross by DLPack: a DLTensor is lent for a call, a DLManagedTensorVersioned is handed out, and whoever gets it
 * calls its deleter. float32 in host memory is what both sides must take, with any strides; anything else is
 * SMASH_ERR_UNSUPPORTED. What is handed out is dense and row-major. Batched values carry the batch as their first extent. */

/* An input of a run, or a seed of a backward pass. */
typedef struct SmashFeed {
  size_t struct_size;
  const char *name;
  size_t name_len;
  const char *device; /* the device value it is taken from; NULL: tensor holds it */
  size_t device_len;
  const DLTensor *tensor; /* NULL where device is not */
} SmashFeed;
#define SMASH_FEED_INIT {sizeof(SmashFeed), NULL, 0, NULL, 0, NULL}

/* An output of a run, or a gradient that is wanted. */
typedef struct SmashFetch {
  size_t struct_size;
  const char *name;
  size_t name_len;
  const char *device; /* the device value it is put into; NULL: it is handed out */
  size_t device_len;
} SmashFetch;
#define SMASH_FETCH_INIT {sizeof(SmashFetch), NULL, 0, NULL, 0}

#define SMASH_PLACE_NONE 0u   /* there is nothing: no gradient, which is not the same as zero */
#define SMASH_PLACE_HOST 1u   /* it is handed out in tensor */
#define SMASH_PLACE_DEVICE 2u /* it was put into the device value that was asked for */

/* Where the result of a fetch is. The caller sets struct_size and clears the rest, the engine fills in what that covers. */
typedef struct SmashTensorOut {
  size_t struct_size;
  uint32_t place; /* one of SMASH_PLACE_... */
  uint32_t reserved;
  struct DLManagedTensorVersioned *tensor; /* NULL unless place is SMASH_PLACE_HOST */
} SmashTensorOut;
#define SMASH_TENSOR_OUT_INIT {sizeof(SmashTensorOut), SMASH_PLACE_NONE, 0, NULL}

#define SMASH_MODE_TRAIN 0u     /* batch statistics, running ones updated, activations kept for backward */
#define SMASH_MODE_EVAL 1u      /* running statistics */
#define SMASH_MODE_CALIBRATE 2u /* batch statistics, and the running ones are set to them */

/* A run or a backward pass of a plan: the tensors that go in, and where those that come out go. */
typedef struct SmashPlanCall {
  size_t struct_size;
  uint64_t plan;
  uint32_t mode; /* one of SMASH_MODE_...; 0 for a backward pass */
  uint32_t reserved;
  const SmashFeed *feeds;
  size_t n_feeds;
  size_t feed_stride; /* sizeof(SmashFeed) as the caller saw it, and so on */
  const SmashFetch *fetches;
  size_t n_fetches;
  size_t fetch_stride;
  SmashTensorOut *outs; /* one a fetch */
  size_t out_stride;
} SmashPlanCall;
#define SMASH_PLAN_CALL_INIT                                                                                   \
  {sizeof(SmashPlanCall), 0, SMASH_MODE_TRAIN, 0, NULL, 0, sizeof(SmashFeed), NULL, 0, sizeof(SmashFetch), NULL, \
   sizeof(SmashTensorOut)}

/* Graphs are JSON, as `smash describe --json` prints them. An engine whose info has "binary_graphs": 1 gets them in the
 * binary form instead, which begins with "SMG\1" and takes a fraction of the time. docs/graph.md describes both. */
typedef struct SmashBackendVtable {
  size_t struct_size;
  /* {"id", "device", "level", "threads"}, and "binary_graphs" or not; asked for once before the first graph */
  SmashCode (SMASH_CALL *info)(void *self, SmashBuf *out, SmashError **err);
  SmashCode (SMASH_CALL *compile)(void *self, const char *graph, size_t len, uint64_t *plan, SmashError **err);
  void (SMASH_CALL *release)(void *self, uint64_t plan);
  SmashCode (SMASH_CALL *run)(void *self, const SmashPlanCall *call, SmashError **err);
  /* through the last training run of the plan */
  SmashCode (SMASH_CALL *backward)(void *self, const SmashPlanCall *call, SmashError **err);
  /* groups: [{"parameters": [...], "optimizer": {"type": "sgd" | "adam", ...}}]; clip is NaN for none */
  SmashCode (SMASH_CALL *step)(void *self, const char *groups, size_t len, double clip, double *gradient_norm, int32_t *applied,
                               SmashError **err);
  /* *out: NULL where there is none, which is not the same as zero */
  SmashCode (SMASH_CALL *gradient)(void *self, const char *name, size_t len, struct DLManagedTensorVersioned **out,
                                   SmashError **err);
  int32_t (SMASH_CALL *contains)(void *self, const char *name, size_t len);
  SmashCode (SMASH_CALL *read)(void *self, const char *name, size_t len, struct DLManagedTensorVersioned **out,
                               SmashError **err);
  SmashCode (SMASH_CALL *write)(void *self, const char *name, size_t len, const DLTensor *value, SmashError **err);
  void (SMASH_CALL *drop_value)(void *self, const char *name, size_t len);
  SmashCode (SMASH_CALL *snapshot)(void *self, SmashBuf *out, SmashError **err);
  SmashCode (SMASH_CALL *restore)(void *self, const uint8_t *snapshot, size_t len, SmashError **err);
  void (SMASH_CALL *destroy)(void *self);
} SmashBackendVtable;
#define SMASH_BACKEND_VTABLE_INIT \
  {sizeof(SmashBackendVtable), NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL}

/* ---- search space: architectures, and the networks that they stand for ---- */

#define SMASH_NETWORK_ONE_SHOT 0u   /* parameters are generated, or shared between architectures */
#define SMASH_NETWORK_STANDALONE 1u /* every parameter is the network's own */

/* An architecture is {"space", "version", "choices"}; the choices are the space's own business. Everything is decided by the
 * arguments: the same seed draws the same. Graphs are those of the JSON that `smash describe --json` prints. */
typedef struct SmashSpaceVtable {
  size_t struct_size;
  /* {"id": the "space" of its architectures, "plane": {"channels", "rows", "cell": {"outputs", "inputs"}}: what a HyperNet
   * reads, a plane of rows x any number of columns, each cell for a block of weights; no plane, no HyperNet; "choices": their
   * JSON Schema, absent: any}. Never changes. */
  SmashCode (SMASH_CALL *info)(void *self, SmashBuf *out, SmashError **err);
  /* an architecture, each decision of which decide answers; every answer gives a valid one */
  SmashCode (SMASH_CALL *draw)(void *self, SmashDecideFn decide, void *SMASH_NULLABLE user, SmashBuf *out,
                               SmashError **err);
  /* its decisions in their order, as decide was asked, each with its "value"; NULL: their names are paths in the choices,
   * "stages.0.width" that of ["stages"][0]["width"] */
  SmashCode (SMASH_CALL *decisions)(void *self, const char *architecture, size_t len, SmashBuf *out, SmashError **err);
  /* progress from 0 to 1 anneals the distribution while the HyperNet is trained; NULL: decisions are drawn */
  SmashCode (SMASH_CALL *sample)(void *self, uint64_t seed, double progress, SmashBuf *out, SmashError **err);
  /* a valid neighbour: each decision is redrawn with probability rate; NULL: the host redraws and repairs them */
  SmashCode (SMASH_CALL *mutate)(void *self, const char *architecture, size_t len, uint64_t seed, double rate, SmashBuf *out,
                                 SmashError **err);
  /* a valid child of two, of which each decision is then redrawn with probability rate; NULL: the host mixes decisions */
  SmashCode (SMASH_CALL *crossover)(void *self, const char *first, size_t first_len, const char *second, size_t second_len,
                                    uint64_t seed, double rate, SmashBuf *out, SmashError **err);
  /* from another task or other settings to the nearest architecture of this space; NULL: there is no way */
  SmashCode (SMASH_CALL *convert)(void *self, const char *architecture, size_t len, SmashBuf *out, SmashError **err);
  /* OK, or SMASH_ERR_INVALID_CONFIG with the details of SmashError; NULL: it is valid if its decisions give it */
  SmashCode (SMASH_CALL *validate)(void *self, const char *architecture, size_t len, SmashError **err);
  /* one of SMASH_NETWORK_...; the graph leads from the one input "x" to the output "logits" */
  SmashCode (SMASH_CALL *build)(void *self, const char *architecture, size_t len, uint32_t network, SmashBuf *out,
                                SmashError **err);
  /* out: {"columns", "slices": [{"parameter", "rows": {"start", "end"}, "columns": {"start", "end"}}]}: which part of the
   * generated matrix, of columns * cell.inputs rows and rows * cell.outputs columns, each generated parameter is. *plane:
   * float32, [channels, rows, columns]. progress as in sample; 1 when a candidate is scored. NULL without a plane. */
  SmashCode (SMASH_CALL *describe)(void *self, const char *architecture, size_t len, double progress, SmashBuf *out,
                                   struct DLManagedTensorVersioned **plane, SmashError **err);
  /* [{"part", "figures": [{"name", "value", "limit"?}]}], for people; NULL: there is nothing to say */
  SmashCode (SMASH_CALL *outline)(void *self, const char *architecture, size_t len, SmashBuf *out, SmashError **err);
  void (SMASH_CALL *destroy)(void *self);
} SmashSpaceVtable;
#define SMASH_SPACE_VTABLE_INIT \
  {sizeof(SmashSpaceVtable), NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL}

/* ---- proposer: what to look at next ---- */

#define SMASH_UNKNOWN UINT64_MAX

/* What is known of a candidate that was evaluated. */
typedef struct SmashOutcome {
  size_t struct_size;
  const double *values; /* one per objective, lower is better, the first ranks */
  size_t n_values;      /* 0: the evaluation failed */
  double error;         /* of validation, a fraction; NaN: not known */
  double latency;       /* seconds of inference for one example; NaN: not known */
  uint64_t params;      /* of its network, and its multiply-accumulates for one example; SMASH_UNKNOWN: not counted */
  uint64_t macs;
} SmashOutcome;

/* What a candidate is worth is the business of an estimator, which the "estimator" of the strategy's configuration names: a key
 * that the proposer never sees. */
typedef struct SmashProposerVtable {
  size_t struct_size;
  /* {"next": "proposal", "architecture": {...}, "phase": "..."}, {"next": "wait"} until open proposals are told, or
   * {"next": "done"}. The space is the host's, lent for the call; its samples meet the job's constraints. */
  SmashCode (SMASH_CALL *ask)(void *self, uint64_t seed, const SmashSpaceVtable *space, void *space_self, SmashBuf *out,
                              SmashError **err);
  /* proposal: {"architecture", "phase"} */
  SmashCode (SMASH_CALL *tell)(void *self, const char *proposal, size_t len, const SmashOutcome *outcome, SmashError **err);
  /* the same of an architecture that it did not propose (search_add); NULL: it does not look at those */
  SmashCode (SMASH_CALL *add)(void *self, const char *proposal, size_t len, const SmashOutcome *outcome, SmashError **err);
  /* trials: all that are completed, [{"trial_id", "phase", "values", "error", "params", "macs", "latency"}]; *out: a JSON array of
   * trial ids, best first, those that it leaves out come after them; or null: by their first values. The first is the one that is
   * trained in the end. NULL: by their first values */
  SmashCode (SMASH_CALL *rank)(void *self, const char *trials, size_t len, SmashBuf *out, SmashError **err);
  /* how many proposals there will be; NULL: SMASH_UNKNOWN */
  uint64_t (SMASH_CALL *total)(void *self);
  /* all state as JSON, and back: a search that is saved and loaded goes on as if it had not been */
  SmashCode (SMASH_CALL *save)(void *self, SmashBuf *out, SmashError **err);
  SmashCode (SMASH_CALL *load)(void *self, const char *state, size_t len, SmashError **err);
  void (SMASH_CALL *destroy)(void *self);
} SmashProposerVtable;
#define SMASH_PROPOSER_VTABLE_INIT {sizeof(SmashProposerVtable), NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL}

/* ---- estimator: what a candidate is worth, without training each from scratch ---- */

struct SmashDatasetVtable; /* below */

/* What an estimator works with, lent for a call. The examples are normalised and have the splits of the job; they stay the same
 * as long as the estimator lives, but may be used while a call is at work only. */
typedef struct SmashEstimatorContext {
  size_t struct_size;
  const SmashSpaceVtable *space;
  void *space_self;
  const struct SmashDatasetVtable *data;
  void *data_self;
  const SmashBackendVtable *backend; /* its tensors are part of checkpoints */
  void *backend_self;
  uint64_t seed; /* the job's */
} SmashEstimatorContext;

typedef struct SmashEstimatorVtable {
  size_t struct_size;
  /* *out: training steps before the first score; NULL: none */
  SmashCode (SMASH_CALL *steps)(void *self, const struct SmashDatasetVtable *data, void *data_self, uint64_t *out,
                                SmashError **err);
  /* a training step, from 0: {"loss", "error", "applied": false where it was skipped}; NULL where steps is */
  SmashCode (SMASH_CALL *step)(void *self, const SmashEstimatorContext *context, uint64_t step, SmashBuf *out, SmashError **err);
  /* [{"loss", "error"}], one for each architecture of the JSON array, lower is better, null for what is not finite. A score
   * depends on the architecture and what was trained, never on the order */
  SmashCode (SMASH_CALL *score)(void *self, const SmashEstimatorContext *context, const char *architectures, size_t len,
                                SmashBuf *out, SmashError **err);
  /* state beyond the tensors of the engine as JSON, and back; NULL: there is none */
  SmashCode (SMASH_CALL *save)(void *self, SmashBuf *out, SmashError **err);
  SmashCode (SMASH_CALL *load)(void *self, const char *state, size_t len, SmashError **err);
  void (SMASH_CALL *destroy)(void *self);
} SmashEstimatorVtable;
#define SMASH_ESTIMATOR_VTABLE_INIT {sizeof(SmashEstimatorVtable), NULL, NULL, NULL, NULL, NULL, NULL}

/* ---- dataset: an indexed list of labelled examples ---- */

/* A dataset never shuffles and never augments: it is asked for examples by their numbers. describe is called once, first;
 * read is called where a batch is needed, on the thread that trains. */
typedef struct SmashDatasetVtable {
  size_t struct_size;
  /* {"task": {"channels", "extents": [1 to 3 of them], "classes"}, "examples"} and, where it has them, "views": pictures of each
   * example, of which training draws one and the test averages over all; "splits": {"train": [[from, to), ...], "valid", "test"},
   * or else a tenth of each class validates and a tenth tests; "normalise": {"mean": [one a channel], "std"}, or {} for those of
   * the training examples, which the model then carries: read gives values before it; "augmentation": {"crop_padding": positions,
   * "flip": true, "mirror": probability, "roll": [from, to], "cutout": extent}; "class_names": one
   * a class, which the model then carries. Anything else is refused. */
  SmashCode (SMASH_CALL *describe)(void *self, SmashBuf *out, SmashError **err);
  /* the classes of the n examples from first on */
  SmashCode (SMASH_CALL *labels)(void *self, uint64_t first, uint32_t *out, size_t n, SmashError **err);
  /* The values of n examples one after the other, each [channels, extents...] row-major, finite, and normalised
   * unless describe has "normalise"; len is n times the values of one. views: which view of each; NULL: the one that stands for
   * the example. */
  SmashCode (SMASH_CALL *read)(void *self, const uint64_t *indices, const uint32_t *views, size_t n, float *out, size_t len,
                               SmashError **err);
  /* The splits of a seed, as in describe; NULL: describe has them. */
  SmashCode (SMASH_CALL *splits)(void *self, uint64_t seed, SmashBuf *out, SmashError **err);
  void (SMASH_CALL *destroy)(void *self);
} SmashDatasetVtable;
#define SMASH_DATASET_VTABLE_INIT {sizeof(SmashDatasetVtable), NULL, NULL, NULL, NULL, NULL}

#ifdef __cplusplus
}
#endif
#endif /* SMASH_H */
