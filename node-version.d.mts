export function nodeTooOld(running?: string): string | undefined;
