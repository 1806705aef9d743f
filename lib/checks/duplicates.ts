import { type Check, nameImages, ok, warning } from "./check.ts";

/** Whether an image comes twice: it would count twice, and a held-out one would be learned from. */
export const duplicates: Check = ({ survey: { which, duplicates } }) => {
  if (duplicates.length === 0) return ok("no image comes twice");
  const images = duplicates.map(([image]) => image), [[first, earlier]] = duplicates;
  return warning(
    `${nameImages(images)} of ${which.length}: the same pixels as an earlier one ` +
      `(${first + 1} as ${earlier + 1}); remove from the table`,
  );
};
