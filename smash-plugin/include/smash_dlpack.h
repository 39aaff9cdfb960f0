/* DLPack, major version 1, by which tensors cross the interface of SMASH, for programs that have no dlpack.h. Names, numbers
 * and layout are that project's (https://dmlc.github.io/dlpack/latest/c_api.html), and frozen within the major version.
 *
 * The include guard is that project's too, so that both files are one to the compiler: whichever is included first declares the
 * types, and the other declares nothing. Who needs what a later dlpack.h has beyond version 1.1 includes that one first. */
#ifndef DLPACK_DLPACK_H_
#define DLPACK_DLPACK_H_

#include <stddef.h>
#include <stdint.h>

#define DLPACK_MAJOR_VERSION 1
#define DLPACK_MINOR_VERSION 1

#ifdef __cplusplus
#  define DLPACK_EXTERN_C extern "C"
#else
#  define DLPACK_EXTERN_C
#endif

#if !defined(_WIN32)
#  define DLPACK_DLL
#elif defined(DLPACK_EXPORTS)
#  define DLPACK_DLL __declspec(dllexport)
#else
#  define DLPACK_DLL __declspec(dllimport)
#endif

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  uint32_t major; /* of another one than 1, nothing but the deleter may be used */
  uint32_t minor;
} DLPackVersion;

/* Where values lie. SMASH takes and gives kDLCPU. */
#ifdef __cplusplus
typedef enum : int32_t {
#else
typedef enum {
#endif
  kDLCPU = 1,
  kDLCUDA = 2,
  kDLCUDAHost = 3,
  kDLOpenCL = 4,
  kDLVulkan = 7,
  kDLMetal = 8,
  kDLVPI = 9,
  kDLROCM = 10,
  kDLROCMHost = 11,
  kDLExtDev = 12,
  kDLCUDAManaged = 13,
  kDLOneAPI = 14,
  kDLWebGPU = 15,
  kDLHexagon = 16,
  kDLMAIA = 17,
  kDLTrn = 18
} DLDeviceType;

typedef struct {
  DLDeviceType device_type;
  int32_t device_id;
} DLDevice;

/* What a value is. SMASH computes in kDLFloat of 32 bits; each function says what else it takes. */
typedef enum {
  kDLInt = 0U,
  kDLUInt = 1U,
  kDLFloat = 2U,
  kDLOpaqueHandle = 3U,
  kDLBfloat = 4U,
  kDLComplex = 5U,
  kDLBool = 6U,
  kDLFloat8_e3m4 = 7U,
  kDLFloat8_e4m3 = 8U,
  kDLFloat8_e4m3b11fnuz = 9U,
  kDLFloat8_e4m3fn = 10U,
  kDLFloat8_e4m3fnuz = 11U,
  kDLFloat8_e5m2 = 12U,
  kDLFloat8_e5m2fnuz = 13U,
  kDLFloat8_e8m0fnu = 14U,
  kDLFloat6_e2m3fn = 15U,
  kDLFloat6_e3m2fn = 16U,
  kDLFloat4_e2m1fn = 17U
} DLDataTypeCode;

typedef struct {
  uint8_t code; /* a DLDataTypeCode */
  uint8_t bits;
  uint16_t lanes; /* 1, unless each value is a vector */
} DLDataType;

/* A tensor that is lent: nobody but its owner frees anything of it. */
typedef struct {
  void *data; /* may be NULL when there are no values */
  DLDevice device;
  int32_t ndim;
  DLDataType dtype;
  int64_t *shape;
  int64_t *strides; /* in values; NULL: dense and row-major */
  uint64_t byte_offset; /* from data to the first value */
} DLTensor;

/* The struct of before version 1. SMASH does not use it. */
typedef struct DLManagedTensor {
  DLTensor dl_tensor;
  void *manager_ctx;
  void (*deleter)(struct DLManagedTensor *self);
} DLManagedTensor;

#define DLPACK_FLAG_BITMASK_READ_ONLY (1UL << 0UL)
#define DLPACK_FLAG_BITMASK_IS_COPIED (1UL << 1UL)
#define DLPACK_FLAG_BITMASK_IS_SUBBYTE_TYPE_PADDED (1UL << 2UL)

/* A tensor that is handed over: whoever gets it calls its deleter, once. */
struct DLManagedTensorVersioned {
  DLPackVersion version;
  void *manager_ctx; /* of the producer */
  void (*deleter)(struct DLManagedTensorVersioned *self); /* may be NULL */
  uint64_t flags;
  DLTensor dl_tensor;
};

#ifdef __cplusplus
}
#endif
#endif /* DLPACK_DLPACK_H_ */
