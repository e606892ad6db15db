"""The compiled part of PyMetal."""

import asyncio
from collections.abc import (
    Callable,
    Generator,
    Iterator,
    Mapping,
    Sequence
)
import concurrent.futures
import enum
import os
from typing import Any, overload

import numpy
import numpy.typing


__version__: str

class MetalError(Exception):
    """Base of every exception of PyMetal."""

class CompileError(MetalError):
    """MSL source does not compile. `diagnostics` lists what the compiler found."""

    diagnostics: Sequence[CompileDiagnostic]

class PipelineError(MetalError):
    """A pipeline state cannot be made."""

class ResourceError(MetalError):
    """A resource cannot be made or found."""

class ValidationError(MetalError):
    """A call breaks a rule of the API."""

class ThreadingError(ValidationError):
    """A call breaks a threading rule of the API."""

class HazardWarning(RuntimeWarning):
    """The host touched a buffer while a command buffer used it. Only with PYMETAL_VALIDATION=1."""


class FixIt:
    """A change of the source that would settle a message of the compiler."""

    @property
    def line(self) -> int:
        """The line where it begins, from 1."""

    @property
    def column(self) -> int:
        """The column where it begins, from 1."""

    @property
    def end_line(self) -> int:
        """The line where it ends."""

    @property
    def end_column(self) -> int:
        """The first column that stays. An insertion ends where it begins."""

    @property
    def replacement(self) -> str:
        """The new text."""

    def __repr__(self) -> str: ...

class CompileDiagnostic:
    """One message of the compiler."""

    @property
    def severity(self) -> str:
        """'error', 'warning' or 'note'."""

    @property
    def file(self) -> str:
        """The name of the source file."""

    @property
    def line(self) -> int:
        """The line, from 1; 0 where the message has no place."""

    @property
    def column(self) -> int:
        """The column, from 1; 0 where the message has no place."""

    @property
    def message(self) -> str:
        """The text, in MSL's words."""

    @property
    def source_line(self) -> str:
        """The line of the source."""

    @property
    def notes(self) -> list[CompileDiagnostic]:
        """Messages that explain this one."""

    @property
    def fix_its(self) -> list[FixIt]:
        """Changes of the source, all of which together settle this message."""

    def __str__(self) -> str: ...

    def __repr__(self) -> str: ...

class StorageMode(enum.IntEnum):
    """Where a resource lives."""

    Shared = 0

    Managed = 1

    Private = 2

    Memoryless = 3

class CPUCacheMode(enum.IntEnum):
    """How the host caches a resource."""

    DefaultCache = 0

    WriteCombined = 1

class HazardTrackingMode(enum.IntEnum):
    """Whether the device orders accesses to a resource."""

    Default = 0

    Untracked = 1

    Tracked = 2

class CommandBufferStatus(enum.IntEnum):
    """How far a command buffer is."""

    NotEnqueued = 0

    Enqueued = 1

    Committed = 2

    Scheduled = 3

    Completed = 4

    Error = 5

class DispatchType(enum.IntEnum):
    """Whether the dispatches of a compute encoder run one after another."""

    Serial = 0

    Concurrent = 1

class BarrierScope(enum.IntEnum):
    """The resources that a barrier is for; a set of bits."""

    Buffers = 1

    Textures = 2

    RenderTargets = 4

class ResourceUsage(enum.IntEnum):
    """How commands use a resource that no slot names; a set of bits."""

    Read = 1

    Write = 2

    Sample = 4

class CommandBufferError(enum.IntEnum):
    """Why a command buffer failed."""

    Internal = 1

    Timeout = 2

    PageFault = 3

    Blacklisted = 4

    NotPermitted = 7

    OutOfMemory = 8

    InvalidResource = 9

    Memoryless = 10

    DeviceRemoved = 11

    StackOverflow = 12

class FunctionType(enum.IntEnum):
    """What an entry point is."""

    Vertex = 1

    Fragment = 2

    Kernel = 3

    Visible = 5

    Intersection = 6

    Mesh = 7

    Object = 8

