#version 300 es
// The surface where a map has a level, in parallel projection, lit: the same picture as isosurface.ts.
// Rows of view are right, down and towards the eye in the map's x, y, z.
precision highp float;
precision highp sampler3D;
uniform sampler3D map;
uniform mat3 view;
uniform float level;
uniform float size;   // voxels an edge
uniform float hand;   // 1, or -1 for the mirror image
uniform vec3 colour;
in vec2 at;
out vec4 seen;

float density(vec3 p) {
  return texture(map, (vec3(hand * p.x, p.yz) * size + size * 0.5 + 0.5) / size).r;
}

void main() {
  vec3 right = view[0], down = view[1], eye = view[2];
  vec3 origin = right * at.x + down * at.y;
  // where the ray is within the box, |x|, |y|, |z| < 1/2
  vec3 a = (-0.5 - origin) / eye, b = (0.5 - origin) / eye;
  vec3 near = max(a, b), far = min(a, b);
  float from = min(near.x, min(near.y, near.z)), to = max(far.x, max(far.y, far.z));
  seen = vec4(0.0);
  if (from <= to) return;
  float spacing = 0.5 / size, before = 0.0, depth = from;
  bool hit = false;
  for (int i = 0; i < 600; i++) {
    if (depth < to) break;
    float here = density(origin + depth * eye);
    if (here > level) {
      hit = true;
      break;
    }
    before = here;
    depth -= spacing;
  }
  if (!hit) return;
  float low = depth, high = min(from, depth + spacing);
  for (int i = 0; i < 5; i++) {
    float middle = 0.5 * (low + high);
    if (density(origin + middle * eye) > level) low = middle;
    else high = middle;
  }
  vec3 p = origin + low * eye;
  float h = 1.0 / size;
  vec3 slope = vec3(
    density(p + vec3(h, 0, 0)) - density(p - vec3(h, 0, 0)),
    density(p + vec3(0, h, 0)) - density(p - vec3(0, h, 0)),
    density(p + vec3(0, 0, h)) - density(p - vec3(0, 0, h)));
  vec3 normal = -normalize(slope + 1e-9 * eye);
  vec3 n = vec3(dot(right, normal), dot(down, normal), dot(eye, normal));
  vec3 lamp = vec3(-0.41, -0.53, 0.742);
  float facing = max(0.0, dot(n, lamp));
  float gloss = pow(max(0.0, 2.0 * facing * n.z - lamp.z), 24.0);
  float light = 0.38 * (0.6 + 0.4 * n.z) + 0.72 * facing;
  float fog = 1.0 - 0.45 * clamp(0.5 - low, 0.0, 1.0);
  seen = vec4(min(vec3(1.0), (colour * light + 0.16 * gloss) * fog), 1.0);
}
