/** Turn of a key, radians, and step of a key on the level's slider of 1000. */
const TURN = Math.PI / 36, STEP = 10;
/** ms that a picture may take while something moves, and a finer one when nothing does. */
const QUICK = 40, PATIENT = 1500;
/** Å³ of a dalton of protein. */
const PER_DALTON = 1.21;

/** Bytes of base64 of zlib. */
async function inflate(text) {
  const bytes = Uint8Array.from(atob(text.trim()), (c) => c.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

function program(gl, sources) {
  const made = gl.createProgram();
  for (const [kind, source] of sources) {
    const shader = gl.createShader(kind);
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    if (!gl.getShaderParameter(shader, gl.COMPILE_STATUS)) {
      throw new Error(gl.getShaderInfoLog(shader));
    }
    gl.attachShader(made, shader);
  }
  gl.linkProgram(made);
  return made;
}

/** The product of two rotations, rows first. */
const times = (a, b) =>
  a.map((_, i) => [0, 1, 2].reduce((sum, k) => sum + a[i - i % 3 + k] * b[3 * k + i % 3], 0));

/** A view turned about the picture's axes: down (to the side), right (up and down), eye. */
function turned(view, aboutDown, aboutRight, aboutEye = 0) {
  const [c, s] = [Math.cos(aboutDown), Math.sin(aboutDown)];
  const [d, t] = [Math.cos(aboutRight), Math.sin(aboutRight)];
  const [e, u] = [Math.cos(aboutEye), Math.sin(aboutEye)];
  const turns = [[c, 0, -s, 0, 1, 0, s, 0, c], [1, 0, 0, 0, d, -t, 0, t, d], [
    e,
    u,
    0,
    -u,
    e,
    0,
    0,
    0,
    1,
  ]];
  return turns.reduce((v, turn) => times(turn, v), view);
}

/** The surface on a canvas; without WebGL2 the still picture stays. */
function createViewer(root) {
  const canvas = root.querySelector("canvas"), slider = root.querySelector("input[type=range]");
  const words = root.querySelector("output"), mirror = root.querySelector("input[type=checkbox]");
  const gl = canvas.getContext("webgl2", { preserveDrawingBuffer: true, antialias: false });
  const state = { view: null, start: null, zoom: 1, map: null };
  if (!gl) {
    root.classList.add("still");
    return { show: () => Promise.resolve(), state };
  }
  const shader = program(gl, [[gl.VERTEX_SHADER, VERTEX], [gl.FRAGMENT_SHADER, FRAGMENT]]);
  const uniform = (name) => gl.getUniformLocation(shader, name);
  gl.useProgram(shader);
  gl.bindBuffer(gl.ARRAY_BUFFER, gl.createBuffer());
  gl.bufferData(gl.ARRAY_BUFFER, new Float32Array([-1, -1, 3, -1, -1, 3]), gl.STATIC_DRAW);
  const corner = gl.getAttribLocation(shader, "corner");
  gl.enableVertexAttribArray(corner);
  gl.vertexAttribPointer(corner, 2, gl.FLOAT, false, 0, 0);
  gl.bindTexture(gl.TEXTURE_3D, gl.createTexture());
  gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
  for (const side of [gl.TEXTURE_WRAP_S, gl.TEXTURE_WRAP_T, gl.TEXTURE_WRAP_R]) {
    gl.texParameteri(gl.TEXTURE_3D, side, gl.CLAMP_TO_EDGE);
  }
  for (const filter of [gl.TEXTURE_MIN_FILTER, gl.TEXTURE_MAG_FILTER]) {
    gl.texParameteri(gl.TEXTURE_3D, filter, gl.LINEAR);
  }

  let due = 0, fine = 0;
  // pixels of the canvas a device pixel while something moves: fewer where pictures take long
  let pace = 1;
  const level = () => slider.value / 1000;

  /** What the level is and what it encloses. */
  function say() {
    const { above, voxel, top } = state.map;
    const volume = above[Math.min(255, Math.ceil(level() * 255))] * voxel ** 3;
    const mass = volume / PER_DALTON / 1000;
    const digits = (v) => Number(v.toPrecision(3)).toLocaleString("en-US");
    words.textContent =
      `density ${(level() * top).toPrecision(3)}, encloses ${digits(volume / 1000)} nm³: ` +
      (mass < 1000 ? `${digits(mass)} kDa` : `${digits(mass / 1000)} MDa`) + " of protein";
  }

  /** Draws with so many pixels a device pixel; the ms that it took. */
  function draw(oversampling) {
    const from = performance.now();
    const edge = canvas.clientWidth * devicePixelRatio * oversampling;
    canvas.width = canvas.height = Math.max(64, Math.min(1800, Math.round(edge)));
    gl.viewport(0, 0, canvas.width, canvas.height);
    gl.clearColor(0, 0, 0, 0);
    gl.clear(gl.COLOR_BUFFER_BIT);
    const probe = getComputedStyle(canvas).color.match(/[\d.]+/g).map((v) => v / 255);
    gl.uniform3f(uniform("colour"), probe[0], probe[1], probe[2]);
    // rows of the view are columns of the shader's matrix
    gl.uniformMatrix3fv(uniform("view"), false, state.view);
    gl.uniform1f(uniform("reach"), 0.5 / state.zoom);
    gl.uniform1f(uniform("level"), level());
    gl.uniform1f(uniform("size"), state.map.size);
    gl.uniform1f(uniform("hand"), mirror.checked ? -1 : 1);
    gl.drawArrays(gl.TRIANGLES, 0, 3);
    gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array(4)); // waits for it
    canvas.dataset.frames = Number(canvas.dataset.frames ?? 0) + 1;
    return performance.now() - from;
  }
  /** Draws soon; finer once nothing has moved for a while, so that edges are smooth. */
  function ask() {
    if (!state.map) return;
    clearTimeout(fine);
    if (due !== 0) return;
    due = requestAnimationFrame(() => {
      due = 0;
      const took = draw(pace), whole = took / pace ** 2;
      pace = Math.min(1, Math.max(0.25, pace * Math.sqrt(QUICK / took)));
      clearTimeout(fine);
      fine = setTimeout(() => draw(Math.min(2, Math.max(pace, Math.sqrt(PATIENT / whole)))), 250);
    });
  }
  function turn(...angles) {
    state.view = turned(state.view, ...angles);
    ask();
  }

  const pointers = new Map();
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    pointers.set(event.pointerId, event);
  });
  for (const end of ["pointerup", "pointercancel"]) {
    canvas.addEventListener(end, (event) => pointers.delete(event.pointerId));
  }
  canvas.addEventListener("pointermove", (event) => {
    const before = pointers.get(event.pointerId);
    if (!before || !state.map) return;
    const others = [...pointers.values()].filter((p) => p !== before),
      scale = 3 / canvas.clientWidth;
    pointers.set(event.pointerId, event);
    if (others.length === 0 && !event.shiftKey) {
      turn((event.clientX - before.clientX) * scale, (event.clientY - before.clientY) * scale);
      return;
    }
    const bounds = canvas.getBoundingClientRect();
    const [x, y] = others.length > 0
      ? [others[0].clientX, others[0].clientY]
      : [bounds.left + bounds.width / 2, bounds.top + bounds.height / 2];
    const polar = (
      p,
    ) => [Math.hypot(p.clientX - x, p.clientY - y), Math.atan2(p.clientY - y, p.clientX - x)];
    const [[r0, a0], [r1, a1]] = [before, event].map(polar);
    if (others.length > 0) zoom(r1 / Math.max(1, r0));
    turn(0, 0, a1 - a0);
  });
  function zoom(factor) {
    state.zoom = Math.min(8, Math.max(0.5, state.zoom * factor));
    ask();
  }
  canvas.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && document.activeElement !== canvas) return;
    event.preventDefault();
    zoom(Math.exp(-event.deltaY / 500));
  }, { passive: false });
  function reset() {
    state.view = state.start.slice();
    state.zoom = 1;
    ask();
  }
  function setLevel(value) {
    slider.value = value;
    say();
    ask();
  }
  const keys = {
    ArrowLeft: () => turn(-TURN, 0),
    ArrowRight: () => turn(TURN, 0),
    ArrowUp: () => turn(0, -TURN),
    ArrowDown: () => turn(0, TURN),
    "[": () => turn(0, 0, -TURN),
    "]": () => turn(0, 0, TURN),
    "+": () => setLevel(Number(slider.value) + STEP),
    "-": () => setLevel(Number(slider.value) - STEP),
    PageUp: () => zoom(1.15),
    PageDown: () => zoom(1 / 1.15),
    Home: reset,
  };
  canvas.addEventListener("keydown", (event) => {
    const act = keys[event.key];
    if (!act || !state.map || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    act();
  });
  slider.addEventListener("input", () => setLevel(slider.value));
  mirror.addEventListener("change", ask);
  root.querySelector("button").addEventListener("click", () => {
    slider.value = state.map.level;
    say();
    reset();
  });
  matchMedia("(prefers-color-scheme:dark)").addEventListener("change", ask);
  addEventListener("resize", ask);

  return {
    state,
    /** Shows another map from where the last one was seen, at its own level. */
    async show(element) {
      const { size, voxel, top, level: first, view } = element.dataset, n = Number(size);
      const bytes = await inflate(element.textContent);
      gl.texImage3D(gl.TEXTURE_3D, 0, gl.R8, n, n, n, 0, gl.RED, gl.UNSIGNED_BYTE, bytes);
      const above = new Uint32Array(256);
      for (const byte of bytes) above[byte]++;
      for (let i = 254; i >= 0; i--) above[i] += above[i + 1];
      state.map = { size: n, voxel: Number(voxel), top: Number(top), above, level: Number(first) };
      state.start = view.split(" ").map(Number);
      state.view ??= state.start.slice();
      slider.disabled = false;
      const begun = root.classList.contains("drawn");
      root.classList.add("drawn");
      // a first small picture, for programs to be compiled before times are taken
      if (!begun) draw(0.1);
      setLevel(first);
    },
  };
}

const viewers = document.querySelector(".viewer");
const viewer = viewers && createViewer(viewers);
const volume = document.getElementById("volume");
if (viewer && volume) viewer.show(volume);