class DataType(enum.IntEnum):
    """The type of an argument or a constant."""

    Struct = 1

    Array = 2

    Float = 3

    Float2 = 4

    Float3 = 5

    Float4 = 6

    Float2x2 = 7

    Float2x3 = 8

    Float2x4 = 9

    Float3x2 = 10

    Float3x3 = 11

    Float3x4 = 12

    Float4x2 = 13

    Float4x3 = 14

    Float4x4 = 15

    Half = 16

    Half2 = 17

    Half3 = 18

    Half4 = 19

    Half2x2 = 20

    Half2x3 = 21

    Half2x4 = 22

    Half3x2 = 23

    Half3x3 = 24

    Half3x4 = 25

    Half4x2 = 26

    Half4x3 = 27

    Half4x4 = 28

    Int = 29

    Int2 = 30

    Int3 = 31

    Int4 = 32

    UInt = 33

    UInt2 = 34

    UInt3 = 35

    UInt4 = 36

    Short = 37

    Short2 = 38

    Short3 = 39

    Short4 = 40

    UShort = 41

    UShort2 = 42

    UShort3 = 43

    UShort4 = 44

    Char = 45

    Char2 = 46

    Char3 = 47

    Char4 = 48

    UChar = 49

    UChar2 = 50

    UChar3 = 51

    UChar4 = 52

    Bool = 53

    Bool2 = 54

    Bool3 = 55

    Bool4 = 56

    Texture = 58

    Sampler = 59

    Pointer = 60

    R8Unorm = 62

    R8Snorm = 63

    R16Unorm = 64

    R16Snorm = 65

    RG8Unorm = 66

    RG8Snorm = 67

    RG16Unorm = 68

    RG16Snorm = 69

    RGBA8Unorm = 70

    RGBA8Unorm_sRGB = 71

    RGBA8Snorm = 72

    RGBA16Unorm = 73

    RGBA16Snorm = 74

    RGB10A2Unorm = 75

    RG11B10Float = 76

    RGB9E5Float = 77

    RenderPipeline = 78

    ComputePipeline = 79

    IndirectCommandBuffer = 80

    Long = 81

    Long2 = 82

    Long3 = 83

    Long4 = 84

    ULong = 85

    ULong2 = 86

    ULong3 = 87

    ULong4 = 88

    VisibleFunctionTable = 115

    IntersectionFunctionTable = 116

    PrimitiveAccelerationStructure = 117

    InstanceAccelerationStructure = 118

    BFloat = 121

    BFloat2 = 122

    BFloat3 = 123

    BFloat4 = 124

class BindingAccess(enum.IntEnum):
    """How a function uses an argument."""

    ReadOnly = 0

    ReadWrite = 1

    WriteOnly = 2

class BindingType(enum.IntEnum):
    """What an argument is."""

    Buffer = 0

    ThreadgroupMemory = 1

    Texture = 2

    Sampler = 3

    ImageblockData = 16

    Imageblock = 17

    VisibleFunctionTable = 24

    PrimitiveAccelerationStructure = 25

    InstanceAccelerationStructure = 26

    IntersectionFunctionTable = 27

    ObjectPayload = 34

class TextureType(enum.IntEnum):
    """How the texels of a texture are arranged."""

    Type1D = 0

    Type1DArray = 1

    Type2D = 2

    Type2DArray = 3

    Type2DMultisample = 4

    TypeCube = 5

    TypeCubeArray = 6

    Type3D = 7

    Type2DMultisampleArray = 8

    TypeTextureBuffer = 9

class MathMode(enum.IntEnum):
    """How freely the compiler treats floating point."""

    Safe = 0

    Relaxed = 1

    Fast = 2

class PipelineOption(enum.IntEnum):
    """What to tell of a pipeline beside its state; a set of bits."""

    ArgumentInfo = 1

    BindingInfo = 1

    BufferTypeInfo = 2

    FailOnBinaryArchiveMiss = 4

class LogLevel(enum.IntEnum):
    """How much a shader's message matters."""

    Undefined = 0

    Debug = 1

    Info = 2

    Notice = 3

    Error = 4

    Fault = 5

class LanguageVersion(enum.IntEnum):
    """A version of MSL."""

    Version1_0 = 65536

    Version1_1 = 65537

    Version1_2 = 65538

    Version2_0 = 131072

    Version2_1 = 131073

    Version2_2 = 131074

    Version2_3 = 131075

    Version2_4 = 131076

    Version3_0 = 196608

    Version3_1 = 196609

    Version3_2 = 196610

class Origin:
    """A place in a texture or a grid."""

    def __init__(self, x: int, y: int, z: int) -> None: ...

    @property
    def x(self) -> int: ...

    @x.setter
    def x(self, arg: int, /) -> None: ...

    @property
    def y(self) -> int: ...

    @y.setter
    def y(self, arg: int, /) -> None: ...

    @property
    def z(self) -> int: ...

    @z.setter
    def z(self, arg: int, /) -> None: ...

    def __eq__(self, other: object, /) -> bool: ...

    def __repr__(self) -> str: ...

class Size:
    """
    The size of a grid, a threadgroup or a texture; also reads as a tuple of three.
    """

    def __init__(self, width: int, height: int, depth: int) -> None: ...

    @property
    def width(self) -> int: ...

    @width.setter
    def width(self, arg: int, /) -> None: ...

    @property
    def height(self) -> int: ...

    @height.setter
    def height(self, arg: int, /) -> None: ...

    @property
    def depth(self) -> int: ...

    @depth.setter
    def depth(self, arg: int, /) -> None: ...

    def __len__(self) -> int: ...

    def __getitem__(self, index: int) -> int: ...

    def __iter__(self) -> Iterator[int]: ...

    def __eq__(self, other: object, /) -> bool: ...

    def __hash__(self) -> int: ...

    def __repr__(self) -> str: ...

class Range:
    """`length` units from `location` on; bytes, for buffers."""

    def __init__(self, location: int, length: int) -> None: ...

    @property
    def location(self) -> int: ...

    @location.setter
    def location(self, arg: int, /) -> None: ...

    @property
    def length(self) -> int: ...

    @length.setter
    def length(self, arg: int, /) -> None: ...

    def __eq__(self, other: object, /) -> bool: ...

    def __repr__(self) -> str: ...

