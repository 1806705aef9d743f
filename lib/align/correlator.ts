/** Shifts are tried in steps of 1/STEPS of the box, from -REACH to REACH steps on each axis. */
const STEPS = 16, REACH = 3;

/** The best of all shifts for one cross spectrum. */
export interface BestShift {
  /** max over s of Re sum_k Q(k) exp(-2 pi i k.s / N). */
  readonly score: number;
  /** (x, y, z) of that s, box edges. */
  readonly shift: Float64Array;
}

/**
 * Makes the function that finds the best of all shifts for one cross spectrum Q,
 * max over s of Re sum_k Q(k) exp(-2 pi i k.s / N), one axis after the other.
 *
 * Along an axis a line q(k) gives the shifts +j and -j together: with C = sum q cos and S = sum q sin of
 * 2 pi k j / STEPS, they are C - iS and C + iS; and C needs only q(k) + q(-k), S only q(k) - q(-k).
 *
 * The function takes Re Q and Im Q, [2 shells + 1, 2 shells + 1, shells + 1] as [kz, ky, kx], kz and ky
 * from -shells on; 0 beyond |k| = shells + 1/2, and on the plane kx = 0 half of each of a pair.
 *
 * @param shells last shell
 */
export function createCorrelator(shells: number) {
  const side = 2 * shells + 1, row = shells + 1, shifts = 2 * REACH + 1;
  const cos = new Float64Array((REACH + 1) * row), sin = new Float64Array((REACH + 1) * row);
  for (let j = 0; j <= REACH; j++) {
    for (let k = 0; k <= shells; k++) {
      cos[j * row + k] = Math.cos(2 * Math.PI * k * j / STEPS);
      sin[j * row + k] = Math.sin(2 * Math.PI * k * j / STEPS);
    }
  }
  const evenReal = new Float64Array(row), evenImaginary = new Float64Array(row);
  const oddReal = new Float64Array(row), oddImaginary = new Float64Array(row);
  /** A line's sums and differences of q(k) and q(-k), q(0) in the middle, at `middle`. */
  const fold = (re: Float64Array, im: Float64Array, middle: number) => {
    evenReal[0] = re[middle], evenImaginary[0] = im[middle];
    oddReal[0] = oddImaginary[0] = 0;
    for (let k = 1; k <= shells; k++) {
      evenReal[k] = re[middle + k] + re[middle - k];
      evenImaginary[k] = im[middle + k] + im[middle - k];
      oddReal[k] = re[middle + k] - re[middle - k];
      oddImaginary[k] = im[middle + k] - im[middle - k];
    }
  };
  /** The folded line, 0 beyond `last`, at all shifts; shift j at `middle + j stride`. */
  const shift = (
    re: Float64Array,
    im: Float64Array,
    middle: number,
    stride: number,
    last: number,
  ) => {
    for (let j = 0; j <= REACH; j++) {
      let a = 0, b = 0, c = 0, d = 0;
      for (let k = 0, p = j * row; k <= last; k++, p++) {
        a += evenReal[k] * cos[p];
        b += evenImaginary[k] * cos[p];
        c += oddReal[k] * sin[p];
        d += oddImaginary[k] * sin[p];
      }
      re[middle + j * stride] = a + d, im[middle + j * stride] = b - c;
      re[middle - j * stride] = a - d, im[middle - j * stride] = b + c;
    }
  };
  // Last kx with round(|k|) <= shells, or -1, of each [kz, ky].
  const lastOf = Int32Array.from({ length: side * side }, (_, i) => {
    const square = (shells + 0.5) ** 2 - (i % side - shells) ** 2 -
      (Math.floor(i / side) - shells) ** 2;
    return square < 0 ? -1 : Math.floor(Math.sqrt(square));
  });
  // [kz, shift x, ky], then [shift y, shift x, kz], then [shift z].
  const ar = new Float64Array(side * shifts * side), ai = new Float64Array(ar.length);
  const br = new Float64Array(shifts * shifts * side), bi = new Float64Array(br.length);
  const cr = new Float64Array(shifts), ci = new Float64Array(shifts);
  return (qr: Float64Array, qi: Float64Array): BestShift => {
    for (let z = 0; z < side; z++) {
      for (let y = 0; y < side; y++) {
        // The ball ends at the last kx of this row. Its mates q(-k) are not among the coefficients.
        const last = lastOf[z * side + y];
        for (let x = 0, from = (z * side + y) * row; x <= last; x++, from++) {
          evenReal[x] = oddReal[x] = qr[from], evenImaginary[x] = oddImaginary[x] = qi[from];
        }
        shift(ar, ai, (z * shifts + REACH) * side + y, side, last);
      }
      for (let j = 0; j < shifts; j++) {
        fold(ar, ai, (z * shifts + j) * side + shells);
        shift(br, bi, (REACH * shifts + j) * side + z, shifts * side, lastOf[z * side + shells]);
      }
    }
    let score = -Infinity, at = 0;
    for (let ij = 0; ij < shifts * shifts; ij++) {
      fold(br, bi, ij * side + shells);
      shift(cr, ci, REACH, 1, shells);
      for (let h = 0; h < shifts; h++) {
        if (cr[h] > score) score = cr[h], at = h * shifts * shifts + ij;
      }
    }
    const steps = [at % shifts, Math.floor(at / shifts) % shifts, Math.floor(at / shifts ** 2)];
    return { score, shift: Float64Array.from(steps, (step) => (step - REACH) / STEPS) };
  };
}
