"""The peer of marginalize_bench.ts: the same sum in numpy float32 (BLAS), one image at a time, over all
directions and all angles, without halvings and without skipping. Prints seconds per 1,000 images.

usage: numpy_products.py COEFFICIENTS DIRECTIONS ANGLES [IMAGES]"""
import sys
import time

import numpy as np

n, directions, angles = (int(a) for a in sys.argv[1:4])
images = int(sys.argv[4]) if len(sys.argv) > 4 else 20
random = np.random.default_rng(0)
slices = (0.3 * random.standard_normal((directions, 2 * n))).astype(np.float32)
power = slices[:, :n] ** 2 + slices[:, n:] ** 2
X = random.standard_normal((images, 2 * n, angles)).astype(np.float32)
C2 = random.uniform(0, 2, (images, n, angles)).astype(np.float32)


def minibatch():
    gradient = np.zeros_like(slices)
    for x, c2 in zip(X, C2):
        q = slices @ x - 0.5 * (power @ c2)
        q -= q.max()
        np.exp(q, out=q)
        q /= q.sum()
        weight = q @ c2.T
        gradient[:, :n] += weight * slices[:, :n]
        gradient[:, n:] += weight * slices[:, n:]
        gradient -= q @ x.T
    return gradient


minibatch()
seconds = []
for _ in range(5):
    start = time.perf_counter()
    minibatch()
    seconds.append(time.perf_counter() - start)
print(sorted(seconds)[2] / images * 1000)
