/* SMASH for C++11 and later: smash.h with owners, exceptions and callbacks as functions. Header only.
 *
 * Exceptions stay on this side: a callback that throws ends the call, and the call throws what it threw. A program links
 * the library, or loads it and hands smash_get_api's result to the constructor of smash::Context. */
#ifndef SMASH_HPP
#define SMASH_HPP

#include <exception>
#include <cstring>
#include <functional>
#include <istream>
#include <memory>
#include <ostream>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "smash.h"

namespace smash {

/* What a call failed with. */
class Error : public std::runtime_error {
 public:
  Error(SmashCode code, const std::string &message, std::string details)
      : std::runtime_error(message), code_(code), details_(std::move(details)) {}
  SmashCode code() const noexcept { return code_; }
  /* JSON, or empty. */
  const std::string &details() const noexcept { return details_; }

 private:
  SmashCode code_;
  std::string details_;
};

/* The table of the library that this program is linked with. */
inline const SmashApi &linked() {
  const SmashApi *api = smash_get_api(SMASH_ABI_MAJOR, SMASH_ABI_MINOR);
  if (api == nullptr) {
    throw Error(SMASH_ERR_VERSION_MISMATCH,
                std::string("this program needs version ") + std::to_string(SMASH_ABI_MAJOR) + "." +
                    std::to_string(SMASH_ABI_MINOR) + " of the ABI, which SMASH " + smash_version() + " does not have",
                "");
  }
  return *api;
}

namespace detail {

/* The error is a reference: what is behind it is written by the call that gives the code, in whatever order the two are
 * evaluated. */
inline void check(const SmashApi &api, SmashCode code, SmashError *const &error) {
  if (code == SMASH_OK) return;
  std::unique_ptr<SmashError, void (*)(SmashError *)> owner(error, api.error_free);
  throw Error(code, api.error_message(error, nullptr), api.error_details(error, nullptr));
}

/* Text that was handed out. */
class Text {
 public:
  Text() = default;
  Text(const Text &) = delete;
  Text &operator=(const Text &) = delete;
  ~Text() {
    if (buf_.release != nullptr) buf_.release(&buf_);
  }
  SmashBuf *place() { return &buf_; }
  std::string str() const { return std::string(reinterpret_cast<const char *>(buf_.data), buf_.len); }

 private:
  SmashBuf buf_ = SMASH_BUF_INIT;
};

/* A callback of the host, and what it threw. */
struct Watch {
  std::function<bool(const std::string &)> function;
  std::exception_ptr thrown;

  static int32_t SMASH_CALL call(void *user, const char *event, size_t len) noexcept {
    Watch &self = *static_cast<Watch *>(user);
    try {
      return self.function(std::string(event, len)) ? 0 : 1;
    } catch (...) {
      self.thrown = std::current_exception();
      return 1;
    }
  }
};

/* A stream that is written to, and one that is read. What a stream throws is its own affair: the call fails. */
inline int64_t SMASH_CALL write(void *user, const void *src, uint64_t n) noexcept {
  try {
    std::ostream &stream = *static_cast<std::ostream *>(user);
    stream.write(static_cast<const char *>(src), static_cast<std::streamsize>(n));
    return stream ? static_cast<int64_t>(n) : -1;
  } catch (...) {
    return -1;
  }
}
inline int64_t SMASH_CALL read(void *user, void *dst, uint64_t n) noexcept {
  try {
    std::istream &stream = *static_cast<std::istream *>(user);
    stream.read(static_cast<char *>(dst), static_cast<std::streamsize>(n));
    return stream.bad() ? -1 : static_cast<int64_t>(stream.gcount());
  } catch (...) {
    return -1;
  }
}
inline SmashWriter writer(std::ostream &stream) {
  const SmashWriter writer = {sizeof(SmashWriter), &stream, write};
  return writer;
}
inline SmashReader reader(std::istream &stream) {
  const SmashReader reader = {sizeof(SmashReader), &stream, read};
  return reader;
}

/* Answers decisions, and keeps what that threw. */
struct Choice {
  const SmashApi &api;
  std::function<uint64_t(const std::string &)> function;
  std::exception_ptr thrown;

