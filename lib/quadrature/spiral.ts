import type { SphereRule } from "./lebedev.ts";

/**
 * Equal-weight spiral of Saff & Kuijlaars (Math. Intelligencer 19:5, 1997) on the upper half sphere,
 * with the antipode of each of its points: h_k = 1 - 2k/(n-1), phi_k = phi_(k-1) + 3.6/sqrt(n(1-h^2)).
 *
 * @param count n, number of points; rounded up to even
 */
export function spiral(count: number): SphereRule {
  const half = Math.max(1, Math.ceil(count / 2)), n = 2 * half;
  const points = new Float64Array(3 * n);
  let phi = 0;
  for (let k = 0; k < half; k++) {
    const h = 1 - 2 * k / (n - 1), s = Math.sqrt(1 - h * h);
    if (k > 0) phi = (phi + 3.6 / Math.sqrt(n * (1 - h * h))) % (2 * Math.PI);
    const point = [s * Math.cos(phi), s * Math.sin(phi), h];
    for (let a = 0; a < 3; a++) {
      points[3 * k + a] = point[a];
      points[3 * (k + half) + a] = -point[a];
    }
  }
  return { points, weights: new Float64Array(n).fill(1 / n) };
}
