import { fileSize as sizeIn } from '../../../shared/size';
import { createSubscriber } from 'svelte/reactivity';
import { region, t } from './i18n.svelte';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

class Clock {
  now = $state(Date.now());

  constructor() {
    setInterval(() => (this.now = Date.now()), 20_000);
  }
}

/** Ticks so that "5 min" becomes "6 min" without anything being fetched. */
export const clock = new Clock();

/** Short enough for a list row: now, 5 min, 3 h, then the day. */
export function ago(iso: string): string {
  const then = Date.parse(iso);
  const passed = clock.now - then;
  if (passed < MINUTE) return t('time.now');
  if (passed < HOUR) return t('time.minutes', { n: Math.floor(passed / MINUTE) });
  if (passed < DAY) return t('time.hours', { n: Math.floor(passed / HOUR) });
  if (passed < 7 * DAY) return t('time.days', { n: Math.floor(passed / DAY) });
  const sameYear = new Date(then).getFullYear() === new Date(clock.now).getFullYear();
  return format(
    iso,
    sameYear ? { day: 'numeric', month: 'short' } : { day: 'numeric', month: 'short', year: 'numeric' },
  );
}

/** Ticks each second, for as long as something that is counted by seconds is on screen. */
const eachSecond = createSubscriber((update) => {
  const timer = setInterval(update, 1_000);
  return () => clearInterval(timer);
});

/** How long since a moment, to the second: 0:42, 12:05, 1:02:03; days stand as days. */
export function waited(iso: string): string {
  eachSecond();
  const passed = Math.max(0, Date.now() - Date.parse(iso));
  if (passed >= DAY) return t('time.days', { n: Math.floor(passed / DAY) });
  const two = (n: number) => String(Math.floor(n)).padStart(2, '0');
  const [hours, minutes, seconds] = [passed / HOUR, (passed % HOUR) / MINUTE, (passed % MINUTE) / 1_000];
  return hours >= 1 ? `${Math.floor(hours)}:${two(minutes)}:${two(seconds)}` : `${Math.floor(minutes)}:${two(seconds)}`;
}

export function format(iso: string, options: Intl.DateTimeFormatOptions): string {
  return new Intl.DateTimeFormat(region(), options).format(new Date(iso));
}

/** The clock is written in one way everywhere, the reader's own: 8:16 PM, 20:16. */
export const timeOfDay = (iso: string) => format(iso, { timeStyle: 'short' });
export const weekdayTime = (iso: string) => `${format(iso, { weekday: 'short' })} ${timeOfDay(iso)}`;
export const moment = (iso: string) => format(iso, { dateStyle: 'medium', timeStyle: 'short' });

/** The heading above a day's messages. */
export function dayName(iso: string): string {
  const day = new Date(iso).toDateString();
  if (day === new Date(clock.now).toDateString()) return t('time.today');
  if (day === new Date(clock.now - DAY).toDateString()) return t('time.yesterday');
  return format(iso, { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' });
}

/** The server takes whole seconds in UTC. */
export const toServerTime = (date: Date) => date.toISOString().replace(/\.\d+Z$/, 'Z');

export const fileSize = (bytes: number) => sizeIn(bytes, region());
