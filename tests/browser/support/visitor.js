/** What a visitor does with the chat on a page, and sees of it. */
import { until } from './until.js';

export class Visitor {
  constructor(page) {
    this.page = page;
  }

  async visit(url) {
    await this.page.goto(url);
    return this;
  }

  async openChat() {
    await this.page.getByTestId('launcher').click();
    await this.page.getByTestId('composer').waitFor();
  }

  async closeChat() {
    await this.page.getByTestId('close').click();
    await this.page.getByTestId('panel').waitFor({ state: 'hidden' });
  }

  /** Writes and sends; does not wait for the server. */
  async say(text) {
    await this.page.getByTestId('composer').fill(text);
    await this.page.getByTestId('send').click();
  }

  message(text) {
    return this.page.getByTestId('message').filter({ hasText: text });
  }

  async sees(text) {
    await this.message(text).first().waitFor();
  }

  /** Waits until the visitor's own message is `sent`, `delivered`, `read`…; a later state includes an earlier one. */
  async hasState(text, state) {
    const order = ['sending', 'retrying', 'sent', 'delivered', 'read'];
    const own = this.page.locator('[data-testid=message][data-from=visitor]').filter({ hasText: text });
    const reached = async () => order.indexOf(await own.getAttribute('data-state'));
    await until(async () => (await reached()) >= order.indexOf(state), `${text} is ${state}`);
  }

  /** The texts of the bubbles, from the oldest. */
  async texts() {
    return this.page.getByTestId('message').locator('.bubble').allInnerTexts();
  }

  /** The visible name above the group of bubbles that this one opens. */
  async senderOf(text) {
    return this.message(text).locator('.who').innerText();
  }
}
