/**
 * The program of the upstream: it acts as gateway, providers and Google's token endpoint at once.
 * It must never be the bottleneck, so it speaks HTTP/1.1 on the socket itself and answers with
 * bytes that it has prepared. How it answers is set from outside. It looks into a body only while
 * Anthropic fails, because then the steps in it decide.
 */
import { createServer, type Socket } from "node:net";
import { ANSWERS, type Answering, type Answers, type Pattern } from "./upstream-answers.ts";

const HEADERS_END = Buffer.from("\r\n\r\n");

let answering: Answering = { pattern: { kind: "message" }, anthropicFails: false };
let calls = 0;
let tokenCalls = 0;

interface Exchange {
  /** The part of the request's head that has arrived, while it is not whole. */
  head: Buffer;
  target: string;
  bodyLeft: number;
  /** The body, if the steps in it decide the answer. */
  body: string;
}

const server = createServer({ noDelay: true }, (socket) => {
  const exchange: Exchange = { head: Buffer.alloc(0), target: "", bodyLeft: 0, body: "" };
  socket.on("data", (chunk) => receive(socket, exchange, chunk));
  socket.on("error", () => socket.destroy());
});
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  if (address && typeof address === "object") process.send?.({ port: address.port });
});

process.on("message", (message: Answering | "calls") => {
  if (message === "calls") {
    process.send?.({ calls, tokenCalls });
    calls = 0;
    tokenCalls = 0;
    return;
  }
  answering = message;
  process.send?.({ isSet: true });
});
process.on("disconnect", () => process.exit());

function receive(socket: Socket, exchange: Exchange, chunk: Buffer): void {
  if (exchange.bodyLeft > 0) return receiveBody(socket, exchange, chunk);
  const head = exchange.head.length === 0 ? chunk : Buffer.concat([exchange.head, chunk]);
  const end = head.indexOf(HEADERS_END);
  if (end < 0) {
    exchange.head = head;
    return;
  }
  const text = head.toString("latin1", 0, end);
  exchange.head = Buffer.alloc(0);
  exchange.body = "";
  exchange.target = text.slice(text.indexOf(" ") + 1, text.indexOf(" HTTP/"));
  const declared = /\r\ncontent-length: *(\d+)/i.exec(text)?.[1];
  if (declared === undefined) socket.end(ANSWERS.lengthRequired);
  else {
    exchange.bodyLeft = Number(declared);
    receiveBody(socket, exchange, head.subarray(end + HEADERS_END.length));
  }
}

function receiveBody(socket: Socket, exchange: Exchange, chunk: Buffer): void {
  exchange.bodyLeft -= chunk.length;
  if (answering.anthropicFails) exchange.body += chunk.toString("latin1");
  if (exchange.bodyLeft <= 0) answer(socket, exchange);
}

function answer(socket: Socket, exchange: Exchange): void {
  if (exchange.target.startsWith("/token")) {
    tokenCalls++;
    socket.write(ANSWERS.token);
    return;
  }
  calls++;
  const server = answering.anthropicFails ? serverOf(exchange) : ANSWERS.anthropic;
  if (server) send(socket, answering.pattern, server);
  else socket.write(ANSWERS.overloaded);
}

/** @returns who answers while Anthropic fails; undefined if only Anthropic is asked */
function serverOf({ target, body }: Exchange): Answers | undefined {
  if (target.includes("/gateway/anthropic/")) return undefined;
  if (target.includes("/gateway/google-vertex-ai/")) return ANSWERS.vertex;
  if (!body.includes('"provider":"google-vertex-ai"')) return undefined;
  return body.includes('"provider":"anthropic"') ? ANSWERS.vertexSecond : ANSWERS.vertex;
}

function send(socket: Socket, pattern: Pattern, { message, opening, ending }: Answers): void {
  switch (pattern.kind) {
    case "message":
      socket.write(message);
      return;
    case "held":
      socket.write(Buffer.concat([opening, ANSWERS.event]));
      return;
    case "events":
      socket.write(opening);
      sendEvents(socket, pattern.events, pattern.perWrite, ending);
      return;
    case "paced":
      socket.write(Buffer.concat([opening, ANSWERS.stampedEvent()]));
      sendPaced(socket, pattern.events - 1, pattern.everyMs, ending);
      return;
  }
}

/** Each write is one chunk of the body. It waits when the reader is slower. */
function sendEvents(socket: Socket, events: number, perWrite: number, ending: Buffer): void {
  const chunk = ANSWERS.chunkOf(perWrite);
  let left = events;
  const more = () => {
    while (left > 0) {
      left -= perWrite;
      if (!socket.write(chunk)) {
        socket.once("drain", more);
        return;
      }
    }
    socket.write(ending);
  };
  more();
}

function sendPaced(socket: Socket, events: number, everyMs: number, ending: Buffer): void {
  let left = events;
  const timer = setInterval(() => {
    if (socket.destroyed) clearInterval(timer);
    else if (left-- > 0) socket.write(ANSWERS.stampedEvent());
    else {
      clearInterval(timer);
      socket.write(ending);
    }
  }, everyMs);
}
