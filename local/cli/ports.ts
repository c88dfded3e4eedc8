/**
 * The two ports of `npm start`. An error about one names the option that chooses it: workerd says only that an address is in
 * use, and only after everything else is up.
 */
import { once } from "node:events";
import { createServer } from "node:net";

export type PortOption = "--port" | "--cloud-port";

/** By Node's code or Miniflare's. */
const PROBLEMS: Readonly<Record<string, string>> = {
  EADDRINUSE: "is in use",
  ERR_ADDRESS_IN_USE: "is in use",
  EACCES: "may not be opened by this user",
};

/** @throws an error of one line where they are the same port, or one of them cannot be opened. 0 is any free one. */
export async function requirePorts(ports: Readonly<Record<PortOption, number>>): Promise<void> {
  const { "--port": port, "--cloud-port": cloudPort } = ports;
  if (port === cloudPort && port !== 0) {
    throw new Error(
      `--port and --cloud-port are both ${port} (without these options they are 8787 and 8788): ` +
        "give one of them another port, such as --cloud-port 0 for any free one.",
    );
  }
  await withPort("--port", port, () => open(port));
  await withPort("--cloud-port", cloudPort, () => open(cloudPort));
}

/**
 * What `start` returns.
 * @throws what `start` throws; an error of one line in its place where the port is the reason
 */
export async function withPort<Started>(
  option: PortOption,
  port: number,
  start: () => Promise<Started>,
): Promise<Started> {
  try {
    return await start();
  } catch (error) {
    const problem = PROBLEMS[(error as { code?: string }).code ?? ""];
    if (!problem) throw error;
    throw new Error(`Port ${port} ${problem}: choose another with ${option}, such as ${option} 0 for any free one.`);
  }
}

async function open(port: number): Promise<void> {
  const probe = createServer();
  await once(probe.listen(port, "127.0.0.1"), "listening");
  await new Promise((resolve) => probe.close(resolve));
}
