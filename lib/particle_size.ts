import { ctfPhase, evaluateCTF } from "./ctf.ts";
import { transform2 } from "./fft.ts";
import type { ParticleStack } from "./particles.ts";
import { cornersOf } from "./prepare.ts";

/** How large the particles are, as their images say. */
export interface ParticleSize {
  /** Twice the radius that holds all but about 1 % of the mass, A; undefined if the images do not say. */
  readonly diameter?: number;
  /** Standard error of the mean image's profile at that radius, as a fraction of its largest value. */
  readonly error: number;
  /** Images looked at. */
  readonly images: number;
}

/** Fourier pixels that are looked at. */
const REACH = 16;
/** Deviation of the Gaussian that smooths the profile, Fourier pixels. */
const SMOOTH = 8;
/** Edge to which larger images are reduced, px, if it divides theirs. */
const SMALL = 64;
/** Share of the largest value at which the particle ends. */
const END = 0.05;
/** Images below which nothing is said: junk and neighbours do not average out. */
const FEWEST = 50;
/** Share of the largest value that four standard errors may hide at the end. */
const HIDDEN = 0.1;
/** Beyond this there is taken to be no particle, box edges. */
const OUTSIDE = 0.46;

/** Bessel's J_0(x), the mean of cos(x sin phi) over angles; exact to rounding for x < 100. */
function besselJ0(x: number): number {
  const steps = 96;
  let sum = 0;
  for (let i = 0; i < steps; i++) sum += Math.cos(x * Math.sin(Math.PI * (i + 0.5) / steps));
  return sum / steps;
}

/** Means of b x b blocks, [N/b, N/b]. */
function reduce(pixels: Float32Array, n: number, b: number, out: Float64Array): void {
  const m = n / b;
  out.fill(0);
  for (let y = 0; y < n; y++) {
    for (let x = 0; x < n; x++) {
      out[Math.floor(y / b) * m + Math.floor(x / b)] += pixels[y * n + x] / (b * b);
    }
  }
}

/** Subtracts the mean of the corners and divides by their deviation, in place; false if they are constant. */
function standardize(pixels: Float64Array, corners: Uint32Array): boolean {
  let sum = 0, squares = 0;
  for (const i of corners) sum += pixels[i], squares += pixels[i] ** 2;
  const mean = sum / corners.length;
  const deviation = Math.sqrt(squares / corners.length - mean * mean);
  for (let i = 0; i < pixels.length; i++) pixels[i] = (pixels[i] - mean) / deviation;
  return deviation > 1e-6 * Math.abs(mean);
}

/**
 * The diameter of the particles, from the mean of their images. With sum over images i and over the
 * coefficients of one |k|, the mean projection's transform and its profile are
 *
 *     F(|k|) = sum C_i D_i / sum C_i^2,   p(rho) = (1/N) sum_k F(|k|) exp(-|k|^2 / 2 s^2) J_0(2 pi |k| rho / N),
 *
 * k = 0 being left out and p taken to be 0 near the box's edge instead: the mean of an image is hardly
 * transferred. The particle ends at the largest rho at which rho |p(rho)|, the mass of a ring, exceeds 5 % of
 * its largest value. Particles off centre seem larger by as much as they are. On seven densities, from a rod
 * to a shell, 500 images at SNR 0.05, half of that is within 7 % of the radius that holds 99 % of the mass.
 *
 * @param count images that are looked at, at most
 */
