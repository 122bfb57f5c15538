import { stored } from './stored';

const ofThread = ['close', 'defer', 'reassign', 'give_to_bot', 'categories'] as const;

export type DialogName = (typeof ofThread)[number] | 'shortcuts' | 'password' | 'sign_out_everywhere';

const personMemory = stored('person-panel');

/** What is open on the screen besides the page itself. */
class Ui {
  dialog = $state<DialogName | null>(null);
  personPanel = $state(personMemory.read() !== 'closed');
  /** The same panel where there is no room for it beside the thread. */
  personDrawer = $state(false);

  open = (name: DialogName) => (this.dialog = name);
  close = () => (this.dialog = null);

  /** Closes what is about the open thread; what is not stays. */
  closeOfThread = () => {
    if (ofThread.some((name) => name === this.dialog)) this.close();
  };

  togglePerson(): void {
    if (matchMedia('(min-width: 1240px)').matches) {
      this.personPanel = !this.personPanel;
      personMemory.write(this.personPanel ? null : 'closed');
    } else {
      this.personDrawer = !this.personDrawer;
    }
  }
}

export const ui = new Ui();
