/* The two structs of DLPack, major version 1, that SMASH takes and hands out. Their layout is frozen by that project
 * (https://dmlc.github.io/dlpack/latest/). A program that has dlpack.h includes that one first, and nothing is declared here. */
#ifndef SMASH_DLPACK_H
#define SMASH_DLPACK_H
#ifndef DLPACK_DLPACK_H_

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define kDLCPU 1
#define kDLInt 0u
#define kDLUInt 1u
#define kDLFloat 2u

typedef struct DLPackVersion {
  uint32_t major;
  uint32_t minor;
} DLPackVersion;

typedef struct DLDevice {
  int32_t device_type;
  int32_t device_id;
} DLDevice;

typedef struct DLDataType {
  uint8_t code;
  uint8_t bits;
  uint16_t lanes;
} DLDataType;

typedef struct DLTensor {
  void *data;
  DLDevice device;
  int32_t ndim;
  DLDataType dtype;
  int64_t *shape;
  int64_t *strides; /* in values; NULL: dense and row-major */
  uint64_t byte_offset;
} DLTensor;

typedef struct DLManagedTensorVersioned {
  DLPackVersion version;
  void *manager_ctx;
  void (*deleter)(struct DLManagedTensorVersioned *self); /* may be NULL */
  uint64_t flags;
  DLTensor dl_tensor;
} DLManagedTensorVersioned;

#ifdef __cplusplus
}
#endif
#endif /* DLPACK_DLPACK_H_ */
#endif /* SMASH_DLPACK_H */
