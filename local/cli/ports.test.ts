import { once } from "node:events";
import { createServer } from "node:net";
import { expect, it } from "vitest";
import { requirePorts, withPort } from "./ports.ts";

it("allows both ports to be any free port", async () => {
  await expect(requirePorts({ "--port": 0, "--cloud-port": 0 })).resolves.toBeUndefined();
});

it("refuses the same port twice", async () => {
  await expect(requirePorts({ "--port": 8788, "--cloud-port": 8788 })).rejects.toThrow(
    /^--port and --cloud-port are both 8788 .* such as --cloud-port 0 for any free one\.$/,
  );
});

it.each([
  ["--port", 0],
  ["--cloud-port", 1],
] as const)("names %s when its port is in use", async (option, index) => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  const [first, second] = index === 0 ? [port, 0] : [0, port];
  await expect(requirePorts({ "--port": first, "--cloud-port": second })).rejects.toThrow(
    `Port ${port} is in use: choose another with ${option}, such as ${option} 0 for any free one.`,
  );
  server.close();
});

it.each([
  ["EADDRINUSE", "is in use"],
  ["ERR_ADDRESS_IN_USE", "is in use"],
  ["EACCES", "may not be opened by this user"],
])("explains %s", async (code, words) => {
  const start = () => Promise.reject(Object.assign(new Error("bind"), { code }));
  await expect(withPort("--port", 80, start)).rejects.toThrow(`Port 80 ${words}: choose another with --port`);
});

it("passes on an error that is not about a port", async () => {
  await expect(withPort("--port", 80, () => Promise.reject(new Error("no Worker")))).rejects.toThrow(/^no Worker$/);
});
