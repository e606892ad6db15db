// Knows the names of Metal that a program may use in vain here, and why.
#include "compiler/absent_names.h"

#include "llvm/ADT/StringSwitch.h"

namespace pymetal::compiler {

llvm::StringRef reason_for_absence(llvm::StringRef name) {
  return llvm::StringSwitch<llvm::StringRef>(name)
      .Cases({"printf", "os_log", "os_log_default"}, "it is declared in <metal_logging>, which must be included")
      .Case("simdgroup_event", "it is declared in <metal_simdgroup_event>, which must be included")
      .Cases({"visible_function_table", "intersection_function_table"},
             "PyMetal has no function tables yet; pointers to functions of the program work")
      .Cases({"sparse_color", "sparse_sample", "sparse_sample_compare", "sparse_read", "sparse_gather",
              "sparse_gather_compare"},
             "PyMetal has no sparse textures yet")
      .Cases({"tensor", "tensor_handle", "tensor_inline", "tensor_offset", "cooperative_tensor", "dextents", "extents"},
             "PyMetal has no tensors yet, and __HAVE_TENSOR__ is not defined")
      .Cases({"intersector", "intersection_query", "intersection_params", "intersection_result", "raytracing",
              "acceleration_structure", "ray_data"},
             "PyMetal has no ray tracing functions yet, and __HAVE_RAYTRACING__ is not defined")
      .Cases({"mesh", "mesh_grid_properties", "object_data"},
             "PyMetal has no mesh functions yet, and __HAVE_MESH__ is not defined")
      .Cases({"imageblock", "imageblock_slice", "threadgroup_imageblock"},
             "PyMetal has no imageblocks yet, and __HAVE_IMAGEBLOCKS__ is not defined")
      .Case("patch_control_point", "PyMetal has no tessellation yet, and __HAVE_TESSELLATION__ is not defined")
      .Cases({"command_buffer", "compute_command", "render_command"}, "PyMetal has no indirect command buffers yet")
      .Cases({"discard_fragment", "dfdx", "dfdy", "fwidth", "get_num_samples", "get_sample_position"},
             "PyMetal has no functions of vertex and fragment stages yet")
      .Case("interpolant", "PyMetal has no interpolation functions yet")
      .Default({});
}

}  // namespace pymetal::compiler
