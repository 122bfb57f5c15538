import { h, icon } from '../../shared/dom';
import type { Words } from '../i18n';
import { CHEVRON } from './icons';

/** The button that the loader has drawn, with what the panel has to say on it. There is none in embedded mode. */
export class Launcher {
  private readonly badge = h('span', {
    class: 'badge',
    'data-testid': 'unread-badge',
    'aria-hidden': 'true',
    hidden: true,
  });

  constructor(
    private readonly button: HTMLElement | undefined,
    private readonly t: Words,
  ) {
    button?.append(icon(CHEVRON, 28), this.badge);
  }

  focus(): void {
    this.button?.focus();
  }

  setExpanded(open: boolean): void {
    this.button?.setAttribute('aria-expanded', String(open));
  }

  setUnread(count: number): void {
    this.badge.hidden = !count;
    this.badge.textContent = count > 99 ? '99+' : String(count);
    this.button?.setAttribute('aria-label', this.t(count ? 'launcher_unread' : 'region_label', { n: count }));
  }
}
