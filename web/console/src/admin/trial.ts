/**
 * A visit that is made up, to see what a chat's triggers do with it. It is the widget's own engine that runs, on pages and
 * a clock that are made up, so that what is said here is what a page would do.
 */
import { Engine, type Held, type World } from '../../../widget/src/manager/engine';
import { VisitStore } from '../../../widget/src/manager/store';
import { circumstances, CRITERIA, DAYS, evaluate, type Kind, kindsOf, type Values } from '../../../widget/src/manager/targeting';
import type { Item, Mode, Targeting, Trigger } from '../../../widget/src/shared/types';

/** A page of the visit, and for how many seconds it is looked at. */
export interface Page {
  key: number;
  url: string;
  title: string;
  seconds: number | null;
  /** The visitor has written by then. */
  engaged: boolean;
  /** Custom variables and whatever else triggers look at, as somebody writes it; what is empty is not there. */
  values: Record<string, string>;
}

export interface Visit {
  day: string;
  /** When it begins, as `HH:MM`. */
  time: string;
  /** The how many-th it is. */
  count: number | null;
  identity: 'none' | 'told' | 'signed';
  /** Whether somebody could take a conversation. */
  agents: boolean;
  pages: Page[];
}

/** What triggers are made of, as the server lists it: in their order, those that are switched off too. */
export interface Setup {
  mode: 'messaging' | 'live_chat';
  triggers: (Omit<Trigger, 'conditions' | 'actions'> & Pick<Trigger, 'conditions' | 'actions'> & { active: boolean })[];
  items: { id: string; label: string; type: string; active: boolean; offline_support: boolean; html: string }[];
  variables: { name: string; label: string; kind: string }[];
}

/** What a trigger does on one page: after how many seconds and how, or why it does not, with each condition's result. */
export interface Outcome {
  id: string;
  acted: { after: number; mode: Mode } | null;
  why: Held | 'nobody' | 'inactive' | null;
  results: (boolean | undefined)[];
}

/** No page is looked at for longer. */
export const LONGEST = 3600;
export const PAGES_MAX = 20;

/** What a page has where nobody says otherwise. */
const USUAL: Values = {
  device: 'desktop', language: 'en', referrer: '', inactivity: 0, scroll_depth: 0, exit_intent: false, returning_unread: 0,
};

/** What triggers look at besides what every visit has: the custom variables, and the rarer criteria that they name. */
export function asked(setup: Setup): { name: string; label: string | null; kind: Kind }[] {
  const named = new Set(setup.triggers.flatMap((one) => one.conditions.map(({ criterion }) => criterion)));
  const rare = Object.keys(USUAL).filter((name) => named.has(name));
  return [
    ...setup.variables.map(({ name, label, kind }) => ({ name, label, kind: kind as Kind })),
    ...rare.map((name) => ({ name, label: null, kind: CRITERIA[name] as Kind })),
  ];
}

/** The address of a page as a browser has it. */
const address = (url: string) => {
  try {
    return new URL(url.trim(), 'https://www.example.com/');
  } catch {
    return new URL('https://www.example.com/');
  }
};

/** The next such day and time, of whoever looks. */
function beginning(day: string, time: string): number {
  const at = new Date();
  const [hours, minutes] = time.split(':').map(Number);
  at.setHours(hours || 0, minutes || 0, 0, 0);
  at.setDate(at.getDate() + ((DAYS.indexOf(day) + 1 - at.getDay() + 7) % 7));
  return at.getTime();
}

/** The seconds of a page at which something may have changed: its first and last, each minute, and whatever is counted. */
function moments(seconds: number, elapsed: number, setup: Setup): number[] {
  const counted = setup.triggers.flatMap((one) => one.conditions).map(({ value }) => Number(value));
  const near = counted.flatMap((n) => [n, n + 1, n - elapsed, n - elapsed + 1]);
  const minutes = Array.from({ length: Math.floor(seconds / 60) + 1 }, (_, n) => n * 60);
  const all = new Set([0, seconds, ...minutes, ...near.filter((n) => Number.isInteger(n) && n > 0 && n < seconds)]);
  return [...all].sort((a, b) => a - b);
}

