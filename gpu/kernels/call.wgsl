// One step on a chunk of images.
struct Call {
  first: u32,       // its first image in the minibatch, or first entry of a list
  count: u32,       // images, or entries
  beta: f32,        // 1/T
  skip: f32,        // share of an image's posterior that a tile may leave out
  accumulate: u32,  // 1: add to what earlier chunks left
}
