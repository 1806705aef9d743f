// The Kaiser-Bessel window, six taps an axis: phi(u) = sum_d w_d y^d, y = 1 - (u/3)^2, which is I0's power
// series shortened to degree 11; 0 beyond |u| = 3. Off by 3e-7 of its peak, rounding included.
struct Window { low: vec4f, middle: vec4f, high: vec4f }

fn phi(w: Window, u: f32) -> f32 {
  let y = max(0.0, 1.0 - u * u * (1.0 / 9.0));
  var p = fma(w.high.w, y, w.high.z);
  p = fma(p, y, w.high.y);
  p = fma(p, y, w.high.x);
  p = fma(p, y, w.middle.w);
  p = fma(p, y, w.middle.z);
  p = fma(p, y, w.middle.y);
  p = fma(p, y, w.middle.x);
  p = fma(p, y, w.low.w);
  p = fma(p, y, w.low.z);
  p = fma(p, y, w.low.y);
  return fma(p, y, w.low.x);
}

// Taps ceil(g - 3) + 0..5 around g.
struct Taps { a: vec3f, b: vec3f }

fn taps(w: Window, g: f32) -> Taps {
  let t = g - ceil(g - 3.0);
  return Taps(
    vec3f(phi(w, t), phi(w, t - 1.0), phi(w, t - 2.0)),
    vec3f(phi(w, t - 3.0), phi(w, t - 4.0), phi(w, t - 5.0)),
  );
}
