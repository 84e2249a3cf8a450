import type { DialTransportOptions, Transport } from "@libp2p/interface";
import { tcp } from "@libp2p/tcp";

type Components = Parameters<ReturnType<typeof tcp>>[0];

/**
 * TCP whose dials can be given up. `@libp2p/tcp` hands its signal to `node:net` too, which then tells the socket of an
 * error; by that time the transport has given up itself and listens no more, and the error ends the process.
 */
export function quietTcp(): (components: Components) => Transport {
  return (components) => {
    const transport = tcp()(components);
    const dial = transport.dial.bind(transport);
    transport.dial = (address, options) => dial(address, hideSignal(options));
    return transport;
  };
}

/** The transport reads the signal, and what it copies for `node:net` holds none; the upgrader copies too, and needs it. */
function hideSignal(options: DialTransportOptions): DialTransportOptions {
  const { signal, upgrader } = options;
  const upgradeOutbound: typeof upgrader.upgradeOutbound = (connection, given) =>
    upgrader.upgradeOutbound(connection, { ...given, signal });
  const hidden = {
    ...options,
    upgrader: Object.create(upgrader, { upgradeOutbound: { value: upgradeOutbound } }),
  };
  return Object.defineProperty(hidden, "signal", { enumerable: false });
}
