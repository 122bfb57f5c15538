export const FIRST_DELAY = 500;
export const LONGEST_DELAY = 30_000;

/**
 * Exponential, with jitter over the upper half: after an outage the visitors of a busy site must not
 * all come back in the same instant, yet nobody should wait far less than the step says.
 */
export function backoff(attempt: number, random: () => number = Math.random): number {
  const step = Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** Math.min(attempt, 16));
  return Math.round(step / 2 + (step / 2) * random());
}