  static SmashCode SMASH_CALL call(void *user, const char *decision, size_t len, uint64_t *index,
                                   SmashError **error) noexcept {
    Choice &self = *static_cast<Choice *>(user);
    try {
      *index = self.function(std::string(decision, len));
      return SMASH_OK;
    } catch (...) {
      self.thrown = std::current_exception();
      if (error != nullptr) *error = self.api.error_new(SMASH_ERR_CALLBACK, "it threw", 8, nullptr, 0);
      return SMASH_ERR_CALLBACK;
    }
  }
};

/* A handle with its table. */
template <typename Opaque>
class Handle {
 public:
  Opaque *get() const noexcept { return handle_.get(); }
  const SmashApi &api() const noexcept { return *api_; }

 protected:
  typedef void (SMASH_CALL *Free)(Opaque *);
  /* Makes the handle by a call that writes it. */
  template <typename Call>
  Handle(const SmashApi &api, Free free, Call call) : api_(&api), handle_(nullptr, free) {
    Opaque *made = nullptr;
    SmashError *error = nullptr;
    check(api, call(&made, &error), error);
    handle_.reset(made);
  }
  /* A call that may fail. */
  template <typename Call>
  void done(Call call) const {
    SmashError *error = nullptr;
    check(*api_, call(&error), error);
  }
  /* A call that hands text out. */
  template <typename Call>
  std::string text(Call call) const {
    Text out;
    SmashError *error = nullptr;
    check(*api_, call(out.place(), &error), error);
    return out.str();
  }

 private:
  const SmashApi *api_;
  std::unique_ptr<Opaque, Free> handle_;
};

}  // namespace detail

/* How far a run goes, and who watches it. */
struct Run {
  std::function<bool(const std::string &event)> progress; /* false: stop */
  uint64_t max_steps = 0;
  uint64_t max_ms = 0;
  uint32_t until = 0;  /* SMASH_PHASE_... */
  uint32_t events = 0; /* SMASH_EVENT_..., or-ed */
  uint64_t interval_ms = 0;
  const int32_t *cancel = nullptr;
};

namespace detail {

/* Makes a call that watches, and throws what the watching function threw. */
template <typename Call>
void watched(const SmashApi &api, const Run &run, Call call) {
  Watch watch = {run.progress, nullptr};
  SmashRunOptions options = SMASH_RUN_OPTIONS_INIT;
  options.progress = run.progress ? Watch::call : nullptr;
  options.user = &watch;
  options.max_steps = run.max_steps;
  options.max_ms = run.max_ms;
  options.until = run.until;
  options.events = run.events;
  options.interval_ms = run.interval_ms;
  options.cancel = run.cancel;
  SmashError *error = nullptr;
  const SmashCode code = call(&options, &error);
  if (watch.thrown) {
    api.error_free(error);
    std::rethrow_exception(watch.thrown);
  }
  check(api, code, error);
}

}  // namespace detail

/* A tensor that was handed out. */
using Tensor = std::unique_ptr<DLManagedTensorVersioned, void (*)(DLManagedTensorVersioned *)>;

/* A tensor of values in memory, row-major. release() hands it to a call that takes it over. */
template <typename Value>
Tensor tensor(std::vector<Value> values, std::vector<int64_t> shape) {
  static_assert(std::is_arithmetic<Value>::value, "numbers have a type that DLPack knows");
  struct Owner {
    DLManagedTensorVersioned managed;
    std::vector<Value> values;
    std::vector<int64_t> shape;
    static void SMASH_CALL free(DLManagedTensorVersioned *self) { delete static_cast<Owner *>(self->manager_ctx); }
  };
  size_t count = 1;
  for (const int64_t extent : shape) count *= static_cast<size_t>(extent);
  if (count != values.size()) {
    throw std::invalid_argument("expected " + std::to_string(count) + " values for the shape, found " +
                                std::to_string(values.size()));
  }
  std::unique_ptr<Owner> owner(new Owner);
  owner->values = std::move(values);
  owner->shape = std::move(shape);
  DLManagedTensorVersioned &managed = owner->managed;
  std::memset(&managed, 0, sizeof managed);
  managed.version.major = DLPACK_MAJOR_VERSION;
  managed.version.minor = DLPACK_MINOR_VERSION;
  managed.manager_ctx = owner.get();
  managed.deleter = Owner::free;
  managed.dl_tensor.data = owner->values.data();
  managed.dl_tensor.device.device_type = kDLCPU;
  managed.dl_tensor.ndim = static_cast<int32_t>(owner->shape.size());
  managed.dl_tensor.dtype.code = static_cast<uint8_t>(std::is_floating_point<Value>::value ? kDLFloat
                                                      : std::is_signed<Value>::value       ? kDLInt
                                                                                           : kDLUInt);
  managed.dl_tensor.dtype.bits = static_cast<uint8_t>(8 * sizeof(Value));
  managed.dl_tensor.dtype.lanes = 1;
  managed.dl_tensor.shape = owner->shape.data();
  return Tensor(&owner.release()->managed, [](DLManagedTensorVersioned *self) { self->deleter(self); });
}

class Dataset;

/* A registry of components. */
class Context : public detail::Handle<SmashContext> {
 public:
  explicit Context(const SmashContextOptions *options = nullptr, const SmashApi &api = linked())
      : Handle(api, api.context_free,
               [&](SmashContext **out, SmashError **error) { return api.context_create(options, out, error); }) {}

