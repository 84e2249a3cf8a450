import { expect, test } from "bun:test";
import fc from "fast-check";
import { sparkline } from "../lib/report/sparkline.ts";

test.each([
  [[1, 2, 3, 4, 5, 6, 7, 8], {}, "▁▂▃▄▅▆▇█"],
  [[8, 1], {}, "█▁"],
  [[5, 5, 5], {}, "▁▁▁"],
  [[0, 10], { noise: 70 }, "▁▂"],
  [[0, 0, 7, 7], { width: 2 }, "▁█"],
  [[], {}, ""],
])("%j with %j is drawn as %s", (values, options, line) => {
  expect(sparkline(values, options)).toBe(line);
});

test("has a block for each value, and no more than there is room for", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: -1e9, max: 1e9 })),
      fc.integer({ min: 1, max: 40 }),
      (values, width) => {
        const line = sparkline(values, { width });
        expect(line).toMatch(/^[▁▂▃▄▅▆▇█]*$/u);
        expect([...line].length).toBe(Math.min(values.length, width));
      },
    ),
  );
});
