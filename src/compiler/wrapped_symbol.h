// Names for functions that the linker's --wrap sends through this library: a macro expands to the mangled name first.
#pragma once

#define PYMETAL_JOIN(a, b) a##b
/// The function as its library has it.
#define REAL(name) PYMETAL_JOIN(__real_, name)
/// The function that is called in its place.
#define WRAP(name) PYMETAL_JOIN(__wrap_, name)
