// A host in C++: host JOB. Runs a job, prints the hash of the best architecture, and lets a callback throw.
#include <smash.hpp>

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <sstream>

namespace {

void require(bool condition, const char *what) {
  if (!condition) {
    std::cerr << "not so: " << what << "\n";
    std::exit(1);
  }
}

std::string field(const std::string &json, const std::string &name) {
  const std::string key = "\"" + name + "\":\"";
  const size_t at = json.find(key);
  require(at != std::string::npos, "the field is there");
  return json.substr(at + key.size(), json.find('"', at + key.size()) - at - key.size());
}

}  // namespace

int main(int argc, char **argv) {
  require(argc == 2, "usage: host JOB");
  std::ifstream file(argv[1]);
  const std::string job((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());

  smash::Context context;
  require(context.validate(job).find("\"valid\":true") != std::string::npos, "the job is valid");
  require(context.schema("job").find("memory_bank") != std::string::npos, "the schema has the spaces");
  try {
    smash::Search bad(context, "{\"seed\": \"five\"}");
    require(false, "a bad job is refused");
  } catch (const smash::Error &error) {
    require(error.code() == SMASH_ERR_INVALID_CONFIG, "the code says so");
    require(error.details().find("\"pointer\":\"/seed\"") != std::string::npos, "the details say where");
  }

  smash::Search search(context, job);
  int events = 0;
  smash::Run run;
  run.progress = [&](const std::string &) -> bool {
    events += 1;
    throw std::out_of_range("enough");
  };
  try {
    search.run(run);
    require(false, "what a callback throws comes out");
  } catch (const std::out_of_range &error) {
    require(error.what() == std::string("enough") && events >= 1, "it is the same");
  }
  run.progress = [&](const std::string &) { return ++events < 20; };
  try {
    search.run(run);
    require(false, "false stops");
  } catch (const smash::Error &error) {
    require(error.code() == SMASH_ERR_CANCELLED, "the code says so");
  }

  std::stringstream checkpoint;
  search.save(checkpoint);
  smash::Search again = smash::Search::load(context, checkpoint);
  run.progress = nullptr;
  run.max_steps = 3;
  again.run(run);
  require(again.status().find("\"state\":\"paused\"") != std::string::npos, "a limit pauses");
  again.run();
  const std::string best = again.best();
  smash::Model model = again.model();
  require(field(model.metrics(), "architecture") == field(best, "hash"), "the best was retrained");
  std::stringstream saved;
  model.save(saved);
  require(smash::Model::load(context, saved).metrics().find("params") != std::string::npos, "it can be read");
  std::cout << "best " << field(best, "hash") << "\n";
  return 0;
}
