import { isPeerId } from "@libp2p/interface";
import { type KadDHTComponents, type KadDHTInit, kadDHT } from "@libp2p/kad-dht";

type Connections = KadDHTComponents["connectionManager"];

/**
 * A DHT whose lookups travel over the connections there are. Left to itself it dials whom it has lost. The gater refuses
 * that, and one run of `runtime_comparison` in forty hung for 30 s all the same: who joins a dial in the instant in which
 * it ends is never told how (`Job.join` of @libp2p/utils 7.4).
 */
export function lookups(init: KadDHTInit) {
  const open = kadDHT(init);
  return (components: KadDHTComponents) => {
    const { peerId, privateKey, registrar, addressManager, peerStore } = components;
    const { metrics, connectionManager, datastore, events, logger, ping } = components;
    return open({
      ...{ peerId, privateKey, registrar, addressManager, peerStore, datastore, events, logger, ping },
      ...(metrics && { metrics }),
      connectionManager: withoutDialling(connectionManager),
    });
  };
}

function withoutDialling(connections: Connections): Connections {
  const openStream: Connections["openStream"] = async (peer, protocol, options) => {
    const open = isPeerId(peer) && connections.getConnections(peer).find(({ status }) => status === "open");
    if (!open) throw new Error(`Cannot ask "${peer}": it is not connected`);
    return open.newStream(protocol, options);
  };
  return Object.create(connections, { openStream: { value: openStream } });
}
