// What narrow.wgsl goes through: the points of the level before that were evaluated.
@group(0) @binding(6) var<uniform> levelBefore: Level;
@group(0) @binding(7) var<storage, read> points: array<vec2u>; // [chunk, points of a level] (number, bits of score)

var<workgroup> best: array<f32, 256>;
var<workgroup> bestOfAll: f32;

fn itemsOf(image: u32) -> u32 { return found[call.first + image].x; }

fn scoreAt(image: u32, item: u32) -> f32 {
  return bitcast<f32>(points[image * levelBefore.points + item].y);
}

fn topOf(image: u32, thread: u32) -> f32 {
  let items = itemsOf(image);
  var top = -1e30;
  for (var i = thread; i < items; i += 256u) { top = max(top, scoreAt(image, i)); }
  best[thread] = top;
  for (var width = 128u; width > 0u; width /= 2u) {
    workgroupBarrier();
    if (thread < width) { best[thread] = max(best[thread], best[thread + width]); }
  }
  if (thread == 0u) { bestOfAll = best[0]; }
  return workgroupUniformLoad(&bestOfAll);
}

fn pointAt(image: u32, item: u32) -> vec3u {
  let number = points[image * levelBefore.points + item].x;
  return pointOf(number, levelBefore.angles, levelBefore.shifts);
}
