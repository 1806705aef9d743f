/**
 * The contrast transfer function of one particle image, in RELION's convention and units.
 *
 * Positive defocus is underfocus. CTF(0) = +amplitudeContrast: particles are white, density positive.
 */
export interface CTF {
  /** Defocus along the major axis, A. */
  readonly defocusU: number;
  /** Defocus along the minor axis, A. */
  readonly defocusV: number;
  /** Angle of the major axis from x, degrees. */
  readonly defocusAngle: number;
  /** Acceleration voltage, kV. */
  readonly voltage: number;
  /** Cs, mm. */
  readonly sphericalAberration: number;
  /** Q0, fraction. */
  readonly amplitudeContrast: number;
  /** Phase plate, degrees. */
  readonly phaseShift: number;
  /** Envelope exp(-B k^2 / 4), A^2. */
  readonly bFactor: number;
  /** Overall factor. */
  readonly scale: number;
}

/** Electron wavelength in A at a voltage in kV, relativistic. */
export function electronWavelength(voltage: number): number {
  const v = voltage * 1e3;
  return 12.2643247 / Math.sqrt(v * (1 + v * 0.978466e-6));
}

/** The CTF's phase as a polynomial: chi = (p0 x^2 + p1 xy + p2 y^2) + q (x^2 + y^2)^2 + offset. */
export interface CTFPhase {
  /** Coefficients of x^2, xy, y^2 in A^2. */
  readonly quadratic: readonly [number, number, number];
  /** Coefficient of k^4 in A^4. */
  readonly quartic: number;
  /** Phase plate + asin(Q0), radians. */
  readonly offset: number;
  /** B/4 in A^2. */
  readonly decay: number;
  /** Overall factor. */
  readonly scale: number;
}

/**
 * pi lambda Df(phi) k^2 - (pi/2) Cs lambda^3 k^4 + phase plate + asin(Q0), with
 * Df(phi) = (U+W)/2 + (U-W)/2 cos 2(phi - angle) written out in x = k cos phi, y = k sin phi.
 */
export function ctfPhase(ctf: CTF): CTFPhase {
  const lambda = electronWavelength(ctf.voltage);
  const mean = (ctf.defocusU + ctf.defocusV) / 2, half = (ctf.defocusU - ctf.defocusV) / 2;
  const twice = 2 * ctf.defocusAngle * Math.PI / 180;
  const c = half * Math.cos(twice), s = half * Math.sin(twice);
  return {
    quadratic: [
      Math.PI * lambda * (mean + c),
      2 * Math.PI * lambda * s,
      Math.PI * lambda * (mean - c),
    ],
    quartic: -Math.PI / 2 * ctf.sphericalAberration * 1e7 * lambda ** 3,
    offset: ctf.phaseShift * Math.PI / 180 + Math.asin(ctf.amplitudeContrast),
    decay: ctf.bFactor / 4,
    scale: ctf.scale,
  };
}

/** CTF(k) = scale exp(-B k^2/4) sin(chi), k = (x, y) in 1/A. */
export function evaluateCTF(phase: CTFPhase, x: number, y: number): number {
  const [xx, xy, yy] = phase.quadratic;
  const k2 = x * x + y * y;
  const chi = xx * x * x + xy * x * y + yy * y * y + phase.quartic * k2 * k2 + phase.offset;
  return phase.scale * Math.exp(-phase.decay * k2) * Math.sin(chi);
}

/**
 * A CTF for kernels, its frequencies in Fourier pixels: coefficients of x^2, xy, y^2 and k^4 of its phase,
 * offset, decay, scale, and a number that is free.
 *
 * @param length N times the pixel size, A
 */
export function transferParameters(ctf: CTF, length: number): number[] {
  const { quadratic, quartic, offset, decay, scale } = ctfPhase(ctf);
  const per2 = 1 / length ** 2;
  const [xx, xy, yy] = quadratic.map((v) => v * per2);
  return [xx, xy, yy, quartic * per2 * per2, offset, decay * per2, scale, 0];
}
