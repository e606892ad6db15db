// What a simdgroup function may rely on: how its lanes lie in the threadgroup.
#pragma once

namespace pymetal::lowering {

/// A kernel is compiled for each layout that its dispatches need.
struct ThreadLayout {
  /// All lanes of a simdgroup lie in one row of the threadgroup, one after the other: x grows by 1 from lane to lane,
  /// y and z are the same in all. So it is where rows are multiples of the simdgroup's width, or the only row.
  bool in_rows = true;
  /// Every lane is a thread; otherwise a mask tells which are.
  bool is_full = true;
  /// The threadgroup is one row, in which the simdgroups follow each other.
  bool is_one_row = false;
  /// Where simdgroups do not lie in rows: 8 or 16 if each is made of whole rows of so many lanes, one below the other,
  /// with z the same in all; otherwise 0.
  unsigned short_row = 0;
};

}  // namespace pymetal::lowering
