# find_package(pymetal) offers pymetal::pymetal.
include(${CMAKE_CURRENT_LIST_DIR}/pymetalTargets.cmake)
