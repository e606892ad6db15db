# Warnings and sanitizers, the same for every target of ours: link pymetal_options.
add_library(pymetal_options INTERFACE)
target_compile_options(pymetal_options INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wno-unused-parameter
                                                 -ffunction-sections -fdata-sections)
# Most of a source's time goes to the headers of LLVM and Clang, which a unit of several sources reads once.
function(pymetal_compile_together)
  set_target_properties(${ARGN} PROPERTIES UNITY_BUILD ${PYMETAL_UNITY} UNITY_BUILD_BATCH_SIZE 8)
endfunction()
if(PYMETAL_WERROR)
  target_compile_options(pymetal_options INTERFACE -Werror)
endif()
if(PYMETAL_CHECK_THREADS)
  # For every target: the layout of the classes depends on it.
  add_compile_definitions(PYMETAL_CHECK_THREADS)
endif()
if(PYMETAL_SANITIZE)
  add_compile_options(-fsanitize=${PYMETAL_SANITIZE} -fno-omit-frame-pointer -g1)
  execute_process(COMMAND ${CMAKE_CXX_COMPILER} -print-runtime-dir OUTPUT_VARIABLE sanitizer_runtime
                  OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
  add_link_options(-fsanitize=${PYMETAL_SANITIZE} -shared-libsan -Wl,-rpath,${sanitizer_runtime})
endif()
# The build identifier is part of the keys of what caches keep.
add_link_options(-fuse-ld=lld -Wl,--build-id=sha1)
