import type { FolderRef, Id } from './api/types';
import type { FiguresWanted } from './api/figures';
import type { VisitorsWanted } from './api/visitors';
import { folderNames, formerNames } from './folders';

export type Route =
  | { name: 'inbox'; folder: FolderRef; thread: Id | null; source: Id | null; text: string; everywhere: boolean }
  | { name: 'admin'; page: string; id: string | null }
  | ({ name: 'visitors' } & VisitorsWanted)
  | { name: 'people'; id: Id | null; text: string }
  | ({ name: 'figures' } & FiguresWanted)
  | { name: 'me' }
  | { name: 'invitation' | 'recovery' };

function folderOf(name: string): FolderRef {
  return folderNames.find((known) => known === name) ?? formerNames[name] ?? (/^[0-9a-f]{24}$/.test(name) ? name : 'unassigned');
}

/** An address with the names that things have now; the same one where nothing of it was called otherwise. */
export function renamed(path: string): string {
  return path.replace(/^\/inbox\/(\w+)/, (all, name: string) => (formerNames[name] ? `/inbox/${formerNames[name]}` : all));
}

/** Addresses under /console belong to the server, so none of ours begins with it. */
export function parse(path: string, search: string): Route {
  const [area, second, third] = path.split('/').filter(Boolean);
  if (area === 'admin') return { name: 'admin', page: second ?? '', id: third ?? null };
  // Whoever has signed a mailbox in at its provider comes back there.
  if (area === 'oauth') return { name: 'admin', page: 'oauth', id: null };
  if (area === 'invitation' || area === 'recovery' || area === 'me') return { name: area };
  const query = new URLSearchParams(search);
  if (area === 'people') return { name: area, id: second ?? null, text: query.get('text') ?? '' };
  if (area === 'figures') {
    const of = (name: string) => query.get(name);
    return { name: area, from: of('from'), to: of('to'), days: of('days'), source: of('source'), user: of('user'), metric: of('metric') };
  }
  if (area === 'visitors') {
    return { name: 'visitors', source: query.get('source'), page: query.get('page') ?? '', variable: query.get('variable') ?? '' };
  }
  return {
    name: 'inbox',
    folder: folderOf(second ?? ''),
    thread: third ?? null,
    source: query.get('source'),
    text: query.get('q') ?? '',
    everywhere: query.get('in') === 'all',
  };
}

export interface InboxPlace {
  folder: FolderRef;
  thread?: Id | null;
  source?: Id | null;
  text?: string;
  /** The search goes through all folders. */
  everywhere?: boolean;
}

export function inboxPath(to: InboxPlace): string {
  const query = new URLSearchParams();
  if (to.source) query.set('source', to.source);
  if (to.text) query.set('q', to.text);
  if (to.text && to.everywhere) query.set('in', 'all');
  const search = query.toString();
  return `/inbox/${to.folder}${to.thread ? `/${to.thread}` : ''}${search ? `?${search}` : ''}`;
}

/** Asked before the page is left; answers whether it may be. */
export type Guard = () => Promise<boolean>;

class Router {
  route = $state.raw<Route>(parse(location.pathname, location.search));
  private guard: Guard | null = null;
  /** Where the present page stands in the browser's history, counted from the first one of this tab. */
  private place: number = history.state?.place ?? 0;

  constructor() {
    const now = renamed(location.pathname);
    if (now !== location.pathname) history.replaceState(history.state, '', now + location.search);
    addEventListener('popstate', (event) => this.moved(event.state?.place ?? 0));
    document.addEventListener('click', (event) => this.follow(event));
  }

  go(path: string, replace = false): void {
    if (path === location.pathname + location.search) return;
    this.leave(() => {
      if (!replace) this.place += 1;
      const state = { place: this.place };
      if (replace) history.replaceState(state, '', path);
      else history.pushState(state, '', path);
      this.read();
    });
  }

  /** Asks this one before the page is left, until the returned function is called. */
  hold(guard: Guard): () => void {
    this.guard = guard;
    return () => {
      if (this.guard === guard) this.guard = null;
    };
  }

  private leave(go: () => void): void {
    if (!this.guard) return go();
    void this.guard().then((free) => {
      if (!free) return;
      this.guard = null;
      go();
    });
  }

  /** The browser's own buttons have moved already: whoever is asked is asked on the page that they are about. */
  private moved(place: number): void {
    const steps = place - this.place;
    if (steps === 0 && this.guard) return;
    if (this.guard) {
      history.go(-steps);
      return this.leave(() => history.go(steps));
    }
    this.place = place;
    this.read();
  }

  private read(): void {
    this.route = parse(location.pathname, location.search);
  }

  /** Plain clicks on our own links stay in the page; everything else is the browser's. */
  private follow(event: MouseEvent): void {
    if (
      event.defaultPrevented ||
      event.button !== 0 ||
      event.metaKey ||
      event.ctrlKey ||
      event.shiftKey ||
      event.altKey
    )
      return;
    const link = (event.target as Element | null)?.closest?.('a[data-route]');
    const href = link?.getAttribute('href');
    if (!href) return;
    event.preventDefault();
    this.go(href);
  }
}

export const router = new Router();
