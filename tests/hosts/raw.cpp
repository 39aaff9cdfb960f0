// Pictures as bytes: raw train|predict DIGITS MODEL. Trains a network on the bytes and saves it, or loads it, in another process;
// both print how many of all pictures it gets right. DIGITS: 1,797 pictures of 64 bytes, then their classes.
#include <smash.hpp>

#include <algorithm>
#include <fstream>
#include <iostream>
#include <iterator>

int main(int argc, char **argv) {
  if (argc != 4) return 2;
  const bool train = std::string(argv[1]) == "train";
  std::ifstream file(argv[2], std::ios::binary);
  const std::vector<uint8_t> bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  const size_t count = bytes.size() / 65;
  const std::vector<uint8_t> pixels(bytes.begin(), bytes.begin() + 64 * static_cast<long>(count));
  const std::vector<uint8_t> labels(bytes.begin() + 64 * static_cast<long>(count), bytes.end());
  const std::vector<int64_t> shape = {static_cast<int64_t>(count), 1, 8, 8};

  const smash::Context context;
  std::unique_ptr<smash::Model> model;
  if (train) {
    const smash::Dataset data = smash::Dataset::from_tensors(context, "{\"mean\": [0.305], \"std\": [0.376]}",
                                                             smash::tensor(pixels, shape), smash::tensor(labels, {shape[0]}));
    const char architecture[] = "{\"space\": \"hand_designed\", \"version\": 1, \"choices\": {\"family\": \"resnet\", \"depth\": 1, \"width\": 4}}";
    const char job[] = "{\"space\": {\"type\": \"hand_designed\"}, \"retrain\": {\"epochs\": 4, \"batch\": 50}}";
    model.reset(new smash::Model(smash::Model::train(context, architecture, job, &data)));
    std::ofstream saved(argv[3], std::ios::binary);
    model->save(saved);
  } else {
    std::ifstream saved(argv[3], std::ios::binary);
    model.reset(new smash::Model(smash::Model::load(context, saved)));
  }
  const smash::Tensor y = model->predict(smash::tensor(pixels, shape));
  const float *probabilities = static_cast<const float *>(y->dl_tensor.data);
  size_t right = 0;
  for (size_t i = 0; i < count; i++) {
    const float *row = probabilities + 10 * i;
    right += std::max_element(row, row + 10) - row == labels[i];
  }
  std::cout << right << "\n";
  return 0;
}
