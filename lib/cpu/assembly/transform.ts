// What stands between the matrix products of a separable Fourier transform.
import { timesI } from "./simd";

/** target = i source, interleaved complex; count floats, a multiple of 4. */
export function multiplyByI(source: usize, target: usize, count: i32): void {
  for (let at: usize = 0; at < <usize>count << 2; at += 16) {
    v128.store(target + at, timesI(v128.load(source + at)));
  }
}

/** The adjoint of x -> (x, i x): target = source - i mate; count floats, a multiple of 4. */
export function foldI(source: usize, mate: usize, target: usize, count: i32): void {
  for (let at: usize = 0; at < <usize>count << 2; at += 16) {
    v128.store(target + at, f32x4.sub(v128.load(source + at), timesI(v128.load(mate + at))));
  }
}
