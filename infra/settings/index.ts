/**
 * Every setting of a stack: its type, default, limits and its text in docs/configuration.md. The
 * same schema checks a stack's configuration and the component's arguments.
 */
import { z } from "zod";
import { CALLERS, type ClientInput } from "./callers.ts";
import { GATEWAY } from "./gateway.ts";
import { GOOGLE } from "./google.ts";
import { LIFECYCLE, NAMING } from "./lifecycle.ts";
import { REQUIRED, SECRETS } from "./required.ts";
import { TRAFFIC } from "./traffic.ts";

/** The sections of docs/configuration.md, in their order. */
export const SECTIONS = [
  { title: "What every stack needs", shape: REQUIRED },
  { title: "Secrets", shape: SECRETS },
  { title: "Where requests go", shape: TRAFFIC },
  { title: "Who may call, and where", shape: CALLERS },
  { title: "Google", shape: GOOGLE },
  { title: "The gateway", shape: GATEWAY },
  { title: "Rotation, protection and names", shape: { ...LIFECYCLE, ...NAMING } },
] as const;

/** Settings that have a default or are optional. None of them is a secret. */
export const OPTIONS = z.strictObject({ ...TRAFFIC, ...CALLERS, ...GOOGLE, ...GATEWAY, ...LIFECYCLE });
export const SETTINGS = z.strictObject({ ...REQUIRED, ...SECRETS, ...OPTIONS.shape, ...NAMING });

export const SECRET_KEYS: ReadonlySet<string> = new Set(Object.keys(SECRETS));

/** Settings as a user writes them: those with a default may be missing. */
export type OptionsInput = Omit<z.input<typeof OPTIONS>, "clients"> & { clients?: readonly ClientInput[] };
export type Options = z.infer<typeof OPTIONS>;
export type Settings = z.infer<typeof SETTINGS>;
