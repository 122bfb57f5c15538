/** From whom the pictures of mails are shown without being asked for, in this browser. */
import { stored } from '../stored';

/** Of more, those that were added first are forgotten. */
const MOST = 200;

const kept = stored('pictures_from');

function read(): string[] {
  try {
    const list: unknown = JSON.parse(kept.read() ?? '[]');
    return Array.isArray(list) ? list.filter((one) => typeof one === 'string') : [];
  } catch {
    return [];
  }
}

class Pictures {
  private senders = $state.raw(read());

  areShownFrom(address: string): boolean {
    return this.senders.includes(address.toLowerCase());
  }

  alwaysFrom(address: string): void {
    this.senders = [...this.senders.filter((one) => one !== address.toLowerCase()), address.toLowerCase()].slice(-MOST);
    kept.write(JSON.stringify(this.senders));
  }
}

export const pictures = new Pictures();
