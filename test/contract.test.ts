import { holdContract } from "./contract.ts";

holdContract({ peers: false });
