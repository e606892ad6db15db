"""Writes the header that defines the texture types, each with the member functions that Metal gives it.

Usage: python3 generate_texture.py OUTPUT_PATH
"""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Iterator
from pathlib import Path

HEADER = """\
// Defines the texture types. Written by generate_texture.py.
#ifndef MTL_TEXTURE_GENERATED_H
#define MTL_TEXTURE_GENERATED_H

#define MTL_SAMPLES __attribute__((enable_if(A == access::sample, "the texture is not declared access::sample")))
#define MTL_READS __attribute__((enable_if(A != access::write, "the texture is declared access::write")))
#define MTL_WRITES                                                           \\
  __attribute__((enable_if(A == access::write || A == access::read_write,    \\
                           "the texture is declared neither access::write nor access::read_write")))
#define MTL_SHARES __attribute__((enable_if(A == access::read_write, "the texture is not declared access::read_write")))
#define MTL_TEXTURE_FUNC __attribute__((__always_inline__))
#define MTL_TEXTURE_QUAD_FUNC __attribute__((__always_inline__, convergent))

namespace metal {
"""

FOOTER = """\
}  // namespace metal

#undef MTL_TEXTURE_QUAD_FUNC
#undef MTL_TEXTURE_FUNC
#undef MTL_SHARES
#undef MTL_WRITES
#undef MTL_READS
#undef MTL_SAMPLES

#endif
"""

ATOMICS = {
    "atomic_exchange": "atomic_exchange",
    "atomic_fetch_add": "atomic_add",
    "atomic_fetch_sub": "atomic_sub",
    "atomic_fetch_and": "atomic_and",
    "atomic_fetch_or": "atomic_or",
    "atomic_fetch_xor": "atomic_xor",
    "atomic_fetch_min": "atomic_min",
    "atomic_fetch_max": "atomic_max",
}


@dataclasses.dataclass(frozen=True)
class TextureType:
    """One texture type. `value` is that of the API's enumeration; `size` counts the components of a texel's position."""

    name: str
    value: int
    size: int
    is_array: bool = False
    is_cube: bool = False
    is_multisample: bool = False

    @property
    def is_buffer(self) -> bool:
        return self.name == "texture_buffer"

    @property
    def is_depth(self) -> bool:
        return self.name.startswith("depth")

    @property
    def is_sampled(self) -> bool:
        return not self.is_multisample and not self.is_buffer

    @property
    def default_access(self) -> str:
        return "sample" if self.is_sampled else "read"

    @property
    def coordinates(self) -> str:
        size = 3 if self.is_cube else self.size
        return f"float{size}" if size > 1 else "float"

    @property
    def gradient(self) -> str:
        return "gradientcube" if self.is_cube else f"gradient{max(self.size, 2)}d"

    @property
    def offset(self) -> str:
        """The type of offsets in texels, or nothing where there are none."""
        return "" if self.is_cube or self.size == 1 else f"int{self.size}"


TYPES = (
    TextureType("texture1d", 0, 1),
    TextureType("texture1d_array", 1, 1, is_array=True),
    TextureType("texture2d", 2, 2),
    TextureType("texture2d_array", 3, 2, is_array=True),
    TextureType("texture2d_ms", 4, 2, is_multisample=True),
    TextureType("texture2d_ms_array", 8, 2, is_array=True, is_multisample=True),
    TextureType("texture3d", 7, 3),
    TextureType("texturecube", 5, 2, is_cube=True),
    TextureType("texturecube_array", 6, 2, is_array=True, is_cube=True),
    TextureType("texture_buffer", 9, 1),
    TextureType("depth2d", 16 + 2, 2),
    TextureType("depth2d_array", 16 + 3, 2, is_array=True),
    TextureType("depth2d_ms", 16 + 4, 2, is_multisample=True),
    TextureType("depth2d_ms_array", 16 + 8, 2, is_array=True, is_multisample=True),
    TextureType("depthcube", 16 + 5, 2, is_cube=True),
    TextureType("depthcube_array", 16 + 6, 2, is_array=True, is_cube=True),
)


