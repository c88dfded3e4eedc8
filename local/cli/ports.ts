/**
 * Checks the two ports of `npm start` before anything starts. An error names the option that sets
 * the port. workerd would only say that an address is in use, and only after everything else is up.
 */
import { once } from "node:events";
import { createServer } from "node:net";

export type PortOption = "--port" | "--cloud-port";

/** Error code of Node or Miniflare → what to tell the user. */
const PROBLEMS: Readonly<Record<string, string>> = {
  EADDRINUSE: "is in use",
  ERR_ADDRESS_IN_USE: "is in use",
  EACCES: "may not be opened by this user",
};

/**
 * @param ports 0 means any free port
 * @throws a one-line error when both ports are the same or one cannot be opened
 */
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
 * Runs `start` and returns its result.
 * @throws a one-line error when the port is the reason, and otherwise the error of `start`
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
