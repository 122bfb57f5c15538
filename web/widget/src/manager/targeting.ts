/**
 * Whether a trigger's conditions hold, for what a visitor has seen (`docs/interactions/web-messaging/chat-targeting.md`).
 * Pure: no browser, no network, no clock of its own, so that the console can try a trigger as a page does. Nothing that
 * is configured or sampled makes it throw.
 */

export type Kind = 'boolean' | 'number' | 'string' | 'day' | 'time';
/** What a page is known by: the last sample of each criterion while it was the current one. */
export type Values = Record<string, unknown>;
export type Kinds = Record<string, Kind>;

/** Under its name with this sign stands the highest that a custom number was on a page. */
export const HIGHEST = '^';

export interface Condition {
  criterion: string;
  position: string;
  operator: string;
  /** Nothing for `is_present` and `is_not_present`. */
  value?: unknown;
}

const NAMES: Record<Kind, string> = {
  boolean: 'chat_opened chat_shown identity signed_identity exit_intent',
  number: 'page_visit_count page_visit_duration visit_count visit_duration inactivity scroll_depth returning_unread',
  string: 'page_path page_url page_title device language referrer',
  day: 'day_of_week',
  time: 'time',
};

/** What each criterion is; custom variables have the kind that the source gives them. */
export const CRITERIA: Kinds = Object.fromEntries(
  Object.entries(NAMES).flatMap(([kind, names]) => names.split(' ').map((name) => [name, kind as Kind])),
);

const ANY = ['is', 'is_present', 'is_not_present'];
const ORDER = [...ANY, 'gte', 'lte'];

/** The operators that each kind has. */
export const OPERATORS: Record<Kind, string[]> = {
  boolean: ANY,
  number: ORDER,
  string: [...ANY, 'is_not', 'contains', 'does_not_contain', 'starts_with', 'ends_with'],
  day: ORDER,
  time: ORDER,
};

export const DAYS = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'];

/** How far back each position reaches: the nearest page and the farthest, 0 being the current one. */
const REACH: Record<string, [nearest: number, farthest: number]> = {
  current: [0, 0],
  previous: [1, 1],
  any: [0, Infinity],
  any_previous: [1, Infinity],
  current_or_previous: [0, 1],
};
for (const n of [2, 3, 4, 5]) {
  REACH[`previous_${n}`] = [n, n];
  REACH[`among_previous_${n}`] = [1, n];
  if (n < 5) REACH[`current_or_among_previous_${n}`] = [0, n];
}

/** The historical positions, `first` being the page that the visit began on. */
export const POSITIONS = /* @__PURE__ */ Object.keys(REACH).concat('first');

/** The pages that a position means, out of all from the oldest to the current one; undefined where there is no such
 * position. */
export function pagesAt<T>(position: string, pages: T[]): T[] | undefined {
  if (position === 'first') return pages.slice(0, 1);
  if (!own(REACH, position)) return undefined;
  const [nearest, farthest] = REACH[position] as [number, number];
  const end = Math.max(0, pages.length - nearest);
  return pages.slice(Math.max(0, pages.length - 1 - farthest), end);
}

const own = (map: object, key: string) => Object.hasOwn(map, key);

/** Keeps what was computed of a text, since the same ones are compared again each second. */
function remembered<T>(compute: (text: string) => T): (text: string) => T {
  let known = new Map<string, T>();
  return (text) => {
    let result = known.get(text);
    if (result === undefined) {
      if (known.size > 500) known = new Map();
      known.set(text, (result = compute(text)));
    }
    return result;
  };
}

/** A text as it is compared: without accents, capitals, and white space that says nothing. */
export const normalise = remembered((text) =>
  text
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/\s+/g, ' ')
    .trim(),
);

/** The texts of a list with commas, normalised; one blank text where nothing else is left. */
export const parts = remembered((value) => {
  const filled = value.split(',').map(normalise).filter(Boolean).slice(0, 50);
  return filled.length ? filled : [''];
});

const text = (value: unknown): string | undefined => (value === undefined || value === null ? undefined : `${value}`);

/** A number, or a text that is one, with a comma or a point; undefined for anything else. */
export function toNumber(value: unknown): number | undefined {
  if (typeof value === 'number') return isFinite(value) ? value : undefined;
  const digits = `${value}`.replace(/\s/g, '');
  return typeof value === 'string' && /^-?\d+([.,]\d+)?$/.test(digits) ? Number(digits.replace(',', '.')) : undefined;
}

/** A truth, or a text that is one; undefined for anything else. */
export function toBoolean(value: unknown): boolean | undefined {
  const told = typeof value === 'number' ? '' : `${value}`;
  return /^(true|1)$/.test(told) || (/^(false|0)$/.test(told) ? false : undefined);
}

/** Monday is 1, by its number or its name. */
function toDay(value: unknown): number | undefined {
  const day = typeof value === 'string' ? DAYS.indexOf(value) + 1 : toNumber(value);
  return day && day >= 1 && day <= 7 ? day : undefined;
}

