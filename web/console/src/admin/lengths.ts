/** Lengths of time as people write them. */

/** Seconds as text: 8m, 1h 30m. */
export function length(seconds: number): string {
  const units = [['d', 86_400], ['h', 3600], ['m', 60], ['s', 1]] as const;
  const parts = units.map(([unit, worth], at) => {
    const whole = Math.floor((at ? seconds % units[at - 1]![1] : seconds) / worth);
    return whole ? `${whole}${unit}` : '';
  });
  return parts.filter(Boolean).join(' ') || '0';
}

/** Text as seconds, where it is a length of time. */
export function seconds(text: string): number {
  const worth = { d: 86_400, h: 3600, m: 60, s: 1 };
  const parts = [...text.matchAll(/(\d+)\s*([dhms]?)/g)];
  return parts.reduce((sum, [, count, unit]) => sum + Number(count) * worth[(unit || 's') as 's'], 0);
}

export const isLength = (text: string): boolean =>
  /^(\d+|(\d+\s*d\s*)?(\d+\s*h\s*)?(\d+\s*m\s*)?(\d+\s*s)?)$/.test(text.trim()) && text.trim() !== '';