def sampling(texture: TextureType) -> Iterator[str]:
    """sample, sample_compare, gather, gather_compare and the levels of detail."""
    start = f"sampler s, {texture.coordinates} coord" + (", uint array" if texture.is_array else "")
    layer = "array" if texture.is_array else "0"
    offset = f", {texture.offset} offset = {texture.offset}(0)" if texture.offset else ""
    place = f"{{__mtl::coordinates(coord), {layer}, __mtl::texel_offset({'offset' if offset else '0'})}}"
    lod = f"__mtl::lod<{texture.gradient}>"
    clampable = f"__mtl::clampable_lod<{texture.gradient}>"
    options = [("", f"{lod}()")]
    if texture.size > 1:
        options += [
            (f", {lod} options", "options"),
            (f", {clampable} options, min_lod_clamp limit", "options.clamped(limit)"),
        ]
    for parameters, value in options:
        if texture.is_depth:
            yield (
                f"MTL_SAMPLES MTL_TEXTURE_QUAD_FUNC T sample({start}{parameters}{offset}) const "
                f"{{ return __mtl::sample<T>(id(), s, {place}, {lod}({value})).x; }}"
            )
            yield (
                f"MTL_SAMPLES MTL_TEXTURE_QUAD_FUNC T sample_compare({start}, float compare_value{parameters}{offset}) "
                f"const {{ return __mtl::sample_compare(id(), s, {place}, compare_value, {lod}({value})); }}"
            )
        else:
            yield (
                f"MTL_SAMPLES MTL_TEXTURE_QUAD_FUNC vec<T, 4> sample({start}{parameters}{offset}) const "
                f"{{ return __mtl::sample<T>(id(), s, {place}, {lod}({value})); }}"
            )
    if texture.size == 2:
        chosen = "" if texture.is_depth else ", component c = component::x"
        yield (
            f"MTL_SAMPLES MTL_TEXTURE_FUNC vec<T, 4> gather({start}{offset}{chosen}) const "
            f"{{ return __mtl::gather<T>(id(), s, {place}, {'c' if chosen else 'component::x'}); }}"
        )
    if texture.is_depth:
        yield (
            f"MTL_SAMPLES MTL_TEXTURE_FUNC vec<T, 4> gather_compare({start}, float compare_value{offset}) const "
            f"{{ return __mtl::gather_compare(id(), s, {place}, compare_value); }}"
        )
    if texture.size > 1:
        for name, clamped in (("calculate_clamped_lod", "true"), ("calculate_unclamped_lod", "false")):
            yield (
                f"MTL_SAMPLES MTL_TEXTURE_QUAD_FUNC float {name}(sampler s, {texture.coordinates} coord) const "
                f"{{ return __mtl_texture_level_of_detail(__mtl_handle, s.__mtl_bits, type, "
                f"__mtl::coordinates(coord), {clamped}); }}"
            )


def positions(texture: TextureType) -> Iterator[tuple[str, str, str]]:
    """The parameters that name a texel, for positions of 32 and of 16 bits; its place without a level; the integer."""
    for integer in ("uint", "ushort"):
        if texture.size == 1 and integer == "ushort":
            continue  # It converts to uint anyway, and a literal would fit both.
        vector = integer if texture.size == 1 else f"{integer}{texture.size}"
        parameters = f"{vector} coord"
        layer = "0"
        if texture.is_cube:
            parameters += f", {integer} face"
            layer = "face"
        if texture.is_array:
            parameters += f", {integer} array"
            layer = "array * 6u + face" if texture.is_cube else "array"
        position = "coord" if integer == "uint" else f"uint{texture.size}(coord)"
        yield parameters, f"{position}, {layer}", integer


def texel_access(texture: TextureType) -> Iterator[str]:
    """read and write."""
    result, component = ("T", ".x") if texture.is_depth else ("vec<T, 4>", "")
    for parameters, place, integer in positions(texture):
        if texture.is_multisample:
            last, rest = f", {integer} sample", f"{place}, 0, sample"
        elif texture.is_buffer:
            last, rest = "", f"{place}, 0, 0"
        else:
            last, rest = f", {integer} lod = 0", f"{place}, lod, 0"
        yield (
            f"MTL_READS MTL_TEXTURE_FUNC {result} read({parameters}{last}) const "
            f"{{ return __mtl::read<T>(id(), __mtl::place({rest})){component}; }}"
        )
        if not texture.is_multisample and not texture.is_depth:
            yield (
                f"MTL_WRITES MTL_TEXTURE_FUNC void write(vec<T, 4> color, {parameters}{last}) const "
                f"{{ __mtl::write<T>(id(), __mtl::place({rest}), color); }}"
            )


