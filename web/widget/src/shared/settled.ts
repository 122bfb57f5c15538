const LONGEST = 1000;

/**
 * What a variable is filled with: a text, a finite number or a truth; null clears, and so does what has no end or cannot
 * be read. Anything else is written as JSON.
 */
export function settled(value: unknown, longest = LONGEST): string | number | boolean | undefined {
  if (value === null || value === undefined || (typeof value === 'number' && !isFinite(value))) return undefined;
  if (typeof value === 'number' || typeof value === 'boolean') return value;
  try {
    // The browser sees at once what has no end.
    return (typeof value === 'string' ? value : JSON.stringify(value)).slice(0, longest);
  } catch {
    return undefined;
  }
}

/** The same of several by their names, cut at so many characters. */
export const allSettled = (values: Record<string, unknown>, longest?: number) =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, settled(value, longest)]));
