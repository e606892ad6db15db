// The first compiler, which runs while PyMetal is built: writes the precompiled standard library, and the bitcode of
// those parts of the device library that are written in MSL.
#include <cstdio>
#include <exception>
#include <fstream>
#include <iterator>
#include <string_view>

#include "compiler/library.h"

namespace {

void compile_device_source(const char* input, const char* output) {
  std::ifstream source(input, std::ios::binary);
  pymetal::compiler::LibrarySource library;
  library.text.assign(std::istreambuf_iterator<char>(source), {});
  std::ofstream(output, std::ios::binary) << pymetal::compiler::compile_library(library).modules.front();
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view task = argc > 1 ? argv[1] : "";
  try {
    if (task == "--header" && argc == 3)
      pymetal::compiler::precompile_standard_library(argv[2]);
    else if (task == "--device" && argc == 4)
      compile_device_source(argv[2], argv[3]);
    else
      return std::fputs("usage: pymetal_precompile --header OUTPUT | --device INPUT OUTPUT\n", stderr), 2;
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
