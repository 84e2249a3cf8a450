const units: Readonly<Record<string, number>> = {
  ...{ "": 1, B: 1, KB: 1e3, MB: 1e6, GB: 1e9 },
  ...{ KIB: 1024, MIB: 1024 ** 2, GIB: 1024 ** 3 },
};

/** How many bytes a size is, as in "512MiB", "100KB" or "4096"; `null` for what is none. */
export function bytesIn(text: string): number | null {
  const [, number, unit = ""] = /^(\d+(?:\.\d+)?)\s*((?:[KMG]i?)?B|)$/i.exec(text) ?? [];
  return number === undefined ? null : Math.round(Number(number) * (units[unit.toUpperCase()] ?? 1));
}
