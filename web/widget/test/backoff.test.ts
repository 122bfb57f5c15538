import { expect, test } from 'vitest';
import { backoff, FIRST_DELAY, LONGEST_DELAY } from '../src/chat/core/backoff';

test('doubles from half a second up to half a minute', () => {
  const longest = (attempt: number) => backoff(attempt, () => 1);
  expect([0, 1, 2, 3, 4, 5, 6, 7, 60].map(longest)).toEqual([500, 1000, 2000, 4000, 8000, 16000, 30000, 30000, 30000]);
});

test('jitter never reaches below half of the step', () => {
  expect(backoff(0, () => 0)).toBe(FIRST_DELAY / 2);
  expect(backoff(20, () => 0)).toBe(LONGEST_DELAY / 2);
});
