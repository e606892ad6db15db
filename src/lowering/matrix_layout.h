// Where the elements of an 8x8 simdgroup matrix lie among the lanes; metal_simdgroup_matrix has the same layout. Free
// of LLVM.
#pragma once

namespace pymetal::lowering {

inline constexpr unsigned kMatrixSize = 8;

/// A lane holds two neighbours of one row: the row, and the column of the first.
constexpr unsigned matrix_row(unsigned lane) { return (lane >> 2 & 4) | (lane >> 1 & 3); }
constexpr unsigned matrix_column(unsigned lane) { return (lane >> 1 & 4) | (lane << 1 & 2); }

}  // namespace pymetal::lowering
