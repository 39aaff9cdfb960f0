/* SMASH, version 1.0 of the ABI: what a plugin exports.
 *
 * A plugin is a dynamic library with one symbol, smash_extension_init_v1, and a manifest NAME.smash.json beside it that
 * `smash plugin manifest LIBRARY` writes. Rules that hold for every function and struct:
 *
 *   1. Memory is freed by the library that allocated it: through release or destroy, never free().
 *   2. Arguments are borrowed for the call. What must live longer is copied.
 *   3. Out-parameters are written only when SMASH_OK is returned, *err only otherwise. err may be NULL.
 *   4. Text is UTF-8 with a length; text that is handed out also ends with a NUL that the length does not count.
 *   5. Structs say how large they are and only grow at their end. A major version is in the symbol's name.
 *   6. No exception and no longjmp may leave a function. A component is called by one thread at a time, by any thread.
 *   7. A library is never unloaded, so what is called static here may live in the library.
 */
#ifndef SMASH_H
#define SMASH_H

#include <stddef.h>
#include <stdint.h>

#if defined(_WIN32)
#  define SMASH_EXPORT __declspec(dllexport)
#  define SMASH_CALL __cdecl
#else
#  define SMASH_EXPORT __attribute__((visibility("default")))
#  define SMASH_CALL
#endif