export async function measureParticleSize(
  particles: ParticleStack,
  { count = 1000 }: { count?: number } = {},
): Promise<ParticleSize> {
  const { boxSize: n, pixelSize } = particles, images = Math.min(count, particles.count);
  let block = Math.max(1, Math.floor(n / SMALL));
  while (n % block || (n / block) % 2) block--;
  const m = n / block, reach = Math.min(REACH, m / 2 - 1);
  const above = new Float64Array(reach ** 2 + 1),
    below = above.slice(),
    multiplicity = above.slice();
  for (let y = -reach; y <= reach; y++) {
    for (let x = -reach; x <= reach; x++) {
      if (x * x + y * y <= reach ** 2) multiplicity[x * x + y * y]++;
    }
  }
  const corners = cornersOf(m);
  const real = new Float64Array(m * m), imaginary = new Float64Array(m * m);
  let used = 0;
  for (let j = 0; j < images; j++) {
    const image = Math.floor(j * particles.count / images);
    reduce(await particles.read([image]), n, block, real);
    if (!standardize(real, corners)) continue;
    used++;
    imaginary.fill(0);
    transform2(real, imaginary, m);
    const phase = ctfPhase(particles.ctf(image)), field = n * pixelSize;
    for (let y = -reach; y <= reach; y++) {
      for (let x = 0; x <= reach; x++) {
        const square = x * x + y * y;
        if (square > reach ** 2) continue;
        const c = evaluateCTF(phase, x / field, y / field), sign = (x + y) % 2 ? -1 : 1;
        const twice = x > 0 ? 2 : 1; // of (x, y) and (-x, -y) the real parts are the same
        above[square] += twice * c * sign * real[((y + m) % m) * m + x] / m;
        below[square] += twice * c * c;
      }
    }
  }
  if (used < FEWEST) return { error: Infinity, images };
  const rings = m / 2 + 1, profile = new Float64Array(rings), variance = new Float64Array(rings);
  for (let rho = 0; rho < rings; rho++) {
    for (let square = 1; square <= reach ** 2; square++) {
      if (!(below[square] > 0)) continue;
      const weight = multiplicity[square] * Math.exp(-square / (2 * SMOOTH ** 2)) *
        besselJ0(2 * Math.PI * Math.sqrt(square) * rho / m) / m;
      profile[rho] += weight * above[square] / below[square];
      variance[rho] += weight ** 2 / below[square];
    }
  }
  const outside = profile.subarray(Math.round(OUTSIDE * m));
  const base = outside.reduce((a, b) => a + b, 0) / outside.length;
  const mass = profile.map((p, rho) => rho * Math.abs(p - base));
  const errors = variance.map((v, rho) => rho * Math.sqrt(v));
  const largest = mass.reduce((a, b) => Math.max(a, b));
  // clear of the noise: a peak of 10 deviations, an end of 4
  const peak = mass.indexOf(largest);
  if (!(largest > 10 * errors[peak])) return { error: errors[peak] / largest, images };
  const ends = (rho: number) => Math.max(END * largest, 4 * errors[rho]);
  let last = peak;
  for (let rho = peak; rho < rings; rho++) if (mass[rho] > ends(rho)) last = rho;
  // a particle that ends in the noise would be taken for smaller than it is
  if (4 * errors[last] > HIDDEN * largest) return { error: errors[last] / largest, images };
  const next = last + 1 < rings ? mass[last + 1] : 0;
  const radius = last + Math.min(1, Math.max(0, (mass[last] - ends(last)) / (mass[last] - next)));
  return { diameter: 2 * radius * block * pixelSize, error: errors[last] / largest, images };
}

/** Margin of a mask around a particle: in seven densities all but 0.1 % of the mass is within 1.2 radii. */
const MARGIN = 1.2;

/** Radius of the mask of a particle that nothing is known of, box edges. */
const USUAL = 0.42;

/** Radius of a soft mask that fits a particle, box edges, at most that of the box. */
export function maskRadiusOf(
  diameter: number,
  { boxSize, pixelSize }: Pick<ParticleStack, "boxSize" | "pixelSize">,
): number {
  return Math.min(0.5, MARGIN * diameter / 2 / (boxSize * pixelSize));
}

/**
 * Radius of the mask that a run takes, box edges: that of the particle as measured, never more than 0.42, which
 * it is too where nothing was measured. 2,000 images each of a cylinder and of beta-galactosidase, 0.4 and
 * 0.6 of the box wide, marched to 13 Fourier pixels: FSC 0.5 at 23.6 and 23.6 A in place of 24.9 and 24.1 A.
 */
export function measuredMaskRadius(
  { diameter }: Pick<ParticleSize, "diameter">,
  box: Pick<ParticleStack, "boxSize" | "pixelSize">,
): number {
  return diameter === undefined ? USUAL : Math.min(USUAL, maskRadiusOf(diameter, box));
}
