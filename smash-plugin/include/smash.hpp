/* SMASH for C++11 and later: smash.h with owners, exceptions and callbacks as functions. Header only.
 *
 * Exceptions stay on this side: a callback that throws ends the call, and the call throws what it threw. A program links
 * the library, or loads it and hands smash_get_api's result to the constructor of smash::Context. */
#ifndef SMASH_HPP
#define SMASH_HPP

#include <exception>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
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

inline int64_t SMASH_CALL append(void *user, const void *src, uint64_t n) noexcept {
  try {
    static_cast<std::string *>(user)->append(static_cast<const char *>(src), static_cast<size_t>(n));
    return static_cast<int64_t>(n);
  } catch (...) {
    return -1;
  }
}

/* Bytes that are read from the front. */
struct Source {
  const std::string &bytes;
  size_t at;

  static int64_t SMASH_CALL read(void *user, void *dst, uint64_t n) noexcept {
    Source &self = *static_cast<Source *>(user);
    const size_t count = self.bytes.copy(static_cast<char *>(dst), static_cast<size_t>(n), self.at);
    self.at += count;
    return static_cast<int64_t>(count);
  }
};

}  // namespace detail

/* How far a run goes. */
struct Run {
  std::function<bool(const std::string &event)> progress; /* false: stop */
  uint64_t max_steps = 0;
  uint64_t max_ms = 0;
};

/* A tensor that was handed out. */
using Tensor = std::unique_ptr<DLManagedTensorVersioned, void (*)(DLManagedTensorVersioned *)>;

/* A registry of components. */
class Context {
 public:
  explicit Context(const SmashContextOptions *options = nullptr, const SmashApi &api = linked())
      : api_(&api), context_(nullptr, api.context_free) {
    SmashContext *context = nullptr;
    SmashError *error = nullptr;
    detail::check(api, api.context_create(options, &context, &error), error);
    context_.reset(context);
  }

  void load_plugin(const std::string &manifest) {
    SmashError *error = nullptr;
    detail::check(*api_, api_->context_load_plugin(get(), manifest.data(), manifest.size(), &error), error);
  }
  std::string describe() const {
    return text([&](SmashBuf *out, SmashError **error) { return api_->context_describe(get(), out, error); });
  }
  std::string schema(const std::string &kind, const std::string &id = "") const {
    return text([&](SmashBuf *out, SmashError **error) {
      return api_->context_schema(get(), kind.data(), kind.size(), id.data(), id.size(), out, error);
    });
  }
  std::string validate(const std::string &job) const {
    return text([&](SmashBuf *out, SmashError **error) {
      return api_->config_validate(get(), job.data(), job.size(), out, error);
    });
  }

  SmashContext *get() const noexcept { return context_.get(); }
  const SmashApi &api() const noexcept { return *api_; }

 private:
  template <typename Call>
  std::string text(Call call) const {
    detail::Text out;
    SmashError *error = nullptr;
    detail::check(*api_, call(out.place(), &error), error);
    return out.str();
  }

  const SmashApi *api_;
  std::unique_ptr<SmashContext, void (*)(SmashContext *)> context_;
};

/* Labelled examples. */
class Dataset {
 public:
  /* Copies both tensors and calls their deleters; when it throws they are still the caller's. */
  static Dataset from_dlpack(const Context &context, const std::string &options, DLManagedTensorVersioned *x,
                             DLManagedTensorVersioned *y) {
    return make(context, [&](SmashDataset **out, SmashError **error) {
      return context.api().dataset_from_dlpack(context.get(), options.data(), options.size(), x, y, out, error);
    });
  }
  /* Takes self over; when it throws it is still the caller's. No function of the table may throw. */
  static Dataset from_vtable(const Context &context, const std::string &name, const SmashDatasetVtable &vtable,
                             void *self) {
    return make(context, [&](SmashDataset **out, SmashError **error) {
      return context.api().dataset_from_vtable(context.get(), name.data(), name.size(), &vtable, self, out, error);
    });
  }
  static Dataset from_config(const Context &context, const std::string &config) {
    return make(context, [&](SmashDataset **out, SmashError **error) {
      return context.api().dataset_from_config(context.get(), config.data(), config.size(), out, error);
    });
  }
  SmashDataset *get() const noexcept { return dataset_.get(); }

 private:
  template <typename Call>
  static Dataset make(const Context &context, Call call) {
    SmashDataset *dataset = nullptr;
    SmashError *error = nullptr;
    detail::check(context.api(), call(&dataset, &error), error);
    return Dataset(context.api(), dataset);
  }
  Dataset(const SmashApi &api, SmashDataset *dataset) : dataset_(dataset, api.dataset_free) {}

  std::unique_ptr<SmashDataset, void (*)(SmashDataset *)> dataset_;
};

/* A trained network. */
class Model {
 public:
  Model(const SmashApi &api, SmashModel *model) : api_(&api), model_(model, api.model_free) {}

  static Model train(const Context &context, const std::string &architecture, const std::string &job,
                     const Dataset *data = nullptr, const Run &run = Run());
  static Model load(const Context &context, const std::string &bytes) {
    detail::Source source = {bytes, 0};
    const SmashReader reader = {sizeof(SmashReader), &source, detail::Source::read};
    SmashModel *model = nullptr;
    SmashError *error = nullptr;
    detail::check(context.api(), context.api().model_load(context.get(), &reader, &model, &error), error);
    return Model(context.api(), model);
  }