class StructType:
    """A struct that an argument, or a part of one, holds."""

    @property
    def data_type(self) -> DataType: ...

    @property
    def name(self) -> str:
        """As MSL spells it."""

    @property
    def members(self) -> list[StructMember]: ...

    def member_by_name(self, name: str) -> StructMember | None:
        """The member of that name, or None."""

    @property
    def size(self) -> int:
        """Bytes."""

    @property
    def alignment(self) -> int:
        """Bytes."""

    def __repr__(self) -> str: ...

class ArrayType:
    """An array that an argument, or a part of one, holds."""

    @property
    def data_type(self) -> DataType: ...

    @property
    def name(self) -> str:
        """As MSL spells it."""

    @property
    def element_type(self) -> DataType: ...

    @property
    def array_length(self) -> int: ...

    @property
    def stride(self) -> int:
        """Bytes from one element to the next."""

    @property
    def argument_index_stride(self) -> int:
        """Argument indices from one element to the next."""

    @property
    def element_struct_type(self) -> StructType | None: ...

    @property
    def element_array_type(self) -> ArrayType | None: ...

    @property
    def element_pointer_type(self) -> PointerType | None: ...

    def __repr__(self) -> str: ...

class PointerType:
    """A pointer or reference, and what it leads to."""

    @property
    def data_type(self) -> DataType: ...

    @property
    def name(self) -> str:
        """As MSL spells it."""

    @property
    def element_type(self) -> DataType: ...

    @property
    def access(self) -> BindingAccess: ...

    @property
    def alignment(self) -> int:
        """Bytes; what it points to lies at a multiple."""

    @property
    def data_size(self) -> int:
        """Bytes of one element."""

    @property
    def element_is_argument_buffer(self) -> bool: ...

    @property
    def element_struct_type(self) -> StructType | None: ...

    @property
    def element_array_type(self) -> ArrayType | None: ...

    @property
    def element_pointer_type(self) -> PointerType | None: ...

    def __repr__(self) -> str: ...

class StructMember:
    """One member of a struct."""

    @property
    def name(self) -> str: ...

    @property
    def offset(self) -> int:
        """Bytes from the start of the struct."""

    @property
    def data_type(self) -> DataType: ...

    @property
    def argument_index(self) -> int:
        """
        Its `[[id(n)]]`, given or counted; within a nested struct from that struct's first one on.
        """

    @property
    def struct_type(self) -> StructType | None:
        """None where it is no struct."""

    @property
    def array_type(self) -> ArrayType | None:
        """None where it is no array."""

    @property
    def pointer_type(self) -> PointerType | None:
        """None where it is no pointer."""

    def __repr__(self) -> str: ...

class Binding:
    """One argument that a program binds."""

    @property
    def name(self) -> str: ...

    @property
    def type(self) -> BindingType:
        """A buffer, threadgroup memory, a texture or a sampler."""

    @property
    def index(self) -> int:
        """The index in the argument table of its type."""

    @property
    def access(self) -> BindingAccess: ...

    @property
    def data_type(self) -> DataType:
        """The type that it points or refers to."""

    @property
    def type_name(self) -> str:
        """That type, as MSL spells it."""

    @property
    def data_size(self) -> int:
        """Bytes of one element."""

    @property
    def alignment(self) -> int:
        """Bytes; an offset must be a multiple of it."""

    @property
    def is_reference(self) -> bool: ...

    @property
    def array_length(self) -> int:
        """Entries that an array of textures or samplers takes; else 1."""

    @property
    def texture_type(self) -> TextureType:
        """The shape of a texture."""

    @property
    def texture_data_type(self) -> DataType:
        """The type of a texture's components."""

    @property
    def is_depth_texture(self) -> bool: ...

    @property
    def is_optional(self) -> bool:
        """It need not be bound."""

    @property
    def is_used(self) -> bool:
        """
        The function reads or writes it, for the values of its function constants.
        """

    @property
    def is_active(self) -> bool:
        """The same, by its older name."""

    @property
    def is_argument(self) -> bool: ...

    @property
    def struct_type(self) -> StructType | None:
        """What it leads to, where that is a struct."""

    @property
    def array_type(self) -> ArrayType | None:
        """What it leads to, where that is an array."""

    @property
    def pointer_type(self) -> PointerType | None: ...

    @property
    def buffer_data_type(self) -> DataType: ...

    @property
    def buffer_data_size(self) -> int: ...

    @property
    def buffer_alignment(self) -> int: ...

    @property
    def buffer_struct_type(self) -> StructType | None: ...

    @property
    def buffer_pointer_type(self) -> PointerType | None: ...

    @property
    def threadgroup_memory_data_size(self) -> int: ...

    @property
    def threadgroup_memory_alignment(self) -> int: ...

    def __repr__(self) -> str: ...

class FunctionConstant:
    """One function constant of a function."""

    @property
    def name(self) -> str: ...

    @property
    def type(self) -> DataType: ...

    @property
    def index(self) -> int: ...

    @property
    def required(self) -> bool:
        """A value must be set."""

    def __repr__(self) -> str: ...

class ComputePipelineReflection:
    """The arguments of a kernel."""

    @property
    def bindings(self) -> list[Binding]:
        """What it takes from its argument tables."""

    @property
    def arguments(self) -> list[Binding]:
        """The same, by its older name."""

