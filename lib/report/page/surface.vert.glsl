#version 300 es
// Two triangles over the picture; at = (right, down) from the middle in box edges.
in vec2 corner;
uniform float reach;
out vec2 at;
void main() {
  at = vec2(corner.x, -corner.y) * reach;
  gl_Position = vec4(corner, 0.0, 1.0);
}
