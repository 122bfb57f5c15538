import { calm } from '../../shared/calm';
import { h, icon } from '../../shared/dom';
import { pack } from '../../shared/json';
import type { Words } from '../i18n';
import { avatar } from './avatar';
import { BACK, CLOSE, QUIT } from './icons';

export interface PanelHooks {
  back(): void;
  close(): void;
  quit(): void;
}

export interface Heading {
  title: string;
  subtitle: string;
  avatar: string | null;
  /** Whose initials stand in for the picture. */
  face: string;
  /** Whether there is a list to go back to. */
  back: boolean;
  /** Another conversation has something unread. */
  dot: boolean;
  /** Whether there is a live chat to end. */
  quit: boolean;
}

/** The frame around every view: its place on the page, its heading, and the connection banner. */
export class Panel {
  readonly element: HTMLElement;
  private readonly body = h('div', { class: 'body' });
  private readonly banner = h('div', { class: 'banner', role: 'status' });
  private readonly head = h('div', { class: 'head' });
  private readonly title = h('h2', { class: 'title', id: 'title', dir: 'auto', tabindex: -1 });
  private drawn = '';
  /** What stands beside the title whatever that is. */
  private tool: HTMLElement | undefined;

  constructor(
    private readonly embedded: boolean,
    private readonly t: Words,
    signal: AbortSignal,
    private readonly hooks: PanelHooks,
  ) {
    const kind = embedded
      ? { class: 'panel embedded', role: 'region' }
      : { class: 'panel', role: 'dialog', hidden: true };
    this.element = h(
      'div',
      { ...kind, 'aria-labelledby': 'title', 'data-testid': 'panel' },
      this.head,
      this.banner,
      this.body,
    );
    this.speak();
    if (!embedded) this.followViewport(signal);
  }

  /** Takes up the language of now. It runs as that does, whatever the page's does. */
  speak(): void {
    const { locale, rtl } = this.t;
    Object.assign(this.element, { lang: locale, dir: rtl ? 'rtl' : 'ltr' });
    this.drawn = '';
  }

  get isOpen(): boolean {
    return !this.element.hidden;
  }

  show(): void {
    this.element.hidden = false;
  }

  hide(): void {
    this.element.hidden = true;
  }

  focusTitle(): void {
    this.title.focus({ preventScroll: true });
  }

  /** Puts a button beside the title. */
  offer(button: HTMLElement): void {
    this.tool = button;
    this.drawn = '';
  }

  setBody(view: HTMLElement): void {
    if (this.body.firstChild !== view) this.body.replaceChildren(view);
  }

  setBanner(text: string): void {
    if (this.banner.textContent !== text) this.banner.textContent = text;
  }

  setHeading(heading: Heading): void {
    const signature = pack(heading);
    if (signature === this.drawn) return;
    this.drawn = signature;
    const { t, hooks } = this;
    const button = (label: string, id: string, path: string, onclick: () => void, dot = false) =>
      h(
        'button',
        {
          type: 'button',
          class: `tool ${id}${dot ? ' dot' : ''}`,
          'aria-label': label,
          title: label,
          'data-testid': id,
          onclick,
        },
        icon(path),
      );
    this.title.textContent = heading.title;
    // The title may hold the focus, and must stay in the page to keep it.
    const text = this.title.parentElement ?? h('div', { class: 'head-text' }, this.title);
    text.querySelector('.subtitle')?.remove();
    if (heading.subtitle) text.append(h('p', { class: 'subtitle', dir: 'auto' }, heading.subtitle));
    for (const child of [...this.head.children]) if (child !== text && child !== this.tool) child.remove();
    if (text.parentElement !== this.head) this.head.append(text);
    if (this.tool && this.tool.parentElement !== this.head) text.after(this.tool);
    this.head.classList.toggle('plain', !heading.back);
    if (heading.back) {
      text.before(button(t('control_back_title'), 'back', BACK, hooks.back, heading.dot), avatar(heading.face, heading.avatar));
    }
    if (heading.quit) this.head.append(button(t('control_quit_title'), 'quit', QUIT, hooks.quit));
    if (!this.embedded) this.head.append(button(t('control_close_title'), 'close', CLOSE, hooks.close));
  }

  /**
   * On a phone the on-screen keyboard covers the lower part of the layout viewport; following the visual
   * one keeps the box to write in above it.
   */
  private followViewport(signal: AbortSignal): void {
    const viewport = window.visualViewport;
    if (!viewport) return;
    const follow = calm(() => {
      const covered = window.innerHeight - viewport.height > 80 && viewport.scale < 1.05;
      this.element.style.setProperty('--view-height', covered ? `${viewport.height}px` : '');
      this.element.style.setProperty('--view-top', covered ? `${viewport.offsetTop}px` : '');
    });
    viewport.addEventListener('resize', follow, { signal });
    viewport.addEventListener('scroll', follow, { signal });
  }
}
