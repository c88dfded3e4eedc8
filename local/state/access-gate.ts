/**
 * Whether Cloudflare Access lets a request through to a Worker. An application for the hostname
 * comes before an application for the Worker; without either, everybody passes. The local cloud has
 * no service tokens and no logins: a request passes as a machine if it has the two headers of a
 * service token and the application has a policy for service tokens. Source: docs/fidelity.md.
 */
import { type AccessApplication, type CloudflareAccount, type Script, workerId } from "./cloudflare.ts";

/** The headers of a service token. */
export const SERVICE_TOKEN_HEADERS = ["cf-access-client-id", "cf-access-client-secret"] as const;

interface Settings {
  domain?: string;
  destinations?: readonly { workerId?: string }[];
  policies?: readonly { decision?: string }[];
}

/** @returns the application in front of the script at this hostname */
export function accessAt(
  { accessApplications }: CloudflareAccount,
  hostname: string,
  script: Script,
): AccessApplication | undefined {
  const id = workerId(script);
  const all = [...accessApplications.values()];
  return (
    all.find((application) => settingsOf(application).domain?.split("/")[0] === hostname) ??
    all.find((application) => settingsOf(application).destinations?.some((destination) => destination.workerId === id))
  );
}

/** The name at which clients call the script: its own domain, or else its name at workers.dev. */
export function hostnameOf({ account, name }: Script): string {
  const own = [...account.customDomains.values()].find(({ service }) => service === name);
  return own?.hostname ?? `${name}.${account.subdomain}.workers.dev`;
}

/** Whether the application lets machines through that send a service token. */
export function admitsMachines(application: AccessApplication): boolean {
  return settingsOf(application).policies?.some(({ decision }) => decision === "non_identity") === true;
}

function settingsOf({ settings }: AccessApplication): Settings {
  return settings; // the provider's types are the only check of these
}
