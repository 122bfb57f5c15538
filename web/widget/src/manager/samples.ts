import { calm } from '../shared/calm';
import { customOf, pageOf } from '../shared/session';
import type { Manager } from './manager';
import { circumstances, type Values } from './targeting';

/** What the page is at this moment, by each criterion. */
export class Samples {
  private active = Date.now();
  private leaving!: boolean;
  private depth!: number;
  unread = 0;

  constructor(private readonly manager: Manager) {
    const live = calm(() => (this.active = Date.now()));
    for (const type of ['pointerdown', 'pointermove', 'keydown', 'scroll']) addEventListener(type, live, true);
    const out = (event: MouseEvent) => {
      if (event.relatedTarget || event.clientY > 0 || this.leaving) return;
      this.leaving = true;
      manager.look();
    };
    document.addEventListener('mouseout', calm(out));
  }

  /** Another page begins in the same document; gives its address. */
  restart(): string {
    this.leaving = false;
    this.depth = 0;
    return pageOf(this.manager.bridge).url;
  }

  take(): Values {
    const { bridge, store, items, targeting } = this.manager;
    const { visitor, chat } = bridge;
    const { url, title } = pageOf(bridge);
    const now = Date.now();
    const { scrollHeight, clientHeight } = document.documentElement;
    const turned = scrollHeight > clientHeight ? (scrollY + clientHeight) / scrollHeight : 1;
    this.depth = Math.max(this.depth, Math.round(Math.min(1, turned) * 100));
    const touched = /Mobi|Android|iP(hone|ad|od)/.test(navigator.userAgent);
    const device = touched ? (Math.min(screen.width, screen.height) < 600 ? 'mobile' : 'tablet') : 'desktop';
    const found: Values = {};
    if (items) for (const one of targeting.variables) if (one.in_page) found[one.name] = items.find(one);
    bridge.found = found;
    return {
      ...customOf(bridge),
      ...circumstances(new URL(url), store.visit, store.page, now, targeting.time_zone),
      chat_opened: !!chat?.isOpen(),
      chat_shown: !!bridge.shown,
      identity: !!(visitor.identity || visitor.jwt),
      signed_identity: !!visitor.jwt,
      page_title: title,
      device,
      language: navigator.language,
      referrer: document.referrer,
      inactivity: Math.max(0, Math.floor((now - this.active) / 1000)),
      scroll_depth: this.depth,
      exit_intent: this.leaving,
      returning_unread: this.unread,
    };
  }
}
