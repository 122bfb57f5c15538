import { calm } from '../shared/calm';
import { claimsOf } from '../shared/claims';
import { fillIn } from '../shared/fill';
import { codeOf, isRtl, languages, plain, spoken } from '../shared/locale';
import { inScheme, place } from '../shared/place';
import type { Catalog, Item, Managing, Mode, Trigger } from '../shared/types';
import { Said } from './said';
import { find } from './variables';

interface Shown {
  item: Item;
  trigger: Trigger;
  mode: Mode;
  node: HTMLElement;
}

const PREFIX = 'dimelo_chat_';
const NATIVE = 'a[href],button,input,select,textarea,summary';

const Z_INDEX = 2_147_483_000;

const floats = ({ type, positioning }: Item): boolean => type === 'button' && positioning !== 'fixed';

/** Where the site wants a fixed button, if it is there. */
const markupOf = (item: Item): HTMLElement | null => document.getElementById(`${PREFIX}item_markup_${item.id}`);

/**
 * What the catalogue shows, in the page's own tree so that the site's styles reach it
 * (`docs/interactions/web-messaging/catalog.md`). The markup was made safe by the server when it was saved.
 */
export class Items implements Catalog {
  private shown: Shown[] = [];
  private readonly styled = new Set<string>();
  private readonly said: Said;
  readonly find = find;

  constructor(private readonly manager: Managing) {
    const { bridge } = manager;
    const { draw } = bridge;
    bridge.draw = (parent) => {
      draw(parent);
      this.remove((one) => this.gives(one));
    };
    this.said = new Said(manager.keep);
    if (!manager.engaged) this.said.forget();
    this.reserve();
    document.addEventListener(
      'keydown',
      calm((event: KeyboardEvent) => {
        const open = this.shown.findLast(({ item }) => item.type === 'invitation');
        if (event.key === 'Escape' && !event.defaultPrevented && open) this.dismiss(open);
      }),
    );
  }

  /**
   * The chat's own button takes the place of those that float, but for what the same trigger shows: there is one way into the
   * chat, and not two, unless somebody wants both.
   */
  private gives({ item, trigger }: Pick<Shown, 'item' | 'trigger'>): boolean {
    const { by, launcher } = this.manager.bridge;
    return !!launcher && floats(item) && by?.trigger_id !== trigger.id;
  }

  isMissing(item: Item): boolean {
    return item.positioning === 'fixed' && !markupOf(item);
  }

  /** Shows an item, in the place of the same one; a second invitation replaces the first. */
  show(item: Item, trigger: Trigger, mode: Mode): void {
    if (this.gives({ item, trigger })) return;
    const invites = item.type === 'invitation';
    this.remove(({ item: other }) => other.id === item.id || (invites && other.type === 'invitation'));
    const node = document.createElement('div');
    node.id = `${PREFIX}${item.type}_${item.id}`;
    node.className = `${PREFIX}item`;
    const one = { item, trigger, mode, node };
    this.shown.push(one);
    this.style(item);
    this.fill(one);
    this.put(one);
    this.veil();
    this.dress(one);
    if (item.type === 'invitation') this.announce(node);
  }

  hideAll(): void {
    this.remove(() => true);
  }

  /** Shows in their other dress what a trigger has shown. Tells whether anything was. */
  turn(trigger: Trigger, mode: Mode): boolean {
    const own = this.shown.filter((one) => one.trigger === trigger && one.mode !== mode);
    for (const one of own) {
      one.mode = mode;
      this.dress(one);
    }
    return own.length > 0;
  }

  say(trigger: Trigger, id: string): void {
    const { said, manager } = this;
    const { bridge, targeting } = manager;
    const texts = targeting.messages.find((one) => one.id === id)?.body ?? {};
    const text = spoken(texts, languages({ ...bridge, language: trigger.language })) ?? '';
    const { identity, jwt } = bridge.visitor;
    const body = fillIn(text, { ...identity, ...claimsOf(jwt) });
    if (!body.trim() || said.has(body)) return;
    said.add(body, manager.engaged);
    bridge.messages.push({ body });
  }

  engaged(): void {
    this.hideAll();
    this.said.keep();
  }

  reset(): void {
    this.hideAll();
    this.said.clear();
    this.manager.bridge.messages.length = 0;
  }

  /** Puts back what the page has taken out, as it does when it changes without loading. */
  keep(): void {
    for (const one of this.shown) if (!one.node.isConnected) this.put(one);
    this.reserve();
  }

  /** Keeps the height of what may be shown in the page free, so that nothing moves when it is. */
  private reserve(): void {
    const { items, triggers } = this.manager.targeting;
    for (const item of items) {
      const { id, positioning, reserve_height } = item;
      if (positioning !== 'fixed' || !reserve_height) continue;
      const used = triggers.some(({ actions }) => actions.some((one) => one.item_id === id || one.item_ids?.includes(id)));
      const spot = used && markupOf(item);
      if (spot) spot.style.minHeight = `${reserve_height}px`;
    }
  }

