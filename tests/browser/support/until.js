/**
 * Waits until a check gives something truthy, and gives that. A check that throws is tried again.
 *
 * @param {() => unknown} check what to wait for
 * @param {string} what its name, for the complaint
 * @param {number} patience in milliseconds
 */
export async function until(check, what, patience = 30_000) {
  const end = Date.now() + patience;
  let last;
  for (;;) {
    try {
      last = await check();
      if (last) return last;
    } catch (error) {
      last = error;
    }
    if (Date.now() > end) throw new Error(`waited in vain for: ${what} (last: ${String(last?.message ?? last)})`);
    await new Promise((done) => setTimeout(done, 40));
  }
}