/** What each trigger does on each page, in the order of both. */
export async function tryVisit(visit: Visit, setup: Setup): Promise<Outcome[][]> {
  const kept = new Map<string, string>([['visit', JSON.stringify({ count: Math.max(0, (visit.count ?? 1) - 1) })]]);
  const keep = {
    get: (name: string) => kept.get(name) ?? null,
    set: (name: string, text: string) => void kept.set(name, text),
    remove: (name: string) => void kept.delete(name),
  };
  let now = beginning(visit.day, visit.time);
  const store = new VisitStore(keep, () => now);
  const inUse = setup.triggers.filter((one) => one.active);
  const targeting = {
    triggers: inUse,
    items: setup.items.filter((one) => one.active) as unknown as Item[],
    variables: setup.variables,
  } as unknown as Targeting;
  const kinds = kindsOf(setup.variables);
  const chat = { shown: false, open: false };
  const answers: Promise<number>[] = [];
  let page = visit.pages[0]!;
  let acted: (id: string, mode: Mode) => void = () => {};
  const world = {
    store, targeting, kinds,
    bridge: {
      config: { source: { mode: setup.mode } },
      emit: (event: string, told: { trigger_id: string; mode: Mode }) =>
        void (event === 'trigger_executed' && acted(told.trigger_id, told.mode)),
    },
    items: { isMissing: () => false, show() {}, turn: () => true },
    get engaged() { return page.engaged; },
    available: () => {
      const answer = Promise.resolve(visit.agents ? 1 : 0);
      answers.push(answer);
      return answer;
    },
    showChat: (_: Trigger, open: boolean) => void Object.assign(chat, { shown: true, open: chat.open || open }),
    offer() {},
    say() {},
  };
  const engine = new Engine(world as unknown as World);

  const values = (began: number): Values => ({
    ...USUAL,
    inactivity: Math.floor((now - began) / 1000),
    ...Object.fromEntries(Object.entries(page.values).filter(([, value]) => value !== '')),
    ...circumstances(address(page.url), store.visit, store.page, now, 'visitor'),
    page_title: page.title,
    chat_shown: chat.shown,
    chat_opened: chat.open,
    identity: visit.identity !== 'none',
    signed_identity: visit.identity === 'signed',
  });

  /** As a page does: whatever a trigger has changed is looked at once more. */
  async function look(began: number) {
    for (let before = ''; before !== JSON.stringify(chat); ) {
      before = JSON.stringify(chat);
      store.sample(values(began));
      engine.evaluate();
      for (let answer = answers.pop(); answer; answer = answers.pop()) await answer;
    }
  }

  const outcomes: Outcome[][] = [];
  for (page of visit.pages) {
    const began = now;
    store.begin();
    engine.restart();
    // What nobody has answered goes with its page.
    if (!page.engaged) Object.assign(chat, { shown: false, open: false });
    else chat.shown = true;
    const done = new Map<string, Outcome['acted'] & { results: Outcome['results'] }>();
    const results = (id: string) => {
      const trigger = setup.triggers.find((one) => one.id === id)!;
      return evaluate(trigger.conditions, store.pages().map((one) => one.values), kinds).results;
    };
    let after = 0;
    acted = (id, mode) => void done.set(id, { after, mode, results: results(id) });
    const seconds = Math.min(LONGEST, Math.max(0, Math.floor(page.seconds ?? 0)));
    for (after of moments(seconds, Math.floor((began - store.visit.started) / 1000), setup)) {
      now = began + after * 1000;
      await look(began);
    }
    const seen = store.pages().map((one) => one.values);
    outcomes.push(
      setup.triggers.map((trigger): Outcome => {
        const { id } = trigger;
        const one = done.get(id);
        if (one) return { id, acted: { after: one.after, mode: one.mode }, why: null, results: one.results };
        const refused = engine.states.get(id)?.at === 'refused' ? ('nobody' as const) : null;
        const why = trigger.active ? (engine.held(trigger, seen) ?? refused) : ('inactive' as const);
        return { id, acted: null, why, results: results(id) };
      }),
    );
  }
  return outcomes;
}

let keys = 0;
/** A page that has nothing yet but its address. */
export const blankPage = (url: string, seconds = 20, values: Record<string, string> = {}): Page => ({
  key: ++keys, url, title: '', seconds, engaged: false, values,
});

const blankVisit = (pages: Page[]): Visit => ({ day: 'tuesday', time: '10:00', count: 1, identity: 'none', agents: true, pages });

const SITE = 'https://www.example.com';

/** Visits to begin with. A cart is the number that is called so, else the first one. */
export const samples = {
  first: () => blankVisit([blankPage(`${SITE}/`, 45)]),
  cart: (setup: Setup) => {
    const numbers = setup.variables.filter((one) => one.kind === 'number');
    const cart = (numbers.find((one) => /cart|basket|panier/.test(one.name)) ?? numbers[0])?.name;
    const filled = (n: string): Record<string, string> => (cart ? { [cart]: n } : {});
    return blankVisit([
      blankPage(`${SITE}/products/fern`, 40, filled('0')),
      blankPage(`${SITE}/cart`, 60, filled('2')),
      blankPage(`${SITE}/cart`, 30, filled('0')),
    ]);
  },
  third: () => blankVisit(['', 'products', 'products/fern'].map((path) => blankPage(`${SITE}/${path}`, 100))),
  checkout: () =>
    blankVisit([blankPage(`${SITE}/cart`, 30), blankPage(`${SITE}/checkout`, 90), blankPage(`${SITE}/`, 20)]),
  night: () => ({ ...blankVisit([blankPage(`${SITE}/contact`, 60)]), day: 'sunday', time: '22:30', count: 4, agents: false }),
};