  void load_plugin(const std::string &manifest) {
    done([&](SmashError **error) {
      return api().context_load_plugin(get(), manifest.data(), manifest.size(), error);
    });
  }
  /* What its functions and its user pointer need outlives the context and all that is made with it. */
  void register_component(const SmashComponent &component) {
    done([&](SmashError **error) { return api().context_register(get(), &component, error); });
  }
  std::string describe() const {
    return text([&](SmashBuf *out, SmashError **error) { return api().context_describe(get(), out, error); });
  }
  std::string schema(const std::string &kind, const std::string &id = "") const {
    return text([&](SmashBuf *out, SmashError **error) {
      return api().context_schema(get(), kind.data(), kind.size(), id.data(), id.size(), out, error);
    });
  }
  /* What `smash validate` finds; data as in Search. */
  std::string validate(const std::string &job, const Dataset *data = nullptr) const;
};

/* Labelled examples. */
class Dataset : public detail::Handle<SmashDataset> {
 public:
  /* Copies both tensors and calls their deleters; when it throws they are still the caller's. */
  static Dataset from_dlpack(const Context &context, const std::string &options, DLManagedTensorVersioned *x,
                             DLManagedTensorVersioned *y) {
    return Dataset(context, [&](SmashDataset **out, SmashError **error) {
      return context.api().dataset_from_dlpack(context.get(), options.data(), options.size(), x, y, out, error);
    });
  }
  static Dataset from_tensors(const Context &context, const std::string &options, Tensor x, Tensor y) {
    Dataset data = from_dlpack(context, options, x.get(), y.get());
    x.release();
    y.release();
    return data;
  }
  /* Takes self over; when it throws it is still the caller's. No function of the table may throw. */
  static Dataset from_vtable(const Context &context, const std::string &name, const SmashDatasetVtable &vtable,
                             void *self) {
    return Dataset(context, [&](SmashDataset **out, SmashError **error) {
      return context.api().dataset_from_vtable(context.get(), name.data(), name.size(), &vtable, self, out, error);
    });
  }
  static Dataset from_config(const Context &context, const std::string &config) {
    return Dataset(context, [&](SmashDataset **out, SmashError **error) {
      return context.api().dataset_from_config(context.get(), config.data(), config.size(), out, error);
    });
  }
  std::string describe() const {
    return text([&](SmashBuf *out, SmashError **error) { return api().dataset_describe(get(), out, error); });
  }

 private:
  template <typename Call>
  Dataset(const Context &context, Call call) : Handle(context.api(), context.api().dataset_free, call) {}
};

inline std::string Context::validate(const std::string &job, const Dataset *data) const {
  return text([&](SmashBuf *out, SmashError **error) {
    return api().config_validate(get(), job.data(), job.size(), data == nullptr ? nullptr : data->get(), out, error);
  });
}

/* A search space for a task. */
class Space : public detail::Handle<SmashSpace> {
 public:
  Space(const Context &context, const std::string &request)
      : Handle(context.api(), context.api().space_free, [&](SmashSpace **out, SmashError **error) {
          return context.api().space_open(context.get(), request.data(), request.size(), out, error);
        }) {}

