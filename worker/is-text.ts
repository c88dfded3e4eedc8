/** @returns whether a value of the configuration is a text that is not empty */
export function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}
