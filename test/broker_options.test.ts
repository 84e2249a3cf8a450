import { expect, test } from "bun:test";
import { inspect } from "node:util";
import { z } from "zod";
import { readOptions } from "../lib/options.ts";
import { brokerOptions, parseAddress } from "../lib/p2p/broker/options.ts";
import { hideSecrets, Secret } from "../lib/secret.ts";

const usage = { name: "serve", question: "?", options: z.strictObject(brokerOptions) };
const read = (...flags: string[]) => readOptions(usage, ["bun", "serve.ts", ...flags])?.options;

test.each([
  ["127.0.0.1:6789", { host: "127.0.0.1", port: 6789 }],
  ["localhost:1", { host: "localhost", port: 1 }],
  ["queue-1.example.org:65535", { host: "queue-1.example.org", port: 65_535 }],
  ["[::1]:6789", { host: "::1", port: 6789 }],
  ["[fe80::a:b]:80", { host: "fe80::a:b", port: 80 }],
])("takes %s for an address", (address, target) => {
  expect(parseAddress(address)).toEqual(target);
  expect(read("--broker", address)?.broker).toBe(address);
});

test.each([
  "localhost",
  ":6789",
  "localhost:",
  "localhost:0",
  "localhost:65536",
  "localhost:067",
  "localhost:6789x",
  "localhost:-1",
  "localhost: 6789",
  "tcp://localhost:6789",
  "user@localhost:6789",
  "::1:6789",
  "[::1]",
  "[::g]:1",
  "[localhost]:1",
  "[1.2.3.4]:1",
  "1.2.3:6789",
  "256.0.0.1:6789",
  "-a.org:1",
  "a..b:1",
  `${"a".repeat(64)}:1`,
  "a b:1",
  "ä.de:1",
])("refuses %p as an address", (address) => {
  expect(() => read(`--broker=${address}`)).toThrow(
    "Cannot take --broker: must be host:port, like 127.0.0.1:6789 or [::1]:6789",
  );
});

test("keeps a token out of results, logs and errors", () => {
  const options = read("--broker", "localhost:1", "--broker-token", "open-sesame");
  expect(options?.broker_token?.reveal()).toBe("open-sesame");
  expect(JSON.stringify(options)).toBe('{"broker":"localhost:1"}');
  expect(`${inspect(options)} ${Bun.inspect(options)} ${String(new Secret("open-sesame"))}`).not.toContain(
    "sesame",
  );
});

test("hides secrets of the environment whole, also one that is a part of another", () => {
  Object.assign(process.env, { SHORT_TOKEN: "sesame-12", LONG_TOKEN: "open-sesame-12", A_TOKEN: "open" });
  try {
    expect(hideSecrets("it said open-sesame-12 and sesame-12, and open")).toBe(
      "it said *** and ***, and open",
    );
  } finally {
    for (const name of ["SHORT_TOKEN", "LONG_TOKEN", "A_TOKEN"]) delete process.env[name];
  }
});

test.each(["with blank", "ümlaut", "line\nbreak", "x".repeat(1_025)])("refuses %j as a token", (token) => {
  const fault = "Cannot take --broker-token: must be printable ASCII without blanks";
  expect(() => read("--broker-token", token)).toThrow(fault);
});