class ComputePipelineDescriptor:
    """What a compute pipeline state is made of."""

    def __init__(self) -> None: ...

    @staticmethod
    def compute_pipeline_descriptor() -> ComputePipelineDescriptor:
        """An empty descriptor."""

    @property
    def label(self) -> str: ...

    @label.setter
    def label(self, arg: str, /) -> None: ...

    @property
    def compute_function(self) -> Function: ...

    @compute_function.setter
    def compute_function(self, arg: Function | None, /) -> None: ...

    @property
    def thread_group_size_is_multiple_of_thread_execution_width(self) -> bool:
        """A promise, which every dispatch is held to."""

    @thread_group_size_is_multiple_of_thread_execution_width.setter
    def thread_group_size_is_multiple_of_thread_execution_width(self, arg: bool, /) -> None: ...

    @property
    def max_total_threads_per_threadgroup(self) -> int:
        """A lower limit than the function's own; 0 for none."""

    @max_total_threads_per_threadgroup.setter
    def max_total_threads_per_threadgroup(self, arg: int, /) -> None: ...

class CompileOptions:
    """How a library is compiled from source."""

    def __init__(self, preprocessor_macros: Mapping[str, str] = {}, math_mode: MathMode = MathMode.Fast, language_version: LanguageVersion = LanguageVersion.Version3_1, defer_instantiations: bool = False) -> None: ...

    @property
    def preprocessor_macros(self) -> dict[str, str]:
        """Macros and their values, as text."""

    @preprocessor_macros.setter
    def preprocessor_macros(self, arg: Mapping[str, str], /) -> None: ...

    @property
    def math_mode(self) -> MathMode: ...

    @math_mode.setter
    def math_mode(self, arg: MathMode, /) -> None: ...

    @property
    def language_version(self) -> LanguageVersion: ...

    @language_version.setter
    def language_version(self, arg: LanguageVersion, /) -> None: ...

    @property
    def defer_instantiations(self) -> bool:
        """
        Leaves the functions that the source instantiates explicitly under a `host_name` for later: each is
        compiled, and its errors are found, when `new_function` first asks for it.
        """

    @defer_instantiations.setter
    def defer_instantiations(self, arg: bool, /) -> None: ...

class FunctionConstantValues:
    """Values for the function constants of a function, by index or by name."""

    def __init__(self) -> None: ...

    def set_constant_value(self, value: object, data_type: DataType, index_or_name: int | str) -> None:
        """
        Sets one constant: a number, or a sequence of numbers for a vector type.

        Raises ValidationError for a value that does not fit the type.
        """

    def set_constant_values(self, values: Sequence[Any], data_type: DataType, range: Range) -> None:
        """Sets the constants of a range of indices."""

    def reset(self) -> None:
        """Forgets every value."""

class Device:
    """Makes every other object. Every method may be called from any thread."""

    @property
    def name(self) -> str: ...

    @property
    def max_threads_per_threadgroup(self) -> Size:
        """
        Threads in each dimension; a pipeline state tells how many there may be in all.
        """

    @property
    def is_low_power(self) -> bool: ...

    @property
    def is_headless(self) -> bool: ...

    @property
    def is_removable(self) -> bool: ...

    @property
    def has_unified_memory(self) -> bool:
        """Host and device share one memory."""

    @property
    def registry_id(self) -> int: ...

    @property
    def recommended_max_working_set_size(self) -> int:
        """Bytes."""

    @property
    def max_buffer_length(self) -> int:
        """Bytes."""

    @property
    def max_threadgroup_memory_length(self) -> int:
        """Bytes."""

    @property
    def current_allocated_size(self) -> int:
        """Bytes that the living buffers of this device take."""

    def new_command_queue(self, max_command_buffer_count: int = 64) -> CommandQueue:
        """
        A queue that admits so many command buffers that are committed and not complete.
        """

    def new_fence(self) -> Fence:
        """Orders encoders of one queue."""

    def new_event(self) -> Event:
        """Orders command buffers of different queues."""

    def new_shared_event(self) -> SharedEvent:
        """
        An event that the host, and other processes, read and signal.

        Raises ResourceError where the machine has no memory to share.
        """

    def new_shared_event_with_handle(self, handle: SharedEventHandle) -> SharedEvent:
        """
        Opens the event of another process.

        Raises ResourceError where it is gone.
        """

    def new_buffer(self, length: int, options: int = 0) -> Buffer:
        """
        A buffer of `length` bytes, all zero.

        Raises ValidationError for a length of 0 or above
        `max_buffer_length`, ResourceError where the machine has no such memory.
        """

    def new_buffer_with_data(self, data: bytes | bytearray | memoryview | numpy.typing.NDArray[Any] | numpy.generic, length: int | None = None, options: int = 0) -> Buffer:
        """
        A buffer that begins as a copy of the first `length` bytes of `data` (all, by default).

        `data` is bytes, an array, or anything else with the buffer protocol, C-contiguous.
        """

    def new_library_with_source(self, source: str, options: CompileOptions = ..., include_paths: Sequence[str | os.PathLike[str]] = ()) -> Library:
        """
        Compiles MSL.

        Raises CompileError, whose `diagnostics` lists what is wrong.
        """

    def new_library_with_file(self, path: str | os.PathLike[str], options: CompileOptions | None = None, include_paths: Sequence[str | os.PathLike[str]] = ()) -> Library:
        """
        Compiles a file of MSL; `#include` also searches its folder.

        Raises ResourceError where the file cannot be read, CompileError where it is wrong.
        """

    @overload
    def new_compute_pipeline_state(self, function: Function) -> ComputePipelineState:
        """
        Makes code of a kernel.

        Raises ValidationError for a function of another device, PipelineError where
        no code can be made. With `options`, also returns the reflection of its arguments.
        """

    @overload
    def new_compute_pipeline_state(self, descriptor: ComputePipelineDescriptor) -> ComputePipelineState: ...

    @overload
    def new_compute_pipeline_state(self, function: Function, options: PipelineOption | int) -> tuple[ComputePipelineState, ComputePipelineReflection]: ...

    @overload
    def new_compute_pipeline_state(self, descriptor: ComputePipelineDescriptor, options: PipelineOption | int) -> tuple[ComputePipelineState, ComputePipelineReflection]: ...

    def new_argument_encoder(self, arguments: Sequence[ArgumentDescriptor]) -> ArgumentEncoder:
        """
        An encoder for argument buffers whose members lie in order of their indices, each at its alignment, as
        those of a struct of the same members do.

        Raises ValidationError for descriptors that contradict each other.
        """

    def __repr__(self) -> str: ...

