// What pipelines tell C++ programs about their arguments.
#include <gtest/gtest.h>

#include "pymetal/pymetal.h"

namespace pymetal::tests {
namespace {

constexpr const char* kSource = R"(
#include <metal_stdlib>
using namespace metal;
struct Inner { half3 a; bool b; };
struct Layer {
  float scale [[id(0)]];
  Inner inner[3] [[id(1)]];
  float rows[2][5] [[id(20)]];
  device float *weights [[id(30)]];
  array<constant Inner *, 2> inners [[id(31)]];
};
kernel void k(constant Layer &layer [[buffer(3)]], device atomic_uint *count [[buffer(1)]],
              const device packed_float3 *points [[buffer(2)]], constant float (&table)[7] [[buffer(0)]],
              threadgroup float4 *shared [[threadgroup(1)]], uint i [[thread_position_in_grid]]) {
  threadgroup float own[32];
  own[i] = points[i].x + table[1] + layer.scale;
  shared[i] = own[i ^ 1];
  atomic_fetch_add_explicit(count, uint(shared[i].x), memory_order_relaxed);
}
)";

struct ReflectionTest : testing::Test {
  const std::shared_ptr<Device> device = create_system_default_device();
  const std::shared_ptr<ComputePipelineState> pipeline =
      device->new_compute_pipeline_state(device->new_library_with_source(kSource)->new_function("k"));

  const Binding& binding(const std::string& name) const {
    for (const Binding& some : pipeline->reflection().bindings)
      if (some.name == name) return some;
    throw std::out_of_range(name);
  }
};

TEST_F(ReflectionTest, TellsKindIndexAccessAndSize) {
  EXPECT_EQ(pipeline->reflection().bindings.size(), 5u);
  const Binding& layer = binding("layer");
  EXPECT_EQ(layer.type, BindingType::Buffer);
  EXPECT_EQ(layer.index, 3u);
  EXPECT_EQ(layer.access, BindingAccess::ReadOnly);
  EXPECT_EQ(layer.data_type, DataType::Struct);
  EXPECT_EQ(layer.type_name, "Layer");
  EXPECT_EQ(layer.data_size, 120u);
  EXPECT_EQ(layer.alignment, 8u);
  EXPECT_TRUE(layer.is_reference && layer.is_used && !layer.is_optional);
  EXPECT_EQ(binding("count").data_type, DataType::UInt);
  EXPECT_EQ(binding("count").access, BindingAccess::ReadWrite);
  EXPECT_EQ(binding("points").access, BindingAccess::ReadOnly);
  EXPECT_EQ(binding("points").data_size, 12u);
  EXPECT_EQ(binding("points").alignment, 4u);
  EXPECT_EQ(binding("table").data_size, 28u);
  EXPECT_EQ(binding("table").array_type()->array_length(), 7u);
  EXPECT_EQ(binding("shared").type, BindingType::ThreadgroupMemory);
  EXPECT_EQ(binding("shared").index, 1u);
  EXPECT_EQ(pipeline->static_threadgroup_memory_length(), 128u);
}

TEST_F(ReflectionTest, LeadsToMembers) {
  const StructType layer = binding("layer").struct_type().value();
  EXPECT_EQ(layer.members().size(), 5u);
  const StructMember inner = layer.member_by_name("inner").value();
  EXPECT_EQ(inner.offset(), 8u);
  EXPECT_EQ(inner.argument_index(), 1u);
  const ArrayType three = inner.array_type().value();
  EXPECT_EQ(three.array_length(), 3u);
  EXPECT_EQ(three.stride(), 16u);
  EXPECT_EQ(three.argument_index_stride(), 2u);
  EXPECT_EQ(three.element_struct_type()->member_by_name("b")->offset(), 8u);
  const ArrayType rows = layer.member_by_name("rows")->array_type().value();
  EXPECT_EQ(rows.array_length(), 2u);
  EXPECT_EQ(rows.stride(), 20u);
  EXPECT_EQ(rows.element_array_type()->array_length(), 5u);
}

TEST_F(ReflectionTest, LeadsBehindPointers) {
  const StructType layer = binding("layer").struct_type().value();
  const StructMember weights = layer.member_by_name("weights").value();
  EXPECT_EQ(weights.argument_index(), 30u);
  EXPECT_EQ(weights.pointer_type()->element_type(), DataType::Float);
  EXPECT_EQ(weights.pointer_type()->access(), BindingAccess::ReadWrite);
  const ArrayType inners = layer.member_by_name("inners")->array_type().value();
  EXPECT_EQ(inners.array_length(), 2u);
  const PointerType pointer = inners.element_pointer_type().value();
  EXPECT_EQ(pointer.access(), BindingAccess::ReadOnly);
  EXPECT_EQ(pointer.data_size(), 16u);
  EXPECT_EQ(pointer.element_struct_type()->members().size(), 2u);
  EXPECT_FALSE(layer.member_by_name("nothing").has_value());
}

}  // namespace
}  // namespace pymetal::tests
