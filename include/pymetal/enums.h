// Metal's enumerations, with Metal's values. (A table.)
#pragma once

#include <cstdint>

namespace pymetal {

enum class StorageMode : std::uint32_t {
  Shared = 0,
  Managed = 1,
  Private = 2,
  Memoryless = 3,
};

enum class CPUCacheMode : std::uint32_t {
  DefaultCache = 0,
  WriteCombined = 1,
};

enum class HazardTrackingMode : std::uint32_t {
  Default = 0,
  Untracked = 1,
  Tracked = 2,
};

enum class ResourceOptions : std::uint32_t {
  ResourceCPUCacheModeDefaultCache = 0,
  ResourceCPUCacheModeWriteCombined = 1,
  ResourceStorageModeShared = 0,
  ResourceStorageModeManaged = 16,
  ResourceStorageModePrivate = 32,
  ResourceStorageModeMemoryless = 48,
  ResourceHazardTrackingModeDefault = 0,
  ResourceHazardTrackingModeUntracked = 256,
  ResourceHazardTrackingModeTracked = 512,
  ResourceOptionCPUCacheModeDefault = 0,
  ResourceOptionCPUCacheModeWriteCombined = 1,
};

constexpr ResourceOptions operator|(ResourceOptions a, ResourceOptions b) {
  return static_cast<ResourceOptions>(static_cast<std::uint32_t>(a) | static_cast<std::uint32_t>(b));
}

enum class CommandBufferStatus : std::uint32_t {
  NotEnqueued = 0,
  Enqueued = 1,
  Committed = 2,
  Scheduled = 3,
  Completed = 4,
  Error = 5,
};

/// Whether the dispatches of a compute encoder run one after another.
enum class DispatchType : std::uint32_t {
  Serial = 0,
  Concurrent = 1,
};

/// The resources that a barrier is for; a set of bits.
enum class BarrierScope : std::uint32_t {
  Buffers = 1,
  Textures = 2,
  RenderTargets = 4,
};

/// How commands use a resource that no slot names; a set of bits.
enum class ResourceUsage : std::uint32_t {
  Read = 1,
  Write = 2,
  Sample = 4,
};

enum class CommandBufferError : std::uint32_t {
  None = 0,
  Internal = 1,
  Timeout = 2,
  PageFault = 3,
  Blacklisted = 4,
  AccessRevoked = 4,
  NotPermitted = 7,
  OutOfMemory = 8,
  InvalidResource = 9,
  Memoryless = 10,
  DeviceRemoved = 11,
  StackOverflow = 12,
};

enum class FunctionType : std::uint32_t {
  Vertex = 1,
  Fragment = 2,
  Kernel = 3,
  Visible = 5,
  Intersection = 6,
  Mesh = 7,
  Object = 8,
};

enum class DataType : std::uint32_t {
  None = 0,
  Struct = 1,
  Array = 2,
  Float = 3,
  Float2 = 4,
  Float3 = 5,
  Float4 = 6,
  Float2x2 = 7,
  Float2x3 = 8,
  Float2x4 = 9,
  Float3x2 = 10,
  Float3x3 = 11,
  Float3x4 = 12,
  Float4x2 = 13,
  Float4x3 = 14,
  Float4x4 = 15,
  Half = 16,
  Half2 = 17,
  Half3 = 18,
  Half4 = 19,
  Half2x2 = 20,
  Half2x3 = 21,
  Half2x4 = 22,
  Half3x2 = 23,
  Half3x3 = 24,
  Half3x4 = 25,
  Half4x2 = 26,
  Half4x3 = 27,
  Half4x4 = 28,
  Int = 29,
  Int2 = 30,
  Int3 = 31,
  Int4 = 32,
  UInt = 33,
  UInt2 = 34,
  UInt3 = 35,
  UInt4 = 36,
  Short = 37,
  Short2 = 38,
  Short3 = 39,
  Short4 = 40,
  UShort = 41,
  UShort2 = 42,
  UShort3 = 43,
  UShort4 = 44,
  Char = 45,
  Char2 = 46,
  Char3 = 47,
  Char4 = 48,
  UChar = 49,
  UChar2 = 50,
  UChar3 = 51,
  UChar4 = 52,
  Bool = 53,
  Bool2 = 54,
  Bool3 = 55,
  Bool4 = 56,
  Texture = 58,
  Sampler = 59,
  Pointer = 60,
  R8Unorm = 62,
  R8Snorm = 63,
  R16Unorm = 64,
  R16Snorm = 65,
  RG8Unorm = 66,
  RG8Snorm = 67,
  RG16Unorm = 68,
  RG16Snorm = 69,
  RGBA8Unorm = 70,
  RGBA8Unorm_sRGB = 71,
  RGBA8Snorm = 72,
  RGBA16Unorm = 73,
  RGBA16Snorm = 74,
  RGB10A2Unorm = 75,
  RG11B10Float = 76,
  RGB9E5Float = 77,
  RenderPipeline = 78,
  ComputePipeline = 79,
  IndirectCommandBuffer = 80,
  Long = 81,
  Long2 = 82,
  Long3 = 83,
  Long4 = 84,
  ULong = 85,
  ULong2 = 86,
  ULong3 = 87,
  ULong4 = 88,
  VisibleFunctionTable = 115,
  IntersectionFunctionTable = 116,
  PrimitiveAccelerationStructure = 117,
  InstanceAccelerationStructure = 118,
  BFloat = 121,
  BFloat2 = 122,
  BFloat3 = 123,
  BFloat4 = 124,
};

enum class BindingAccess : std::uint32_t {
  ReadOnly = 0,
  ReadWrite = 1,
  WriteOnly = 2,
  ArgumentAccessReadOnly = 0,
  ArgumentAccessReadWrite = 1,
  ArgumentAccessWriteOnly = 2,
};

enum class BindingType : std::uint32_t {
  Buffer = 0,
  ThreadgroupMemory = 1,
  Texture = 2,
  Sampler = 3,
  ImageblockData = 16,
  Imageblock = 17,
  VisibleFunctionTable = 24,
  PrimitiveAccelerationStructure = 25,
  InstanceAccelerationStructure = 26,
  IntersectionFunctionTable = 27,
  ObjectPayload = 34,
};

enum class TextureType : std::uint32_t {
  Type1D = 0,
  Type1DArray = 1,
  Type2D = 2,
  Type2DArray = 3,
  Type2DMultisample = 4,
  TypeCube = 5,
  TypeCubeArray = 6,
  Type3D = 7,
  Type2DMultisampleArray = 8,
  TypeTextureBuffer = 9,
};

enum class MathMode : std::uint32_t {
  Safe = 0,
  Relaxed = 1,
  Fast = 2,
};

enum class PipelineOption : std::uint32_t {
  None = 0,
  ArgumentInfo = 1,
  BindingInfo = 1,
  BufferTypeInfo = 2,
  FailOnBinaryArchiveMiss = 4,
};

enum class LogLevel : std::uint32_t {
  Undefined = 0,
  Debug = 1,
  Info = 2,
  Notice = 3,
  Error = 4,
  Fault = 5,
};

enum class LanguageVersion : std::uint32_t {
  Version1_0 = 65536,
  Version1_1 = 65537,
  Version1_2 = 65538,
  Version2_0 = 131072,
  Version2_1 = 131073,
  Version2_2 = 131074,
  Version2_3 = 131075,
  Version2_4 = 131076,
  Version3_0 = 196608,
  Version3_1 = 196609,
  Version3_2 = 196610,
};

}  // namespace pymetal
