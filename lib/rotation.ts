/**
 * Rotations as 3x3 matrices, row-major in a Float64Array of length 9.
 *
 * `R` takes image coordinates to map coordinates: the slice of an image at (kx, ky) is the map's
 * transform at kx * (first column) + ky * (second column). RELION's matrix A is the transpose.
 */
export type Rotation = Float64Array;

/** RELION's Euler angles in degrees, intrinsic ZYZ. */
export interface EulerAngles {
  /** First angle, about z. */
  readonly rot: number;
  /** Second angle, about the turned y. */
  readonly tilt: number;
  /** Third angle, about the turned z; in the image plane. */
  readonly psi: number;
}

const DEGREE = Math.PI / 180;

/** Rz(angle), radians. */
export function rotationZ(angle: number): Rotation {
  const c = Math.cos(angle), s = Math.sin(angle);
  return Float64Array.of(c, -s, 0, s, c, 0, 0, 0, 1);
}

/** Ry(angle), radians. */
export function rotationY(angle: number): Rotation {
  const c = Math.cos(angle), s = Math.sin(angle);
  return Float64Array.of(c, 0, s, 0, 1, 0, -s, 0, c);
}

/** The product A B. */
export function multiply(a: ArrayLike<number>, b: ArrayLike<number>): Rotation {
  const c = new Float64Array(9);
  for (let i = 0; i < 3; i++) {
    for (let j = 0; j < 3; j++) {
      c[3 * i + j] = a[3 * i] * b[j] + a[3 * i + 1] * b[3 + j] + a[3 * i + 2] * b[6 + j];
    }
  }
  return c;
}

/** The inverse of a rotation. */
export function transpose(a: ArrayLike<number>): Rotation {
  return Float64Array.of(a[0], a[3], a[6], a[1], a[4], a[7], a[2], a[5], a[8]);
}

/** R = Rz(rot) Ry(tilt) Rz(psi), image to map; the transpose of RELION's A. */
export function rotationFromEuler({ rot, tilt, psi }: EulerAngles): Rotation {
  const [a, b, c] = [rot * DEGREE, tilt * DEGREE, psi * DEGREE];
  const ca = Math.cos(a), sa = Math.sin(a), cb = Math.cos(b), sb = Math.sin(b);
  const cc = Math.cos(c), sc = Math.sin(c);
  // Rz(rot) Ry(tilt) = [ca cb, -sa, ca sb; sa cb, ca, sa sb; -sb, 0, cb], written out: files hold many.
  const x = ca * cb, y = sa * cb, zero = 0; // x + 0, because -0 would be another angle
  return Float64Array.of(
    x * cc - sa * sc + zero,
    -x * sc - sa * cc + zero,
    ca * sb,
    y * cc + ca * sc + zero,
    -y * sc + ca * cc + zero,
    sa * sb,
    -sb * cc + zero,
    sb * sc + zero,
    cb,
  );
}

/** RELION angles of an image-to-map rotation: rot and psi in (-180, 180], tilt in [0, 180]. */
export function eulerFromRotation(r: ArrayLike<number>): EulerAngles {
  // R = Rz(rot) Ry(tilt) Rz(psi): last column = (cos rot sin tilt, sin rot sin tilt, cos tilt),
  // last row = (-sin tilt cos psi, sin tilt sin psi, cos tilt).
  const sin = Math.hypot(r[2], r[5]);
  const tilt = Math.atan2(sin, r[8]);
  if (sin > 1e-9) {
    return {
      rot: Math.atan2(r[5], r[2]) / DEGREE,
      tilt: tilt / DEGREE,
      psi: Math.atan2(r[7], -r[6]) / DEGREE,
    };
  }
  // tilt = 0: R = Rz(rot + psi); tilt = 180: R = Rz(rot - psi) Ry(180). All of it goes to psi.
  const psi = r[8] > 0 ? Math.atan2(r[3], r[0]) : Math.atan2(r[3], -r[0]);
  return { rot: 0, tilt: tilt / DEGREE, psi: psi / DEGREE };
}

/** Rotation by |v| radians about v. */
export function rotationFromVector(x: number, y: number, z: number): Rotation {
  const angle = Math.hypot(x, y, z);
  if (angle === 0) return Float64Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1);
  const half = Math.sin(angle / 2) / angle;
  return rotationFromQuaternion(Math.cos(angle / 2), x * half, y * half, z * half);
}

/** The vector of a rotation, its inverse: |v| radians in [0, pi] about v. */
export function vectorFromRotation(r: ArrayLike<number>): [number, number, number] {
  // The unit quaternion, through its largest component: 4 w^2 = 1 + trace, 4 x^2 = 1 + 2 r_xx - trace, ...
  const trace = r[0] + r[4] + r[8];
  const squares = [1 + trace, 1 + 2 * r[0] - trace, 1 + 2 * r[4] - trace, 1 + 2 * r[8] - trace];
  const largest = squares.indexOf(Math.max(...squares));
  const [a, b, c] = [r[7] - r[5], r[2] - r[6], r[3] - r[1]]; // 4 wx, 4 wy, 4 wz
  const [d, e, f] = [r[1] + r[3], r[2] + r[6], r[5] + r[7]]; // 4 xy, 4 xz, 4 yz
  const products = [
    [squares[0], a, b, c],
    [a, squares[1], d, e],
    [b, d, squares[2], f],
    [c, e, f, squares[3]],
  ][largest];
  const sign = products[0] < 0 ? -1 : 1;
  const [w, x, y, z] = products.map((product) => sign * product);
  const sine = Math.hypot(x, y, z);
  const factor = sine === 0 ? 0 : 2 * Math.atan2(sine, w) / sine;
  return [x * factor, y * factor, z * factor];
}

/** Rotation of the unit quaternion w + xi + yj + zk. */
export function rotationFromQuaternion(w: number, x: number, y: number, z: number): Rotation {
  return Float64Array.of(
    1 - 2 * (y * y + z * z),
    2 * (x * y - w * z),
    2 * (x * z + w * y),
    2 * (x * y + w * z),
    1 - 2 * (x * x + z * z),
    2 * (y * z - w * x),
    2 * (x * z - w * y),
    2 * (y * z + w * x),
    1 - 2 * (x * x + y * y),
  );
}

/** Angle between two rotations, radians. */
export function angleBetween(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let trace = 0;
  for (let i = 0; i < 9; i++) trace += a[i] * b[i];
  return Math.acos(Math.min(1, Math.max(-1, (trace - 1) / 2)));
}
