import type { Case } from "../measure/latency.ts";
export const generalCases: readonly Case[] = [];
