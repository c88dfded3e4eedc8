/**
 * Declares functions that the pinned @pulumi/pulumi has at run time but not in its type
 * declarations.
 */
export {};

declare module "@pulumi/pulumi/runtime/config.js" {
  /** Whether the stack's configuration contains this full key as a secret. */
  export function isConfigSecret(key: string): boolean;
}

declare module "@pulumi/pulumi/runtime/state.js" {
  /**
   * Runs the callback with its own Pulumi runtime, as the Automation API does for inline programs.
   */
  export function withLocalStorage<T>(callback: () => Promise<T>): Promise<T>;
  /** @returns the current runtime. Without an engine Pulumi itself prints a program's messages. */
  export function getStore(): { settings: { engine?: MessageEngine } };
  /** The methods of an engine that a program under mocks calls. */
  export interface MessageEngine {
    log(request: { getSeverity(): number; getMessage(): string }, callback: () => void): void;
    setRootResource(request: unknown, callback: (error: null) => void): void;
  }
}

declare module "@pulumi/pulumi/resource.js" {
  interface Resource {
    /** Logical name. */
    readonly __name?: string;
    /** The parent. It is the stack if the resource has no other parent. */
    readonly __parentResource?: Resource;
  }
}