  std::string metrics() {
    detail::Text out;
    SmashError *error = nullptr;
    detail::check(*api_, api_->model_metrics(model_.get(), out.place(), &error), error);
    return out.str();
  }
  /* Calls the deleter of x; when it throws x is still the caller's. */
  Tensor predict(DLManagedTensorVersioned *x) {
    DLManagedTensorVersioned *out = nullptr;
    SmashError *error = nullptr;
    detail::check(*api_, api_->model_predict(model_.get(), x, &out, &error), error);
    return Tensor(out, out->deleter);
  }
  std::string save() {
    std::string bytes;
    const SmashWriter writer = {sizeof(SmashWriter), &bytes, detail::append};
    SmashError *error = nullptr;
    detail::check(*api_, api_->model_save(model_.get(), &writer, &error), error);
    return bytes;
  }

 private:
  const SmashApi *api_;
  std::unique_ptr<SmashModel, void (*)(SmashModel *)> model_;
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
  SmashError *error = nullptr;
  const SmashCode code = call(&options, &error);
  if (watch.thrown) {
    api.error_free(error);
    std::rethrow_exception(watch.thrown);
  }
  check(api, code, error);
}

}  // namespace detail

inline Model Model::train(const Context &context, const std::string &architecture, const std::string &job,
                          const Dataset *data, const Run &run) {
  SmashModel *model = nullptr;
  detail::watched(context.api(), run, [&](const SmashRunOptions *options, SmashError **error) {
    return context.api().model_train(context.get(), architecture.data(), architecture.size(), job.data(), job.size(),
                                     data == nullptr ? nullptr : data->get(), options, &model, error);
  });
  return Model(context.api(), model);
}

/* A job in progress. */
class Search {
 public:
  Search(const Context &context, const std::string &job, const Dataset *data = nullptr)
      : api_(&context.api()), search_(nullptr, api_->search_free) {
    make([&](SmashSearch **out, SmashError **error) {
      return api_->search_create(context.get(), job.data(), job.size(), data == nullptr ? nullptr : data->get(), out,
                                 error);
    });
  }
  static Search load(const Context &context, const std::string &bytes, const Dataset *data = nullptr) {
    detail::Source source = {bytes, 0};
    const SmashReader reader = {sizeof(SmashReader), &source, detail::Source::read};
    Search search(context.api());
    search.make([&](SmashSearch **out, SmashError **error) {
      return context.api().search_load(context.get(), &reader, data == nullptr ? nullptr : data->get(), out, error);
    });
    return search;
  }

  /* Throws Error with SMASH_ERR_CANCELLED when somebody wanted it to stop. */
  void run(const Run &run = Run()) {
    detail::watched(*api_, run, [&](const SmashRunOptions *options, SmashError **error) {
      return api_->search_run(get(), options, error);
    });
  }
  void cancel() const noexcept { api_->search_cancel(get()); }
  std::string status() const {
    return text([&](SmashBuf *out, SmashError **error) { return api_->search_status(get(), out, error); });
  }
  std::string ask(uint32_t n = 1) {
    return text([&](SmashBuf *out, SmashError **error) { return api_->search_ask(get(), n, out, error); });
  }
  void tell(const std::string &results) {
    SmashError *error = nullptr;
    detail::check(*api_, api_->search_tell(get(), results.data(), results.size(), &error), error);
  }
  /* SMASH_CONTINUE, SMASH_PAUSE or SMASH_STOP. */
  int32_t report(const std::string &report) {
    int32_t decision = SMASH_CONTINUE;
    SmashError *error = nullptr;
    detail::check(*api_, api_->search_report(get(), report.data(), report.size(), &decision, &error), error);
    return decision;
  }
  std::string best(uint32_t k = 1) {
    return text([&](SmashBuf *out, SmashError **error) { return api_->search_best(get(), k, out, error); });
  }
  std::vector<double> score(const std::string &architectures, size_t count) {
    std::vector<double> scores(count);
    SmashError *error = nullptr;
    detail::check(
        *api_, api_->search_score(get(), architectures.data(), architectures.size(), scores.data(), count, &error),
        error);
    return scores;
  }
  Model model() {
    SmashModel *model = nullptr;
    SmashError *error = nullptr;
    detail::check(*api_, api_->search_model(get(), &model, &error), error);
    return Model(*api_, model);
  }
  std::string save() {
    std::string bytes;
    const SmashWriter writer = {sizeof(SmashWriter), &bytes, detail::append};
    SmashError *error = nullptr;
    detail::check(*api_, api_->search_save(get(), &writer, &error), error);
    return bytes;
  }

  SmashSearch *get() const noexcept { return search_.get(); }

 private:
  explicit Search(const SmashApi &api) : api_(&api), search_(nullptr, api.search_free) {}
  template <typename Call>
  void make(Call call) {
    SmashSearch *search = nullptr;
    SmashError *error = nullptr;
    detail::check(*api_, call(&search, &error), error);
    search_.reset(search);
  }
  template <typename Call>
  std::string text(Call call) const {
    detail::Text out;
    SmashError *error = nullptr;
    detail::check(*api_, call(out.place(), &error), error);
    return out.str();
  }

  const SmashApi *api_;
  std::unique_ptr<SmashSearch, void (*)(SmashSearch *)> search_;
};

}  // namespace smash

#endif /* SMASH_HPP */
