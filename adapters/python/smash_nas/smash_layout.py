"""The C interface of SMASH for ctypes: the structs, functions and constants of smash.h.

Made of that file by `cargo xtask layout`; a test compares the two. A struct begins with its size, which sized() fills in. The
functions of a table, and those that load() finds in a library, check the types of their arguments. None stands for NULL. The
text that a callback is given has a length, and is read as text[:length].
"""

from ctypes import CDLL, CFUNCTYPE, POINTER, Structure, sizeof
from ctypes import c_char, c_char_p, c_double, c_float, c_int32, c_int64, c_size_t, c_uint8, c_uint16, c_uint32, c_uint64, c_void_p
from typing import Any, TypeVar

_Struct = TypeVar("_Struct", bound=Structure)


def sized(struct: type[_Struct], **fields: Any) -> _Struct:
    """A struct with these fields and its size; everything else is 0."""
    return struct(struct_size=sizeof(struct), **fields)


def field(struct: type[Structure], name: str) -> Any:
    """The type of a field of a struct: for a function, what makes one of a function of Python."""
    return {known[0]: known[1] for known in struct._fields_}[name]


DLPACK_MAJOR_VERSION = 1
DLPACK_MINOR_VERSION = 1
kDLCPU = 1
kDLCUDA = 2
kDLCUDAHost = 3
kDLOpenCL = 4
kDLVulkan = 7
kDLMetal = 8
kDLVPI = 9
kDLROCM = 10
kDLROCMHost = 11
kDLExtDev = 12
kDLCUDAManaged = 13
kDLOneAPI = 14
kDLWebGPU = 15
kDLHexagon = 16
kDLMAIA = 17
kDLTrn = 18
kDLInt = 0
kDLUInt = 1
kDLFloat = 2
kDLOpaqueHandle = 3
kDLBfloat = 4
kDLComplex = 5
kDLBool = 6
kDLFloat8_e3m4 = 7
kDLFloat8_e4m3 = 8
kDLFloat8_e4m3b11fnuz = 9
kDLFloat8_e4m3fn = 10
kDLFloat8_e4m3fnuz = 11
kDLFloat8_e5m2 = 12
kDLFloat8_e5m2fnuz = 13
kDLFloat8_e8m0fnu = 14
kDLFloat6_e2m3fn = 15
kDLFloat6_e3m2fn = 16
kDLFloat4_e2m1fn = 17
SMASH_ABI_MAJOR = 1
SMASH_ABI_MINOR = 0
SMASH_VERSION_MAJOR = 0
SMASH_VERSION_MINOR = 1
SMASH_VERSION_PATCH = 0
SMASH_OK = 0
SMASH_ERR_CANCELLED = 1
SMASH_ERR_INVALID_ARGUMENT = 2
SMASH_ERR_INVALID_CONFIG = 3
SMASH_ERR_NOT_FOUND = 4
SMASH_ERR_ALREADY_EXISTS = 5
SMASH_ERR_UNSUPPORTED = 6
SMASH_ERR_VERSION_MISMATCH = 7
SMASH_ERR_BAD_STATE = 8
SMASH_ERR_BUSY = 9
SMASH_ERR_DATA = 10
SMASH_ERR_BACKEND = 11
SMASH_ERR_IO = 12
SMASH_ERR_CHECKPOINT = 13
SMASH_ERR_PLUGIN = 14
SMASH_ERR_CALLBACK = 15
SMASH_ERR_OUT_OF_MEMORY = 16
SMASH_ERR_INTERNAL = 17
SMASH_ERR_PANIC = 18
SMASH_ERR_INFEASIBLE = 19
SMASH_ERR_DIVERGED = 20
SMASH_ERR_LIMIT = 21
SMASH_CTX_ALLOW_PLUGINS = 1
SMASH_CTX_ALLOW_ENV_PATHS = 2
SMASH_PHASE_TRAINING = 1
SMASH_PHASE_SEARCHING = 2
SMASH_PHASE_RETRAINING = 3
SMASH_EVENT_OTHER = 1
SMASH_EVENT_PHASE = 2
SMASH_EVENT_STEP = 4
SMASH_EVENT_EPOCH = 8
SMASH_EVENT_CANDIDATE = 16
SMASH_CONTINUE = 0
SMASH_PAUSE = 1
SMASH_STOP = 2
SMASH_KIND_SPACE = 1
SMASH_KIND_PROPOSER = 2
SMASH_KIND_ESTIMATOR = 3
SMASH_KIND_DATASET = 4
SMASH_KIND_BACKEND = 5
SMASH_PLACE_NONE = 0
SMASH_PLACE_HOST = 1
SMASH_PLACE_DEVICE = 2
SMASH_MODE_TRAIN = 0
SMASH_MODE_EVAL = 1
SMASH_MODE_CALIBRATE = 2
SMASH_NETWORK_ONE_SHOT = 0
SMASH_NETWORK_STANDALONE = 1


