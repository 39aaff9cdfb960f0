// A host in C++ that calls every function: every MANIFEST. It prints "all".
#include <smash.hpp>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <sstream>
#include <thread>

namespace {

void require_at(int line, bool condition) {
  if (condition) return;
  std::cerr << "line " << line << ": not so\n";
  std::exit(1);
}
#define REQUIRE(condition) require_at(__LINE__, (condition))

bool has(const std::string &text, const std::string &part) { return text.find(part) != std::string::npos; }

// What a call fails with.
template <typename Call>
SmashCode failure(Call call) {
  try {
    call();
  } catch (const smash::Error &error) {
    return error.code();
  }
  return SMASH_OK;
}

// Bright or dark pictures, as bytes.
smash::Dataset pictures(const smash::Context &context, size_t count) {
  std::vector<uint8_t> values, labels;
  for (size_t i = 0; i < count; i++) {
    for (size_t j = 0; j < 64; j++) values.push_back(static_cast<uint8_t>((i % 2 ? 230 : 20) + (i * 7 + j) % 20));
    labels.push_back(static_cast<uint8_t>(i % 2));
  }
  const int64_t n = static_cast<int64_t>(count);
  return smash::Dataset::from_tensors(context, "{\"mean\": [0.5], \"std\": [0.25]}",
                                      smash::tensor(std::move(values), {n, 1, 8, 8}),
                                      smash::tensor(std::move(labels), {n}));
}

const char JOB[] =
    "{\"space\": {\"type\": \"memory_bank\", \"preset\": \"tiny\"}, \"seed\": 1, \"retrain\": {\"epochs\": 2, \"batch\": 20}, "
    "\"strategy\": {\"type\": \"random\", \"search\": {\"candidates\": 3}}}";

std::string spaces(const smash::Context &context) {
  const smash::Space space(context,
                           "{\"space\": {\"type\": \"memory_bank\", \"preset\": \"tiny\"}, \"task\": {\"channels\": 1, "
                           "\"extents\": [8, 8], \"classes\": 2}}");
  REQUIRE(has(space.schema(), "\"choices\"") && has(space.size(), "\"log10\""));
  const std::string first = space.sample(1), second = space.mutate(first, 2, 0.3);
  const std::string child = space.crossover(first, second, 3, 0.1);
  space.validate(child);
  REQUIRE(failure([&] { space.validate("{}"); }) == SMASH_ERR_INVALID_CONFIG);
  REQUIRE(has(space.count(child), "\"params\"") && has(space.graph(child), "\"logits\""));
  REQUIRE(has(space.decisions(child), "\"depends_on\""));
  REQUIRE(space.from_parameters(space.parameters(child)) == child);
  int decisions = 0;
  space.validate(space.draw([&](const std::string &) { return ++decisions, 0; }));
  REQUIRE(decisions > 3);
  try {
    space.draw([](const std::string &) -> uint64_t { throw std::out_of_range("enough"); });
    REQUIRE(false);
  } catch (const std::out_of_range &error) {
    REQUIRE(error.what() == std::string("enough"));
  }
  return first;
}

void searches(const smash::Context &context, const smash::Dataset &data, const std::string &architecture) {
  smash::Search search(context, JOB, &data);
  search.add("[{\"architecture\": " + architecture + ", \"values\": [2.0]}]");
  for (int i = 1; i < 4; i++) {
    REQUIRE(has(search.ask(), "\"trial_id\":" + std::to_string(i)));
    REQUIRE(has(search.pending(), "\"trial_id\":" + std::to_string(i)));
    const std::string id = "{\"trial_id\": " + std::to_string(i);
    REQUIRE(search.report(id + ", \"step\": 1, \"values\": [1]}") == SMASH_CONTINUE);
    search.tell("[" + id + ", \"values\": [" + std::to_string(i) + "]}]");
  }
  REQUIRE(search.ask() == "[]" && has(search.best(), "\"trial_id\":1,"));
  REQUIRE(failure([&] { search.score("[]", 1); }) == SMASH_ERR_BAD_STATE);
  std::string events;
  REQUIRE(!search.step(1, &events) && has(events, "\"chosen\""));
  std::stringstream checkpoint;
  search.save(checkpoint);
  smash::Search again = smash::Search::load(context, checkpoint, &data);
  again.cancel();
  REQUIRE(failure([&] { again.run(); }) == SMASH_ERR_CANCELLED);
  // A table from another thread, while the search is at work.
  std::string seen;
  smash::Run run;
  run.events = SMASH_EVENT_OTHER | SMASH_EVENT_PHASE;
  run.progress = [&](const std::string &) {
    std::thread([&] { seen = again.best(0) + again.status(); }).join();
    return true;
  };
  again.run(run);
  REQUIRE(std::count(seen.begin(), seen.end(), '\n') == 0 && has(seen, "\"trial_id\":3,") && has(seen, "\"state\""));
  REQUIRE(has(again.model().metrics(), "\"test_error\""));
}

void models(const smash::Context &context, const smash::Dataset &data, const std::string &architecture) {
  const smash::Model model = smash::Model::train(context, architecture, JOB, &data);
  REQUIRE(has(model.metrics(), "\"valid_error\":0") && has(model.describe(), "\"mean\":[0.5]"));
  std::stringstream saved, exported;
  model.save(saved);
  model.save_as("{\"format\": \"onnx\", \"logits\": true}", exported);
  REQUIRE(exported.str().size() > 1000);
  const smash::Model loaded = smash::Model::load(context, saved);
  // Two threads at once, raw bytes in each.
  std::vector<float> found[2];
  std::vector<std::thread> threads;
  for (std::vector<float> &out : found) {
    threads.emplace_back([&loaded, &out] {
      std::vector<uint8_t> raw(128, 20);
      std::fill(raw.begin() + 64, raw.end(), uint8_t(230));
      const smash::Tensor y = loaded.predict(smash::tensor(std::move(raw), {2, 1, 8, 8}));
      const float *values = static_cast<const float *>(y->dl_tensor.data);
      out.assign(values, values + 4);
    });
  }
  for (std::thread &thread : threads) thread.join();
  REQUIRE(found[0] == found[1] && found[0][0] > 0.5f && found[0][3] > 0.5f);
}

}  // namespace

