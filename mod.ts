/**
 * vitreous finds a molecule's 3D density from noisy electron-microscope images of unknown orientation,
 * by stochastic optimization of the marginal likelihood (Punjani & Brubaker, "Microscopic Advances with
 * Large-Scale Learning: Stochastic Optimization for Cryo-EM").
 *
 * @example A blind reconstruction, start to end
 * ```ts
 * import { createBackend, createPhantom, evaluate, reconstruct, simulateParticles } from "./mod.ts";
 *
 * const map = createPhantom("enzyme", { boxSize: 24, pixelSize: 12 });
 * const { particles, truth } = simulateParticles({ map, count: 300, snr: 0.5 });
 *
 * await using backend = await createBackend("cpu", { threads: 2 });
 * await using run = await reconstruct(particles, {
 *   backend,
 *   maxResolution: 60,
 *   epochs: 2,
 *   heldOut: 50,
 *   batchSize: 50,
 * });
 * for await (const { t, test } of run) if (test !== null) console.log(t, test);
 * const { resolutionHalf } = evaluate(run.map(), truth);
 * console.log(`FSC 0.5 at ${resolutionHalf.toFixed(0)} A`);
 * ```
 *
 * Conventions: A, kV, mm, degrees in RELION's angles, radians elsewhere, px, nats; images are [y, x],
 * volumes [z, y, x], origin at N/2; positive defocus is underfocus, particles are white.
 *
 * @module
 */
