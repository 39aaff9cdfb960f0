// The C++ face of the same library.
#include <smash.hpp>

#include <iostream>

int main() {
  try {
    smash::Context context;
    smash::Search search(context, R"({"dataset": {"type": "digits"}, "strategy": {"type": "random", "search": {"candidates": 2}},
      "retrain": {"epochs": 0}})");
    std::cout << "SMASH " << smash_version() << ": " << search.ask().substr(0, 11) << "\n";
  } catch (const smash::Error &error) {
    std::cerr << error.what() << "\n" << error.details() << "\n";
    return 1;
  }
}