def create_system_default_device() -> Device:
    """
    The device that the environment variable PYMETAL_DEVICE names (by short name, full name or a part of
    it), the CPU where it names none; the same object each time.

    Raises ResourceError, which lists the devices, when the name fits none.
    """

def copy_all_devices() -> list[Device]:
    """Every device of this machine."""

class ArgumentDescriptor:
    """One member of an argument buffer that no shader describes."""

    def __init__(self) -> None: ...

    @staticmethod
    def argument_descriptor() -> ArgumentDescriptor:
        """A descriptor of a pointer at index 0."""

    @property
    def data_type(self) -> DataType:
        """Pointer, or the type of a constant."""

    @data_type.setter
    def data_type(self, arg: DataType, /) -> None: ...

    @property
    def index(self) -> int:
        """The `[[id(n)]]` of the member."""

    @index.setter
    def index(self, arg: int, /) -> None: ...

    @property
    def array_length(self) -> int:
        """Elements of an array; 0 for a member that is none."""

    @array_length.setter
    def array_length(self, arg: int, /) -> None: ...

    @property
    def access(self) -> BindingAccess: ...

    @access.setter
    def access(self, arg: BindingAccess, /) -> None: ...

    @property
    def constant_block_alignment(self) -> int:
        """Bytes; 0 for the alignment of the type."""

    @constant_block_alignment.setter
    def constant_block_alignment(self, arg: int, /) -> None: ...

class ArgumentEncoder:
    """
    Writes the addresses and constants of an argument buffer, as the struct of the shader has them. One thread at a
    time. It keeps no buffer whose address it writes: name these with `use_resource` when you encode commands.

    Raises ValidationError for an index that the struct lacks or that holds something else.
    """

    @property
    def device(self) -> Device: ...

    @property
    def encoded_length(self) -> int:
        """Bytes of one argument buffer."""

    @property
    def alignment(self) -> int:
        """Bytes; an argument buffer begins at a multiple."""

    def set_argument_buffer(self, buffer: Buffer | None, offset: int, array_element: int = 0) -> None:
        """
        Where the following calls write: element `array_element` of the argument buffers that begin at `offset`.
        """

    def set_buffer(self, buffer: Buffer | None, offset: int, index: int) -> None:
        """
        Writes the address of the buffer, `offset` bytes in; None writes a null pointer.
        """

    def set_buffers(self, buffers: Sequence[Buffer], offsets: Sequence[int], range: Range) -> None:
        """Writes the addresses of buffers for a range of indices."""

    def constant_data(self, index: int) -> int:
        """
        The address of the constant, for `ctypes.memmove` and its like; valid while the argument buffer lives.
        """

    def new_argument_encoder(self, index: int) -> ArgumentEncoder:
        """
        An encoder for the argument buffers that the pointer at `index` leads to.
        """

    def __repr__(self) -> str: ...

    @property
    def label(self) -> str:
        """The object's name in messages; any thread may set and read it."""

    @label.setter
    def label(self, arg: str, /) -> None: ...

class Buffer:
    """
    Memory that kernels read and write. Supports the buffer protocol, so `memoryview(buffer)`
    and `np.asarray(buffer)` work. The object may be used from any thread; its contents are not
    synchronised: from `commit()` to completion they belong to the commands that use them.
    """

    @property
    def device(self) -> Device: ...

    @property
    def length(self) -> int:
        """Bytes."""

    @property
    def gpu_address(self) -> int:
        """The address that kernels see."""

    @property
    def storage_mode(self) -> StorageMode: ...

    def contents(self) -> numpy.typing.NDArray[numpy.uint8]:
        """
        The bytes, as a writable NumPy array of shape (length,) that keeps the buffer alive.

        Raises ValidationError for private storage.
        """

    def did_modify_range(self, range: Range) -> None:
        """Tells that the host wrote to bytes of a managed buffer."""

    def __len__(self) -> int: ...

    def __repr__(self) -> str: ...

    @property
    def label(self) -> str:
        """The object's name in messages; any thread may set and read it."""

    @label.setter
    def label(self, arg: str, /) -> None: ...

