/** The field for formatted text: fetched when somebody writes where it is taken, and left out by those who want none. */
import { locale } from '../i18n.svelte';
import { stored } from '../stored';

const memory = stored('format');

class Rich {
  Field = $state.raw<(typeof import('../../inbox/RichField.svelte'))['default'] | null>(null);
  /** Mails are written formatted, unless one has chosen otherwise in this browser. */
  wanted = $state(memory.read() !== 'plain');
  private asked = false;

  choose(wanted: boolean): void {
    this.wanted = wanted;
    memory.write(wanted ? null : 'plain');
  }

  /** What cannot be fetched is not written with: the plain field stays. */
  async fetch(): Promise<void> {
    if (this.asked) return;
    this.asked = true;
    try {
      this.Field = (await locale.withWords('acts', import('../../inbox/RichField.svelte'))).default;
    } catch {
      this.wanted = false;
      this.asked = false;
    }
  }
}

export const rich = new Rich();
