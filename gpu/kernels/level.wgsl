// A level of a cascade, of which only points near those kept of the level before are evaluated; see levels.ts.
// Points are numbered (direction S + shift) I + angle.
struct Level {
  directions: u32,     // J
  angles: u32,         // I, all of them
  shifts: u32,         // S
  coarseAngles: u32,   // I of the level before
  coarseShifts: u32,   // S of it
  maskWords: u32,      // words that hold a bit for each direction
  angleWords: u32,     // words that hold a bit for each angle
  slots: u32,          // most directions of an image
  points: u32,         // most points of an image
  pairs: u32,          // where the table of what is in reach has its pairs of directions
  near: u32,           // where it has its shifts
  tolerance: f32,      // share of a posterior that may be left out on the way here
  afterFirst: u32,     // 1: the level before is the first
}

// A point's (direction, angle, shift) by its number.
fn pointOf(number: u32, angles: u32, shifts: u32) -> vec3u {
  let row = number / angles;
  return vec3u(row / shifts, number % angles, row % shifts);
}
