# Finds LLVM and Clang 22 and offers pymetal_llvm: both, linked statically, with every symbol hidden.
set(PYMETAL_LLVM_VERSION 22)
find_program(PYMETAL_LLVM_CONFIG NAMES llvm-config-${PYMETAL_LLVM_VERSION} REQUIRED
             DOC "llvm-config of LLVM ${PYMETAL_LLVM_VERSION}")
execute_process(COMMAND ${PYMETAL_LLVM_CONFIG} --prefix OUTPUT_VARIABLE llvm_prefix OUTPUT_STRIP_TRAILING_WHITESPACE
                COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${PYMETAL_LLVM_CONFIG} --includedir OUTPUT_VARIABLE llvm_include OUTPUT_STRIP_TRAILING_WHITESPACE
                COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${PYMETAL_LLVM_CONFIG} --version OUTPUT_VARIABLE PYMETAL_LLVM_FULL_VERSION
                OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
execute_process(
  COMMAND
    ${PYMETAL_LLVM_CONFIG} --link-static --libfiles orcjit native coroutines coverage passes irreader linker bitreader
    bitwriter frontendopenmp frontendhlsl frontendoffloading frontenddriver windowsdriver option lto
  OUTPUT_VARIABLE llvm_libraries
  OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
string(REPLACE " " ";" llvm_libraries "${llvm_libraries}")
# Debian does not package Polly; src/compiler/polly_absent.cpp answers the one symbol that LLVM's passes ask of it.
list(FILTER llvm_libraries EXCLUDE REGEX "Polly")

set(clang_libraries "")
foreach(component
        CodeGen Frontend Serialization Driver Parse Sema AnalysisLifetimeSafety Analysis AnalysisFlowSensitive
        AnalysisFlowSensitiveModels Edit AST ASTMatchers Lex Basic APINotes Support Options)
  set(archive ${llvm_prefix}/lib/libclang${component}.a)
  if(EXISTS ${archive})
    list(APPEND clang_libraries ${archive})
  endif()
endforeach()

find_library(PYMETAL_ZSTD_STATIC NAMES libzstd.a REQUIRED)
find_library(PYMETAL_ZLIB_STATIC NAMES libz.a REQUIRED)
find_program(PYMETAL_DEVICE_CXX NAMES clang++-${PYMETAL_LLVM_VERSION} REQUIRED
             DOC "The Clang that compiles device code to bitcode")

# For the core library, which takes a hash function of LLVM's and nothing else.
set(PYMETAL_LLVM_INCLUDE ${llvm_include})
set(PYMETAL_LLVM_SUPPORT ${llvm_prefix}/lib/libLLVMSupport.a)

add_library(pymetal_llvm INTERFACE)
target_include_directories(pymetal_llvm SYSTEM INTERFACE ${llvm_include})
target_compile_definitions(pymetal_llvm INTERFACE __STDC_CONSTANT_MACROS __STDC_FORMAT_MACROS __STDC_LIMIT_MACROS)
target_link_libraries(pymetal_llvm INTERFACE -Wl,--start-group ${clang_libraries} ${llvm_libraries} -Wl,--end-group
                                             ${PYMETAL_ZSTD_STATIC} ${PYMETAL_ZLIB_STATIC} dl m Threads::Threads)