  std::string schema() const {
    return text([&](SmashBuf *out, SmashError **error) { return api().space_schema(get(), out, error); });
  }
  std::string sample(uint64_t seed) const {
    return text([&](SmashBuf *out, SmashError **error) { return api().space_sample(get(), seed, out, error); });
  }
  std::string mutate(const std::string &architecture, uint64_t seed, double rate) const {
    return text([&](SmashBuf *out, SmashError **error) {
      return api().space_mutate(get(), architecture.data(), architecture.size(), seed, rate, out, error);
    });
  }
  std::string crossover(const std::string &first, const std::string &second, uint64_t seed, double rate) const {
    return text([&](SmashBuf *out, SmashError **error) {
      return api().space_crossover(get(), first.data(), first.size(), second.data(), second.size(), seed, rate, out,
                                   error);
    });
  }
  /* decide answers each decision, as SmashDecideFn gets it, with the index of a value. What it throws comes out. */
  std::string draw(const std::function<uint64_t(const std::string &decision)> &decide) const {
    detail::Choice choice = {api(), decide, nullptr};
    detail::Text out;
    SmashError *error = nullptr;
    const SmashCode code = api().space_draw(get(), detail::Choice::call, &choice, out.place(), &error);
    if (choice.thrown) {
      api().error_free(error);
      std::rethrow_exception(choice.thrown);
    }
    detail::check(api(), code, error);
    return out.str();
  }
  void validate(const std::string &architecture) const {
    done([&](SmashError **error) {
      return api().space_validate(get(), architecture.data(), architecture.size(), error);
    });
  }
  std::string count(const std::string &architecture) const { return of(architecture, api().space_count); }
  std::string decisions(const std::string &architecture) const { return of(architecture, api().space_decisions); }
  std::string parameters(const std::string &architecture) const { return of(architecture, api().space_parameters); }
  std::string from_parameters(const std::string &parameters) const {
    return of(parameters, api().space_from_parameters);
  }
  std::string graph(const std::string &architecture, uint32_t network = SMASH_NETWORK_STANDALONE) const {
    return text([&](SmashBuf *out, SmashError **error) {
      return api().space_graph(get(), architecture.data(), architecture.size(), network, out, error);
    });
  }
  std::string size() const {
    return text([&](SmashBuf *out, SmashError **error) { return api().space_size(get(), out, error); });
  }

 private:
  template <typename Function>
  std::string of(const std::string &given, Function function) const {
    return text([&](SmashBuf *out, SmashError **error) {
      return function(get(), given.data(), given.size(), out, error);
    });
  }
};

/* A trained network. Several threads may use it at once. */
class Model : public detail::Handle<SmashModel> {
 public:
  /* Trains one architecture by a job's recipe. */
  static Model train(const Context &context, const std::string &architecture, const std::string &job,
                     const Dataset *data = nullptr, const Run &run = Run()) {
    SmashModel *model = nullptr;
    detail::watched(context.api(), run, [&](const SmashRunOptions *options, SmashError **error) {
      return context.api().model_train(context.get(), architecture.data(), architecture.size(), job.data(), job.size(),
                                       data == nullptr ? nullptr : data->get(), options, &model, error);
    });
    return Model(context.api(), model);
  }
  static Model load(const Context &context, std::istream &stream) {
    const SmashReader reader = detail::reader(stream);
    return Model(context.api(), [&](SmashModel **out, SmashError **error) {
      return context.api().model_load(context.get(), &reader, out, error);
    });
  }

  std::string describe() const {
    return text([&](SmashBuf *out, SmashError **error) { return api().model_describe(get(), out, error); });
  }
  std::string metrics() const {
    return text([&](SmashBuf *out, SmashError **error) { return api().model_metrics(get(), out, error); });
  }
  /* Calls the deleter of x; when it throws x is still the caller's. */
  Tensor predict(DLManagedTensorVersioned *x) const {
    DLManagedTensorVersioned *out = nullptr;
    done([&](SmashError **error) { return api().model_predict(get(), x, &out, error); });
    return Tensor(out, out->deleter);
  }
  Tensor predict(Tensor x) const {
    Tensor out = predict(x.get());
    x.release();
    return out;
  }
  void save(std::ostream &stream) const {
    const SmashWriter writer = detail::writer(stream);
    done([&](SmashError **error) { return api().model_save(get(), &writer, error); });
  }
  void save_as(const std::string &request, std::ostream &stream) const {
    const SmashWriter writer = detail::writer(stream);
    done([&](SmashError **error) {
      return api().model_export(get(), request.data(), request.size(), &writer, error);
    });
  }

