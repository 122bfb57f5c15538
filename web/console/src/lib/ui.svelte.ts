import { put } from './api/http';
import type { Profile } from './api/types';

const ofThread = ['done', 'defer', 'assign', 'let_go', 'end_chat', 'give_to_bot', 'categories', 'tags', 'split', 'merge_threads'] as const;

export type DialogName = (typeof ofThread)[number] | 'shortcuts' | 'password' | 'sign_out_everywhere' | 'told';

/** What is open on the screen besides the page itself. */
class Ui {
  dialog = $state<DialogName | null>(null);
  personPanel = $state(true);
  /** The same panel where there is no room for it beside the thread. */
  personDrawer = $state(false);

  /** Icons alone, where there would be room for words. */
  narrowRail = $state(false);
  /** Two lines a row, without faces. */
  dense = $state(false);

  /** How much happened to my conversations that I have not seen. */
  unseen = $state(0);
  /** The comment that somebody wants to be led to. */
  goTo = $state<string | null>(null);
  /** The browser's notices are offered. */
  offersNotices = $state(false);

  private kept: Promise<unknown> = Promise.resolve();

  /** Has the console look as its agent left it, wherever that was. */
  adopt({ dense, narrow_rail, person_hidden }: Profile): void {
    [this.dense, this.narrowRail, this.personPanel] = [dense, narrow_rail, !person_hidden];
  }

  /** Has the server keep it, one after the other. What it did not take is only this page's. */
  private keep(change: Partial<Profile>): void {
    this.kept = this.kept.then(() => put('/console/profile', change)).catch(() => {});
  }

  toggleRail(): void {
    this.narrowRail = !this.narrowRail;
    this.keep({ narrow_rail: this.narrowRail });
  }

  toggleDensity(): void {
    this.dense = !this.dense;
    this.keep({ dense: this.dense });
  }

  /** Somebody writes a mail that answers nothing, perhaps to somebody. */
  mail = $state.raw<{ to: string } | null>(null);

  writeMail = (to = '') => (this.mail = { to });

  open = (name: DialogName) => (this.dialog = name);
  close = () => (this.dialog = null);

  /** Closes what is about the open thread; what is not stays. */
  closeOfThread = () => {
    if (ofThread.some((name) => name === this.dialog)) this.close();
  };

  togglePerson(): void {
    if (matchMedia('(min-width: 1240px)').matches) {
      this.personPanel = !this.personPanel;
      this.keep({ person_hidden: !this.personPanel });
    } else {
      this.personDrawer = !this.personDrawer;
    }
  }
}

export const ui = new Ui();