class Library:
    """Compiled MSL. May be used from any thread."""

    @property
    def device(self) -> Device: ...

    @property
    def function_names(self) -> list[str]: ...

    @property
    def warnings(self) -> list[CompileDiagnostic]:
        """
        What the compiler warned of; functions that are deferred add theirs when they are first asked for.
        """

    def new_function(self, name: str, constant_values: FunctionConstantValues = ...) -> Function:
        """
        The function of that name, with values for its function constants.

        Raises ResourceError, which names similar functions, where there is none, ValidationError where a
        constant that it needs has no value, and CompileError where its compilation was deferred and fails now.
        """

    def __repr__(self) -> str: ...

    @property
    def label(self) -> str:
        """The object's name in messages; any thread may set and read it."""

    @label.setter
    def label(self, arg: str, /) -> None: ...

class Function:
    """One entry point of a library. Immutable; may be used from any thread."""

    @property
    def name(self) -> str: ...

    @property
    def function_type(self) -> FunctionType: ...

    @property
    def device(self) -> Device: ...

    @property
    def function_constants_dictionary(self) -> dict[str, FunctionConstant]:
        """The function constants that it may use, by name."""

    def new_argument_encoder(self, buffer_index: int) -> ArgumentEncoder:
        """
        An encoder for the argument buffers of the argument at a buffer index.

        Raises ValidationError where there is none, or none that leads to a struct.
        """

    def __repr__(self) -> str: ...

    @property
    def label(self) -> str:
        """The object's name in messages; any thread may set and read it."""

    @label.setter
    def label(self, arg: str, /) -> None: ...

class ComputePipelineState:
    """A kernel that is ready to run. Immutable; may be used from any thread."""

    @property
    def device(self) -> Device: ...

    @property
    def max_total_threads_per_threadgroup(self) -> int: ...

    @property
    def thread_group_size_is_multiple_of_thread_execution_width(self) -> bool: ...

    @property
    def thread_execution_width(self) -> int:
        """Threads of a simdgroup."""

    @property
    def static_threadgroup_memory_length(self) -> int:
        """Bytes that the kernel's own threadgroup variables take."""

    @property
    def reflection(self) -> ComputePipelineReflection: ...

    def __repr__(self) -> str: ...

    @property
    def label(self) -> str:
        """The object's name in messages; any thread may set and read it."""

    @label.setter
    def label(self, arg: str, /) -> None: ...

class Fence:
    """
    Orders encoders of one queue: an encoder that waits for it runs after the earlier ones that
    update it, whatever their resources are.
    """

    @property
    def device(self) -> Device: ...

    def __repr__(self) -> str: ...

    @property
    def label(self) -> str:
        """The object's name in messages; any thread may set and read it."""

    @label.setter
    def label(self, arg: str, /) -> None: ...

class Event:
    """
    Orders command buffers of different queues. Its value begins at 0 and only grows.
    """

    @property
    def device(self) -> Device: ...

    def __repr__(self) -> str: ...

    @property
    def label(self) -> str:
        """The object's name in messages; any thread may set and read it."""

    @label.setter
    def label(self, arg: str, /) -> None: ...

class SharedEventHandle:
    """
    Names a shared event to another process of the same user on the same machine, while
    the process that made the handle runs and holds the event. Can be pickled.
    """

    def __init__(self, process: int, descriptor: int, identity: Sequence[int], label: str) -> None: ...

    @property
    def label(self) -> str: ...

    def __reduce__(self) -> tuple[Any, ...]: ...

class SharedEventListener:
    """A thread on which notifications run, one after another."""

    def __init__(self) -> None: ...

class SharedEvent(Event):
    """An event that the host, and other processes, read and signal."""

    @property
    def signaled_value(self) -> int:
        """
        The value; setting it signals. Raises ValidationError for a value below the present one.
        """

    @signaled_value.setter
    def signaled_value(self, arg: int, /) -> None: ...

    def wait_until_signaled(self, value: int, timeout_ms: float | None = None) -> bool:
        """
        Blocks until the value is reached, at most `timeout_ms` milliseconds; returns whether it is.

        Other Python threads run meanwhile, and Ctrl-C interrupts. Raises MetalError when
        PYMETAL_WAIT_TIMEOUT passes.
        """

    def notify_listener(self, listener: SharedEventListener | None, value: int, handler: Callable[[SharedEvent | None, int], object]) -> None:
        """
        Calls `handler(event, value)` on the listener's thread (None: one that all share) once the value is
        reached, whoever signals it. Notifications that are not due when the event is released never run.
        """

    def new_shared_event_handle(self) -> SharedEventHandle:
        """A handle for `Device.new_shared_event_with_handle` in another process."""

class CommandQueue:
    """
    Begins its command buffers in the order of their commits. May be used from any thread.
    """

    @property
    def device(self) -> Device: ...

    @property
    def max_command_buffer_count(self) -> int:
        """Command buffers that may be committed and not complete."""

    def command_buffer(self) -> CommandBuffer:
        """
        A new, empty command buffer.

        Blocks while `max_command_buffer_count` are committed and not complete.
        """

    def command_buffer_with_unretained_references(self) -> CommandBuffer:
        """
        A command buffer whose resources its caller keeps alive until the commands have run.
        """

    def __repr__(self) -> str: ...

    @property
    def label(self) -> str:
        """The object's name in messages; any thread may set and read it."""

    @label.setter
    def label(self, arg: str, /) -> None: ...

