import { stripVTControlCharacters } from "node:util";
import { $ } from "mitata";

// mitata exports its plots, but does not declare them.
declare module "mitata" {
  interface Line {
    readonly x: readonly number[];
    readonly y: readonly number[];
  }

  interface Options {
    readonly key: number;
    readonly width: number;
    readonly height: number;
    readonly xmin: number;
    readonly xmax: number;
    readonly ymin: number;
    readonly ymax: number;
    readonly labels: Readonly<Record<"xmin" | "xmax" | "ymin" | "ymax", string>>;
  }

  export const $: {
    readonly lineplot: { ascii(lines: Readonly<Record<string, Line>>, options: Options): string[] };
  };
}

/** Draws lines through points as text, x on a logarithmic scale. */
export function plotLines(lines: Readonly<Record<string, readonly (readonly [number, number])[]>>): string {
  const points = Object.values(lines).flat();
  const [xs, ys] = [points.map(([x]) => Math.log2(x)), points.map(([, y]) => y)];
  const [xmin, xmax, ymax] = [Math.min(...xs), Math.max(...xs, 1), Math.max(...ys)];
  const drawn = $.lineplot.ascii(
    Object.fromEntries(
      Object.entries(lines).map(([name, line]) => [
        name,
        { x: line.map(([x]) => Math.log2(x)), y: line.map(([, y]) => y) },
      ]),
    ),
    {
      key: 8,
      width: 48,
      height: 10,
      ...{ xmin, xmax, ymin: 0, ymax },
      labels: { xmin: `${2 ** xmin}`, xmax: `${2 ** xmax}`, ymin: "0/s", ymax: `${ymax.toFixed(0)}/s` },
    },
  );
  const text = drawn.join("\n");
  // It draws in colours only.
  return process.stdout.isTTY ? text : stripVTControlCharacters(text);
}
