// The asynchronous copies of a simdgroup, under the names that programs declare. Each lane copies its share at once;
// the wait is the barrier after which the others' shares are there.
//
// Their parameters, as programs that use them name them: size and alignment of an element in bytes; destination, its
// elements per row, the stride of an element, its tile (width, height); the same of the source; an offset into the
// source's tile; what stands beyond the source's tile (0: zeros, 1: its edge).
#include <metal_simdgroup>
#include <metal_simdgroup_event>

using namespace metal;

namespace {

// Copies one element, or clears it where there is no source.
template <class DestinationBytes, class SourceBytes>
void copy_element(DestinationBytes destination, SourceBytes source, ulong size) {
  for (ulong i = 0; i < size; ++i) destination[i] = source ? source[i] : uchar(0);
}

struct Share {
  ulong first;
  ulong step;
};

// Which elements this lane copies: those of its rank among the lanes that take part.
Share share() {
  ulong active = __mtl_simd_active();
  ulong below = active & ((1ul << __mtl_simd_lane()) - 1ul);
  return {ulong(popcount(below)), ulong(popcount(active))};
}

template <class DestinationBytes, class SourceBytes>
void copy_1d(ulong size, DestinationBytes destination, SourceBytes source, ulong count) {
  Share mine = share();
  for (ulong i = mine.first; i < count; i += mine.step)
    copy_element(destination + i * size, source + i * size, size);
}

template <class DestinationBytes, class SourceBytes>
void copy_2d(ulong size, DestinationBytes destination, ulong destination_row, ulong destination_stride,
             ulong2 destination_tile, SourceBytes source, ulong source_row, ulong source_stride, ulong2 source_tile,
             long2 offset, bool clamps_to_edge, bool fills) {
  Share mine = share();
  for (ulong i = mine.first; i < destination_tile.x * destination_tile.y; i += mine.step) {
    long column = long(i % destination_tile.x) + offset.x;
    long row = long(i / destination_tile.x) + offset.y;
    DestinationBytes to =
        destination + ((i / destination_tile.x) * destination_row + (i % destination_tile.x) * destination_stride) * size;
    bool is_inside = column >= 0 && row >= 0 && column < long(source_tile.x) && row < long(source_tile.y);
    if (!is_inside && !fills) continue;
    if (clamps_to_edge && source_tile.x > 0 && source_tile.y > 0) {
      column = clamp(column, 0l, long(source_tile.x) - 1l);
      row = clamp(row, 0l, long(source_tile.y) - 1l);
      is_inside = true;
    }
    SourceBytes from = source + (ulong(row) * source_row + ulong(column) * source_stride) * size;
    copy_element(to, is_inside ? from : SourceBytes(nullptr), size);
  }
}

} // namespace

__attribute__((convergent)) thread _simdgroup_event_t *__metal_simdgroup_async_copy_1d(
    ulong size, ulong, threadgroup void *destination, const device void *source, ulong count) {
  copy_1d(size, (threadgroup uchar *)destination, (const device uchar *)source, count);
  return nullptr;
}
__attribute__((convergent)) thread _simdgroup_event_t *__metal_simdgroup_async_copy_1d(
    ulong size, ulong, device void *destination, const threadgroup void *source, ulong count) {
  copy_1d(size, (device uchar *)destination, (const threadgroup uchar *)source, count);
  return nullptr;
}

// Into threadgroup memory, the whole tile of the destination is written.
__attribute__((convergent)) thread _simdgroup_event_t *__metal_simdgroup_async_copy_2d(
    ulong size, ulong, threadgroup void *destination, ulong destination_row, ulong destination_stride,
    ulong2 destination_tile, const device void *source, ulong source_row, ulong source_stride, ulong2 source_tile,
    long2 offset, int clamp_mode) {
  copy_2d(size, (threadgroup uchar *)destination, destination_row, destination_stride, destination_tile,
          (const device uchar *)source, source_row, source_stride, source_tile, offset, clamp_mode == 1, true);
  return nullptr;
}
// Into device memory, only what the source's tile holds.
__attribute__((convergent)) thread _simdgroup_event_t *__metal_simdgroup_async_copy_2d(
    ulong size, ulong, device void *destination, ulong destination_row, ulong destination_stride,
    ulong2 destination_tile, const threadgroup void *source, ulong source_row, ulong source_stride, ulong2 source_tile,
    long2 offset, int) {
  copy_2d(size, (device uchar *)destination, destination_row, destination_stride, destination_tile,
          (const threadgroup uchar *)source, source_row, source_stride, source_tile, offset, false, false);
  return nullptr;
}

__attribute__((convergent)) void __metal_wait_simdgroup_events(int, thread _simdgroup_event_t **) {
  __mtl_simdgroup_barrier(3);
}
