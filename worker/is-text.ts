/** What most of the Worker's configuration must be. */
export function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}
