/* What the test hosts share: calls that must succeed, texts, and tensors over memory of their own. */
#ifndef CHECK_H
#define CHECK_H

#include <smash.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const SmashApi *api;
static SmashError *error;

/* Ends the program unless a call gave the code that was expected. */
static void expect_at(int line, SmashCode found, SmashCode expected) {
  if (found != expected) {
    fprintf(stderr, "line %d: expected code %d, found %d: %s %s\n", line, (int)expected, (int)found,
            error ? api->error_message(error, NULL) : "", error ? api->error_details(error, NULL) : "");
    exit(1);
  }
  if (expected != SMASH_OK && (error == NULL || api->error_code(error) != expected)) {
    fprintf(stderr, "line %d: an error without its object\n", line);
    exit(1);
  }
  api->error_free(error);
  error = NULL;
}
#define EXPECT(call, code) expect_at(__LINE__, (call), (code))
#define OK(call) EXPECT(call, SMASH_OK)

static void require_at(int line, int condition) {
  if (!condition) {
    fprintf(stderr, "line %d: not so\n", line);
    exit(1);
  }
}
#define REQUIRE(condition) require_at(__LINE__, (condition))

static inline void release(SmashBuf *buf) {
  if (buf->release != NULL) buf->release(buf);
}

/* The value of the first field of that name, which is a string without escapes. */
static inline void field(const SmashBuf *json, const char *name, char *out, size_t size) {
  char key[64];
  const char *at;
  size_t length;
  snprintf(key, sizeof key, "\"%s\":\"", name);
  at = strstr((const char *)json->data, key);
  REQUIRE(at != NULL);
  at += strlen(key);
  length = strcspn(at, "\"");
  REQUIRE(length < size);
  memcpy(out, at, length);
  out[length] = 0;
}

static inline char *read_file(const char *path, size_t *length) {
  FILE *file = fopen(path, "rb");
  char *bytes;
  long size;
  REQUIRE(file != NULL);
  fseek(file, 0, SEEK_END);
  size = ftell(file);
  rewind(file);
  bytes = malloc((size_t)size + 1);
  REQUIRE(bytes != NULL && fread(bytes, 1, (size_t)size, file) == (size_t)size);
  bytes[size] = 0;
  fclose(file);
  *length = (size_t)size;
  return bytes;
}

static int deleted;

static void count_deleted(struct DLManagedTensorVersioned *self) {
  (void)self;
  deleted += 1;
}

/* A dense tensor over memory that the caller keeps. */
static inline struct DLManagedTensorVersioned tensor_of(void *data, uint8_t code, uint8_t bits, int32_t ndim, int64_t *shape) {
  struct DLManagedTensorVersioned tensor;
  memset(&tensor, 0, sizeof tensor);
  tensor.version.major = 1;
  tensor.deleter = count_deleted;
  tensor.dl_tensor.data = data;
  tensor.dl_tensor.device.device_type = kDLCPU;
  tensor.dl_tensor.ndim = ndim;
  tensor.dl_tensor.dtype.code = code;
  tensor.dl_tensor.dtype.bits = bits;
  tensor.dl_tensor.dtype.lanes = 1;
  tensor.dl_tensor.shape = shape;
  return tensor;
}

/* Bytes in memory that are written and read in small parts. */
typedef struct Memory {
  char *bytes;
  size_t length, at;
} Memory;

static inline int64_t memory_write(void *user, const void *src, uint64_t n) {
  Memory *memory = user;
  const size_t part = n > 1000 ? n - n / 3 : n;
  char *grown = realloc(memory->bytes, memory->length + part);
  if (grown == NULL) return -1;
  memory->bytes = grown;
  memcpy(memory->bytes + memory->length, src, part);
  memory->length += part;
  return (int64_t)part;
}

static inline int64_t memory_read(void *user, void *dst, uint64_t n) {
  Memory *memory = user;
  size_t part = memory->length - memory->at;
  if (part > n) part = n;
  if (part > 777) part = 777;
  memcpy(dst, memory->bytes + memory->at, part);
  memory->at += part;
  return (int64_t)part;
}

#endif
