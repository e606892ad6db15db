"""The compiled part of PyMetal."""

from collections.abc import Iterator, Mapping, Sequence
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

class MathMode(enum.IntEnum):
    """How freely the compiler treats floating point."""

    Safe = 0

    Relaxed = 1

    Fast = 2

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

class Binding:
    """One argument that a program binds."""

    @property
    def name(self) -> str: ...

    @property
    def type(self) -> BindingType:
        """A buffer or threadgroup memory."""

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
    def is_optional(self) -> bool:
        """It need not be bound."""

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
        """The buffers and threadgroup memory that it takes."""

    @property
    def arguments(self) -> list[Binding]:
        """The same, by its older name."""

class CompileOptions:
    """How a library is compiled from source."""

    def __init__(self, preprocessor_macros: Mapping[str, str] = {}, math_mode: MathMode = MathMode.Fast, language_version: LanguageVersion = LanguageVersion.Version3_1) -> None: ...

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

    def new_command_queue(self) -> CommandQueue: ...

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

    def new_library_with_source(self, source: str, options: CompileOptions = ..., include_paths: Sequence[str] = ()) -> Library:
        """
        Compiles MSL.

        Raises CompileError, whose `diagnostics` lists what is wrong.
        """

    def new_library_with_file(self, path: str | os.PathLike[str], options: CompileOptions | None = None, include_paths: Sequence[str] = ()) -> Library:
        """
        Compiles a file of MSL; `#include` also searches its folder.

        Raises ResourceError where the file cannot be read, CompileError where it is wrong.
        """

    def new_compute_pipeline_state(self, function: Function) -> ComputePipelineState:
        """
        Makes code of a kernel.

        Raises ValidationError for a function of another device, PipelineError where
        no code can be made.
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
    """Compiled MSL. Immutable; may be used from any thread."""

    @property
    def device(self) -> Device: ...

    @property
    def function_names(self) -> list[str]: ...

    @property
    def warnings(self) -> list[CompileDiagnostic]:
        """What the compiler warned of."""

    def new_function(self, name: str, constant_values: FunctionConstantValues = ...) -> Function:
        """
        The function of that name, with values for its function constants.

        Raises ResourceError, which names similar functions, where there is none, and ValidationError where a
        constant that it needs has no value.
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

class CommandQueue:
    """
    Runs its command buffers in the order of their commits. May be used from any thread.
    """

    @property
    def device(self) -> Device: ...

    def command_buffer(self) -> CommandBuffer:
        """A new, empty command buffer."""

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
    A list of commands that a queue runs as one. Encoding belongs to one thread at a
    time; `commit`, the waits, `status`, `error` and `label` to any.
    """

    @property
    def device(self) -> Device: ...

    @property
    def command_queue(self) -> CommandQueue: ...

    @property
    def status(self) -> CommandBufferStatus: ...

    @property
    def error(self) -> CommandBufferFailure | None:
        """Set when the status is Error, None otherwise."""

    def compute_command_encoder(self) -> ComputeCommandEncoder:
        """
        Begins to encode dispatches.

        Raises ValidationError while another encoder is open and after `commit()`.
        """

    def blit_command_encoder(self) -> BlitCommandEncoder:
        """
        Begins to encode copies.

        Raises ValidationError while another encoder is open and after `commit()`.
        """

    def enqueue(self) -> None:
        """Takes its place in the queue's order before it is committed."""

    def commit(self) -> None:
        """
        Hands the commands to the queue and returns at once.

        Raises ValidationError while an encoder is open, and when called twice.
        """

    def wait_until_completed(self) -> None:
        """
        Blocks until the commands have run. Other Python threads run meanwhile, and Ctrl-C interrupts.

        Raises ValidationError before `commit()`. A failure is in `error`.
        """

    def wait_until_scheduled(self) -> None:
        """
        Blocks until the queue begins to run the commands.

        Raises ValidationError before `commit()`.
        """

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

    def end_encoding(self) -> None:
        """
        Ends the encoder: it takes no calls after it, and the command buffer may begin another.
        """

    def insert_debug_signpost(self, name: str) -> None: ...

    def push_debug_group(self, name: str) -> None: ...

    def pop_debug_group(self) -> None: ...

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
        """Bytes of a `[[threadgroup(index)]]` argument, a multiple of 16."""

    def dispatch_threads(self, threads_per_grid_w: int, threads_per_grid_h: int, threads_per_grid_d: int, threads_per_threadgroup_w: int, threads_per_threadgroup_h: int, threads_per_threadgroup_d: int) -> None:
        """
        Runs the kernel once for each thread of a grid; threadgroups at its edges may be smaller.
        """

    def dispatch_threadgroups(self, threadgroups_per_grid_w: int, threadgroups_per_grid_h: int, threadgroups_per_grid_d: int, threads_per_threadgroup_w: int, threads_per_threadgroup_h: int, threads_per_threadgroup_d: int) -> None:
        """Runs whole threadgroups."""

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

def live_objects() -> dict[str, int]:
    """
    The number of living C++ objects, by class. For tests that look for leaks.
    """