class DLPackVersion(Structure):
    pass


class DLDevice(Structure):
    pass


class DLDataType(Structure):
    pass


class DLTensor(Structure):
    pass


class DLManagedTensor(Structure):
    pass


class DLManagedTensorVersioned(Structure):
    pass


class SmashError(Structure):
    pass


class SmashBuf(Structure):
    pass


class SmashContext(Structure):
    pass


class SmashDataset(Structure):
    pass


class SmashSpace(Structure):
    pass


class SmashSearch(Structure):
    pass


class SmashModel(Structure):
    pass


class SmashReader(Structure):
    pass


class SmashWriter(Structure):
    pass


class SmashContextOptions(Structure):
    pass


class SmashRunOptions(Structure):
    pass


class SmashApi(Structure):
    pass


class SmashHost(Structure):
    pass


class SmashComponent(Structure):
    pass


class SmashPlugin(Structure):
    pass


class SmashFeed(Structure):
    pass


class SmashFetch(Structure):
    pass


class SmashTensorOut(Structure):
    pass


class SmashPlanCall(Structure):
    pass


class SmashBackendVtable(Structure):
    pass


class SmashSpaceVtable(Structure):
    pass


class SmashOutcome(Structure):
    pass


class SmashProposerVtable(Structure):
    pass


class SmashEstimatorContext(Structure):
    pass


class SmashEstimatorVtable(Structure):
    pass


class SmashDatasetVtable(Structure):
    pass


