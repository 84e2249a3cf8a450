/** Prints the JSON Schema of a result file. */
import { z } from "zod";
import { resultSchema } from "./result.ts";

console.log(JSON.stringify(z.toJSONSchema(resultSchema), null, 2));