class CommandBufferFailure:
    """Why a command buffer failed."""

    @property
    def kind(self) -> CommandBufferError: ...

    @property
    def message(self) -> str: ...

    def __str__(self) -> str: ...

class CommandBuffer:
    """
    A list of commands that a queue runs as one. Encoding belongs to one thread at a time: a call
    from another while an encoder is open raises ThreadingError. `commit`, the waits, `status`, `error`,
    the handlers and `label` may be used from any thread.

    `with queue.command_buffer() as commands:` commits at its end, unless an exception ends it.
    """

    @property
    def device(self) -> Device: ...

    @property
    def command_queue(self) -> CommandQueue: ...

    @property
    def retained_references(self) -> bool:
        """The resources that its commands name live until they have run."""

    @property
    def status(self) -> CommandBufferStatus: ...

    @property
    def error(self) -> CommandBufferFailure | None:
        """Set when the status is Error, None otherwise."""

    def compute_command_encoder(self, dispatch_type: DispatchType = ...) -> ComputeCommandEncoder:
        """
        Begins to encode dispatches. Those of a concurrent encoder may run at the same time, save where a
        `memory_barrier` stands between them.

        Raises ValidationError while another encoder is open and after `commit()`, ThreadingError while
        another thread has one open.
        """

    def compute_command_encoder_with_dispatch_type(self, dispatch_type: DispatchType) -> ComputeCommandEncoder:
        """The same, by Metal's other name."""

    def blit_command_encoder(self) -> BlitCommandEncoder:
        """
        Begins to encode copies.

        Raises ValidationError while another encoder is open and after `commit()`,
        ThreadingError while another thread has one open.
        """

    def encode_signal_event(self, event: Event, value: int) -> None:
        """
        The event takes the value once all commands before it, in this queue, have run.
        """

    def encode_wait_for_event(self, event: Event, value: int) -> None:
        """
        Commands after it, in this queue, begin once the event has reached the value.
        """

    def add_scheduled_handler(self, handler: Callable[[CommandBuffer], object]) -> None:
        """
        Calls `handler(command_buffer)` when the queue begins the commands.

        Handlers run one after another, in order, on a thread of their own. What they raise goes to
        `sys.unraisablehook`. Raises ValidationError after `commit()`.
        """

    def add_completed_handler(self, handler: Callable[[CommandBuffer], object]) -> None:
        """
        Calls `handler(command_buffer)` when the commands have run or failed.

        See `add_scheduled_handler`.
        """

    def when_completed(self, handler: Callable[[CommandBuffer], object]) -> None:
        """Like `add_completed_handler`, and allowed at any time."""

    def enqueue(self) -> None:
        """Takes its place in the queue's order before it is committed."""

    def commit(self) -> None:
        """
        Hands the commands to the queue and returns at once.

        Raises ValidationError while an encoder is open, and when called twice.
        """

    def wait_until_completed(self, timeout: float | None = None) -> bool:
        """
        Blocks until the commands have run or failed, at most `timeout` seconds; returns whether they have.

        Other Python threads run meanwhile, and Ctrl-C interrupts. A failure is in `error`. Raises
        ValidationError before `commit()`, MetalError when PYMETAL_WAIT_TIMEOUT passes.
        """

    def wait_until_scheduled(self, timeout: float | None = None) -> bool:
        """
        Blocks until the queue begins the commands, at most `timeout` seconds; returns whether it has.

        See `wait_until_completed`.
        """

    def future(self) -> concurrent.futures.Future[CommandBuffer]:
        """
        A future of the completed command buffer; it raises MetalError where the commands fail.
        """

    def completed(self) -> asyncio.Future[CommandBuffer]:
        """
        A future of the running asyncio loop, like `future()`. `await command_buffer` awaits it.
        """

    def __await__(self) -> Generator[Any, None, CommandBuffer]: ...

    def __enter__(self) -> CommandBuffer: ...

    def __exit__(self, type: object, value: object, traceback: object) -> None: ...

    @property
    def kernel_start_time(self) -> float:
        """Seconds on a monotonic clock; 0 until known."""

    @property
    def kernel_end_time(self) -> float:
        """Seconds on a monotonic clock; 0 until known."""

    @property
    def gpu_start_time(self) -> float:
        """Seconds on a monotonic clock; 0 until known."""

    @property
    def gpu_end_time(self) -> float:
        """Seconds on a monotonic clock; 0 until known."""

    def push_debug_group(self, name: str) -> None: ...

    def pop_debug_group(self) -> None: ...

    def __repr__(self) -> str: ...

    @property
    def label(self) -> str:
        """The object's name in messages; any thread may set and read it."""

    @label.setter
    def label(self, arg: str, /) -> None: ...