int main(int argc, char **argv) {
  REQUIRE(argc == 2);
  SmashContextOptions options = SMASH_CONTEXT_OPTIONS_INIT;
  options.flags = SMASH_CTX_ALLOW_PLUGINS;
  smash::Context context(&options);
  context.load_plugin(argv[1]);
  const SmashComponent component = SMASH_COMPONENT_INIT;
  REQUIRE(failure([&] { context.register_component(component); }) == SMASH_ERR_PLUGIN);
  REQUIRE(has(context.describe(), "\"sha256\"") && has(context.schema("dataset", "digits"), "\"type\""));
  REQUIRE(has(context.validate(JOB), "\"valid\":true"));
  const SmashDatasetVtable nothing = SMASH_DATASET_VTABLE_INIT;
  REQUIRE(failure([&] { smash::Dataset::from_vtable(context, "none", nothing, nullptr); }) != SMASH_OK);
  REQUIRE(has(smash::Dataset::from_config(context, "{\"type\": \"digits\"}").describe(), "\"examples\":1797"));
  try {
    smash::tensor(std::vector<float>(3), {2, 2});
    REQUIRE(false);
  } catch (const std::invalid_argument &) {
  }
  const smash::Tensor x = smash::tensor(std::vector<float>(40, 0.5f), {4, 1, 10});
  const smash::Tensor y = smash::tensor(std::vector<int64_t>(3), {3});
  REQUIRE(failure([&] { smash::Dataset::from_dlpack(context, "", x.get(), y.get()); }) == SMASH_ERR_DATA);
  const smash::Dataset data = pictures(context, 400);
  const std::string architecture = spaces(context);
  searches(context, data, architecture);
  models(context, data, architecture);
  std::cout << "all\n";
  return 0;
}
