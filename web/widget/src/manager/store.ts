import { pack, unpack } from '../shared/json';
import type { Keep } from '../shared/keep';
import { allSettled } from '../shared/settled';
import { HIGHEST, toNumber, type Values } from './targeting';

/** One page that was looked at, with the last sample of everything while it was. Times in milliseconds. */
export interface PageRecord {
  n: number;
  started: number;
  ended: number;
  values: Values;
}

/** Pages with less than half an hour between them. */
export interface Visit {
  /** Visits ever, this one included. */
  count: number;
  started: number;
  last: number;
  /** Page views so far. */
  pages: number;
  /** No trigger acts any more in this visit. */
  stopped: boolean;
  /** Triggers that act no more in this visit. */
  once: string[];
  /** Invitations that were dismissed. */
  dismissed: string[];
  /** The visitor has minimised the chat. */
  minimised: boolean;
}

/** So long after the last sign of life a page begins another visit, in milliseconds. */
export const VISIT_MS = 30 * 60_000;
/** How many pages are kept: the first and the newest. */
const MOST = 50;
/** Longest text of all pages that is kept, in characters. */
const LONGEST = 64 * 1024;
const TEXT = 500;
/** How often the visit is noted to go on, in milliseconds. */
const TOUCH = 15_000;

/**
 * What this browser keeps of a visit, for triggers alone: nothing of it leaves the browser from here. Tabs of a site
 * share it, so whatever is written is read again first.
 */
export class VisitStore {
  visit!: Visit;
  /** The page that this tab is on. */
  page!: PageRecord;
  private others: PageRecord[] = [];
  /** The last sample of the current page at the address that it had before this one. */
  private before: Values | undefined;
  private written?: string;
  private touched?: number;

  constructor(
    private readonly keep: Pick<Keep, 'get' | 'set'> | Map<string, string>,
    private readonly now: () => number = Date.now,
  ) {}

  /** A page begins at this address: it goes on with the visit, or begins another. */
  begin(url?: string): void {
    const now = this.now();
    this.readVisit();
    this.readPages();
    const { visit } = this;
    // A clock that was set back ends no visit.
    if (!visit.started || now - visit.last >= VISIT_MS) {
      this.visit = { ...none(), count: visit.count + 1, started: now };
      this.others = [];
      this.keep.set('pages', '');
    } else if (this.page) {
      // A site may give the new page its address before it says that there is one.
      if (this.before && this.page.values.page_url === url) this.page.values = this.before;
      this.write();
      this.others.push(cut(this.page));
    }
    this.before = undefined;
    this.visit.pages++;
    this.page = { n: this.visit.pages, started: now, ended: now, values: {} };
    this.write();
  }

  /** Notes the newest sample of the current page; writes it when it tells more than that time passes. */
  sample(values: Values): void {
    const now = this.now();
    const { page } = this;
    const known = page.values;
    if (known.page_url !== undefined && known.page_url !== values.page_url) this.before = known;
    for (const name of Object.keys(values)) {
      const value = toNumber(values[name]);
      const before = known[name + HIGHEST] as number;
      if (/^custom/.test(name)) values[name + HIGHEST] = value === undefined || before > value ? before : value;
    }
    page.values = values;
    page.ended = now;
    const { time, page_visit_duration, visit_duration, inactivity, ...telling } = values;
    const told = pack(telling);
    if (told !== this.written || now - this.touched! >= TOUCH) {
      this.written = told;
      this.write();
    }
  }

  /** The pages of the visit, from the oldest to this tab's own. */
  pages(): PageRecord[] {
    return [...this.others.filter((one) => byStart(one, this.page) < 0).sort(byStart), this.page];
  }

  /** Begins as a browser that was never here. */
  forget(): void {
    this.visit = none();
    this.others = [];
    this.page = undefined as unknown as PageRecord;
  }

  /** Changes the visit as it stands now, whichever tab wrote it last. */
  change(change: (visit: Visit) => void): void {
    this.readVisit();
    change(this.visit);
    this.keep.set('visit', pack(this.visit));
  }

  /** Writes what there is, and that the visit goes on. */
  write(): void {
    this.touched = this.now();
    const { pages, started } = this.visit;
    this.readVisit();
    const { visit, page } = this;
    visit.last = this.touched;
    if (visit.started === started) visit.pages = Math.max(visit.pages, pages);
    this.readPages();
    const all = [...this.others, cut(page)].sort(byStart);
    let text: string;
    do text = pack(all);
    while (all.length > 2 && (all.length > MOST || text.length > LONGEST) && all.splice(1, 1));
    this.others = all.filter((one) => key(one) !== key(page));
    this.keep.set('visit', pack(visit));
    this.keep.set('pages', text);
  }

  /** Learns what other tabs have noted. */
  readVisit(): void {
    const known = this.visit;
    const found = Object(unpack(this.keep.get('visit'))) as Record<string, unknown>;
    const visit = none() as unknown as Record<string, unknown>;
    // Storage may hold anything else.
    for (const [name, blank] of Object.entries(visit)) {
      const value = found[name];
      if (typeof value === typeof blank && Array.isArray(value) === Array.isArray(blank)) visit[name] = value;
    }
    // Another tab may have begun anew; an older visit counts for nothing.
    if (!known || (visit.started as number) >= known.started) this.visit = visit as unknown as Visit;
  }

  private readPages(): void {
    const found = unpack(this.keep.get('pages'));
    const own = this.page && key(this.page);
    const known = new Map(this.others.map((one) => [key(one), one]));
    for (const one of Array.isArray(found) ? found : []) if (isPage(one)) known.set(key(one), one);
    this.others = [...known.values()].filter((one) => key(one) !== own && one.started >= this.visit.started);
  }
}

const none = (): Visit => ({
  count: 0,
  started: 0,
  last: 0,
  pages: 0,
  stopped: false,
  once: [],
  dismissed: [],
  minimised: false,
});

const key = (page: PageRecord) => `${page.n} ${page.started}`;
const byStart = (a: PageRecord, b: PageRecord) => a.started - b.started || a.n - b.n;
/** A page as it is kept; of the current one texts are compared as they are. */
const cut = (page: PageRecord): PageRecord => ({ ...page, values: allSettled(page.values, TEXT) });

function isPage(one: unknown): one is PageRecord {
  const { n, started, values } = Object(one) as PageRecord;
  return typeof n === 'number' && typeof started === 'number' && !!values && typeof values === 'object';
}
