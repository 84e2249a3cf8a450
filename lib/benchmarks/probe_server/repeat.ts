/** Does some work so many times, or as often as this time lets; once at least. Answers how often. */
export async function repeat(
  most: { readonly times: number; readonly ms: number },
  work: () => Promise<unknown>,
): Promise<number> {
  const end = performance.now() + most.ms;
  let times = 0;
  do {
    await work();
    times += 1;
  } while (times < most.times && performance.now() < end);
  return times;
}