export { align, type Alignment, type AlignOptions, transformed } from "./lib/align.ts";
export {
  atomicMass,
  type Element,
  elementOf,
  elements,
  scatteringFactor,
} from "./lib/atoms/elements.ts";
export { type AtomicModel, centreOfMass } from "./lib/atoms/model.ts";
export { potentialOfAtoms, type PotentialOptions } from "./lib/atoms/potential.ts";
export type {
  Backend,
  BackendOptions,
  Diagonal,
  ImageStore,
  Marginal,
  MarginalizeOptions,
  Problem,
  Session,
  Slices,
} from "./lib/backend.ts";
export {
  type BackendChoice,
  type BackendName,
  backends,
  chooseBackend,
  createBackend,
} from "./lib/backends.ts";
export {
  type Band,
  createBand,
  FRIEDEL,
  mirrorOf,
  radiusOfResolution,
  workBoxOf,
} from "./lib/band.ts";
export {
  type Checkpoint,
  decodeCheckpoint,
  encodeCheckpoint,
  type Start,
} from "./lib/checkpoint.ts";
export type { Check, Examination, Finding, Sign } from "./lib/checks/check.ts";
export { type CheckOptions, checkParticles } from "./lib/checks/particles.ts";
export { checks } from "./lib/checks/registry.ts";
export { type Contrast, invertContrast, measureContrast } from "./lib/contrast.ts";
export { cropImages } from "./lib/crop_images.ts";
export { type CTF, type CTFPhase, ctfPhase, electronWavelength, evaluateCTF } from "./lib/ctf.ts";
export { largestCurvature } from "./lib/curvature.ts";
export { backprojectWeight } from "./lib/diagonal.ts";
export { diagnose, type RunEvidence } from "./lib/diagnosis.ts";
export { downsampleImages } from "./lib/downsample_images.ts";
export { correlationCoefficient, evaluate, type Evaluation } from "./lib/evaluate.ts";
export { fourierShellCorrelation, resolutionAt } from "./lib/fsc.ts";
export { compareHalfMaps, filterByFSC, type HalfMapAgreement } from "./lib/half_maps.ts";
export { type HalvesOptions, type HalvesPlan, marchHalf, planHalves } from "./lib/halves.ts";
export { type ImageSurvey, surveyImages } from "./lib/image_survey.ts";
export { type Guard, judge } from "./lib/guard.ts";
export type { LoadProgress } from "./lib/image_source.ts";
export { randomSpheres, scaleToPower } from "./lib/initial.ts";
export { type Effort, type Likelihood, likelihood } from "./lib/likelihood.ts";
export { mirror } from "./lib/mirror.ts";
export {
  type BestPoint,
  type Comparison,
  type ImageMarginal,
  marginalize,
  type PreparedImage,
} from "./lib/marginalize.ts";
export { type Course, type March, march, type MarchOptions, type Stage } from "./lib/march.ts";
export type { ScaleChoice } from "./lib/march_options.ts";
export {
  estimateScales,
  MULTIPLES,
  scaled,
  type ScaleEstimate,
  type Scales,
} from "./lib/scales.ts";
export { compareScales, type ScaleEvidence } from "./lib/scale_evidence.ts";
export type { StartMap } from "./lib/starts.ts";
export { softSphere } from "./lib/mask.ts";
export { createOrder, type FixedMinibatch, type Order } from "./lib/minibatch.ts";
export {
  type Block,
  createObjective,
  type CurvatureProduct,
  type EvaluateOptions,
  type Evaluations,
  type Objective,
  type ValueAndGradient,
} from "./lib/objective.ts";
export type { Optimizer, OptimizerState } from "./lib/optimizers/optimizer.ts";
export {
  paperBatchSizes,
  paperHyperparameters,
  type PaperOptimizer,
} from "./lib/optimizers/paper.ts";
export { stateBytes } from "./lib/optimizers/state_bytes.ts";
export {
  createOptimizer,
  type Hyperparameters,
  type OptimizerName,
  optimizers,
} from "./lib/optimizers/registry.ts";
export {
  maskRadiusOf,
  measuredMaskRadius,
  measureParticleSize,
  type ParticleSize,
} from "./lib/particle_size.ts";
export { measureOffCentre, type OffCentre } from "./lib/off_centre.ts";
export { createParticleStack, type ParticleStack, type Pose } from "./lib/particles.ts";
export type { ImageKind } from "./lib/junk.ts";
export { type CornerSpectrum, createCornerSpectrum } from "./lib/corner_spectrum.ts";
export { bandShells, createNoise, type Noise, shellCount } from "./lib/noise.ts";
export type { OutlierScope } from "./lib/noise_model.ts";
export { createOutlierModel, type OutlierModel, typicalPower } from "./lib/outliers.ts";
export { type Residual, residual } from "./lib/residual.ts";
export { createPhantom, type PhantomName, phantoms } from "./lib/phantom.ts";
export { randomizePhases } from "./lib/phases.ts";
export { createPlan, type Plan } from "./lib/plan.ts";
export { type PlanOptions, type QuadratureChoice, QUADRATURES } from "./lib/plan_options.ts";
export { createPowerSum, type PowerSum } from "./lib/power.ts";
export { type Background, circularWindow, normalize, windowPower } from "./lib/prepare.ts";
export type { Prior } from "./lib/priors/prior.ts";
export { parsePrior, type PriorName, priors, type PriorSpec } from "./lib/priors/registry.ts";
export { backproject, project, type Sampling } from "./lib/project.ts";
export { type CoarseLevel, createCascade } from "./lib/quadrature/cascade.ts";
export { createDirections, type Directions } from "./lib/quadrature/directions.ts";
export {
  createQuadrature,
  type Quadrature,
  quadraturePoints,
  rotationOf,
} from "./lib/quadrature/quadrature.ts";
export { createShifts, type ShiftOptions, type Shifts } from "./lib/quadrature/shifts.ts";
export { createRandom, type Random } from "./lib/random.ts";
export { recentred } from "./lib/recentre.ts";
export { enclosedShare, levelEnclosing, otsuLevel } from "./lib/report/contour.ts";
export { drawIsosurface } from "./lib/report/isosurface.ts";
export { encodePNG, type Picture } from "./lib/report/png.ts";
export { robustRecipe } from "./lib/recipe.ts";
export { reconstruct } from "./lib/reconstruct.ts";
export type { IterationSeconds, Reconstruction, ReconstructOptions } from "./lib/reconstruction.ts";
export { lowPass, resample } from "./lib/resample.ts";
export {
  angleBetween,
  type EulerAngles,
  eulerFromRotation,
  type Rotation,
  rotationFromEuler,
  rotationFromVector,
} from "./lib/rotation.ts";
export {
  annealing,
  constant,
  linear,
  parseSchedule,
  rising,
  type Schedule,
  type ScheduleKind,
  schedules,
  type ScheduleSpec,
  steps,
} from "./lib/schedule.ts";
export {
  type Microscope,
  simulate,
  type SimulatedImages,
  type SimulatedParticles,
  type SimulateOptions,
  simulateParticles,
  type Simulation,
} from "./lib/simulate.ts";
export { classesOf, type ElementClass, type GroupElement } from "./lib/symmetry/classes.ts";
export {
  type ClassFit,
  findSymmetry,
  type FindSymmetryOptions,
  type SymmetryFit,
} from "./lib/symmetry/find.ts";
export { requireFit } from "./lib/symmetry/fit.ts";
export type { Frame } from "./lib/symmetry/frame.ts";
export { type PointGroup, pointGroup } from "./lib/symmetry/groups.ts";
export type { Chance } from "./lib/symmetry/search.ts";
export { symmetrize } from "./lib/symmetry/symmetrize.ts";
export type { TraceRecord } from "./lib/trace.ts";
export { turnBand } from "./lib/turn.ts";
export { VERSION } from "./lib/version.ts";
export { createVolume, type Volume } from "./lib/volume.ts";
