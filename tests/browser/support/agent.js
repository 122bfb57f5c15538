/** What an agent does in the console, and sees there. */
import { until } from './until.js';

export class Agent {
  constructor(page, server) {
    this.page = page;
    this.server = server;
  }

  async signIn({ email, password }) {
    await this.page.goto(`${this.server.url}/`);
    await this.page.getByTestId('login-email').fill(email);
    await this.page.getByTestId('login-password').fill(password);
    await this.page.getByTestId('login-submit').click();
    await this.page.getByTestId('folder-unassigned').waitFor();
    return this;
  }

  /** @param {'mine' | 'unassigned' | 'open' | 'deferred' | 'done'} name */
  async goTo(name) {
    await this.page.getByTestId(`folder-${name}`).click();
    await this.page.waitForURL(`**/inbox/${name}*`);
  }

  row(text) {
    return this.page.getByTestId('thread-row').filter({ hasText: text });
  }

  async open(text) {
    await this.row(text).first().click();
    // The conversation before it stays until this one is whole.
    const address = () => new URL(this.page.url()).pathname.split('/').pop();
    const shown = () => this.page.locator(`[data-testid=thread-view][data-thread-id="${address()}"][aria-busy=false]`);
    await until(async () => (await shown().count()) === 1, `${text} is open`);
    await this.page.getByTestId('history').waitFor();
  }

  async engage() {
    await this.page.getByTestId('take').click();
    await this.isTaken();
  }

  /** Waits until the open conversation is one's own. */
  async isTaken() {
    await this.page.locator('[data-testid=thread-state][data-state=yours]').waitFor();
  }

  async reply(text, files = []) {
    if (files.length) {
      await this.page.getByTestId('attach-input').setInputFiles(files);
      const ready = this.page.getByTestId('draft-files').locator('li[data-state=ready]');
      await until(async () => (await ready.count()) === files.length, 'the files are uploaded');
    }
    await this.page.getByTestId('composer').fill(text);
    await this.page.getByTestId('send').click();
  }

  async comment(text) {
    await this.page.getByTestId('comment').click();
    await this.page.getByTestId('composer').fill(text);
    await this.page.getByTestId('send').click();
    await this.page.getByTestId('comment-card').filter({ hasText: text }).waitFor();
    await this.page.getByTestId('reply').click();
  }

  async close(disposition) {
    await this.page.getByTestId('done').click();
    await this.page.getByTestId('done-dialog').getByRole('option', { name: disposition }).click();
    await this.page.getByTestId('confirm-done').click();
    await this.page.getByTestId('done-dialog').waitFor({ state: 'detached' });
  }

  message(text) {
    return this.page.getByTestId('message').filter({ hasText: text });
  }

  async sees(text) {
    await this.message(text).first().waitFor();
  }

  /** Waits until the customer has the agent's message: `sent`, `delivered` or `read`. */
  async hasState(text, state) {
    const order = ['pending', 'sent', 'delivered', 'read'];
    const mark = this.message(text).getByTestId('delivery');
    const reached = async () => order.indexOf(await mark.getAttribute('data-state'));
    await until(async () => (await reached()) >= order.indexOf(state), `${text} is ${state}`);
  }

  async texts() {
    return this.page.getByTestId('message').locator('.bubble').allInnerTexts();
  }
}
