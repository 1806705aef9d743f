import type { MarchOptions, Stage } from "../march_options.ts";
import type { ParticleStack } from "../particles.ts";
import { robustRecipe } from "../recipe.ts";
import type { Values } from "./command.ts";
import { parseHyperparameters } from "./hyperparameters.ts";
import { METHOD, type reconstructOptions } from "./reconstruct_options.ts";

/** Keeps only what was given, so that the defaults stay where they are defined. */
function given<T extends Record<string, unknown>>(values: T): Partial<T> {
  return Object.fromEntries(
    Object.entries(values).filter(([, value]) => value !== undefined),
  ) as Partial<T>;
}

/**
 * What `reconstruct` is asked to do, in the words of march(): the recipe, or the paper's one band with a method
 * of the user's choice; lengths in pixels of the images as they are read.
 *
 * @param perPixel such pixels in a pixel of the file
 */
export function methodOf(
  values: Omit<Values<typeof reconstructOptions>, "out" | "resume" | "overwrite" | "json">,
  { particles, pixelSize, perPixel, maskRadius }: {
    particles: ParticleStack;
    pixelSize: number;
    perPixel: number;
    maskRadius: number;
  },
) {
  const setting = values.setting ??
    (METHOD.some((name) => values[name] !== undefined) ? "paper" : "robust");
  const finest = values.maxFrequency === undefined
    ? values.maxResolution
    : 2 * pixelSize / values.maxFrequency;
  const trained = particles.count - values.heldOut;
  const recipe = setting === "robust"
    ? robustRecipe(particles, {
      heldOut: values.heldOut,
      ...given({
        finest,
        batchSize: values.batchSize,
        gradients: values.epochs && values.epochs * trained,
      }),
    })
    : {
      stages: [given({ maxResolution: finest, epochs: values.epochs })] as Stage[],
      heldOut: values.heldOut,
      hyperparameters: given({
        learningRate: values.learningRate,
        momentum: values.momentum,
        ...values.hyperparameters && parseHyperparameters(values.hyperparameters),
      }) as Record<string, string>,
      ...given({ optimizer: values.optimizer, batchSize: values.batchSize }),
    };
  const workBox = values.workBox === "auto" ? undefined : Number(values.workBox);
  const method: Omit<MarchOptions, "backend" | "shiftExtent"> = {
    prior: values.prior,
    seed: values.seed,
    ...recipe,
    ...given({
      shiftSigma: values.shiftSigma && values.shiftSigma * perPixel,
      workBox,
      quadrature: values.quadrature,
    }),
    ...given({ noise: values.noise, outlierShare: values.outliers, scales: values.scales }),
    ...(setting === "robust" || values.diameter !== undefined) && { maskRadius },
  };
  const extent = values.shiftExtent ?? (setting === "robust" ? "auto" : "0");
  const shiftExtent = extent === "auto" ? "auto" as const : Number(extent) * perPixel;
  return { setting, method, shiftExtent };
}
