/** Business hours as forms show them: the server writes spans of seconds since midnight, `32400-43200,50400-64800`. */

/** From when to when, as `09:00`; midnight at the end of a day is `00:00`. */
export interface Span {
  from: string;
  to: string;
}

/** The parameters of the weekdays, from Monday on. */
export const WEEK = [
  'monday_hours',
  'tuesday_hours',
  'wednesday_hours',
  'thursday_hours',
  'friday_hours',
  'saturday_hours',
  'sunday_hours',
] as const;

const DAY = 24 * 3600;
const two = (n: number) => String(n).padStart(2, '0');
const clock = (seconds: number) => `${two(Math.floor((seconds % DAY) / 3600))}:${two(Math.floor((seconds % 3600) / 60))}`;
const seconds = (time: string) => {
  const [hour, minute] = time.split(':').map(Number);
  return hour! * 3600 + minute! * 60;
};
const end = ({ to }: Span) => seconds(to) || DAY;

export const spansOf = (text: string): Span[] =>
  text
    .split(',')
    .filter(Boolean)
    .map((span) => span.split('-').map(Number))
    .map(([from, to]) => ({ from: clock(from!), to: clock(to!) }));

export const textOf = (spans: Span[]): string =>
  spans.map((span) => `${seconds(span.from)}-${end(span)}`).join(',');

/** Whether each span has an end after its beginning, and begins after the one before it has ended. */
export const areHours = (spans: Span[]): boolean =>
  spans.every(
    (span, at) =>
      !!span.from && !!span.to && seconds(span.from) < end(span) && (at === 0 || end(spans[at - 1]!) <= seconds(span.from)),
  );

/** How a weekday is called, from Monday on. */
export const dayName = (day: number, locale: string): string =>
  // The first of January 2024 was a Monday.
  new Intl.DateTimeFormat(locale, { weekday: 'long', timeZone: 'UTC' }).format(Date.UTC(2024, 0, 1 + day));
