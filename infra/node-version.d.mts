export function nodeProblem(running?: string, stripsTypes?: string | false): string | undefined;
