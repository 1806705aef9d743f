// The sizes of a session; see sizes.ts. Bound first in every kernel that needs them.
struct Sizes {
  coefficients: u32, // n, of a slice
  planes: u32,       // J/2, pairs of directions
  lanes: u32,        // planes, padded to whole tiles
  tiles: u32,        // lanes / 64
  angles: u32,       // I/4, a quarter turn
  shifts: u32,       // S
  columns: u32,      // I/4 S, of an image
  pitch: u32,        // columns of a chunk of images, padded to whole tiles
  rows: u32,         // K, of the sorted coefficients
  partialRows: u32,  // rows of a partial sum of one product, padded to whole tiles
  groups: u32,       // G, partial sums
  chunk: u32,        // images at a time
  half: i32,         // the oversampled grid has gy, gz = -half..half
  height: u32,       // 2 half + 1
  width: u32,        // gx = -3..half
  reach: i32,        // largest |kx|, |ky|
  copies: u32,       // of the grid, that slices are spread over
  workBox: u32,      // M
  shells: u32,       // round(|k|) of the band, 0 counted
}
