/** Calls at most once in a while, and always once more after the last request. */
export function throttle(run: () => void, every: number): { (): void; cancel(): void } {
  let timer = 0;
  let last = -Infinity;
  const call = () => {
    timer = 0;
    last = Date.now();
    run();
  };
  const request = () => {
    if (timer === 0) timer = window.setTimeout(call, Math.max(0, last + every - Date.now()));
  };
  request.cancel = () => {
    clearTimeout(timer);
    timer = 0;
  };
  return request;
}
