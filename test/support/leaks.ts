/** Looks for secrets in a text, in plain form and in every encoding that could hide them. */

/**
 * @returns the names of the secrets that the text contains. An empty secret counts as found,
 * because a search for it would prove nothing.
 */
export function leaksIn(text: string, secrets: Readonly<Record<string, string>>): string[] {
  return Object.entries(secrets).flatMap(([name, secret]) => {
    const isThere = secret === "" || formsOf(secret).some((form) => text.includes(form));
    return isThere ? [name] : [];
  });
}

function formsOf(secret: string): string[] {
  const escaped = JSON.stringify(secret).slice(1, -1);
  return [
    secret,
    Buffer.from(secret).toString("base64").replace(/=+$/, ""),
    encodeURIComponent(secret),
    escaped,
    // JSON inside a JSON string, as in a state file.
    JSON.stringify(escaped).slice(1, -1),
  ];
}