SmashDecideFn = CFUNCTYPE(c_int32, c_void_p, POINTER(c_char), c_size_t, POINTER(c_uint64), POINTER(POINTER(SmashError)))
SmashLogFn = CFUNCTYPE(None, c_void_p, c_int32, POINTER(c_char), c_size_t, POINTER(c_char), c_size_t)
SmashProgressFn = CFUNCTYPE(c_int32, c_void_p, POINTER(c_char), c_size_t)
DLPackVersion._fields_ = [
    ("major", c_uint32),
    ("minor", c_uint32),
]
DLDevice._fields_ = [
    ("device_type", c_int32),
    ("device_id", c_int32),
]
DLDataType._fields_ = [
    ("code", c_uint8),
    ("bits", c_uint8),
    ("lanes", c_uint16),
]
DLTensor._fields_ = [
    ("data", c_void_p),
    ("device", DLDevice),
    ("ndim", c_int32),
    ("dtype", DLDataType),
    ("shape", POINTER(c_int64)),
    ("strides", POINTER(c_int64)),
    ("byte_offset", c_uint64),
]
DLManagedTensor._fields_ = [
    ("dl_tensor", DLTensor),
    ("manager_ctx", c_void_p),
    ("deleter", CFUNCTYPE(None, POINTER(DLManagedTensor))),
]
DLManagedTensorVersioned._fields_ = [
    ("version", DLPackVersion),
    ("manager_ctx", c_void_p),
    ("deleter", CFUNCTYPE(None, POINTER(DLManagedTensorVersioned))),
    ("flags", c_uint64),
    ("dl_tensor", DLTensor),
]
SmashBuf._fields_ = [
    ("data", POINTER(c_uint8)),
    ("len", c_size_t),
    ("user", c_void_p),
    ("release", CFUNCTYPE(None, POINTER(SmashBuf))),
]
SmashReader._fields_ = [
    ("struct_size", c_size_t),
    ("user", c_void_p),
    ("read", CFUNCTYPE(c_int64, c_void_p, c_void_p, c_uint64)),
]
SmashWriter._fields_ = [
    ("struct_size", c_size_t),
    ("user", c_void_p),
    ("write", CFUNCTYPE(c_int64, c_void_p, c_void_p, c_uint64)),
]
SmashContextOptions._fields_ = [
    ("struct_size", c_size_t),
    ("flags", c_uint64),
    ("plugin_dirs", POINTER(c_char_p)),
    ("n_plugin_dirs", c_size_t),
    ("log", SmashLogFn),
    ("user", c_void_p),
    ("log_level", c_int32),
    ("max_threads", c_uint32),
    ("max_memory", c_uint64),
]
SmashRunOptions._fields_ = [
    ("struct_size", c_size_t),
    ("progress", SmashProgressFn),
    ("user", c_void_p),
    ("max_steps", c_uint64),
    ("max_ms", c_uint64),
    ("until", c_uint32),
    ("events", c_uint32),
    ("interval_ms", c_uint64),
    ("cancel", POINTER(c_int32)),
]
SmashApi._fields_ = [
    ("struct_size", c_size_t),
    ("abi_major", c_uint32),
    ("abi_minor", c_uint32),
    ("error_code", CFUNCTYPE(c_int32, POINTER(SmashError))),
    ("error_message", CFUNCTYPE(c_char_p, POINTER(SmashError), POINTER(c_size_t))),
    ("error_details", CFUNCTYPE(c_char_p, POINTER(SmashError), POINTER(c_size_t))),
    ("error_new", CFUNCTYPE(POINTER(SmashError), c_int32, c_char_p, c_size_t, c_char_p, c_size_t)),
    ("error_free", CFUNCTYPE(None, POINTER(SmashError))),
    ("context_create", CFUNCTYPE(c_int32, POINTER(SmashContextOptions), POINTER(POINTER(SmashContext)), POINTER(POINTER(SmashError)))),
    ("context_load_plugin", CFUNCTYPE(c_int32, POINTER(SmashContext), c_char_p, c_size_t, POINTER(POINTER(SmashError)))),
    ("context_register", CFUNCTYPE(c_int32, POINTER(SmashContext), POINTER(SmashComponent), POINTER(POINTER(SmashError)))),
    ("context_describe", CFUNCTYPE(c_int32, POINTER(SmashContext), POINTER(SmashBuf), POINTER(POINTER(SmashError)))),
    ("context_schema", CFUNCTYPE(c_int32, POINTER(SmashContext), c_char_p, c_size_t, c_char_p, c_size_t, POINTER(SmashBuf), POINTER(POINTER(SmashError)))),
    ("config_validate", CFUNCTYPE(c_int32, POINTER(SmashContext), c_char_p, c_size_t, POINTER(SmashDataset), POINTER(SmashBuf), POINTER(POINTER(SmashError)))),
    ("context_free", CFUNCTYPE(None, POINTER(SmashContext))),
    ("dataset_from_dlpack", CFUNCTYPE(c_int32, POINTER(SmashContext), c_char_p, c_size_t, POINTER(DLManagedTensorVersioned), POINTER(DLManagedTensorVersioned), POINTER(POINTER(SmashDataset)), POINTER(POINTER(SmashError)))),
    ("dataset_from_vtable", CFUNCTYPE(c_int32, POINTER(SmashContext), c_char_p, c_size_t, POINTER(SmashDatasetVtable), c_void_p, POINTER(POINTER(SmashDataset)), POINTER(POINTER(SmashError)))),
    ("dataset_from_config", CFUNCTYPE(c_int32, POINTER(SmashContext), c_char_p, c_size_t, POINTER(POINTER(SmashDataset)), POINTER(POINTER(SmashError)))),
    ("dataset_describe", CFUNCTYPE(c_int32, POINTER(SmashDataset), POINTER(SmashBuf), POINTER(POINTER(SmashError)))),
    ("dataset_free", CFUNCTYPE(None, POINTER(SmashDataset))),
    ("space_open", CFUNCTYPE(c_int32, POINTER(SmashContext), c_char_p, c_size_t, POINTER(POINTER(SmashSpace)), POINTER(POINTER(SmashError)))),
    ("space_schema", CFUNCTYPE(c_int32, POINTER(SmashSpace), POINTER(SmashBuf), POINTER(POINTER(SmashError)))),
    ("space_sample", CFUNCTYPE(c_int32, POINTER(SmashSpace), c_uint64, POINTER(SmashBuf), POINTER(POINTER(SmashError)))),
    ("space_mutate", CFUNCTYPE(c_int32, POINTER(SmashSpace), c_char_p, c_size_t, c_uint64, c_double, POINTER(SmashBuf), POINTER(POINTER(SmashError)))),
    ("space_crossover", CFUNCTYPE(c_int32, POINTER(SmashSpace), c_char_p, c_size_t, c_char_p, c_size_t, c_uint64, c_double, POINTER(SmashBuf), POINTER(POINTER(SmashError)))),
    ("space_draw", CFUNCTYPE(c_int32, POINTER(SmashSpace), SmashDecideFn, c_void_p, POINTER(SmashBuf), POINTER(POINTER(SmashError)))),
    ("space_validate", CFUNCTYPE(c_int32, POINTER(SmashSpace), c_char_p, c_size_t, POINTER(POINTER(SmashError)))),
    ("space_count", CFUNCTYPE(c_int32, POINTER(SmashSpace), c_char_p, c_size_t, POINTER(SmashBuf), POINTER(POINTER(SmashError)))),
    ("space_graph", CFUNCTYPE(c_int32, POINTER(SmashSpace), c_char_p, c_size_t, c_uint32, POINTER(SmashBuf), POINTER(POINTER(SmashError)))),
    ("space_decisions", CFUNCTYPE(c_int32, POINTER(SmashSpace), c_char_p, c_size_t, POINTER(SmashBuf), POINTER(POINTER(SmashError)))),
    ("space_parameters", CFUNCTYPE(c_int32, POINTER(SmashSpace), c_char_p, c_size_t, POINTER(SmashBuf), POINTER(POINTER(SmashError)))),
    ("space_from_parameters", CFUNCTYPE(c_int32, POINTER(SmashSpace), c_char_p, c_size_t, POINTER(SmashBuf), POINTER(POINTER(SmashError)))),
    ("space_size", CFUNCTYPE(c_int32, POINTER(SmashSpace), POINTER(SmashBuf), POINTER(POINTER(SmashError)))),
    ("space_free", CFUNCTYPE(None, POINTER(SmashSpace))),
    ("search_create", CFUNCTYPE(c_int32, POINTER(SmashContext), c_char_p, c_size_t, POINTER(SmashDataset), POINTER(POINTER(SmashSearch)), POINTER(POINTER(SmashError)))),
    ("search_step", CFUNCTYPE(c_int32, POINTER(SmashSearch), c_uint64, POINTER(c_int32), POINTER(SmashBuf), POINTER(POINTER(SmashError)))),
    ("search_run", CFUNCTYPE(c_int32, POINTER(SmashSearch), POINTER(SmashRunOptions), POINTER(POINTER(SmashError)))),
    ("search_cancel", CFUNCTYPE(None, POINTER(SmashSearch))),
    ("search_status", CFUNCTYPE(c_int32, POINTER(SmashSearch), POINTER(SmashBuf), POINTER(POINTER(SmashError)))),
    ("search_ask", CFUNCTYPE(c_int32, POINTER(SmashSearch), c_uint32, POINTER(SmashBuf), POINTER(POINTER(SmashError)))),
    ("search_pending", CFUNCTYPE(c_int32, POINTER(SmashSearch), POINTER(SmashBuf), POINTER(POINTER(SmashError)))),
    ("search_tell", CFUNCTYPE(c_int32, POINTER(SmashSearch), c_char_p, c_size_t, POINTER(POINTER(SmashError)))),
    ("search_add", CFUNCTYPE(c_int32, POINTER(SmashSearch), c_char_p, c_size_t, POINTER(SmashBuf), POINTER(POINTER(SmashError)))),
    ("search_report", CFUNCTYPE(c_int32, POINTER(SmashSearch), c_char_p, c_size_t, POINTER(c_int32), POINTER(POINTER(SmashError)))),
    ("search_best", CFUNCTYPE(c_int32, POINTER(SmashSearch), c_uint32, POINTER(SmashBuf), POINTER(POINTER(SmashError)))),
    ("search_score", CFUNCTYPE(c_int32, POINTER(SmashSearch), c_char_p, c_size_t, POINTER(c_double), POINTER(c_double), c_size_t, POINTER(POINTER(SmashError)))),
    ("search_model", CFUNCTYPE(c_int32, POINTER(SmashSearch), POINTER(POINTER(SmashModel)), POINTER(POINTER(SmashError)))),
    ("search_save", CFUNCTYPE(c_int32, POINTER(SmashSearch), POINTER(SmashWriter), POINTER(POINTER(SmashError)))),
    ("search_load", CFUNCTYPE(c_int32, POINTER(SmashContext), POINTER(SmashReader), POINTER(SmashDataset), POINTER(POINTER(SmashSearch)), POINTER(POINTER(SmashError)))),
    ("search_free", CFUNCTYPE(None, POINTER(SmashSearch))),
    ("model_train", CFUNCTYPE(c_int32, POINTER(SmashContext), c_char_p, c_size_t, c_char_p, c_size_t, POINTER(SmashDataset), POINTER(SmashRunOptions), POINTER(POINTER(SmashModel)), POINTER(POINTER(SmashError)))),
    ("model_load", CFUNCTYPE(c_int32, POINTER(SmashContext), POINTER(SmashReader), POINTER(POINTER(SmashModel)), POINTER(POINTER(SmashError)))),
    ("model_describe", CFUNCTYPE(c_int32, POINTER(SmashModel), POINTER(SmashBuf), POINTER(POINTER(SmashError)))),
    ("model_metrics", CFUNCTYPE(c_int32, POINTER(SmashModel), POINTER(SmashBuf), POINTER(POINTER(SmashError)))),
    ("model_predict", CFUNCTYPE(c_int32, POINTER(SmashModel), POINTER(DLManagedTensorVersioned), POINTER(POINTER(DLManagedTensorVersioned)), POINTER(POINTER(SmashError)))),
    ("model_export", CFUNCTYPE(c_int32, POINTER(SmashModel), c_char_p, c_size_t, POINTER(SmashWriter), POINTER(POINTER(SmashError)))),
    ("model_save", CFUNCTYPE(c_int32, POINTER(SmashModel), POINTER(SmashWriter), POINTER(POINTER(SmashError)))),
    ("model_free", CFUNCTYPE(None, POINTER(SmashModel))),
]
SmashHost._fields_ = [
    ("struct_size", c_size_t),
    ("abi_major", c_uint32),
    ("abi_minor", c_uint32),
    ("error_new", CFUNCTYPE(POINTER(SmashError), c_int32, c_char_p, c_size_t, c_char_p, c_size_t)),
    ("log", CFUNCTYPE(None, c_int32, c_char_p, c_size_t, c_char_p, c_size_t)),
    ("error_code", CFUNCTYPE(c_int32, POINTER(SmashError))),
    ("error_message", CFUNCTYPE(c_char_p, POINTER(SmashError), POINTER(c_size_t))),
    ("error_details", CFUNCTYPE(c_char_p, POINTER(SmashError), POINTER(c_size_t))),
    ("error_free", CFUNCTYPE(None, POINTER(SmashError))),
]
SmashComponent._fields_ = [
    ("struct_size", c_size_t),
    ("kind", c_uint32),
    ("reserved", c_uint32),
    ("id", c_char_p),
    ("about", c_char_p),
    ("config_schema", c_char_p),
    ("vtable", c_void_p),
    ("user", c_void_p),
    ("create", CFUNCTYPE(c_int32, c_void_p, POINTER(c_char), c_size_t, POINTER(c_void_p), POINTER(POINTER(SmashError)))),
    ("resolve", CFUNCTYPE(c_int32, c_void_p, POINTER(c_char), c_size_t, POINTER(SmashBuf), POINTER(POINTER(SmashError)))),
]
SmashPlugin._fields_ = [
    ("struct_size", c_size_t),
    ("abi_major", c_uint32),
    ("abi_minor", c_uint32),
    ("name", c_char_p),
    ("version", c_char_p),
    ("components", POINTER(SmashComponent)),
    ("n_components", c_size_t),
    ("component_stride", c_size_t),
]
SmashFeed._fields_ = [
    ("struct_size", c_size_t),
    ("name", c_char_p),
    ("name_len", c_size_t),
    ("device", c_char_p),
    ("device_len", c_size_t),
    ("tensor", POINTER(DLTensor)),
]
SmashFetch._fields_ = [
    ("struct_size", c_size_t),
    ("name", c_char_p),
    ("name_len", c_size_t),
    ("device", c_char_p),
    ("device_len", c_size_t),
]
SmashTensorOut._fields_ = [
    ("struct_size", c_size_t),
    ("place", c_uint32),
    ("reserved", c_uint32),
    ("tensor", POINTER(DLManagedTensorVersioned)),
]
SmashPlanCall._fields_ = [
    ("struct_size", c_size_t),
    ("plan", c_uint64),
    ("mode", c_uint32),
    ("reserved", c_uint32),
    ("feeds", POINTER(SmashFeed)),
    ("n_feeds", c_size_t),
    ("feed_stride", c_size_t),
    ("fetches", POINTER(SmashFetch)),
    ("n_fetches", c_size_t),
    ("fetch_stride", c_size_t),
    ("outs", POINTER(SmashTensorOut)),
    ("out_stride", c_size_t),
]
SmashBackendVtable._fields_ = [
    ("struct_size", c_size_t),
    ("info", CFUNCTYPE(c_int32, c_void_p, POINTER(SmashBuf), POINTER(POINTER(SmashError)))),
    ("compile", CFUNCTYPE(c_int32, c_void_p, POINTER(c_char), c_size_t, POINTER(c_uint64), POINTER(POINTER(SmashError)))),
    ("release", CFUNCTYPE(None, c_void_p, c_uint64)),
    ("run", CFUNCTYPE(c_int32, c_void_p, POINTER(SmashPlanCall), POINTER(POINTER(SmashError)))),
    ("backward", CFUNCTYPE(c_int32, c_void_p, POINTER(SmashPlanCall), POINTER(POINTER(SmashError)))),
    ("step", CFUNCTYPE(c_int32, c_void_p, POINTER(c_char), c_size_t, c_double, POINTER(c_double), POINTER(c_int32), POINTER(POINTER(SmashError)))),
    ("gradient", CFUNCTYPE(c_int32, c_void_p, POINTER(c_char), c_size_t, POINTER(POINTER(DLManagedTensorVersioned)), POINTER(POINTER(SmashError)))),
    ("contains", CFUNCTYPE(c_int32, c_void_p, POINTER(c_char), c_size_t)),
    ("read", CFUNCTYPE(c_int32, c_void_p, POINTER(c_char), c_size_t, POINTER(POINTER(DLManagedTensorVersioned)), POINTER(POINTER(SmashError)))),
    ("write", CFUNCTYPE(c_int32, c_void_p, POINTER(c_char), c_size_t, POINTER(DLTensor), POINTER(POINTER(SmashError)))),
    ("drop_value", CFUNCTYPE(None, c_void_p, POINTER(c_char), c_size_t)),
    ("snapshot", CFUNCTYPE(c_int32, c_void_p, POINTER(SmashBuf), POINTER(POINTER(SmashError)))),
    ("restore", CFUNCTYPE(c_int32, c_void_p, POINTER(c_uint8), c_size_t, POINTER(POINTER(SmashError)))),
    ("destroy", CFUNCTYPE(None, c_void_p)),
]
SmashSpaceVtable._fields_ = [
    ("struct_size", c_size_t),
    ("info", CFUNCTYPE(c_int32, c_void_p, POINTER(SmashBuf), POINTER(POINTER(SmashError)))),
    ("draw", CFUNCTYPE(c_int32, c_void_p, SmashDecideFn, c_void_p, POINTER(SmashBuf), POINTER(POINTER(SmashError)))),
    ("decisions", CFUNCTYPE(c_int32, c_void_p, POINTER(c_char), c_size_t, POINTER(SmashBuf), POINTER(POINTER(SmashError)))),
    ("sample", CFUNCTYPE(c_int32, c_void_p, c_uint64, c_double, POINTER(SmashBuf), POINTER(POINTER(SmashError)))),
    ("mutate", CFUNCTYPE(c_int32, c_void_p, POINTER(c_char), c_size_t, c_uint64, c_double, POINTER(SmashBuf), POINTER(POINTER(SmashError)))),
    ("crossover", CFUNCTYPE(c_int32, c_void_p, POINTER(c_char), c_size_t, POINTER(c_char), c_size_t, c_uint64, c_double, POINTER(SmashBuf), POINTER(POINTER(SmashError)))),
    ("convert", CFUNCTYPE(c_int32, c_void_p, POINTER(c_char), c_size_t, POINTER(SmashBuf), POINTER(POINTER(SmashError)))),
    ("validate", CFUNCTYPE(c_int32, c_void_p, POINTER(c_char), c_size_t, POINTER(POINTER(SmashError)))),
    ("build", CFUNCTYPE(c_int32, c_void_p, POINTER(c_char), c_size_t, c_uint32, POINTER(SmashBuf), POINTER(POINTER(SmashError)))),
    ("describe", CFUNCTYPE(c_int32, c_void_p, POINTER(c_char), c_size_t, c_double, POINTER(SmashBuf), POINTER(POINTER(DLManagedTensorVersioned)), POINTER(POINTER(SmashError)))),
    ("outline", CFUNCTYPE(c_int32, c_void_p, POINTER(c_char), c_size_t, POINTER(SmashBuf), POINTER(POINTER(SmashError)))),
    ("destroy", CFUNCTYPE(None, c_void_p)),
]
SmashOutcome._fields_ = [
    ("struct_size", c_size_t),
    ("values", POINTER(c_double)),
    ("n_values", c_size_t),
    ("error", c_double),
    ("latency", c_double),
    ("params", c_uint64),
    ("macs", c_uint64),
]
SmashProposerVtable._fields_ = [
    ("struct_size", c_size_t),
    ("ask", CFUNCTYPE(c_int32, c_void_p, c_uint64, POINTER(SmashSpaceVtable), c_void_p, POINTER(SmashBuf), POINTER(POINTER(SmashError)))),
    ("tell", CFUNCTYPE(c_int32, c_void_p, POINTER(c_char), c_size_t, POINTER(SmashOutcome), POINTER(POINTER(SmashError)))),
    ("add", CFUNCTYPE(c_int32, c_void_p, POINTER(c_char), c_size_t, POINTER(SmashOutcome), POINTER(POINTER(SmashError)))),
    ("rank", CFUNCTYPE(c_int32, c_void_p, POINTER(c_char), c_size_t, POINTER(SmashBuf), POINTER(POINTER(SmashError)))),
    ("total", CFUNCTYPE(c_uint64, c_void_p)),
    ("save", CFUNCTYPE(c_int32, c_void_p, POINTER(SmashBuf), POINTER(POINTER(SmashError)))),
    ("load", CFUNCTYPE(c_int32, c_void_p, POINTER(c_char), c_size_t, POINTER(POINTER(SmashError)))),
    ("destroy", CFUNCTYPE(None, c_void_p)),
]
SmashEstimatorContext._fields_ = [
    ("struct_size", c_size_t),
    ("space", POINTER(SmashSpaceVtable)),
    ("space_self", c_void_p),
    ("data", POINTER(SmashDatasetVtable)),
    ("data_self", c_void_p),
    ("backend", POINTER(SmashBackendVtable)),
    ("backend_self", c_void_p),
    ("seed", c_uint64),
]
SmashEstimatorVtable._fields_ = [
    ("struct_size", c_size_t),
    ("steps", CFUNCTYPE(c_int32, c_void_p, POINTER(SmashDatasetVtable), c_void_p, POINTER(c_uint64), POINTER(POINTER(SmashError)))),
    ("step", CFUNCTYPE(c_int32, c_void_p, POINTER(SmashEstimatorContext), c_uint64, POINTER(SmashBuf), POINTER(POINTER(SmashError)))),
    ("score", CFUNCTYPE(c_int32, c_void_p, POINTER(SmashEstimatorContext), POINTER(c_char), c_size_t, POINTER(SmashBuf), POINTER(POINTER(SmashError)))),
    ("save", CFUNCTYPE(c_int32, c_void_p, POINTER(SmashBuf), POINTER(POINTER(SmashError)))),
    ("load", CFUNCTYPE(c_int32, c_void_p, POINTER(c_char), c_size_t, POINTER(POINTER(SmashError)))),
    ("destroy", CFUNCTYPE(None, c_void_p)),
]
SmashDatasetVtable._fields_ = [
    ("struct_size", c_size_t),
    ("describe", CFUNCTYPE(c_int32, c_void_p, POINTER(SmashBuf), POINTER(POINTER(SmashError)))),
    ("labels", CFUNCTYPE(c_int32, c_void_p, c_uint64, POINTER(c_uint32), c_size_t, POINTER(POINTER(SmashError)))),
    ("read", CFUNCTYPE(c_int32, c_void_p, POINTER(c_uint64), POINTER(c_uint32), c_size_t, POINTER(c_float), c_size_t, POINTER(POINTER(SmashError)))),
    ("splits", CFUNCTYPE(c_int32, c_void_p, c_uint64, POINTER(SmashBuf), POINTER(POINTER(SmashError)))),
    ("destroy", CFUNCTYPE(None, c_void_p)),
]


def load(path: str) -> CDLL:
    """The library at a path, with what it exports."""
    library = CDLL(path)
    library.smash_get_api.restype, library.smash_get_api.argtypes = POINTER(SmashApi), [c_uint32, c_uint32]
    library.smash_version.restype, library.smash_version.argtypes = c_char_p, []
    library.smash_version_number.restype, library.smash_version_number.argtypes = c_uint32, []
    return library
