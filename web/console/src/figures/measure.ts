/** What the figures are, how they are written, and where each leads. */
import type { Schemas } from '../../../api';
import { region, t } from '../lib/i18n.svelte';

export type Figures = Schemas['Figures'];
export type FiguresOfDays = Schemas['FiguresOfDays'];
export type Column = keyof Figures;

/** The columns of every table, and which conversations each opens. */
export const columns: { name: Column; opens: Column; time: boolean }[] = [
  { name: 'conversations_new', opens: 'conversations_new', time: false },
  { name: 'conversations_taken', opens: 'conversations_taken', time: false },
  { name: 'first_response', opens: 'first_response', time: false },
  { name: 'first_response_median', opens: 'first_response', time: true },
  { name: 'first_response_p90', opens: 'first_response', time: true },
  { name: 'conversations_closed', opens: 'conversations_closed', time: false },
];

export const number = (n: number): string => n.toLocaleString(region());

/** Seconds as one reads them: 40 s, 12 min, 3 h 05 min, 52 h. */
export function duration(seconds: number): string {
  if (seconds < 60) return t('figures.seconds', { n: seconds });
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return t('time.minutes', { n: minutes });
  const hours = Math.floor(minutes / 60);
  if (hours >= 24 || minutes % 60 === 0) return t('time.hours', { n: Math.round(minutes / 60) });
  return t('figures.hours_minutes', { h: hours, m: String(minutes % 60).padStart(2, '0') });
}

/** A day without a time, wherever its reader is. */
export const dayOf = (date: string, options: Intl.DateTimeFormatOptions): string =>
  new Intl.DateTimeFormat(region(), { ...options, timeZone: 'UTC' }).format(new Date(`${date}T00:00:00Z`));

/** How one figure is written; nothing where there is none. */
export function written(of: Figures, name: Column, time: boolean): string {
  const value = of[name];
  if (value === null || value === undefined) return '–';
  return time ? duration(value) : number(value);
}