class CommandEncoder:
    """What the encoders share. It belongs to the thread that made it."""

    @property
    def device(self) -> Device: ...

    def update_fence(self, fence: Fence) -> None:
        """
        Later encoders of the queue that wait for the fence run after this one.
        """

    def wait_for_fence(self, fence: Fence) -> None:
        """
        This encoder runs after the earlier ones of the queue that update the fence; where none does, at once.

        Raises ValidationError for a fence that an encoder of another queue updated last.
        """

    def end_encoding(self) -> None:
        """
        Ends the encoder: it takes no calls after it, and the command buffer may begin another.
        """

    def insert_debug_signpost(self, name: str) -> None: ...

    def push_debug_group(self, name: str) -> None: ...

    def pop_debug_group(self) -> None: ...

    def __exit__(self, type: object, value: object, traceback: object) -> None:
        """Ends the encoder; what an exception left in it is not checked."""

    @property
    def label(self) -> str:
        """The object's name in messages; any thread may set and read it."""

    @label.setter
    def label(self, arg: str, /) -> None: ...

class ComputeCommandEncoder(CommandEncoder):
    """
    Encodes the dispatches of kernels. A call that raises ValidationError leaves the encoder as it was.
    """

    def set_compute_pipeline_state(self, state: ComputePipelineState) -> None: ...

    def set_buffer(self, buffer: Buffer | None, offset: int, index: int) -> None:
        """
        Binds a buffer from `offset` bytes on to a slot, 0 to 31; None unbinds.
        """

    def set_buffers(self, buffers: Sequence[Buffer], offsets: Sequence[int], range: Range) -> None:
        """Binds buffers to the slots of a range."""

    def set_buffer_offset(self, offset: int, index: int) -> None:
        """Moves the offset of the buffer that is bound to the slot."""

    @overload
    def set_bytes(self, data: bytes | bytearray | memoryview | numpy.typing.NDArray[Any] | numpy.generic, index: int) -> None:
        """Copies up to 4096 bytes, which the kernel sees as a buffer."""

    @overload
    def set_bytes(self, data: bytes | bytearray | memoryview | numpy.typing.NDArray[Any] | numpy.generic, length: int, index: int) -> None: ...

    def set_threadgroup_memory_length(self, length: int, index: int) -> None:
        """
        Bytes of a `[[threadgroup(index)]]` argument, rounded up to a multiple of 16.
        """

    def dispatch_threads(self, threads_per_grid_w: int, threads_per_grid_h: int, threads_per_grid_d: int, threads_per_threadgroup_w: int, threads_per_threadgroup_h: int, threads_per_threadgroup_d: int) -> None:
        """
        Runs the kernel once for each thread of a grid; threadgroups at its edges may be smaller. An empty grid runs
        nothing.
        """

    def dispatch_threadgroups(self, threadgroups_per_grid_w: int, threadgroups_per_grid_h: int, threadgroups_per_grid_d: int, threads_per_threadgroup_w: int, threads_per_threadgroup_h: int, threads_per_threadgroup_d: int) -> None:
        """Runs whole threadgroups."""

    @property
    def dispatch_type(self) -> DispatchType: ...

    @overload
    def memory_barrier(self, scope: BarrierScope | int) -> None:
        """
        Commands after it begin when those before it have run; for concurrent encoders.
        """

    @overload
    def memory_barrier(self, resources: Sequence[Buffer]) -> None: ...

    def use_resource(self, resource: Buffer, usage: ResourceUsage | int) -> None:
        """
        Tells of a buffer that kernels reach by an address in memory: it is kept and ordered as if it were bound.
        """

    def use_resources(self, resources: Sequence[Buffer], usage: ResourceUsage | int) -> None: ...

    def __enter__(self) -> ComputeCommandEncoder: ...

class BlitCommandEncoder(CommandEncoder):
    """Encodes copies between resources."""

    def copy_from_buffer_to_buffer(self, source: Buffer, source_offset: int, destination: Buffer, destination_offset: int, size: int) -> None:
        """
        Copies `size` bytes between buffers; both ranges must lie inside them, and may overlap.
        """

    def copy_from_buffer(self, source: Buffer, source_offset: int, destination: Buffer, destination_offset: int, size: int) -> None:
        """
        Copies `size` bytes between buffers; both ranges must lie inside them, and may overlap.
        """

    def fill_buffer(self, buffer: Buffer, range: Range, value: int) -> None:
        """Sets each byte of the range to `value`, 0 to 255."""

    def synchronize_resource(self, resource: Buffer) -> None:
        """Makes what the device wrote to a managed buffer visible to the host."""

    def __enter__(self) -> BlitCommandEncoder: ...

class LogMessage:
    """One message that a shader has written with os_log."""

    @property
    def level(self) -> LogLevel: ...

    @property
    def subsystem(self) -> str:
        """That of the `os_log` object; empty for `os_log_default`."""

    @property
    def category(self) -> str:
        """That of the `os_log` object; empty for `os_log_default`."""

    @property
    def text(self) -> str: ...

    def __repr__(self) -> str: ...

def set_log_handler(handler: Callable[[LogMessage], object] | None) -> None:
    """
    Sets what receives the messages of shaders; None restores the default, Python's `logging`.

    It is called on the threads that run the kernels, before the command buffer completes, and must
    not wait for one. An exception that it raises goes to `sys.unraisablehook`.
    """

def close_interpreter() -> None:
    """Ends the calls of other threads into the interpreter; runs at exit."""

def live_objects() -> dict[str, int]:
    """
    The number of living C++ objects, by class. For tests that look for leaks.
    """
