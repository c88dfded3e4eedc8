/** The relay changes only where new connections go. */
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { afterEach, expect, it } from "vitest";
import { Relay } from "./relay.ts";

const open: { close(): unknown }[] = [];
afterEach(() => {
  for (const opened of open.splice(0)) opened.close();
});

/** A process that says its name and repeats what it hears. */
async function processCalled(name: string) {
  const connections: Socket[] = [];
  const server: Server = createServer({ allowHalfOpen: true }, (socket) => {
    connections.push(socket);
    socket.on("error", () => undefined);
    socket.write(`${name}:`);
    socket.pipe(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  open.push(server);
  return { port: (server.address() as AddressInfo).port, connections };
}

async function start(to: number): Promise<Relay> {
  const relay = await Relay.start(0, to);
  open.push(relay);
  return relay;
}

async function heard(socket: Socket): Promise<string> {
  const [chunk] = await once(socket, "data");
  return String(chunk);
}

function call({ url }: Relay): Socket {
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  socket.on("error", () => undefined);
  return socket;
}

it("sends a new connection to the newest process, and leaves an open one with its own", async () => {
  const [first, second] = [await processCalled("first"), await processCalled("second")];
  const relay = await start(first.port);
  const old = call(relay);
  expect(await heard(old)).toBe("first:");

  relay.switchTo(second.port);

  expect(await heard(call(relay))).toBe("second:");
  old.write("still here");
  expect(await heard(old)).toBe("still here");
});

it("passes a reset on as a reset", async () => {
  const { port, connections } = await processCalled("first");
  const relay = await start(port);
  const caller = call(relay);
  await heard(caller);
  const [connection] = connections;
  if (!connection) throw new Error("no connection");
  const error = once(connection, "error");

  caller.resetAndDestroy();

  const [reset] = await error;
  expect(reset.code).toBe("ECONNRESET");
});

it("passes an end on, and the answer that follows it", async () => {
  const relay = await start((await processCalled("first")).port);
  const caller = connect({ port: Number(new URL(relay.url).port), host: "127.0.0.1", allowHalfOpen: true });
  let text = "";
  caller.on("data", (chunk) => {
    text += chunk;
  });

  caller.end("last words");
  await once(caller, "end");

  expect(text).toBe("first:last words");
});

it("ends connections that are still open when the time to drain is over", async () => {
  const { port } = await processCalled("first");
  const relay = await start(port);
  const caller = call(relay);
  await heard(caller);

  await relay.drain(port, 1);

  expect(caller.closed || (await once(caller, "close"))).toBeTruthy();
});
