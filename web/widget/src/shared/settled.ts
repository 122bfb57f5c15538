import { pack } from './json';

const LONGEST = 1000;

/**
 * What a variable is filled with: a text, a finite number or a truth; null clears, and so does what has no end or cannot
 * be read. Anything else is written as JSON.
 */
export function settled(value: unknown): string | number | boolean | undefined {
  if (value === null || value === undefined || (typeof value === 'number' && !Number.isFinite(value))) return undefined;
  if (typeof value === 'number' || typeof value === 'boolean') return value;
  try {
    return (typeof value === 'string' ? value : pack(value)).slice(0, LONGEST);
  } catch {
    return undefined;
  }
}