def atomics(texture: TextureType) -> Iterator[str]:
    """The atomic functions, of which one exists where the component type has it."""
    for parameters, place, _ in positions(texture):
        texel = f"__mtl::place({place}, 0, 0)"
        yield (
            f"MTL_READS MTL_TEXTURE_FUNC vec<T, 4> atomic_load({parameters}) const "
            f"{{ return __mtl::read<T>(id(), {texel}); }}"
        )
        yield (
            f"MTL_SHARES MTL_TEXTURE_FUNC void atomic_store(vec<T, 4> color, {parameters}) const "
            f"{{ __mtl::atomic_exchange<T>(id(), {texel}, color); }}"
        )
        for name, function in ATOMICS.items():
            yield (
                f"MTL_SHARES MTL_TEXTURE_FUNC vec<T, 4> {name}({parameters}, vec<T, 4> value) const "
                f"{{ return __mtl::{function}<T>(id(), {texel}, value); }}"
            )
        for name in ("atomic_min", "atomic_max"):
            yield (
                f"MTL_SHARES MTL_TEXTURE_FUNC void {name}({parameters}, vec<T, 4> value) const "
                f"{{ __mtl::{name}<T>(id(), {texel}, value); }}"
            )
        yield (
            f"MTL_SHARES MTL_TEXTURE_FUNC bool atomic_compare_exchange_weak({parameters}, __private vec<T, 4> *expected, "
            f"vec<T, 4> desired) const "
            f"{{ return __mtl::atomic_compare_exchange<T>(id(), {texel}, expected, desired); }}"
        )


def queries(texture: TextureType) -> Iterator[str]:
    """The sizes."""
    names = ["width", "height", "depth"][: texture.size]
    for name in names:
        lod, value = ("", "0") if texture.is_multisample or texture.is_buffer else ("uint lod = 0", "lod")
        yield f"MTL_TEXTURE_FUNC uint get_{name}({lod}) const {{ return __mtl_texture_{name}(__mtl_handle, {value}); }}"
    if texture.is_array:
        yield "MTL_TEXTURE_FUNC uint get_array_size() const { return __mtl_texture_array_length(__mtl_handle); }"
    if texture.is_multisample:
        yield "MTL_TEXTURE_FUNC uint get_num_samples() const { return __mtl_texture_sample_count(__mtl_handle); }"
    elif not texture.is_buffer:
        yield "MTL_TEXTURE_FUNC uint get_num_mip_levels() const { return __mtl_texture_level_count(__mtl_handle); }"


def texture_class(texture: TextureType) -> Iterator[str]:
    """The class of one texture type. Its handle is what argument buffers hold as well."""
    yield (
        f"template <class T, access A = access::{texture.default_access}, "
        f"memory_coherence C = memory_coherence_threadgroup>\nstruct {texture.name} {{"
    )
    yield "ulong __mtl_handle;"
    yield f"static constexpr const uint type = {texture.value};"
    yield "__mtl::texture_id id() const { return {__mtl_handle, type}; }"
    if texture.is_sampled:
        yield from sampling(texture)
    yield from texel_access(texture)
    if not texture.is_multisample and not texture.is_depth:
        yield from atomics(texture)
        yield "MTL_SHARES MTL_TEXTURE_FUNC void fence() const { __mtl_texture_fence(__mtl_handle); }"
    yield from queries(texture)
    yield "};"


def generate() -> str:
    """The text of the header."""
    lines = [HEADER]
    for texture in TYPES:
        lines += texture_class(texture)
    lines.append(FOOTER)
    return "\n".join(lines)


def main() -> None:
    """Writes the header to the path given on the command line."""
    if len(sys.argv) != 2:
        sys.exit("usage: generate_texture.py OUTPUT_PATH")
    Path(sys.argv[1]).write_text(generate(), encoding="utf-8")


if __name__ == "__main__":
    main()