#ifdef __cplusplus
extern "C" {
#endif

#define SMASH_ABI_MAJOR 1u
#define SMASH_ABI_MINOR 0u

/* Result of a call. A fixed-width integer, never a C enum. Numbers are never used again for something else. */
typedef int32_t SmashCode;
#define SMASH_OK 0
#define SMASH_CANCELLED 1        /* stopped by request */
#define SMASH_INVALID_ARGUMENT 2 /* null, not UTF-8, a size that cannot be */
#define SMASH_INVALID_CONFIG 3   /* a configuration or an architecture breaks rules; the details list them */
#define SMASH_NOT_FOUND 4
#define SMASH_ALREADY_EXISTS 5
#define SMASH_UNSUPPORTED 6      /* this build cannot do that */
#define SMASH_VERSION_MISMATCH 7
#define SMASH_BAD_STATE 8        /* the state does not allow the call */
#define SMASH_BUSY 9             /* another call is at work on this handle */
#define SMASH_DATA 10            /* a dataset is missing or damaged */
#define SMASH_BACKEND 11         /* an engine refused or failed */
#define SMASH_IO 12
#define SMASH_CHECKPOINT 13      /* a checkpoint does not fit */
#define SMASH_PLUGIN 14          /* a plugin is faulty */
#define SMASH_CALLBACK 15        /* a callback reported failure */
#define SMASH_OUT_OF_MEMORY 16
#define SMASH_INTERNAL 17
#define SMASH_PANIC 18           /* a panic was caught; the handle is poisoned */

/* Made by SmashHost.error_new, read and freed by the host. Details are JSON; {"problems": [{"pointer", "message"}]}
 * points into a configuration. */
typedef struct SmashError SmashError;

/* Bytes handed to the other side, which calls release once. release == NULL: there is nothing to free. */
typedef struct SmashBuf {
  const uint8_t *data;
  size_t len;
  void *owner; /* private to the producer */
  void (SMASH_CALL *release)(struct SmashBuf *self);
} SmashBuf;

/* Services lent to a plugin for the life of the process. */
typedef struct SmashHost {
  size_t struct_size;
  uint32_t abi_major;
  uint32_t abi_minor;
  const void *(SMASH_CALL *get_extension)(const char *id); /* NULL: no such service */
  SmashError *(SMASH_CALL *error_new)(SmashCode code, const char *message, size_t message_len, const char *details,
                                      size_t details_len);
  /* level: 0 error, 1 warning, 2 information, 3 debug, 4 trace; NULL: the host keeps no log */
  void (SMASH_CALL *log)(int32_t level, const char *target, size_t target_len, const char *message, size_t message_len);
} SmashHost;

#define SMASH_KIND_SEARCH_SPACE 1u
#define SMASH_KIND_STRATEGY 2u
#define SMASH_KIND_DATASET 3u
#define SMASH_KIND_BACKEND 4u

/* One component. All texts are static and NUL-terminated. */
typedef struct SmashComponent {
  size_t struct_size;
  uint32_t kind;
  uint32_t reserved;
  const char *id;            /* its "type" in a job */
  const char *about;         /* one line for people */
  const char *config_schema; /* JSON Schema (draft 2020-12) of its configuration, without "type" */
  const void *vtable;        /* Smash<Kind>Vtable, static */
  /* request: {"config": {...}} with "threads" for a backend. The host has checked the configuration. */
  SmashCode (SMASH_CALL *create)(const char *request, size_t len, void **self, SmashError **err);
  /* The configuration with every default written out; NULL: it is complete as it is. */
  SmashCode (SMASH_CALL *resolve)(const char *config, size_t len, SmashBuf *out, SmashError **err);
} SmashComponent;

/* What a plugin offers; static. */
typedef struct SmashExtension {
  size_t struct_size;
  uint32_t abi_major;
  uint32_t abi_minor;
  const char *name;
  const char *version;
  const SmashComponent *components;
  size_t n_components;
  size_t component_stride; /* sizeof(SmashComponent) as the plugin saw it */
} SmashExtension;

/* The one symbol of a plugin. */
SMASH_EXPORT SmashCode SMASH_CALL smash_extension_init_v1(const SmashHost *host, const SmashExtension **out,
                                                          SmashError **err);

/* ---- backend: an engine that runs whole graphs ---- */

/* A dense row-major f32 tensor that is lent for a call. Batched values carry the batch as their first extent. */
typedef struct SmashTensorView {
  const float *data;     /* may be NULL when there are no values */
  const uint64_t *shape; /* may be NULL at rank 0 */
  size_t rank;
} SmashTensorView;

/* An input of a run, or a seed of a backward pass. */
typedef struct SmashFeed {
  const char *name;
  size_t name_len;
  const char *device; /* the device value it is taken from; NULL: tensor holds it */
  size_t device_len;
  SmashTensorView tensor;
} SmashFeed;

/* An output of a run, or a gradient that is wanted. */
typedef struct SmashFetch {
  const char *name;
  size_t name_len;
  const char *device; /* the device value it is put into; NULL: it is handed out */
  size_t device_len;
} SmashFetch;

#define SMASH_PLACE_NONE 0u   /* there is nothing: no gradient, which is not the same as zero */
#define SMASH_PLACE_HOST 1u   /* values and shape hold it */
#define SMASH_PLACE_DEVICE 2u /* it was put into the device value that was asked for */

/* A tensor that is handed out. */
typedef struct SmashTensorOut {
  SmashBuf values; /* dense row-major f32 */
  uint64_t shape[8];
  uint32_t rank;
  uint32_t place;
} SmashTensorOut;

#define SMASH_MODE_TRAIN 0u     /* batch statistics, running ones updated, activations kept for backward */
#define SMASH_MODE_EVAL 1u      /* running statistics */
#define SMASH_MODE_CALIBRATE 2u /* batch statistics, and the running ones are set to them */

/* The formats of graphs, step groups and snapshots are those of the JSON that `smash describe --json` prints. */
typedef struct SmashBackendVtable {
  size_t struct_size;
  /* {"id", "device", "level", "threads"} */
  SmashCode (SMASH_CALL *info)(void *self, SmashBuf *out, SmashError **err);
  SmashCode (SMASH_CALL *compile)(void *self, const char *graph, size_t len, uint64_t *plan, SmashError **err);
  void (SMASH_CALL *release)(void *self, uint64_t plan);
  /* out: one place a fetch, uninitialised */
  SmashCode (SMASH_CALL *run)(void *self, uint64_t plan, uint32_t mode, const SmashFeed *inputs, size_t n_inputs,
                              const SmashFetch *outputs, size_t n_outputs, SmashTensorOut *out, SmashError **err);
  /* through the last training run of the plan; mode is 0 */
  SmashCode (SMASH_CALL *backward)(void *self, uint64_t plan, uint32_t mode, const SmashFeed *seeds, size_t n_seeds,
                                   const SmashFetch *wanted, size_t n_wanted, SmashTensorOut *out, SmashError **err);
  /* groups: [{"parameters": [...], "optimizer": {"type": "sgd" | "adam", ...}}]; clip is NaN for none */
  SmashCode (SMASH_CALL *step)(void *self, const char *groups, size_t len, double clip, double *gradient_norm,
                               int32_t *applied, SmashError **err);
  SmashCode (SMASH_CALL *gradient)(void *self, const char *name, size_t len, SmashTensorOut *out, SmashError **err);
  int32_t (SMASH_CALL *contains)(void *self, const char *name, size_t len);
  SmashCode (SMASH_CALL *read)(void *self, const char *name, size_t len, SmashTensorOut *out, SmashError **err);
  SmashCode (SMASH_CALL *write)(void *self, const char *name, size_t len, const SmashTensorView *value, SmashError **err);
  void (SMASH_CALL *drop_value)(void *self, const char *name, size_t len);
  SmashCode (SMASH_CALL *snapshot)(void *self, SmashBuf *out, SmashError **err);
  SmashCode (SMASH_CALL *restore)(void *self, const uint8_t *snapshot, size_t len, SmashError **err);
  void (SMASH_CALL *destroy)(void *self);
} SmashBackendVtable;

/* ---- dataset: an indexed list of labelled examples ---- */

/* A dataset never shuffles and never augments: it is asked for examples by their numbers. describe is called once, first;
 * read is called where a batch is needed, on the thread that trains. */
typedef struct SmashDatasetVtable {
  size_t struct_size;
  /* {"task": {"channels", "extents": [1 to 3 of them], "classes"}, "examples"}; if there are several pictures of each,
   * "views"; if the parts are fixed, "splits": {"train": [[from, to), ...], "valid", "test"}, or else a tenth of each class
   * validates and a tenth tests; if training may change examples, "augmentation" as the dataset "digits" has it */
  SmashCode (SMASH_CALL *describe)(void *self, SmashBuf *out, SmashError **err);
  /* the classes of the n examples from first on */
  SmashCode (SMASH_CALL *labels)(void *self, uint64_t first, uint32_t *out, size_t n, SmashError **err);
  /* The values of n examples one after the other, each [channels, extents...] row-major, normalised and finite; len is n
   * times the values of one. views: which view of each; NULL: the one that stands for the example. */
  SmashCode (SMASH_CALL *read)(void *self, const uint64_t *indices, const uint32_t *views, size_t n, float *out,
                               size_t len, SmashError **err);
  /* The splits of a seed, as in describe; NULL: describe has them. */
  SmashCode (SMASH_CALL *splits)(void *self, uint64_t seed, SmashBuf *out, SmashError **err);
  void (SMASH_CALL *destroy)(void *self);
} SmashDatasetVtable;

#ifdef __cplusplus
}
#endif
#endif /* SMASH_H */
