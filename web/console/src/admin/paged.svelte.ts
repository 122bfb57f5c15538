import { Again } from '../lib/again';
import { explain } from '../lib/refusal';

/** A list that comes in pages: the page that is shown, fetched anew whenever something else is asked for. */
export class Paged<Row, Asked> {
  offset = $state(0);
  records = $state.raw<Row[]>([]);
  count = $state(0);
  loaded = $state(false);
  problem = $state('');
  private again = new Again(() => void this.reload());

  constructor(
    private asked: () => Asked,
    private fetch: (asked: Asked, offset: number) => Promise<{ records: Row[]; count: number }>,
  ) {
    $effect(() => void this.reload());
  }

  reload = async (): Promise<void> => {
    const { offset } = this;
    const asked = this.asked();
    const before = JSON.stringify([asked, offset]);
    try {
      const page = await this.fetch(asked, offset);
      // Somebody asked for something else meanwhile.
      if (before !== JSON.stringify([this.asked(), this.offset])) return;
      ({ records: this.records, count: this.count } = page);
      this.problem = '';
      this.again.done();
    } catch (cause) {
      this.problem = explain(cause);
      this.again.failed(cause);
    }
    this.loaded = true;
  };
}
