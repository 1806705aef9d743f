// result = 2 source, once over the memory: 32 bytes of traffic an element.
@group(0) @binding(0) var<storage, read> source: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> result: array<vec4f>;

@compute @workgroup_size(256)
fn main(
  @builtin(global_invocation_id) id: vec3u,
  @builtin(num_workgroups) groups: vec3u,
) {
  for (var i = id.x; i < arrayLength(&source); i += 256u * groups.x) {
    result[i] = 2.0 * source[i];
  }
}