  veil(): void {
    for (const { node } of this.shown) {
      if (this.manager.bridge.hidden) node.style.setProperty('display', 'none', 'important');
      else node.style.removeProperty('display');
    }
  }

  private remove(which: (one: Shown) => boolean): void {
    for (const { node } of this.shown.filter(which)) node.remove();
    this.shown = this.shown.filter((one) => !which(one));
  }

  private dismiss(one: Shown): void {
    this.remove((other) => other === one);
    this.manager.dismissed(one.item);
  }

  private put({ item, node }: Shown): void {
    const { bridge } = this.manager;
    const above = (node.style.zIndex = `${bridge.config.source.z_index ?? Z_INDEX}`);
    place(node, bridge);
    if (item.positioning !== 'fixed') {
      document.body.append(node);
      // A style may move a part instead of the whole, which is above nothing then.
      for (const part of node.querySelectorAll<HTMLElement>(':scope > *')) {
        const { position, zIndex } = getComputedStyle(part);
        if (position !== 'static' && zIndex === 'auto') part.style.zIndex = above;
      }
      return;
    }
    markupOf(item)?.replaceChildren(node);
  }

  private fill(one: Shown): void {
    const { item, node, trigger } = one;
    const { bridge } = this.manager;
    const { trust } = bridge;
    const code = codeOf(Object.keys(item.texts), languages({ ...bridge, language: trigger.language }));
    const texts = item.texts[code ?? ''] ?? {};
    if (code) Object.assign(node, { lang: code, dir: isRtl(plain(code)) ? 'rtl' : 'ltr' });
    const escape = (text: string) => text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
    const html = (item.html as string).replace(/\{\{\s*(\w+)\s*\}\}/g, (_, key: string) => escape(texts[key] ?? ''));
    node.innerHTML = (trust ? trust.createHTML(html) : html) as string;
    const actions = [...node.querySelectorAll<HTMLElement>(`.${PREFIX}item_action`)];
    const dismissers = [...node.querySelectorAll<HTMLElement>(`.${PREFIX}item_dismiss`)];
    for (const part of [...(actions.length ? actions : [node]), ...dismissers]) this.operable(part, node);
    if (item.type === 'invitation') {
      node.role = 'dialog';
      // What stands first names it: the rest is to be read in it.
      node.ariaLabel = (node.querySelector('h1,h2,h3,p') ?? node).textContent?.trim().slice(0, 100) || item.label;
    }
    const click = (event: Event) => {
      const target = event.target as Element;
      const within = (kind: string) => target.closest(`.${PREFIX}item_${kind}`);
      if (within('dismiss')) {
        event.preventDefault();
        this.dismiss(one);
      } else if (one.mode === 'online' && (!actions.length || within('action'))) {
        event.preventDefault();
        if (item.type === 'invitation') this.remove((other) => other === one);
        this.manager.pressed(one.trigger);
      }
    };
    node.addEventListener('click', calm(click));
  }

  /** What is pressed can be reached and pressed by the keyboard. */
  private operable(part: HTMLElement, node: HTMLElement): void {
    // What dismisses it opens nothing.
    const opens = (one: Element) => !one.closest(`.${PREFIX}item_dismiss`);
    if (part.matches(NATIVE) || (part === node && [...node.querySelectorAll(NATIVE)].some(opens))) return;
    part.role ||= 'button';
    part.tabIndex = 0;
    const press = (event: KeyboardEvent) => {
      if (event.target !== part || (event.key !== 'Enter' && event.key !== ' ')) return;
      event.preventDefault();
      part.click();
    };
    part.addEventListener('keydown', calm(press));
  }

  private dress({ item, node, mode }: Shown): void {
    for (const one of ['online', 'offline']) {
      if (item.offline_support) node.classList.toggle(`${PREFIX}mode_${one}`, one === mode);
    }
    const other = mode === 'online' ? 'offline' : 'online';
    const see = (name: string, seen: boolean) => {
      for (const part of node.querySelectorAll<HTMLElement>(`.${PREFIX}${name}`)) {
        if (seen) part.style.removeProperty('display');
        else part.style.setProperty('display', 'none', 'important');
      }
    };
    see(`hide_when_${other}`, true);
    see(`show_when_${mode}`, true);
    see(`show_when_${other}`, false);
    see(`hide_when_${mode}`, false);
  }

  /** Once for an item, by a constructed sheet, which the page's policy does not forbid. */
  private style({ id, css }: Item): void {
    if (!css || this.styled.has(id)) return;
    this.styled.add(id);
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(inScheme(css, this.manager.bridge));
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
  }

  /** An invitation is read out once, and takes no focus. */
  private announce(node: HTMLElement): void {
    const said = document.createElement('div');
    said.role = 'status';
    said.style.cssText = 'position:fixed;clip-path:inset(50%)';
    document.body.append(said);
    setTimeout(() => (said.textContent = node.textContent), 100);
    setTimeout(() => said.remove(), 5000);
  }
}