 private:
  friend class Search;
  Model(const SmashApi &api, SmashModel *model)
      : Handle(api, api.model_free, [&](SmashModel **out, SmashError **) {
          *out = model;
          return SMASH_OK;
        }) {}
  template <typename Call>
  Model(const SmashApi &api, Call call) : Handle(api, api.model_free, call) {}
};

/* A job in progress. */
class Search : public detail::Handle<SmashSearch> {
 public:
  Search(const Context &context, const std::string &job, const Dataset *data = nullptr)
      : Handle(context.api(), context.api().search_free, [&](SmashSearch **out, SmashError **error) {
          return context.api().search_create(context.get(), job.data(), job.size(),
                                             data == nullptr ? nullptr : data->get(), out, error);
        }) {}
  static Search load(const Context &context, std::istream &stream, const Dataset *data = nullptr) {
    return Search(context, stream, data);
  }

  /* Up to n steps; true when everything is done. */
  bool step(uint64_t n = 1, std::string *events = nullptr) {
    int32_t finished = 0;
    detail::Text out;
    done([&](SmashError **error) {
      return api().search_step(get(), n, &finished, events == nullptr ? nullptr : out.place(), error);
    });
    if (events != nullptr) *events = out.str();
    return finished != 0;
  }
  /* Throws Error with SMASH_ERR_CANCELLED when somebody wanted it to stop. */
  void run(const Run &run = Run()) {
    detail::watched(api(), run, [&](const SmashRunOptions *options, SmashError **error) {
      return api().search_run(get(), options, error);
    });
  }
  void cancel() const noexcept { api().search_cancel(get()); }
  std::string status() const {
    return text([&](SmashBuf *out, SmashError **error) { return api().search_status(get(), out, error); });
  }
  std::string ask(uint32_t n = 1) {
    return text([&](SmashBuf *out, SmashError **error) { return api().search_ask(get(), n, out, error); });
  }
  std::string pending() {
    return text([&](SmashBuf *out, SmashError **error) { return api().search_pending(get(), out, error); });
  }
  void tell(const std::string &results) {
    done([&](SmashError **error) { return api().search_tell(get(), results.data(), results.size(), error); });
  }
  std::string add(const std::string &results) {
    return text([&](SmashBuf *out, SmashError **error) {
      return api().search_add(get(), results.data(), results.size(), out, error);
    });
  }
  /* SMASH_CONTINUE, SMASH_PAUSE or SMASH_STOP. */
  int32_t report(const std::string &report) {
    int32_t decision = SMASH_CONTINUE;
    done([&](SmashError **error) {
      return api().search_report(get(), report.data(), report.size(), &decision, error);
    });
    return decision;
  }
  std::string best(uint32_t k = 1) const {
    return text([&](SmashBuf *out, SmashError **error) { return api().search_best(get(), k, out, error); });
  }
  /* Losses; errors, if they are wanted, get as many. */
  std::vector<double> score(const std::string &architectures, size_t count, std::vector<double> *errors = nullptr) {
    std::vector<double> losses(count);
    if (errors != nullptr) errors->resize(count);
    done([&](SmashError **error) {
      return api().search_score(get(), architectures.data(), architectures.size(), losses.data(),
                                errors == nullptr ? nullptr : errors->data(), count, error);
    });
    return losses;
  }
  Model model() {
    return Model(api(), [&](SmashModel **out, SmashError **error) { return api().search_model(get(), out, error); });
  }
  void save(std::ostream &stream) {
    const SmashWriter writer = detail::writer(stream);
    done([&](SmashError **error) { return api().search_save(get(), &writer, error); });
  }

 private:
  Search(const Context &context, std::istream &stream, const Dataset *data)
      : Handle(context.api(), context.api().search_free, [&](SmashSearch **out, SmashError **error) {
          const SmashReader reader = detail::reader(stream);
          return context.api().search_load(context.get(), &reader, data == nullptr ? nullptr : data->get(), out,
                                           error);
        }) {}
};

}  // namespace smash

#endif /* SMASH_HPP */
