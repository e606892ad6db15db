// Writes the precompiled standard library; runs once, while PyMetal is built.
#include <cstdio>
#include <exception>

#include "compiler/library.h"

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("usage: pymetal_precompile OUTPUT\n", stderr);
    return 2;
  }
  try {
    pymetal::compiler::precompile_standard_library(argv[1]);
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
