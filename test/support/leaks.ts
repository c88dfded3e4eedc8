/** Whether a text holds a secret: as it is, and in the encodings that it could hide in. */

/** @returns names of the secrets that are there; one that is empty cannot be looked for, so it counts as there. */
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
    // A text that holds JSON that holds the secret, such as a state file.
    JSON.stringify(escaped).slice(1, -1),
  ];
}
