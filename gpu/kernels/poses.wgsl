// Products of a column to the scores of its eight poses, psi + a pi/2 at d and at -d; see lib/lattice.ts. The
// products are those of the groups (++), (+-), (-+), (--), then <E,E>, <Q,Q>, <E,Q>, <Q,E>, the
// slice's part first; the poses come in the order (a, b) = (0,0) (2,0) (1,0) (3,0) (0,1) (2,1) (1,1) (3,1).
struct Eight { a: vec4f, b: vec4f, c: vec4f, d: vec4f, e: vec4f, f: vec4f, g: vec4f, h: vec4f }

fn posesOf(p: Eight) -> Eight {
  let ab = p.a + p.b;
  let ba = p.a - p.b;
  let cd = p.c + p.d;
  let dc = p.c - p.d;
  let even00 = ab + cd;
  let even10 = ab - cd;
  let even01 = ba + dc;
  let even11 = ba - dc;
  let odd00 = p.e + p.f;
  let odd10 = p.h - p.g;
  let odd01 = p.e - p.f;
  let odd31 = p.h + p.g;
  return Eight(
    even00 + odd00, even00 - odd00, even10 + odd10, even10 - odd10,
    even01 + odd01, even01 - odd01, even11 - odd31, even11 + odd31,
  );
}

// The adjoint: what the products weigh, from what the poses weigh.
fn productsOf(q: Eight) -> Eight {
  let u00 = q.a + q.b;
  let v00 = q.a - q.b;
  let u10 = q.c + q.d;
  let v10 = q.c - q.d;
  let u01 = q.e + q.f;
  let v01 = q.e - q.f;
  let u11 = q.g + q.h;
  let v11 = q.g - q.h;
  let u0 = u00 + u01;
  let u1 = u10 + u11;
  let d0 = u00 - u01;
  let d1 = u10 - u11;
  return Eight(
    u0 + u1, d0 + d1, u0 - u1, d0 - d1,
    v00 + v01, v00 - v01, -(v10 + v11), v10 - v11,
  );
}

// e / T + log w of four planes in eight poses.
fn scoresOf(p: Eight, beta: f32, log: vec4f) -> Eight {
  let s = posesOf(p);
  let t = vec4f(beta);
  return Eight(
    fma(t, s.a, log), fma(t, s.b, log), fma(t, s.c, log), fma(t, s.d, log),
    fma(t, s.e, log), fma(t, s.f, log), fma(t, s.g, log), fma(t, s.h, log),
  );
}
