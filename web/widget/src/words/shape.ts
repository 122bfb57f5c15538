import type { Shape } from '../chat/i18n';

/** Writes a date by a format such as `%d %B, %H:%M`; months have the names that the site gives, else the region's. */
export const shape: Shape = (format, at, months, region) => {
  const two = (n: number) => `${n}`.padStart(2, '0');
  const month = (style: 'long' | 'short') => new Intl.DateTimeFormat(region, { month: style }).format(at);
  const hour = at.getHours();
  const parts: Record<string, () => string> = {
    '%': () => '%',
    Y: () => `${at.getFullYear()}`,
    y: () => two(at.getFullYear() % 100),
    m: () => two(at.getMonth() + 1),
    B: () => months?.[at.getMonth()] ?? month('long'),
    b: () => months?.[at.getMonth()]?.slice(0, 3) ?? month('short'),
    d: () => two(at.getDate()),
    e: () => `${at.getDate()}`,
    H: () => two(hour),
    I: () => two(hour % 12 || 12),
    M: () => two(at.getMinutes()),
    p: () => (hour < 12 ? 'AM' : 'PM'),
  };
  return format.replace(/%(.)/g, (all, letter: string) => parts[letter]?.() ?? all);
};
