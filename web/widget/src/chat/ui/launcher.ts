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
    button?.setAttribute('aria-haspopup', 'dialog');
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
    const { t } = this;
    const name = t(t.has('default_title') ? 'default_title' : 'hubbub.launcher');
    this.button?.setAttribute('aria-label', count ? `${name}, ${t.count('hubbub.unread', count)}` : name);
    this.button?.parentElement?.setAttribute('aria-label', name);
  }
}
