const blocks = "▁▂▃▄▅▆▇█";

/**
 * Draws values as a line of blocks, from the lowest to the highest of them, in at most `width` characters, each the
 * mean of its share. Values that differ by no more than `noise` are drawn level.
 */
export function sparkline(values: readonly number[], { width = 24, noise = 0 } = {}): string {
  const columns = Math.min(width, values.length);
  const shares = Array.from({ length: columns }, (_, n) => {
    const share = values.slice(
      Math.floor((n * values.length) / columns),
      Math.floor(((n + 1) * values.length) / columns),
    );
    return share.reduce((sum, value) => sum + value, 0) / share.length;
  });
  const [low, high] = [Math.min(...shares), Math.max(...shares)];
  const step = Math.max(high - low, noise) / (blocks.length - 1) || 1;
  return shares.map((value) => blocks[Math.round((value - low) / step)]).join("");
}