/** Minutes since midnight, of `HH:MM`. */
function toMinutes(value: unknown): number | undefined {
  const [, hours, minutes] = /^(\d\d):(\d\d)/.exec(`${value}`) ?? [];
  return hours ? Number(hours) * 60 + Number(minutes) : undefined;
}

const READ: Record<Kind, (value: unknown) => string | number | boolean | undefined> = {
  boolean: toBoolean,
  number: toNumber,
  string: text,
  day: toDay,
  time: toMinutes,
};

const TEXTS: Record<string, (found: string, part: string) => boolean> = {
  is: (found, part) => found === part,
  contains: (found, part) => !!part && found.includes(part),
  starts_with: (found, part) => !!part && found.startsWith(part),
  ends_with: (found, part) => !!part && found.endsWith(part),
};
const OPPOSITES: Record<string, string> = { is_not: 'is', does_not_contain: 'contains' };

/**
 * Whether what was found stands to the value as the operator says. Something undefined satisfies what is negative, and
 * nothing else. Undefined where the kind has no such operator.
 */
export function matches(kind: Kind, operator: string, found: unknown, value?: unknown): boolean | undefined {
  if (!OPERATORS[kind].includes(operator)) return undefined;
  const source = READ[kind](found);
  if (operator === 'is_present') return isPresent(kind, source);
  if (operator === 'is_not_present') return !isPresent(kind, source);
  if (source === undefined) return own(OPPOSITES, operator);
  if (kind === 'string') {
    const positive = TEXTS[OPPOSITES[operator] ?? operator] as (found: string, part: string) => boolean;
    const one = normalise(`${source}`);
    return parts(text(value) ?? '').some((part) => positive(one, part)) !== own(OPPOSITES, operator);
  }
  const wanted = READ[kind](value);
  if (wanted === undefined) return false;
  if (operator === 'gte') return source >= wanted;
  if (operator === 'lte') return source <= wanted;
  if (kind === 'time') return Math.floor((source as number) / 15) === Math.floor((wanted as number) / 15);
  return source === wanted;
}

function isPresent(kind: Kind, source: string | number | boolean | undefined): boolean {
  if (kind === 'string') return !!normalise(`${source ?? ''}`);
  return kind === 'boolean' ? source === true : source !== undefined;
}

/**
 * Whether one condition holds on pages from the oldest to the current one: at least one page of its position satisfies
 * it, and where there is none, something undefined does. Undefined where its criterion, position or operator is none.
 */
export function holds(condition: Condition, pages: Values[], kinds: Kinds): boolean | undefined {
  const { criterion, position, operator, value } = condition;
  const kind = own(kinds, criterion) ? kinds[criterion] : undefined;
  const seen = pagesAt(position || 'current', pages);
  if (!kind || !seen || !OPERATORS[kind].includes(operator)) return undefined;
  if (!seen.length) return matches(kind, operator, undefined, value);
  // Over several pages, what was once as high counts, though it fell again before the page was left.
  const top = operator === 'gte' && /^(any|among|current_)/.test(position) ? criterion + HIGHEST : criterion;
  return seen.some((page) => matches(kind, operator, page[top] ?? page[criterion], value));
}

/** Whether all of them hold, with the result of each. */
export function evaluate(conditions: Condition[], pages: Values[], kinds: Kinds) {
  const results = conditions.map((condition) => holds(condition, pages, kinds));
  return { holds: results.every((result) => result === true), results };
}

/** The kinds of a source's criteria, its custom variables among them. */
export function kindsOf(variables: { name: string; kind: string }[]): Kinds {
  const kinds = { ...CRITERIA };
  for (const { name, kind } of variables) if (own(OPERATORS, kind)) kinds[name] = kind as Kind;
  return kinds;
}

/** The day and the time of a moment where the visitor is (`visitor`), or in a zone by its IANA name. */
export function clock(at: Date, zone: string): { day_of_week: number; time: string } {
  let [day, hour, minute] = [at.getDay(), at.getHours(), at.getMinutes()];
  try {
    if (zone && zone !== 'visitor') {
      const parts = { weekday: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZone: zone } as const;
      const there = new Intl.DateTimeFormat('en-GB', parts).format(at);
      day = DAYS.findIndex((name) => there.toLowerCase().includes(name.slice(0, 3))) + 1;
      [hour, minute] = (/(\d+):(\d+)/.exec(there) ?? []).slice(1).map(Number) as [number, number];
    }
  } catch {
    // A browser that does not know the zone: its own will do.
  }
  const two = (n: number) => `0${n}`.slice(-2);
  return { day_of_week: day || 7, time: `${two(hour)}:${two(minute)}` };
}

/** Where somebody is (`url`), and how long and how often they have been there, by each criterion. Times in milliseconds. */
export function circumstances(
  url: URL,
  visit: { pages: number; count: number; started: number },
  page: { started: number },
  now: number,
  zone: string,
): Values {
  const seconds = (since: number) => Math.max(0, Math.floor((now - since) / 1000));
  return {
    ...clock(new Date(now), zone),
    page_path: url.pathname + url.search,
    page_url: url.href,
    page_visit_count: visit.pages,
    page_visit_duration: seconds(page.started),
    visit_count: visit.count,
    visit_duration: seconds(visit.started),
  };
}
